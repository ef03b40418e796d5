//! `adsync sync` and `adsync backfill`: one run now.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::app;
use crate::config::Settings;
use crate::meta::{AccountId, Class};
use crate::shutdown::Shutdown;
use crate::store::{self, runs};
use crate::sync::access::untold;
use crate::sync::report::{RunReport, Status};
use crate::sync::{Accounts, Engine, Progress, Request, Roll, Sweeps, Window, Work};
use crate::telemetry::Telemetry;

use super::Failed;
use super::output::{complain, say};
use super::preview;
use super::progress::Display;
use super::summary::{summary, troubled};
use super::telling;

/// The window of `sync` where no schedule names one: Meta restates insights for 28 days.
const RESTATED_DAYS: u32 = 28;

/// The longest that `sync` takes or waits for another run, where no schedule says otherwise.
pub(super) const DEADLINE: Duration = Duration::from_secs(2 * 3600);

/// Arguments of `sync`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  adsync sync\n  adsync sync --schedule recent\n  adsync sync --account act_1029384756102938 --since 2026-11-01 --until 2026-11-15\n  adsync sync --dry-run\n\nDays are each account's own, both ends included. Days that a killed or cancelled run of the same\narguments completed are not read again; --refresh reads them all."
)]
pub(super) struct SyncArgs {
    /// Do what this schedule does: its accounts, reports and look-back
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Only this account, with or without act_ (repeatable)
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// Only this report (repeatable)
    #[arg(long = "report", value_name = "NAME")]
    reports: Vec<String>,
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: Option<NaiveDate>,
    /// The last day; without it, today
    #[arg(long, value_name = "DATE", requires = "since", value_parser = date)]
    until: Option<NaiveDate>,
    /// Read every day again
    #[arg(long)]
    refresh: bool,
    /// Only say which days would be read and what that would cost; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: the run, named like the columns of sync_runs, or what a dry run plans, an object for each step
    #[arg(long)]
    json: bool,
}

/// Arguments of `backfill`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  adsync backfill --since 2026-01-01\n  adsync backfill --since 2026-01-01 --dry-run\n\nIt may be stopped and started again at any time: days that are complete are skipped."
)]
pub(super) struct BackfillArgs {
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: NaiveDate,
    /// The last day; without it, yesterday
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<NaiveDate>,
    /// Only this account, with or without act_ (repeatable)
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// Read every day again
    #[arg(long)]
    refresh: bool,
    /// Only say which days would be read and what that would cost; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: the run, named like the columns of sync_runs, or what a dry run plans, an object for each step
    #[arg(long)]
    json: bool,
}

/// What a command asks for, judged against the configuration.
pub(super) struct Asked {
    pub(super) schedule: Option<String>,
    pub(super) trigger: &'static str,
    pub(super) accounts: Option<Vec<AccountId>>,
    pub(super) reports: Option<Vec<String>>,
    pub(super) window: Window,
    pub(super) refresh: bool,
    pub(super) work: Work,
    pub(super) sweeps: Sweeps,
    pub(super) deadline: Option<Duration>,
    pub(super) is_dry: bool,
}

/// A run that came to its end, and what it was done with.
pub(super) struct Ran {
    pub(super) engine: Engine,
    pub(super) report: Option<RunReport>,
    pub(super) shutdown: Shutdown,
    /// The log, for as long as anything is said.
    _log: Telemetry,
}

pub(super) async fn sync(args: SyncArgs, settings: Settings) -> Result<(), Failed> {
    let schedule = args.schedule.as_deref().map(|name| find_schedule(&settings, name)).transpose()?;
    let window = match args.since {
        Some(since) => dates(since, args.until, Utc::now())?,
        None => Window::Lookback(match schedule {
            Some(schedule) => schedule.lookback_days,
            None => {
                let enabled = settings.schedules.iter().filter(|schedule| schedule.enabled);
                enabled.map(|schedule| schedule.lookback_days).max().unwrap_or(RESTATED_DAYS)
            }
        }),
    };
    let accounts = if args.accounts.is_empty() {
        schedule.and_then(|schedule| schedule.accounts.clone())
    } else {
        Some(find_accounts(&settings, &args.accounts)?)
    };
    let reports = if args.reports.is_empty() {
        schedule.and_then(|schedule| schedule.reports.clone())
    } else {
        Some(find_reports(&settings, args.reports)?)
    };
    let deadline = Some(schedule.map_or(DEADLINE, |schedule| schedule.deadline));
    let asked = Asked {
        schedule: args.schedule.clone(),
        trigger: "manual",
        accounts,
        reports,
        window,
        refresh: args.refresh,
        work: Work::Sync,
        sweeps: match schedule {
            // What lies before days of somebody's choosing is not what nobody reads any more.
            _ if args.since.is_some() => Sweeps::Nothing,
            Some(schedule) => schedule.sweeps(&settings.schedules),
            // It looks back as far as any schedule does.
            None => Sweeps::AllBut(Vec::new()),
        },
        deadline,
        is_dry: args.dry_run,
    };
    Box::pin(once(asked, settings, args.json)).await
}

