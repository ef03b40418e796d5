//! Deleted objects that Meta lists nowhere: read by their ids, as many as are worth it, and what they were is explained.

use std::collections::HashSet;

use graph_sim::{Change, Level};

use crate::support::binary::Finished;
use crate::support::proxy::{self, rows};
use crate::support::scene::{DIGITS, Scene, spec};
use crate::support::truth::money;

/// Objects that are read by their ids in one run at the most.
const MOST: usize = 200;
/// More than that.
const DELETED: usize = 230;

/// Ids of ad sets.
type Ids = HashSet<String>;

/// An account of whose ad sets so many are deleted after a first sync, and a Meta that lists none of these, however it is
/// asked; gives also its address.
async fn with_many_deleted(reports: &str) -> (Scene, Ids, String) {
    let scene = Scene::of(spec().objects(4, DELETED + 10, 1).days(6).build()).await;
    let first = scene.adsync(&["sync"]).config("default.toml", reports).run().await;
    assert_eq!(first.code(), 0, "{first:?}");
    let objects = scene.sim.world().truth_objects(DIGITS, Level::Adset);
    let deleted: Ids = objects.into_iter().take(DELETED).map(|object| object.id).collect();
    for id in &deleted {
        scene.change(Change::Delete { id: id.clone() });
    }
    let hidden = deleted.clone();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && asked.path.contains("/act_") {
            rows(answer).unwrap().retain(|row| !hidden.contains(row["adset_id"].as_str().unwrap()));
        }
    })
    .await;
    (scene, deleted, url)
}

/// A sync past what hides them.
async fn sync(scene: &Scene, url: &str, reports: &str) -> Finished {
    scene.sim.record().clear();
    let sync = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url);
    let finished = sync.config("default.toml", reports).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

/// The objects whose figures were read by their ids.
fn read_by_id(scene: &Scene) -> Ids {
    let calls = scene.sim.calls();
    let parts = calls.iter().filter(|call| call.is_part && call.path.ends_with("/insights"));
    parts.map(|call| call.path.split('/').rev().nth(1).unwrap().to_owned()).collect()
}

async fn statuses(scene: &Scene, report: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "select distinct status from sync_coverage where report = '{report}' and status <> 'moving' order by status"
    );
    scene.db.query_text(&sql).await
}

#[tokio::test]
async fn rows_of_more_than_two_hundred_deleted_objects_stay_and_two_hundred_are_asked_about() {
    let (scene, deleted, url) = with_many_deleted("").await;
    let before = scene.insights().await;
    sync(&scene, &url, "").await;
    assert_eq!(scene.insights().await, before, "no row was lost");
    let warned = "jsonb_path_query_array(warnings, '$[*].code'), warnings -> 0 -> 'count'";
    let told = scene.last_run(&format!("rows_inserted, rows_deleted, {warned}")).await;
    assert_eq!(told, ["0", "0", "[\"unasked\"]", &(DELETED - MOST).to_string()]);
    assert_eq!(scene.value("select count(*) from adsets where deleted_at is not null").await, DELETED.to_string());
    assert_eq!(statuses(&scene, "adset").await, [["settled"]]);
    let asked = read_by_id(&scene);
    assert!(asked.len() == MOST && asked.is_subset(&deleted), "{} of {}", asked.len(), deleted.len());
}

#[tokio::test]
async fn what_more_than_two_hundred_deleted_objects_spent_is_explained_beyond_those_that_are_read() {
    let (scene, deleted, url) = with_many_deleted("").await;
    sync(&scene, &url, "").await;
    // Their rows are gone, and their days are to be read anew.
    let ids: Vec<String> = deleted.iter().map(|id| format!("'{id}'")).collect();
    scene
        .db
        .execute(&format!(
            "delete from adset_insights where adset_id in ({}); delete from sync_coverage",
            ids.join(",")
        ))
        .await;
    sync(&scene, &url, "").await;
    let found = scene.db.query_text("select distinct adset_id from adset_insights").await.concat();
    let found: Ids = found.into_iter().filter(|id| deleted.contains(id)).collect();
    assert!(
        (MOST - 20..=MOST).contains(&found.len()),
        "{} objects of {MOST} that were asked about have rows",
        found.len()
    );
    assert_eq!(statuses(&scene, "adset").await, [["explained"], ["settled"]], "days before the first have nothing");
    let day = scene.days_ago(2);
    let missing = scene.truth(Level::Adset).into_iter().filter(|row| row.date == day).filter(|row| {
        let id = row.adset_id.as_ref().unwrap();
        deleted.contains(id) && !found.contains(id)
    });
    let cents: i64 = missing.map(|row| row.fact.spend_cents).sum();
    assert!(cents > 0);
    let sql = format!("select trim_scale(unlisted_spend) from sync_coverage where date = '{day}'");
    assert_eq!(scene.value(&sql).await, money(cents));
    assert_eq!(scene.last_run("warnings").await, ["[]"]);
    // What was explained stays so, and is not asked for again.
    sync(&scene, &url, "").await;
    assert_eq!(statuses(&scene, "adset").await, [["explained"], ["settled"]]);
    assert_eq!(scene.sim.calls_with("level=account").len(), 1);
}

