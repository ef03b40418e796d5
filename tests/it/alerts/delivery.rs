//! What becomes of a message whose receiver is away, refuses it, hangs, or hears it twice; and the sign of life.

use graph_sim::Fault;

use super::{THREE, Told, ended, pair, three};
use crate::support::receiver::{Receiver, SECRET};
use crate::support::scene::spec;

#[tokio::test]
async fn a_receiver_that_is_down_is_told_once_when_it_is_back() {
    let told = Told::of(spec()).await;
    told.fail(Fault::Forbidden, None);
    told.receiver.answer(503);
    let finished = told.sync(1).await;
    assert!(finished.stderr.contains("an alert did not arrive and is tried again"), "{finished:?}");
    assert!(finished.stderr.contains("HTTP 503"), "{finished:?}");
    told.sync(1).await;
    assert_eq!(told.receiver.calls().len(), 1, "it is left alone for some seconds");
    told.later("6 seconds").await;
    told.sync(1).await;
    assert_eq!(told.receiver.calls().len(), 2);
    let pause = "select extract(epoch from next_try_at - now()) between 6 and 10, attempts from sync_alerts";
    assert_eq!(told.scene.db.query_text(pause).await, [["t", "2"]], "ever longer");
    told.receiver.answer(200);
    told.later("11 seconds").await;
    for _ in 0..2 {
        told.sync(1).await;
    }
    assert_eq!(told.receiver.told(), [pair("permission", "firing")]);
    let (first, last) = (told.receiver.call(1).await.message(), told.receiver.call(3).await.message());
    assert_eq!(first["dedupe_id"], last["dedupe_id"]);
}

#[tokio::test]
async fn what_began_and_ended_unheard_is_not_told() {
    let told = Told::of(spec()).await;
    told.fail(Fault::Forbidden, None);
    told.receiver.answer(500);
    told.sync(1).await;
    told.receiver.answer(200);
    told.scene.sim.faults().clear();
    told.sync(0).await;
    assert_eq!(told.receiver.told(), []);
}

#[tokio::test]
async fn an_end_that_was_not_heard_before_it_began_again_changes_nothing_for_the_receiver() {
    let told = Told::of(spec()).await;
    told.fail(Fault::Forbidden, None);
    told.sync(1).await;
    told.scene.sim.faults().clear();
    told.receiver.answer(500);
    told.sync(0).await;
    told.receiver.answer(200);
    told.fail(Fault::Forbidden, None);
    told.sync(1).await;
    assert_eq!(told.receiver.told(), [pair("permission", "firing")]);
    told.scene.sim.faults().clear();
    told.sync(0).await;
    assert_eq!(told.receiver.told()[1..], [pair("permission", "resolved")]);
}

#[tokio::test]
async fn a_message_that_is_refused_keeps_no_other_back() {
    let told = Told::of(three()).await;
    told.receiver.answer(400);
    told.fail(Fault::Forbidden, Some("77"));
    let limited =
        || told.adsync(&["sync"]).env("ADSYNC__META__ACCOUNTS", THREE).env("ADSYNC__DATABASE__SIZE_LIMIT", "9MB");
    ended(limited(), 3).await;
    let causes: Vec<_> = told.receiver.calls().iter().map(|call| call.message()["cause"].clone()).collect();
    assert_eq!(causes.len(), 2, "{causes:?}");
    assert!(causes.contains(&"permission".into()) && causes.contains(&"database_nearly_full".into()), "{causes:?}");
}

#[tokio::test]
async fn a_success_pings_and_nothing_else_does() {
    let told = Told::of(spec()).await;
    let heart = Receiver::start().await;
    let today = told.scene.today().to_string();
    let adsync = |arguments: &[&str]| told.adsync(arguments).env("ADSYNC_HEARTBEAT_URL", heart.url());
    ended(adsync(&["sync"]), 0).await;
    let ping = heart.call(1).await;
    assert_eq!((ping.method.as_str(), ping.body.as_str()), ("GET", ""));
    assert!(ping.path.contains(SECRET), "{ping:?}");
    ended(adsync(&["reconcile", "--since", &today]), 0).await;
    told.fail(Fault::Forbidden, None);
    ended(adsync(&["sync"]), 1).await;
    assert_eq!(heart.calls().len(), 1);
    told.scene.sim.faults().clear();
    // One that does not arrive is tried again.
    heart.answer(502);
    let running = adsync(&["sync"]).start();
    heart.call(2).await;
    heart.answer(200);
    assert_eq!(running.finish().await.code(), 0);
    assert_eq!(heart.calls().iter().map(|call| call.status).collect::<Vec<_>>(), [200, 502, 200]);
}

#[tokio::test]
async fn no_address_of_a_receiver_is_ever_shown() {
    let told = Told::of(spec()).await;
    ended(told.adsync(&["migrate"]), 0).await;
    told.fail(Fault::Forbidden, None);
    let everything = "trace,hyper=trace,hyper_util=trace,reqwest=trace,rustls=trace,h2=trace";
    let nobody = format!("http://127.0.0.1:{}/{SECRET}", crate::support::free_port());
    let adsync = |url: &str, command: &[&str]| {
        let binary = told.adsync(command).env("ADSYNC_WEBHOOK_URL", url).env("ADSYNC_HEARTBEAT_URL", url);
        binary.env("ADSYNC__LOG__LEVEL", everything).env("ADSYNC__LOG__FORMAT", "json")
    };
    for (url, status) in [(told.receiver.url(), 200), (told.receiver.url(), 404), (nobody, 0)] {
        told.receiver.answer(status);
        for (command, code) in
            [(&["sync"][..], 1), (&["check", "--send-test-alert"], 1), (&["config"], 0), (&["runs", "--json"], 0)]
        {
            told.later("1 day").await;
            let finished = ended(adsync(&url, command), code).await;
            let shown = format!("{}{}", finished.stdout, finished.stderr);
            assert!(!shown.contains(SECRET), "{command:?} with {status}: {shown}");
        }
    }
    let rows = told.scene.db.query_text("select t::text from sync_alerts t").await;
    assert!(!rows.is_empty() && !format!("{rows:?}").contains(SECRET), "{rows:?}");
}

#[tokio::test]
async fn what_comes_and_goes_is_told_three_times_and_is_over_once_it_has_stayed_away() {
    let told = Told::of(spec()).await;
    let fails_and_works = async || {
        told.fail(Fault::Forbidden, None);
        told.sync(1).await;
        told.scene.sim.faults().clear();
        told.sync(0).await;
    };
    for _ in 0..4 {
        fails_and_works().await;
    }
    let (firing, over) = (pair("permission", "firing"), pair("permission", "resolved"));
    assert_eq!(told.receiver.told(), [&firing, &over, &firing, &over, &firing].map(Clone::clone));
    let last = told.receiver.message(5).await;
    assert_eq!(last["comes_and_goes"], true);
    let text = last["text"].as_str().unwrap();
    assert!(text.ends_with("nothing more is told of it until it has stayed away for six hours."), "{text}");
    let stayed_away = "update sync_alerts set resolved_at = resolved_at - interval '6 hours 1 minute'";
    told.scene.db.execute(stayed_away).await;
    told.sync(0).await;
    assert_eq!(told.receiver.told().split_off(5), [pair("permission", "resolved")]);
    fails_and_works().await;
    assert_eq!(told.receiver.told()[6..], [firing, over], "it begins anew");
    assert_eq!(told.receiver.message(7).await["comes_and_goes"], false);
}
