//! A run as its page words it.

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::super::super::frame::Frame;
use super::super::super::moment::{Moment, took};
use super::super::super::number::{grouped, money, unsigned};
use super::super::super::words::{counted, said, shortened, tone_of};
use super::ToldRun;
use crate::store::pages::run::{ACCOUNTS, Counts, Day, Fault, Part, Record, RunPage, Shown, Step, Warning};

/// Days of an account that are shown without a click.
const OPEN: usize = 7;
/// How far a bar reaches, in parts of the whole.
const FULL: i64 = 1_000;
/// A bar that is shorter would not be seen.
const SHORTEST: i64 = 6;

/// What is counted of a step, in the order of its columns.
const COUNTS: [&str; 8] = ["Calls", "Retries", "Splits", "Read", "Inserted", "Updated", "Unchanged", "Deleted"];

#[derive(Template)]
#[template(path = "run.html", config = ".askama.toml")]
pub(super) struct RunView {
    frame: Frame,
    id: String,
    is_running: bool,
    has_actions: bool,
    sentence: String,
    reason: Option<String>,
    tone: &'static str,
    now: Moment,
    facts: Vec<Fact>,
    started: Option<Moment>,
    due: Option<Moment>,
    resumes: Option<String>,
    resumed_by: Option<String>,
    counts: Vec<Fact>,
    fault: Option<FaultView>,
    times: Vec<String>,
    parts: Vec<PartView>,
    pages: Pages,
    warnings: Vec<WarningView>,
    warnings_left: i64,
}

/// A word with what stands behind it.
struct Fact {
    name: &'static str,
    value: String,
}

struct FaultView {
    message: String,
    /// Class, code, subcode and trace.
    marks: String,
    advice: Option<String>,
}

struct PartView {
    act: String,
    heading: String,
    steps: Vec<StepView>,
    faults: Vec<(String, FaultView)>,
    changes: Vec<ChangeView>,
    changes_left: i64,
    changed: Option<String>,
    is_open: bool,
    currency: String,
}

struct StepView {
    step: String,
    status: String,
    reason: Option<String>,
    tone: &'static str,
    /// The tone of its bar.
    fill: &'static str,
    bar: Option<Bar>,
    took: String,
    waited: String,
    has_waited: bool,
    /// By `COUNTS`.
    counts: [String; 8],
}

/// A step on the run's line of time, in thousandths of the whole.
#[derive(Debug, PartialEq, Eq)]
struct Bar {
    x: i64,
    width: i64,
    /// How much of it was spent waiting, drawn at its end.
    waited_x: i64,
    waited_width: i64,
}

struct ChangeView {
    date: String,
    report: String,
    spend: [String; 2],
    difference: String,
    rows: String,
    impressions: String,
    clicks: String,
}

struct WarningView {
    act: Option<String>,
    step: String,
    message: String,
    count: String,
}

/// Where the other accounts are.
struct Pages {
    words: String,
    before: Option<String>,
    after: Option<String>,
    all: Option<String>,
}

impl RunView {
    pub(super) fn new(frame: Frame, told: ToldRun, shown: &Shown) -> Self {
        let ToldRun { now, page, labels } = told;
        let RunPage { run, resumes, resumed_by, warnings, warnings_count, accounts, accounts_count } = page;
        let zone_of = |part: &Part| part.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
        // Accounts of several zones have no common clock but that of UTC.
        let mut zones = accounts.iter().map(zone_of);
        let zone = zones.next().filter(|first| zones.all(|zone| zone == *first)).unwrap_or(Tz::UTC);
        let moment = |at| Moment::new(at, zone, now);
        let (sentence, tone) = sentence(&run, now);
        let line = Line::of(&run, &accounts, now);
        let label = |digits: &str| labels.get(digits).cloned();
        Self {
            id: run.id.to_string(),
            has_actions: run.status == "running" && frame.has_actions(),
            is_running: run.status == "running",
            sentence,
            tone,
            reason: run.status_reason.as_deref().map(said),
            now: moment(now),
            facts: facts(&run),
            started: run.started_at.map(moment),
            due: run.due_at.map(moment),
            resumes: resumes.map(|id| id.to_string()),
            resumed_by: resumed_by.map(|id| id.to_string()),
            counts: counts(&run.counts),
            times: times(&run),
            pages: Pages::new(&run, shown, accounts_count),
            fault: run.fault.map(FaultView::new),
            warnings_left: warnings_count - i64::try_from(warnings.len()).unwrap_or(0),
            warnings: warnings.into_iter().map(WarningView::new).collect(),
            parts: accounts.into_iter().map(|part| PartView::new(label(&part.account_id), part, &line)).collect(),
            frame,
        }
    }
}

