//! What the status page shows, asked for in one transaction: how the accounts and their days stand, what is under way,
//! what the schedules did last, what needs a person.

mod json;
mod older;
mod read;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::budgets::Budget;
use super::pauses::Standing;
use super::runs::Run;

pub use json::{accounts_json, coverage_json};
pub use older::{OlderGaps, older_gaps};
pub use read::{read, under_way};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The daemon's name.
    pub instance: String,
    /// The accounts.
    pub accounts: Vec<AskedAccount>,
    /// The report whose sums count as spend, before Meta's own totals.
    pub spend_report: Option<String>,
    /// How many days before today are looked at.
    pub days_before: u16,
    /// The names of the schedules.
    pub schedules: Vec<String>,
    /// How many of the last runs.
    pub runs: i64,
    /// When this is asked.
    pub now: DateTime<Utc>,
}

/// An account that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedAccount {
    /// Its digits.
    pub account_id: String,
    /// Its own today.
    pub today: NaiveDate,
    /// The names of its daily reports.
    pub reports: Vec<String>,
}

/// How everything stands.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The accounts, in the order that they were asked for.
    pub accounts: Vec<Glance>,
    /// The schedules, in the order that they were asked for.
    pub schedules: Vec<Beat>,
    /// What needs a person, what began first first.
    pub causes: Vec<OpenCause>,
    /// The budgets that were seen lately or are blocked.
    pub budgets: Vec<Budget>,
    /// What is under way.
    pub under_way: Vec<UnderWay>,
    /// The last runs, newest first.
    pub runs: Vec<Run>,
}

/// One account at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Its digits.
    pub account_id: String,
    /// Its name in Ads Manager, once it was read.
    pub name: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its last run.
    pub last_run: Option<Uuid>,
    /// When that began.
    pub last_at: Option<DateTime<Utc>>,
    /// How its part of it ended, or `running`.
    pub last_status: Option<String>,
    /// Those of its last days of which anything is known, oldest first.
    pub days: Vec<Day>,
}

/// What is known of an account's day, over its daily reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day, in the account's zone.
    pub date: NaiveDate,
    /// How many of the reports know it.
    pub reports: usize,
    /// Whether all of these were read to their end.
    pub complete: bool,
    /// Whether one of them differs from Meta's total for no known reason.
    pub drifts: bool,
    /// Whether all of them agree with it, or are no parts of a whole.
    pub reconciled: bool,
    /// What the rows of the report sum up to whose sums count as spend, in major units.
    pub spend: Option<Decimal>,
    /// Meta's own total.
    pub control_spend: Option<Decimal>,
    /// When one of them was last read to its end.
    pub fetched_at: Option<DateTime<Utc>>,
}

/// A schedule and its last tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Whether it is paused, and how often it failed.
    pub standing: Standing,
    /// The run that its last tick became, or the record that it became none.
    pub last: Option<LastTick>,
}

/// The last tick of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastTick {
    /// The run.
    pub run: Uuid,
    /// Its status.
    pub status: String,
    /// When it fell due.
    pub due_at: DateTime<Utc>,
    /// What went wrong, or why it was skipped.
    pub reason: Option<String>,
}

/// What needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCause {
    /// The dedupe id of its message.
    pub told_as: String,
    /// What kind of cause it is: of runs, whether they failed or were partial.
    pub kind: String,
    /// Since when.
    pub first_at: DateTime<Utc>,
    /// What is wrong, in words.
    pub message: String,
    /// What a person should do, where the message does not say it.
    pub advice: Option<String>,
    /// The digits of its accounts.
    pub accounts: Vec<String>,
    /// The run that met it last.
    pub run: Option<Uuid>,
}

/// A run that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// Its id.
    pub run: Uuid,
    /// The schedule; `None` for commands and for what is asked for by hand.
    pub schedule: Option<String>,
    /// What started it.
    pub trigger: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The first and last day of its window, once they are known.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// How many accounts it is for.
    pub accounts: u64,
    /// How many of them are done.
    pub done: u64,
    /// Steps that ended.
    pub steps: u64,
    /// What these came to: HTTP requests, rows that arrived, rows that changed.
    pub counts: [u64; 3],
    /// The step that is being worked on the longest: the account's digits, its name, the step.
    pub at: Option<(String, Option<String>, String)>,
    /// How many other steps are being worked on.
    pub others: u64,
}

impl Day {
    /// A day of which nothing is known yet.
    fn unknown(date: NaiveDate) -> Self {
        Self {
            date,
            reports: 0,
            complete: true,
            drifts: false,
            reconciled: true,
            spend: None,
            control_spend: None,
            fetched_at: None,
        }
    }
}
