//! How the daemon stands, for the status page: asked of the store when somebody looks, put beside what is configured.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::time::timeout;

use crate::alert::Cause;
use crate::daemon::{Census, Orders, Schedule};
use crate::meta::AccountId;
use crate::rows::report::Increment;
use crate::schedule::next_due;
use crate::store::budgets::Budget;
use crate::store::overview::{self, Asked, AskedAccount, Beat, Day, Glance, OlderGaps, OpenCause, Overview, UnderWay};
use crate::store::runs::Run;
use crate::sync::plan::today;
use crate::web::{
    AccountLine, CauseLine, DayLine, DayState, Live, Named, OlderLine, PauseLine, Reloaded, RunLine, RunningLine,
    ScheduleLine, Status, TickLine, Usage,
};

use super::page::{PATIENCE, Up, silent};
use super::reload::Standing;

/// How many runs the page shows.
const RUNS: i64 = 20;
/// The days before today that the page shows at least and at most; between them, as far as schedules look back.
const DAYS_BEFORE: (u32, u32) = (13, 59);

impl Up {
    /// What the page shows.
    pub(super) async fn status(&self, now: DateTime<Utc>) -> Result<Status, String> {
        let orders = self.orders.borrow().clone();
        let census = self.census.borrow().clone();
        let asked = asked(&orders, &census, now);
        let db = &orders.engine.db;
        let read = timeout(PATIENCE, overview::read(db, &asked)).await.map_err(|_| silent())?;
        let overview = read.map_err(|error| format!("the database does not answer: {error}"))?;
        let older = self.older.borrow().clone();
        let facts = Facts { orders: &orders, census: &census, asked: &asked, now };
        Ok(facts.status(overview, older, &self.reloads.borrow()))
    }

    /// What moves on it.
    pub(super) async fn live(&self, now: DateTime<Utc>) -> Result<Live, String> {
        let db = self.engine();
        let zone = shared_zone(&self.census.borrow());
        let read = timeout(PATIENCE, overview::under_way(&db.db, RUNS)).await.map_err(|_| silent())?;
        let (under_way, runs) = read.map_err(|error| format!("the database does not answer: {error}"))?;
        Ok(live(under_way, &runs, zone, now))
    }
}

/// When a schedule falls due in a zone, as far as it was reckoned.
type Due = HashMap<(String, Option<Tz>), Option<DateTime<Utc>>>;

/// What is known beside the database.
struct Facts<'a> {
    orders: &'a Orders,
    census: &'a Census,
    asked: &'a Asked,
    now: DateTime<Utc>,
}

