//! Behind a session pooler with hardly any connection: adsync waits for its turn.

use sqlx::{Connection, Executor};

use crate::support::pooler::{ONE_SESSION, Pooler, TRANSACTION, client};
use crate::support::scene::Scene;
use crate::support::until;

#[tokio::test]
async fn one_connection_of_a_session_pooler_is_enough() {
    let scene = Scene::small().await;
    let pooler = Pooler::start(scene.db.direct_url(), ONE_SESSION).await;
    let url = pooler.url(scene.db.direct_url());
    for command in ["migrate", "sync", "sync"] {
        let finished = scene.adsync(&[command]).env("DATABASE_URL", &url).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
    scene.assert_true().await;
}

#[tokio::test]
async fn whoever_is_not_let_in_by_a_session_pooler_waits_until_another_leaves() {
    let scene = Scene::small().await;
    let pooler = Pooler::start(scene.db.direct_url(), ONE_SESSION).await;
    let url = pooler.url(scene.db.direct_url());
    let mut other = client(&url).await;
    other.execute("select 1").await.unwrap();
    let running = scene.adsync(&["sync"]).env("DATABASE_URL", &url).start();
    until("its wait", async || pooler.waiting().await > 0).await;
    other.close().await.unwrap();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
}

#[tokio::test]
async fn a_pooler_that_takes_no_more_clients_is_waited_for() {
    let scene = Scene::small().await;
    let pooler = Pooler::start(scene.db.direct_url(), &format!("{TRANSACTION}max_client_conn = 1\n")).await;
    let url = pooler.url(scene.db.direct_url());
    let other = client(&url).await;
    let mut running = scene.adsync(&["sync"]).env("DATABASE_URL", &url).start();
    let line = running.line_with("waiting for a connection to the database").await;
    assert!(line.contains("no more connections allowed"), "{line}");
    other.close().await.unwrap();
    // One client is all that it lets in: the heartbeat and the work share the connection.
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
}
