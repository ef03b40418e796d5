//! The monthly sweep: old days that moved, and nothing else, are read again.

use graph_sim::{Change, Level};

use crate::support::scene::{ACT, Scene, spec};

/// A world of 80 days, all of them in the database.
async fn with_history() -> Scene {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).build()).await;
    backfill(&scene, "").await;
    scene
}

/// Reads all 80 days, where the configuration is this.
async fn backfill(scene: &Scene, toml: &str) {
    let since = scene.days_ago(79).to_string();
    let backfill = scene.adsync(&["backfill", "--since", &since]).config("default.toml", toml).run().await;
    assert_eq!(backfill.code(), 0, "{backfill:?}");
}

/// A run of the schedule that looks back furthest.
async fn settled(scene: &Scene) {
    run(scene, "", &["sync", "--schedule", "settled"]).await;
}

/// A run of a command where the configuration is this; what was asked before is forgotten.
async fn run(scene: &Scene, toml: &str, arguments: &[&str]) {
    scene.sim.record().clear();
    let finished = scene.adsync(arguments).config("default.toml", toml).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

/// Lets a month go by.
async fn next_month(scene: &Scene) {
    scene.db.execute("update sync_sweeps set month = month - interval '1 month'").await;
}

/// The days that were asked for at the level of the account.
fn totals_asked(scene: &Scene) -> Vec<String> {
    let calls = scene.sim.calls_with("level=account");
    calls.iter().filter_map(|call| call.param("time_range").map(str::to_owned)).collect()
}

async fn assert_history_is_true(scene: &Scene) {
    let truth = scene.truth_between(Level::Adset, scene.days_ago(79), scene.today());
    let cents: i64 = truth.iter().map(|row| row.fact.spend_cents).sum();
    let sql = "select count(*), (100 * sum(spend))::bigint from adset_insights";
    assert_eq!(scene.db.query_text(sql).await, [[truth.len().to_string(), cents.to_string()]]);
}

fn pending() -> &'static str {
    "select cardinality(pending) from sync_sweeps"
}

#[tokio::test]
async fn an_old_day_that_moved_is_found_once_a_month_and_read_again_alone() {
    let scene = with_history().await;
    settled(&scene).await;
    assert_eq!(totals_asked(&scene).len(), 2, "the window's totals, and all older ones");
    assert_eq!(scene.value(pending()).await, "0");

    // Within the month nothing old is asked for.
    let moved = scene.days_ago(50);
    scene.change(Change::Vanish { id: scene.adset(1), day: moved });
    settled(&scene).await;
    assert_eq!(totals_asked(&scene).len(), 1);

    next_month(&scene).await;
    settled(&scene).await;
    assert_history_is_true(&scene).await;
    let old: Vec<String> = scene
        .sim
        .calls_with("level=adset")
        .iter()
        .filter_map(|call| call.param("time_range").map(str::to_owned))
        .filter(|range| range.contains(&moved.to_string()))
        .collect();
    assert_eq!(old.len(), 1, "{old:?}");
    assert!(old[0].matches(&moved.to_string()).count() == 2, "that day alone: {old:?}");
    let sql = format!("select status from sync_coverage where date = '{moved}'");
    assert_eq!(scene.value(&sql).await, "settled");
    assert_eq!(scene.last_run("status, warnings").await, ["succeeded", "[]"]);
}

#[tokio::test]
async fn a_run_reads_a_month_of_days_again_and_the_next_goes_on() {
    let scene = with_history().await;
    for days in 35..75 {
        scene.change(Change::Vanish { id: ACT.to_owned(), day: scene.days_ago(days) });
    }
    settled(&scene).await;
    assert_eq!(scene.value(pending()).await, "9");
    settled(&scene).await;
    assert_eq!(scene.value(pending()).await, "0");
    assert_history_is_true(&scene).await;
}

