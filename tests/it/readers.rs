//! Roles that are named later in `database.grant_select_to`: they read what was there before them, as they read what comes new.

use crate::support::binary::Binary;
use crate::support::role::Role;
use crate::support::scene::Scene;

fn naming(scene: &Scene, role: &Role, arguments: &[&str]) -> Binary {
    scene.adsync(arguments).env("ADSYNC__DATABASE__GRANT_SELECT_TO", role.name())
}

#[tokio::test]
async fn a_role_that_is_named_later_reads_what_adsync_made_before_and_nothing_that_it_adopted() {
    let scene = Scene::small().await;
    scene.db.execute("create table campaigns (id text primary key, name text, secret text)").await;
    let adopting = |binary: Binary| binary.env("ADSYNC__DATABASE__ADOPT", "campaigns");
    assert_eq!(adopting(scene.adsync(&["sync"])).run().await.code(), 0);
    let role = Role::create(&scene.db).await;
    scene.db.execute(&format!("alter role {} bypassrls", role.name())).await;
    let reads = [
        "adsets",
        "adset_insights",
        "sync_runs",
        "adsync_migrations",
        "adset_insights_view",
        "adset_actions",
        "ads_metrics('2000-01-01', '2100-01-01', 'adset')",
    ];
    for relation in reads {
        let refused = role.sees(&scene.db, &format!("select count(*) from {relation}")).await;
        assert!(refused.contains("permission denied"), "{relation}: {refused}");
    }

    let as_before = adopting(naming(&scene, &role, &["sync"])).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert_eq!(as_before.code(), 0, "whoever cannot read yet keeps nobody from syncing: {as_before:?}");
    let checked = adopting(naming(&scene, &role, &["check"])).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert!(checked.stderr.contains("grant_select_to") && checked.stderr.contains("adsync migrate"), "{checked:?}");
    let printed = adopting(naming(&scene, &role, &["migrate", "--print-sql"])).run().await;
    let granted = format!("grant select on \"public\".\"adset_insights\" to \"{}\";", role.name());
    assert!(printed.stdout.contains(&granted), "{}", printed.stdout);
    let migrated = adopting(naming(&scene, &role, &["migrate"])).run().await;
    assert!(migrated.code() == 0 && migrated.stdout.starts_with("Applied"), "{migrated:?}");
    let theirs = role.sees(&scene.db, "select secret from campaigns").await;
    assert!(theirs.contains("permission denied"), "rights on a table of yours are yours: {theirs}");
    // Views over that table need the right, too.
    scene.db.execute(&format!("grant select on campaigns to {}", role.name())).await;
    for relation in reads {
        let count = format!("select count(*) from {relation}");
        assert_eq!(role.sees(&scene.db, &count).await, scene.value(&count).await, "{relation}");
    }
    let again = adopting(naming(&scene, &role, &["migrate"])).run().await;
    assert!(again.stdout.contains("nothing to do"), "{again:?}");
}

#[tokio::test]
async fn a_role_that_is_named_later_may_use_a_schema_that_adsync_made() {
    let scene = Scene::small().await;
    let own = |binary: Binary| binary.env("ADSYNC__DATABASE__SCHEMA", "meta");
    assert_eq!(own(scene.adsync(&["migrate"])).run().await.code(), 0);
    let role = Role::create(&scene.db).await;
    let printed = own(naming(&scene, &role, &["migrate", "--print-sql"])).run().await;
    scene.db.execute(&printed.stdout).await;
    assert_eq!(role.sees(&scene.db, "select count(*) from meta.sync_runs").await, "0");
    let again = own(naming(&scene, &role, &["migrate"])).run().await;
    assert!(again.stdout.contains("nothing to do"), "{again:?}");
}
