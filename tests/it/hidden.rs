//! Rows that no longer arrive: what a listing left out stays, whatever it was, and only what Meta itself lacks goes.

use std::sync::atomic::{AtomicBool, Ordering};

use graph_sim::world::UnfilteredLists;
use graph_sim::{Change, Fact};

use crate::support::proxy::{self, rows};
use crate::support::scene::{Scene, spec};

/// What a report's row of an ad set and a day counts as leads; nothing where there is no such row.
async fn leads(scene: &Scene, adset: &str, days_ago: u64) -> Vec<Vec<String>> {
    let day = scene.days_ago(days_ago);
    let sql = format!("select leads from adset_insights where adset_id = '{adset}' and date = '{day}'");
    scene.db.query_text(&sql).await
}

#[tokio::test]
async fn the_late_leads_of_a_deleted_ad_set_outlive_a_second_reading_of_their_day() {
    let scene = Scene::of(spec().unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    let (gone, other) = (scene.adset(0), scene.adset(1));
    let day = scene.days_ago(2);
    scene.change(Change::Plant { id: gone.clone(), day, fact: Fact { form_leads: 2, ..Fact::default() } });
    let shown = Fact { impressions: 500, spend_cents: 900, clicks: 5, reach: 400, ..Fact::default() };
    scene.change(Change::Plant { id: other.clone(), day, fact: shown });
    scene.sync().await;
    assert_eq!(leads(&scene, &gone, 2).await, [["2"]]);
    scene.change(Change::Delete { id: gone.clone() });
    // The day moves between the listing and the total: it is read again, and then it agrees.
    let (has_moved, date, hidden) = (AtomicBool::new(false), day.to_string(), gone.clone());
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        let is_total = asked.is_insights("account") && !asked.query.contains_key("filtering");
        let is_listing = asked.is_insights("adset") && asked.path.contains("/act_");
        if is_total {
            has_moved.store(true, Ordering::SeqCst);
        }
        if (is_total || is_listing && has_moved.load(Ordering::SeqCst))
            && let Some(rows) = rows(answer)
        {
            let is_it = |row: &serde_json::Value| is_total || row["adset_id"] == other.as_str();
            for row in rows.iter_mut().filter(|row| row["date_start"] == date.as_str() && is_it(row)) {
                let impressions: i64 = row["impressions"].as_str().unwrap().parse().unwrap();
                row["impressions"] = (impressions + 10).to_string().into();
            }
        }
        if is_listing && let Some(rows) = rows(answer) {
            rows.retain(|row| row["adset_id"] != hidden.as_str());
        }
    })
    .await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let status = format!("select status from sync_coverage where report = 'adset' and date = '{day}'");
    assert_eq!(scene.value(&status).await, "settled");
    assert_eq!(leads(&scene, &gone, 2).await, [["2"]], "no total misses them, and yet they happened");
}
