//! Things of the user's that are no tables and have the name of one of ours: one clear sentence, and nothing breaks.

use crate::support::scene::Scene;

#[tokio::test]
async fn what_has_the_name_of_a_table_is_refused_in_a_sentence_whose_cure_works() {
    for (made, name, what) in [
        ("create sequence sync_runs", "sync_runs", "a sequence"),
        ("create type adsets as enum ('a')", "adsets", "a type"),
        ("create type adset_insights as (a int)", "adset_insights", "a type"),
        ("create domain campaigns as text", "campaigns", "a domain"),
        ("create type sync_windows as range (subtype = date)", "sync_windows", "a type"),
        ("create table t (a int); create index adsync_migrations on t (a)", "adsync_migrations", "an index"),
        ("create type account_insights", "account_insights", "a type"),
    ] {
        let scene = Scene::small().await;
        scene.db.execute(made).await;
        for command in ["migrate", "check", "sync"] {
            let finished = scene.adsync(&[command]).run().await;
            assert_eq!(finished.code(), 2, "{made}: {finished:?}");
            let told: Vec<&str> =
                finished.stderr.lines().filter(|line| line.contains(&format!("\"{name}\""))).collect();
            assert!(told.len() == 1 && told[0].contains(what), "{made}: {finished:?}");
        }
        let tables = "select count(*) from pg_tables where schemaname = 'public' and tablename <> 't'";
        assert_eq!(scene.value(tables).await, "0", "{made}: nothing was made");
        let variable = format!("ADSYNC__TABLES__{}", name.to_uppercase());
        let finished = scene.adsync(&["sync"]).env(&variable, format!("meta_{name}")).run().await;
        assert_eq!(finished.code(), 0, "{made}: {finished:?}");
    }
}

#[tokio::test]
async fn what_has_the_name_of_a_view_or_function_is_left_alone_and_hinders_nothing() {
    let scene = Scene::small().await;
    scene
        .db
        .execute(
            "create sequence adsets_view; create type account_freshness as enum ('mine'); create type adset_actions as (a int);
             create procedure ads_metrics(date, date, text, text[]) language sql as 'select 1';
             create function adsets(text) returns text language sql as 'select $1';
             create function campaign(int) returns int language sql as 'select $1'",
        )
        .await;
    let finished = scene.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let migrated = scene.adsync(&["migrate"]).run().await;
    assert!(migrated.code() == 0 && migrated.stdout.contains("nothing to do"), "{migrated:?}");
    for name in ["adsets_view", "account_freshness", "adset_actions", "ads_metrics"] {
        let told = migrated.stderr.lines().filter(|line| line.contains(&format!("\"{name}\""))).count();
        assert_eq!(told, 1, "{name}: {migrated:?}");
    }
    assert_eq!(migrated.stderr.lines().count(), 4, "{migrated:?}");
    assert_eq!(
        scene.value("select count(*) from adsets a, campaign(a)").await,
        "36",
        "functions have more than a name"
    );
    let beside = scene.adsync(&["migrate"]).env("ADSYNC__TABLES__ADSETS_VIEW", "meta_adsets_view").run().await;
    assert_eq!(beside.code(), 0, "{beside:?}");
    assert_eq!(scene.value("select count(*) from meta_adsets_view").await, "36");
}
