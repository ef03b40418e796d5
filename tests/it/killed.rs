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
        let without = "'last_synced' - 'fetched_at' - 'run_id' - 'deleted_at'";
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
    scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "3")
}

#[tokio::test]
async fn killed_at_any_instant_the_next_sync_ends_as_if_nothing_had_happened() {
    let undisturbed = Scene::of(spec().statuses(100, 100, 0).build()).await;
    assert_eq!(slowly(&undisturbed).run().await.code(), 0);
    let (expected, all_calls) = (data(&undisturbed).await, undisturbed.sim.counts().total);
    let now = undisturbed.sim.world().now();

    let scene = Scene::of(spec().now(now).statuses(100, 100, 0).build()).await;
    scene.sim.set(SettingsChange { latency_ms: Some(8), ..SettingsChange::default() });
    let mut dice = graph_sim::dice::Dice::new(&[4711]);
    for kill in 0..10 {
        scene.sim.record().clear();
        let running = slowly(&scene).start();
        // The later ones come later, and each at another instant within its tenth of the run.
        let from = i64::try_from(all_calls).unwrap() * kill / 10;
        let at = u64::try_from(dice.between(from, from + i64::try_from(all_calls / 10).unwrap())).unwrap();
        // What earlier ones completed is not read again: the run may be over before.
        tokio::select! {
            () = calls(&scene.sim, at.max(1)) => {}
            () = ended(&running) => {}
        }
        running.signal(Signal::KILL);
        running.finish().await;
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
    let mut days = std::collections::BTreeSet::new();
    for range in calls.iter().filter_map(|call| call.param("time_range")) {
        let range: serde_json::Value = serde_json::from_str(range).unwrap();
        let day = |name: &str| range[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
        days.extend(day("since").iter_days().take_while(|at| *at <= day("until")).map(|at| at.to_string()));
    }
    days.into_iter().collect()
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
