//! What people see of a command: progress on a terminal, times on the account's clock, colours where they belong, and JSON
//! for scripts.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::binary::{Binary, Finished};
use crate::support::scene::{ACT, DIGITS, Scene};

const ESCAPE: char = '\u{1b}';

/// Answers that can be watched.
const SLOWLY: u64 = 150;

fn slowly(scene: &Scene) {
    scene.sim.set(graph_sim::SettingsChange { latency_ms: Some(SLOWLY), ..graph_sim::SettingsChange::default() });
}

fn zone(scene: &Scene) -> String {
    scene.sim.world().accounts[0].zone.name().to_owned()
}

/// A line from a column on.
fn from(line: &str, column: usize) -> &str {
    line.split_at(column).1
}

fn json(finished: &Finished) -> Vec<Value> {
    let value: Value = serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"));
    value.as_array().unwrap_or_else(|| panic!("no array: {finished:?}")).clone()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

async fn columns(scene: &Scene, table: &str) -> BTreeSet<String> {
    let sql = format!("select column_name from information_schema.columns where table_name = '{table}'");
    scene.db.query_text(&sql).await.into_iter().flatten().collect()
}

#[tokio::test]
async fn progress_moves_on_a_terminal_and_leaves_nothing_but_the_summary() {
    let scene = Scene::small().await;
    slowly(&scene);
    let (mut shown, _config) = scene.adsync(&["sync"]).on_terminal();
    shown.shows(" of 1 accounts, ").await;
    shown.shows(" rows/s, ").await;
    shown.shows("29/29 days").await;
    let (code, text) = shown.finish().await;
    assert_eq!(code, 0, "{text}");
    // Every line of progress was drawn over and the last one taken away.
    let (drawn, left) = text.rsplit_once("\u{1b}[2K").unwrap();
    assert!(drawn.contains("\r") && drawn.matches("\u{1b}[2K").count() > 3 && !left.contains("rows/s"), "{text:?}");
    let left = anstream::adapter::strip_str(left).to_string();
    let rows: Vec<&str> = left.lines().filter(|line| line.contains(ACT) || line.contains("inserted")).collect();
    assert_eq!(rows.len(), 2, "{left}");
    assert!(from(rows[1], rows[0].find("status").unwrap()).starts_with("succeeded "), "the columns line up: {left}");
    assert!(text.contains("\u{1b}[32msucceeded"), "{text:?}");
    assert!(!text.contains(&scene.sim.token()));
}

#[tokio::test]
async fn a_wait_tells_on_the_terminal_whom_it_is_for_and_until_when() {
    let scene = Scene::small().await;
    // The account's zone is known from here on, and the block comes at its first call.
    scene.sync().await;
    scene.sim.faults().always(graph_sim::Fault::ThrottleInsights { minutes: 3 });
    let (mut shown, _config) = scene.adsync(&["sync"]).on_terminal();
    shown.shows(&format!("act_{DIGITS} waits for Meta's ads_insights budget until ")).await;
    shown.shows(&format!(" {}", zone(&scene))).await;
    shown.signal(Signal::INT);
    let (code, text) = shown.finish().await;
    assert_eq!(code, 130, "{text}");
}

#[tokio::test]
async fn elsewhere_nothing_moves_and_nothing_is_coloured_but_on_request() {
    let scene = Scene::small().await;
    slowly(&scene);
    let finished = scene.sync().await;
    let has_escapes = |text: &str| text.contains(ESCAPE) || text.contains('\r');
    assert!(!has_escapes(&finished.stdout) && !has_escapes(&finished.stderr), "{finished:?}");
    let coloured = format!("{ESCAPE}[32msucceeded");
    let forced = scene.adsync(&["runs"]).env("CLICOLOR_FORCE", "1").run().await;
    assert!(forced.stdout.contains(&coloured), "{forced:?}");
    for (name, wanted) in [("TERM", true), ("NO_COLOR", false)] {
        let (shown, _config) = scene.adsync(&["runs"]).env(name, "1").on_terminal();
        let (code, text) = shown.finish().await;
        assert_eq!((code, text.contains(&coloured), text.contains(ESCAPE)), (0, wanted, wanted), "{name}: {text:?}");
    }
}

#[tokio::test]
async fn runs_say_what_they_are_and_when_on_the_accounts_clock() {
    let scene = Scene::small().await;
    scene.sync().await;
    let day = scene.days_ago(3).to_string();
    for arguments in
        [&["reconcile", "--since", &day][..], &["backfill", "--since", &day], &["sync", "--schedule", "recent"]]
    {
        let finished = scene.adsync(arguments).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
    let zone = zone(&scene);
    let list = scene.adsync(&["runs"]).run().await.stdout;
    let (heading, lines) = list.split_once('\n').unwrap();
    assert!(heading.contains(&format!("started ({zone})")), "{list}");
    let run_by = heading.find("run by").unwrap();
    let words: Vec<&str> = lines.lines().map(|line| from(line, run_by).split("  ").next().unwrap()).collect();
    assert_eq!(words, ["recent, by hand", "backfill", "reconcile", "sync"], "{list}");
    let sql = format!(
        "select id::text, to_char(started_at at time zone '{zone}', 'YYYY-MM-DD HH24:MI:SS') from sync_runs
         order by started_at desc"
    );
    for row in scene.db.query_text(&sql).await {
        let line = lines.lines().find(|line| line.ends_with(&row[0])).unwrap();
        assert!(line.contains(&row[1]), "{} is not in {line}", row[1]);
        let detail = scene.adsync(&["runs", &row[0]]).run().await.stdout;
        assert!(detail.contains(&format!("started    {} {zone}, took ", row[1])), "{detail}");
        assert!(detail.contains("  rollup ") || detail.contains("  reconcile "), "{detail}");
    }
    let wrong = scene.adsync(&["runs", "123"]).run().await;
    assert_eq!(wrong.code(), 2);
    assert!(wrong.stderr.contains("a run's id looks like") && wrong.stderr.contains("`adsync runs`"), "{wrong:?}");
}

#[tokio::test]
async fn scripts_get_arrays_of_objects_named_like_the_columns() {
    let scene = Scene::small().await;
    let planned = scene.adsync(&["sync", "--dry-run", "--json"]).run().await;
    assert_eq!(planned.code(), 0, "{planned:?}");
    let steps = json(&planned);
    let insights = steps.iter().find(|step| step["step"] == "insights:adset").unwrap();
    assert_eq!(
        (&insights["account_id"], &insights["days"], &insights["days_to_read"]),
        (&DIGITS.into(), &29.into(), &29.into())
    );
    let synced = scene.adsync(&["sync", "--json"]).run().await;
    assert_eq!(synced.code(), 0, "{synced:?}");
    let run = json(&synced).remove(0);
    assert_eq!(keys(&run), columns(&scene, "sync_runs").await);
    assert_eq!((&run["trigger"], &run["status"]), (&"manual".into(), &"succeeded".into()));
    let since = scene.days_ago(5).to_string();
    let history = scene.adsync(&["backfill", "--since", &since, "--json"]).run().await;
    assert_eq!(json(&history)[0]["trigger"], "backfill");
    let mut of_accounts = columns(&scene, "ad_accounts").await;
    of_accounts.extend(["token", "configured", "lost"].map(str::to_owned));
    let accounts = json(&scene.adsync(&["accounts", "--json"]).run().await);
    assert!(keys(&accounts[0]).is_subset(&of_accounts), "{accounts:?}");
    let account = &accounts[0];
    assert_eq!(
        (&account["id"], &account["account_status"], &account["configured"]),
        (&ACT.into(), &1.into(), &"yes".into())
    );
    let settings = json(&scene.adsync(&["config", "--json"]).run().await);
    let of = |key: &str| settings.iter().find(|entry| entry["key"] == key).unwrap_or_else(|| panic!("{key}")).clone();
    assert_eq!(of("META_ACCESS_TOKEN")["value"], "[set]");
    assert_eq!(keys(&of("meta.accounts")), ["from", "key", "value"].map(str::to_owned).into());
}

#[tokio::test]
async fn every_shell_gets_its_completions_without_a_configuration() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let finished = Binary::adsync(&["--config-dir", "/nowhere", "completions", shell]).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        for word in ["backfill", "completions", "dry-run", "config-dir"] {
            assert!(finished.stdout.contains(word), "{word} is not completed in {shell}");
        }
    }
    assert_eq!(Binary::adsync(&["completions", "csh"]).run().await.code(), 2);
}
