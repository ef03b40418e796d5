//! What is known of every day's agreement with Meta's totals.

use chrono::Days;
use graph_sim::World;

use super::reports::{Period, REPORTS, Report, TOTALS};
use super::{LOOKBACK, today};
use crate::support::scene::Scene;

/// Fails unless every day and longer period of the window is covered and agrees with Meta's totals, what runs moves, and no
/// other one says anything worse. What is not known to add up has to say so.
pub(crate) async fn assert_agrees(scene: &Scene, account: &str, today: chrono::NaiveDate, context: &str) {
    for report in REPORTS.iter().filter(|report| report.table != TOTALS) {
        assert_covered(scene, report, account, today, context).await;
    }
    for report in REPORTS.iter().filter(|report| report.adds_up) {
        assert_sums(scene, report, account, today, context).await;
    }
}

/// Fails unless the coverage of a report says of every period of the window what it is.
async fn assert_covered(scene: &Scene, report: &Report, account: &str, today: chrono::NaiveDate, context: &str) {
    let (table, name) = (report.table, report.name());
    let since = today - Days::new(u64::from(LOOKBACK));
    let spans = report.spans(since, today);
    // What a period that still runs was compared with are its days that are over.
    let figures = if report.adds_up {
        "coalesce(spend, 0) = control_spend, coalesce(impressions, 0) = control_impressions,
        coalesce(clicks, 0) = control_clicks"
    } else {
        "null, null, null"
    };
    let sql = format!(
        "select date, complete, coalesce(status, 'none'), {figures}, rows = (select count(*) from {table} i
             where i.account_id = c.account_id and i.date = c.date)
         from sync_coverage c where account_id = '{account}' and report = '{name}' and date >= '{}' order by date",
        spans[0].0
    );
    let held = scene.db.query_text(&sql).await;
    let expected: Vec<Vec<String>> = spans
        .iter()
        .map(|(first, last)| {
            let is_over = report.period == Period::Day || *last < today;
            let status = match (*last < today, report.adds_up) {
                (false, _) if report.period != Period::Day => "moving",
                (_, false) => "not_additive",
                (true, true) => "settled",
                (false, true) => "moving",
            };
            let date = first.to_string();
            let agrees = if !report.adds_up {
                "NULL"
            } else if is_over {
                "t"
            } else {
                "-"
            };
            [date.as_str(), if is_over { "t" } else { "f" }, status, agrees, agrees, agrees, "t"]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    let is_so = |(held, expected): (&Vec<String>, &Vec<String>)| {
        held.iter().zip(expected).all(|(held, expected)| expected == "-" || held == expected)
    };
    let odd: Vec<_> = held.iter().zip(&expected).filter(|pair| !is_so(*pair)).collect();
    assert!(odd.is_empty() && held.len() == expected.len(), "{context}: {table} {odd:?}");
    let worse = format!(
        "select date, status from sync_coverage where account_id = '{account}' and report = '{name}'
         and coalesce(status, 'none') not in ('settled', 'moving', 'not_additive')"
    );
    assert_eq!(scene.db.query_text(&worse).await, Vec::<Vec<String>>::new(), "{context}: {table}");
}

/// Fails unless the rows of every period of the window sum to Meta's totals of its days, today's included.
async fn assert_sums(scene: &Scene, report: &Report, account: &str, today: chrono::NaiveDate, context: &str) {
    let spans = report.spans(today - Days::new(u64::from(LOOKBACK)), today);
    let (firsts, lasts): (Vec<String>, Vec<String>) =
        spans.iter().map(|(first, last)| (format!("'{first}'"), format!("'{last}'"))).unzip();
    let sums = "coalesce(sum(spend), 0) as spend, coalesce(sum(impressions), 0) as impressions,
        coalesce(sum(clicks), 0) as clicks";
    let sql = format!(
        "select s.first, r.*, t.*
         from unnest(array[{}]::date[], array[{}]::date[]) as s(first, last)
         cross join lateral (select {sums} from {table} where account_id = '{account}' and date = s.first) r
         cross join lateral (select {sums} from {TOTALS} where account_id = '{account}'
           and date between s.first and s.last) t
         where r is distinct from t",
        firsts.join(", "),
        lasts.join(", "),
        table = report.table,
    );
    assert_eq!(scene.db.query_text(&sql).await, Vec::<Vec<String>>::new(), "{context}: {}", report.table);
}

/// The digits of a world's accounts and what day each has.
pub(crate) fn accounts(world: &World) -> Vec<(String, chrono::NaiveDate)> {
    let digits = world.accounts.iter().map(|account| account.id.to_string());
    digits.map(|digits| (digits.clone(), today(world, &digits))).collect()
}
