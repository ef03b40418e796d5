//! What a run came to: it cannot fail, it can only report.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::meta::AccountId;
use crate::rows::report::Days;
use crate::rows::value::Warnings;
use crate::store::runs::{Fault, Totals};
use crate::store::totals::Agreement;
use crate::{meta, store};

use super::retention;

/// Why a run ended early that met a database which takes no rows, where its accounts did not all meet it themselves.
pub const NO_ROWS: &str = "the database took no rows any more, so nothing more was read";
/// Why a run stopped that nobody stopped.
pub const LATE: &str = "its deadline came before its end";
/// What to do about days that do not agree with Meta.
const DRIFT_ADVICE: &str = "Compare one of these days with Ads Manager; `adsync reconcile` with --since asks again.";

/// Why a step did not come to its end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Meta refused or could not be reached.
    #[error(transparent)]
    Meta(#[from] meta::Error),
    /// The database refused or could not be reached.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Rows arrived that could not be kept.
    #[error("{0}")]
    Rows(String),
    /// Days that Meta no longer restates do not agree with its totals.
    #[error("{0}")]
    Drift(String),
    /// The account cannot be synced as it is.
    #[error("{message}")]
    Account {
        /// A word for machines.
        class: &'static str,
        /// What is wrong, in words.
        message: String,
        /// What a person should do.
        advice: &'static str,
    },
}

impl Failure {
    /// The word that tables, logs and metrics use.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Meta(error) => error.class.as_str(),
            Self::Store(error) => error.class.as_str(),
            Self::Rows(_) => meta::Class::Malformed.as_str(),
            Self::Drift(_) => "drift",
            Self::Account { class, .. } => class,
        }
    }

    /// Whether the steps that follow in the same account would only meet the same wall.
    pub fn stops_account(&self) -> bool {
        match self {
            Self::Meta(error) => error.class.stops_account(),
            // A database that is away takes nothing of anyone; one that refuses a row may take the other tables'.
            Self::Store(error) => error.class.stops_everything(),
            Self::Rows(_) | Self::Drift(_) => false,
            Self::Account { .. } => true,
        }
    }

    /// The first of the worst.
    pub(super) fn worst(failures: Vec<Self>) -> Option<Self> {
        failures.into_iter().min_by_key(|failure| severity(failure.class()))
    }

    /// Whether all that is written into the same table would meet the same wall.
    pub(super) fn stops_siblings(&self) -> bool {
        self.stops_account() || matches!(self, Self::Store(error) if error.class == store::Class::Privilege)
    }

    /// The status of the step that it ended.
    pub fn status(&self) -> Status {
        match self {
            Self::Meta(error) if error.class == meta::Class::Cancelled => Status::Cancelled,
            Self::Meta(error) if error.class == meta::Class::Throttle => Status::Throttled,
            _ => Status::Failed,
        }
    }

    /// The error as the tables keep it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Meta(error) => Fault {
                class: error.class.as_str().to_owned(),
                code: error.code,
                subcode: error.subcode,
                fbtrace_id: error.fbtrace_id.clone(),
                message: error.to_string(),
                advice: retention::advice(error),
            },
            Self::Store(error) => Fault {
                class: error.class.as_str().to_owned(),
                message: error.to_string(),
                advice: error.class.advice().to_owned(),
                ..Fault::default()
            },
            Self::Rows(message) => Fault {
                class: self.class().to_owned(),
                message: message.clone(),
                advice: meta::Class::Malformed.advice().to_owned(),
                ..Fault::default()
            },
            Self::Drift(message) => Fault {
                class: self.class().to_owned(),
                message: message.clone(),
                advice: DRIFT_ADVICE.to_owned(),
                ..Fault::default()
            },
            Self::Account { class, message, advice } => Fault {
                class: (*class).to_owned(),
                message: message.clone(),
                advice: (*advice).to_owned(),
                ..Fault::default()
            },
        }
    }
}