#[tokio::test]
async fn days_that_were_never_read_and_other_schedules_are_left_alone() {
    let scene = Scene::of(spec().days(80).build()).await;
    settled(&scene).await;
    assert_eq!(totals_asked(&scene).len(), 1, "nothing older was ever read");
    scene.db.execute("delete from sync_sweeps").await;
    let finished = scene.adsync(&["sync", "--schedule", "recent"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(*) from sync_sweeps").await, "0");
}

/// The questions of a kind, by their first and last days.
fn ranges(scene: &Scene, question: &str) -> Vec<String> {
    let calls = scene.sim.calls_with(question);
    calls.iter().filter_map(|call| call.param("time_range").map(str::to_owned)).collect()
}

#[tokio::test]
async fn weeks_and_months_are_swept_by_themselves_where_no_report_has_days() {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).build()).await;
    let toml = "
[reports.adset]
enabled = false
[reports.week]
time_increment = \"weekly\"
[reports.month]
level = \"campaign\"
time_increment = \"monthly\"
";
    backfill(&scene, toml).await;
    let moved = scene.days_ago(60);
    scene.change(Change::Vanish { id: ACT.to_owned(), day: moved });
    run(&scene, toml, &["sync", "--schedule", "settled"]).await;
    for (report, question) in [("week", "time_increment=7"), ("month", "time_increment=monthly")] {
        let sql = format!(
            "select date, date_stop from sync_coverage c join {report}_insights using (date)
             where report = '{report}' and '{moved}' between date and date_stop limit 1"
        );
        let period = scene.db.query_text(&sql).await.remove(0);
        let old: Vec<String> =
            ranges(&scene, question).into_iter().filter(|range| range.contains(&period[0])).collect();
        assert_eq!(old.len(), 1, "{report}: {old:?}");
        assert!(old[0].contains(&period[1]), "that {report} alone: {old:?}");
        let lacking = format!(
            "select count(*) from
               (select date, date_stop, sum(impressions) as impressions from {report}_insights group by 1, 2) r
             where date_stop < '{}' and impressions <> (select sum(impressions) from account_insights a
               where a.date between r.date and r.date_stop)",
            scene.today()
        );
        assert_eq!(scene.value(&lacking).await, "0", "{report}");
        let status = format!("select status from sync_coverage where report = '{report}' and date = '{}'", period[0]);
        assert_eq!(scene.value(&status).await, "settled", "{report}");
    }
    assert_eq!(
        scene.db.query_text("select report, pending from sync_sweeps order by 1").await,
        [["month", "{}"], ["week", "{}"]]
    );
    assert_eq!(scene.last_run("status, warnings").await, ["succeeded", "[]"]);
    // Within the month nothing old is asked for.
    run(&scene, toml, &["sync", "--schedule", "settled"]).await;
    assert!(ranges(&scene, "level=account").iter().all(|range| !range.contains(&moved.to_string())));
}

#[tokio::test]
async fn a_schedule_of_other_accounts_or_reports_keeps_the_sweep_from_nobody() {
    let scene = with_history().await;
    // The one that looks back furthest reads neither this account nor this report; the next one is off.
    let others = "
[meta]
accounts = [\"act_1029384756102938\", \"act_7\"]
[reports.adset]
[reports.reach]
time_increment = \"all_days\"
[schedules.windows]
cron = \"0 5 * * *\"
lookback_days = 40
reports = [\"reach\"]
[schedules.others]
cron = \"0 5 * * *\"
lookback_days = 35
accounts = [\"act_7\"]
[schedules.off]
cron = \"0 5 * * *\"
lookback_days = 30
enabled = false
";
    let accounts = ("ADSYNC__META__ACCOUNTS", "act_1029384756102938,act_7");
    let run = async |arguments: &[&str]| {
        scene.sim.record().clear();
        let run = scene.adsync(arguments).config("default.toml", others).env(accounts.0, accounts.1).run().await;
        assert_eq!(run.code(), 0, "{run:?}");
    };
    let moved = scene.days_ago(50);
    scene.change(Change::Vanish { id: scene.adset(1), day: moved });
    for schedule in ["recent", "windows"] {
        run(&["sync", "--schedule", schedule, "--account", ACT]).await;
        assert_eq!(scene.value("select count(*) from sync_sweeps").await, "0", "{schedule}");
    }
    run(&["sync", "--schedule", "settled", "--account", ACT]).await;
    assert_eq!(scene.db.query_text("select report, pending from sync_sweeps").await, [["adset", "{}"]]);
    assert_history_is_true(&scene).await;
}

#[tokio::test]
async fn a_sync_that_no_schedule_names_sweeps_what_it_reads_and_days_of_somebody_s_choosing_do_not() {
    let scene = with_history().await;
    let moved = scene.days_ago(50);
    scene.change(Change::Vanish { id: scene.adset(1), day: moved });
    let since = scene.days_ago(3).to_string();
    run(&scene, "", &["sync", "--since", &since]).await;
    assert_eq!(scene.value("select count(*) from sync_sweeps").await, "0");
    run(&scene, "", &["sync"]).await;
    assert_history_is_true(&scene).await;
    assert_eq!(scene.value("select count(*) from sync_sweeps").await, "1");
}

#[tokio::test]
async fn rows_that_do_not_add_up_are_read_again_where_meta_s_total_of_their_day_moved() {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).build()).await;
    let toml = "
[reports.adset]
enabled = false
[reports.place]
level = \"campaign\"
breakdowns = [\"region\"]
";
    backfill(&scene, toml).await;
    let moved = scene.days_ago(50);
    scene.change(Change::Vanish { id: ACT.to_owned(), day: moved });
    run(&scene, toml, &["sync", "--schedule", "settled"]).await;
    let left = format!("select count(*) from place_insights where date = '{moved}'");
    assert_eq!(scene.value(&left).await, "0");
    let old: Vec<String> =
        ranges(&scene, "breakdowns=region").into_iter().filter(|range| range.contains(&moved.to_string())).collect();
    assert!(!old.is_empty() && old.iter().all(|range| range.matches(&moved.to_string()).count() == 2), "{old:?}");
}
