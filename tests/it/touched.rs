//! `database.touch_last_synced`: whether `last_synced` of an unchanged object moves, for apps that show it as freshness.

use crate::support::scene::Scene;

/// Every version of every object: it changes with every write.
const VERSIONS: &str = "select string_agg(id || ' ' || xmin::text || ' ' || last_synced, ',' order by id) from
    (select id, xmin, last_synced from ad_accounts union all select id, xmin, last_synced from campaigns
     union all select id, xmin, last_synced from adsets) o";
const INSIGHTS: &str =
    "select string_agg(adset_id || date || xmin::text, ',' order by adset_id, date) from adset_insights";
const OBJECTS: [(&str, &str); 3] = [("ad_accounts", "1"), ("campaigns", "5"), ("adsets", "36")];

/// Lets all rows have been written at a time.
async fn written(scene: &Scene, at: &str) {
    for (table, _) in OBJECTS {
        scene.db.execute(&format!("update {table} set last_synced = {at}")).await;
    }
    scene.db.execute(&format!("update adset_insights set last_synced = {at}")).await;
}

async fn synced(scene: &Scene) {
    let finished = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__TOUCH_LAST_SYNCED", "daily").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[tokio::test]
async fn an_unchanged_object_is_stamped_once_a_day_and_a_day_of_insights_never() {
    let scene = Scene::small().await;
    synced(&scene).await;
    // Today's rows are as fresh as they look, whichever day it is when this ends.
    written(&scene, "now() + interval '2 days'").await;
    let (objects, insights) = (scene.value(VERSIONS).await, scene.value(INSIGHTS).await);
    synced(&scene).await;
    assert_eq!(scene.value(VERSIONS).await, objects, "no further write on the same day");
    assert_eq!(scene.value(INSIGHTS).await, insights);

    for yesterday in ["date_trunc('day', now(), 'UTC') - interval '1 microsecond'", "null"] {
        written(&scene, yesterday).await;
        let insights = scene.value(INSIGHTS).await;
        synced(&scene).await;
        for (table, count) in OBJECTS {
            let sql = format!("select count(*) from {table} where last_synced > now() - interval '1 minute'");
            assert_eq!(scene.value(&sql).await, count, "{table} {yesterday}");
        }
        assert_eq!(scene.value(INSIGHTS).await, insights);
        let counts = "rows_inserted, rows_updated, rows_deleted, rows_unchanged > 42";
        assert_eq!(scene.last_run(counts).await, ["0", "0", "0", "t"], "a stamp is no change");
    }
}

#[tokio::test]
async fn without_it_an_unchanged_object_is_not_written_and_a_changed_one_is_stamped_either_way() {
    let scene = Scene::small().await;
    scene.sync().await;
    written(&scene, "'2020-01-01'").await;
    let before = scene.value(VERSIONS).await;
    scene.sync().await;
    assert_eq!(scene.value(VERSIONS).await, before);
    scene.change(graph_sim::Change::Pause { id: scene.campaign(0) });
    synced(&scene).await;
    let sql = format!(
        "select status, last_synced > now() - interval '1 minute' from campaigns where id = '{}'",
        scene.campaign(0)
    );
    assert_eq!(scene.db.query_text(&sql).await, [["PAUSED", "t"]]);
    assert_ne!(scene.last_run("rows_updated").await, ["0"]);
}

#[tokio::test]
async fn adopted_tables_with_narrower_types_are_stamped_too() {
    let scene = Scene::small().await;
    scene
        .db
        .execute(
            "create table adsets (id varchar(40) primary key, name varchar(6), targeting json, last_synced timestamptz(0));
             create table campaigns (id text, name text)",
        )
        .await;
    let adsync = || {
        let binary = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__ADOPT", "adsets,campaigns");
        binary.env("ADSYNC__DATABASE__TOUCH_LAST_SYNCED", "daily").run()
    };
    assert_eq!(adsync().await.code(), 0);
    written(&scene, "'2020-01-01'").await;
    let finished = adsync().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    for (table, count) in OBJECTS {
        let sql = format!("select count(*) from {table} where last_synced > now() - interval '1 minute'");
        assert_eq!(scene.value(&sql).await, count, "{table}");
    }
}
