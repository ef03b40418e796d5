//! One sync of a small account: what stands in the tables, what was counted, and what it cost.

use std::collections::BTreeMap;

use graph_sim::Level;

use crate::support::scene::{DIGITS, Scene, spec};
use crate::support::until;

#[tokio::test]
async fn a_sync_brings_every_row_to_the_last_decimal() {
    let scene = Scene::small().await;
    scene.sync().await;
    assert!(scene.true_insights().len() > 150, "the world is not empty");
    scene.assert_true().await;
    assert_eq!(scene.totals().await, scene.true_totals());
    assert_eq!(
        scene.value("select count(*) from adset_insights where last_synced is null or account_id is null").await,
        "0"
    );
}

#[tokio::test]
async fn paused_and_archived_objects_arrive_and_deleted_ones_keep_their_days() {
    let scene = Scene::of(spec().statuses(200, 150, 100).build()).await;
    scene.sync().await;
    scene.assert_true().await;
    let statuses = scene.db.query_text("select distinct effective_status from adsets order by 1").await;
    assert!(statuses.contains(&vec!["ARCHIVED".to_owned()]), "{statuses:?}");
    assert!(statuses.contains(&vec!["PAUSED".to_owned()]), "{statuses:?}");
}

#[tokio::test]
async fn meta_s_own_totals_are_kept_and_every_day_is_covered_and_agrees() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (since, until) = (scene.days_ago(28), scene.today());
    let total = scene.sim.world().truth_total(DIGITS, since, until);
    let sums = scene
        .db
        .query_text("select (100 * sum(spend))::bigint, sum(impressions), sum(clicks) from account_insights")
        .await;
    assert_eq!(sums, [[total.spend_cents.to_string(), total.impressions.to_string(), total.clicks.to_string()]]);

    let days = scene
        .db
        .query_text(
            "select date, rows, trim_scale(spend), impressions, complete, status from sync_coverage order by date",
        )
        .await;
    assert_eq!(days.len(), 29, "today and the 28 days before it");
    let mut by_day: BTreeMap<String, (u32, i64, i64)> = BTreeMap::new();
    for row in scene.truth(Level::Adset) {
        let day = by_day.entry(row.date.to_string()).or_default();
        *day = (day.0 + 1, day.1 + row.fact.spend_cents, day.2 + row.fact.impressions);
    }
    for (back, day) in days.iter().rev().enumerate() {
        let date = scene.days_ago(u64::try_from(back).unwrap()).to_string();
        let (rows, cents, impressions) = by_day.get(&date).copied().unwrap_or_default();
        let status = if back == 0 { "moving" } else { "settled" };
        let spend = crate::support::truth::money(cents);
        assert_eq!(*day, [date, rows.to_string(), spend, impressions.to_string(), "t".to_owned(), status.to_owned()]);
    }
}

#[tokio::test]
async fn syncing_twice_writes_nothing() {
    let scene = Scene::of(spec().statuses(150, 150, 100).build()).await;
    scene.sync().await;
    let versions = versions(&scene).await;
    scene.sync().await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    assert_eq!(self::versions(&scene).await, versions, "a row was written although it stayed as it was");
    scene.assert_true().await;
}

async fn versions(scene: &Scene) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (table, key) in [
        ("ad_accounts", "id"),
        ("campaigns", "id"),
        ("adsets", "id"),
        ("adset_insights", "adset_id || date"),
        ("account_insights", "account_id || date"),
    ] {
        let found =
            scene.db.query_text(&format!("select '{table}', {key}, xmin, last_synced from {table} order by 2")).await;
        assert!(!found.is_empty(), "{table}");
        all.extend(found);
    }
    all
}

#[tokio::test]
async fn the_counts_of_summary_run_steps_and_tables_agree() {
    let scene = Scene::small().await;
    let finished = scene.sync().await;
    let columns =
        ["api_calls", "api_retries", "rows_read", "rows_inserted", "rows_updated", "rows_unchanged", "rows_deleted"];
    let run = scene.last_run(&columns.join(", ")).await;
    let sums: Vec<String> = columns.iter().map(|column| format!("sum({column})")).collect();
    let steps = scene.db.query_text(&format!("select {} from sync_run_steps", sums.join(", "))).await;
    assert_eq!(run, steps[0]);

    let line = finished.stdout.lines().find(|line| line.contains(DIGITS)).unwrap();
    let mut shown: Vec<&str> = line.split_whitespace().collect();
    let shown = shown.split_off(shown.len() - columns.len());
    assert_eq!(run, shown, "{}", finished.stdout);

    let rows = "select (select count(*) from ad_accounts) + (select count(*) from campaigns)
        + (select count(*) from adsets) + (select count(*) from adset_insights)";
    assert_eq!(run[3], scene.value(rows).await);
    let calls = scene.sim.calls().iter().filter(|call| !call.is_part).count();
    assert_eq!(run[0], calls.to_string());
    assert!(calls <= 10, "a small account cost {calls} calls");
    assert!(scene.sim.calls().iter().all(|call| call.is_by_header), "a token stood in a URL");

    let steps = scene.db.query_text("select step, status from sync_run_steps order by started_at, step").await;
    let names: Vec<&str> = steps.iter().map(|step| step[0].as_str()).collect();
    assert_eq!(names, ["account", "campaigns", "adsets", "insights:adset", "rollup", "reconcile"]);
    assert!(steps.iter().all(|step| step[1] == "succeeded"), "{steps:?}");
    let (since, until) = (scene.days_ago(28).to_string(), scene.today().to_string());
    assert_eq!(
        scene.last_run("status, trigger, schedule, accounts::text, since, until, finished_at is not null").await,
        ["succeeded", "manual", "NULL", &format!("{{{DIGITS}}}"), &since, &until, "t"]
    );
}

#[tokio::test]
async fn the_sums_of_objects_need_no_word_in_any_index() {
    let scene = Scene::of(spec().objects(4, 120, 1).build()).await;
    scene.sync().await;
    let sums = async || {
        let counted = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'adsets'";
        scene.db.query_text(counted).await.remove(0)
    };
    // A server counts a little later.
    until("the server's count", async || sums().await[0] == "120").await;
    assert_eq!(sums().await[1], "120");
}
