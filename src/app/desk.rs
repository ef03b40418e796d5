//! What programs ask over HTTP: how things stand, and what an admin wants done.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::daemon::{Census, Errand, InForce, Orders, Recount, Refusal, Schedule};
use crate::meta::AccountId;
use crate::schedule::next_due;
use crate::store::schedules::{self, Standing};
use crate::store::{self, leases, overview, runs};
use crate::sync::Accounts;
use crate::web::{Action, Answer, Backfill, Kind, Read, Refused, Span, Wish};

/// No day of an account lies beyond these.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
const LATEST: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
/// Days that are shown where nobody says how many.
const DAYS: TimeDelta = TimeDelta::days(90);

/// Where programs are answered.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub orders: InForce,
    pub census: watch::Receiver<Census>,
    pub recount: Recount,
    pub errands: mpsc::Sender<Errand>,
}

impl Desk {
    /// Gives what is asked for.
    pub(super) async fn read(&self, what: Read, now: DateTime<Utc>) -> Answer {
        let orders = self.orders.borrow().clone();
        let db = &orders.engine.db;
        Ok(match what {
            Read::Runs { limit } => runs::json(db, None, limit.into()).await?,
            Read::Run(id) => match runs::json(db, Some(id), 1).await? {
                none if none == "[]" => return Err(no_run(id)),
                found => found,
            },
            Read::Accounts => overview::accounts_json(db).await?,
            Read::Schedules => Value::Array(self.schedules(&orders, now).await?).to_string(),
            Read::Coverage(Span { account_id, report, since, until }) => {
                let account = account_id.map(|text| account(&text)).transpose()?;
                let since = since.unwrap_or_else(|| (now - DAYS).date_naive()).clamp(EARLIEST, LATEST);
                let until = until.unwrap_or(LATEST).clamp(EARLIEST, LATEST);
                if report.as_ref().is_some_and(|report| report.contains('\0')) {
                    return Err(Refused::new(Kind::Wrong, "no report has such a name"));
                }
                let digits = account.as_ref().map(AccountId::digits);
                overview::coverage_json(db, digits, report.as_deref(), since, until).await?
            }
        })
    }

    /// Does what is asked for.
    pub(super) async fn act(&self, action: Action, now: DateTime<Utc>) -> Answer {
        let orders = self.orders.borrow().clone();
        let (db, instance) = (&orders.engine.db, orders.engine.instance.as_str());
        match action {
            Action::RunNow { schedule } => {
                known(&orders, &schedule)?;
                let name = schedule.clone();
                self.recount.now().await;
                let run = self.send(|reply| Errand::RunNow { schedule, reply }).await?;
                Ok(json!({ "run_id": run, "schedule": name }).to_string())
            }
            Action::Pause { schedule, wish: Wish { by, reason } } => {
                let by = by.unwrap_or_else(|| "api".to_owned());
                let known = known(&orders, &schedule)?;
                let standing = schedules::pause(db, instance, &schedule, &by, reason.as_deref(), now).await?;
                tracing::info!(schedule, by, reason, "the schedule is paused");
                Ok(self.schedule(known, Some(&standing), now).to_string())
            }
            Action::Resume { schedule } => {
                let known = known(&orders, &schedule)?;
                let standing = schedules::resume(db, instance, &schedule, now).await?;
                tracing::info!(schedule, "the schedule is resumed");
                Ok(self.schedule(known, Some(&standing), now).to_string())
            }
            Action::Cancel { run, wish } => {
                self.cancel(&orders, run, wish).await?;
                Ok(json!({ "run_id": run }).to_string())
            }
            Action::Backfill(asked) => {
                let Backfill { since, until, refresh, .. } = asked;
                judge_days(since, until, now)?;
                self.recount.now().await;
                let accounts = asked.accounts.map(|named| self.synced(&named)).transpose()?;
                let run = self.send(|reply| Errand::Backfill { since, until, accounts, refresh, reply }).await?;
                Ok(json!({ "run_id": run }).to_string())
            }
        }
    }

    async fn cancel(&self, orders: &Orders, run: Uuid, Wish { by, reason }: Wish) -> Result<(), Refused> {
        let db = &orders.engine.db;
        let found = runs::find(db, run).await?.ok_or_else(|| no_run(run))?;
        if found.status != "running" {
            return Err(Refused::new(Kind::Conflict, format!("the run has ended: it is {}", found.status)));
        }
        let by = by.unwrap_or_else(|| "api".to_owned());
        if !leases::ask_to_stop(db, run, &by, reason.as_deref()).await? {
            let text = "nobody works on this run any more: it is marked as abandoned within two minutes";
            return Err(Refused::new(Kind::Conflict, text));
        }
        tracing::info!(%run, by, reason, "the run is asked to stop");
        Ok(())
    }

