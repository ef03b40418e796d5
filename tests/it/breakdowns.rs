//! Breakdowns that Meta treats apart: how their reports are asked.

use crate::support::scene::Scene;

#[tokio::test]
async fn what_only_report_runs_answer_is_never_asked_directly() {
    let scene = Scene::small().await;
    let toml = "[reports.by_mmm]\nbreakdowns = [\"mmm\"]\n";
    scene.adsync(&["sync"]).config("default.toml", toml).run().await;
    let calls = scene.sim.calls();
    let of_mmm: Vec<_> = calls.iter().filter(|call| call.param("breakdowns") == Some("mmm")).collect();
    assert!(!of_mmm.is_empty(), "it was asked for");
    assert!(of_mmm.iter().all(|call| call.method == "POST"), "{of_mmm:?}");
    assert_eq!(scene.insights().await, scene.true_insights(), "the report beside it is as it is");
}

#[tokio::test]
async fn rows_by_hour_are_not_asked_for_what_has_no_hours() {
    let scene = Scene::small().await;
    let hours = "hourly_stats_aggregated_by_advertiser_time_zone";
    let toml = format!("[reports.hours]\nbreakdowns = [\"{hours}\"]\n");
    scene.adsync(&["sync"]).config("default.toml", &toml).run().await;
    let calls = scene.sim.calls();
    let of_hours: Vec<_> = calls.iter().filter(|call| call.param("breakdowns") == Some(hours)).collect();
    assert!(!of_hours.is_empty(), "it was asked for");
    for call in of_hours {
        let fields = call.param("fields").unwrap_or_default();
        let unique = ["reach", "frequency"].iter().any(|field| fields.split(',').any(|asked| asked == *field));
        assert!(!unique, "{fields}");
    }
}
