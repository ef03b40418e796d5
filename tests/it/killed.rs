//! A sync that dies or is stopped at any instant: the next one ends as if nothing had happened.

use graph_sim::{SettingsChange, Sim};
use rustix::process::Signal;

use crate::support::binary::{Binary, Running};
use crate::support::scene::{Scene, spec};
use crate::support::until;

/// Everything that a sync leaves but times and bookkeeping of runs.
const DATA: [&str; 6] = ["ad_accounts", "campaigns", "adsets", "adset_insights", "account_insights", "sync_coverage"];

async fn data(scene: &Scene) -> Vec<String> {
    let mut all = Vec::new();
    for table in DATA {
        let without = "'last_synced' - 'fetched_at' - 'run_id' - 'requests' - 'deleted_at'";
        let sql = format!("select '{table}' || (to_jsonb(t) - {without})::text from {table} t order by 1");
        all.extend(scene.db.query_text(&sql).await.into_iter().flatten());
    }
    all
}

/// Waits until Meta was asked so often: tests tell time by calls, not by clocks.
async fn calls(sim: &Sim, count: u64) {
    until("enough calls", async || sim.counts().total >= count).await;
}

fn slowly(scene: &Scene) -> Binary {
    small_questions(scene, &["sync"])
}

fn small_questions(scene: &Scene, arguments: &[&str]) -> Binary {
    scene.adsync(arguments).env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "3")
}

/// Kills a sync again and again, each time after another number of calls, and lets the last one come to its end.
async fn kill_and_resume(kills: u32, concurrency: &str) {
    let slowly = |scene: &Scene| slowly(scene).env("ADSYNC__META__MAX_CONCURRENCY", concurrency);
    let undisturbed = Scene::of(spec().statuses(100, 100, 0).build()).await;
    assert_eq!(slowly(&undisturbed).run().await.code(), 0);
    let (expected, all_calls) = (data(&undisturbed).await, undisturbed.sim.counts().total);
    let now = undisturbed.sim.world().now();

    let scene = Scene::of(spec().now(now).statuses(100, 100, 0).build()).await;
    scene.sim.set(SettingsChange { latency_ms: Some(8), ..SettingsChange::default() });
    let mut dice = graph_sim::dice::Dice::new(&[4711]);
    let mut before: Vec<Vec<String>> = Vec::new();
    for kill in 0..kills {
        scene.sim.record().clear();
        let running = slowly(&scene).start();
        // The later ones come later, and each at another instant within its part of the run.
        let (all, kills) = (i64::try_from(all_calls).unwrap(), i64::from(kills));
        let from = all * i64::from(kill) / kills;
        let at = u64::try_from(dice.between(from, from + (all / kills).max(3))).unwrap();
        // What earlier ones completed is not read again: the run may be over before.
        tokio::select! {
            () = calls(&scene.sim, at.max(1)) => {}
            () = ended(&running) => {}
        }
        running.signal(Signal::KILL);
        let is_whole = running.finish().await.code() == 0;
        let slices = slices_of(&scene.sim.calls_with("level=adset"));
        if concurrency == "1" {
            let again: Vec<&String> =
                slices.iter().flatten().filter(|day| before.iter().flatten().any(|read| read == *day)).collect();
            let last = before.last().cloned().unwrap_or_default();
            assert!(again.iter().all(|day| last.contains(day)), "more than one slice was read twice: {again:?}");
        }
        // A run that came to its end is not resumed; of one that was killed before it asked, the one before it is.
        if is_whole {
            before.clear();
        } else if !slices.is_empty() {
            before = slices;
        }
    }
    let finished = slowly(&scene).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(data(&scene).await, expected);
    scene.assert_true().await;
    let statuses = scene.db.query_text("select distinct status from sync_runs order by 1").await;
    assert!(statuses.iter().all(|status| ["abandoned", "succeeded"].contains(&status[0].as_str())), "{statuses:?}");
    assert!(statuses.contains(&vec!["abandoned".to_owned()]));
    assert_eq!(scene.value("select count(*) from sync_run_steps where status = 'running'").await, "0");
    assert_eq!(scene.value("select count(*) from sync_leases").await, "0");
}

#[tokio::test]
async fn killed_at_any_instant_the_next_sync_ends_as_if_nothing_had_happened() {
    kill_and_resume(10, "3").await;
}

#[tokio::test]
async fn a_kill_costs_no_more_than_one_slice_of_those_that_are_read_one_by_one() {
    kill_and_resume(8, "1").await;
}

#[tokio::test]
#[ignore = "takes a minute: `cargo test --test it -- --ignored fifty`"]
async fn fifty_kills_change_nothing() {
    kill_and_resume(50, "3").await;
    kill_and_resume(50, "1").await;
}

