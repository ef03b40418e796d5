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

#[tokio::test]
async fn a_schedule_that_looks_back_a_week_reads_each_older_day_once_more_when_meta_restates_it_no_longer() {
    let scene = Scene::of(spec().objects(3, 6, 1).days(40).build()).await;
    let since = scene.days_ago(39).to_string();
    let backfill = scene.adsync(&["backfill", "--since", &since]).run().await;
    assert_eq!(backfill.code(), 0, "{backfill:?}");
    // The schedule read every day for a week; the newest days that Meta restates no longer are due.
    let weekly = format!(
        "update sync_coverage set fetched_at = (date + 7) + interval '20 hours' where date < '{}' and date >= '{}'",
        scene.days_ago(7),
        scene.days_ago(29)
    );
    scene.db.execute(&weekly).await;
    for asked in [2, 0] {
        scene.sim.record().clear();
        let sync = scene.adsync(&["sync", "--schedule", "week"]).env("ADSYNC__SCHEDULES__SETTLED__ENABLED", "false");
        let sync = sync.env("ADSYNC__SCHEDULES__WEEK__CRON", "0 6 * * *");
        let finished = sync.env("ADSYNC__SCHEDULES__WEEK__LOOKBACK_DAYS", "7").run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        let old = scene.sim.calls_with("level=adset");
        let old = old.iter().filter_map(|call| call.param("time_range"));
        let ranges: Vec<serde_json::Value> = old.map(|range| serde_json::from_str(range).unwrap()).collect();
        let first = scene.days_ago(8).to_string();
        let old: Vec<_> = ranges.iter().filter(|range| range["since"].as_str().unwrap() < first.as_str()).collect();
        let expected = serde_json::json!({"since": scene.days_ago(29), "until": scene.days_ago(28)});
        assert_eq!(old, if asked > 0 { vec![&expected] } else { Vec::new() });
    }
}