#[tokio::test]
async fn weeks_months_and_windows_keep_what_deleted_objects_did_and_explain_what_is_beyond_them() {
    const REPORTS: &str = "
[reports.adset]
enabled = false
[reports.week]
time_increment = \"weekly\"
[reports.month]
time_increment = \"monthly\"
[reports.window]
time_increment = \"all_days\"
";
    let scene = Scene::of(spec().objects(3, 12, 1).days(80).build()).await;
    let first = scene.adsync(&["sync"]).config("default.toml", REPORTS).run().await;
    assert_eq!(first.code(), 0, "{first:?}");
    let deleted: Ids = (0..3).map(|place| scene.adset(place)).collect();
    for id in &deleted {
        scene.change(Change::Delete { id: id.clone() });
    }
    let (listed, nowhere) = (deleted.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let is_nowhere = std::sync::Arc::clone(&nowhere);
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && asked.path.contains("/act_") {
            rows(answer).unwrap().retain(|row| !listed.contains(row["adset_id"].as_str().unwrap()));
        }
        // Not even by their ids.
        if is_nowhere.load(std::sync::atomic::Ordering::SeqCst) && asked.query.contains_key("batch") {
            *answer = serde_json::json!([]);
        }
    })
    .await;
    let held = async |report: &str| {
        let sql =
            format!("select to_jsonb(r) - 'last_synced' from {report}_insights r order by adset_id, date, date_stop");
        scene.db.query_text(&sql).await
    };
    let before = [held("week").await, held("month").await, held("window").await];
    sync(&scene, &url, REPORTS).await;
    assert_eq!([held("week").await, held("month").await, held("window").await], before, "read by their ids");
    assert_eq!(scene.last_run("rows_inserted, rows_deleted, warnings").await, ["0", "0", "[]"]);

    // A database that never held their rows, and a Meta that shows them to nobody: what they spent is explained.
    let ids: Vec<String> = deleted.iter().map(|id| format!("'{id}'")).collect();
    for report in ["week", "month", "window"] {
        let sql = format!("delete from {report}_insights where adset_id in ({})", ids.join(","));
        scene.db.execute(&sql).await;
    }
    scene.db.execute("delete from sync_coverage; delete from sync_ladders").await;
    scene.sim.faults().add(graph_sim::Rule {
        fault: graph_sim::Fault::Forbidden,
        when: graph_sim::When { is_part: Some(true), path: Some("/insights".to_owned()), ..Default::default() },
    });
    nowhere.store(true, std::sync::atomic::Ordering::SeqCst);
    sync(&scene, &url, REPORTS).await;
    for report in ["week", "month"] {
        assert_eq!(statuses(&scene, report).await, [["explained"]], "{report}");
        let sql = format!(
            "select count(*) from sync_coverage c where report = '{report}' and status = 'explained' and unlisted_spend is distinct from
             (select sum(spend) from account_insights a where a.date between c.date and
               case when '{report}' = 'week' then c.date + 6 else (c.date + interval '1 month')::date - 1 end) - spend"
        );
        assert_eq!(scene.value(&sql).await, "0", "{report}");
    }
    let warned = scene
        .last_run("(select count(*) from jsonb_array_elements(warnings) w where w->>'code' in ('drift', 'lacking'))")
        .await;
    assert_eq!(warned, ["0"]);
}
