//! A run that a death or a stop cut off is taken up at once, by whoever is there, and not for ever.

use chrono::{TimeDelta, Timelike, Utc};
use rustix::process::Signal;

use super::stage::Stage;
use crate::support::binary::Running;
use crate::support::{free_port, until};

/// A schedule whose only tick fell due five minutes ago, and whose daemon was not there.
async fn missed_one_tick(stage: &Stage) -> String {
    let due = Utc::now() - TimeDelta::minutes(5);
    let config = format!(
        "[schedules.recent]\ncron = \"{} * * * *\"\ntimezone = \"UTC\"\n[schedules.settled]\nenabled = false\n",
        due.minute()
    );
    assert_eq!(stage.adsync(&["migrate"], &config).run().await.code(), 0);
    let beat = "insert into sync_schedules (instance, schedule, last_beat_at)
                values ('adsync', 'recent', now() - interval '20 minutes')";
    stage.db.execute(beat).await;
    config
}

/// Waits until a run of this trigger is in the middle of its work.
async fn at_work(stage: &Stage, trigger: &str) {
    let sql = format!(
        "select 1 from sync_run_steps s join sync_runs r on r.id = s.run_id
         where s.step = 'adsets' and r.status = 'running' and r.trigger = '{trigger}'"
    );
    stage.db.rows_of(&sql).await;
}

async fn kill(daemon: Running) {
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.finish().await.code(), 137);
}

async fn stop(daemon: Running) {
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

/// The runs, oldest first: what started each, how it ended, and whether its accounts are those of the first.
async fn runs(stage: &Stage) -> Vec<Vec<String>> {
    let sql = "select trigger, status, due_at is null, accounts = first_value(accounts) over (order by id)
               from sync_runs order by id";
    stage.db.query_text(sql).await
}

#[tokio::test]
async fn of_two_replicas_the_one_that_is_left_takes_up_the_run_of_the_one_that_was_killed() {
    let stage = Stage::new().await;
    let config = missed_one_tick(&stage).await;
    stage.latency(400);
    let killed = stage.daemon(&config);
    at_work(&stage, "catch_up").await;
    let port = format!("127.0.0.1:{}", free_port());
    let mut left = stage.adsync(&["run"], &config).env("ADSYNC__WEB__LISTEN", port).start();
    left.line_with("the daemon is ready").await;
    kill(killed).await;
    stage.latency(0);
    stage.db.rows_of("select 1 from sync_runs where trigger = 'resume' and status = 'succeeded'").await;
    stop(left).await;
    assert_eq!(runs(&stage).await, [["catch_up", "abandoned", "f", "t"], ["resume", "succeeded", "t", "t"]]);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_run_that_a_command_found_dead_is_taken_up_by_the_next_daemon() {
    let stage = Stage::new().await;
    let config = missed_one_tick(&stage).await;
    stage.latency(400);
    let killed = stage.daemon(&config);
    at_work(&stage, "catch_up").await;
    kill(killed).await;
    stage.latency(0);
    assert_eq!(stage.adsync(&["sync"], &config).run().await.code(), 0);
    assert_eq!(runs(&stage).await[0][1], "abandoned");
    let daemon = stage.daemon(&config);
    stage.db.rows_of("select 1 from sync_runs where trigger = 'resume' and status = 'succeeded'").await;
    stop(daemon).await;
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_when_the_daemon_is_back_and_reads_no_day_twice() {
    let stage = Stage::new().await;
    let config = missed_one_tick(&stage).await;
    // The insights are read; what comes after them takes its time.
    stage.sim.faults().times(graph_sim::Fault::Hang, "level=account", 1);
    let daemon = stage.daemon(&config);
    until("the comparison", async || !stage.sim.calls_with("level=account").is_empty()).await;
    stop(daemon).await;
    stage.sim.record().clear();
    let daemon = stage.daemon(&config);
    stage.db.rows_of("select 1 from sync_runs where trigger = 'resume' and status = 'succeeded'").await;
    stop(daemon).await;
    assert_eq!(runs(&stage).await, [["catch_up", "cancelled", "f", "t"], ["resume", "succeeded", "t", "t"]]);
    let ranges: Vec<String> = stage
        .sim
        .calls_with("level=adset")
        .iter()
        .filter_map(|call| call.param("time_range").map(str::to_owned))
        .collect();
    let since = |range: &String| range.split('"').nth(3).unwrap().to_owned();
    let until = |range: &String| range.split('"').nth(7).unwrap().to_owned();
    // Today moves.
    assert!(!ranges.is_empty() && ranges.iter().all(|range| since(range) == until(range)), "{ranges:?}");
    let daemon = stage.daemon(&config);
    stage.answers("/readyz", 200, "ready").await;
    stage.db.rows_of("select 1 from sync_schedules where last_beat_at > now() - interval '1 minute'").await;
    stop(daemon).await;
    assert_eq!(runs(&stage).await.len(), 2, "what came to its end is not taken up");
}

#[tokio::test]
async fn a_run_that_kills_its_process_is_taken_up_three_times_and_then_told() {
    let stage = Stage::new().await;
    let config = missed_one_tick(&stage).await;
    stage.latency(400);
    for trigger in ["catch_up", "resume", "resume", "resume"] {
        let daemon = stage.daemon(&config);
        at_work(&stage, trigger).await;
        kill(daemon).await;
        stage.db.execute("update sync_run_steps set step = 'killed' where status = 'running'").await;
    }
    let mut daemon = stage.daemon(&config);
    let told = daemon.line_with("runs die again and again").await;
    assert!(told.contains("recent"), "{told}");
    stop(daemon).await;
    let statuses = "select status, count(*) from sync_runs group by status";
    assert_eq!(stage.db.query_text(statuses).await, [["abandoned", "4"]]);
    let alert = "select dedupe_id, kind, resolved_at from sync_alerts";
    assert_eq!(stage.db.query_text(alert).await, [["runs_die:recent@adsync", "runs_die", "NULL"]]);
}

#[tokio::test]
async fn a_process_that_dies_in_every_tick_is_told_although_each_begins_a_new_one() {
    let stage = Stage::new().await;
    let config = missed_one_tick(&stage).await;
    let dead = "insert into sync_runs (id, instance, schedule, trigger, due_at, status, accounts, started_at)
                select ('01890000-0000-7000-8000-0000000000' || 99 - n)::uuid, 'adsync', 'recent', 'cron',
                  now() - n * interval '1 minute', 'abandoned', array['77'], now() - n * interval '1 minute'
                from generate_series(31, 34) n";
    stage.db.execute(dead).await;
    let mut daemon = stage.daemon(&config);
    let told = daemon.line_with("runs die again and again").await;
    assert!(told.contains("each of the last 4 died"), "{told}");
    stop(daemon).await;
}

#[tokio::test]
async fn a_run_that_died_is_marked_while_meta_lets_the_upkeep_wait() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["migrate"], "").run().await.code(), 0);
    stage.latency(600_000);
    let daemon = stage.adsync(&["run"], "").env("ADSYNC__META__ACCOUNTS", "all").start();
    until("the question", async || stage.sim.counts().in_flight > 0).await;
    let dead = "insert into sync_runs (id, instance, schedule, trigger, status, accounts, started_at)
                values (gen_random_uuid(), 'adsync', 'recent', 'cron', 'running', array['77'], now())";
    stage.db.execute(dead).await;
    stage.db.rows_of("select 1 from sync_runs where status = 'abandoned'").await;
    stop(daemon).await;
}
