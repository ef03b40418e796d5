//! What Supavisor says for itself, with the state of an internal error and a code in parentheses: what passes is waited for,
//! what a person has to change is told with its cure, and none of it is taken for a fault of adsync.

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use rustix::process::Signal;

use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::database_doors::refuser;
use crate::support::scene::Scene;
use crate::support::until;
use crate::support::way::{Way, server_of};

/// What passes by itself, where connections break or cannot be made.
const BROKEN: [&str; 12] = [
    "(EDBHANDLEREXITED) DbHandler exited. Check logs for more information",
    "(EDBHANDLEREXITED) connection to database closed. Check logs for more information",
    "(EPOOLTERMINATING) pool terminating: terminating connection due to administrator command",
    "(EAUTHQUERY) authentication query failed: connection to database not available",
    "(EAUTHQUERY) auth_query secret check timed out",
    "(EAUTHTIMEOUT) timeout while waiting for message",
    "(EWORKERNOTFOUND) worker processes (manager/pool) not found for tenant \"abc\"",
    "(ESUBSCRIBERETRIES) failed to subscribe to tenant after multiple retries. Terminating",
    "(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked",
    "(ENEWINANEWRELEASE) nobody knows this one",
    "Internal error (authenticated): :closed",
    "DbHandler exited. Check logs for more information.",
];

/// What passes by itself, where all connections are taken.
const FULL: [&str; 7] = [
    "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in Transaction mode",
    "(ECHECKOUTRETRIES) failed to check out a connection after multiple retries",
    "(EMAXCONN) max client connections reached, limit: 200",
    "(EMAXPROXYCONN) max proxy connections reached, limit: 200",
    "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
    "(EMAXCLIENTCONN) max client connections reached, limit: 200",
    "(EMAXPOOLSREACHED) max pools count reached",
];

/// What a person has to change, and the words that say so.
const REFUSED: [(&str, &str, &str); 7] = [
    ("XX000", "(EADDRNOTALLOWED) address not in tenant allow_list: {203, 0, 113, 7}", "network restrictions"),
    ("XX000", "(ESSLREQUIRED) SSL connection is required for user: postgres", "database.tls to \"verify-full\""),
    ("XX000", "(ENOTFOUND) tenant/user postgres.abc not found", "the user is postgres.<ref>"),
    ("XX000", "(EAUTHQUERY) user not found in the database", "Check user and password"),
    ("XX000", "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)", "postgres.<ref>"),
    ("42P05", "prepared statement \"sqlx_s_1\" already exists", "database.pooler = \"transaction\""),
    (
        "26000",
        "(EPREPAREDNOTFOUND) prepared statement \"sqlx_s_1\" does not exist",
        "database.pooler = \"transaction\"",
    ),
];

#[tokio::test]
async fn at_the_start_of_a_command_every_word_is_told_as_what_it_is() {
    let scene = Scene::small().await;
    let url = |port: u16| format!("postgres://postgres:secret-word@127.0.0.1:{port}/postgres");
    let told = async |sqlstate: &'static str, message: &'static str| {
        let refuser = refuser(sqlstate, message).await;
        let finished = scene.adsync(&["sync"]).env("DATABASE_URL", url(refuser.port)).run().await;
        assert_eq!(finished.code(), 1, "{finished:?}");
        let told = finished.stderr;
        assert!(told.contains(message) && !told.contains("secret-word") && !told.contains("fault of adsync"), "{told}");
        told
    };
    let broken = BROKEN.map(async |message| {
        let told = told("XX000", message).await;
        assert!(told.contains("that the database runs"), "{told}");
    });
    join_all(broken).await;
    let refused = REFUSED.map(async |(sqlstate, message, cure)| {
        let told = told(sqlstate, message).await;
        assert!(told.contains(cure), "{told}");
    });
    join_all(refused).await;
    let full = FULL.map(async |message| {
        let refuser = refuser("XX000", message).await;
        let mut running = scene.adsync(&["sync"]).env("DATABASE_URL", url(refuser.port)).start();
        let line = running.line_with("waiting for a connection to the database").await;
        assert!(line.contains(message), "{line}");
    });
    join_all(full).await;
    assert_eq!(scene.sim.counts().total, 0);
}

