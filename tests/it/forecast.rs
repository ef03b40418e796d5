//! What a plan costs is told before it is paid: by `check`, and by `--dry-run`, which does nothing else.

use graph_sim::{Allowance, Change, SettingsChange, UnfilteredLists};

use crate::support::database::SESSIONS;
use crate::support::scene::{ACT, Scene, spec};
use crate::support::until;

/// The cells of the line of a table that begins with these.
fn line<'a>(text: &'a str, begins: &[&str]) -> Vec<&'a str> {
    let cells = |line: &'a str| line.split_whitespace().collect::<Vec<_>>();
    let found = text.lines().map(cells).find(|cells| cells.starts_with(begins));
    found.unwrap_or_else(|| panic!("no line begins with {begins:?}:\n{text}"))
}

/// Tables, rows and runs: all that a command could write.
async fn written(scene: &Scene) -> Vec<Vec<String>> {
    // A session tells what it wrote when it ends; those that a pooler keeps have to be ended.
    let ended = if scene.db.url() == scene.db.direct_url() { "pid" } else { "pg_terminate_backend(pid)" };
    let others = format!("select {ended} from pg_stat_activity where {SESSIONS}");
    until("the end of all sessions", async || scene.db.query_text(&others).await.is_empty()).await;
    scene.db.query_text("select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables order by 1").await
}

#[tokio::test]
async fn a_dry_run_on_an_empty_database_makes_nothing_and_asks_for_little() {
    let scene = Scene::small().await;
    let shown = scene.adsync(&["sync", "--dry-run"]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    assert_eq!(scene.value("select count(*) from pg_tables where schemaname = 'public'").await, "0");
    let (since, until) = (scene.days_ago(28).to_string(), scene.today().to_string());
    let insights = line(&shown.stdout, &[ACT, "insights:adset"]);
    assert_eq!(insights[2..], [&since, &until, "29", "0", "29", "3", "3", "~1044", "~1.0MB"], "{}", shown.stdout);
    assert!(shown.stdout.contains("~ reckoned from the number of objects"), "{}", shown.stdout);
    let calls = scene.sim.calls();
    assert!(calls.iter().all(|call| !call.path.contains("insights")), "{calls:?}");
    assert_eq!(calls.len(), 3, "the zone and two numbers of objects");
}

#[tokio::test]
async fn a_dry_run_tells_what_the_run_then_costs() {
    let scene = Scene::of(spec().statuses(100, 0, 0).build()).await;
    scene.sync().await;
    for arguments in [&["sync"][..], &["sync", "--schedule", "recent"], &["sync", "--since", "2026-11-20", "--refresh"]]
    {
        let before = (written(&scene).await, scene.sim.calls().len());
        let shown = scene.adsync(&[arguments, &["--dry-run"]].concat()).run().await;
        assert_eq!(shown.code(), 0, "{shown:?}");
        assert_eq!((written(&scene).await, scene.sim.calls().len()), before, "{arguments:?} did something");
        let told = line(&shown.stdout, &["all"]);
        assert_eq!(scene.adsync(arguments).run().await.code(), 0);
        let run = scene.last_run("api_calls").await;
        assert_eq!(told[1], run[0], "{arguments:?}:\n{}", shown.stdout);
    }
}

/// Several reports, of every level and period.
const REPORTS: &str = "
[reports.adset]
[reports.ad]
level = \"ad\"
[reports.week]
time_increment = \"weekly\"
[reports.month]
level = \"campaign\"
time_increment = \"monthly\"
[reports.window]
time_increment = \"all_days\"
";

/// Rows that nobody can reckon before they were read once.
const PEOPLE: &str = "
[reports.people]
level = \"campaign\"
breakdowns = [\"age\", \"gender\"]
";

/// The calls that a plan tells, and those that the run then makes of what a plan counts: objects that only insights name are
/// looked for by the roll-up, and the plan says that it does not count them.
async fn planned_and_made(scene: &Scene, toml: &str, arguments: &[&str]) -> (i64, i64) {
    let adsync = |arguments: &[&str]| scene.adsync(arguments).config("default.toml", toml).run();
    let shown = adsync(&[arguments, &["--dry-run"]].concat()).await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    assert!(shown.stdout.contains("not counted: retries,"), "{}", shown.stdout);
    let run = adsync(arguments).await;
    assert_eq!(run.code(), 0, "{run:?}");
    let beyond = "coalesce((select sum(s.api_calls) from sync_run_steps s
        where s.run_id = sync_runs.id and s.step = 'rollup'), 0)";
    let made = scene.last_run(&format!("api_calls - {beyond}")).await;
    (line(&shown.stdout, &["all"])[1].parse().unwrap(), made[0].parse().unwrap())
}

