//! Agreement with Meta's own totals: what agrees, what is read again, what is explained, and what is told.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use graph_sim::world::UnfilteredLists;
use graph_sim::{Change, Level};

use crate::support::binary::Finished;
use crate::support::proxy::{self, Asked, add_money, rows};
use crate::support::scene::{DIGITS, Scene, spec};
use crate::support::truth::money;

const EVERY_LEVEL: &str = "
[reports.adset]
level = \"adset\"
[reports.campaign]
level = \"campaign\"
[reports.people]
level = \"adset\"
breakdowns = [\"age\", \"gender\"]
[reports.place]
level = \"campaign\"
breakdowns = [\"publisher_platform\"]
";

/// `adsync sync` with the answers of Meta changed on their way.
async fn sync(scene: &Scene, url: &str) -> Finished {
    scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).run().await
}

/// The statuses of a report's days, newest first.
async fn statuses(scene: &Scene, report: &str) -> Vec<String> {
    let sql =
        format!("select coalesce(status, 'none') from sync_coverage where report = '{report}' order by date desc");
    scene.db.query_text(&sql).await.into_iter().map(|row| row[0].clone()).collect()
}

/// The status of one day of `adset`.
async fn status(scene: &Scene, days_ago: u64) -> String {
    let sql = format!(
        "select coalesce(status, 'none') from sync_coverage where report = 'adset' and date = '{}'",
        scene.days_ago(days_ago)
    );
    scene.value(&sql).await
}

async fn drift_warnings(scene: &Scene) -> Vec<Vec<String>> {
    let sql =
        "select w->>'message', w->>'count' from (select warnings from sync_runs order by started_at desc limit 1) r,
        jsonb_array_elements(r.warnings) w where w->>'code' = 'drift'";
    scene.db.query_text(sql).await
}

#[tokio::test]
async fn sums_by_day_equal_meta_s_totals_at_every_level_of_random_worlds() {
    for seed in 1..4 {
        let world = spec().seed(seed).statuses(150, 150, 100).delivery_permille(700).build();
        let scene = Scene::of(world).await;
        let finished = scene.adsync(&["sync"]).config("default.toml", EVERY_LEVEL).run().await;
        assert_eq!(finished.code(), 0, "seed {seed}: {finished:?}");
        for report in ["adset", "campaign", "people", "place"] {
            let statuses = statuses(&scene, report).await;
            assert_eq!((statuses.len(), statuses[0].as_str()), (29, "moving"), "seed {seed}, {report}");
            assert!(statuses[1..].iter().all(|status| status == "settled"), "seed {seed}, {report}: {statuses:?}");
            let sql = format!(
                "select count(*) from account_insights a
                 left join (select date, sum(spend) as spend, sum(impressions) as impressions, sum(clicks) as clicks,
                   count(*) as rows from {report}_insights group by date) r using (date)
                 where (r.impressions, r.clicks) is distinct from (a.impressions, a.clicks)
                   or abs(r.spend - a.spend) > 0.005 * r.rows + 0.01"
            );
            assert_eq!(scene.value(&sql).await, "0", "seed {seed}, {report}");
        }
        assert!(drift_warnings(&scene).await.is_empty());
    }
}

#[tokio::test]
async fn rows_that_a_page_lost_are_read_again_and_the_day_is_settled() {
    let scene = Scene::small().await;
    let day = scene.days_ago(2).to_string();
    let lost = AtomicU64::new(0);
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && lost.load(Ordering::SeqCst) == 0 {
            let rows = rows(answer).unwrap();
            if let Some(place) = rows.iter().position(|row| row["date_start"] == day.as_str()) {
                rows.remove(place);
                lost.store(1, Ordering::SeqCst);
            }
        }
    })
    .await;
    let finished = sync(&scene, &url).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
    assert_eq!(status(&scene, 2).await, "settled");
    assert!(drift_warnings(&scene).await.is_empty());
    let summed = "select (select sum(spend) from adsets) = (select sum(spend) from adset_insights)";
    assert_eq!(scene.value(summed).await, "t", "the metric columns know the row that was found late");
    let calls = scene.sim.calls().iter().filter(|call| !call.is_part).count();
    assert!(calls <= 11, "one lost row cost {calls} calls in all");
}