pub(super) async fn backfill(args: BackfillArgs, settings: Settings) -> Result<(), Failed> {
    let now = Utc::now();
    let window = match dates(args.since, args.until, now)? {
        Window::Dates { since, until: None } => Window::UntilYesterday { since },
        window => window,
    };
    let accounts = if args.accounts.is_empty() { None } else { Some(find_accounts(&settings, &args.accounts)?) };
    let asked = Asked {
        schedule: None,
        trigger: "backfill",
        accounts,
        reports: None,
        window,
        refresh: args.refresh,
        work: Work::Sync,
        sweeps: Sweeps::Nothing,
        deadline: None,
        is_dry: args.dry_run,
    };
    Box::pin(once(asked, settings, args.json)).await
}

impl Asked {
    /// The run that was asked for, over the accounts that were named or else those that were found.
    pub(super) fn request(self, found: Vec<AccountId>, found_by_all: bool) -> Result<Request, Failed> {
        let accounts = self.accounts.unwrap_or(found);
        if accounts.is_empty() && found_by_all {
            complain(
                "the tokens read no account that is enabled: assign ad accounts to their system users in Business settings",
            );
            return Err(Failed::Told);
        }
        if accounts.is_empty() {
            return Err(Failed::Usage(
                "no account is enabled: name one under meta.accounts, or run `adsync accounts`".to_owned(),
            ));
        }
        Ok(Request {
            id: Uuid::now_v7(),
            schedule: self.schedule,
            trigger: self.trigger,
            due_at: None,
            accounts,
            found_by_all,
            reports: self.reports,
            window: self.window,
            refresh: self.refresh,
            work: self.work,
            sweeps: self.sweeps,
            deadline: self.deadline,
            is_asked: false,
            goes_on: None,
        })
    }
}

async fn once(asked: Asked, settings: Settings, as_json: bool) -> Result<(), Failed> {
    if asked.is_dry {
        return Box::pin(preview::preview(asked, &settings, as_json)).await;
    }
    let Ran { engine, report, shutdown, _log } = Box::pin(perform(asked, settings)).await?;
    let ended = report.as_ref().map_or(Ok(()), |report| told(report, &shutdown));
    match report {
        Some(report) if as_json => {
            say(&runs::json(&engine.db, Some(report.id), 1).await?);
            troubled(&report);
        }
        Some(report) => {
            summary(&report);
            troubled(&report);
        }
        None if as_json => say("[]"),
        None => {}
    }
    engine.db.close().await;
    ended
}

