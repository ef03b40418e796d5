//! A database that is away is told past it, and its return from there.

use std::time::Duration;

use adsync::app::Given;
use adsync::config::{Environment, Loaded, Needs, load};
use adsync::telemetry::Telemetry;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::{Told, ended, pair};
use crate::support::receiver::{Receiver, SECRET};
use crate::support::scene::{ACT, spec};
use crate::support::server::{DataDir, Server, find_programs};
use crate::support::way::{Way, server_of};
use crate::support::{free_port, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_tells_that_the_database_is_away_before_it_ever_reached_it_and_that_it_is_back() {
    let home =
        tempfile::Builder::new().permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let (programs, data) = (find_programs(|_| {}).await.unwrap(), DataDir::Kept(home.path().join("kept")));
    let server = Server::start(&programs, &data).await.unwrap();
    let way = Way::open(0, server_of(server.url().expose_secret())).await;
    let url = way.url(server.url().expose_secret());
    server.stop().await;
    let sim = graph_sim::Sim::start(spec().clock(graph_sim::Clock::System).build()).await.unwrap();
    let receiver = Receiver::start().await;
    let variables = [
        ("META_ACCESS_TOKEN", sim.token()),
        ("DATABASE_URL", url.clone()),
        ("ADSYNC__META__BASE_URL", sim.url()),
        ("ADSYNC__META__ACCOUNTS", ACT.to_owned()),
        ("ADSYNC__WEB__LISTEN", format!("127.0.0.1:{}", free_port())),
        ("ADSYNC_WEBHOOK_URL", receiver.url()),
    ];
    let environment: Environment = variables.into_iter().collect();
    let config = tempfile::tempdir().unwrap();
    std::fs::write(config.path().join("default.toml"), crate::daemon::stage::EVERY_SECOND).unwrap();
    let mut settings = load(config.path(), &environment, Needs::EVERYTHING).unwrap().settings;
    // As if the minutes had passed.
    settings.alerts.away_after = Duration::from_millis(200);
    let stop = CancellationToken::new();
    let daemon = tokio::spawn({
        let stop = stop.clone();
        let loaded = Loaded { settings, warnings: Vec::new(), entries: Vec::new() };
        async move { Box::pin(adsync::app::daemon(Given { loaded, watched: None }, &Telemetry::default(), stop)).await }
    });
    let message = receiver.message(1).await;
    assert_eq!(message["dedupe_id"], "database_unavailable@adsync");
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("the database cannot be used: ") && text.contains("DATABASE_URL"), "{text}");
    assert!(!text.contains(&password(&url)) && !text.contains(SECRET), "{text}");

    let server = Server::start(&programs, &data).await.unwrap();
    way.lead_to(server_of(server.url().expose_secret()));
    let over = receiver.message(2).await;
    assert_eq!((&over["state"], &over["dedupe_id"]), (&"resolved".into(), &message["dedupe_id"]));

    // Once more, under its work this time.
    until("a run", async || sim.counts().total > 10).await;
    server.stop().await;
    receiver.message(3).await;
    let server = Server::start(&programs, &data).await.unwrap();
    way.lead_to(server_of(server.url().expose_secret()));
    receiver.message(4).await;
    stop.cancel();
    daemon.await.unwrap().unwrap();
    let (firing, resolved) = (pair("database_unavailable", "firing"), pair("database_unavailable", "resolved"));
    assert_eq!(receiver.told(), [firing.clone(), resolved.clone(), firing, resolved]);
    server.stop().await;
}

fn password(url: &str) -> String {
    url::Url::parse(url).unwrap().password().unwrap().to_owned()
}

#[tokio::test]
async fn a_command_that_cannot_reach_the_database_tells_it_each_time_with_the_same_id() {
    let told = Told::of(spec()).await;
    let nowhere = format!("postgres://someone:hunter2secret@127.0.0.1:{}/x", free_port());
    for _ in 0..2 {
        ended(told.adsync(&["sync"]).env("DATABASE_URL", &nowhere), 1).await;
    }
    let messages = told.receiver.messages();
    assert_eq!(told.receiver.told(), vec![pair("database_unavailable", "firing"); 2]);
    assert_eq!(messages[0]["dedupe_id"], messages[1]["dedupe_id"]);
    assert!(!messages[0].to_string().contains("hunter2secret"), "{messages:?}");
}
