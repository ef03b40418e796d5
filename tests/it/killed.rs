//! A sync that is killed or stopped on its way: the next one reads the rest.

use graph_sim::{Door, SettingsChange};
use rustix::process::Signal;

use crate::support::binary::Binary;
use crate::support::scene::{Scene, spec};
use crate::support::until;

fn small_questions(scene: &Scene, arguments: &[&str]) -> Binary {
    scene.adsync(arguments).env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "3")
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
        let run = |door: &Door| {
            let binary = small_questions(&scene, &[command, "--since", &since]);
            binary.env("ADSYNC__META__BASE_URL", door.url()).env("ADSYNC__META__MAX_CONCURRENCY", "1").start()
        };
        // What the killed one had asked last Meta may answer when the next one is at work.
        let (killed, then) = (scene.sim.door().await.unwrap(), scene.sim.door().await.unwrap());
        scene.adsync(&["migrate"]).run().await;
        scene.db.execute("truncate sync_coverage, adset_insights").await;
        scene.sim.set(SettingsChange { latency_ms: Some(8), ..SettingsChange::default() });
        let running = run(&killed);
        let complete = "select date from sync_coverage where complete and report = 'adset' order by date";
        until("half of the days", async || scene.db.query_text(complete).await.len() >= 45).await;
        running.signal(Signal::KILL);
        running.finish().await;
        let done: Vec<String> = scene.db.query_text(complete).await.into_iter().flatten().collect();
        assert!(done.len() < 88, "{} days were complete already", done.len());
        let finished = run(&then).finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        let mut asked = scene.sim.calls_with("level=adset");
        asked.retain(|call| call.door == then.number());
        let asked = slices_of(&asked);
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

#[tokio::test]
async fn a_signal_is_heard_while_waiting_for_a_database_that_does_not_answer() {
    let scene = Scene::small().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://ana@{}/ads?sslmode=disable", silent.local_addr().unwrap());
    let running = scene.adsync(&["sync"]).env("DATABASE_URL", url).start();
    let _connection = silent.accept().await.unwrap();
    let asked_to_stop = std::time::Instant::now();
    running.signal(Signal::TERM);
    let finished = running.finish().await;
    assert_eq!(finished.code(), 143, "{finished:?}");
    assert!(asked_to_stop.elapsed().as_secs() < 20, "{finished:?}");
}

#[tokio::test]
async fn commands_alone_remove_old_runs_as_well_once_a_day() {
    let scene = Scene::small().await;
    let age = "update sync_runs set started_at = started_at - interval '500 days'";
    scene.sync().await;
    scene.db.execute(age).await;
    scene.sync().await;
    assert_eq!(scene.value("select count(*) from sync_runs").await, "2", "today was its turn already");
    scene.db.execute("update sync_schedules set last_beat_at = last_beat_at - interval '25 hours'").await;
    scene.sync().await;
    assert_eq!(scene.value("select count(*) from sync_runs").await, "2", "the old one is gone");
}

#[tokio::test]
async fn a_command_leaves_old_runs_to_the_daemon_that_has_beaten_within_a_week() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene.db.execute("update sync_runs set started_at = started_at - interval '500 days'").await;
    let beat = |days: u32| {
        format!(
            "delete from sync_schedules;
             insert into sync_schedules (instance, schedule, last_beat_at)
             values ('adsync', 'recent', now() - {days} * interval '1 day')"
        )
    };
    scene.db.execute(&beat(6)).await;
    scene.sync().await;
    assert_eq!(
        scene.value("select count(*) from sync_runs").await,
        "2",
        "how long they are kept is the daemon's to say"
    );
    scene.db.execute(&beat(8)).await;
    scene.sync().await;
    assert_eq!(scene.value("select count(*) from sync_runs").await, "2", "the old one is gone");
}
