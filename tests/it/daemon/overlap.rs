//! Runs that want the same account: who waits, who is left out, who goes first; and how long one may take.

use graph_sim::{Clock, Fault, WorldSpec};
use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};

/// A tick every second, with more said about its schedule.
fn every_second(more: &str) -> String {
    EVERY_SECOND.replacen("[schedules.recent]\n", &format!("[schedules.recent]\n{more}\n"), 1)
}

#[tokio::test]
async fn a_tick_that_may_queue_waits_for_the_run_before_it_and_only_one_does() {
    let stage = Stage::new().await;
    stage.latency(300);
    let daemon = stage.daemon(&every_second("overlap = \"queue\""));
    let waits = "select 1 from sync_runs r join sync_run_steps s on s.run_id = r.id
                 where r.status = 'running' and s.step = 'account' and s.status = 'running'
                   and (select count(*) from sync_runs where status = 'running') = 2
                   and exists (select from sync_runs where status = 'skipped'
                               and starts_with(status_reason, 'the run before it was still at work'))";
    stage.db.rows_of(waits).await;
    stage.latency(0);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded' having count(*) >= 2").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    stage.every_tick_has_its_row_once().await;
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_tick_that_may_be_late_has_its_row_at_once_and_a_stop_does_not_wait_for_it() {
    let stage = Stage::new().await;
    let daemon = stage.daemon(&every_second("jitter = \"1h\""));
    stage.db.rows_of("select 1 from sync_runs where status = 'running'").await;
    stage.db.execute("update sync_leases set stop_by = 'ana'").await;
    let asked = "select 1 from sync_runs where status_reason = 'stopped by ana'";
    stage.db.rows_of(asked).await;
    stage.db.rows_of("select 1 from sync_runs where status = 'running'").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    let runs = "select status, status_reason from sync_runs where status <> 'skipped' order by id";
    let early = "its process was told to stop before it began";
    assert_eq!(stage.db.query_text(runs).await, [["cancelled", "stopped by ana"], ["cancelled", early]]);
    assert_eq!(stage.db.query_text("select 1 from sync_run_steps").await, [[""; 1]; 0]);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_run_whose_deadline_comes_keeps_what_it_has_and_says_so() {
    let stage = Stage::new().await;
    stage.sim.faults().times(Fault::Hang, "level=adset", 1);
    let daemon = stage.daemon(&every_second("deadline = \"3s\""));
    let late = "select status_reason from sync_runs where status = 'partial'";
    assert_eq!(stage.db.rows_of(late).await, [["its deadline came before its end"]]);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_run_that_has_read_nothing_by_its_deadline_has_failed() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], "").run().await.code(), 0, "the account's zone is known");
    stage.latency(60_000);
    let daemon = stage.daemon(&every_second("deadline = \"1s\""));
    let late = "select status from sync_runs where status_reason = 'its deadline came before its end'";
    assert_eq!(stage.db.rows_of(late).await[0], ["failed"]);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn history_gives_way_to_what_is_due_and_goes_on() {
    let stage = Stage::of(WorldSpec::small().clock(Clock::System).days(91)).await;
    let since = (chrono::Utc::now() - chrono::TimeDelta::days(88)).date_naive().to_string();
    let slowly = |arguments: &[&str]| {
        let binary = stage.adsync(arguments, EVERY_SECOND).env("ADSYNC__META__PAGE_SIZE", "25");
        binary.env("ADSYNC__META__MAX_CONCURRENCY", "1")
    };
    stage.latency(60);
    let mut backfill = slowly(&["backfill", "--since", &since]).start();
    stage.db.rows_of("select 1 from sync_coverage having count(*) >= 5").await;
    let daemon = slowly(&["run"]).start();
    let both = "select 1 from sync_runs tick, sync_runs backfill
                where tick.trigger = 'cron' and tick.status = 'succeeded'
                  and backfill.trigger = 'backfill' and backfill.status = 'running'";
    stage.db.rows_of(both).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    backfill.line_with("it goes first").await;
    stage.latency(0);
    let finished = backfill.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let left = format!(
        "select count(*) from generate_series('{since}'::date, '{since}'::date + 86, '1 day') d
         where not exists (select from sync_coverage c where c.date = d and c.complete and c.report = 'adset')"
    );
    assert_eq!(stage.db.query_text(&left).await, [["0"]]);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_run_without_reports_holds_its_account_too() {
    let stage = Stage::new().await;
    stage.sim.faults().times(Fault::Hang, "/campaigns", 1);
    let sync = stage.adsync(&["sync"], EVERY_SECOND).env("ADSYNC__REPORTS__ADSET__ENABLED", "false").start();
    let held = stage.db.rows_of("select account_id, report from sync_leases where account_id <> ''").await;
    assert_eq!(held, [["1029384756102938", ""]]);
    sync.signal(Signal::TERM);
    assert_eq!(sync.finish().await.code(), 143);
    stage.nothing_is_left_running().await;
}