/// Says in one sentence how it stands, and in which tone.
fn sentence(run: &Record, now: DateTime<Utc>) -> (String, &'static str) {
    let what = match (&run.schedule, run.trigger.as_str()) {
        (Some(schedule), _) => format!("run of {}", shortened(schedule)),
        (None, "backfill") => "backfill".to_owned(),
        (None, _) => "sync".to_owned(),
    };
    let length = run.started_at.map(|from| took(run.finished_at.unwrap_or(now) - from));
    let within = length.map_or_else(String::new, |length| format!(" {length}"));
    let text = match run.status.as_str() {
        "running" => format!("This {what} has been under way for{within}."),
        "succeeded" => format!("This {what} succeeded in{within}."),
        "partial" => format!("This {what} came through in part in{within}: some step failed or was throttled."),
        "failed" => format!("This {what} failed after{within}."),
        "cancelled" => format!("This {what} was cancelled after{within}."),
        "abandoned" => format!("This {what} was abandoned after{within}: its process was gone."),
        "skipped" => match run.ticks {
            Some(ticks) if ticks > 1 => format!("{ticks} ticks of this {what} were skipped."),
            _ => format!("This {what} was skipped."),
        },
        other => format!("This {what} is {other}."),
    };
    (text, tone_of(&run.status))
}

fn facts(run: &Record) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| Fact { name, value }));
    let trigger = match run.trigger.as_str() {
        "cron" => "a tick of its schedule",
        "catch_up" => "a tick that was missed",
        "resume" => "a run before it that was cut off",
        "manual" => "a person",
        "backfill" => "a person, for history",
        other => other,
    };
    fact("Started by", Some(trigger.to_owned()));
    let window = run.since.zip(run.until);
    fact("Days", window.map(|(since, until)| format!("{since} to {until}, each account's own")));
    fact("Accounts", Some(grouped(&run.accounts.to_string())));
    fact("Daemon", Some(said(&run.instance)));
    fact("Worker", run.worker.as_deref().map(said));
    let versions = run.app_version.clone().zip(run.api_version.clone());
    fact("Versions", versions.map(|(app, api)| format!("adsync {app}, Marketing API {api}")));
    facts
}

fn counts(counts: &Counts) -> Vec<Fact> {
    let names = ["API calls", "Rows read", "Inserted", "Updated", "Unchanged", "Deleted"];
    let Counts { api_calls, read, inserted, updated, unchanged, deleted, .. } = *counts;
    let figures = [api_calls, read, inserted, updated, unchanged, deleted];
    names.into_iter().zip(figures).map(|(name, figure)| Fact { name, value: shown(figure) }).collect()
}

/// What held a run up, a sentence each.
fn times(run: &Record) -> Vec<String> {
    let some = |count: Option<i64>| count.filter(|count| *count > 0);
    let calls = |retries| {
        let all = grouped(&run.counts.api_calls.unwrap_or(retries).to_string());
        format!("{} of {all} calls repeated one that had failed.", grouped(&retries.to_string()))
    };
    let mut times = Vec::new();
    times.extend(
        some(run.throttled_ms)
            .map(|ms| format!("It waited for Meta's call budgets for {}.", took(TimeDelta::milliseconds(ms)))),
    );
    times.extend(some(run.counts.api_retries).map(calls));
    times.extend(some(run.splits).map(|splits| {
        let often = if splits == 1 { "once".to_owned() } else { counted(unsigned(splits), "time", "times") };
        format!("A question was made smaller {often}, because Meta found it too large.")
    }));
    if times.is_empty() && run.started_at.is_some() {
        let what = if run.status == "running" { "Nothing has held it up so far" } else { "Nothing held it up" };
        times.push(format!("{what}: no wait for a call budget, no call repeated, no question made smaller."));
    }
    times.extend(
        some(run.report_runs)
            .map(|runs| format!("Meta worked out {} by itself.", counted(unsigned(runs), "question", "questions"))),
    );
    let peak = run.usage_peak_pct.filter(|peak| *peak > Decimal::ZERO);
    times.extend(peak.map(|peak| format!("The fullest of Meta's call budgets was at {} %.", peak.normalize())));
    times
}

/// The run's line of time.
struct Line {
    from: Option<DateTime<Utc>>,
    whole_ms: i64,
    now: DateTime<Utc>,
}

impl Line {
    fn of(run: &Record, parts: &[Part], now: DateTime<Utc>) -> Self {
        let steps = || parts.iter().flat_map(|part| &part.steps);
        let first = steps().filter_map(|step| step.started_at).min();
        let from = run.started_at.into_iter().chain(first).min();
        let last = steps().filter_map(|step| step.finished_at).max();
        let until = if run.status == "running" { Some(now) } else { run.finished_at.into_iter().chain(last).max() };
        let whole = from.zip(until).map_or(0, |(from, until)| (until - from).num_milliseconds());
        Self { from, whole_ms: whole.max(1), now }
    }

