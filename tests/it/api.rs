//! `/api` is as its OpenAPI description says: each route with each status, and no field that is not described.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::daemon::stage::Stage;
use crate::support::binary::Running;
use crate::support::free_port;
use crate::support::schema::Description;

const READER: &str = "a-word-for-readers";
const ADMIN: &str = "a-word-for-admins";
/// Nothing falls due while a test runs.
const RARELY: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";

/// The description, and what of it was seen.
struct Witness {
    description: Description,
    seen: BTreeSet<(String, String, u16)>,
}

impl Witness {
    fn new() -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/openapi.json");
        let text = std::fs::read_to_string(path).unwrap();
        Self { description: Description(serde_json::from_str(&text).unwrap()), seen: BTreeSet::new() }
    }

    /// Asks for one of the description's paths, its `{}` filled with `with`, and holds the answer against it.
    async fn asks(&mut self, stage: &Stage, asked: (&str, &str, &str), sent: (&str, &str), status: u16) -> Value {
        let ((method, path, with), (token, body)) = (asked, sent);
        let operation = &self.description.0["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not described");
        let (before, after) =
            path.split_once('{').map_or((path, ""), |(before, rest)| (before, rest.split_once('}').unwrap().1));
        let target = if path.contains('{') { format!("{before}{with}{after}") } else { format!("{path}{with}") };
        let (given, answer) = stage.says(&method.to_uppercase(), &target, token, body).await;
        let what = format!("{method} {target} {given}");
        assert_eq!(given, status, "{what}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{what}: {error}: {answer}"));
        let response = self.description.at(&operation["responses"][given.to_string()]);
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{what} is not described");
        // What is sent may be described, too: where it is refused, it need not be.
        if let (Ok(sent), true) = (serde_json::from_str(body), given < 300) {
            let described = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(self.description.faults(described, &sent), [""; 0], "{what}: {body}");
        }
        assert_eq!(self.description.faults(schema, &answer), [""; 0], "{what}: {answer}");
        self.seen.insert((path.to_owned(), method.to_owned(), given));
        answer
    }

    async fn gets(&mut self, stage: &Stage, path: &str, with: &str, token: &str, status: u16) -> Value {
        self.asks(stage, ("get", path, with), (token, ""), status).await
    }

    async fn posts(&mut self, stage: &Stage, path: &str, with: &str, body: &str, status: u16) -> Value {
        self.asks(stage, ("post", path, with), (ADMIN, body), status).await
    }

    /// What the description promises and nobody saw.
    fn unseen(&self) -> Vec<String> {
        let mut unseen = Vec::new();
        for (path, operations) in self.description.0["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                for status in operation["responses"].as_object().unwrap().keys() {
                    if !self.seen.contains(&(path.clone(), method.clone(), status.parse().unwrap())) {
                        unseen.push(format!("{method} {path} {status}"));
                    }
                }
            }
        }
        unseen
    }
}

async fn stops(daemon: Running) {
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

const READS: [&str; 6] =
    ["/api/openapi.json", "/api/runs", "/api/runs/{id}", "/api/accounts", "/api/schedules", "/api/coverage"];
const ACTS: [&str; 5] = [
    "/api/schedules/{name}/run",
    "/api/schedules/{name}/pause",
    "/api/schedules/{name}/resume",
    "/api/runs/{id}/cancel",
    "/api/backfill",
];
const NO_RUN: &str = "01890000-0000-7000-8000-000000000000";

/// What fills a path.
fn filling(path: &str) -> &'static str {
    if path.contains("{name}") {
        "recent"
    } else if path.contains("{id}") {
        NO_RUN
    } else {
        ""
    }
}

fn body(path: &str) -> &'static str {
    if path == "/api/backfill" { "{\"since\":\"2026-11-01\"}" } else { "" }
}

