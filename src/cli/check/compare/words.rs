//! What a comparison found, in sentences: what differs, why, and what is right.

use rust_decimal::Decimal;

use crate::store::foreign::Foreign;

use super::columns::{Columns, Holds};
use super::judge::{Findings, Found};
use super::reason::Reason;
use super::window::{ENDS, Fit};
use super::{MOST_ROWS, Ours, Scripts};

/// Where adsync has no rows of its own yet.
pub(super) const NOTHING_HELD: &str = "--compare-with: adsync holds nothing yet to compare with. Let it work beside the script first: give its tables a schema \
     of their own (database.schema = \"adsync\") or other names ([tables] adsets = \"meta_adsets\"), run `adsync sync`, and \
     compare again";

/// The table is adsync's own by now.
pub(super) fn ours(foreign: &Foreign) -> String {
    format!(
        "--compare-with: {}.{} is adsync's own table, or will be: name the table that the script fills. Where adsync has \
         taken it over, a copy from before serves, as in `create table adsets_before as table adsets`",
        foreign.schema, foreign.name
    )
}

/// The table's rows are parts of what adsync keeps as one.
pub(super) fn parts(foreign: &Foreign, columns: &Columns) -> String {
    format!(
        "--compare-with: {}.{} has rows that are parts of an ad set's day ({}): name a table with a row per ad set or \
         campaign, or one for each of its days; a view that sums the parts up serves, too",
        foreign.schema,
        foreign.name,
        columns.parts.join(", ")
    )
}

/// No column looks like an id.
pub(super) fn unknown(foreign: &Foreign) -> String {
    let names: Vec<&str> = foreign.columns.iter().map(|(name, _)| name.as_str()).collect();
    format!(
        "--compare-with: no column of {}.{} is known as an id (id, adset_id, campaign_id, ...); it has {}. A view that gives \
         them such names serves, too",
        foreign.schema,
        foreign.name,
        names.join(", ")
    )
}

/// No id of the table is known.
pub(super) fn no_id_known(foreign: &Foreign, rows: usize) -> String {
    let hidden = if foreign.is_filtered { "; row security hides rows of it from adsync's role" } else { "" };
    format!(
        "--compare-with: none of the ids in {}.{} ({rows} rows) is one of an ad set or campaign that adsync has read{hidden}: is \
         it of another account?",
        foreign.schema, foreign.name
    )
}

/// Everything that was found, a line each.
pub(super) fn told(scripts: &Scripts, ours: &Ours, findings: &Findings) -> Vec<String> {
    let mut lines = vec![String::new(), head(scripts)];
    lines.push(recognised(scripts));
    lines.extend(findings.fit.map(|fit| window(scripts, fit)));
    lines.extend(figures(scripts, findings));
    lines.push(String::new());
    let before = lines.len();
    rows(scripts, findings, &mut lines);
    texts(scripts, &mut lines);
    for ((holds, reason), found) in &findings.figures {
        if *reason != Reason::Agrees {
            lines.push(format!("- {}{}", why(scripts, *holds, *reason, found.count), examples(found)));
        }
    }
    lines.extend(notes(scripts, ours, findings));
    if lines.len() == before {
        lines.push("Nothing differs.".to_owned());
    }
    lines
}

fn head(scripts: &Scripts) -> String {
    let Foreign { schema, name, is_filtered, .. } = &scripts.foreign;
    let (rows, word) = (scripts.rows.len() + scripts.unreadable, scripts.word());
    let of = if scripts.has_days() { format!("{word} and day") } else { word.to_owned() };
    let cut = if scripts.is_cut { format!("; only {MOST_ROWS} of its rows were read") } else { String::new() };
    let hidden = if *is_filtered { "; row security hides some from adsync's role" } else { "" };
    format!("compare   {schema}.{name}: {rows} rows, one per {of}{cut}{hidden}")
}

fn recognised(scripts: &Scripts) -> String {
    let known: Vec<&str> = scripts
        .columns
        .known
        .iter()
        .filter(|column| !column.holds.is_id() || column.name == scripts.id)
        .map(|column| column.name.as_str())
        .collect();
    let others = match scripts.columns.others.as_slice() {
        [] => String::new(),
        others => format!("; not looked at: {}", others.join(", ")),
    };
    format!("compare   recognised: {}{others}", known.join(", "))
}

