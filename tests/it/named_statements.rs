//! `database.pooler = "none"`: on a direct connection statements are kept by name; anywhere else they never are.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use crate::support::scene::Scene;
use crate::support::way::server_of;

/// Something between the product and the server that writes down what the product says.
struct Ear {
    port: u16,
    /// A text for each connection.
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    _task: AbortOnDropHandle<()>,
}

impl Ear {
    async fn open(server: (String, u16)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let all = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (server, all) = (server.clone(), Arc::clone(&all));
                tokio::spawn(async move {
                    let (mut from_near, mut to_near) = near.into_split();
                    let (mut from_far, mut to_far) = TcpStream::connect(server).await?.into_split();
                    tokio::spawn(async move { tokio::io::copy(&mut from_far, &mut to_near).await });
                    let mut buffer = vec![0; 1 << 16];
                    let place = {
                        let mut all = all.lock().unwrap();
                        all.push(Vec::new());
                        all.len() - 1
                    };
                    loop {
                        let length = from_near.read(&mut buffer).await?;
                        if length == 0 {
                            return to_far.shutdown().await;
                        }
                        all.lock().unwrap()[place].extend(&buffer[..length]);
                        to_far.write_all(&buffer[..length]).await?;
                    }
                });
            }
        });
        Self { port, heard, _task: AbortOnDropHandle::new(task) }
    }

    /// The statements that were given over to be parsed on each connection, from this one on: their names and texts.
    fn parsed(&self, from: usize) -> Vec<Vec<(String, String)>> {
        self.heard.lock().unwrap()[from..].iter().map(|said| statements(said)).collect()
    }
}

/// Name and text of each statement that a client gave over.
fn statements(said: &[u8]) -> Vec<(String, String)> {
    let length = |at: usize| {
        let bytes = said.get(at..at + 4)?;
        usize::try_from(u32::from_be_bytes(bytes.try_into().unwrap())).ok()
    };
    let mut statements = Vec::new();
    // The message at the start has no letter; every other is a letter, its length with these four bytes, and the rest.
    let mut at = length(0).unwrap_or_default();
    while let Some(length) = length(at + 1) {
        if said[at] == b'P' {
            let mut texts =
                said[at + 5..].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
            statements.push((texts.next().unwrap(), texts.next().unwrap()));
        }
        at += 1 + length;
    }
    statements
}

#[tokio::test]
async fn statements_are_kept_by_name_on_a_direct_connection_and_nowhere_else() {
    let scene = Scene::small().await;
    let ear = Ear::open(server_of(scene.db.direct_url())).await;
    let mut url = url::Url::parse(scene.db.direct_url()).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(ear.port)).unwrap();
    url.set_query(Some("sslmode=disable"));
    let sync = |pooler: &'static str, page_size: &'static str| {
        let binary = scene.adsync(&["sync"]).env("DATABASE_URL", url.as_str());
        binary.env("ADSYNC__DATABASE__POOLER", pooler).env("ADSYNC__META__PAGE_SIZE", page_size).run()
    };
    let finished = sync("transaction", "25").await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
    let parsed = ear.parsed(0);
    let mut heard = parsed.len();
    let unnamed = parsed.concat();
    assert!(
        unnamed.len() > 50 && unnamed.iter().all(|(name, _)| name.is_empty()),
        "a pooler would lose them: {unnamed:?}"
    );
    scene.db.execute("delete from adset_insights; delete from sync_coverage").await;
    for _ in 0..2 {
        let finished = sync("none", "25").await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        scene.assert_true().await;
        let parsed = ear.parsed(heard);
        heard += parsed.len();
        assert!(parsed.concat().len() > 20 && parsed.concat().len() < unnamed.len(), "{parsed:?}");
        for on_one in parsed {
            let texts: BTreeSet<&str> = on_one.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!(texts.len(), on_one.len(), "each is parsed once on a connection");
            assert!(on_one.iter().all(|(name, _)| !name.is_empty()), "{on_one:?}");
        }
    }
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_daemon_with_named_statements_survives_a_change_of_its_tables() {
    let scene = Scene::small().await;
    let adsync = |arguments: &[&str], toml: &str| {
        let binary = scene.adsync(arguments).env("DATABASE_URL", scene.db.direct_url());
        binary.env("ADSYNC__DATABASE__POOLER", "none").config("default.toml", toml)
    };
    let port = crate::support::free_port();
    let toml = format!("[schedules.recent]\ncron = \"* * * * * *\"\n[web]\nlisten = \"127.0.0.1:{port}\"\n");
    let daemon = adsync(&["run"], &toml).start();
    scene.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    // Another one widens the table whose statements this one holds by name.
    let widened = adsync(&["migrate"], "[metrics.contacts]\nsum = [\"contact_total\"]\n").run().await;
    assert_eq!(widened.code(), 0, "{widened:?}");
    scene.db.execute("create table widened as select clock_timestamp() as at").await;
    let after = "select 1 from sync_runs where status = 'succeeded' and started_at > (select at from widened) limit 1";
    scene.db.rows_of(after).await;
    daemon.signal(rustix::process::Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(*) from sync_runs where status in ('failed', 'partial')").await, "0");
}

#[tokio::test]
async fn named_statements_on_the_port_of_a_transaction_pooler_are_doubted() {
    let scene = Scene::small().await;
    let sync = |pooler: &'static str| {
        let url = "postgres://postgres:secret-word@127.0.0.1:6543/postgres?sslmode=disable";
        scene.adsync(&["check"]).env("DATABASE_URL", url).env("ADSYNC__DATABASE__POOLER", pooler).run()
    };
    let (doubted, fine) = (sync("none").await, sync("transaction").await);
    let warned = |text: &str| text.lines().filter(|line| line.contains("warning: ") && line.contains("pooler")).count();
    assert_eq!((warned(&doubted.stderr), warned(&fine.stderr)), (1, 0), "{doubted:?}");
    assert!(doubted.stderr.contains("6543") && !doubted.stderr.contains("secret-word"), "{doubted:?}");
}
