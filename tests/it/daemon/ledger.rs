//! The ledger of ticks and the retention of runs, asked of the store itself.

use adsync::store::migrate::prepare;
use adsync::store::schedules::{self, Ledger, Skipped};
use adsync::store::{Db, retention, runs};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::support::database::Database;

const REASON: &str = "nobody came";

fn at(second: i64) -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(second)
}

fn skipped(first: i64, last: i64) -> Skipped {
    let ticks = u32::try_from(last - first + 1).unwrap();
    let accounts = vec![first.to_string()];
    let (first, last) = (at(first), at(last));
    Skipped { id: Uuid::now_v7(), reason: REASON, detail: None, accounts, ticks, is_at_least: false, first, last }
}

async fn store() -> (Database, Db) {
    let database = Database::create().await;
    let settings = database.settings();
    let db = Db::connect(&settings).await.unwrap();
    prepare(&db, &settings, &[]).await.unwrap();
    (database, db)
}

async fn open(db: &Db, now: DateTime<Utc>) -> Ledger<'_> {
    Ledger::open(db, "adsync", "recent", now).await.unwrap()
}

async fn close(ledger: Ledger<'_>, until: DateTime<Utc>) -> DateTime<Utc> {
    ledger.close(until, until + TimeDelta::hours(1)).await.unwrap()
}

#[tokio::test]
async fn the_last_beat_only_moves_forward_unless_the_clock_ran_far_ahead() {
    let (_database, db) = store().await;
    let ledger = open(&db, at(0)).await;
    assert_eq!(ledger.last_beat_at, at(0), "nothing was missed before the first beat");
    assert_eq!(close(ledger, at(60)).await, at(60));
    let ledger = open(&db, at(30)).await;
    assert_eq!(ledger.last_beat_at, at(60));
    assert_eq!(close(ledger, at(30)).await, at(60), "the clock was set back a little");
    let ahead = at(60) + TimeDelta::days(400);
    assert_eq!(close(open(&db, ahead).await, ahead).await, ahead);
    assert_eq!(close(open(&db, at(90)).await, at(90)).await, at(90), "nothing waits for a year");
}

