//! Days that were last read while Meta still restated them, and never since: whoever was away for weeks gets them back.

use graph_sim::{Change, Fact};

use crate::support::scene::{Scene, spec};

/// Days ago that a lead came late for.
const LATE: u64 = 50;

/// A world that was read to its end, but days before an outage only on the day after each; then leads came late.
async fn after_an_outage() -> Scene {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).build()).await;
    let since = scene.days_ago(79).to_string();
    let backfill = scene.adsync(&["backfill", "--since", &since]).run().await;
    assert_eq!(backfill.code(), 0, "{backfill:?}");
    let (first, last) = (scene.days_ago(LATE + 2), scene.days_ago(LATE - 3));
    let early = format!(
        "update sync_coverage set fetched_at = (date + 1) + interval '20 hours' where date between '{first}' and '{last}'"
    );
    scene.db.execute(&early).await;
    let add = Fact { form_leads: 4, ..Fact::default() };
    scene.change(Change::LateConversion { id: scene.adset(2), day: scene.days_ago(LATE), add });
    scene.sim.record().clear();
    scene
}

async fn assert_history_is_true(scene: &Scene) {
    let truth = scene.truth_between(graph_sim::Level::Adset, scene.days_ago(79), scene.today());
    let (cents, leads): (Vec<i64>, Vec<i64>) = truth.iter().map(|row| (row.fact.spend_cents, row.fact.leads())).unzip();
    let told = [truth.len().to_string(), cents.iter().sum::<i64>().to_string(), leads.iter().sum::<i64>().to_string()];
    let sql = "select count(*), (100 * sum(spend))::bigint, sum(leads) from adset_insights";
    assert_eq!(scene.db.query_text(sql).await, [told]);
}

/// How many days of ad sets were asked for that lie before the window.
fn old_days_asked(scene: &Scene) -> usize {
    let first = scene.days_ago(28);
    let ranges = scene.sim.calls_with("level=adset");
    let days = |range: &str| {
        let range: serde_json::Value = serde_json::from_str(range).unwrap();
        let day = |end: &str| range[end].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
        day("since").iter_days().take_while(|date| *date <= day("until") && *date < first).count()
    };
    ranges.iter().filter_map(|call| call.param("time_range")).map(days).sum()
}

#[tokio::test]
async fn a_backfill_reads_what_was_last_read_too_early_and_nothing_else() {
    let scene = after_an_outage().await;
    let since = scene.days_ago(79).to_string();
    for asked in [6, 0] {
        let backfill = scene.adsync(&["backfill", "--since", &since]).run().await;
        assert_eq!(backfill.code(), 0, "{backfill:?}");
        assert_history_is_true(&scene).await;
        assert_eq!(old_days_asked(&scene), asked);
        scene.sim.record().clear();
    }
}

#[tokio::test]
async fn the_schedule_that_looks_back_furthest_reads_what_was_last_read_too_early() {
    let scene = after_an_outage().await;
    for asked in [6, 0] {
        let finished = scene.adsync(&["sync", "--schedule", "settled"]).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_history_is_true(&scene).await;
        assert_eq!(old_days_asked(&scene), asked);
        scene.sim.record().clear();
    }
}
