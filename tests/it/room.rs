//! A database that fills up is told before it is full: by `check`, by `--dry-run`, and by every run.

use crate::support::scene::{ACT, Scene};

/// A little more than an empty database has.
const TIGHT: &str = "9MB";

#[tokio::test]
async fn a_run_warns_where_the_database_is_nearly_as_large_as_it_may_be() {
    let scene = Scene::small().await;
    scene.sync().await;
    let warned =
        "select count(*) from sync_runs, jsonb_array_elements(warnings) w where w ->> 'code' = 'database_nearly_full'";
    assert_eq!(scene.value(warned).await, "0", "without a limit nobody knows");
    let synced = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__SIZE_LIMIT", TIGHT).run().await;
    assert_eq!(synced.code(), 0, "{synced:?}");
    assert_eq!(scene.value(warned).await, "1");
    assert!(synced.stderr.contains("of the 9.0 MB of database.size_limit"), "{synced:?}");
    let roomy = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__SIZE_LIMIT", "8GB").run().await;
    assert!(!roomy.stderr.contains("size_limit"), "{roomy:?}");
}

#[tokio::test]
async fn check_tells_how_large_the_database_is() {
    let scene = Scene::small().await;
    scene.sync().await;
    let checked = scene.adsync(&["check"]).env("ADSYNC__DATABASE__SIZE_LIMIT", "8GB").run().await;
    assert!(checked.stdout.contains(" MB of 8.0 GB (0 %)"), "{checked:?}");
    let tight = scene.adsync(&["check"]).env("ADSYNC__DATABASE__SIZE_LIMIT", TIGHT).run().await;
    assert_eq!(tight.code(), 0, "{tight:?}");
    assert!(tight.stderr.contains("a full one takes no row any more"), "{tight:?}");
}

#[tokio::test]
async fn a_dry_run_tells_what_it_would_add_and_whether_that_fits() {
    let scene = Scene::small().await;
    let dry = |since: String, limit: &'static str| {
        let backfill = ["backfill", "--dry-run", "--since", since.as_str()];
        scene.adsync(&backfill).env("ADSYNC__DATABASE__SIZE_LIMIT", limit).run()
    };
    let adds = |text: &str| {
        let line = text.lines().find(|line| line.contains(ACT) && line.contains("insights:adset"));
        line.and_then(|line| line.split_whitespace().last()).map(str::to_owned)
    };
    let first = dry(scene.days_ago(100).to_string(), "").await;
    // 100 days of 36 ad sets, and today for the metric columns, each row reckoned with a kilobyte.
    assert_eq!(adds(&first.stdout).as_deref(), Some("~3.6MB"), "{first:?}");
    let tight = dry(scene.days_ago(100).to_string(), "10MB").await;
    assert!(tight.stderr.contains("MB more would make it"), "{tight:?}");
    scene.sync().await;
    let covered = dry(scene.days_ago(20).to_string(), "").await;
    assert_eq!(adds(&covered.stdout).as_deref(), Some("0"), "what is there already adds nothing: {covered:?}");
}