#[tokio::test]
async fn every_route_answers_with_every_status_as_it_is_described() {
    let mut witness = Witness::new();
    at_work(&mut witness).await;
    waiting(&mut witness).await;
    let unseen = witness.unseen();
    assert_eq!(unseen, [""; 0], "described and never seen");
    let methods: usize =
        witness.description.0["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(methods, READS.len() + ACTS.len(), "every route is described");
}

/// A daemon that works and has both tokens.
async fn at_work(witness: &mut Witness) {
    let stage = Stage::new().await;
    stage.latency(150);
    let daemon =
        stage.adsync(&["run"], RARELY).env("ADSYNC_ADMIN_TOKEN", ADMIN).env("ADSYNC_READ_TOKEN", READER).start();
    stage.answers("/readyz", 200, "ready").await;
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    let before = witness.gets(&stage, "/api/schedules", "", READER, 200).await;
    assert_eq!(before.as_array().unwrap().len(), 2, "the one that is off is there, too: {before}");
    let begun = witness.posts(&stage, "/api/schedules/{name}/run", "recent", "", 202).await;
    let id = begun["run_id"].as_str().unwrap().to_owned();
    witness.gets(&stage, "/api/runs/{id}", &id, READER, 200).await;
    witness.posts(&stage, "/api/schedules/{name}/run", "recent", "", 409).await;
    witness.posts(&stage, "/api/runs/{id}/cancel", &id, "{\"by\":\"Ana\",\"reason\":null}", 202).await;
    stage.db.rows_of(&format!("select 1 from sync_runs where id = '{id}' and status <> 'running'")).await;
    witness.posts(&stage, "/api/runs/{id}/cancel", &id, "", 409).await;
    stage.latency(0);
    // Something of every kind: a run that warns, one that fails, one that was skipped, a backfill, days that were compared.
    stage.sim.faults().times(graph_sim::Fault::Forbidden, "level=adset", 1_000);
    let asked =
        json!({ "since": "2026-11-01", "until": "2026-11-03", "accounts": ["1029384756102938"], "refresh": true });
    let begun = witness.posts(&stage, "/api/backfill", "", &asked.to_string(), 202).await;
    let failed =
        format!("select 1 from sync_runs where id = '{}' and error is not null", begun["run_id"].as_str().unwrap());
    stage.db.rows_of(&failed).await;
    stage.sim.faults().clear();
    let begun = witness.posts(&stage, "/api/schedules/{name}/run", "recent", "", 202).await;
    let id = begun["run_id"].as_str().unwrap();
    stage.db.rows_of(&format!("select 1 from sync_runs where id = '{id}' and status = 'succeeded'")).await;
    stage
        .db
        .execute(
            "insert into sync_runs (id, instance, schedule, trigger, due_at, started_at, finished_at, status, status_reason,
               accounts, ticks, warnings)
             values (gen_random_uuid(), 'adsync', 'recent', 'cron', now(), now(), now(), 'skipped', 'paused', '{1}', 3,
               '[{\"code\":\"x\",\"account_id\":null,\"step\":null,\"message\":\"y\",\"count\":1}]')",
        )
        .await;
    let runs = witness.gets(&stage, "/api/runs", "", READER, 200).await;
    assert_eq!(runs.as_array().unwrap().len(), 4, "{runs}");
    assert_eq!(witness.gets(&stage, "/api/runs", "?limit=1", READER, 200).await.as_array().unwrap().len(), 1);
    witness.gets(&stage, "/api/runs", "?limit=0", READER, 400).await;
    witness.gets(&stage, "/api/runs/{id}", NO_RUN, READER, 404).await;
    witness.gets(&stage, "/api/accounts", "", ADMIN, 200).await;
    let days = witness.gets(&stage, "/api/coverage", "?report=adset", READER, 200).await;
    assert!(
        days.as_array().unwrap().iter().any(|day| day["status"] == "settled" && !day["requests"].is_null()),
        "{days}"
    );
    witness.gets(&stage, "/api/coverage", "?since=yesterday", READER, 400).await;
    let paused =
        witness.posts(&stage, "/api/schedules/{name}/pause", "recent", "{\"by\":\"Ana\",\"reason\":\"x\"}", 200).await;
    assert_eq!(paused["paused_by"], "Ana");
    witness.posts(&stage, "/api/schedules/{name}/resume", "recent", "", 200).await;
    let large = format!("{{\"by\":\"{}\"}}", "x".repeat(70_000));
    for path in ACTS {
        if path != "/api/backfill" {
            let none = if path.contains("{name}") { "recents" } else { NO_RUN };
            witness.posts(&stage, path, none, "", 404).await;
        }
        if path != "/api/schedules/{name}/run" {
            witness.posts(&stage, path, filling(path), "{\"who\":1}", 400).await;
            witness.posts(&stage, path, filling(path), &large, 413).await;
        }
        witness.asks(&stage, ("post", path, filling(path)), (READER, body(path)), 401).await;
    }
    for path in READS {
        witness.gets(&stage, path, filling(path), "another", 401).await;
    }
    let description = witness.gets(&stage, "/api/openapi.json", "", READER, 200).await;
    assert_eq!(description, witness.description.0);
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    // Nobody is listed by a daemon without accounts.
    stops(daemon).await;
    let nobody = stage
        .adsync(&["run"], RARELY)
        .env("ADSYNC__META__ACCOUNTS", "all")
        .env("ADSYNC__META__EXCLUDE", "act_1029384756102938")
        .env("ADSYNC_ADMIN_TOKEN", ADMIN)
        .start();
    stage.answers("/readyz", 200, "ready").await;
    let refused = witness.posts(&stage, "/api/backfill", "", "{\"since\":\"2026-11-01\"}", 409).await;
    assert!(refused["error"].as_str().unwrap().contains("no account"), "{refused}");
    stops(nobody).await;
}

/// Daemons that wait for a database that is not there: one with the admin's token, one that others can reach.
async fn waiting(witness: &mut Witness) {
    let stage = Stage::new().await;
    let nowhere = format!("postgres://adsync:secret-word@127.0.0.1:{}/adsync", free_port());
    let mut daemon =
        stage.adsync(&["run"], RARELY).env("DATABASE_URL", &nowhere).env("ADSYNC_ADMIN_TOKEN", ADMIN).start();
    daemon.line_with("waiting for the database").await;
    for path in READS.into_iter().filter(|path| *path != "/api/openapi.json") {
        witness.gets(&stage, path, filling(path), "", 503).await;
    }
    for path in ACTS {
        witness.posts(&stage, path, filling(path), body(path), 503).await;
    }
    stops(daemon).await;
    let listen = format!("0.0.0.0:{}", stage.port());
    let mut daemon =
        stage.adsync(&["run"], RARELY).env("DATABASE_URL", &nowhere).env("ADSYNC__WEB__LISTEN", listen).start();
    daemon.line_with("waiting for the database").await;
    for path in READS {
        witness.gets(&stage, path, filling(path), "", 403).await;
    }
    for path in ACTS {
        witness.posts(&stage, path, filling(path), body(path), 403).await;
    }
    stops(daemon).await;
}
