//! What fails stands alone: one report, one slice or one day that Meta does not answer takes no other with it.

use crate::support::proxy::{self, Asked, rows};
use crate::support::scene::Scene;

const STRANGE: &str = r#"{"error":{"message":"strange","type":"OAuthException","code":4711}}"#;

/// Whether a question is about just this day.
fn is_day(asked: &Asked, day: &str) -> bool {
    asked.query.get("time_range").is_some_and(|range| range.matches(day).count() == 2)
}

async fn status(scene: &Scene, report: &str, days_ago: u64) -> String {
    let date = scene.days_ago(days_ago);
    let sql =
        format!("select coalesce(status, 'none') from sync_coverage where report = '{report}' and date = '{date}'");
    scene.value(&sql).await
}

#[tokio::test]
async fn a_report_whose_days_cannot_be_read_again_keeps_no_other_from_being_compared_and_summed() {
    let scene = Scene::small().await;
    let (lost, other) = (scene.days_ago(2).to_string(), scene.days_ago(4).to_string());
    let (fails, heals) = (lost.clone(), other.clone());
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        let is_adset = asked.is_insights("adset");
        if is_adset && is_day(asked, &fails) {
            *answer = serde_json::from_str(STRANGE).unwrap();
            return;
        }
        // The first reading loses a row of two days in either report.
        if (is_adset || asked.is_insights("campaign")) && !is_day(asked, &lost) && !is_day(asked, &other) {
            for day in [&lost, &other] {
                let rows = rows(answer).unwrap();
                if let Some(place) = rows.iter().position(|row| row["date_start"] == day.as_str()) {
                    rows.remove(place);
                }
            }
        }
    })
    .await;
    let sync = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url);
    let finished = sync.env("ADSYNC__REPORTS__CAMPAIGN__LEVEL", "campaign").run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(status(&scene, "campaign", 2).await, "settled", "the other report went on");
    assert_eq!(status(&scene, "campaign", 4).await, "settled");
    // The slice of the same report that could be read was read, and what it found was summed.
    let held = format!("select sum(impressions) from adset_insights where date = '{heals}'");
    let total = format!("select impressions from account_insights where date = '{heals}'");
    assert_eq!(scene.value(&held).await, scene.value(&total).await);
    let summed = "select (select sum(spend) from adsets) = (select sum(spend) from adset_insights)";
    assert_eq!(scene.value(summed).await, "t");
    assert_eq!(
        scene.last_run("status, error_code").await,
        ["partial", "4711"],
        "and the failure is told all the same"
    );
}
