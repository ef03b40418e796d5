//! What counts as agreement and what does not: deleted objects excuse only themselves, and what cannot be read is no 0.

use std::collections::HashSet;

use graph_sim::Level;
use graph_sim::world::UnfilteredLists;

use crate::support::proxy::{self, rows};
use crate::support::scene::{DIGITS, Scene, spec};

async fn status(scene: &Scene, report: &str, days_ago: u64) -> String {
    let date = scene.days_ago(days_ago);
    let sql =
        format!("select coalesce(status, 'none') from sync_coverage where report = '{report}' and date = '{date}'");
    scene.value(&sql).await
}

/// The warnings of the last run with this code.
async fn warnings(scene: &Scene, code: &str) -> Vec<String> {
    let sql = format!(
        "select w->>'message' from (select warnings from sync_runs order by started_at desc limit 1) r,
         jsonb_array_elements(r.warnings) w where w->>'code' = '{code}'"
    );
    scene.db.query_text(&sql).await.into_iter().map(|row| row[0].clone()).collect()
}

fn deleted(scene: &Scene) -> HashSet<String> {
    let objects = scene.sim.world().truth_objects(DIGITS, Level::Adset);
    objects.into_iter().filter(|object| object.effective_status == "DELETED").map(|object| object.id).collect()
}

#[tokio::test]
async fn deleted_objects_that_are_listed_excuse_no_row_of_another_that_is_lost() {
    let scene = Scene::of(spec().statuses(0, 0, 200).build()).await;
    let (truth, deleted) = (scene.truth(Level::Adset), deleted(&scene));
    let is_deleted = |id: &Option<String>| deleted.contains(id.as_ref().unwrap());
    let ago = (1..7).find(|ago| {
        let mut rows = truth.iter().filter(|row| row.date == scene.days_ago(*ago) && row.fact.impressions > 0);
        rows.any(|row| is_deleted(&row.adset_id))
    });
    let ago = ago.unwrap();
    let day = scene.days_ago(ago);
    let of_day = truth.iter().filter(|row| row.date == day && row.fact.impressions > 0);
    let lost = of_day.filter(|row| !is_deleted(&row.adset_id)).min_by_key(|row| row.fact.impressions);
    let (lost, day) = (lost.unwrap().adset_id.clone().unwrap(), day.to_string());
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") {
            let is_lost =
                |row: &serde_json::Value| row["adset_id"] == lost.as_str() && row["date_start"] == day.as_str();
            rows(answer).unwrap().retain(|row| !is_lost(row));
        }
    })
    .await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "inside 28 days it is a warning: {finished:?}");
    assert_eq!(status(&scene, "adset", ago).await, "drift");
    assert_eq!(warnings(&scene, "drift").await.len(), 1);
}

#[tokio::test]
async fn an_object_of_a_status_that_has_no_name_here_is_not_taken_for_a_deleted_one() {
    let scene = Scene::of(spec().statuses(0, 0, 200).unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    let (deleted, odd) = (deleted(&scene), scene.adset(0));
    assert!(!deleted.contains(&odd));
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.path.ends_with("/adsets") {
            for row in rows(answer).unwrap().iter_mut().filter(|row| row["id"] == odd.as_str()) {
                row["effective_status"] = "HIBERNATING".into();
            }
        }
        if asked.is_insights("adset") && asked.path.contains("/act_") {
            rows(answer).unwrap().retain(|row| !deleted.contains(row["adset_id"].as_str().unwrap()));
        }
    })
    .await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(status(&scene, "adset", 2).await, "drift", "a list of statuses cannot tell it from what was deleted");
}

#[tokio::test]
async fn a_total_that_cannot_be_read_agrees_with_nothing_and_is_told() {
    let scene = Scene::small().await;
    let day = scene.days_ago(2).to_string();
    let url = {
        let day = day.clone();
        proxy::start(&scene.sim.url(), move |asked, answer| {
            if asked.is_insights("account") {
                for row in rows(answer).unwrap().iter_mut().filter(|row| row["date_start"] == day.as_str()) {
                    row["spend"] = "n/a".into();
                }
            }
        })
        .await
    };
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(status(&scene, "adset", 2).await, "none");
    assert_eq!(status(&scene, "adset", 3).await, "settled");
    let told = warnings(&scene, "not_compared").await;
    assert!(told.len() == 1 && told[0].contains(&day), "{told:?}");
    let agrees = "select agrees_with_meta from account_freshness where report = 'adset'";
    assert_eq!(scene.value(agrees).await, "NULL", "a day that was not compared agrees with nobody");

    let arguments = ["reconcile", "--since", &day, "--until", &day];
    let shown = scene.adsync(&arguments).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(shown.code(), 3, "{shown:?}");
    assert!(shown.stdout.contains("1 could not be compared"), "{}", shown.stdout);
    // Meta is well again.
    assert_eq!(scene.adsync(&arguments).run().await.code(), 0);
    assert_eq!(status(&scene, "adset", 2).await, "settled");
    assert_eq!(scene.value(agrees).await, "t");
}
