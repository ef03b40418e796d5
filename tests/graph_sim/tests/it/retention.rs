//! What is silently empty or refused: old days, dead windows, breakdowns (FACTS 0.15, 0.16, 1, 2.5).
use crate::support::{ACT, get, number, post};
use graph_sim::{Change, Fact, Level, Plan, Sim, World};

const OLD: &str = "{\"since\":\"2025-10-20\",\"until\":\"2025-10-20\"}";
const YOUNG: &str = "{\"since\":\"2025-10-23\",\"until\":\"2025-10-23\"}";

/// A world with one delivered day on each side of thirteen months before 2026-11-23.
async fn planted() -> (Sim, String) {
    let sim = Sim::start(World::small()).await.expect("start");
    let id = sim.world().truth_objects(ACT, Level::Ad)[0].id.clone();
    let fact =
        Fact { impressions: 9_000, reach: 4_000, clicks: 90, link_clicks: 50, spend_cents: 900, ..Fact::default() };
    for day in ["2025-10-20", "2025-10-23"] {
        sim.world().apply(Change::Plant { id: id.clone(), day: day.parse().expect("day"), fact }).expect("planted");
    }
    (sim, format!("{id}/insights"))
}

#[tokio::test]
async fn unique_metrics_and_hours_are_silently_empty_past_thirteen_months() {
    let (sim, insights) = planted().await;
    let fields = "impressions,reach,unique_clicks,unique_ctr,cost_per_unique_click";
    let ask = |range: &'static str| [("time_range", range), ("fields", fields)];
    let old = get(&sim, &insights, &ask(OLD)).await.data().remove(0);
    assert_eq!((&old["impressions"], &old["reach"]), (&"9000".into(), &"4000".into()));
    assert!(["unique_clicks", "unique_ctr", "cost_per_unique_click"].iter().all(|key| old.get(*key).is_none()));
    let young = get(&sim, &insights, &ask(YOUNG)).await.data().remove(0);
    assert_eq!(young["unique_clicks"], "84");
    let hours = "hourly_stats_aggregated_by_advertiser_time_zone";
    let ask = |range: &'static str| [("time_range", range), ("breakdowns", hours), ("limit", "50"), ("fields", fields)];
    assert_eq!(get(&sim, &insights, &ask(OLD)).await.body, "{\"data\":[]}");
    let day = get(&sim, &insights, &ask(YOUNG)).await.data();
    assert_eq!(day.len(), 24);
    assert_eq!(day.iter().map(|row| number(&row["impressions"])).sum::<i64>(), 9_000);
    assert_eq!(day[9][hours], "09:00:00 - 09:59:59");
    // People cannot be counted by the hour: they come as 0.
    assert!(day.iter().all(|row| row["reach"] == "0" && row["unique_clicks"] == "0"));
    let frequency = [("time_range", YOUNG), ("breakdowns", "frequency_value")];
    assert_eq!(get(&sim, &insights, &frequency).await.body, "{\"data\":[]}");
}

#[tokio::test]
async fn reach_with_breakdowns_past_thirteen_months_comes_from_runs_only() {
    let (sim, insights) = planted().await;
    let ask = [("time_range", OLD), ("breakdowns", "gender"), ("fields", "impressions,reach,frequency")];
    let direct = get(&sim, &insights, &ask).await.data();
    assert!(direct.iter().all(|row| row.get("reach").is_none() && row.get("frequency").is_none()));
    sim.reports().plan(Plan::Completes { polls: 1 });
    let run = post(&sim, &insights, &ask).await.json();
    let run = run["report_run_id"].as_str().expect("an id").to_owned();
    get(&sim, &run, &[]).await;
    let rows = get(&sim, &format!("{run}/insights"), &[]).await.data();
    assert!(rows.iter().all(|row| row["reach"].is_string()));
}

#[tokio::test]
async fn only_documented_breakdowns_go_together() {
    let sim = Sim::start(World::small()).await.expect("start");
    let insights = format!("{ACT}/insights");
    let good = [
        "age,gender",
        "gender,age",
        "country",
        "region",
        "publisher_platform,platform_position",
        "publisher_platform,platform_position,impression_device",
        "product_id",
        "device_platform",
    ];
    for breakdowns in good {
        let rows = get(&sim, &insights, &[("breakdowns", breakdowns), ("limit", "500")]).await.data();
        let keys: Vec<&str> = breakdowns.split(',').collect();
        assert!(rows.iter().all(|row| keys.iter().all(|key| row[*key].is_string())), "{breakdowns}");
    }
    for breakdowns in ["age,country", "impression_device", "platform_position", "age,gender,country", "mmm"] {
        let refused = get(&sim, &insights, &[("breakdowns", breakdowns)]).await;
        assert_eq!(refused.error(), (400, 2, 1_504_041), "{breakdowns}");
    }
    // Removed on 2026-06-22.
    assert_eq!(get(&sim, &insights, &[("breakdowns", "dma")]).await.error(), (400, 100, 0));
    assert_eq!(get(&sim, &insights, &[("action_breakdowns", "colour")]).await.error(), (400, 100, 0));
    assert_eq!(post(&sim, &insights, &[("breakdowns", "mmm")]).await.status, 200);
}

#[tokio::test]
async fn breakdowns_that_need_an_opt_in_are_empty_without_it() {
    let sim = Sim::start(World::small()).await.expect("start");
    let params = [("breakdowns", "hourly_stats_aggregated_by_audience_time_zone"), ("limit", "100")];
    assert!(!get(&sim, &format!("{ACT}/insights"), &params).await.data().is_empty());
    sim.world().has_opted_in = false;
    sim.world().changed();
    assert_eq!(get(&sim, &format!("{ACT}/insights"), &params).await.body, "{\"data\":[]}");
}

#[tokio::test]
async fn dead_windows_are_taken_and_say_nothing() {
    let sim = Sim::start(World::small()).await.expect("start");
    for window in ["7d_view", "28d_view", "7d_view_first_conversion", "28d_view_all_conversions"] {
        let params = [("fields", "actions"), ("action_attribution_windows", window)];
        let answer = get(&sim, &format!("{ACT}/insights"), &params).await;
        assert_eq!(answer.status, 200, "{window}");
        assert!(answer.data()[0]["actions"].is_array() && !answer.body.contains(window), "{window}");
    }
}