fn window(scripts: &Scripts, fit: Fit) -> String {
    let Fit { days, fitting, compared } = fit;
    format!(
        "compare   its figures are those of {} to {} ({} days): that fits {fitting} of {compared} {}s best",
        days.since,
        days.until,
        days.len(),
        scripts.word()
    )
}

/// How many figures of each column agree.
fn figures(scripts: &Scripts, findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    for column in scripts.columns.known.iter().filter(|column| column.holds.is_figure()) {
        let of = |found: &Found| found.count;
        let all: usize =
            findings.figures.iter().filter(|((holds, _), _)| *holds == column.holds).map(|(_, found)| of(found)).sum();
        let agreeing = findings.figures.get(&(column.holds, Reason::Agrees)).map_or(0, of);
        if all > 0 {
            lines.push(format!("compare   {}: {agreeing} of {all} agree", column.name));
        }
    }
    lines
}

/// What is wrong with the rows themselves.
fn rows(scripts: &Scripts, findings: &Findings, lines: &mut Vec<String>) {
    let (word, id) = (scripts.word(), &scripts.id);
    let mut tell = |found: &Found, text: String| {
        if found.count > 0 {
            lines.push(format!("- {text}{}", examples(found)));
        }
    };
    let key = if scripts.has_days() { format!("{id} and {}", scripts.columns.name(Holds::Date)) } else { id.clone() };
    tell(
        &findings.doubled,
        format!(
            "{} rows stand there again: whoever adds up counts them twice. adsync's tables have one row for each {key}, and \
             writing it twice changes nothing",
            findings.doubled.count
        ),
    );
    tell(
        &findings.rounded,
        format!(
            "{} rows have an id whose last digits were lost: it went through a floating-point number. Ids are text",
            findings.rounded.count
        ),
    );
    tell(
        &findings.unknown,
        format!(
            "{} rows are of {word}s that adsync does not know: of another account, or gone before adsync first read",
            findings.unknown.count
        ),
    );
    for (state, (found, spend)) in &findings.missing {
        let what = if scripts.has_days() { format!("days of {word}s") } else { format!("{word}s") };
        let spent =
            if spend.is_zero() { "without spend".to_owned() } else { format!("with a spend of {}", money(*spend)) };
        tell(found, format!("{} {what} are missing there that are {state} now, {spent}", found.count));
    }
    let all: usize = findings.missing.values().map(|(found, _)| found.count).sum();
    let there = scripts.rows.len();
    if all > 0 && [25, 50, 100, 200, 250, 500, 1000, 5000].contains(&there) {
        lines.push(format!("- it has exactly {there} rows: perhaps the script reads the first page only, and not what `paging.next` tells of"));
    }
    if scripts.unreadable > 0 {
        lines.push(format!("- {} rows have no {key} that can be read", scripts.unreadable));
    }
}

/// Columns of numbers and days that are text.
fn texts(scripts: &Scripts, lines: &mut Vec<String>) {
    let is_text =
        |holds: Holds| holds.is_figure() || matches!(holds, Holds::DailyBudget | Holds::LifetimeBudget | Holds::Date);
    let known = &scripts.columns.known;
    let names: Vec<&str> = known
        .iter()
        .filter(|column| column.is_text && is_text(column.holds))
        .map(|column| column.name.as_str())
        .collect();
    if !names.is_empty() {
        lines.push(format!(
            "- {} are kept as text: they sort and add up as words do. adsync's columns are numeric, bigint and date",
            names.join(", ")
        ));
    }
    let date = scripts.columns.name(Holds::Date);
    if scripts.foreign.kind(date).is_some_and(|kind| kind.starts_with("timestamp")) {
        lines.push(format!(
            "- {date} is an instant, not a day: midnight of UTC is another day in most accounts' zones. adsync's date is the \
             account's own day, without a time"
        ));
    }
}