#[tokio::test]
async fn an_open_ledger_keeps_others_waiting_and_one_that_is_dropped_wrote_nothing() {
    let (database, db) = store().await;
    close(open(&db, at(0)).await, at(0)).await;
    let mut first = open(&db, at(9)).await;
    first.skip(&skipped(1, 9)).await.unwrap();
    let second = {
        let db = db.clone();
        tokio::spawn(async move { open(&db, at(9)).await.last_beat_at })
    };
    database
        .rows_of("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
        .await;
    drop(first);
    assert_eq!(second.await.unwrap(), at(0));
    assert_eq!(database.query_text("select count(*) from sync_runs").await, [["0"]]);
}

#[tokio::test]
async fn consecutive_ticks_fold_into_one_row() {
    let (database, db) = store().await;
    let mut ledger = open(&db, at(0)).await;
    ledger.skip(&skipped(1, 1)).await.unwrap();
    ledger.skip(&skipped(2, 4)).await.unwrap();
    close(ledger, at(4)).await;
    let mut ledger = open(&db, at(5)).await;
    ledger.skip(&skipped(5, 5)).await.unwrap();
    // The same ticks again, as after a clock that was set back: they have their row.
    ledger.skip(&skipped(5, 5)).await.unwrap();
    close(ledger, at(5)).await;
    let row = "select ticks, status, status_reason, accounts::text, extract(epoch from due_at - started_at)::int from sync_runs";
    let reason = format!("{REASON}: 5 ticks from 2026-11-23T12:00:01Z to 2026-11-23T12:00:05Z");
    assert_eq!(database.query_text(row).await, [["5", "skipped", &reason, "{1,2,5}", "4"]]);
}

#[tokio::test]
async fn a_schedule_that_rests_misses_nothing_unless_another_replica_keeps_it() {
    let (_database, db) = store().await;
    let now = Utc::now();
    close(open(&db, now).await, now).await;
    schedules::rest(&db, "adsync", &[]).await.unwrap();
    assert_eq!(open(&db, at(60)).await.last_beat_at.timestamp(), now.timestamp(), "somebody beat for it a moment ago");
    let (_database, db) = store().await;
    close(open(&db, at(0)).await, at(0)).await;
    schedules::rest(&db, "adsync", &["recent".to_owned()]).await.unwrap();
    assert_eq!(open(&db, at(60)).await.last_beat_at, at(0));
    schedules::rest(&db, "adsync", &["settled".to_owned()]).await.unwrap();
    assert_eq!(open(&db, at(60)).await.last_beat_at, at(60));
}

#[tokio::test]
async fn old_runs_go_in_batches_by_whoever_takes_the_days_turn() {
    let (database, db) = store().await;
    let insert = "insert into sync_runs (id, instance, trigger, status, started_at)
        select gen_random_uuid(), 'adsync', 'manual', case n when 1 then 'running' else 'succeeded' end,
               now() - interval '1 day' * n from generate_series(1, 700) n;
        insert into sync_run_steps (run_id, account_id, step, status) select id, '1', 'account', status from sync_runs;
        insert into sync_runs (id, instance, trigger, status, started_at)
        values (gen_random_uuid(), 'another', 'manual', 'succeeded', now() - interval '9 days')";
    database.execute(insert).await;
    assert!(retention::take_turn(&db, "adsync", at(0)).await.unwrap());
    assert!(!retention::take_turn(&db, "adsync", at(60)).await.unwrap());
    assert!(retention::take_turn(&db, "adsync", at(2 * 86_400)).await.unwrap());
    let before = Utc::now() - TimeDelta::hours(1);
    for expected in [500, 199, 0] {
        assert_eq!(retention::remove_some(&db, "adsync", before).await.unwrap(), expected);
    }
    assert_eq!(runs::latest(&db, 9).await.unwrap().len(), 2, "what runs stays, and what another daemon keeps");
    assert_eq!(database.query_text("select count(*) from sync_run_steps").await, [["1"]]);
}

#[tokio::test]
async fn what_a_daemon_left_that_is_no_more_goes_and_one_that_shows_life_keeps_its_own() {
    let (database, db) = store().await;
    let insert = "insert into sync_runs (id, instance, trigger, status, started_at)
        select gen_random_uuid(), instance, 'schedule', status, now() - interval '1 day' * days
        from (values ('gone', 'succeeded', 9), ('beats', 'succeeded', 9), ('runs', 'succeeded', 9), ('runs', 'succeeded', 1),
                     ('works', 'succeeded', 9), ('works', 'running', 8)) as t (instance, status, days);
        insert into sync_run_steps (run_id, account_id, step, status) select id, '1', 'account', status from sync_runs;
        insert into sync_alerts (dedupe_id, kind, message, instance, first_at, last_at, resolved_at)
        select instance, 'failed', '', instance, now(), now(), now() - interval '9 days'
        from (values ('gone'), ('beats'), ('silent')) as t (instance);
        insert into sync_schedules (instance, schedule, last_beat_at)
        values ('beats', 'recent', now()), ('gone', 'recent', now() - interval '9 days')";
    database.execute(insert).await;
    retention::remove_old(&db, "adsync", 7, Utc::now()).await.unwrap();
    let left = "select instance, count(*) from sync_runs group by 1 order by 1";
    assert_eq!(database.query_text(left).await, [["beats", "1"], ["runs", "2"], ["works", "2"]]);
    assert_eq!(database.query_text("select count(*) from sync_run_steps").await, [["5"]]);
    assert_eq!(database.query_text("select dedupe_id from sync_alerts").await, [["beats"]]);
}

#[tokio::test]
async fn alerts_that_ended_long_ago_go_and_those_of_another_daemon_stay() {
    let (database, db) = store().await;
    let insert = "insert into sync_alerts (dedupe_id, kind, message, instance, first_at, last_at, resolved_at)
        select id, 'failed', '', instance, now(), now(), now() - interval '1 day' * ended
        from (values ('own', 'adsync', 9), ('new', 'adsync', 0), ('open', 'adsync', null), ('nobodys', null, 9),
                     ('anothers', 'another', 9)) as t (id, instance, ended);
        insert into sync_schedules (instance, schedule, last_beat_at) values ('another', 'recent', now())";
    database.execute(insert).await;
    retention::remove_old(&db, "adsync", 7, Utc::now()).await.unwrap();
    let left = database.query_text("select dedupe_id from sync_alerts order by 1").await.concat();
    assert_eq!(left, ["anothers", "new", "open"]);
}

#[tokio::test]
async fn ticks_that_were_not_all_counted_are_told_as_so_many_at_least_also_once_more_follow() {
    let (database, db) = store().await;
    close(open(&db, at(0)).await, at(0)).await;
    let reason = || async { database.query_text("select status_reason from sync_runs").await };
    let mut ledger = open(&db, at(9)).await;
    ledger.skip(&Skipped { is_at_least: true, ..skipped(1, 9) }).await.unwrap();
    close(ledger, at(9)).await;
    let told = "nobody came: at least 9 ticks from 2026-11-23T12:00:01Z to 2026-11-23T12:00:09Z";
    assert_eq!(reason().await, [[told]]);
    let mut ledger = open(&db, at(12)).await;
    ledger.skip(&skipped(10, 12)).await.unwrap();
    close(ledger, at(12)).await;
    let told = "nobody came: at least 12 ticks from 2026-11-23T12:00:01Z to 2026-11-23T12:00:12Z";
    assert_eq!(reason().await, [[told]]);
}
