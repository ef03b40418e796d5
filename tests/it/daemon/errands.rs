//! Runs that are asked for by hand: the runner opens their record at once, and a death loses none.

use std::sync::Arc;

use adsync::alert::Away;
use adsync::config::{Environment, Needs, Settings, load};
use adsync::daemon::{Census, Deaths, Errand, Heartbeat, Notifier, Orders, Pulse, Refusal, Runner};
use adsync::metrics::Metrics;
use adsync::schedule::Ticker;
use adsync::store::{Class, Db, Error};
use chrono::Utc;
use graph_sim::Fault;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::scene::{ACT, DIGITS, Scene};
use crate::support::until;

/// A runner at work, and how it is asked.
struct Desk {
    errands: mpsc::Sender<Errand>,
    stop: CancellationToken,
    runner: JoinHandle<()>,
    db: Db,
}

/// What a daemon of the scene is configured with.
pub(super) fn settings(scene: &Scene) -> Settings {
    let variables = [
        ("META_ACCESS_TOKEN", scene.sim.token()),
        ("DATABASE_URL", scene.db.url().to_owned()),
        ("ADSYNC__META__BASE_URL", scene.sim.url()),
        ("ADSYNC__META__ACCOUNTS", ACT.to_owned()),
    ];
    let environment: Environment = variables.into_iter().collect();
    load(tempfile::tempdir().unwrap().path(), &environment, Needs::EVERYTHING).unwrap().settings
}

impl Desk {
    async fn open(scene: &Scene) -> Self {
        let settings = settings(scene);
        let engine = Arc::new(adsync::app::engine(&settings).await.unwrap());
        let db = engine.db.clone();
        let heartbeat = Heartbeat::start(db.clone(), engine.worker.clone());
        let away = Arc::new(Away::new(&settings.alerts, "adsync").unwrap());
        let (alerts, stale_after) = (settings.alerts.clone(), settings.alerts.stale_after);
        let orders = Orders { engine, settings: settings.daemon, stale_after, schedules: settings.schedules.into() };
        let census = Census { accounts: vec![(ACT.parse().unwrap(), Some(chrono_tz::UTC))], found_by_all: false };
        let (ticker, beats) = Ticker::start().unwrap();
        let (errands, received) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let runner = tokio::spawn(async move {
            // Whoever holds these could change them.
            let (_orders, orders) = watch::channel(Arc::new(orders));
            let (_census, census) = watch::channel(census);
            let (pulse, deaths) = (Pulse::starting(Utc::now()), Deaths::default());
            let (_notifier, inbox) = Notifier::new(orders.clone(), &alerts, census.clone(), away).unwrap();
            let runner = Runner { orders, census, heartbeat, pulse, deaths, metrics: Metrics::new(), inbox };
            runner.run(beats, received, stopping).await;
            ticker.stop().await;
        });
        Self { errands, stop, runner, db }
    }

    async fn asked(&self, errand: impl FnOnce(adsync::daemon::errand::Reply) -> Errand) -> Result<Uuid, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.errands.send(errand(reply)).await.unwrap();
        answer.await.unwrap()
    }

    async fn run_now(&self, schedule: &str) -> Result<Uuid, Refusal> {
        let schedule = schedule.to_owned();
        self.asked(|reply| Errand::RunNow { schedule, reply }).await
    }

    async fn close(self) {
        self.stop.cancel();
        self.runner.await.unwrap();
    }
}

/// Waits until the question of a comparison hangs: before it is asked, a step is under way that would go on by itself.
async fn comparison_hangs(scene: &Scene) {
    until("the comparison", async || !scene.sim.calls_with("level=account").is_empty()).await;
}

#[tokio::test]
async fn a_schedule_that_is_run_by_hand_runs_once_at_a_time_and_also_while_it_is_paused() {
    let scene = Scene::small().await;
    scene.adsync(&["migrate"]).run().await;
    let pause = "insert into sync_schedules (instance, schedule, paused_at, paused_by) values ('adsync', 'recent', now(), 'ana')";
    scene.db.execute(pause).await;
    scene.sim.faults().times(Fault::Hang, "level=adset", 1);
    let desk = Desk::open(&scene).await;
    let run = desk.run_now("recent").await.unwrap();
    assert_eq!(desk.run_now("recent").await, Err(Refusal::UnderWay(run)));
    assert_eq!(desk.run_now("recnt").await, Err(Refusal::Unknown("recnt".to_owned())));
    let row = "select trigger, schedule, due_at, status, accounts::text, request::text from sync_runs";
    let expected = ["manual", "recent", "NULL", "running", &format!("{{{DIGITS}}}"), "{}"];
    assert_eq!(scene.db.query_text(row).await, [expected]);
    scene.db.rows_of("select 1 from sync_run_steps where step = 'insights:adset' and status = 'running'").await;
    scene.db.execute("update sync_leases set stop_by = 'ana' where account_id = ''").await;
    scene.db.rows_of("select 1 from sync_runs where status_reason = 'stopped by ana'").await;
    let again = desk.run_now("recent").await.unwrap();
    scene.db.rows_of(&format!("select 1 from sync_runs where id = '{again}' and status = 'succeeded'")).await;
    desk.close().await;
}

