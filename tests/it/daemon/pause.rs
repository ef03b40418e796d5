//! A schedule that only fails pauses itself, tells it once, and goes on by itself where that is safe.

use graph_sim::{Fault, Rule, When};
use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};

/// Both schedules at work, one of them every second.
const BOTH: &str = "[schedules.recent]\ncron = \"* * * * * *\"\n";

#[tokio::test]
async fn a_token_that_meta_refuses_pauses_its_schedules_once_and_they_go_on_when_it_is_taken_again() {
    let stage = Stage::new().await;
    let daemon = stage.daemon(BOTH);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    stage.sim.faults().add(Rule { fault: Fault::ExpiredToken, when: When::default() });
    let skipped = "select status_reason from sync_runs where status = 'skipped' and ticks >= 3
                   and starts_with(status_reason, 'the schedule is paused: ')";
    let reason = stage.db.rows_of(skipped).await.remove(0).remove(0);
    assert!(reason.contains("(by adsync: Meta refuses the token META_ACCESS_TOKEN: "), "{reason}");
    let paused = "select schedule, paused_by, failures from sync_schedules where paused_at is not null order by 1";
    assert_eq!(stage.db.query_text(paused).await, [["recent", "adsync", "1"], ["settled", "adsync", "0"]]);
    let alerts = "select dedupe_id, message like 'paused: recent, settled. Meta refuses%' from sync_alerts
                  where kind = 'schedule_paused' and resolved_at is null";
    assert_eq!(stage.db.query_text(alerts).await, [["schedule_paused:auth@adsync", "t"]]);
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!((finished.code(), finished.stderr.matches("schedules were paused").count()), (0, 1), "{finished:?}");

    // Still refused: a start tries once, and asks nothing more.
    stage.db.execute("delete from sync_runs").await;
    let mut daemon = stage.daemon(BOTH);
    daemon.line_with("a refused token was tried again").await;
    stage.db.rows_of(skipped).await;
    daemon.signal(Signal::TERM);
    daemon.finish().await;
    assert_eq!(stage.db.query_text("select 1 from sync_runs where status <> 'skipped'").await, [[""; 1]; 0]);

    stage.sim.faults().clear();
    let daemon = stage.daemon(BOTH);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    stage.db.rows_of("select 1 from sync_schedules having bool_and(failures = 0 and paused_at is null)").await;
    assert_eq!(stage.db.query_text(alerts).await, [[""; 2]; 0]);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn a_schedule_that_fails_too_often_waits_for_a_person_and_others_do_not() {
    let stage = Stage::new().await;
    let config = format!("{EVERY_SECOND}[schedules.often]\ncron = \"* * * * * *\"\n").replacen(
        "[schedules.recent]\n",
        "[schedules.recent]\npause_after_failures = 2\n",
        1,
    );
    stage.sim.faults().add(Rule { fault: Fault::Forbidden, when: When::default() });
    let daemon = stage.daemon(&config);
    let paused = "select schedule, paused_by, failures from sync_schedules where paused_at is not null";
    assert_eq!(stage.db.rows_of(paused).await, [["recent", "adsync", "2"]]);
    let alert = "select dedupe_id from sync_alerts where kind = 'schedule_paused' and resolved_at is null";
    assert_eq!(stage.db.rows_of(alert).await, [["schedule_paused:recent@adsync"]]);
    let more = "select 1 from sync_schedules where schedule = 'often' and failures >= 4 and paused_at is null";
    stage.db.rows_of(more).await;
    assert_eq!(
        stage.db.query_text("select count(*) from sync_runs where status = 'failed' and schedule = 'recent'").await,
        [["2"]]
    );
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
