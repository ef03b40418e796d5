//! How the database, or a pooler before it, lets nobody in: refused logins, full houses, addresses where nobody answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::support::free_port;
use crate::support::role::Role;
use crate::support::scene::Scene;
use crate::support::way::{Way, server_of};

/// Something in place of a server that answers every start with an error, and counts them.
pub(crate) struct Refuser {
    pub(crate) port: u16,
    pub(crate) answered: Arc<AtomicU32>,
    _task: AbortOnDropHandle<()>,
}

pub(crate) async fn refuser(sqlstate: &'static str, message: &'static str) -> Refuser {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answered = Arc::<AtomicU32>::default();
    let count = Arc::clone(&answered);
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut start = [0; 8];
            // A wish for encryption comes first: it is declined.
            while stream.read_exact(&mut start).await.is_ok() && start[4..] == 80_877_103_i32.to_be_bytes() {
                stream.write_all(b"N").await.ok();
            }
            let fields = format!("SFATAL\0VFATAL\0C{sqlstate}\0M{message}\0\0");
            let length = i32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            let answer = [b"E".as_slice(), &length, fields.as_bytes()].concat();
            stream.write_all(&answer).await.ok();
            count.fetch_add(1, Ordering::Relaxed);
            // What the client has still to say is read, or the answer is lost with the connection.
            stream.shutdown().await.ok();
            stream.read_to_end(&mut Vec::new()).await.ok();
        }
    });
    Refuser { port, answered, _task: AbortOnDropHandle::new(task) }
}

#[tokio::test]
async fn what_poolers_say_of_logins_is_told_in_one_line_with_its_cure() {
    let scene = Scene::small().await;
    for (sqlstate, message, cure) in [
        ("XX000", "Tenant or user not found", "the user is postgres.<ref>"),
        ("XX000", "(ENOTFOUND) tenant/user postgres.abc not found", "the user is postgres.<ref>"),
        ("28P01", "password authentication failed for user \"postgres\"", "may refuse it for some minutes"),
        ("08P01", "no such user: adsync", "Check user and password"),
        ("3D000", "database \"postgers\" does not exist", "correct the name at the end of DATABASE_URL"),
    ] {
        let refuser = refuser(sqlstate, message).await;
        let url = format!("postgres://postgres:secret-word@127.0.0.1:{}/postgres", refuser.port);
        let finished = scene.adsync(&["sync"]).env("DATABASE_URL", url).run().await;
        assert_eq!((finished.code(), finished.stderr.lines().count()), (1, 1), "{finished:?}");
        let told = &finished.stderr;
        assert!(told.contains(message) && told.contains(cure) && !told.contains("secret-word"), "{told}");
        let answered = refuser.answered.load(Ordering::Relaxed);
        assert_eq!(answered, 1, "a login that is refused is not tried over and over");
    }
    assert_eq!(scene.sim.counts().total, 0);
}

#[tokio::test]
async fn a_session_pooler_that_is_full_is_waited_for() {
    let scene = Scene::small().await;
    let message = "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size";
    for message in [message, "(EMAXCONNSESSION) max clients reached in session mode"] {
        let refuser = refuser("XX000", message).await;
        let way = Way::open(0, ("127.0.0.1".to_owned(), refuser.port)).await;
        let mut running = scene.adsync(&["sync"]).env("DATABASE_URL", way.url(scene.db.url())).start();
        let line = running.line_with("waiting for a connection to the database").await;
        assert!(line.contains(message), "{line}");
        way.lead_to(server_of(scene.db.url()));
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
}

#[tokio::test]
async fn a_daemon_waits_while_the_pooler_refuses_a_new_password() {
    let stage = Stage::new().await;
    let refuser = refuser("28P01", "password authentication failed for user \"postgres\"").await;
    let way = Way::open(0, ("127.0.0.1".to_owned(), refuser.port)).await;
    let binary = stage.adsync(&["run"], EVERY_SECOND);
    let mut daemon = binary.env("DATABASE_URL", way.url(stage.db.url())).start();
    let line = daemon.line_with("waiting for the database").await;
    assert!(line.contains("may refuse it for some minutes"), "{line}");
    way.lead_to(server_of(stage.db.url()));
    stage.answers("/readyz", 200, "ready").await;
    daemon.signal(rustix::process::Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn a_daemon_whose_password_is_changed_under_way_works_again_once_it_is_right() {
    let stage = Stage::new().await;
    stage.adsync(&["migrate"], EVERY_SECOND).run().await;
    let worker = Role::create(&stage.db).await;
    let name = worker.name();
    let rights = format!(
        "grant select, insert, update, delete on all tables in schema public to {name}; alter role {name} bypassrls"
    );
    stage.db.execute(&rights).await;
    // A pooler would know a password of its own.
    let binary = stage.adsync(&["run"], EVERY_SECOND);
    let mut daemon = binary.env("DATABASE_URL", worker.direct_url(&stage.db)).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    worker.change_password(&stage.db).await;
    stage.db.execute(&format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{name}'")).await;
    let told = stage.answers("/readyz", 503, "password authentication failed").await;
    assert!(!told.contains("role-password"), "{told}");
    daemon.line_with("password authentication failed").await;
    worker.change_password_back(&stage.db).await;
    let right_at = stage.db.query_text("select clock_timestamp()::text").await.remove(0).remove(0);
    // For as long as no run begins it does not say that it is ready.
    stage.answers("/readyz", 200, "ready").await;
    let succeeded = format!("select 1 from sync_runs where status = 'succeeded' and started_at > '{right_at}'");
    stage.db.rows_of(&succeeded).await;
    daemon.signal(rustix::process::Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    stage.every_tick_has_its_row_once().await;
}

#[tokio::test]
async fn an_address_that_nobody_answers_at_is_told_with_its_host_and_supabases_own_trap() {
    let scene = Scene::small().await;
    for (host, port) in
        [("127.0.0.1", free_port()), ("[2001:db8::1]", 5432), ("db.abcdefghijklmnopqrst.supabase.co.invalid", 5432)]
    {
        let url = format!("postgres://postgres:secret-word@{host}:{port}/postgres");
        let finished = scene.adsync(&["sync"]).env("DATABASE_URL", url).run().await;
        assert_eq!((finished.code(), finished.stderr.lines().count()), (1, 1), "{finished:?}");
        let told = &finished.stderr;
        assert!(told.contains(&format!("host {host}, port {port}")) && told.contains("is IPv6 only"), "{told}");
        assert!(!told.contains("secret-word"), "{told}");
    }
}

#[tokio::test]
async fn a_role_with_no_connection_left_waits_for_one() {
    let scene = Scene::small().await;
    let worker = Role::create(&scene.db).await;
    let name = worker.name();
    scene.db.execute(&format!("grant create on schema public to {name}; alter role {name} connection limit 1")).await;
    // A pooler would wait by itself.
    let url = worker.direct_url(&scene.db);
    let other = PgConnection::connect(&url).await.unwrap();
    let mut running = scene.adsync(&["sync"]).env("DATABASE_URL", &url).start();
    let line = running.line_with("waiting for a connection to the database").await;
    assert!(line.contains("too many connections for role"), "{line}");
    other.close().await.unwrap();
    // One connection is less than database.max_connections, and enough.
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
}
