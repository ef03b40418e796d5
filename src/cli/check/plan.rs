//! What the schedules will cost, and whether Meta's quotas hold it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Settings;
use crate::daemon::Schedule;
use crate::meta::usage::UseCase;
use crate::rows::report::{Days, Report};
use crate::schedule::due::due_ahead;
use crate::sync::Window;
use crate::sync::forecast::{Load, Manner, Planned, Sureness, Tier, busiest_hour, likely_rows, misfits};
use crate::sync::plan::{periods, today, totals_days};

use super::super::output::{complain, lines, say, table};
use super::super::preview::{NOT_COUNTED, amount, explain};
use super::accounts::Seen;

/// How far ahead due times are looked for: a weekly schedule has its turn in it.
const AHEAD: TimeDelta = TimeDelta::days(8);
/// Due times that are looked at, for each schedule.
const MOST_DUE: usize = 12_000;

/// Shows what every schedule costs in every account, and says what does not fit.
pub(super) fn show(settings: &Settings, accounts: &[Seen], now: DateTime<Utc>) {
    let headings =
        ["account", "schedule", "use case", "runs/h", "calls/run", "rows/run", "calls/h", "rows/h", "allowed/h"];
    let mut rows = table(&headings, 3);
    let (mut sureness, mut is_unknown, mut said) = (Sureness::Known, false, Vec::new());
    for seen in accounts {
        let tier = seen.tier.as_deref().and_then(Tier::from_header);
        let ads = seen.objects.active_ads.unwrap_or(0);
        let allowed = |use_case| tier.map_or("not told".to_owned(), |tier| tier.hourly(use_case, ads).to_string());
        let mut plans = Vec::new();
        for schedule in settings.schedules.iter().filter(|schedule| is_for(schedule, seen)) {
            let costs = Costs::of(settings, schedule, seen, now);
            let in_an_hour = |use_case| busiest_hour(std::slice::from_ref(&costs.plan), use_case);
            let runs = in_an_hour(UseCase::Management) / costs.plan.management.calls.max(1);
            for (use_case, load, sure) in [
                (UseCase::Management, costs.plan.management, costs.objects),
                (UseCase::Insights, costs.plan.insights, costs.rows),
            ] {
                let hourly = load.times(runs);
                rows.add_row([
                    seen.account.to_string(),
                    schedule.name.clone(),
                    use_case.as_str().to_owned(),
                    runs.to_string(),
                    load.calls.to_string(),
                    amount(load.rows, sure),
                    hourly.calls.to_string(),
                    amount(hourly.rows, sure),
                    allowed(use_case),
                ]);
            }
            sureness = sureness.max(costs.rows).max(costs.objects);
            is_unknown |= costs.is_unknown;
            plans.push(costs.plan);
        }
        said.extend(verdict(seen, &plans, tier, ads));
    }
    if rows.is_empty() {
        return;
    }
    say("");
    say(&lines(&rows));
    explain(sureness);
    say(&format!("{NOT_COUNTED}, archived objects once a day, and old days once a month."));
    if is_unknown {
        say("Some numbers of objects are not told by Meta: what they cost is known after the first sync.");
    }
    for (fits, sentence) in said {
        if fits { say(&sentence) } else { complain(&sentence) }
    }
}

fn is_for(schedule: &Schedule, seen: &Seen) -> bool {
    schedule.enabled && schedule.accounts.as_ref().is_none_or(|only| only.contains(&seen.account))
}

/// What one schedule costs in one account.
struct Costs {
    plan: Planned,
    objects: Sureness,
    rows: Sureness,
    is_unknown: bool,
}

impl Costs {
    fn of(settings: &Settings, schedule: &Schedule, seen: &Seen, now: DateTime<Utc>) -> Self {
        let zone = seen.zone.unwrap_or(chrono_tz::UTC);
        let day = today(zone, now);
        let window = Window::Lookback(schedule.lookback_days).days(day);
        let metrics = settings.sync.adset_metrics.days(day);
        let manner = Manner { page_size: settings.meta.page_size, side_by_side: settings.meta.max_concurrency };
        let objects = &seen.objects;
        let mut costs = Self {
            plan: Planned {
                due: due_ahead(&schedule.cron, schedule.zone.of(zone), now, now + AHEAD, MOST_DUE),
                management: manner.objects(objects),
                insights: Load::default(),
            },
            objects: Sureness::Known,
            rows: Sureness::Known,
            is_unknown: objects.campaigns.is_none() || objects.adsets.is_none(),
        };
        for report in settings.sync.reports.iter().filter(|report| is_meant(schedule, report)) {
            let held = seen.rows_per_day.get(&report.name).copied();
            let likely = held.or_else(|| likely_rows(report, objects));
            costs.rows = costs.rows.max(Sureness::of(report, held.is_some()));
            costs.is_unknown |= likely.is_none();
            let (_, load) = manner.report(&periods(report.increment, window, day), likely.unwrap_or(0), None);
            costs.plan.insights = costs.plan.insights.and(load);
        }
        // The totals go back to the first day of the metric columns, too.
        let compared = Days { since: window.since.min(metrics.since), until: window.until };
        let reports = settings.sync.reports.iter().filter(|report| is_meant(schedule, report));
        costs.plan.insights = costs.plan.insights.and(manner.totals(totals_days(reports, compared, day).len()));
        costs
    }
}

fn is_meant(schedule: &Schedule, report: &Report) -> bool {
    schedule.reports.as_ref().is_none_or(|names| names.contains(&report.name))
}

/// Whether an account's plan fits, in a sentence, or a sentence for everything that does not.
fn verdict(seen: &Seen, plans: &[Planned], tier: Option<Tier>, ads: u64) -> Vec<(bool, String)> {
    if plans.is_empty() {
        return Vec::new();
    }
    let account = &seen.account;
    let basis = if seen.objects.active_ads.is_some() {
        String::new()
    } else {
        " Meta does not tell the number of active ads: none is reckoned with.".to_owned()
    };
    let [management, insights] =
        [UseCase::Management, UseCase::Insights].map(|use_case| (busiest_hour(plans, use_case), use_case));
    let Some(tier) = tier else {
        let limited = misfits(account, plans, Tier::Limited, ads);
        let then =
            if limited.is_empty() { "Limited access would allow that" } else { "Limited access would not allow that" };
        return vec![(
            true,
            format!(
                "{account}: Meta did not tell the app's access; the busiest hour plans {} {} and {} {} calls: {then}.{basis}",
                management.0,
                management.1.as_str(),
                insights.0,
                insights.1.as_str(),
            ),
        )];
    };
    let misfits = misfits(account, plans, tier, ads);
    if !misfits.is_empty() {
        return misfits.into_iter().map(|sentence| (false, format!("{sentence}{basis}"))).collect();
    }
    let of = |(planned, use_case): (u64, UseCase)| {
        format!("{planned} of {} {} calls", tier.hourly(use_case, ads), use_case.as_str())
    };
    let sentence = format!(
        "{account}: the plan fits {} access: {} and {} in the busiest hour.{basis}",
        tier.word(),
        of(management),
        of(insights)
    );
    vec![(true, sentence)]
}