#[tokio::test]
async fn a_total_that_stays_different_is_drift_and_told_with_its_day_and_size() {
    let scene = Scene::small().await;
    let day = scene.days_ago(2).to_string();
    let url = {
        let day = day.clone();
        proxy::start(&scene.sim.url(), move |asked, answer| {
            if asked.is_insights("account") {
                for row in rows(answer).unwrap().iter_mut().filter(|row| row["date_start"] == day.as_str()) {
                    add_money(row, "spend", "12.34");
                }
            }
        })
        .await
    };
    let finished = sync(&scene, &url).await;
    assert_eq!(finished.code(), 0, "inside 28 days it is a warning: {finished:?}");
    assert_eq!(status(&scene, 2).await, "drift");
    let sql =
        format!("select trim_scale(control_spend - spend), unlisted_spend from sync_coverage where date = '{day}'");
    assert_eq!(scene.db.query_text(&sql).await, [["12.34", "NULL"]]);
    let told = drift_warnings(&scene).await;
    assert!(told.len() == 1 && told[0][1] == "1", "{told:?}");
    for part in [day.as_str(), "12.34 in spend", "0 in impressions", "adsync reconcile --since"] {
        assert!(told[0][0].contains(part), "{part}: {told:?}");
    }
    assert!(finished.stderr.contains("12.34 in spend"), "{}", finished.stderr);

    // It is told again, and nothing is asked again: neither rows nor total have changed.
    scene.sim.record().clear();
    assert_eq!(sync(&scene, &url).await.code(), 0);
    assert_eq!((status(&scene, 2).await.as_str(), drift_warnings(&scene).await.len()), ("drift", 1));
    assert_eq!(scene.sim.calls_with("level=account").len(), 1);
    assert!(scene.sim.calls_with("filtering").is_empty());

    // On demand it is looked at anew, and shown.
    let since = scene.days_ago(3).to_string();
    let reconcile = |arguments: &[&str]| {
        let arguments = [&["reconcile", "--since", &since], arguments].concat();
        scene.adsync(&arguments).env("ADSYNC__META__BASE_URL", &url).run()
    };
    let shown = reconcile(&[]).await;
    assert_eq!(shown.code(), 3, "{shown:?}");
    let line = shown.stdout.lines().find(|line| line.contains(&day)).unwrap();
    assert!(line.contains("differs") && line.contains("12.34"), "{}", shown.stdout);
    assert!(shown.stdout.contains("2 days agree with Meta's totals; 1 still move; 1 differ."), "{}", shown.stdout);
    let shown = reconcile(&["--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!((json.as_array().unwrap().len(), &json[0]["date"]), (1, &day.as_str().into()));
    assert_eq!((&json[0]["status"], &json[0]["account_id"]), (&"drift".into(), &DIGITS.into()));
    assert_eq!(
        scene.last_run("trigger, status, status_reason").await,
        ["manual", "succeeded", "it only compared with Meta's totals"]
    );

    // Meta has mended it: all agrees.
    let shown = scene.adsync(&["reconcile", "--since", &since]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    assert_eq!(status(&scene, 2).await, "settled");
}

#[tokio::test]
async fn a_row_that_no_answer_shows_is_drift_where_nothing_was_deleted() {
    let scene = Scene::of(spec().statuses(100, 100, 0).build()).await;
    let (day, lost) = (scene.days_ago(2), scene.truth(Level::Adset));
    let lost = lost.iter().find(|row| row.date == day && row.fact.impressions > 0).unwrap().adset_id.clone().unwrap();
    let day = day.to_string();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") {
            let is_lost =
                |row: &serde_json::Value| row["adset_id"] == lost.as_str() && row["date_start"] == day.as_str();
            rows(answer).unwrap().retain(|row| !is_lost(row));
        }
    })
    .await;
    let finished = sync(&scene, &url).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(status(&scene, 2).await, "drift");
    let told = drift_warnings(&scene).await;
    assert!(told[0][0].contains("Meta counts what it does not list"), "{told:?}");
}

