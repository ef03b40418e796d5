//! Faults that a server makes by itself, in the middle of a sync: locks that others hold, statements that are cancelled,
//! rights that are taken away, connections that run out. Each is waited out, or told by its class with what to do about
//! it, and once it is over the next sync reads the rest and no more.

use sqlx::{Connection, Executor, PgConnection};

use crate::support::scene::{Scene, spec};
use crate::support::stoppable::Stoppable;
use crate::support::under_way::{ABREAST, DAYS, SOME, UnderWay};
use crate::support::until;

#[tokio::test]
async fn a_lock_that_another_session_holds_is_waited_for_and_meta_is_left_alone() {
    let sync = UnderWay::new().await;
    let running = sync.start().await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    sync.assert_meta_is_left_alone().await;
    other.execute("rollback").await.unwrap();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(sync.done().await, DAYS);
}

#[tokio::test]
#[ignore = "takes two minutes: `cargo test --test it -- --ignored longer_than`"]
async fn a_lock_that_is_held_for_longer_than_anyone_waits_ends_the_step_and_is_told() {
    let sync = UnderWay::new().await;
    let running = sync.start().await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    sync.assert_meta_is_left_alone().await;
    let began = std::time::Instant::now();
    while !running.has_ended() {
        assert!(began.elapsed().as_secs() < 300);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let finished = running.finish().await;
    eprintln!("it gave up after {:?}", began.elapsed());
    assert!(finished.stderr.contains("canceling statement due to lock timeout"), "{finished:?}");
    sync.assert_told(&finished, "database_conflict").await;
    other.execute("rollback").await.unwrap();
    sync.assert_the_rest_is_read().await;
}

#[tokio::test]
#[ignore = "takes a minute and a half: `cargo test --test it -- --ignored keeps_its_account`"]
async fn a_sync_whose_writes_all_wait_for_a_lock_keeps_its_account_meanwhile() {
    let sync = UnderWay::new().await;
    // More slices than connections: the sign of life must not stand in line behind all of them.
    let many = || sync.sync().env("ADSYNC__META__MAX_CONCURRENCY", "8").env("ADSYNC__META__PAGE_SIZE", "5");
    let first = many().start();
    until("some days", async || sync.done().await >= SOME || first.has_ended()).await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    let mut second = many().start();
    second.line_with("another run works on this account: waiting for it").await;
    // Leases lapse after 30 seconds.
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < 75 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let abandoned = "select count(*) from sync_runs where status = 'abandoned'";
        assert_eq!(sync.scene.value(abandoned).await, "0", "after {:?}", began.elapsed());
    }
    other.execute("rollback").await.unwrap();
    let (first, second) = (first.finish().await, second.finish().await);
    assert_eq!((first.code(), second.code()), (0, 0), "{first:?} {second:?}");
    assert!(!first.stderr.contains("took this run for dead"), "{first:?}");
    assert_eq!(sync.done().await, DAYS);
}

