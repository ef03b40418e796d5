//! Every tick has its row once, whoever was there, and nobody.

use chrono::{SubsecRound, TimeDelta, Timelike, Utc};
use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};
use crate::support::wire::{Fate, Wire};
use crate::support::{free_port, until};

#[tokio::test]
async fn two_replicas_share_the_ticks_and_each_has_its_row_once() {
    let stage = Stage::new().await;
    let other_port = format!("127.0.0.1:{}", free_port());
    let replica = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__WEB__LISTEN", other_port).start();
    let daemon = stage.daemon(EVERY_SECOND);
    let enough = "select 1 from sync_runs having sum(coalesce(ticks, 1)) >= 8
                  and count(*) filter (where status = 'succeeded') >= 3";
    stage.db.rows_of(enough).await;
    for running in [daemon, replica] {
        running.signal(Signal::TERM);
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
    stage.every_tick_has_its_row_once().await;
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn what_fell_due_while_no_daemon_ran_is_one_record_and_one_run() {
    let stage = Stage::new().await;
    let config = |minutes: &str| {
        format!(
            "[schedules.recent]\ncron = \"{minutes} * * * *\"\ntimezone = \"UTC\"\n[schedules.settled]\nenabled = false\n"
        )
    };
    let now = Utc::now().trunc_subsecs(0);
    let due = [7, 5, 3].map(|ago| now.with_second(0).unwrap() - TimeDelta::minutes(ago));
    // Half an hour away: nothing falls due while the daemon is there.
    let daemon = stage.daemon(&config(&((now.minute() + 30) % 60).to_string()));
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);

    stage.db.execute("update sync_schedules set last_beat_at = now() - interval '20 minutes'").await;
    let minutes = due.map(|due| due.minute().to_string()).join(",");
    let daemon = stage.daemon(&config(&minutes));
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    let text = |at: chrono::DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let rows = stage.db.query_text(
        "select status, trigger, coalesce(ticks, 0), to_char(due_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), status_reason
         from sync_runs order by due_at",
    );
    let reason = format!(
        "missed, as no daemon ran or none reached the database: 2 ticks from {} to {}",
        text(due[0]),
        text(due[1])
    );
    assert_eq!(
        rows.await,
        [["skipped", "cron", "2", &text(due[1]), &reason], ["succeeded", "catch_up", "0", &text(due[2]), "NULL"]]
    );
}

#[tokio::test]
async fn ticks_that_find_their_run_at_work_are_one_record() {
    let stage = Stage::new().await;
    stage.latency(400);
    let daemon = stage.daemon(EVERY_SECOND);
    let rows = stage.db.rows_of("select status_reason from sync_runs where status = 'skipped' and ticks >= 2").await;
    assert!(rows[0][0].starts_with("the run before it was still at work: "), "{rows:?}");
    stage.latency(0);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_paused_schedule_records_its_ticks_and_runs_none() {
    let stage = Stage::new().await;
    let daemon = stage.daemon(EVERY_SECOND);
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    stage.db.execute("update sync_schedules set paused_at = now(), paused_by = 'ana'").await;
    let paused = "select 1 from sync_runs where ticks >= 2 and starts_with(status_reason, 'the schedule is paused: ')";
    stage.db.rows_of(paused).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn a_command_waits_for_the_daemons_run_and_leaves_out_what_it_read() {
    let stage = Stage::new().await;
    stage.latency(500);
    let mut daemon = stage.daemon(EVERY_SECOND);
    daemon.line_with("run began").await;
    let mut command = stage.adsync(&["sync"], EVERY_SECOND).start();
    command.line_with("another run works on this account").await;
    stage.latency(0);
    let finished = command.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let step = "select s.status, s.status_reason from sync_run_steps s join sync_runs r on r.id = s.run_id
                where r.trigger = 'manual' and s.step = 'insights:adset'";
    assert_eq!(stage.db.query_text(step).await, [["skipped", "every day of the window is complete"]]);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn replicas_that_are_killed_again_and_again_lose_no_tick_and_double_none() {
    let stage = Stage::new().await;
    stage.latency(30);
    let start = || {
        let port = format!("127.0.0.1:{}", free_port());
        stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__WEB__LISTEN", port).start()
    };
    let mut replicas = [start(), start()];
    for round in 1..=6 {
        let ticks = format!("select 1 from sync_runs having sum(coalesce(ticks, 1)) >= {}", round * 2);
        stage.db.rows_of(&ticks).await;
        let killed = std::mem::replace(&mut replicas[round % 2], start());
        killed.signal(Signal::KILL);
        assert_eq!(killed.finish().await.code(), 137);
    }
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    for mut replica in replicas {
        // Before that it does not hear signals.
        replica.line_with("the daemon is ready").await;
        replica.signal(Signal::TERM);
        assert_eq!(replica.finish().await.code(), 0);
    }
    stage.every_tick_has_its_row_once().await;
}

#[tokio::test]
#[ignore = "takes two minutes: `cargo test --test it -- --ignored nobody_heard`"]
async fn a_tick_is_done_although_nobody_heard_that_its_record_was_written() {
    let stage = Stage::new().await;
    let wire = Wire::to(stage.db.url()).await;
    // The only tick of the day.
    let at = Utc::now() + TimeDelta::seconds(8);
    let config = format!(
        "[schedules.recent]\ncron = \"{}\"\ntimezone = \"UTC\"\n[schedules.settled]\nenabled = false\n",
        at.format("%S %M %H * * *")
    );
    let daemon = stage.adsync(&["run"], &config).env("DATABASE_URL", wire.url(stage.db.url())).start();
    wire.breaks_at_commit_of("insert into \"public\".\"sync_runs\"", Fate::Unheard);
    until("its end", async || wire.is_broken()).await;
    let began = std::time::Instant::now();
    while stage.db.query_text("select 1 from sync_runs where status = 'succeeded'").await.is_empty() {
        assert!(began.elapsed().as_secs() < 200, "the tick is lost");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage.nothing_is_left_running().await;
    let runs = "select trigger, status from sync_runs order by started_at";
    assert_eq!(stage.db.query_text(runs).await, [["cron", "abandoned"], ["resume", "succeeded"]]);
}