#[tokio::test]
async fn a_day_that_moves_between_two_looks_is_no_alarm() {
    let scene = Scene::small().await;
    let day = scene.days_ago(1).to_string();
    let asked_for = Arc::new(AtomicU64::new(0));
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("account") {
            let more = asked_for.fetch_add(1, Ordering::SeqCst) + 1;
            for row in rows(answer).unwrap().iter_mut().filter(|row| row["date_start"] == day.as_str()) {
                add_money(row, "spend", &format!("{more}.00"));
            }
        }
    })
    .await;
    let finished = sync(&scene, &url).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(status(&scene, 1).await, "moving");
    assert!(drift_warnings(&scene).await.is_empty());
    assert_eq!(scene.last_run("status, warnings").await, ["succeeded", "[]"]);
}

#[tokio::test]
async fn rounding_of_money_is_no_difference() {
    let scene = Scene::small().await;
    let day = scene.days_ago(1).to_string();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("account") {
            for row in rows(answer).unwrap().iter_mut().filter(|row| row["date_start"] == day.as_str()) {
                add_money(row, "spend", "-0.09");
            }
        }
    })
    .await;
    assert_eq!(sync(&scene, &url).await.code(), 0);
    assert_eq!(status(&scene, 1).await, "settled", "some 30 rows may each be half a cent off");
}

#[tokio::test]
async fn a_difference_beyond_what_meta_restates_makes_the_run_partial() {
    let scene = Scene::of(spec().days(60).build()).await;
    let day = scene.days_ago(40).to_string();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("account") {
            for row in rows(answer).unwrap().iter_mut().filter(|row| row["date_start"] == day.as_str()) {
                add_money(row, "spend", "1.00");
            }
        }
    })
    .await;
    let since = scene.days_ago(42).to_string();
    let backfill = scene.adsync(&["backfill", "--since", &since]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(backfill.code(), 3, "{backfill:?}");
    assert_eq!(scene.last_run("status, error_class").await, ["partial", "drift"]);
    let sql = "select step, status from sync_run_steps where status <> 'succeeded'";
    assert_eq!(scene.db.query_text(sql).await, [["reconcile", "failed"]]);
    assert_eq!(status(&scene, 40).await, "drift");
}

/// A Meta that does not list deleted ad sets, however it is asked.
async fn hiding_deleted(scene: &Scene) -> String {
    let world = Arc::new(std::sync::Mutex::new(HashSet::<String>::new()));
    let objects = scene.sim.world().truth_objects(DIGITS, Level::Adset);
    let deleted = objects.into_iter().filter(|object| object.effective_status == "DELETED").map(|object| object.id);
    world.lock().unwrap().extend(deleted);
    let hides = move |asked: &Asked| asked.is_insights("adset") && asked.path.contains("/act_");
    proxy::start(&scene.sim.url(), move |asked, answer| {
        if hides(asked) {
            let hidden = world.lock().unwrap();
            rows(answer).unwrap().retain(|row| !hidden.contains(row["adset_id"].as_str().unwrap()));
        }
    })
    .await
}

#[tokio::test]
async fn deleted_and_archived_objects_are_found_where_their_status_is_named() {
    for lists in [UnfilteredLists::NoDeleted, UnfilteredLists::NoArchived, UnfilteredLists::ActiveAndPausedOnly] {
        let scene = Scene::of(spec().statuses(100, 150, 150).unfiltered_lists(lists).build()).await;
        scene.sync().await;
        assert_eq!(scene.insights().await, scene.true_insights(), "{lists:?}");
        let statuses = statuses(&scene, "adset").await;
        assert!(statuses[1..].iter().all(|status| status == "settled"), "{lists:?}: {statuses:?}");
        assert_eq!(scene.db.query_text("select level, rung from sync_ladders").await, [["adset", "status"]]);

        // The next run begins there: nothing is removed and found again.
        scene.sim.record().clear();
        scene.sync().await;
        assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"], "{lists:?}");
        assert_eq!(scene.sim.calls_with("level=account").len(), 1, "{lists:?}");
    }
}