/// How a step, an account or a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it was done.
    Succeeded,
    /// There was nothing to do, or it was left out on purpose.
    Skipped,
    /// Some of it was done.
    Partial,
    /// Meta's call budget is spent for longer than the run waits.
    Throttled,
    /// It was told to stop.
    Cancelled,
    /// Nothing of it was done, or not to its end.
    Failed,
}

impl Status {
    /// The word that tables, logs and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Partial => "partial",
            Self::Throttled => "throttled",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// What one step came to.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// `account`, `campaigns`, `adsets`, `insights:<report>`, `rollup` or `reconcile`.
    pub step: String,
    /// How it ended.
    pub status: Status,
    /// Its calls and rows.
    pub totals: Totals,
    /// Its error.
    pub fault: Option<Fault>,
}

/// A warning as the run keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A word for machines.
    pub code: &'static str,
    /// The account's digits; empty where it is about none.
    pub account_id: String,
    /// The step; empty where it is about the run.
    pub step: String,
    /// What is odd, in words.
    pub message: String,
    /// How often.
    pub count: u64,
}

/// What one account came to.
#[derive(Debug, Clone)]
pub struct AccountReport {
    /// The account.
    pub account: AccountId,
    /// Its name in Ads Manager, where it was read.
    pub name: Option<String>,
    /// Its steps, in order.
    pub steps: Vec<StepReport>,
    /// Its warnings.
    pub warnings: Vec<Warning>,
    /// Its today, where its zone was read.
    pub today: Option<NaiveDate>,
    /// Its days that were compared with Meta's totals, as far as the account got.
    pub compared: Option<Days>,
    /// How far all its days agree with Meta, by report.
    pub agreement: Vec<Agreement>,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run.
    pub id: Uuid,
    /// How it ended.
    pub status: Status,
    /// Why, in words.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// Its accounts.
    pub accounts: Vec<AccountReport>,
    /// What is wrong beside what its steps met: tokens that end, accounts that were lost.
    pub warnings: Vec<Warning>,
    /// What was odd about Meta as a whole: a word for machines and a sentence each.
    pub oddities: Vec<(&'static str, String)>,
}

impl AccountReport {
    /// How it ended.
    pub fn status(&self) -> Status {
        let is = |status: Status| self.steps.iter().any(|step| step.status == status);
        let first = self.steps.first().map_or(Status::Failed, |step| step.status);
        if is(Status::Cancelled) {
            Status::Cancelled
        } else if matches!(first, Status::Failed | Status::Throttled | Status::Skipped) {
            first
        } else if is(Status::Failed) || is(Status::Throttled) {
            Status::Partial
        } else {
            Status::Succeeded
        }
    }

    /// The first error of the worst class.
    pub fn fault(&self) -> Option<&Fault> {
        worst(self.steps.iter())
    }

    /// All its steps together.
    pub fn totals(&self) -> Totals {
        sum(self.steps.iter())
    }

    /// Whether anything of it was read at all.
    pub fn has_read(&self) -> bool {
        self.steps.iter().any(|step| step.status == Status::Succeeded || step.totals.rows_read > 0)
    }

    /// What is reported of an account before anything was done.
    pub(super) fn of(account: AccountId) -> Self {
        let (steps, warnings, agreement) = Default::default();
        Self { account, name: None, steps, warnings, today: None, compared: None, agreement }
    }

    /// Notes a step that could not even be opened: what follows would go unrecorded, too.
    pub(super) fn unopened(&mut self, step: &str, failure: &Failure) {
        tracing::error!(account_id = self.account.digits(), step, error = %failure, "a step could not begin");
        let (status, fault) = (failure.status(), Some(failure.fault()));
        self.steps.push(StepReport { step: step.to_owned(), status, totals: Totals::default(), fault });
    }

