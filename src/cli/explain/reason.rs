//! Why a figure has no row, in one sentence with its cure.

use chrono::{Months, NaiveDate};

use crate::rows::catalogue::retention;
use crate::rows::report::Level;

use super::Explained;
use super::words::at;

/// Why there is no row; `None` where there is one.
pub(super) fn reason(explained: &Explained<'_>) -> Option<String> {
    let (figure, found) = (&explained.figure, &explained.found);
    if found.sums.rows > 0 {
        return None;
    }
    let (date, report) = (figure.date, &figure.report.name);
    let what = format!("{} {}", word(figure.level), figure.id);
    let Some(account) = &found.account else {
        return Some(format!(
            "The {what} is not known: neither a listing nor a row of {} has it; check the id in Ads Manager and that its \
             account stands under meta.accounts, then run `adsync sync`.",
            figure.table.name
        ));
    };
    let account_id = &account.account_id;
    if date > explained.today {
        return Some(format!(
            "{date} has not begun in {} yet, where it is {}: ask for a day up to that.",
            explained.zone.name(),
            explained.today
        ));
    }
    let read = format!("`adsync sync --since {date} --until {date} --account act_{account_id}`");
    match &found.coverage {
        // A week or month that still runs was read as far as it goes.
        Some(coverage) if coverage.complete || coverage.status.as_deref() == Some("moving") => Some(format!(
            "Meta reported no delivery and no action of the {what} on {date}: the day was read to its end at {} with {} \
             rows of other objects, so nothing is missing; if Ads Manager shows something there by now, {read} reads it.",
            at(coverage.fetched_at, explained.zone),
            coverage.rows
        )),
        Some(_) => Some(format!(
            "{date} was read for the report {report}, but not to its end, so the row may be missing: run {read}, and look \
             at `adsync runs` if it stays so."
        )),
        None => match oldest(explained.today) {
            Some(oldest) if date < oldest => Some(format!(
                "{date} was never read and lies before {oldest}: Meta keeps figures for {} months, so it can no longer be \
                 had; ask for a later day.",
                retention::totals_months()
            )),
            _ => Some(format!("{date} was not read for the report {report} yet: run {read}.")),
        },
    }
}

/// The first day that Meta still has.
fn oldest(today: NaiveDate) -> Option<NaiveDate> {
    today.checked_sub_months(Months::new(retention::totals_months()))
}

pub(super) const fn word(level: Level) -> &'static str {
    match level {
        Level::Account => "account",
        Level::Campaign => "campaign",
        Level::Adset => "ad set",
        Level::Ad => "ad",
    }
}