#[tokio::test]
async fn nothing_is_run_by_hand_while_the_database_takes_no_rows() {
    let scene = Scene::small().await;
    scene.adsync(&["migrate"]).run().await;
    let desk = Desk::open(&scene).await;
    let full = Error::plain(Class::ReadOnly, "the disk is full");
    desk.db.hold(&full);
    assert_eq!(desk.run_now("recent").await, Err(Refusal::Store(full.clone())));
    let since = Utc::now().date_naive();
    let history = |reply| Errand::Backfill { since, until: None, accounts: None, refresh: false, reply };
    assert_eq!(desk.asked(history).await, Err(Refusal::Store(full)));
    desk.db.rehearse(&[]).await.unwrap();
    let run = desk.run_now("recent").await.unwrap();
    scene.db.rows_of(&format!("select 1 from sync_runs where id = '{run}' and status = 'succeeded'")).await;
    assert_eq!(scene.value("select count(*) from sync_runs").await, "1");
    desk.close().await;
}

#[tokio::test]
async fn a_backfill_that_a_stop_cut_off_is_taken_up_by_the_next_process_and_reads_no_day_twice() {
    let scene = Scene::small().await;
    // The days are read, and the comparison hangs.
    scene.sim.faults().times(Fault::Hang, "level=account", 1);
    let desk = Desk::open(&scene).await;
    let (since, until) = (scene.days_ago(5), Some(scene.days_ago(2)));
    let run =
        desk.asked(|reply| Errand::Backfill { since, until, accounts: None, refresh: false, reply }).await.unwrap();
    comparison_hangs(&scene).await;
    desk.close().await;
    let request = format!(
        "select request = '{{\"since\": \"{since}\", \"until\": \"{}\", \"refresh\": false}}', status from sync_runs where id = '{run}'",
        until.unwrap()
    );
    assert_eq!(scene.db.query_text(&request).await, [["t", "cancelled"]]);

    scene.sim.record().clear();
    let desk = Desk::open(&scene).await;
    scene.db.rows_of("select 1 from sync_runs where trigger = 'backfill' and status = 'succeeded'").await;
    desk.close().await;
    assert!(scene.sim.calls_with("level=adset").is_empty());
    let rows = "select count(*), count(distinct request - 'first_run' - 'resumes'), count(distinct accounts) from sync_runs where trigger = 'backfill'";
    assert_eq!(scene.db.query_text(rows).await, [["2", "1", "1"]]);
    // What came to its end is not taken up.
    let desk = Desk::open(&scene).await;
    scene.db.rows_of("select 1 from sync_schedules where schedule = '(backfills)'").await;
    desk.close().await;
    assert_eq!(scene.value("select count(*) from sync_runs where trigger = 'backfill'").await, "2");
}

#[tokio::test]
async fn a_backfill_that_reads_days_again_goes_on_where_it_was_cut_off_and_a_new_one_does_not() {
    let scene = Scene::small().await;
    let (since, until) = (scene.days_ago(5), Some(scene.days_ago(2)));
    let refresh = async |desk: &Desk| {
        desk.asked(|reply| Errand::Backfill { since, until, accounts: None, refresh: true, reply }).await.unwrap()
    };
    // The days are read, and the comparison hangs: twice, so that what took it up is taken up as well.
    scene.sim.faults().times(Fault::Hang, "level=account", 2);
    let desk = Desk::open(&scene).await;
    refresh(&desk).await;
    comparison_hangs(&scene).await;
    desk.close().await;
    scene.sim.record().clear();
    let desk = Desk::open(&scene).await;
    comparison_hangs(&scene).await;
    desk.close().await;
    let desk = Desk::open(&scene).await;
    scene.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    desk.close().await;
    assert!(scene.sim.calls_with("level=adset").is_empty(), "{:?}", scene.sim.calls_with("level=adset"));
    let runs = "select count(*), count(*) filter (where status = 'succeeded') from sync_runs";
    assert_eq!(scene.db.query_text(runs).await, [["3", "1"]]);
    let desk = Desk::open(&scene).await;
    let again = refresh(&desk).await;
    scene.db.rows_of(&format!("select 1 from sync_runs where id = '{again}' and status = 'succeeded'")).await;
    desk.close().await;
    assert!(!scene.sim.calls_with("level=adset").is_empty());
}

#[tokio::test]
async fn a_backfill_is_taken_up_without_the_accounts_that_are_not_configured_any_more() {
    let scene = Scene::small().await;
    scene.adsync(&["migrate"]).run().await;
    let since = scene.days_ago(5);
    let cut_off = |id: u8, accounts: &str| {
        format!(
            "insert into sync_runs (id, instance, trigger, started_at, finished_at, status, status_reason, accounts, request)
             values ('01890000-0000-7000-8000-00000000000{id}', 'adsync', 'backfill', now(), now(), 'cancelled',
               'its process was told to stop', '{accounts}', '{{\"since\": \"{since}\", \"until\": null, \"refresh\": false}}')"
        )
    };
    scene.db.execute(&cut_off(1, &format!("{{{DIGITS},77}}"))).await;
    scene.db.execute(&cut_off(2, "{78}")).await;
    for _ in 0..2 {
        let desk = Desk::open(&scene).await;
        scene.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
        desk.close().await;
    }
    let taken_up = "select accounts::text, warnings -> 0 ->> 'code', warnings -> 0 ->> 'account_id' from sync_runs
                    where status <> 'cancelled'";
    assert_eq!(scene.db.query_text(taken_up).await, [[&format!("{{{DIGITS}}}"), "account_left_out", "77"]]);
}