#[tokio::test]
async fn a_statement_that_is_cancelled_is_said_once_more_and_then_told() {
    // Two that lengthen one table wait for each other, too, and are done before anything could be cancelled.
    let cancel = "select pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event = 'relation'";
    for is_once in [true, false] {
        let sync = UnderWay::new().await;
        let running = sync.start().await;
        let mut other = sync.locker().await;
        let cancelled = async || !sync.scene.db.query_text(cancel).await.is_empty();
        if is_once {
            until("a wait, or its end", async || cancelled().await || running.has_ended()).await;
            other.execute("rollback").await.unwrap();
            let finished = running.finish().await;
            assert_eq!(finished.code(), 0, "{finished:?}");
            assert!(finished.stderr.contains("the database is tried again"), "{finished:?}");
        } else {
            // Whenever it waits: a server that is slow to do so may be told twice to end one wait.
            until("its end", async || {
                cancelled().await;
                running.has_ended()
            })
            .await;
            let finished = running.finish().await;
            sync.assert_told(&finished, "database_slow").await;
            other.execute("rollback").await.unwrap();
            sync.assert_the_rest_is_read().await;
        }
        other.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_roles_own_time_limits_do_not_end_our_statements() {
    let sync = UnderWay::as_role().await;
    let name = sync.role.as_ref().unwrap().name();
    let limits =
        ["statement_timeout = '80ms'", "lock_timeout = '40ms'", "idle_in_transaction_session_timeout = '80ms'"];
    for limit in limits {
        sync.scene.db.execute(&format!("alter role {name} set {limit}")).await;
    }
    let running = sync.start().await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    // Any of the role's limits would come before this.
    let later = std::time::Instant::now() + std::time::Duration::from_millis(300);
    until("some time", async || std::time::Instant::now() > later).await;
    other.execute("rollback").await.unwrap();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(!finished.stderr.contains("the database is tried again"), "{finished:?}");
}

#[tokio::test]
async fn a_database_whose_transactions_are_serializable_by_default_takes_a_sync_beside_another_writer() {
    for level in ["repeatable read", "serializable"] {
        let sync = UnderWay::new().await;
        let name = sync.scene.value("select current_database()").await;
        sync.scene.db.execute(&format!("alter database {name} set default_transaction_isolation = '{level}'")).await;
        assert_eq!(sync.sync().run().await.code(), 0);
        sync.scene.db.execute("update adset_insights set spend = spend + 1").await;
        // The sync's snapshot is older than what it then wants to change.
        let mut other = PgConnection::connect(sync.scene.db.direct_url()).await.unwrap();
        other.execute("begin; update adset_insights set clicks = clicks + 1").await.unwrap();
        let running = sync.sync().start();
        sync.until_it_waits().await;
        other.execute("commit").await.unwrap();
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert!(!finished.stderr.contains("the database is tried again"), "{finished:?}");
        let wrong = "select count(*) from sync_coverage where status = 'drift'";
        assert_eq!(sync.scene.value(wrong).await, "0");
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_under_way_ends_the_step_and_is_told() {
    let sync = UnderWay::as_role().await;
    let name = sync.role.as_ref().unwrap().name();
    let running = sync.start().await;
    sync.scene.db.execute(&format!("revoke insert, update on adset_insights from {name}")).await;
    let finished = running.finish().await;
    sync.assert_told(&finished, "database_privilege").await;
    sync.scene.db.execute(&format!("grant insert, update on adset_insights to {name}")).await;
    sync.assert_the_rest_is_read().await;
}

#[tokio::test]
async fn a_role_that_loses_all_its_rights_cannot_even_record_it_and_the_next_sync_knows() {
    let sync = UnderWay::as_role().await;
    let name = sync.role.as_ref().unwrap().name();
    let running = sync.start().await;
    sync.scene.db.execute(&format!("revoke all on all tables in schema public from {name}")).await;
    let asked = sync.scene.sim.counts().total;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert!(finished.stderr.contains("Give the role of DATABASE_URL the missing right"), "{finished:?}");
    let calls = sync.scene.sim.counts().total - asked;
    // What nobody may write any more shows with the next batch, which holds a thousand rows of 25 a page.
    assert!(calls <= ABREAST * 1_000 / 25 + 2, "{calls} calls for rows that could not be kept: {finished:?}");
    let rights = format!("grant select, insert, update, delete on all tables in schema public to {name}");
    sync.scene.db.execute(&rights).await;
    sync.assert_the_rest_is_read().await;
    let statuses = "select status from sync_runs order by started_at";
    assert_eq!(sync.scene.db.query_text(statuses).await, [["abandoned"], ["succeeded"]]);
}

#[tokio::test]
async fn a_server_without_a_connection_left_is_waited_for() {
    let mut server = Stoppable::start().await;
    let scene = Scene::on(server.url(), spec().days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let set_up = "alter system set max_connections = 20; alter system set superuser_reserved_connections = 10;
        create role worker login bypassrls password 'role-password-of-a-test';
        grant select, insert, update, delete on all tables in schema public to worker";
    for statement in set_up.split(';') {
        scene.db.execute(statement).await;
    }
    server.start_again().await;
    server.open();
    let mut url = url::Url::parse(scene.db.direct_url()).unwrap();
    url.set_username("worker").unwrap();
    url.set_password(Some("role-password-of-a-test")).unwrap();
    let sync = UnderWay { scene, url: url.into(), role: None };

    let mut running = sync.start().await;
    // With these, no more are left than the server keeps for its superuser.
    let mut others = Vec::new();
    for _ in 0..10 {
        others.push(PgConnection::connect(sync.scene.db.direct_url()).await.unwrap());
    }
    sync.scene.db.query_text("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker'").await;
    running.line_with("the database is away: meta is not asked until it is back").await;
    sync.assert_meta_is_left_alone().await;
    assert!(PgConnection::connect(&sync.url).await.unwrap_err().to_string().contains("remaining connection slots"));
    drop(others);
    running.line_with("the database is back").await;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(sync.done().await, DAYS);
    drop(sync);
    server.stopped().await;
}