/// A sentence for one kind of difference.
fn why(scripts: &Scripts, holds: Holds, reason: Reason, count: usize) -> String {
    let column = scripts.columns.name(holds);
    let of = format!("{count} of {column}");
    let days = if scripts.has_days() { "that day" } else { "those days" };
    match reason {
        Reason::Agrees => format!("{of} agree"),
        Reason::Empty => format!("{of} are empty although Meta has a figure"),
        Reason::Unreadable => format!("{of} are no numbers"),
        Reason::Cents => {
            format!("{of} are in cents: Meta sends money of insights in units of the currency, and so does adsync")
        }
        Reason::Micros => format!("{of} are in millionths of the currency: adsync's are in its units"),
        Reason::Hundredth if matches!(holds, Holds::DailyBudget | Holds::LifetimeBudget) => format!(
            "{of} are in units of the currency: adsync keeps budgets as Meta sends them, in minor units (centavos), and \
             adsets_view and campaigns_view give them in units"
        ),
        Reason::Hundredth if holds == Holds::Ctr => {
            format!("{of} are a fraction of 1: adsync's are per cent, as in Ads Manager")
        }
        Reason::Hundredth => {
            format!("{of} are a hundredth of Meta's figure: it was taken for cents and is in units already")
        }
        Reason::AddedUp if holds == Holds::Reach => format!(
            "{of} are the people of each day added up: who came on two days counts twice. Ask Meta for the whole window (a \
             report with time_increment = \"all_days\")"
        ),
        Reason::AddedUp => format!(
            "{of} are the ratios of the days added up, which is no ratio: {} of {days} together is right, as adsync's is",
            formula(holds)
        ),
        Reason::Mean => format!(
            "{of} are the mean of the days' ratios, as if each day counted alike: {} of {days} together is right, as adsync's is",
            formula(holds)
        ),
        Reason::Names => format!(
            "{of} add up every action with `lead` in its name: Meta tells one event under several names. adsync counts the \
             first of insights.leads that is there"
        ),
        Reason::Times(times) => format!(
            "{of} are {times} times as much as Meta's figure: it was added again instead of replaced, or read under {times} names"
        ),
        Reason::DayBefore => format!(
            "{count} rows have the figures of the day before: the day was reckoned in UTC, where the account's day ends earlier \
             or later. adsync's days are the account's own"
        ),
        Reason::DayAfter => format!(
            "{count} rows have the figures of the day after: the day was reckoned in UTC, where the account's day ends earlier \
             or later. adsync's days are the account's own"
        ),
        Reason::Earlier => {
            format!("{of} have less of the last day, which has gone on since they were read: no mistake")
        }
        Reason::Less => format!(
            "{of} have less than there is now: read too early (Meta restates a day for 28 days), or in part (not all pages, \
             no paused or archived ones)"
        ),
        Reason::Other => format!("{of} differ in no way that is known"),
    }
}

fn formula(holds: Holds) -> &'static str {
    match holds {
        Holds::Ctr => "100 * clicks / impressions",
        Holds::Cpc => "spend / clicks",
        _ => "1000 * spend / impressions",
    }
}

/// What is no mistake, but should be known.
fn notes(scripts: &Scripts, ours: &Ours, findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    if findings.early > 0 {
        lines.push(format!(
            "- {} of the rows with less were written within 28 days of their day and never again: Meta went on counting. \
             adsync reads the last 28 days again every night",
            findings.early
        ));
    }
    if findings.status.count > 0 {
        lines.push(format!(
            "- {} have another status now: the script does not read what is paused or archived, or has not run since{}",
            findings.status.count,
            examples(&findings.status)
        ));
    }
    if findings.unread > 0 {
        lines.push(format!(
            "- {} rows are of days that adsync has not read: `adsync backfill --since` the first of them, and compare again",
            findings.unread
        ));
    }
    if findings.old > 0 {
        lines.push(format!("- {} rows of days before {} were left out", findings.old, ours.since));
    }
    if findings.moving > 0 {
        lines.push(format!("- {} rows of days that still move were left out", findings.moving));
    }
    if !scripts.has_days()
        && findings.fit.is_none()
        && scripts.columns.known.iter().any(|column| column.holds.is_figure())
    {
        let newest = ours.newest.map_or("no day yet".to_owned(), |newest| format!("days until {newest}"));
        lines.push(format!(
            "- its figures fit no window of 1 to 120 days that ends in the last {ENDS} days; adsync holds {newest}. Run the script \
             once more, then `adsync sync`, and compare again"
        ));
    }
    lines
}

fn examples(found: &Found) -> String {
    match found.examples.as_slice() {
        [] => String::new(),
        examples => format!(" ({})", examples.join("; ")),
    }
}

fn money(amount: Decimal) -> String {
    amount.round_dp(2).to_string()
}
