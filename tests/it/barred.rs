//! What keeps a sync from writing is told beforehand: by `check`, and before anything is made.

use crate::support::database::Database;
use crate::support::role::Role;
use crate::support::scene::Scene;

#[tokio::test]
async fn check_finds_what_a_sync_could_not_write() {
    let scene = Scene::small().await;
    scene.sync().await;
    // A pooler keeps the sessions that began under another setting.
    let check = |url: &str| scene.adsync(&["check"]).env("DATABASE_URL", url);
    let role = Role::create(&scene.db).await;
    let name = role.name();
    let most = format!(
        "grant select, insert, update, delete on all tables in schema public to {name}; alter role {name} bypassrls;
         revoke insert, update on adset_insights from {name}"
    );
    scene.db.execute(&most).await;
    let checked = check(&role.direct_url(&scene.db)).run().await;
    assert_eq!(checked.code(), 1, "{checked:?}");
    assert!(checked.stderr.contains("may not insert, update in \"public\".\"adset_insights\""), "{checked:?}");
    scene.db.execute(&format!("grant insert, update on adset_insights to {name}")).await;
    let checked = check(&role.direct_url(&scene.db)).run().await;
    assert_eq!(checked.code(), 0, "{checked:?}");

    let database = scene.value("select current_database()").await;
    scene.db.execute(&format!("alter database {database} set default_transaction_read_only = on")).await;
    let checked = check(scene.db.direct_url()).run().await;
    assert_eq!(checked.code(), 1, "{checked:?}");
    assert!(checked.stderr.contains("default_transaction_read_only"), "{checked:?}");
}

#[tokio::test]
async fn check_finds_that_a_schema_which_nobody_may_change_lacks_something() {
    let scene = Scene::small().await;
    let check = || scene.adsync(&["check"]);
    assert_eq!(check().run().await.code(), 0, "a sync makes what lacks");
    let checked = check().env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert_eq!(checked.code(), 1, "{checked:?}");
    assert!(checked.stderr.contains("nothing is synced until it is"), "{checked:?}");
}

#[tokio::test]
async fn an_owners_address_that_leads_elsewhere_is_told_and_nothing_is_made_there() {
    let (scene, other) = (Scene::small().await, Database::create().await);
    for command in ["migrate", "sync"] {
        let refused = scene.adsync(&[command]).env("ADSYNC_MIGRATE_DATABASE_URL", other.url()).run().await;
        assert_eq!(refused.code(), 2, "{refused:?}");
        assert!(refused.stderr.contains("let both name the one that adsync fills"), "{refused:?}");
    }
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    assert_eq!(other.query_text(tables).await, [["0"]]);
    let role = Role::create(&scene.db).await;
    let url = role.url(&scene.db);
    // Another login of the same database may write its instants otherwise.
    scene.db.execute(&format!("alter role {} set timezone = 'Asia/Kathmandu'", role.name())).await;
    let refused = scene.adsync(&["migrate"]).env("ADSYNC_MIGRATE_DATABASE_URL", &url).run().await;
    assert!(!refused.stderr.contains("let both name"), "{refused:?}");
    role.change_password(&scene.db).await;
    for command in ["check", "migrate"] {
        let refused = scene.adsync(&[command]).env("ADSYNC_MIGRATE_DATABASE_URL", &url).run().await;
        assert_eq!(refused.code(), 1, "{refused:?}");
        assert!(refused.stderr.contains("Correct ADSYNC_MIGRATE_DATABASE_URL"), "{refused:?}");
    }
}

#[tokio::test]
async fn whoever_looks_before_the_first_sync_is_told_so() {
    let scene = Scene::small().await;
    for arguments in [&["runs"][..], &["explain", "--adset", "23851234567890123", "--date", "2026-11-20"]] {
        let told = scene.adsync(arguments).run().await;
        assert!(told.stderr.contains("nothing was synced into the schema public yet"), "{told:?}");
        assert_eq!(told.code(), 1, "{told:?}");
    }
}