    /// Turns what was counted while reading into warnings of the account.
    pub fn warn(&mut self, step: &str, counted: Warnings) {
        for ((code, field), count) in counted.0 {
            let message = match code {
                "replaced_character" => format!("characters that no database text can hold became U+FFFD in {field}"),
                "row_without_key" => format!("rows came without {field} and could not be kept"),
                "too_old" => format!("Meta refused days before {field} as too old: they were left out"),
                "silence" => format!("Meta answered no row of days of which {field} has some: these stay"),
                "untold" => format!(
                    "Meta did not answer a further question about {field}: rows that its listing leaves out may be missing, and none was removed for that"
                ),
                "listing_cut" => format!(
                    "Meta listed none of many live objects that have rows in {field}, and told figures of some of them by their ids: all these rows stay, and may be old"
                ),
                "unasked" => format!(
                    "more objects with rows in {field} are listed no more than one run asks about: the rows of these stay, the next run asks about others"
                ),
                "row_off_period" => {
                    format!("rows came for {field} that cover other days than were asked, and were not kept")
                }
                "number_too_large" => format!("{field} did not fit its column and is kept in extra"),
                _ => format!("{field} could not be read and is empty"),
            };
            let account_id = self.account.digits().to_owned();
            self.warnings.push(Warning { code, account_id, step: step.to_owned(), message, count });
        }
    }
}

impl RunReport {
    /// The first error of the worst class.
    pub fn fault(&self) -> Option<&Fault> {
        worst(self.accounts.iter().flat_map(|account| &account.steps))
    }

    /// All its steps together.
    pub fn totals(&self) -> Totals {
        sum(self.accounts.iter().flat_map(|account| &account.steps))
    }

    /// Whether it read anything at all.
    pub fn has_read(&self) -> bool {
        self.accounts.iter().any(AccountReport::has_read)
    }

    /// The warnings as a JSON array.
    pub fn warnings_json(&self) -> String {
        let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let warning = |warning: &Warning| {
            serde_json::json!({
                "code": warning.code, "account_id": known(&warning.account_id), "step": known(&warning.step),
                "message": warning.message, "count": warning.count,
            })
        };
        let odd = |(code, message): &(&'static str, String)| serde_json::json!({"code": code, "account_id": null, "step": null, "message": message, "count": 1});
        let of_accounts = self.accounts.iter().flat_map(|account| &account.warnings).map(warning);
        let of_run = self.warnings.iter().map(warning);
        let all = of_run.chain(of_accounts).chain(self.oddities.iter().map(odd)).collect();
        serde_json::Value::Array(all).to_string()
    }
}

/// How a run ended, from how its accounts did: failed only where none got past its first step.
pub fn run_status(accounts: &[AccountReport]) -> Status {
    let all = |wanted: &[Status]| accounts.iter().all(|account| wanted.contains(&account.status()));
    if accounts.iter().any(|account| account.status() == Status::Cancelled) {
        Status::Cancelled
    } else if all(&[Status::Succeeded, Status::Skipped]) {
        Status::Succeeded
    } else if all(&[Status::Failed, Status::Throttled, Status::Skipped]) {
        Status::Failed
    } else {
        Status::Partial
    }
}

/// Faults that stop more come before those that stop less.
fn severity(class: &str) -> usize {
    const ORDER: [&str; 6] = ["auth", "permission", "account", "invalid", "too_much_data", "throttle"];
    if class.starts_with("database") {
        0
    } else {
        ORDER.iter().position(|known| *known == class).map_or(7, |place| place + 1)
    }
}

fn worst<'a>(steps: impl Iterator<Item = &'a StepReport>) -> Option<&'a Fault> {
    steps.filter_map(|step| step.fault.as_ref()).min_by_key(|fault| severity(&fault.class))
}

fn sum<'a>(steps: impl Iterator<Item = &'a StepReport>) -> Totals {
    steps.fold(Totals::default(), |mut sum, step| {
        sum.api_calls += step.totals.api_calls;
        sum.api_retries += step.totals.api_retries;
        sum.batch_parts += step.totals.batch_parts;
        sum.splits += step.totals.splits;
        sum.report_runs += step.totals.report_runs;
        sum.waited_ms += step.totals.waited_ms;
        sum.usage_peak_pct = sum.usage_peak_pct.max(step.totals.usage_peak_pct);
        sum.rows_read += step.totals.rows_read;
        sum.counts.add(step.totals.counts);
        sum
    })
}
