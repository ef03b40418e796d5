//! The status page: one sentence on how things stand, what is under way, what needs a person, the days of every account,
//! the accounts, the schedules and the last runs. Here is what it is told, as plain values.

mod chart;
mod live;
mod map;
mod page;
mod sentence;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use uuid::Uuid;

pub(in super::super) use live::now;
pub(in super::super) use page::page;

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Status {
    /// When this was asked; every distance in time is reckoned from it.
    pub now: DateTime<Utc>,
    /// The zone that all accounts share, or UTC.
    pub zone: Tz,
    /// An account without a success for this long is stale.
    pub stale_after: TimeDelta,
    /// How many days before each account's today are shown.
    pub days_before: u16,
    /// How many of them some schedule looks back to; of the others only what was once read may lack a day.
    pub days_promised: u16,
    /// What lacks before the days shown, an account each, the most first.
    pub older: Vec<OlderLine>,
    /// What a change of the configuration came to, where somebody should know.
    pub reloaded: Option<Reloaded>,
    /// What needs a person, what began first first.
    pub causes: Vec<CauseLine>,
    /// The accounts, in the order they were configured or found.
    pub accounts: Vec<AccountLine>,
    /// The schedules.
    pub schedules: Vec<ScheduleLine>,
    /// The app's own call budget, where it was seen lately.
    pub app_usage: Option<Usage>,
    /// What is under way.
    pub live: Live,
    /// The last runs, newest first.
    pub runs: Vec<RunLine>,
}

/// What a change of the configuration came to.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// What is wrong with it, a line for each problem: then the configuration before it stays in force.
    pub refused: Vec<String>,
    /// The keys that wait for the next start.
    pub waiting: Vec<String>,
}

/// An account by its id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id, with `act_`.
    pub account_id: String,
    /// What it is called, where that is known.
    pub name: Option<String>,
}

/// The days of an account before those shown that are missing, partial or drifting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderLine {
    /// The account.
    pub account: Named,
    /// How many days; those of each report by themselves.
    pub days: u64,
    /// The first of them.
    pub first: NaiveDate,
    /// The last of them.
    pub last: NaiveDate,
}

/// What needs a person.
#[derive(Debug, Clone)]
pub struct CauseLine {
    /// What it is called.
    pub headline: &'static str,
    /// Whether data is missing or about to be, and not merely to be looked at.
    pub is_error: bool,
    /// Whether it is the pause of a schedule.
    pub is_pause: bool,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What is wrong, in words.
    pub message: String,
    /// What a person should do, where the message does not say it.
    pub advice: Option<String>,
    /// The accounts that it is about.
    pub accounts: Vec<Named>,
    /// The run that met it last.
    pub run: Option<Uuid>,
}

/// One account.
#[derive(Debug, Clone)]
pub struct AccountLine {
    /// Its id, with `act_`.
    pub account_id: String,
    /// Its name at Meta; unknown before the first run.
    pub name: Option<String>,
    /// Its label in the configuration.
    pub label: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its zone; unknown before the first run.
    pub zone: Option<Tz>,
    /// Its own today.
    pub today: NaiveDate,
    /// Its last run.
    pub last_run: Option<Uuid>,
    /// When that began.
    pub last_at: Option<DateTime<Utc>>,
    /// How its part of it ended, or `running`.
    pub last_status: Option<String>,
    /// Since when its rows are known to agree with Meta.
    pub fresh_as_of: Option<DateTime<Utc>>,
    /// Those of the days shown of which anything is known, oldest first.
    pub days: Vec<DayLine>,
    /// Its fullest call budget, where it was seen lately and is worth a word.
    pub usage: Option<Usage>,
    /// When a schedule falls due for it.
    pub next_due_at: Option<DateTime<Utc>>,
}

/// One day of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    /// The day, in the account's zone.
    pub date: NaiveDate,
    /// What is known of it.
    pub state: DayState,
    /// What was spent, in major units.
    pub spend: Option<Decimal>,
}