/// Does one run, with its progress on stderr.
pub(super) async fn perform(asked: Asked, settings: Settings) -> Result<Ran, Failed> {
    let display = Display::choose(&settings.log);
    let _log = Telemetry::init(display.log());
    let shutdown =
        Shutdown::listen().map_err(|error| app::Error::Process(format!("signals cannot be heard: {error}")))?;
    let cancel = shutdown.token();
    // A database that does not answer is waited for: a signal is heard all the same.
    let engine = match (cancel.run_until_cancelled(app::engine(&settings)).await, shutdown.signal()) {
        (Some(Ok(engine)), _) => engine,
        (None, Some(signal)) => return Err(Failed::Cancelled(signal)),
        (Some(Err(error)), _) => return Err(telling::unreachable(&settings, error).await),
        (None, None) => return Err(Failed::Told),
    };
    let (schedules, schedule) = (telling::schedules(&settings), asked.schedule.clone());
    let teller = telling::teller(&engine, &settings, &schedules, schedule.as_deref());
    let found_by_all = asked.accounts.is_none() && settings.sync.accounts == Accounts::All;
    // Named accounts are looked for, too, where nobody knows which of several tokens reads them.
    let is_listing_wanted = |accounts: &[AccountId]| !accounts.iter().all(|account| engine.knows_token_of(account));
    let roll = match &asked.accounts {
        Some(accounts) if !is_listing_wanted(accounts) => Roll { accounts: accounts.clone(), failed: Vec::new() },
        _ => match (engine.accounts(Utc::now(), &cancel).await, shutdown.signal()) {
            (Err(error), Some(signal)) if error.class == Class::Cancelled => return Err(Failed::Cancelled(signal)),
            (Err(error), _) => {
                teller.refused(&error, Utc::now()).await;
                return Err(error.into());
            }
            (Ok(found), _) => found,
        },
    };
    for (token, error) in &roll.failed {
        complain(&untold(token, error));
    }
    let request = asked.request(roll.accounts, found_by_all)?;
    let progress = Arc::<Progress>::default();
    // The run knows a zone once it has read it; whoever watches had better know before.
    let zones = store::accounts::zones(&engine.db).await?;
    for account in &request.accounts {
        progress.knows(account.digits(), zones.get(account.digits()).and_then(|zone| zone.parse().ok()));
    }
    let watching = display.watch(Arc::clone(&progress), engine.client.clone());
    let ran = app::run_once(&engine, request, Utc::now(), &cancel, &progress).await;
    watching.end().await;
    let report = ran?;
    if let Some(report) = &report {
        // Where no daemon runs nobody else does.
        let upkeep = async {
            if report.status != Status::Cancelled && engine.db.must_take_rows().is_ok() {
                let (instance, days) = (&engine.instance, settings.daemon.retention_days);
                let removed = store::retention::remove_old_for_nobody(&engine.db, instance, days, Utc::now());
                if let Err(error) = removed.await {
                    tracing::warn!(%error, "old runs could not be removed");
                }
            }
        };
        tokio::join!(teller.ended(report), upkeep);
    }
    Ok(Ran { engine, report, shutdown, _log })
}

pub(super) fn told(report: &RunReport, shutdown: &Shutdown) -> Result<(), Failed> {
    match report.status {
        Status::Succeeded | Status::Skipped => Ok(()),
        Status::Partial | Status::Throttled => Err(Failed::Partial),
        Status::Cancelled => Err(shutdown.signal().map_or(Failed::Partial, Failed::Cancelled)),
        Status::Failed => Err(Failed::Told),
    }
}

/// Reads a day as people write it on the command line.
pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "write a day as YYYY-MM-DD, for example 2026-11-23".to_owned())
}

pub(super) fn dates(since: NaiveDate, until: Option<NaiveDate>, now: DateTime<Utc>) -> Result<Window, Failed> {
    // The latest day that is today anywhere on earth.
    let today = (now + TimeDelta::hours(14)).date_naive();
    if let Some(until) = until
        && until < since
    {
        return Err(Failed::Usage(format!(
            "the range is reversed: --since {since} is after --until {until}; swap them"
        )));
    }
    if since > today || until.is_some_and(|until| until > today) {
        return Err(Failed::Usage(format!("the range lies in the future: no account has a day after {today} yet")));
    }
    Ok(Window::Dates { since, until })
}

fn find_schedule<'a>(settings: &'a Settings, name: &str) -> Result<&'a crate::daemon::Schedule, Failed> {
    let names = || settings.schedules.iter().map(|schedule| schedule.name.as_str());
    settings
        .schedules
        .iter()
        .find(|schedule| schedule.name == name)
        .ok_or_else(|| Failed::Usage(unknown("schedule", name, names())))
}

fn find_reports(settings: &Settings, wanted: Vec<String>) -> Result<Vec<String>, Failed> {
    let known: Vec<&str> = settings.sync.reports.iter().map(|report| report.name.as_str()).collect();
    for name in &wanted {
        if !known.contains(&name.as_str()) {
            return Err(Failed::Usage(unknown("report", name, known.iter().copied())));
        }
    }
    Ok(wanted)
}

pub(super) fn find_accounts(settings: &Settings, wanted: &[String]) -> Result<Vec<AccountId>, Failed> {
    let mut found = Vec::new();
    for text in wanted {
        let account: AccountId = text.parse().map_err(|error| Failed::Usage(format!("--account: {error}")))?;
        if let Accounts::Listed(listed) = &settings.sync.accounts
            && !listed.contains(&account)
        {
            return Err(Failed::Usage(format!("--account: {account} is not configured; add it to meta.accounts")));
        }
        if !found.contains(&account) {
            found.push(account);
        }
    }
    Ok(found)
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let near = known.iter().filter(|known| strsim::jaro(known, name) > 0.7);
    let nearest = near.max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
    let hint = nearest.map_or(".".to_owned(), |nearest| format!("; did you mean {nearest}?"));
    format!(
        "there is no {what} \"{name}\"{hint} Known: {}",
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    )
}
