//! The daemon tells beside its runs: once for all replicas, whoever dies on the way, and no run waits for a receiver.

use graph_sim::{AccountSpec, Fault, WorldSpec};
use rustix::process::Signal;

use super::{fail, pair};
use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::support::binary::{Binary, Running};
use crate::support::free_port;
use crate::support::receiver::Receiver;

async fn stage() -> (Stage, Receiver) {
    let mut accounts = WorldSpec::small().accounts;
    accounts.push(AccountSpec::new(77, "Beta"));
    (Stage::of(WorldSpec::small().accounts(accounts)).await, Receiver::start().await)
}

/// A daemon for both accounts that knows whom to tell.
fn daemon(stage: &Stage, receiver: &Receiver) -> Binary {
    stage
        .adsync(&["run"], EVERY_SECOND)
        .env("ADSYNC__META__ACCOUNTS", "act_1029384756102938,act_77")
        .env("ADSYNC__WEB__LISTEN", format!("127.0.0.1:{}", free_port()))
        .env("ADSYNC_WEBHOOK_URL", receiver.url())
}

async fn stop(running: Running) -> String {
    running.signal(Signal::TERM);
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished.stderr
}

/// Waits for so many runs that ended like this from now on.
async fn runs(stage: &Stage, status: &str, count: u32) {
    let now = stage.db.query_text("select now()::text").await.remove(0).remove(0);
    let more = format!(
        "select 1 from sync_runs where status = '{status}' and started_at > '{now}' having count(*) >= {count}"
    );
    stage.db.rows_of(&more).await;
}

#[tokio::test]
async fn two_daemons_tell_a_cause_once_and_its_end_once() {
    let (stage, receiver) = stage().await;
    let mut daemons = [daemon(&stage, &receiver).start(), daemon(&stage, &receiver).start()];
    for daemon in &mut daemons {
        daemon.line_with("the daemon is ready").await;
    }
    fail(&stage.sim, Fault::Forbidden, None);
    receiver.message(1).await;
    runs(&stage, "failed", 4).await;
    stage.sim.faults().clear();
    receiver.message(2).await;
    runs(&stage, "succeeded", 3).await;
    for daemon in daemons {
        stop(daemon).await;
    }
    assert_eq!(receiver.told(), [pair("permission", "firing"), pair("permission", "resolved")]);
    assert_eq!(receiver.messages()[0]["accounts_total"], 2, "{:?}", receiver.messages());
}

#[tokio::test]
async fn a_dead_token_is_one_message_with_its_accounts_and_the_pause_that_it_led_to() {
    let (stage, receiver) = stage().await;
    fail(&stage.sim, Fault::ExpiredToken, None);
    let mut daemon = daemon(&stage, &receiver).start();
    let message = receiver.message(1).await;
    assert_eq!((&message["cause"], &message["accounts_total"]), (&"token_trouble".into(), &2.into()), "{message}");
    daemon.line_with("schedules were paused").await;
    // Nothing is asked any more, so nothing more is met.
    stage.db.rows_of("select 1 from sync_runs where status = 'skipped' and ticks >= 3").await;
    stop(daemon).await;
    assert_eq!(receiver.told(), [pair("token_trouble", "firing")]);
    let open = "select told_as from sync_alerts where kind = 'schedule_paused' and resolved_at is null";
    assert_eq!(stage.db.query_text(open).await, [["token_trouble:META_ACCESS_TOKEN@adsync"]]);
}

#[tokio::test]
async fn a_daemon_that_dies_between_taking_a_message_and_telling_it_is_followed_by_another() {
    let (stage, receiver) = stage().await;
    receiver.answer(0);
    fail(&stage.sim, Fault::Forbidden, Some("77"));
    let killed = daemon(&stage, &receiver).start();
    let heard = receiver.call(1).await.message();
    killed.signal(Signal::KILL);
    assert_eq!(killed.finish().await.code(), 137);
    receiver.answer(200);
    let ahead = "select 1 from sync_alerts where next_try_at > now() + interval '30 seconds' and attempts = 1";
    assert_eq!(stage.db.query_text(ahead).await, [["1"]], "for a minute it belongs to the one that died");
    let next = daemon(&stage, &receiver).start();
    runs(&stage, "partial", 2).await;
    assert_eq!(receiver.told(), []);
    stage.db.execute("update sync_alerts set next_try_at = now()").await;
    let message = receiver.message(1).await;
    assert_eq!(message["dedupe_id"], heard["dedupe_id"], "whoever heard it twice can tell");
    stop(next).await;
    assert_eq!(receiver.told(), [pair("permission", "firing")]);
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_neither_a_run_nor_a_stop() {
    let (stage, receiver) = stage().await;
    receiver.answer(0);
    fail(&stage.sim, Fault::Forbidden, Some("77"));
    let daemon = daemon(&stage, &receiver).env("ADSYNC_HEARTBEAT_URL", receiver.url()).start();
    receiver.call(1).await;
    let before = receiver.calls().len();
    runs(&stage, "partial", 3).await;
    assert_eq!(receiver.calls().len(), before, "it is left alone while it is asked");
    let asked_to_stop = std::time::Instant::now();
    let log = stop(daemon).await;
    assert!(asked_to_stop.elapsed().as_secs() < 20, "{log}");
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_daemon_tries_again_by_itself_and_pings_after_every_success() {
    let (stage, receiver) = stage().await;
    let heart = Receiver::start().await;
    receiver.answer(500);
    let mut running = daemon(&stage, &receiver).env("ADSYNC_HEARTBEAT_URL", heart.url()).start();
    heart.call(2).await;
    fail(&stage.sim, Fault::Forbidden, Some("77"));
    running.line_with("an alert did not arrive and is tried again").await;
    receiver.answer(200);
    running.line_with("an alert was told").await;
    running.line_with("the receiver of alerts takes them again").await;
    let pings = heart.calls().len();
    runs(&stage, "partial", 2).await;
    assert_eq!(heart.calls().len(), pings, "what is read in part is no success");
    assert!(heart.calls().iter().all(|call| call.method == "GET"));
    stop(running).await;
    assert_eq!(receiver.told(), [pair("permission", "firing")]);
}

#[tokio::test]
async fn a_daemon_looks_by_itself_for_what_no_run_tells() {
    let (stage, receiver) = stage().await;
    super::ended(stage.adsync(&["migrate"], EVERY_SECOND), 0).await;
    let pause = "insert into sync_schedules (instance, schedule, last_beat_at, paused_at) values ('adsync', 'recent', now(), now())";
    stage.db.execute(pause).await;
    let running = daemon(&stage, &receiver).start();
    let message = receiver.message(1).await;
    assert_eq!(message["dedupe_id"], "paused:recent@adsync");
    stop(running).await;
    assert_eq!(receiver.told(), [pair("paused", "firing")]);
}