impl Facts<'_> {
    fn status(&self, overview: Overview, older: Vec<OlderGaps>, standing: &Standing) -> Status {
        let Overview { accounts, schedules, causes, budgets, under_way, runs } = overview;
        let zone = shared_zone(self.census);
        let names: HashMap<String, String> =
            accounts.iter().filter_map(|glance| Some((glance.account_id.clone(), self.called(glance)?))).collect();
        Status {
            now: self.now,
            zone,
            stale_after: TimeDelta::from_std(self.orders.stale_after).unwrap_or(TimeDelta::MAX),
            days_before: self.asked.days_before,
            days_promised: u16::try_from(furthest(self.orders)).unwrap_or(u16::MAX).min(self.asked.days_before),
            older: older.into_iter().filter(|gaps| self.is_asked(gaps)).map(|gaps| older_line(gaps, &names)).collect(),
            reloaded: reloaded(standing),
            causes: causes.into_iter().map(|cause| cause_line(cause, &names)).collect(),
            accounts: self.accounts(accounts, &budgets),
            schedules: self
                .orders
                .schedules
                .iter()
                .zip(schedules)
                .map(|(one, beat)| self.schedule(one, beat))
                .collect(),
            app_usage: usage(&budgets, ""),
            live: live(under_way, &runs, zone, self.now),
            runs: runs.into_iter().filter_map(run_line).collect(),
        }
    }

    /// Whether an account is there still: what lacks was looked for a while ago.
    fn is_asked(&self, gaps: &OlderGaps) -> bool {
        self.asked.accounts.iter().any(|account| account.account_id == gaps.account_id)
    }

    /// What people call an account.
    fn called(&self, glance: &Glance) -> Option<String> {
        let account: AccountId = glance.account_id.parse().ok()?;
        self.orders.engine.account(&account).label.or_else(|| glance.name.clone())
    }

    fn accounts(&self, glances: Vec<Glance>, budgets: &[Budget]) -> Vec<AccountLine> {
        let mut due = Due::new();
        let accounts = self.census.accounts.iter().zip(&self.asked.accounts).zip(glances);
        accounts
            .map(|(((account, zone), asked), glance)| self.account(account, *zone, asked, glance, budgets, &mut due))
            .collect()
    }

    fn account(
        &self,
        account: &AccountId,
        zone: Option<Tz>,
        asked: &AskedAccount,
        glance: Glance,
        budgets: &[Budget],
        due: &mut Due,
    ) -> AccountLine {
        AccountLine {
            account_id: account.act(),
            label: self.orders.engine.account(account).label,
            zone,
            today: asked.today,
            fresh_as_of: fresh_as_of(&glance, asked),
            days: glance.days.iter().map(|day| day_line(day, asked.reports.len())).collect(),
            name: glance.name,
            currency: glance.currency,
            last_run: glance.last_run,
            last_at: glance.last_at,
            last_status: glance.last_status,
            usage: usage(budgets, account.digits()),
            next_due_at: self.next_due_at(account, zone, due),
        }
    }

    /// When a schedule next falls due for an account. Accounts of one zone share what was reckoned for the first.
    fn next_due_at(&self, account: &AccountId, zone: Option<Tz>, known: &mut Due) -> Option<DateTime<Utc>> {
        let one = Census { accounts: vec![(account.clone(), zone)], found_by_all: false };
        let mut next = |schedule: &Schedule| {
            let members = one.of(schedule);
            if members.is_empty() {
                return None;
            }
            let reckoned = || next_due(&schedule.cron, schedule.zone, &members, self.now).map(|tick| tick.due_at);
            *known.entry((schedule.name.clone(), zone)).or_insert_with(reckoned)
        };
        self.orders.enabled().filter_map(&mut next).min()
    }

    fn schedule(&self, schedule: &Schedule, beat: Beat) -> ScheduleLine {
        let accounts = self.census.of(schedule);
        let next = next_due(&schedule.cron, schedule.zone, &accounts, self.now).filter(|_| schedule.enabled);
        ScheduleLine {
            name: schedule.name.clone(),
            cron: schedule.cron.as_str().to_owned(),
            zone: schedule.zone.to_string(),
            lookback_days: schedule.lookback_days,
            enabled: schedule.enabled,
            next_due_at: next.map(|tick| tick.due_at),
            paused: beat.standing.paused.map(|pause| PauseLine { at: pause.at, by: pause.by, reason: pause.reason }),
            failures: beat.standing.failures,
            last: beat.last.map(|last| TickLine {
                run: last.run,
                status: last.status,
                due_at: last.due_at,
                reason: last.reason,
            }),
        }
    }
}

/// What the store is asked.
pub(super) fn asked(orders: &Orders, census: &Census, now: DateTime<Utc>) -> Asked {
    let engine = &orders.engine;
    let daily: Vec<&str> = engine
        .settings
        .reports
        .iter()
        .filter(|report| report.increment == Increment::Daily)
        .map(|report| report.name.as_str())
        .collect();
    let reports = |account: &AccountId| {
        let is_for = |schedule: &&Schedule| schedule.accounts.as_ref().is_none_or(|only| only.contains(account));
        let reads = |name: &str| {
            let mut schedules = orders.enabled().filter(is_for);
            schedules.any(|schedule| schedule.reports.as_ref().is_none_or(|only| only.iter().any(|one| one == name)))
        };
        let read: Vec<String> = daily.iter().filter(|name| reads(name)).map(|name| (*name).to_owned()).collect();
        // Where no schedule reads any, somebody does by hand.
        if read.is_empty() { daily.iter().map(|name| (*name).to_owned()).collect() } else { read }
    };
    let account = |(account, zone): &(AccountId, Option<Tz>)| AskedAccount {
        account_id: account.digits().to_owned(),
        today: today(zone.unwrap_or(Tz::UTC), now),
        reports: reports(account),
    };
    Asked {
        instance: engine.instance.clone(),
        accounts: census.accounts.iter().map(account).collect(),
        spend_report: engine.tables.rolled_up().map(|filled| filled.layout.report.name.clone()),
        days_before: u16::try_from(furthest(orders).clamp(DAYS_BEFORE.0, DAYS_BEFORE.1)).unwrap_or(u16::MAX),
        schedules: orders.schedules.iter().map(|schedule| schedule.name.clone()).collect(),
        runs: RUNS,
        now,
    }
}

/// How many days before today schedules look back to.
fn furthest(orders: &Orders) -> u32 {
    orders.enabled().map(|schedule| schedule.lookback_days).max().unwrap_or(0)
}

/// The zone that all accounts share, or UTC: what is about several of them is told in it.
fn shared_zone(census: &Census) -> Tz {
    let mut zones = census.accounts.iter().filter_map(|(_, zone)| *zone);
    zones.next().filter(|first| zones.all(|zone| zone == *first)).unwrap_or(Tz::UTC)
}