#[tokio::test]
async fn a_daemon_waits_for_whatever_may_pass() {
    let stage = Stage::new().await;
    for message in ["(EDBHANDLEREXITED) DbHandler exited. Check logs for more information", REFUSED[0].1] {
        let refuser = refuser("XX000", message).await;
        let way = Way::open(0, ("127.0.0.1".to_owned(), refuser.port)).await;
        let binary = stage.adsync(&["run"], EVERY_SECOND);
        let mut daemon = binary.env("DATABASE_URL", way.url(stage.db.url())).start();
        let line = daemon.line_with("waiting for the database").await;
        assert!(line.contains(message.split(')').next().unwrap()), "{line}");
        way.lead_to(server_of(stage.db.url()));
        stage.answers("/readyz", 200, "ready").await;
        daemon.signal(Signal::TERM);
        assert_eq!(daemon.finish().await.code(), 0);
    }
}

#[tokio::test]
async fn a_daemon_that_meets_one_of_them_under_way_asks_meta_nothing_until_it_passes() {
    let stage = Stage::new().await;
    let mut way = Way::open(0, server_of(stage.db.url())).await;
    let binary = stage.adsync(&["run"], EVERY_SECOND);
    let mut daemon = binary.env("DATABASE_URL", way.url(stage.db.url())).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    for message in [BROKEN[0], BROKEN[8], FULL[0]] {
        let refuser = refuser("XX000", message).await;
        let port = way.port;
        drop(way);
        way = reopened(port, ("127.0.0.1".to_owned(), refuser.port)).await;
        let line = daemon.line_with("the database is away: meta is not asked until it is back").await;
        assert!(!line.contains("fault of adsync"), "{line}");
        until("an answer", async || refuser.answered.load(Ordering::Relaxed) > 0).await;
        way.lead_to(server_of(stage.db.url()));
        daemon.line_with("the database is back").await;
        let back_at = stage.db.query_text("select clock_timestamp()::text").await.remove(0).remove(0);
        let succeeded = format!("select 1 from sync_runs where status = 'succeeded' and started_at > '{back_at}'");
        stage.db.rows_of(&succeeded).await;
    }
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    stage.every_tick_has_its_row_once().await;
}

/// A way on a port that another has just left: its connections may take a moment to be gone.
async fn reopened(port: u16, server: (String, u16)) -> Way {
    until("the port", async || std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()).await;
    Way::open(port, server).await
}

#[tokio::test]
async fn a_run_that_meets_one_of_them_under_way_tries_again_and_succeeds() {
    let scene = Scene::small().await;
    scene.sync().await;
    for message in BROKEN.into_iter().chain(FULL) {
        scene
            .db
            .execute(&format!(
                "drop sequence if exists refusals cascade; create sequence refusals;
                 create or replace function refuse() returns trigger language plpgsql as $$ begin
                   if nextval('public.refusals') <= 1 then
                     raise exception using errcode = 'XX000', message = '{message}';
                   end if; return null; end $$;
                 create or replace trigger refuse before insert on adset_insights
                   for each statement execute function refuse();
                 delete from adset_insights"
            ))
            .await;
        let finished = scene.adsync(&["sync", "--refresh"]).env("ADSYNC__META__PAGE_SIZE", "5000").run().await;
        assert_eq!(finished.code(), 0, "{message}: {finished:?}");
        assert!(finished.stderr.contains("the database is tried again"), "{message}: {finished:?}");
        assert_eq!(scene.insights().await, scene.true_insights(), "{message}");
    }
}

#[tokio::test]
async fn statements_by_name_behind_a_pooler_are_told_with_their_cure_under_way() {
    let scene = Scene::small().await;
    scene.sync().await;
    for (sqlstate, message, cure) in &REFUSED[5..] {
        scene
            .db
            .execute(&format!(
                "create or replace function refuse() returns trigger language plpgsql as $$ begin
                   raise exception using errcode = '{sqlstate}', message = '{message}'; end $$;
                 create or replace trigger refuse before insert on adset_insights
                   for each statement execute function refuse()"
            ))
            .await;
        let finished = scene.adsync(&["sync", "--refresh"]).run().await;
        assert_eq!(finished.code(), 3, "{finished:?}");
        assert!(finished.stderr.contains(cure), "{finished:?}");
        assert_eq!(scene.last_run("error_class").await, ["database_pooler"]);
    }
}
