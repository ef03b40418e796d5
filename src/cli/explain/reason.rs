//! Why a figure has no row, in one sentence with its cure.

use chrono::{Months, NaiveDate};

use crate::rows::catalogue::currencies;
use crate::rows::figures::Figures;
use crate::rows::report::{Increment, Level};
use crate::store::provenance::{Coverage, State};

use super::super::clock::at;
use super::Explained;
use super::words::money;

/// Why there is no row; `None` where there is one.
pub(super) fn reason(explained: &Explained<'_>) -> Option<String> {
    let (figure, found, days) = (&explained.figure, &explained.found, explained.days);
    if found.sums.rows > 0 {
        return None;
    }
    let (report, what) = (&figure.report.name, what(explained));
    let Some(account) = &found.account else {
        return Some(format!(
            "The {what} is not known: neither a listing nor a row of {} has it; check the id in Ads Manager and that its \
             account stands under meta.accounts, then run `adsync sync`.",
            figure.table.name
        ));
    };
    if days.since > explained.today {
        return Some(format!(
            "{} has not begun in {} yet, where it is {}: ask for a day up to that.",
            days.since,
            explained.zone.name(),
            explained.today
        ));
    }
    let account_id = &account.account_id;
    if found.days.is_none() {
        return Some(format!(
            "No window of the report {report} holds {}: run `adsync sync --since DATE --until DATE --account \
             act_{account_id} --report {report}` with the first and the last day that it is to have.",
            figure.date
        ));
    }
    let until = days.until.min(explained.today);
    let read =
        format!("`adsync sync --since {} --until {until} --account act_{account_id} --report {report}`", days.since);
    let period = period(explained);
    Some(match &found.coverage {
        // A week or month that still runs was read as far as it goes.
        Some(coverage) if coverage.complete || coverage.status.as_deref() == Some("moving") => {
            format!("{}; if Ads Manager shows something there, {read} reads it again.", silence(explained, coverage))
        }
        Some(_) => format!(
            "{period} was read for the report {report}, but not to its end, so the row may be missing: run {read}, and look \
             at `adsync runs` if it stays so."
        ),
        None if !found.askers.is_empty() => format!(
            "{period} was asked for, but nothing says that it was read to its end: another window that begins on the same \
             day may have been read since; run {read}."
        ),
        None => match oldest(explained) {
            Some(oldest) if days.since < oldest => format!(
                "{period} was never read and begins before {oldest}: Meta keeps these figures for {} months, so it can no \
                 longer be had; ask for a later day.",
                figure.report.kept_months()
            ),
            _ => format!("{period} was not read for the report {report} yet: run {read}."),
        },
    })
}

/// What a reading without a row of the object says, and what it does not.
fn silence(explained: &Explained<'_>, coverage: &Coverage) -> String {
    let (what, report) = (what(explained), explained.figure.report);
    let when = match report.increment {
        Increment::Daily => format!("on {}", explained.days.since),
        _ => format!("from {} to {}", explained.days.since, explained.days.until),
    };
    let read = at(coverage.fetched_at, explained.zone);
    let others = match coverage.rows {
        0 => "without a row of any object".to_owned(),
        rows => format!("with {rows} rows of other objects"),
    };
    let end = if coverage.complete { "to its end" } else { "as far as it had gone" };
    let verdict = verdict(explained, coverage);
    format!(
        "Meta reported no delivery and no action of the {what} {when}, which was read {end} at {read} {others}; {verdict}"
    )
}

