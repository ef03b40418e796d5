//! What a report is: its level, its breakdowns, its period. Its table and all SQL of it follow from this.

use chrono::NaiveDate;

use super::catalogue::{breakdowns, retention};

/// One report of the configuration. Its table is `<name>_insights`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The name under `[reports]`: `[a-z][a-z0-9_]{0,40}`.
    pub name: String,
    /// What one row is about.
    pub level: Level,
    /// Breakdown dimensions, each a column of the key.
    pub breakdowns: Vec<String>,
    /// The period of one row.
    pub increment: Increment,
    /// Attribution windows asked for beside the ad set's own setting, for example `7d_click`.
    pub attribution_windows: Vec<String>,
    /// Further insights fields, kept in `extra`.
    pub extra_fields: Vec<String>,
    /// Columns of the user's own: `[metrics.<name>]`.
    pub metrics: Vec<Metric>,
}

/// What one row of a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The whole account.
    Account,
    /// A campaign.
    Campaign,
    /// An ad set.
    Adset,
    /// An ad.
    Ad,
}

/// The period that one row covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Increment {
    /// A day of the account.
    Daily,
    /// A week from Monday.
    Weekly,
    /// A calendar month.
    Monthly,
    /// The whole window.
    AllDays,
}

/// A column of the user's own, read from the raw actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The column's name.
    pub name: String,
    /// Where its figure is found.
    pub source: MetricSource,
    /// Whether it reads the action's value (money) instead of its count.
    pub value: bool,
}

/// How a metric finds its figure among the action types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricSource {
    /// Names of one event: the first present counts.
    First(Vec<String>),
    /// Events that do not overlap: their sum counts.
    Sum(Vec<String>),
}

/// Which action types count as the two conversions that every table has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversions {
    /// Names of the event "lead", first present counts.
    pub leads: Vec<String>,
    /// Names of the event "purchase", first present counts.
    pub purchases: Vec<String>,
}

/// Whole days in the account's zone, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub since: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl Days {
    /// Every day of the range, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = NaiveDate> + use<> {
        let (since, length) = (self.since, self.len());
        (0..length).map(move |n| since + chrono::Days::new(n))
    }

    /// How many days it has; 0 where the ends are reversed.
    pub fn len(&self) -> u64 {
        u64::try_from((self.until - self.since).num_days() + 1).unwrap_or(0)
    }

    /// Its earlier and its later half; of a single day the later one is empty.
    pub fn halves(&self) -> (Self, Self) {
        let middle = self.since + chrono::Days::new((self.len() / 2).max(1));
        (Self { since: self.since, until: middle - chrono::Days::new(1) }, Self { since: middle, until: self.until })
    }

    /// Whether it has no day at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has this day.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.since <= day && day <= self.until
    }
}

impl Report {
    /// The name of its table before `[tables]` gives it another.
    pub fn table_name(&self) -> String {
        format!("{}_insights", self.name)
    }

    /// Whether spend, impressions and clicks of a day's rows, or of a longer period's, sum to the account's totals of its
    /// days.
    pub fn adds_up(&self) -> bool {
        self.breakdowns.iter().all(|name| breakdowns::adds_up(name))
    }

    /// Months that Meta keeps its rows: some breakdowns are kept for less time than the totals.
    pub fn kept_months(&self) -> u32 {
        let of_breakdowns = self.breakdowns.iter().filter_map(|name| retention::breakdown_months(name));
        of_breakdowns.chain([retention::totals_months()]).min().unwrap_or_default()
    }

    /// Whether a day without a row may have had some: where Meta keeps the rows for a shorter time, or tells them only to
    /// who opted in, it falls silent without an error.
    pub fn may_fall_silent(&self) -> bool {
        self.opt_ins().next().is_some()
            || self.breakdowns.iter().any(|name| retention::breakdown_months(name).is_some())
    }

    /// Whether Meta tells this field at all beside the report's breakdowns.
    pub fn tells(&self, field: &str) -> bool {
        self.breakdowns.iter().all(|name| breakdowns::tells(name, field))
    }

    /// Whether Meta tells all actions beside the report's breakdowns, those off Meta included.
    pub fn tells_all_actions(&self) -> bool {
        self.breakdowns.iter().all(|name| breakdowns::tells_off_meta_actions(name))
    }

    /// Whether only report runs answer it.
    pub fn needs_report_run(&self) -> bool {
        self.breakdowns.iter().any(|name| breakdowns::is_report_run_only(name))
    }

    /// The breakdowns that answer with nothing, and without an error, until the account opts in.
    pub fn opt_ins(&self) -> impl Iterator<Item = &str> {
        self.breakdowns.iter().map(String::as_str).filter(|name| breakdowns::opt_in(name).is_some())
    }
}

impl Level {
    /// The word that the API and the configuration use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Campaign => "campaign",
            Self::Adset => "adset",
            Self::Ad => "ad",
        }
    }
}

impl Increment {
    /// The word that the configuration uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::AllDays => "all_days",
        }
    }
}