    fn bar(&self, step: &Step) -> Option<Bar> {
        let (from, start) = self.from.zip(step.started_at)?;
        let end = step.finished_at.unwrap_or(self.now).max(start);
        let share = |ms: i64| (i128::from(ms.max(0)) * i128::from(FULL) / i128::from(self.whole_ms)).try_into();
        let share = |ms: i64| share(ms).unwrap_or(FULL).clamp(0, FULL);
        let width = share((end - start).num_milliseconds()).max(SHORTEST);
        let x = share((start - from).num_milliseconds()).min(FULL - width);
        let waited_width = share(step.waited_ms).min(width);
        Some(Bar { x, width, waited_x: x + width - waited_width, waited_width })
    }
}

impl PartView {
    fn new(label: Option<String>, part: Part, line: &Line) -> Self {
        let act = format!("act_{}", part.account_id);
        let listed = i64::try_from(part.changes.len()).unwrap_or(i64::MAX);
        let faults =
            part.steps.iter().filter_map(|step| Some((step.step.clone(), FaultView::new(step.fault.clone()?))));
        Self {
            heading: shortened(&label.or(part.name).unwrap_or_else(|| act.clone())),
            act,
            faults: faults.collect(),
            changed: part.days_changed.map(|days| match days {
                0 => "The sums of no day changed.".to_owned(),
                days => format!("{} changed", counted(unsigned(days), "day's sums", "days' sums")),
            }),
            changes_left: part.days_changed.unwrap_or(0) - listed,
            is_open: part.changes.len() <= OPEN,
            changes: part.changes.into_iter().map(ChangeView::new).collect(),
            currency: shortened(&part.currency.unwrap_or_default()),
            steps: part.steps.into_iter().map(|step| StepView::new(step, line)).collect(),
        }
    }
}

impl StepView {
    fn new(step: Step, line: &Line) -> Self {
        let bar = line.bar(&step);
        let Counts { api_calls, api_retries, read, inserted, updated, unchanged, deleted } = step.counts;
        let length = step.started_at.map(|from| took(step.finished_at.unwrap_or(line.now) - from));
        let tone = tone_of(&step.status);
        Self {
            tone,
            fill: if step.status == "running" { "soft" } else { tone },
            bar,
            took: length.unwrap_or_default(),
            has_waited: step.waited_ms > 0,
            waited: took(TimeDelta::milliseconds(step.waited_ms)),
            counts: [api_calls, api_retries, Some(step.splits), read, inserted, updated, unchanged, deleted].map(shown),
            step: step.step,
            status: step.status,
            reason: step.status_reason.as_deref().map(shortened),
        }
    }
}

impl FaultView {
    fn new(fault: Fault) -> Self {
        let mut marks: Vec<String> = fault.class.into_iter().collect();
        marks.extend(fault.code.map(|code| format!("code {code}")));
        marks.extend(fault.subcode.map(|subcode| format!("subcode {subcode}")));
        marks.extend(fault.fbtrace_id.map(|trace| format!("trace id {trace}")));
        let advice = fault.advice.filter(|advice| !advice.is_empty()).as_deref().map(said);
        Self { message: said(&fault.message), marks: said(&marks.join(", ")), advice }
    }
}

impl ChangeView {
    fn new(day: Day) -> Self {
        let amount = |amount: Option<Decimal>| amount.map_or("-".to_owned(), money);
        let [before, after] = day.spend;
        let difference = after.unwrap_or_default() - before.unwrap_or_default();
        let sign = if difference > Decimal::ZERO { "+" } else { "" };
        let pair = |[before, after]: [Option<i64>; 2]| match before {
            _ if before == after => shown(after),
            None => format!("{}, new", shown(after)),
            before => format!("{} → {}", shown(before), shown(after)),
        };
        Self {
            date: day.date.to_string(),
            report: day.report,
            spend: [amount(before), amount(after)],
            difference: format!("{sign}{}", money(difference)),
            rows: pair(day.rows),
            impressions: pair(day.impressions),
            clicks: pair(day.clicks),
        }
    }
}

impl WarningView {
    fn new(warning: Warning) -> Self {
        Self {
            act: warning.account_id.filter(|id| !id.is_empty()).map(|digits| format!("act_{digits}")),
            step: shortened(&warning.step.unwrap_or_default()),
            message: said(&warning.message),
            count: shown(warning.count),
        }
    }
}

impl Pages {
    fn new(run: &Record, shown: &Shown, count: i64) -> Self {
        let path = format!("/runs/{}", run.id);
        let Shown::Page(page) = shown else {
            return Self { words: String::new(), before: None, after: None, all: Some(path) };
        };
        let last = u32::try_from(count.max(1) - 1).unwrap_or(u32::MAX) / ACCOUNTS;
        let words = format!("Page {} of {}: {}", page + 1, last + 1, counted(unsigned(count), "account", "accounts"));
        let to = |page: u32| format!("{path}?page={}", page + 1);
        Self {
            words: if last == 0 { String::new() } else { words },
            before: page.checked_sub(1).map(to),
            after: (*page < last).then(|| to(page + 1)),
            all: None,
        }
    }
}

fn shown(count: Option<i64>) -> String {
    count.map_or("-".to_owned(), |count| grouped(&count.to_string()))
}