/// What is known of a day; of a day without a row, nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayState {
    /// Read to its end, and in agreement with Meta's total.
    Reconciled,
    /// Read to its end; it still moves, or was not compared yet.
    Complete,
    /// Not read to its end, or not by every report.
    Partial,
    /// It differs from Meta's total for no known reason.
    Drifting,
}

/// How full a call budget is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// In percent.
    pub pct: Decimal,
    /// Until when Meta answers nothing.
    pub blocked_until: Option<DateTime<Utc>>,
}

/// One schedule.
#[derive(Debug, Clone)]
pub struct ScheduleLine {
    /// Its name.
    pub name: String,
    /// When it falls due.
    pub cron: String,
    /// The zone that this is read in: a name, or `account`.
    pub zone: String,
    /// How many days before today its runs read.
    pub lookback_days: u32,
    /// Whether it runs at all.
    pub enabled: bool,
    /// Its next tick.
    pub next_due_at: Option<DateTime<Utc>>,
    /// Its pause.
    pub paused: Option<PauseLine>,
    /// Runs in a row that failed.
    pub failures: u32,
    /// Its last tick.
    pub last: Option<TickLine>,
}

/// A pause of a schedule.
#[derive(Debug, Clone)]
pub struct PauseLine {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who paused it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// The last tick of a schedule.
#[derive(Debug, Clone)]
pub struct TickLine {
    /// Its run, or the record that there was none.
    pub run: Uuid,
    /// Its status.
    pub status: String,
    /// When it fell due.
    pub due_at: DateTime<Utc>,
    /// What went wrong, or why it was skipped.
    pub reason: Option<String>,
}

/// What moves: the runs that are under way.
#[derive(Debug, Clone)]
pub struct Live {
    /// When this was asked.
    pub now: DateTime<Utc>,
    /// The zone that all accounts share, or UTC.
    pub zone: Tz,
    /// Another one where a run began or ended: then more than this has changed.
    pub mark: u64,
    /// The runs, oldest first.
    pub runs: Vec<RunningLine>,
}

/// A run that is under way.
#[derive(Debug, Clone)]
pub struct RunningLine {
    /// Its id.
    pub run: Uuid,
    /// The schedule, or the command that started it.
    pub name: String,
    /// What started it.
    pub trigger: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The first and last day that it reads, once they are known.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// How many accounts it is for.
    pub accounts: u64,
    /// How many of them are done.
    pub done: u64,
    /// Steps that ended.
    pub steps: u64,
    /// HTTP requests of these.
    pub api_calls: u64,
    /// Rows that arrived in them.
    pub rows_read: u64,
    /// Rows that they changed.
    pub rows_changed: u64,
    /// The account and step that it has been at the longest.
    pub at: Option<(Named, String)>,
    /// How many other steps it is at.
    pub others: u64,
}

/// One run.
#[derive(Debug, Clone)]
pub struct RunLine {
    /// Its id.
    pub run: Uuid,
    /// The schedule, or the command that started it.
    pub schedule: String,
    /// What started it.
    pub trigger: String,
    /// Its status.
    pub status: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it runs.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many accounts it was for.
    pub accounts: u64,
    /// HTTP requests, once it ended.
    pub api_calls: Option<u64>,
    /// Rows inserted, updated or deleted.
    pub rows_changed: u64,
    /// What went wrong, as a sentence.
    pub error: Option<String>,
    /// What a person should do.
    pub advice: Option<String>,
}

impl AccountLine {
    /// What people call it.
    fn called(&self) -> &str {
        self.label.as_deref().or(self.name.as_deref()).unwrap_or(&self.account_id)
    }

    /// Whether it had no success for too long.
    fn is_stale(&self, now: DateTime<Utc>, stale_after: TimeDelta) -> bool {
        self.fresh_as_of.is_none_or(|at| now - at > stale_after)
    }
}