/// The slices that were asked for, each as its days, in the order of their first question.
fn slices_of(calls: &[graph_sim::Call]) -> Vec<Vec<String>> {
    let mut ranges: Vec<&str> = Vec::new();
    for range in calls.iter().filter_map(|call| call.param("time_range")) {
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    ranges.into_iter().map(days_between).collect()
}

/// Ends when the process has.
async fn ended(running: &Running) {
    until("its end", async || running.has_ended()).await;
}

#[tokio::test]
async fn a_resumed_sync_reads_only_the_days_that_were_not_complete() {
    let scene = Scene::of(spec().days(29).build()).await;
    // Sizes are known after a first sync, so that there are several slices.
    let sync =
        || scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "100").env("ADSYNC__META__MAX_CONCURRENCY", "4");
    assert_eq!(sync().run().await.code(), 0);
    scene.sim.record().clear();
    // Slices that end late never end: all others do, and then the process dies.
    let (late, when) =
        (scene.days_ago(28).to_string(), |path: String| graph_sim::When { path: Some(path), ..Default::default() });
    let rule = graph_sim::Rule { fault: graph_sim::Fault::Hang, when: when(format!("\"since\":\"{late}\"")) };
    scene.sim.faults().add(rule);
    let running = sync().start();
    let complete = "select count(*) from sync_coverage c join sync_runs r on r.id = c.run_id and r.status = 'running'";
    until("most days", async || scene.value(complete).await.parse::<u32>().unwrap() >= 21).await;
    running.signal(Signal::KILL);
    running.finish().await;
    let unread = "select date from sync_coverage c where not exists
        (select from sync_runs r where r.id = c.run_id and r.status = 'running') order by date";
    let unread: Vec<String> = scene.db.query_text(unread).await.into_iter().flatten().collect();
    assert!(!unread.is_empty() && unread.len() < 15, "{unread:?}");
    scene.sim.faults().clear();
    scene.sim.record().clear();
    assert_eq!(sync().run().await.code(), 0);
    let asked = scene.sim.calls_with("level=adset");
    assert_eq!(days_of(&asked), unread);
    scene.assert_true().await;

    scene.sim.record().clear();
    assert_eq!(sync().run().await.code(), 0);
    assert!(scene.sim.calls_with("level=adset").len() > asked.len(), "a run that came to its end is not resumed");
}

/// Every day that was asked for, in order.
fn days_of(calls: &[graph_sim::Call]) -> Vec<String> {
    let days: std::collections::BTreeSet<String> = slices_of(calls).into_iter().flatten().collect();
    days.into_iter().collect()
}

/// The days of a `time_range`.
fn days_between(range: &str) -> Vec<String> {
    let range: serde_json::Value = serde_json::from_str(range).unwrap();
    let day = |name: &str| range[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
    day("since").iter_days().take_while(|at| *at <= day("until")).map(|at| at.to_string()).collect()
}

#[tokio::test]
async fn of_ninety_days_that_were_stopped_half_way_only_the_rest_is_read() {
    let scene = Scene::of(spec().days(91).build()).await;
    let since = scene.days_ago(90).to_string();
    for command in ["sync", "backfill"] {
        let run =
            || small_questions(&scene, &[command, "--since", &since]).env("ADSYNC__META__MAX_CONCURRENCY", "1").start();
        scene.adsync(&["migrate"]).run().await;
        scene.db.execute("truncate sync_coverage, adset_insights").await;
        scene.sim.set(SettingsChange { latency_ms: Some(8), ..SettingsChange::default() });
        let running = run();
        let complete = "select date from sync_coverage where complete and report = 'adset' order by date";
        until("half of the days", async || scene.db.query_text(complete).await.len() >= 45).await;
        running.signal(Signal::KILL);
        running.finish().await;
        let done: Vec<String> = scene.db.query_text(complete).await.into_iter().flatten().collect();
        assert!(done.len() < 88, "{} days were complete already", done.len());
        scene.sim.record().clear();
        let finished = run().finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        let asked = slices_of(&scene.sim.calls_with("level=adset"));
        let again: Vec<&String> = asked.iter().flatten().filter(|day| done.contains(day)).collect();
        assert_eq!(again, Vec::<&String>::new(), "{command}");
        let firsts: Vec<&String> = asked.iter().filter_map(|slice| slice.first()).collect();
        assert!(firsts.is_sorted_by(|one, next| one > next), "newest first, after a restart as well: {firsts:?}");
        let left = format!(
            "select count(*) from generate_series('{since}'::date, '{since}'::date + 89, '1 day') d
            where not exists (select from sync_coverage c where c.date = d and c.complete and c.report = 'adset')"
        );
        assert_eq!(scene.value(&left).await, "0");
    }
}

#[tokio::test]
async fn a_signal_ends_a_sync_in_good_order_and_is_recorded() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scene = Scene::small().await;
        scene.sim.faults().times(graph_sim::Fault::Hang, "level=adset", 1);
        let running = scene.adsync(&["sync"]).start();
        until("the question", async || !scene.sim.calls_with("level=adset").is_empty()).await;
        running.signal(signal);
        let finished = running.finish().await;
        assert_eq!(finished.code(), code, "{finished:?}");
        assert_eq!(scene.last_run("status, finished_at is not null").await, ["cancelled", "t"]);
        assert_eq!(scene.value("select count(*) from sync_run_steps where status = 'running'").await, "0");
        assert_eq!(scene.value("select count(*) from sync_leases").await, "0");
        assert_eq!(scene.value("select count(*) from adsets").await, "36", "what was written stays");
        scene.sync().await;
        scene.assert_true().await;
        assert_eq!(scene.value("select count(*) from sync_runs where status = 'cancelled'").await, "1");
    }
}

#[tokio::test]
async fn a_signal_is_heard_while_waiting_for_another_run() {
    let scene = Scene::small().await;
    scene.sim.faults().times(graph_sim::Fault::Hang, "level=adset", 1);
    let first = scene.adsync(&["sync"]).start();
    until("the question", async || !scene.sim.calls_with("level=adset").is_empty()).await;
    let mut second = scene.adsync(&["sync"]).start();
    second.line_with("waiting for it").await;
    second.signal(Signal::TERM);
    let second = second.finish().await;
    assert_eq!(second.code(), 143, "{second:?}");
    first.signal(Signal::KILL);
    first.finish().await;
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.value("select count(*) from sync_runs where status = 'running'").await, "0");
}