/// Fails unless a plan is within a fifth of the run's calls, or within five where these are few: the README says so.
async fn assert_planned(scene: &Scene, toml: &str, arguments: &[&str], context: &str) {
    let (planned, made) = planned_and_made(scene, toml, arguments).await;
    assert!((planned - made).abs() <= (made / 5).max(5), "{context}, {arguments:?}: {planned} planned, {made} made");
}

/// The calls that a plan tells of the monthly sweep.
async fn swept(scene: &Scene, toml: &str) -> String {
    let shown = scene.adsync(&["sync", "--dry-run"]).config("default.toml", toml).run().await;
    line(&shown.stdout, &[ACT, "sweep"])[8].to_owned()
}

#[tokio::test]
async fn a_plan_is_within_a_fifth_of_the_calls_or_five_the_first_day_later_and_in_a_month() {
    let scene = Scene::of(spec().objects(4, 30, 2).days(80).statuses(100, 150, 100).build()).await;
    let since = scene.days_ago(79).to_string();
    assert_planned(&scene, REPORTS, &["sync"], "the first").await;
    let toml = &[REPORTS, PEOPLE].concat();
    let (planned, made) = planned_and_made(&scene, toml, &["sync"]).await;
    assert!(planned <= made, "of rows that nobody can reckon the least is told: {planned} planned, {made} made");
    for arguments in [&["sync"][..], &["sync", "--schedule", "recent"], &["backfill", "--since", &since], &["sync"]] {
        assert_planned(&scene, toml, arguments, "later").await;
    }
    // The sweep is due, and nothing moved; then much has, and what one run leaves the next one plans.
    let next_month = "update sync_sweeps set month = month - interval '1 month'";
    scene.db.execute(next_month).await;
    assert_eq!(swept(&scene, toml).await, "1", "one question about all totals");
    assert_planned(&scene, toml, &["sync"], "a month later").await;
    for days in 35..75 {
        scene.change(Change::Vanish { id: ACT.to_owned(), day: scene.days_ago(days) });
    }
    scene.db.execute(next_month).await;
    let (planned, made) = planned_and_made(&scene, toml, &["sync"]).await;
    assert!(planned < made, "what moved only the totals tell: {planned} planned, {made} made");
    assert_ne!(scene.value("select sum(cardinality(pending)) from sync_sweeps").await, "0");
    let left: u32 = swept(&scene, toml).await.parse().unwrap();
    assert!(left >= 5, "what waits is read again, report by report: {left}");
    assert_planned(&scene, toml, &["sync"], "what the sweep left").await;
    let shown = scene.adsync(&["sync", "--dry-run"]).config("default.toml", toml).run().await;
    assert!(!shown.stdout.contains("sweep"), "nothing is due: {}", shown.stdout);
}

