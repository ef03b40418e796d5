//! Where a figure came from, as far as the tables know: the stored rows, their day's coverage, the run that read them, the
//! questions that it asked.

mod find;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::rows::figures::Figures;
use crate::rows::report::{Days, Level, Report};
use crate::rows::table::Table;

use super::requests::{Reading, Request};

pub use find::find;

/// Which figure is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// The report's table.
    pub table: &'a Table,
    /// The report.
    pub report: &'a Report,
    /// What kind of object it is.
    pub level: Level,
    /// The object's id; an account's digits.
    pub id: &'a str,
    /// The day.
    pub date: NaiveDate,
}

/// Everything that the tables know of a figure of one day, week, month or window.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The account; `None` where the object is not known at all.
    pub account: Option<Account>,
    /// The object's current name.
    pub name: Option<String>,
    /// What is held of the object.
    pub state: State,
    /// The days; `None` where no window holds the one that was asked about.
    pub days: Option<Days>,
    /// Who asked for the window, the latest first.
    pub askers: Vec<Asker>,
    /// The rows, as JSON, with the columns' names and instants in UTC.
    pub rows: Vec<String>,
    /// All rows together.
    pub sums: Sums,
    /// What is known of the day.
    pub coverage: Option<Coverage>,
    /// Meta's own totals of the account on these days, of whatever report, as far as `account_insights` has them.
    pub total: Option<Figures>,
    /// The run that read the day last, where its record is kept still.
    pub run: Option<Run>,
    /// Its step for this report and account.
    pub step: Option<Step>,
    /// The questions that it asked, and those of a later step.
    pub requests: Vec<Request>,
    /// What wrote some of the rows after the day was last read to its end.
    pub later: Option<Later>,
}

/// What is held of an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// It is listed, and neither archived nor deleted.
    Live,
    /// It is archived.
    Archived,
    /// It is deleted.
    Deleted,
    /// Nobody told.
    #[default]
    Unknown,
}

/// Who asked for a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// A schedule, or the window that a command asked for.
    pub asked_by: String,
    /// When it last did.
    pub asked_at: DateTime<Utc>,
}

/// A reading that wrote rows and has not come to its end.
#[derive(Debug, Clone)]
pub struct Later {
    /// When it wrote the last of them.
    pub written_at: DateTime<Utc>,
    /// The run and its step, where their records show one at that time.
    pub step: Option<(Uuid, Step)>,
}

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Its digits.
    pub account_id: String,
    /// Its name in Ads Manager.
    pub name: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its IANA zone.
    pub zone: Option<String>,
}

/// Rows together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many there are.
    pub rows: i64,
    /// Their spend.
    pub spend: Option<Decimal>,
    /// Their impressions.
    pub impressions: Option<Decimal>,
    /// Their clicks.
    pub clicks: Option<Decimal>,
    /// When the last of them was written.
    pub last_synced: Option<DateTime<Utc>>,
}

/// The row of `sync_coverage`.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The row as JSON.
    pub json: String,
    /// The first day of its period.
    pub date: NaiveDate,
    /// When it was read to its end.
    pub fetched_at: DateTime<Utc>,
    /// Whether it was read to its end.
    pub complete: bool,
    /// Rows of the day, all objects together.
    pub rows: i32,
    /// The sum of their spend.
    pub spend: Option<Decimal>,
    /// The sum of their impressions.
    pub impressions: Option<i64>,
    /// The sum of their clicks.
    pub clicks: Option<i64>,
    /// Meta's own total.
    pub control_spend: Option<Decimal>,
    /// Meta's own total of impressions.
    pub control_impressions: Option<i64>,
    /// Meta's own total of clicks.
    pub control_clicks: Option<i64>,
    /// What Meta counts but does not list.
    pub unlisted_spend: Option<Decimal>,
    /// What came of the comparison.
    pub status: Option<String>,
    /// The run that read it.
    pub run_id: Option<Uuid>,
    /// What was asked.
    pub request_hash: String,
    /// Which questions it was read with; `None` where an earlier version read it, which kept none.
    pub reading: Option<Reading>,
}

/// The row of `sync_runs`, as far as it tells where a figure came from.
#[derive(Debug, Clone)]
pub struct Run {
    /// The row as JSON.
    pub json: String,
    /// Its id.
    pub id: Uuid,
    /// What started it.
    pub trigger: String,
    /// The schedule.
    pub schedule: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub status: String,
    /// The API's version that was asked for.
    pub api_version: Option<String>,
    /// Meta's trace of its error.
    pub fbtrace_id: Option<String>,
}

/// The row of `sync_run_steps`.
#[derive(Debug, Clone)]
pub struct Step {
    /// The row as JSON.
    pub json: String,
    /// Its name.
    pub step: String,
    /// How it ended.
    pub status: String,
    /// HTTP requests.
    pub api_calls: Option<i32>,
    /// Meta's trace of its error.
    pub fbtrace_id: Option<String>,
    /// The questions that it asked, by their hashes.
    pub requests: Vec<String>,
}