fn reloaded(standing: &Standing) -> Option<Reloaded> {
    let Standing { at, refused, waiting } = standing.clone();
    let is_worth_a_word = !refused.is_empty() || !waiting.is_empty();
    at.filter(|_| is_worth_a_word).map(|at| Reloaded { at, refused, waiting })
}

/// When a day of its today or yesterday was last read to its end. Where no report is daily, the last run that did all speaks
/// for it.
fn fresh_as_of(glance: &Glance, asked: &AskedAccount) -> Option<DateTime<Utc>> {
    if asked.reports.is_empty() {
        return glance.last_at.filter(|_| glance.last_status.as_deref() == Some("succeeded"));
    }
    let recent = glance.days.iter().filter(|day| day.date + TimeDelta::days(1) >= asked.today);
    recent.filter_map(|day| day.fetched_at).max()
}

/// What is known of a day. One that some reports lack is a part of what was to be read.
fn day_line(day: &Day, reports: usize) -> DayLine {
    let is_whole = day.complete && day.reports >= reports;
    let state = match (day.drifts, is_whole, day.reconciled) {
        (true, _, _) => DayState::Drifting,
        (_, false, _) => DayState::Partial,
        (_, _, true) => DayState::Reconciled,
        _ => DayState::Complete,
    };
    DayLine { date: day.date, state, spend: day.spend.or(day.control_spend) }
}

/// The fullest budget of an account, or of the app where `digits` is empty.
fn usage(budgets: &[Budget], digits: &str) -> Option<Usage> {
    let own = budgets.iter().filter(|budget| budget.account_id == digits);
    let usage = |budget: &Budget| Usage { pct: budget.usage_pct, blocked_until: budget.blocked_until };
    own.map(usage).max_by_key(|usage| (usage.blocked_until, usage.pct))
}

fn cause_line(cause: OpenCause, names: &HashMap<String, String>) -> CauseLine {
    let kind = Cause::of(&cause.told_as);
    let is_partial = cause.kind == "partial";
    let named = |digits: String| Named { name: names.get(&digits).cloned(), account_id: format!("act_{digits}") };
    CauseLine {
        headline: if is_partial && kind == Cause::Failed { "a sync is incomplete" } else { kind.headline() },
        is_error: !is_partial && kind.severity() == "error",
        is_pause: matches!(kind, Cause::Paused | Cause::SelfPaused),
        since: cause.first_at,
        message: cause.message,
        advice: cause.advice,
        accounts: cause.accounts.into_iter().map(named).collect(),
        run: cause.run,
    }
}

fn older_line(gaps: OlderGaps, names: &HashMap<String, String>) -> OlderLine {
    let OlderGaps { account_id, days, first, last } = gaps;
    let account = Named { name: names.get(&account_id).cloned(), account_id: format!("act_{account_id}") };
    OlderLine { account, days, first, last }
}

fn live(under_way: Vec<UnderWay>, runs: &[Run], zone: Tz, now: DateTime<Utc>) -> Live {
    // Another mark, and more than what moves has changed: a run began or ended.
    let states: BTreeMap<_, _> = runs.iter().map(|run| (run.id, run.status.as_str())).collect();
    let mut mark = DefaultHasher::new();
    states.hash(&mut mark);
    Live { now, zone, mark: mark.finish(), runs: under_way.into_iter().map(running_line).collect() }
}

fn running_line(run: UnderWay) -> RunningLine {
    let [api_calls, rows_read, rows_changed] = run.counts;
    RunningLine {
        run: run.run,
        name: run.schedule.unwrap_or_else(|| command(&run.trigger).to_owned()),
        trigger: run.trigger,
        started_at: run.started_at,
        window: run.window,
        accounts: run.accounts,
        done: run.done,
        steps: run.steps,
        api_calls,
        rows_read,
        rows_changed,
        at: run.at.map(|(digits, name, step)| (Named { account_id: format!("act_{digits}"), name }, step)),
        others: run.others,
    }
}

fn run_line(run: Run) -> Option<RunLine> {
    let changed = |place: usize| run.rows.get(place).copied().flatten().unwrap_or(0);
    Some(RunLine {
        run: run.id,
        rows_changed: u64::try_from(changed(0) + changed(1) + changed(3)).unwrap_or(0),
        schedule: run.schedule.unwrap_or_else(|| command(&run.trigger).to_owned()),
        trigger: run.trigger,
        started_at: run.started_at?,
        finished_at: run.finished_at,
        accounts: u64::try_from(run.accounts.len()).unwrap_or(u64::MAX),
        api_calls: run.api_calls.and_then(|calls| u64::try_from(calls).ok()),
        error: run.error.or(run.status_reason),
        advice: run.advice,
        status: run.status,
    })
}

/// The command that a run without a schedule is of.
fn command(trigger: &str) -> &'static str {
    if trigger == "backfill" { "backfill" } else { "sync" }
}
