//! A run keeps what it changed of each day's sums: before and after, in the step that read them.

use graph_sim::Change;
use serde_json::Value;

use crate::support::scene::Scene;

/// What the last step of this name keeps: how many days, and which.
async fn kept(scene: &Scene, step: &str) -> (String, Vec<Value>) {
    let sql = format!(
        "select coalesce(days_changed, -1), coalesce(changed_days, '[]') from sync_run_steps
         where step = '{step}' order by started_at desc limit 1"
    );
    let row = scene.db.query_text(&sql).await.remove(0);
    (row[0].clone(), serde_json::from_str(&row[1]).unwrap())
}

/// The spend of a day as the rows sum to it.
async fn spend(scene: &Scene, report: &str, day: &str) -> f64 {
    let sql = format!("select sum(spend) from {report}_insights where date = '{day}'");
    scene.value(&sql).await.parse().unwrap()
}

#[tokio::test]
async fn a_restated_day_is_kept_with_its_spend_before_and_after() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (count, days) = kept(&scene, "insights:adset").await;
    let rows_by_day = scene.db.query_text("select date, count(*) from adset_insights group by 1 order by 1 desc").await;
    assert_eq!((count, days.len()), (rows_by_day.len().to_string(), rows_by_day.len()));
    for (kept, [day, rows]) in days.iter().zip(rows_by_day.iter().map(|row| [&row[0], &row[1]])) {
        assert_eq!((&kept["date"], &kept["report"]), (&Value::from(day.as_str()), &Value::from("adset")));
        assert_eq!(kept["rows"], serde_json::json!([null, rows.parse::<i64>().unwrap()]));
        assert_eq!(kept["spend"][0], Value::Null);
        assert_eq!(kept["spend"][1].as_f64().unwrap(), spend(&scene, "adset", day).await);
    }

    scene.sync().await;
    assert_eq!(kept(&scene, "insights:adset").await, ("0".to_owned(), Vec::new()), "nothing changed");

    let day = scene.days_ago(2);
    let before = spend(&scene, "adset", &day.to_string()).await;
    scene.change(Change::Restate { id: scene.adset(0), since: day, until: day });
    scene.sync().await;
    let after = spend(&scene, "adset", &day.to_string()).await;
    let (count, days) = kept(&scene, "insights:adset").await;
    assert_eq!(count, "1", "{days:?}");
    assert_eq!(days[0]["date"], Value::from(day.to_string()));
    assert_eq!(days[0]["spend"], serde_json::json!([before, after]));
    assert_ne!(before, after);
}

#[tokio::test]
async fn a_week_is_kept_by_its_first_day() {
    let scene = Scene::small().await;
    let sync = || {
        let weekly = [("LEVEL", "campaign"), ("TIME_INCREMENT", "weekly")];
        weekly.iter().fold(scene.adsync(&["sync"]), |sync, (key, value)| {
            sync.env(&format!("ADSYNC__REPORTS__WEEK__{key}"), value)
        })
    };
    assert_eq!(sync().run().await.code(), 0);
    let day = scene.days_ago(1);
    let before = scene.db.query_text("select date, sum(spend) from week_insights group by 1 order by 1 desc").await;
    scene.change(Change::Restate { id: scene.campaign(0), since: day, until: day });
    assert_eq!(sync().run().await.code(), 0);
    let (count, days) = kept(&scene, "insights:week").await;
    assert_eq!(count, "1", "{days:?}");
    let first = days[0]["date"].as_str().unwrap().to_owned();
    let of_week = before.iter().find(|row| row[0] == first).unwrap();
    let figures = [of_week[1].parse().unwrap(), spend(&scene, "week", &first).await];
    assert_eq!(days[0]["spend"], serde_json::json!(figures));
}
