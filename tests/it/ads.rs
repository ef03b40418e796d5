//! Ads: a table of their own where a report has a row per ad, and the sums that their days make.

use std::collections::BTreeMap;

use adsync::sync::Window;
use chrono::TimeDelta;
use graph_sim::{ACCOUNT_ID, Change, Fact, Level, TruthRow};

use crate::support::binary::Finished;
use crate::support::scene::{Scene, spec};
use crate::support::truth::money;

const PER_AD: (&str, &str) = ("ADSYNC__REPORTS__AD__LEVEL", "ad");
const NO_ADSET_REPORT: (&str, &str) = ("ADSYNC__REPORTS__ADSET__ENABLED", "false");

async fn sync(scene: &Scene, variables: &[(&str, &str)]) -> Finished {
    let binary = variables.iter().fold(scene.adsync(&["sync"]), |binary, (name, value)| binary.env(name, value));
    let finished = binary.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

/// The id of an ad by its place.
fn ad(scene: &Scene, place: usize) -> String {
    scene.sim.world().account(ACCOUNT_ID).unwrap().ads[place].head.id.to_string()
}

async fn rows(scene: &Scene) -> Vec<Vec<String>> {
    let sql = "select ad_id, date, adset_id, campaign_id, trim_scale(spend), impressions, clicks, leads
        from ad_insights order by ad_id, date";
    scene.db.query_text(sql).await
}

fn true_rows(scene: &Scene) -> Vec<Vec<String>> {
    let row = |row: TruthRow| {
        let ids = [row.ad_id, Some(row.date.to_string()), row.adset_id, row.campaign_id].map(Option::unwrap);
        let fact = row.fact;
        let figures = [money(fact.spend_cents)]
            .into_iter()
            .chain([fact.impressions, fact.clicks, fact.leads()].map(|count| count.to_string()));
        ids.into_iter().chain(figures).collect()
    };
    let mut rows: Vec<Vec<String>> = scene.truth(Level::Ad).into_iter().map(row).collect();
    rows.sort();
    rows
}

/// What the metric columns of a table should be for the last seven days and today.
fn true_sums(scene: &Scene, id: fn(&TruthRow) -> Option<String>) -> BTreeMap<String, Fact> {
    let mut sums: BTreeMap<String, Fact> = BTreeMap::new();
    for row in scene.truth_between(Level::Ad, scene.days_ago(7), scene.today()) {
        sums.entry(id(&row).unwrap()).or_default().add(&row.fact);
    }
    sums
}

async fn assert_sums(scene: &Scene, table: &str, id: fn(&TruthRow) -> Option<String>) {
    let sums = true_sums(scene, id);
    let sql = format!(
        "select id, trim_scale(spend), impressions, clicks, leads, purchases, trim_scale(purchase_value),
           cpc is not distinct from spend / nullif(clicks, 0) from {table} order by id"
    );
    let rows = scene.db.query_text(&sql).await;
    assert!(rows.len() >= 5, "{table}");
    for row in rows {
        let sum = sums.get(&row[0]).copied().unwrap_or_default();
        let counts = [sum.impressions, sum.clicks, sum.leads(), sum.purchases].map(|count| count.to_string());
        assert_eq!(row[1], money(sum.spend_cents), "{table} {}", row[0]);
        assert_eq!(row[2..6], counts, "{table} {}", row[0]);
        assert_eq!(row[6..], [money(sum.purchase_cents), "t".to_owned()], "{table} {}", row[0]);
    }
}

#[tokio::test]
async fn a_report_of_ads_brings_the_ads_their_creatives_and_their_days() {
    let scene = Scene::of(spec().statuses(150, 100, 50).build()).await;
    sync(&scene, &[PER_AD]).await;
    scene.assert_true().await;
    assert_eq!(scene.objects("ads").await, scene.true_objects(Level::Ad));
    assert!(true_rows(&scene).len() > 300, "the world is not empty");
    assert_eq!(rows(&scene).await, true_rows(&scene));
    assert_sums(&scene, "ads", |row| row.ad_id.clone()).await;
    let (account, sql) = (
        scene.sim.world().account(ACCOUNT_ID).unwrap().clone(),
        "select account_id, campaign_id, adset_id, creative_id from ads where id = ",
    );
    let one = &account.ads[7];
    let adset = &account.adsets[one.adset];
    assert_eq!(
        scene.db.query_text(&format!("{sql}'{}'", one.head.id)).await,
        [[
            account.id.to_string(),
            account.campaigns[adset.campaign].head.id.to_string(),
            adset.head.id.to_string(),
            account.creatives[one.creative].id.to_string(),
        ]]
    );
    let steps = scene.db.query_text("select step from sync_run_steps order by started_at, step").await.concat();
    assert_eq!(
        steps,
        ["account", "campaigns", "adsets", "ads", "insights:ad", "insights:adset", "rollup", "reconcile"]
    );
    assert_eq!(scene.value("select count(*) from sync_coverage where status = 'drift'").await, "0");

    let versions = "select string_agg(id || ' ' || xmin, ',' order by id) from ads";
    let before = scene.value(versions).await;
    sync(&scene, &[PER_AD]).await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    assert_eq!(scene.value(versions).await, before);
}

#[tokio::test]
async fn without_an_ad_set_report_the_days_of_ads_make_every_table_s_sums() {
    let scene = Scene::of(spec().statuses(100, 100, 0).build()).await;
    sync(&scene, &[PER_AD, NO_ADSET_REPORT]).await;
    assert_sums(&scene, "ads", |row| row.ad_id.clone()).await;
    assert_sums(&scene, "adsets", |row| row.adset_id.clone()).await;
    assert_sums(&scene, "campaigns", |row| row.campaign_id.clone()).await;
    let window = scene.db.query_text("select metrics_since, metrics_until from ad_accounts").await;
    assert_eq!(window, [[scene.days_ago(7).to_string(), scene.today().to_string()]]);
}

#[tokio::test]
async fn ads_that_are_deleted_archived_renamed_or_new_are_noticed_by_the_next_sync() {
    let scene = Scene::small().await;
    sync(&scene, &[PER_AD]).await;
    let (deleted, archived) = (ad(&scene, 3), ad(&scene, 9));
    scene.change(Change::Delete { id: deleted.clone() });
    scene.change(Change::Archive { id: archived.clone() });
    scene.change(Change::Rename { id: ad(&scene, 1), name: "Vídeo 🦷".to_owned() });
    let new = scene.change(Change::AddAd { adset: scene.adset(2), name: "Carrossel".to_owned() });
    sync(&scene, &[PER_AD]).await;
    assert_eq!(scene.objects("ads").await, scene.true_objects(Level::Ad));
    assert_eq!(rows(&scene).await, true_rows(&scene));
    let sql = format!(
        "select effective_status, deleted_at is not null from ads
         where id in ('{deleted}', '{archived}', '{new}') order by effective_status"
    );
    assert_eq!(scene.db.query_text(&sql).await, [["ACTIVE", "f"], ["ARCHIVED", "f"], ["DELETED", "t"]]);
    sync(&scene, &[PER_AD]).await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

/// Whether the ads were listed.
fn were_listed(scene: &Scene) -> bool {
    scene.sim.calls().iter().any(|call| call.path.ends_with("/ads"))
}

#[tokio::test]
async fn ads_are_neither_listed_nor_kept_where_no_report_needs_them() {
    let scene = Scene::small().await;
    let disabled = ("ADSYNC__REPORTS__AD__ENABLED", "false");
    sync(&scene, &[PER_AD, disabled]).await;
    assert_eq!(scene.value("select count(*) from pg_tables where tablename = 'ads'").await, "0");
    assert!(!were_listed(&scene));

    sync(&scene, &[PER_AD]).await;
    assert!(were_listed(&scene));
    scene.sim.record().clear();
    let [name, value] = [PER_AD.0, PER_AD.1];
    let only_adsets = scene.adsync(&["sync", "--report", "adset"]).env(name, value).run().await;
    assert_eq!(only_adsets.code(), 0, "{only_adsets:?}");
    assert!(!were_listed(&scene));
}

#[tokio::test]
async fn a_table_of_ads_that_is_there_already_is_adopted_or_left_beside() {
    let scene = Scene::small().await;
    let first = ad(&scene, 0);
    scene
        .db
        .execute(&format!(
            "create table ads (id varchar(40) primary key, name text, note text);
             insert into ads values ('{first}', 'stale', 'keep'), ('old', 'of a script', null)"
        ))
        .await;
    let refused = scene.adsync(&["sync"]).env(PER_AD.0, PER_AD.1).run().await;
    assert_eq!(refused.code(), 2, "{refused:?}");
    assert!(refused.stderr.contains("database.adopt = [\"ads\"]"), "{}", refused.stderr);

    sync(&scene, &[PER_AD, ("ADSYNC__TABLES__ADS", "meta_ads")]).await;
    assert_eq!(scene.value("select count(*) from ads").await, "2");
    assert_eq!(scene.value("select count(*) from meta_ads where spend is not null").await, "72");
    scene.db.execute("drop table meta_ads, ad_insights cascade").await;

    sync(&scene, &[PER_AD, ("ADSYNC__DATABASE__ADOPT", "ads")]).await;
    let kept = scene.db.query_text("select note, adset_id is not null from ads where note is not null").await;
    assert_eq!(kept, [["keep", "t"]]);
    assert_eq!(scene.value("select count(*) from ads").await, "73");
}

#[tokio::test]
async fn sums_of_ads_never_stand_under_a_window_that_they_do_not_cover() {
    let scene = Scene::small().await;
    let engine = scene.engine(&[PER_AD]).await;
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_sums(&scene, "ads", |row| row.ad_id.clone()).await;
    scene.set_clock(scene.now() + TimeDelta::days(1));
    // Of the new day only the ad sets are read so far.
    let mut request = scene.request(Window::Lookback(3));
    request.reports = Some(vec!["adset".to_owned()]);
    scene.asked(&engine, request).await;
    assert_sums(&scene, "adsets", |row| row.adset_id.clone()).await;
    assert_eq!(scene.value("select count(spend) from ads").await, "0");
    scene.sync_at(&engine, Window::Lookback(3)).await;
    assert_sums(&scene, "ads", |row| row.ad_id.clone()).await;
}