#[tokio::test]
async fn what_deleted_objects_spent_and_nobody_lists_is_explained_and_kept() {
    let scene = Scene::of(spec().statuses(0, 100, 200).unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    let url = hiding_deleted(&scene).await;
    let finished = sync(&scene, &url).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(drift_warnings(&scene).await.is_empty());
    let statuses = statuses(&scene, "adset").await;
    let explained = statuses.iter().filter(|status| *status == "explained").count();
    assert!(explained >= 4, "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| status == "explained" || status == "settled"), "{statuses:?}");

    let objects = scene.sim.world().truth_objects(DIGITS, Level::Adset);
    let deleted: HashSet<String> =
        objects.into_iter().filter(|object| object.effective_status == "DELETED").map(|object| object.id).collect();
    let day = scene.days_ago(2);
    let hidden = scene.truth(Level::Adset).into_iter().filter(|row| row.date == day);
    let cents: i64 =
        hidden.filter(|row| deleted.contains(row.adset_id.as_ref().unwrap())).map(|row| row.fact.spend_cents).sum();
    let sql = format!("select status, trim_scale(unlisted_spend) from sync_coverage where date = '{day}'");
    assert_eq!(scene.db.query_text(&sql).await, [["explained".to_owned(), money(cents)]]);

    // What was explained stays so, and costs nothing.
    scene.sim.record().clear();
    assert_eq!(sync(&scene, &url).await.code(), 0);
    assert_eq!(scene.db.query_text(&sql).await, [["explained".to_owned(), money(cents)]]);
    assert_eq!(scene.sim.calls_with("level=account").len(), 1);
    let since = day.to_string();
    let shown = scene.adsync(&["reconcile", "--since", &since]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    assert!(shown.stdout.contains("deleted objects"), "{}", shown.stdout);
}

#[tokio::test]
async fn an_object_deleted_between_two_runs_is_read_by_its_id_and_keeps_its_days() {
    let scene = Scene::of(spec().unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    scene.sync().await;
    let before = scene.insights().await;
    let adset = before[0][0].clone();
    scene.change(Change::Delete { id: adset.clone() });
    let url = hiding_deleted(&scene).await;
    let finished = sync(&scene, &url).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.insights().await, before);
    assert_eq!(scene.db.query_text("select level, rung from sync_ladders").await, [["adset", "id"]]);
    let statuses = statuses(&scene, "adset").await;
    assert!(statuses[1..].iter().all(|status| status == "settled"), "{statuses:?}");

    assert_eq!(sync(&scene, &url).await.code(), 0);
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn rows_that_other_hands_removed_come_back_when_asked_for() {
    let scene = Scene::small().await;
    scene.sync().await;
    let day = scene.days_ago(3);
    scene.db.execute(&format!("delete from adset_insights where date = '{day}'")).await;
    scene.sim.record().clear();
    let shown = scene.adsync(&["reconcile", "--since", &day.to_string(), "--until", &day.to_string()]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    scene.assert_true().await;
    assert!(scene.sim.calls().len() <= 4, "{}", scene.sim.calls().len());
    assert!(scene.sim.calls_with("/campaigns").is_empty());
}

#[tokio::test]
async fn days_that_were_never_read_cannot_be_compared() {
    let scene = Scene::of(spec().days(60).build()).await;
    scene.sync().await;
    let since = scene.days_ago(31).to_string();
    let shown = scene.adsync(&["reconcile", "--since", &since]).run().await;
    assert_eq!(shown.code(), 3, "{shown:?}");
    assert!(shown.stdout.contains("3 could not be compared"), "{}", shown.stdout);
    let wrong = scene.adsync(&["reconcile", "--since", "2026-11-20", "--until", "2026-11-19"]).run().await;
    assert_eq!(wrong.code(), 2, "{wrong:?}");
}
