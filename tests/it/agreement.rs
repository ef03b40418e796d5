//! What counts as agreement and what does not: deleted objects excuse only themselves, and what cannot be read is no 0.

use std::collections::HashSet;

use graph_sim::world::UnfilteredLists;
use graph_sim::{Face, Fault, Level, Rule, When};

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

/// A Meta that does not list an ad set, however it is asked.
async fn hiding(scene: &Scene, hidden: String) -> String {
    proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && asked.path.contains("/act_") {
            rows(answer).unwrap().retain(|row| row["adset_id"] != hidden.as_str());
        }
    })
    .await
}

#[tokio::test]
async fn rows_of_an_object_that_was_just_deleted_stay_although_nothing_could_be_compared() {
    let scene = Scene::small().await;
    scene.sync().await;
    let before = scene.insights().await;
    let adset = before[0][0].clone();
    scene.change(graph_sim::Change::Delete { id: adset.clone() });
    let url = hiding(&scene, adset).await;
    let when = When { path: Some("level=account".to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::Forbidden, when });
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 3, "the comparison failed: {finished:?}");
    assert_eq!(scene.insights().await, before, "and yet no row was lost");
    assert_eq!(scene.last_run("rows_deleted").await, ["0"]);
}

#[tokio::test]
async fn what_helped_before_is_asked_for_hidden_objects_alone_and_what_was_refused_is_not_asked_again() {
    let scene = Scene::of(spec().statuses(100, 200, 100).unfiltered_lists(UnfilteredLists::NoArchived).build()).await;
    let refused = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let url = {
        let refused = std::sync::Arc::clone(&refused);
        proxy::start(&scene.sim.url(), move |asked, answer| {
            if asked.is_insights("adset") && asked.query.get("filtering").is_some_and(|text| text.contains("DELETED")) {
                refused.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                *answer = serde_json::json!({"error": {"message": "Cannot Request for Deleted Objects",
                    "type": "OAuthException", "code": 100, "error_subcode": 1_815_001}});
            }
        })
        .await
    };
    let sync = || scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run();
    let finished = sync().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.insights().await, scene.true_insights());
    assert_eq!(refused.load(std::sync::atomic::Ordering::SeqCst), 1, "one refusal is enough for all days");

    scene.sim.record().clear();
    assert_eq!(sync().await.code(), 0);
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    assert_eq!(refused.load(std::sync::atomic::Ordering::SeqCst), 1);
    let (all, further) = (scene.sim.calls_with("level=adset").len(), scene.sim.calls_with("filtering"));
    assert!(all <= 2 * (all - further.len()), "at most one further question a slice: {all}, {}", further.len());
    assert!(further.iter().all(|call| !call.param("filtering").unwrap().contains("\"PAUSED\"")), "{further:?}");
}

#[tokio::test]
async fn a_further_question_that_fails_takes_neither_the_slice_nor_the_rows_with_it() {
    let scene = Scene::small().await;
    scene.sync().await;
    let before = scene.insights().await;
    let adset = before[0][0].clone();
    scene.change(graph_sim::Change::Delete { id: adset.clone() });
    let when = When { is_part: Some(true), path: Some(format!("{adset}/insights")), ..When::default() };
    scene
        .sim
        .faults()
        .add(Rule { fault: Fault::TooLarge { rows: Some(0), fields: None, cells: None, face: Face::Unknown }, when });
    let url = hiding(&scene, adset).await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.insights().await, before);
    assert_eq!(warnings(&scene, "untold").await.len(), 1, "{finished:?}");
}

#[tokio::test]
async fn weeks_that_lack_hidden_objects_are_read_down_the_ladder_by_the_totals_of_their_days() {
    let world = spec().days(40).statuses(0, 200, 100).unfiltered_lists(UnfilteredLists::NoArchived).build();
    let scene = Scene::of(world).await;
    let variables = [
        ("ADSYNC__REPORTS__ADSET__ENABLED", "false"),
        ("ADSYNC__REPORTS__WEEK__LEVEL", "adset"),
        ("ADSYNC__REPORTS__WEEK__TIME_INCREMENT", "weekly"),
    ];
    let sync = || variables.iter().fold(scene.adsync(&["sync"]), |sync, (name, value)| sync.env(name, value)).run();
    let finished = sync().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let lacking = format!(
        "select count(*), count(*) filter (where w.impressions is distinct from (select sum(a.impressions)
           from account_insights a where a.date between w.date and w.date + 6))
         from (select date, sum(impressions) as impressions from week_insights group by date) w
         where w.date + 6 < '{}'",
        scene.today()
    );
    let weeks = scene.db.query_text(&lacking).await;
    assert!(weeks[0][0].parse::<u32>().unwrap() >= 3 && weeks[0][1] == "0", "{weeks:?}");
    assert_eq!(scene.db.query_text("select level, rung from sync_ladders").await, [["adset", "status"]]);
    assert!(warnings(&scene, "lacking").await.is_empty() && warnings(&scene, "drift").await.is_empty());
    let odd = "select count(*) from sync_coverage where coalesce(status, 'none') not in ('settled', 'moving')";
    assert_eq!(scene.value(odd).await, "0");

    assert_eq!(sync().await.code(), 0);
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_row_that_only_its_id_shows_anew_is_counted_as_the_one_that_changed() {
    let scene = Scene::of(spec().statuses(0, 0, 200).build()).await;
    let (day, deleted) = (scene.days_ago(2), deleted(&scene));
    let truth = scene.truth_between(Level::Adset, day, day);
    let adset = truth.iter().filter_map(|row| row.adset_id.clone()).find(|id| deleted.contains(id)).unwrap();
    // The listing lags behind: it shows the row as it showed it first. Totals, and the object itself, are right.
    let url = {
        let (adset, day, first) = (adset.clone(), day.to_string(), std::sync::Mutex::new(None::<serde_json::Value>));
        proxy::start(&scene.sim.url(), move |asked, answer| {
            if asked.is_insights("adset") && asked.path.contains("/act_") {
                let rows = rows(answer).unwrap().iter_mut();
                for row in rows.filter(|row| row["adset_id"] == adset.as_str() && row["date_start"] == day.as_str()) {
                    *row = first.lock().unwrap().get_or_insert_with(|| row.clone()).clone();
                }
            }
        })
        .await
    };
    let sync = async || {
        let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    };
    sync().await;
    let add = graph_sim::Fact { spend_cents: 750, ..Default::default() };
    scene.change(graph_sim::Change::LateConversion { id: adset.clone(), day, add });
    sync().await;
    assert_eq!(status(&scene, "adset", 2).await, "settled", "its id showed it");
    let step = "select step, rows_updated from sync_run_steps s join (select id from sync_runs order by started_at desc limit 1) r
        on r.id = s.run_id where step in ('insights:adset', 'reconcile') order by 1";
    assert_eq!(scene.db.query_text(step).await, [["insights:adset", "0"], ["reconcile", "1"]]);
}

#[tokio::test]
async fn sums_beyond_64_bits_end_at_their_borders_instead_of_ending_the_comparison() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (day, other) = (scene.days_ago(2).to_string(), scene.days_ago(3).to_string());
    for (day, count) in [(&day, "-9000000000000000000"), (&other, "9000000000000000000")] {
        scene
            .db
            .execute(&format!("update adset_insights set impressions = {count}, clicks = {count} where date = '{day}'"))
            .await;
    }
    let shown = scene.adsync(&["reconcile", "--since", &other, "--until", &day]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    scene.assert_true().await;
}
