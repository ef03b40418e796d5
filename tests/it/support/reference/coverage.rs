//! What is known of every day's agreement with Meta's totals.

use chrono::Days;
use graph_sim::World;

use super::{LOOKBACK, today};
use crate::support::scene::Scene;

/// The reports whose rows sum to the account's total of the day.
pub(crate) const ADDITIVE: [&str; 5] = ["whole", "campaign", "adset", "ad", "people"];

/// Fails unless every day of the window is covered and agrees with Meta's total, today moves, and no other day says anything
/// worse. What does not add up has to say so.
pub(crate) async fn assert_agrees(scene: &Scene, account: &str, today: chrono::NaiveDate, context: &str) {
    for report in ADDITIVE {
        let sql = format!(
            "select date, complete, status, coalesce(spend, 0) = control_spend, coalesce(impressions, 0) = control_impressions,
               coalesce(clicks, 0) = control_clicks, rows = (select count(*) from {report}_insights i
                 where i.account_id = c.account_id and i.date = c.date)
             from sync_coverage c where account_id = '{account}' and report = '{report}' order by date desc limit {}",
            LOOKBACK + 1
        );
        let days = scene.db.query_text(&sql).await;
        let expected: Vec<Vec<String>> = (0..=u64::from(LOOKBACK))
            .map(|back| {
                let status = if back == 0 { "moving" } else { "settled" };
                let date = (today - Days::new(back)).to_string();
                [date.as_str(), "t", status, "t", "t", "t", "t"].map(str::to_owned).to_vec()
            })
            .collect();
        let is_so = |day: &&Vec<String>| expected.contains(day);
        let odd: Vec<_> = days.iter().filter(|day| !is_so(day)).collect();
        assert!(odd.is_empty() && days.len() == expected.len(), "{context}: {report} {odd:?}");
    }
    let odd = "select report, date, status from sync_coverage
        where account_id = ':account' and coalesce(status, 'none') <> case when complete and date < :today then 'settled' else 'moving' end";
    let odd = odd.replace(":today", &format!("'{today}'")).replace(":account", account);
    assert_eq!(scene.db.query_text(&odd).await, Vec::<Vec<String>>::new(), "{context}");
}

/// The digits of a world's accounts and what day each has.
pub(crate) fn accounts(world: &World) -> Vec<(String, chrono::NaiveDate)> {
    let digits = world.accounts.iter().map(|account| account.id.to_string());
    digits.map(|digits| (digits.clone(), today(world, &digits))).collect()
}
