//! What the database does to a sync that is under way: connections that break, servers that stop, statements that are
//! refused. Each is waited for or told with its cure, and while rows cannot be kept Meta is not asked.

use std::time::Duration;

use graph_sim::{ACCOUNT_ID, AccountSpec, Fault, Rule, SettingsChange, When};
use rustix::process::Signal;
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::binary::{Binary, Running};
use crate::support::database::SESSIONS;
use crate::support::role::Role;
use crate::support::scene::{ACT, DIGITS, Scene, spec};
use crate::support::server::{DataDir, Server, find_programs};
use crate::support::until;
use crate::support::way::{Way, server_of};

/// Many small questions, three at a time.
fn slowly(scene: &Scene) -> Binary {
    scene.sim.set(SettingsChange { latency_ms: Some(15), ..SettingsChange::default() });
    scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "3")
}

/// Waits for so many calls, or for the end.
async fn calls(scene: &Scene, running: &Running, count: u64) {
    until("enough calls", async || scene.sim.counts().total >= count || running.has_ended()).await;
}

#[tokio::test]
async fn a_sync_outlives_the_death_of_its_connections() {
    let scene = Scene::small().await;
    let running = slowly(&scene).start();
    let kill = format!("select pg_terminate_backend(pid) from pg_stat_activity where {SESSIONS}");
    for count in [3, 6, 9, 12, 15, 18] {
        calls(&scene, &running, count).await;
        scene.db.query_text(&kill).await;
    }
    let finished = running.finish().await;
    assert!([0, 3].contains(&finished.code()), "{finished:?}");
    scene.sync().await;
    scene.assert_true().await;
}

#[tokio::test]
async fn no_transaction_is_open_while_meta_is_asked() {
    let scene = Scene::small().await;
    for (path, skip) in
        [("/campaigns", 0), ("/adsets", 1), ("level=adset", 0), ("level=adset", 7), ("level=account", 0)]
    {
        let when = When { path: Some(path.to_owned()), skip, times: Some(1), ..When::default() };
        scene.sim.faults().clear();
        scene.sim.faults().add(Rule { fault: Fault::Hang, when });
        let running = slowly(&scene).start();
        until("a call that is never answered", async || scene.sim.faults().fired() > 0 || running.has_ended()).await;
        let open = format!("select 1 from pg_stat_activity where {SESSIONS} and xact_start is not null");
        let closed = until("no open transaction", async || scene.db.query_text(&open).await.is_empty());
        // Well before the call is given up.
        tokio::time::timeout(Duration::from_secs(20), closed).await.expect("a transaction is open");
        assert!(!running.has_ended(), "{path} {skip}: {:?}", running.finish().await);
        running.signal(Signal::TERM);
        running.finish().await;
    }
}

