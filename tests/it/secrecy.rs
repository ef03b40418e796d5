//! No secret reaches a log, a table, a page or an error message, whatever goes wrong and however much is logged.

use std::path::Path;

use futures_util::future::join_all;
use graph_sim::{Fault, GraphError, Rule, SettingsChange, When};

use crate::support::binary::{Binary, Finished};
use crate::support::scene::Scene;

const APP_SECRET: &str = "c0ffee00c0ffee00c0ffee00c0ffee00";
const TOKEN: &str = "EAABnevershownanywhereZD";

struct Watched {
    scene: Scene,
    logs: tempfile::TempDir,
    secrets: Vec<String>,
}

impl Watched {
    async fn small() -> Self {
        let scene = Scene::small().await;
        let change = SettingsChange {
            token: Some(TOKEN.to_owned()),
            app_secret: Some(APP_SECRET.to_owned()),
            requires_proof: Some(true),
            ..SettingsChange::default()
        };
        scene.sim.set(change);
        let password = url::Url::parse(scene.db.url()).unwrap().password().unwrap_or("no password here").to_owned();
        let proof = graph_sim::api::auth::proof(APP_SECRET, TOKEN);
        let secrets = vec![TOKEN.to_owned(), APP_SECRET.to_owned(), proof, password];
        Self { scene, logs: tempfile::tempdir().unwrap(), secrets }
    }

    fn adsync(&self, arguments: &[&str], format: &str) -> Binary {
        self.scene
            .adsync(arguments)
            .env("META_APP_SECRET", APP_SECRET)
            .env(
                "ADSYNC__LOG__LEVEL",
                "trace,hyper=trace,hyper_util=trace,reqwest=trace,sqlx=trace,rustls=trace,h2=trace",
            )
            .env("ADSYNC__LOG__DIRECTORY", self.logs.path())
            .env("ADSYNC__LOG__FORMAT", format)
            .env("ADSYNC__DATABASE__STORE_RAW", "true")
    }

    /// Runs a sync that meets a fault twice, in its middle, and looks everywhere.
    async fn meets(&self, fault: &Fault) {
        for format in ["json", "text"] {
            // A block outlives its run, and the next fault is to be met.
            self.scene.db.execute("delete from sync_budgets").await;
            self.scene.sim.faults().clear();
            let when = When { skip: 2, times: Some(2), ..When::default() };
            self.scene.sim.faults().add(Rule { fault: fault.clone(), when });
            let binary = self.adsync(&["sync"], format).env("ADSYNC__META__PAGE_SIZE", "20");
            let finished = binary.run().await;
            self.judge_all(&format!("{fault:?}"), &finished).await;
        }
    }

    fn judge(&self, place: &str, text: &str) {
        for secret in &self.secrets {
            if let Some((before, _)) = text.split_once(secret.as_str()) {
                let near: Vec<char> = before.chars().rev().take(200).collect();
                panic!("{place} shows a secret after: {}", near.iter().rev().collect::<String>());
            }
        }
    }

    async fn judge_all(&self, place: &str, finished: &Finished) {
        self.judge(&format!("{place}: stdout"), &finished.stdout);
        self.judge(&format!("{place}: stderr"), &finished.stderr);
        for file in files(self.logs.path()) {
            self.judge(&format!("{place}: {}", file.display()), &std::fs::read_to_string(&file).unwrap());
        }
        let tables = "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')";
        for table in self.scene.db.query_text(tables).await {
            let rows = self.scene.db.query_text(&format!("select t::text from {} t", table[0])).await;
            self.judge(&format!("{place}: {}", table[0]), &format!("{rows:?}"));
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// An error that repeats everything that it was asked with, in the message and in the parts that are no message.
fn talkative(code: i64, status: u16) -> Fault {
    let proof = graph_sim::api::auth::proof(APP_SECRET, TOKEN);
    let message =
        format!("(#{code}) access_token={TOKEN} is malformed; Bearer {TOKEN}; appsecret_proof={proof}; {APP_SECRET}");
    Fault::Error { error: GraphError::new(code, message.clone()).user(&message, &message).kind(TOKEN).status(status) }
}

fn every_fault() -> Vec<Fault> {
    vec![
        talkative(190, 400),
        talkative(100, 400),
        talkative(2, 500),
        talkative(200, 403),
        talkative(999_999, 418),
        Fault::Transient,
        Fault::Unknown,
        Fault::BadGateway,
        Fault::EmptyBody,
        Fault::Truncated,
        Fault::TextOk,
        Fault::Drop,
        Fault::Cut,
        Fault::ThrottleInsights { minutes: 30 },
        Fault::ThrottleManagement { minutes: 30 },
        Fault::TooMuchData { rows: 5 },
        Fault::TooManyRows { rows: 5 },
        Fault::ExpiredToken,
        Fault::Forbidden,
        Fault::EmptyPage,
        Fault::ShortPage { rows: 2 },
        Fault::ExpiredCursor,
        Fault::DataKind,
        Fault::PagingKind,
        Fault::VersionWarning,
        Fault::RetiredField { field: "spend".to_owned() },
    ]
}

// The simulators must go on answering while the outputs are searched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_shown_whatever_goes_wrong() {
    let watched = Watched::small().await;
    let finished = watched.adsync(&["sync"], "text").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(watched.scene.sim.calls().iter().all(|call| call.has_proof && call.is_by_header));
    watched.judge_all("a sync without faults", &finished).await;
    assert!(files(watched.logs.path()).iter().any(|file| file.metadata().unwrap().len() > 1_000), "nothing was logged");

    // Faults cost pauses: several worlds meet them side by side.
    let faults = every_fault();
    join_all(faults.chunks(4).map(|faults| async move {
        let watched = Watched::small().await;
        watched.adsync(&["migrate"], "text").run().await;
        for fault in faults {
            watched.meets(fault).await;
        }
        watched
    }))
    .await;
    for arguments in [&["check"][..], &["config"], &["runs", "--json"], &["migrate", "--print-sql"]] {
        let finished = watched.adsync(arguments, "text").run().await;
        watched.judge_all(&format!("{arguments:?}"), &finished).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_no_reason_to_show_it() {
    let cases = [
        ("META_APP_SECRET", "c0ffee00c0ffee00c0ffee00c0ffee01"),
        ("META_ACCESS_TOKEN", "EAABwrong|one"),
        ("META_ACCESS_TOKEN", "EAAB with a space\u{1}"),
        ("DATABASE_URL", "postgres://someone:hunter2-wrong@127.0.0.1:1/x"),
        ("DATABASE_URL", "postgres:/someone:hunter2-wrong@127.0.0.1:1/x"),
        ("DATABASE_URL", "postgres://someone:hunter2-wrong@127.0.0.1:port/x?sslmode=maybe"),
    ];
    join_all(cases.map(|(variable, value)| async move {
        let watched = Watched::small().await;
        for command in ["sync", "check", "config"] {
            let finished = watched.adsync(&[command], "text").env(variable, value).run().await;
            let shown = format!("{}{}", finished.stdout, finished.stderr);
            let secret = if variable == "DATABASE_URL" { "hunter2-wrong" } else { value };
            assert!(!shown.contains(secret), "{command} with a wrong {variable}: {shown}");
            if command == "sync" {
                assert!([1, 2].contains(&finished.code()) && !finished.stderr.is_empty(), "{finished:?}");
            }
            watched.judge_all(&format!("{command} with a wrong {variable}"), &finished).await;
        }
        watched
    }))
    .await;
}
