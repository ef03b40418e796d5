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

#[tokio::test]
async fn what_adsync_paused_and_told_of_a_schedule_ends_with_the_schedule_unless_another_replica_keeps_it() {
    let stage = Stage::new().await;
    const RARELY: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";
    assert_eq!(stage.adsync(&["migrate"], RARELY).run().await.code(), 0);
    // Schedules that left the file or were disabled, one that a replica with another file keeps, and one that is at work.
    let paused = "insert into sync_schedules (instance, schedule, last_beat_at, paused_at, paused_by, pause_reason, failures) values
        ('adsync', 'gone', null, now(), 'adsync', '3 runs in a row failed: no', 3),
        ('adsync', 'settled', now() - interval '11 minutes', now(), 'adsync', 'Meta refuses the token META_ACCESS_TOKEN: no', 1),
        ('adsync', 'kept', now(), now(), 'adsync', '3 runs in a row failed: no', 3),
        ('adsync', 'minded', now(), now(), 'ana', 'she says so', 0),
        ('adsync', 'left', null, now(), 'ana', 'she says so', 0),
        ('adsync', 'recent', now(), now(), 'adsync', '3 runs in a row failed: no', 3),
        ('other', 'gone', null, now(), 'adsync', '3 runs in a row failed: no', 3)";
    stage.db.execute(paused).await;
    let told = "insert into sync_alerts (dedupe_id, kind, message, first_at, last_at, instance, told_as)
        select id, split_part(id, ':', 1), 'told', now(), now(), split_part(id, '@', 2),
          case id when 'schedule_paused:auth@adsync' then 'token_trouble:META_ACCESS_TOKEN@adsync' else id end
        from unnest(array['schedule_paused:gone@adsync', 'schedule_paused:auth@adsync', 'schedule_paused:kept@adsync',
          'schedule_paused:recent@adsync', 'runs_die:gone@adsync', 'runs_die:kept@adsync', 'runs_die:recent@adsync',
          'schedule_paused:gone@other', 'paused:left@adsync']) as id";
    stage.db.execute(told).await;
    let mut daemon = stage.daemon(RARELY);
    // The look for pauses by hand comes last.
    stage
        .db
        .rows_of("select 1 from sync_alerts where dedupe_id = 'paused:left@adsync' and resolved_at is not null")
        .await;
    let paused = "select instance, schedule, failures from sync_schedules where paused_at is not null order by 1, 2";
    let paused_now = stage.db.query_text(paused).await;
    let expected = [
        ["adsync", "kept", "3"],
        ["adsync", "left", "0"],
        ["adsync", "minded", "0"],
        ["adsync", "recent", "3"],
        ["other", "gone", "3"],
    ];
    assert_eq!(paused_now, expected);
    let open = "select string_agg(dedupe_id, ' ' order by dedupe_id) from sync_alerts where resolved_at is null";
    let told = "paused:minded@adsync runs_die:kept@adsync runs_die:recent@adsync schedule_paused:gone@other \
                schedule_paused:kept@adsync schedule_paused:recent@adsync";
    assert_eq!(stage.db.query_text(open).await, [[told]]);

    // Disabled while the daemon runs: it ends once no replica has kept it for a while.
    let other = format!(
        "{}[schedules.other]\ncron = \"0 0 1 1 *\"\n",
        RARELY.replace("cron = \"0 0 1 1 *\"", "enabled = false")
    );
    std::fs::write(daemon.config_dir().join("default.toml"), &other).unwrap();
    daemon.signal(Signal::HUP);
    daemon.line_with("the changed configuration is in force").await;
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'other' and last_beat_at is not null").await;
    stage
        .db
        .execute("update sync_schedules set last_beat_at = now() - interval '11 minutes' where schedule = 'recent'")
        .await;
    daemon.signal(Signal::HUP);
    stage
        .db
        .rows_of("select 1 from sync_schedules where schedule = 'recent' and paused_at is null and failures = 0")
        .await;
    stage.db.rows_of("select 1 from sync_alerts where dedupe_id like '%:recent@adsync' and resolved_at is not null having count(*) = 2").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