#[tokio::test]
async fn a_server_that_stops_and_starts_is_waited_for_and_meta_is_not_asked_meanwhile() {
    let home =
        tempfile::Builder::new().permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let (programs, data) = (find_programs(|_| {}).await.unwrap(), DataDir::Kept(home.path().join("kept")));
    let mut server = Server::start(&programs, &data).await.unwrap();
    let scene = Scene::small().await;
    let way = Way::open(0, server_of(server.url().expose_secret())).await;
    let url = way.url(server.url().expose_secret());
    let mut running = slowly(&scene).env("DATABASE_URL", &url).start();
    for count in [5, 14] {
        calls(&scene, &running, count).await;
        server.stop().await;
        running.line_with("the database is away: meta is not asked until it is back").await;
        let asked = scene.sim.counts().total;
        let started = Server::start(&programs, &data).await.unwrap();
        // Each of the three may have had a page on its way and one more to fill its batch.
        let more = scene.sim.counts().total - asked;
        assert!(more <= 6, "{more} calls for rows that could not be kept");
        way.lead_to(server_of(started.url().expose_secret()));
        server = started;
        running.line_with("the database is back").await;
    }
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let mut connection = PgConnection::connect(server.url().expose_secret()).await.unwrap();
    let rows = connection.fetch_one("select count(*) from adset_insights").await.unwrap();
    let rows: i64 = sqlx::Row::get(&rows, 0);
    assert_eq!(usize::try_from(rows).unwrap(), scene.true_insights().len());
    connection.close().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_database_that_turns_read_only_ends_the_run_with_advice_and_the_next_reads_the_rest() {
    let scene = Scene::of(spec().days(60).build()).await;
    let since = scene.days_ago(40).to_string();
    let sync = || {
        scene.sim.set(SettingsChange { latency_ms: Some(15), ..SettingsChange::default() });
        let binary = scene.adsync(&["sync", "--since", &since]).env("ADSYNC__META__PAGE_SIZE", "25");
        binary.env("ADSYNC__META__MAX_CONCURRENCY", "2")
    };
    scene.adsync(&["migrate"]).run().await;
    let running = sync().start();
    let complete = "select count(*) from sync_coverage where complete and report = 'adset'";
    until("some days", async || scene.value(complete).await.parse::<u32>().unwrap() >= 12).await;
    let name = scene.value("select current_database()").await;
    let read_only = |is_on: &str| {
        format!("begin read write; alter database {name} set default_transaction_read_only = {is_on}; commit")
    };
    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where {SESSIONS}");
    scene.db.execute(&read_only("on")).await;
    scene.db.query_text(&end).await;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert!(finished.stderr.contains("The database is full or read-only"), "{finished:?}");
    let done: u32 = scene.value(complete).await.parse().unwrap();
    assert!((12..40).contains(&done), "{done}");

    // Nothing is asked of Meta by a run that could keep nothing.
    scene.sim.record().clear();
    let refused = sync().run().await;
    assert_eq!(refused.code(), 1, "{refused:?}");
    assert!(refused.stderr.contains("read-only") && refused.stderr.contains("free space"), "{refused:?}");
    assert_eq!(scene.sim.counts().total, 0);

    scene.db.execute(&read_only("off")).await;
    if scene.db.url() != scene.db.direct_url() {
        // A pooler keeps the sessions that began while the database was read-only.
        scene.db.query_text(&end).await;
    }
    let finished = sync().run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let days = days_asked(&scene);
    assert_eq!(days, 41 - done, "only the days that were not complete are read");
    assert_eq!(scene.value("select count(*) from sync_runs where status = 'running'").await, "0");
}

/// How many days were asked for of the ad sets' insights.
pub(crate) fn days_asked(scene: &Scene) -> u32 {
    let mut days = std::collections::BTreeSet::new();
    for call in scene.sim.calls_with("level=adset") {
        let Some(range) = call.param("time_range") else { continue };
        let range: serde_json::Value = serde_json::from_str(range).unwrap();
        let day = |name: &str| range[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
        days.extend(day("since").iter_days().take_while(|at| *at <= day("until")));
    }
    u32::try_from(days.len()).unwrap()
}

#[tokio::test]
async fn a_daemon_in_front_of_a_read_only_database_asks_meta_nothing_and_goes_on_by_itself() {
    let stage = crate::daemon::stage::Stage::new().await;
    let config = crate::daemon::stage::EVERY_SECOND;
    let mut daemon = stage.daemon(config);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let name = stage.db.query_text("select current_database()").await.remove(0).remove(0);
    let switch = async |is_on: &str| {
        // The test's own sessions may be new, too.
        let set = format!("alter database {name} set default_transaction_read_only = {is_on}");
        stage.db.execute(&format!("begin read write; {set}; commit")).await;
        stage.db.query_text("select clock_timestamp()").await.remove(0).remove(0)
    };
    // Sessions keep what they began with, and one that began in this moment is seen a moment later.
    let is_told = async |since: &str, status: u16, text: &str| {
        let end = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where {SESSIONS} and backend_start < '{since}'"
        );
        stage.db.query_text(&end).await;
        matches!(stage.get("/readyz").await, Ok((given, body)) if given == status && body.contains(text))
    };
    let since = switch("on").await;
    until("a read-only database", async || is_told(&since, 503, "read-only").await).await;
    daemon.line_with("the schedule's ticks cannot be recorded and wait").await;
    // A run that was under way ends at its next write.
    until("quiet", async || stage.sim.counts().in_flight == 0).await;
    let asked = stage.sim.counts().total;
    let beats = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    until("some beats", async || chrono::Utc::now() > beats).await;
    assert_eq!(stage.sim.counts().total, asked, "calls for rows that could not be kept");
    // The daemon makes new sessions by itself; a pooler keeps those from before.
    let since = switch("off").await;
    if stage.db.url() != stage.db.direct_url() {
        until("a database that takes rows", async || is_told(&since, 200, "ready").await).await;
    }
    daemon.line_with("the schedule's ticks are recorded again").await;
    stage
        .db
        .rows_of("select 1 from sync_runs where status = 'succeeded' and started_at > now() - interval '2 s'")
        .await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage.every_tick_has_its_row_once().await;
}

/// Lets the next writes of insights fail with a state, as often as is said.
async fn refuse(scene: &Scene, sqlstate: &str, times: u32) {
    scene
        .db
        .execute(&format!(
            "drop sequence if exists refusals cascade; create sequence refusals;
             create or replace function refuse() returns trigger language plpgsql as $$ begin
               if nextval('public.refusals') <= {times} then
                 raise exception 'the test refuses this' using errcode = '{sqlstate}';
               end if; return null; end $$;
             create or replace trigger refuse before insert on adset_insights for each statement execute function refuse()"
        ))
        .await;
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again_and_the_rest_is_told_by_class() {
    let scene = Scene::small().await;
    scene.sync().await;
    // The state, how often, and what the run comes to.
    for (sqlstate, times, code, class) in [
        ("40001", 4, 0, ""),
        ("40P01", 4, 0, ""),
        ("55P03", 4, 0, ""),
        ("57014", 1, 0, ""),
        ("57P01", 4, 0, ""),
        ("08006", 4, 0, ""),
        ("53300", 4, 0, ""),
        ("25006", 1, 0, ""),
        ("40001", 1_000, 3, "database_conflict"),
        ("57014", 1_000, 3, "database_slow"),
        ("53100", 1_000, 3, "database_read_only"),
        ("25006", 1_000, 3, "database_read_only"),
        ("42501", 1_000, 3, "database_privilege"),
        ("22012", 1_000, 3, "database_statement"),
    ] {
        refuse(&scene, sqlstate, times).await;
        scene.db.execute("delete from adset_insights").await;
        let finished = scene.adsync(&["sync", "--refresh"]).env("ADSYNC__META__PAGE_SIZE", "5000").run().await;
        assert_eq!(finished.code(), code, "{sqlstate}: {finished:?}");
        if code == 0 {
            assert!(finished.stderr.contains("the database is tried again"), "{sqlstate}: {finished:?}");
            assert_eq!(scene.insights().await, scene.true_insights(), "{sqlstate}");
        } else {
            assert_eq!(scene.last_run("error_class, advice is not null").await, [class, "t"], "{sqlstate}");
        }
    }
}

#[tokio::test]
async fn a_real_deadlock_is_survived() {
    let scene = Scene::small().await;
    scene.adsync(&["migrate"]).run().await;
    let rows = scene.true_insights();
    let (first, last) = (&rows[0], &rows[rows.len() - 1]);
    let insert = |row: &[String]| {
        format!(
            "insert into adset_insights (account_id, adset_id, date) values ('{}', '{}', '{}')",
            crate::support::scene::DIGITS,
            row[0],
            row[1]
        )
    };
    let mut other = PgConnection::connect(scene.db.direct_url()).await.unwrap();
    // Whoever waited first looks for the deadlock first, and dies of it.
    other.execute("set deadlock_timeout = '10s'").await.unwrap();
    other.execute("begin").await.unwrap();
    other.execute(sqlx::AssertSqlSafe(insert(last))).await.unwrap();
    let running = scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "5000").start();
    let waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'";
    until("the sync's wait", async || !scene.db.query_text(waits).await.is_empty()).await;
    other.execute(sqlx::AssertSqlSafe(insert(first))).await.unwrap();
    other.execute("rollback").await.unwrap();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(finished.stderr.contains("deadlock detected"), "{finished:?}");
    assert_eq!(scene.insights().await, scene.true_insights());
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_not_write_one_table_fails_there_alone_and_is_told_why() {
    let scene = Scene::small().await;
    scene.adsync(&["migrate"]).run().await;
    let worker = Role::create(&scene.db).await;
    let name = worker.name();
    let rights = format!(
        "grant select, insert, update, delete on all tables in schema public to {name}; alter role {name} bypassrls;
         revoke insert on adset_insights from {name}"
    );
    scene.db.execute(&rights).await;
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", worker.url(&scene.db)).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.last_run("error_class").await, ["database_privilege"]);
    assert!(finished.stderr.contains("permission denied for table adset_insights. Give the role"), "{finished:?}");
    assert_eq!(scene.value("select count(*) from adsets").await, "36");
}

#[tokio::test]
async fn no_more_connections_are_opened_than_the_configuration_says() {
    let scene = Scene::small().await;
    // A pooler's connections are as many as the pooler likes, and it keeps them.
    let directly = |binary: Binary| binary.env("DATABASE_URL", scene.db.direct_url());
    directly(scene.adsync(&["migrate"])).run().await;
    for most in ["1", "3"] {
        let running = directly(slowly(&scene)).env("ADSYNC__DATABASE__MAX_CONNECTIONS", most).start();
        let count =
            "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'adsync'";
        let mut seen = 0;
        while !running.has_ended() {
            seen = seen.max(scene.value(count).await.parse().unwrap());
        }
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert!((1..=most.parse::<u32>().unwrap()).contains(&seen), "{seen}");
    }
}

#[tokio::test]
async fn an_account_whose_rows_find_no_room_stops_the_others_of_its_run() {
    const OTHER: &str = "2029384756102938";
    let accounts = vec![AccountSpec::new(ACCOUNT_ID, "Aurora"), AccountSpec::new(OTHER.parse().unwrap(), "Boreal")];
    let scene = Scene::of(spec().accounts(accounts).days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let refuse = format!(
        "create function refuse() returns trigger language plpgsql as $$ begin
           raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
         create trigger refuse after insert on adset_insights for each row when (new.account_id = '{DIGITS}')
           execute function refuse()"
    );
    scene.db.execute(&refuse).await;
    scene.sim.set(SettingsChange { latency_ms: Some(50), ..SettingsChange::default() });
    let since = scene.days_ago(40).to_string();
    let binary = scene.adsync(&["sync", "--since", &since]).env("ADSYNC__META__ACCOUNTS", format!("{ACT},act_{OTHER}"));
    let finished = binary.env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "2").run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    let days =
        format!("select count(*) from sync_coverage where complete and report = 'adset' and account_id = '{OTHER}'");
    let days: u32 = scene.value(&days).await.parse().unwrap();
    assert!(days < 41, "{days} days of the other account were read");
    let record = scene.last_run("status, error_class, status_reason").await;
    assert_eq!(
        record,
        ["partial", "database_read_only", "the database took no rows any more, so nothing more was read"]
    );
    scene.nothing_is_left_running().await;
}