    /// Has the runner begin something, and gives the run's id.
    async fn send(
        &self,
        errand: impl FnOnce(oneshot::Sender<Result<Uuid, Refusal>>) -> Errand,
    ) -> Result<Uuid, Refused> {
        let (reply, answer) = oneshot::channel();
        self.errands.send(errand(reply)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?.map_err(|refusal| match refusal {
            Refusal::Unknown(_) => Refused::new(Kind::Unknown, refusal.to_string()),
            Refusal::UnderWay(_) | Refusal::SameBackfill(_) | Refusal::NoAccount => {
                Refused::new(Kind::Conflict, refusal.to_string())
            }
            Refusal::Stopping => stopping(),
            Refusal::Store(error) => error.into(),
        })
    }

    /// The accounts that somebody names, each once, where all of them are to be synced.
    fn synced(&self, named: &[String]) -> Result<Vec<AccountId>, Refused> {
        if named.is_empty() {
            return Err(Refused::new(Kind::Wrong, "accounts is empty: name one, or leave it out for all"));
        }
        let orders = self.orders.borrow().clone();
        let mut accounts = Vec::new();
        for text in named {
            let account = account(text)?;
            self.judge_account(&orders, &account)?;
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        Ok(accounts)
    }

    fn judge_account(&self, orders: &Orders, account: &AccountId) -> Result<(), Refused> {
        let (engine, act) = (&orders.engine, account.act());
        let is_listed = match &engine.settings.accounts {
            Accounts::Listed(listed) => Some(listed.contains(account)),
            Accounts::All => None,
        };
        let is_found = || {
            let census = self.census.borrow();
            census.accounts.iter().any(|(known, _)| known == account) || engine.all_known().contains(account)
        };
        let (kind, text) = match is_listed {
            Some(false) => (Kind::Wrong, format!("{act} is not configured: add it to meta.accounts")),
            _ if engine.settings.exclude.contains(account) => {
                (Kind::Wrong, format!("{act} is left out by meta.exclude: take it out of there"))
            }
            _ if !engine.is_wanted(account) => {
                (Kind::Wrong, format!("{act} is disabled: take enabled = false out of its section under accounts"))
            }
            None if !is_found() => {
                (Kind::Unknown, format!("no token lists {act}: `adsync accounts` shows those that are read"))
            }
            _ => return Ok(()),
        };
        Err(Refused::new(kind, text))
    }

    async fn schedules(&self, orders: &Orders, now: DateTime<Utc>) -> Result<Vec<Value>, Refused> {
        let standings = schedules::all(&orders.engine.db, &orders.engine.instance).await?;
        let standing = |name: &str| standings.iter().find(|standing| standing.schedule == name);
        Ok(orders.schedules.iter().map(|schedule| self.schedule(schedule, standing(&schedule.name), now)).collect())
    }

    fn schedule(&self, schedule: &Schedule, standing: Option<&Standing>, now: DateTime<Utc>) -> Value {
        let accounts = self.census.borrow().of(schedule);
        let next = next_due(&schedule.cron, schedule.zone, &accounts, now).filter(|_| schedule.enabled);
        let paused = standing.and_then(|standing| standing.paused.as_ref());
        json!({
            "schedule": schedule.name,
            "cron": schedule.cron.as_str(),
            "timezone": schedule.zone.to_string(),
            "enabled": schedule.enabled,
            "next_due_at": next.map(|tick| instant(tick.due_at)),
            "last_beat_at": standing.and_then(|standing| standing.last_beat_at).map(instant),
            "paused_at": paused.map(|pause| instant(pause.at)),
            "paused_by": paused.map(|pause| pause.by.as_str()),
            "pause_reason": paused.and_then(|pause| pause.reason.as_deref()),
            "failures": standing.map_or(0, |standing| standing.failures),
        })
    }
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self::new(Kind::Waiting, format!("the database does not answer: {error}"))
    }
}

fn known<'a>(orders: &'a Orders, name: &str) -> Result<&'a Schedule, Refused> {
    orders.schedule(name).ok_or_else(|| {
        let names: Vec<&str> = orders.schedules.iter().map(|schedule| schedule.name.as_str()).collect();
        let text = format!("there is no schedule of this name; there are: {}", names.join(", "));
        Refused::new(Kind::Unknown, text)
    })
}

fn account(text: &str) -> Result<AccountId, Refused> {
    text.parse().map_err(|_| Refused::new(Kind::Wrong, "an account is its digits, with or without act_"))
}

fn judge_days(since: NaiveDate, until: Option<NaiveDate>, now: DateTime<Utc>) -> Result<(), Refused> {
    // Somewhere it is tomorrow already.
    let latest = (now + TimeDelta::hours(14)).date_naive();
    if since > latest || until.is_some_and(|until| until > latest) {
        return Err(Refused::new(Kind::Wrong, "the days are in the future: name days up to today"));
    }
    if until.is_some_and(|until| until < since) {
        return Err(Refused::new(Kind::Wrong, "until is before since: exchange them"));
    }
    Ok(())
}

fn no_run(id: Uuid) -> Refused {
    Refused::new(Kind::Unknown, format!("there is no run {id}: /api/runs lists the last ones"))
}

fn stopping() -> Refused {
    Refused::new(Kind::Waiting, "the daemon is stopping: ask again once it runs")
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