#[tokio::test]
async fn a_plan_knows_what_is_asked_beyond_a_listing_that_leaves_rows_out() {
    let world = spec().objects(4, 30, 1).days(80).statuses(0, 150, 100);
    let scene = Scene::of(world.unfiltered_lists(UnfilteredLists::NoArchived).build()).await;
    let first = scene.adsync(&["sync"]).config("default.toml", REPORTS).run().await;
    assert_eq!(first.code(), 0, "{first:?}");
    assert_ne!(scene.value("select count(*) from sync_ladders where rung = 'status'").await, "0");
    assert_planned(&scene, REPORTS, &["sync"], "by status").await;
    // By their ids, too: of days that were never read.
    for place in 0..5 {
        scene.change(Change::Delete { id: scene.adset(place) });
    }
    assert_eq!(scene.adsync(&["sync"]).config("default.toml", REPORTS).run().await.code(), 0);
    scene
        .db
        .execute("insert into sync_ladders values ('1029384756102938', 'adset', 'id', now()) on conflict do nothing")
        .await;
    assert_planned(&scene, REPORTS, &["sync"], "by id").await;
    let since = scene.days_ago(60).to_string();
    let told = scene.adsync(&["backfill", "--since", &since, "--dry-run"]).config("default.toml", REPORTS).run().await;
    assert!(!told.stdout.contains("insights:window"), "a window has no history: {}", told.stdout);
    assert_planned(&scene, REPORTS, &["backfill", "--since", &since], "by id").await;
}

#[tokio::test]
async fn a_dry_backfill_tells_which_days_are_complete() {
    let scene = Scene::small().await;
    scene.sync().await;
    let since = scene.days_ago(30).to_string();
    let shown = scene.adsync(&["backfill", "--since", &since, "--dry-run"]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    let insights = line(&shown.stdout, &[ACT, "insights:adset"]);
    assert_eq!(insights[4..8], ["30", "28", "2", "1"], "{}", shown.stdout);
    let again = scene.adsync(&["backfill", "--since", &since, "--refresh", "--dry-run"]).run().await;
    assert_eq!(line(&again.stdout, &[ACT, "insights:adset"])[4..7], ["30", "0", "30"], "{}", again.stdout);
    assert_eq!(scene.value("select count(*) from sync_runs").await, "1");
}

#[tokio::test]
async fn check_tells_the_access_and_that_the_usual_plan_fits_it() {
    for (is_development, access) in [(true, "Limited (development_access)"), (false, "Full (standard_access)")] {
        let scene = Scene::small().await;
        let allowance = Allowance { is_development, ..Allowance::default() };
        scene.sim.set(SettingsChange { allowance: Some(allowance), ..SettingsChange::default() });
        let checked = scene.adsync(&["check"]).run().await;
        assert_eq!(checked.code(), 0, "{checked:?}");
        assert!(checked.stdout.contains(access), "{}", checked.stdout);
        // 36 ad sets with two ads each.
        let recent = line(&checked.stdout, &[ACT, "recent", "ads_management"]);
        let allowed = if is_development { (300 + 40 * 72).to_string() } else { (100_000 + 40 * 72).to_string() };
        assert_eq!(recent[3..], ["4", "3", "42", "12", "168", &allowed], "{}", checked.stdout);
        let insights = line(&checked.stdout, &[ACT, "settled", "ads_insights"]);
        assert_eq!(insights[3..6], ["1", "4", "~1044"], "{}", checked.stdout);
        assert!(checked.stdout.contains(&format!("{ACT}: the plan fits {} access", access.split(' ').next().unwrap())));
        assert!(checked.stderr.is_empty(), "{}", checked.stderr);
        assert_eq!(scene.value("select count(*) from pg_tables where schemaname = 'public'").await, "0");
    }
}

#[tokio::test]
async fn check_says_what_does_not_fit_and_what_to_do() {
    let scene = Scene::small().await;
    scene.sync().await;
    let allowance = Allowance { is_development: true, ..Allowance::default() };
    scene.sim.set(SettingsChange { allowance: Some(allowance), ..SettingsChange::default() });
    let often = scene.adsync(&["check"]).env("ADSYNC__SCHEDULES__RECENT__CRON", "*/10 * * * * *").run().await;
    assert_eq!(often.code(), 0, "{often:?}");
    for text in [
        "155 calls within 5 minutes and Limited access allows 60: run schedules less often",
        "Full access to the Marketing API",
    ] {
        assert!(often.stderr.contains(text), "{}", often.stderr);
    }
    assert!(!often.stdout.contains('~'), "rows are known by now: {}", often.stdout);
}