/// Whether the row may be missing all the same: only a total, or a listing that leaves nothing out, tells that it is not.
fn verdict(explained: &Explained<'_>, coverage: &Coverage) -> String {
    let (report, what) = (explained.figure.report, what(explained));
    if report.may_fall_silent() && coverage.rows == 0 {
        return "but beside these breakdowns Meta answers nothing, without an error, to accounts that did not opt in and of \
                days that it keeps no longer: nothing says that there was none"
            .to_owned();
    }
    // What is listed and neither archived nor deleted stands in every listing of its own level.
    let is_own_level = report.level == explained.figure.level;
    let is_listed = is_own_level && (report.level == Level::Account || explained.found.state == State::Live);
    match agreement(explained, coverage) {
        Agreement::Moving if explained.days.until >= explained.today => "it still runs, so a row may come yet".to_owned(),
        Agreement::Moving => {
            "Meta's total changed while it was compared, so a row may come yet: the next run looks again".to_owned()
        }
        Agreement::Agrees if is_listed => "all rows together agree with Meta's total, so nothing is missing".to_owned(),
        Agreement::Agrees => "all rows together agree with Meta's total, so no spend, impression or click is missing; a \
                              conversion without any of these may be, for Meta's listings may leave out what was archived \
                              or deleted"
            .to_owned(),
        Agreement::Explained(unlisted) if is_own_level && matches!(explained.found.state, State::Live | State::Archived) => {
            format!(
                "what Meta counts beyond these rows, {unlisted}, is of deleted objects, which this one is not, so no spend, \
                 impression or click of it is missing"
            )
        }
        Agreement::Explained(unlisted) => format!(
            "but Meta counts {unlisted} more of deleted objects, which it does not list: the {what} may be or have one of \
             them"
        ),
        Agreement::Differs => {
            "but these rows do not agree with Meta's total of the account, so the row may be missing".to_owned()
        }
        Agreement::Unknown if is_listed => {
            "no total tells whether these are all rows, but Meta's listings leave out only what was archived or deleted, \
             which this one is not"
                .to_owned()
        }
        Agreement::Unknown => {
            "but no total tells whether these are all rows, and Meta's listings may leave out what was archived or deleted: \
             the row may be missing"
                .to_owned()
        }
    }
}

/// How the rows of a period stand to what Meta counts.
enum Agreement {
    Moving,
    Agrees,
    /// It lacks so much, of deleted objects.
    Explained(String),
    Differs,
    Unknown,
}

fn agreement(explained: &Explained<'_>, coverage: &Coverage) -> Agreement {
    let unlisted = || coverage.unlisted_spend.map(|spend| Agreement::Explained(money(explained, spend)));
    match coverage.status.as_deref() {
        Some("moving") => Agreement::Moving,
        Some("settled") => Agreement::Agrees,
        Some("explained") => unlisted().unwrap_or(Agreement::Differs),
        Some("drift") => Agreement::Differs,
        _ if !explained.figure.report.adds_up() => Agreement::Unknown,
        // A longer period, or a day that was not compared: Meta's totals of its days may be known all the same.
        _ if sums_to_total(explained, coverage) => Agreement::Agrees,
        Some("not_additive") if coverage.control_spend.is_some() => unlisted().unwrap_or(Agreement::Differs),
        _ => Agreement::Unknown,
    }
}

/// Whether the rows of a period sum to Meta's totals of its days, as these were last read.
fn sums_to_total(explained: &Explained<'_>, coverage: &Coverage) -> bool {
    let sum = (|| {
        let (spend, impressions, clicks) = (coverage.spend?, coverage.impressions?, coverage.clicks?);
        Some(Figures { spend, impressions, clicks })
    })();
    let (Some(sum), Some(total)) = (sum, explained.found.total) else { return false };
    let currency = explained.found.account.as_ref().and_then(|account| account.currency.as_deref());
    let minor_units = currency.map_or(100, currencies::minor_units);
    sum.agrees_with(total, sum.slack(u64::try_from(coverage.rows).unwrap_or(0), minor_units))
}

/// The first day that Meta still has.
fn oldest(explained: &Explained<'_>) -> Option<NaiveDate> {
    explained.today.checked_sub_months(Months::new(explained.figure.report.kept_months()))
}

/// The object in words: `ad set 7`.
fn what(explained: &Explained<'_>) -> String {
    format!("{} {}", word(explained.figure.level), explained.figure.id)
}

/// The days of the row, in words.
fn period(explained: &Explained<'_>) -> String {
    let (word, days) = (super::words::period_word(explained.figure.report.increment), explained.days);
    match explained.figure.report.increment {
        Increment::Daily => days.since.to_string(),
        _ => format!("The {word} from {} to {}", days.since, days.until),
    }
}

pub(super) const fn word(level: Level) -> &'static str {
    match level {
        Level::Account => "account",
        Level::Campaign => "campaign",
        Level::Adset => "ad set",
        Level::Ad => "ad",
    }
}
