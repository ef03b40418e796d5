//! When runs fall due, and what each of them reads.

use chrono::DateTime;
use chrono_tz::Tz;

use super::accounts::ids;
use super::is_name;
use super::reports::Judged as Reports;
use crate::config::problem::{did_you_mean, may_be_secret, one_line, shown, shown_word};
use crate::config::values::Values;
use crate::daemon::{CatchUp, Overlap, Schedule};
use crate::meta::AccountId;
use crate::schedule::{Cron, CronError, Zone};
use crate::sync::Accounts;

/// 2026-01-01T00:00:00Z: whether an expression ever falls due does not hang on the day of the question.
const ANY_INSTANT: i64 = 1_767_225_600;

/// Judges `[schedules]`.
pub(super) fn judge(values: &mut Values, accounts: &Option<Accounts>, reports: &Reports) -> Vec<Schedule> {
    values.names("schedules").iter().filter_map(|name| schedule(values, name, accounts.as_ref(), reports)).collect()
}

fn schedule(values: &mut Values, name: &str, accounts: Option<&Accounts>, reports: &Reports) -> Option<Schedule> {
    if !is_name(name, b"-") {
        let text =
            "is no name for a schedule: begin with a small letter, then small letters, digits, _ and -, at most 41";
        values.refuse_named("schedules", name, text);
    }
    let zone = zone(values, name);
    let cron = cron(values, name, zone.unwrap_or(Zone::Account));
    let only_accounts = only_accounts(values, name, accounts);
    let only_reports = only_reports(values, name, reports);
    let table = values.named_table("schedules", name);
    Some(Schedule {
        name: name.to_owned(),
        cron: cron?,
        zone: zone?,
        lookback_days: table.number("lookback_days"),
        overlap: if table.text("overlap").as_deref() == Some("queue") { Overlap::Queue } else { Overlap::Skip },
        catch_up: if table.text("catch_up").as_deref() == Some("none") { CatchUp::None } else { CatchUp::Latest },
        jitter: table.span("jitter"),
        deadline: table.span("deadline"),
        pause_after_failures: table.number("pause_after_failures"),
        enabled: table.flag("enabled"),
        accounts: only_accounts,
        reports: only_reports,
    })
}

fn zone(values: &mut Values, name: &str) -> Option<Zone> {
    let table = values.named_table("schedules", name);
    let (place, text) = (table.place("timezone"), table.text("timezone").unwrap_or_default());
    match text.parse::<Zone>() {
        Ok(zone) => Some(zone),
        Err(_) if may_be_secret(&text) => {
            values.refuse(
                &place,
                "[hidden] is not a time zone: write \"account\" or a name such as \"America/Sao_Paulo\"",
            );
            None
        }
        Err(error) => {
            values.refuse(&place, error.to_string());
            None
        }
    }
}

fn cron(values: &mut Values, name: &str, zone: Zone) -> Option<Cron> {
    const EXAMPLE: &str = "write 5 fields, minute hour day month weekday, as in \"30 3 * * *\"";
    let table = values.named_table("schedules", name);
    let place = table.place("cron");
    let Some(text) = table.text("cron") else {
        values.refuse(&place, format!("is missing: {EXAMPLE}"));
        return None;
    };
    let cron = match Cron::parse(&text) {
        Ok(cron) => cron,
        Err(error) => {
            let text = match error {
                CronError::NeverDue(_) => format!("{} never falls due: choose a day that exists", shown(&text)),
                // The reason quotes what was written.
                _ if may_be_secret(&text) => format!("[hidden] is no cron expression: {EXAMPLE}"),
                CronError::Field { .. } => one_line(&error.to_string()),
                _ => format!("{}; {EXAMPLE}", one_line(&error.to_string())),
            };
            values.refuse(&place, text);
            return None;
        }
    };
    let zone = match zone {
        Zone::Account => Tz::UTC,
        Zone::Named(zone) => zone,
    };
    let next = DateTime::from_timestamp(ANY_INSTANT, 0).and_then(|instant| cron.next_after(instant, zone));
    if next.is_none() {
        values.refuse(&place, format!("{} never falls due: choose a day that exists", shown(&text)));
    }
    Some(cron)
}

fn only_accounts(values: &mut Values, name: &str, accounts: Option<&Accounts>) -> Option<Vec<AccountId>> {
    let table = values.named_table("schedules", name);
    let (place, list) = (table.place("accounts"), table.list("accounts")?);
    if list.is_empty() {
        values.refuse(&place, "is empty: leave it out for all accounts, or set enabled = false");
    }
    let ids = ids(values, "schedules", Some(name), "accounts");
    if let Some(Accounts::Listed(listed)) = accounts {
        for id in ids.iter().filter(|id| !listed.contains(id)) {
            let known: Vec<String> = listed.iter().map(AccountId::act).collect();
            let guess = did_you_mean(&id.act(), known.iter().map(String::as_str));
            if values.is_complete {
                values
                    .refuse(&place, format!("{id} is not in meta.accounts: add it there, or leave it out here{guess}"));
            }
        }
    }
    Some(ids)
}

fn only_reports(values: &mut Values, name: &str, reports: &Reports) -> Option<Vec<String>> {
    let table = values.named_table("schedules", name);
    let (place, mut list) = (table.place("reports"), table.list("reports")?);
    if list.is_empty() {
        values.refuse(&place, "is empty: leave it out for all reports, or set enabled = false");
    }
    for report in list.iter().filter(|report| !reports.names.contains(report)) {
        if values.is_complete {
            let guess = did_you_mean(report, reports.names.iter().map(String::as_str));
            let known: Vec<String> = reports.names.iter().map(|name| shown_word(name)).collect();
            let known = known.join(", ");
            values.refuse(&place, format!("{} is no report: there are {known}{guess}", shown(report)));
        }
    }
    // A disabled report is left out here too, so that whoever reads the list finds each of them.
    list.retain(|report| reports.enabled.iter().any(|enabled| enabled.name == *report));
    list.sort();
    list.dedup();
    Some(list)
}
