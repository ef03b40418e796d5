//! Faults that a server makes by itself, in the middle of a sync: locks that others hold, statements that are cancelled,
//! rights that are taken away, connections that run out, disks that fill up. Each is waited out, or told by its class
//! with what to do about it, and once it is over the next sync reads the rest and no more.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;

use graph_sim::SettingsChange;
use sqlx::{Connection, Executor, PgConnection};

use crate::database_faults::days_asked;
use crate::support::binary::{Binary, Finished, Running};
use crate::support::role::Role;
use crate::support::scene::{Scene, spec};
use crate::support::stoppable::Stoppable;
use crate::support::until;

/// Slices side by side.
const ABREAST: u64 = 2;
/// Days that a sync reads, and how many of them are complete when something happens.
const DAYS: u32 = 41;
const SOME: u32 = 10;

/// A sync of many small slices that something happens to on its way.
struct UnderWay {
    scene: Scene,
    /// Where it reaches the database.
    url: String,
    role: Option<Role>,
}

impl UnderWay {
    /// As the server's superuser.
    async fn new() -> Self {
        let scene = Scene::of(spec().days(60).build()).await;
        scene.adsync(&["migrate"]).run().await;
        Self { url: scene.db.url().to_owned(), scene, role: None }
    }

    /// As a role that may just do what a sync needs.
    async fn as_role() -> Self {
        let Self { scene, .. } = Self::new().await;
        let role = Role::create(&scene.db).await;
        let name = role.name();
        let rights = format!(
            "grant select, insert, update, delete on all tables in schema public to {name}; alter role {name} bypassrls"
        );
        scene.db.execute(&rights).await;
        Self { url: role.url(&scene.db), scene, role: Some(role) }
    }

    fn sync(&self) -> Binary {
        self.scene.sim.set(SettingsChange { latency_ms: Some(10), ..SettingsChange::default() });
        let since = self.scene.days_ago(u64::from(DAYS) - 1).to_string();
        let binary = self.scene.adsync(&["sync", "--since", &since]).env("DATABASE_URL", &self.url);
        binary.env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", ABREAST.to_string())
    }

    /// Days that are complete.
    async fn done(&self) -> u32 {
        let complete = "select count(*) from sync_coverage where complete and report = 'adset'";
        self.scene.value(complete).await.parse().unwrap()
    }

    /// Starts a sync and waits until some days are complete.
    async fn start(&self) -> Running {
        let running = self.sync().start();
        until("some days", async || self.done().await >= SOME || running.has_ended()).await;
        running
    }

    /// Waits until a statement of the sync waits for somebody's lock.
    async fn until_it_waits(&self) {
        let waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        until("the sync's wait", async || !self.scene.db.query_text(waits).await.is_empty()).await;
    }

    /// Waits until nothing is asked of Meta, and fails where more is asked while others look on.
    async fn assert_meta_is_left_alone(&self) {
        until("quiet", async || self.scene.sim.counts().in_flight == 0).await;
        let asked = self.scene.sim.counts().total;
        for _ in 0..30 {
            self.scene.value("select 1").await;
        }
        let more = self.scene.sim.counts().total - asked;
        assert!(more <= 2 * ABREAST, "{more} calls for rows that could not be kept");
    }

    /// Fails where the last run's record does not tell its end by a class, with advice.
    async fn assert_told(&self, finished: &Finished, class: &str) {
        assert_eq!(finished.code(), 3, "{finished:?}");
        let record = self.scene.last_run("status, error_class, advice is not null").await;
        assert_eq!(record, ["partial", class, "t"], "{finished:?}");
        let step = "select distinct error_class from sync_run_steps where status = 'failed'";
        assert_eq!(self.scene.db.query_text(step).await, [[class]]);
        let advice = self.scene.last_run("advice").await.remove(0);
        assert!(finished.stderr.contains(&advice), "{finished:?}");
        self.scene.nothing_is_left_running().await;
    }

    /// Lets the next sync go on, and fails where it reads other days than those that were not complete.
    async fn assert_the_rest_is_read(&self) {
        let done = self.done().await;
        assert!((SOME..DAYS).contains(&done), "{done} days were complete");
        self.scene.sim.record().clear();
        let finished = self.sync().run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(days_asked(&self.scene), DAYS - done);
        assert_eq!(self.done().await, DAYS);
        self.scene.nothing_is_left_running().await;
    }

    /// A session that locks a table against writers.
    async fn locker(&self) -> PgConnection {
        let mut other = PgConnection::connect(self.scene.db.direct_url()).await.unwrap();
        other.execute("begin; lock table adset_insights in share mode").await.unwrap();
        other
    }
}

#[tokio::test]
async fn a_lock_that_another_session_holds_is_waited_for_and_meta_is_left_alone() {
    let sync = UnderWay::new().await;
    let running = sync.start().await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    sync.assert_meta_is_left_alone().await;
    other.execute("rollback").await.unwrap();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(sync.done().await, DAYS);
}

#[tokio::test]
#[ignore = "takes two minutes: `cargo test --test it -- --ignored longer_than`"]
async fn a_lock_that_is_held_for_longer_than_anyone_waits_ends_the_step_and_is_told() {
    let sync = UnderWay::new().await;
    let running = sync.start().await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    sync.assert_meta_is_left_alone().await;
    let began = std::time::Instant::now();
    while !running.has_ended() {
        assert!(began.elapsed().as_secs() < 300);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let finished = running.finish().await;
    eprintln!("it gave up after {:?}", began.elapsed());
    assert!(finished.stderr.contains("canceling statement due to lock timeout"), "{finished:?}");
    sync.assert_told(&finished, "database_conflict").await;
    other.execute("rollback").await.unwrap();
    sync.assert_the_rest_is_read().await;
}

#[tokio::test]
async fn a_statement_that_is_cancelled_is_said_once_more_and_then_told() {
    let cancel = "select pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    for times in [1, 8] {
        let sync = UnderWay::new().await;
        let running = sync.start().await;
        let mut other = sync.locker().await;
        for _ in 0..times {
            until("a wait, or its end", async || {
                !sync.scene.db.query_text(cancel).await.is_empty() || running.has_ended()
            })
            .await;
        }
        if times == 1 {
            other.execute("rollback").await.unwrap();
            let finished = running.finish().await;
            assert_eq!(finished.code(), 0, "{finished:?}");
            assert!(finished.stderr.contains("the database is tried again"), "{finished:?}");
        } else {
            let finished = running.finish().await;
            sync.assert_told(&finished, "database_slow").await;
            other.execute("rollback").await.unwrap();
            sync.assert_the_rest_is_read().await;
        }
        other.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_roles_own_time_limits_do_not_end_our_statements() {
    let sync = UnderWay::as_role().await;
    let name = sync.role.as_ref().unwrap().name();
    let limits =
        ["statement_timeout = '80ms'", "lock_timeout = '40ms'", "idle_in_transaction_session_timeout = '80ms'"];
    for limit in limits {
        sync.scene.db.execute(&format!("alter role {name} set {limit}")).await;
    }
    let running = sync.start().await;
    let mut other = sync.locker().await;
    sync.until_it_waits().await;
    // Any of the role's limits would come before this.
    let later = std::time::Instant::now() + std::time::Duration::from_millis(300);
    until("some time", async || std::time::Instant::now() > later).await;
    other.execute("rollback").await.unwrap();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(!finished.stderr.contains("the database is tried again"), "{finished:?}");
}

#[tokio::test]
async fn a_database_whose_transactions_are_serializable_by_default_takes_a_sync_beside_another_writer() {
    for level in ["repeatable read", "serializable"] {
        let sync = UnderWay::new().await;
        let name = sync.scene.value("select current_database()").await;
        sync.scene.db.execute(&format!("alter database {name} set default_transaction_isolation = '{level}'")).await;
        assert_eq!(sync.sync().run().await.code(), 0);
        sync.scene.db.execute("update adset_insights set spend = spend + 1").await;
        // The sync's snapshot is older than what it then wants to change.
        let mut other = PgConnection::connect(sync.scene.db.direct_url()).await.unwrap();
        other.execute("begin; update adset_insights set clicks = clicks + 1").await.unwrap();
        let running = sync.sync().start();
        sync.until_it_waits().await;
        other.execute("commit").await.unwrap();
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert!(!finished.stderr.contains("the database is tried again"), "{finished:?}");
        let wrong = "select count(*) from sync_coverage where status = 'drift'";
        assert_eq!(sync.scene.value(wrong).await, "0");
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_under_way_ends_the_step_and_is_told() {
    let sync = UnderWay::as_role().await;
    let name = sync.role.as_ref().unwrap().name();
    let running = sync.start().await;
    sync.scene.db.execute(&format!("revoke insert, update on adset_insights from {name}")).await;
    let finished = running.finish().await;
    sync.assert_told(&finished, "database_privilege").await;
    sync.scene.db.execute(&format!("grant insert, update on adset_insights to {name}")).await;
    sync.assert_the_rest_is_read().await;
}

#[tokio::test]
async fn a_role_that_loses_all_its_rights_cannot_even_record_it_and_the_next_sync_knows() {
    let sync = UnderWay::as_role().await;
    let name = sync.role.as_ref().unwrap().name();
    let running = sync.start().await;
    sync.scene.db.execute(&format!("revoke all on all tables in schema public from {name}")).await;
    let asked = sync.scene.sim.counts().total;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert!(finished.stderr.contains("Give the role of DATABASE_URL the missing right"), "{finished:?}");
    let calls = sync.scene.sim.counts().total - asked;
    // What nobody may write any more shows with the next batch, which holds a thousand rows of 25 a page.
    assert!(calls <= ABREAST * 1_000 / 25 + 2, "{calls} calls for rows that could not be kept: {finished:?}");
    let rights = format!("grant select, insert, update, delete on all tables in schema public to {name}");
    sync.scene.db.execute(&rights).await;
    sync.assert_the_rest_is_read().await;
    let statuses = "select status from sync_runs order by started_at";
    assert_eq!(sync.scene.db.query_text(statuses).await, [["abandoned"], ["succeeded"]]);
}

#[tokio::test]
async fn a_server_without_a_connection_left_is_waited_for() {
    let mut server = Stoppable::start().await;
    let scene = Scene::on(server.url(), spec().days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let set_up = "alter system set max_connections = 9; alter system set superuser_reserved_connections = 5;
        create role worker login bypassrls password 'role-password-of-a-test';
        grant select, insert, update, delete on all tables in schema public to worker";
    for statement in set_up.split(';') {
        scene.db.execute(statement).await;
    }
    server.start_again().await;
    server.open();
    let mut url = url::Url::parse(scene.db.direct_url()).unwrap();
    url.set_username("worker").unwrap();
    url.set_password(Some("role-password-of-a-test")).unwrap();
    let sync = UnderWay { scene, url: url.into(), role: None };

    let mut running = sync.start().await;
    let own = "from pg_stat_activity where usename = 'worker' and application_name = 'adsync'";
    let mut others = Vec::new();
    // Whoever comes first has the place: those of the sync are taken until it has none, and nobody else gets one either.
    until("the last connection", async || {
        sync.scene.db.query_text(&format!("select pg_terminate_backend(pid) {own}")).await;
        match PgConnection::connect(&sync.url).await {
            Ok(other) => {
                others.push(other);
                false
            }
            Err(error) => {
                assert!(error.to_string().contains("remaining connection slots"), "{error}");
                sync.scene.value(&format!("select count(*) {own}")).await == "0"
            }
        }
    })
    .await;
    running.line_with("the database is away: meta is not asked until it is back").await;
    sync.assert_meta_is_left_alone().await;
    drop(others);
    running.line_with("the database is back").await;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(sync.done().await, DAYS);
    drop(sync);
    server.stopped().await;
}

/// A small file system of a test's own. Dropped, it is gone.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, megabytes: u32) -> Self {
        std::fs::create_dir(&at).unwrap();
        let size = format!("size={megabytes}m,mode=755");
        let mount = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).status();
        assert!(mount.unwrap().success(), "this test mounts a file system, as root");
        Self(at)
    }

    /// Fills it to the last block.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        while filler.write_all(&[0; 4_096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[tokio::test]
#[ignore = "mounts a file system, as root: `cargo test --test it -- --ignored disk`"]
async fn a_disk_that_fills_up_ends_the_run_with_advice_and_the_next_reads_the_rest() {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let disk = SmallDisk::mount(home.path().join("small"), 24);
    let mut server = Stoppable::start().await;
    let scene = Scene::on(server.url(), spec().days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let at = disk.0.join("tablespace");
    std::fs::create_dir(&at).unwrap();
    chown(&at, Some(std::fs::metadata(server.data()).unwrap().uid()), None).unwrap();
    for statement in [
        format!("create tablespace small location '{}'", at.display()),
        "alter table adset_insights set tablespace small".to_owned(),
        "alter index adset_insights_pkey set tablespace small".to_owned(),
    ] {
        scene.db.execute(&statement).await;
    }
    let sync = UnderWay { url: scene.db.direct_url().to_owned(), scene, role: None };
    let mut running = sync.start().await;
    disk.fill();
    // Until then there was room in the table itself.
    running.line_with("No space left on device").await;
    let asked = sync.scene.sim.counts().total;
    let finished = running.finish().await;
    let more = sync.scene.sim.counts().total - asked;
    assert!(more <= 2 * ABREAST, "{more} calls for rows that could not be kept");
    sync.assert_told(&finished, "database_read_only").await;
    disk.make_room();
    sync.assert_the_rest_is_read().await;
    drop(sync);
    server.stopped().await;
}

#[tokio::test]
#[ignore = "mounts a file system, as root: `cargo test --test it -- --ignored disk`"]
async fn a_server_that_dies_of_a_full_disk_is_waited_for_until_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let disk = SmallDisk::mount(home.path().join("small"), 160);
    let mut server = Stoppable::start_in(disk.0.join("kept")).await;
    let scene = Scene::on(server.url(), spec().days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let sync = UnderWay { url: scene.db.direct_url().to_owned(), scene, role: None };
    let mut running = sync.start().await;
    disk.fill();
    // Its log needs a new file now, and has no room for one.
    sync.scene.db.pool().execute("select pg_switch_wal()").await.ok();
    running.line_with("the database is away: meta is not asked until it is back").await;
    server.stopped().await;
    until("quiet", async || sync.scene.sim.counts().in_flight == 0).await;
    let asked = sync.scene.sim.counts().total;
    disk.make_room();
    server.start_again().await;
    assert!(sync.scene.sim.counts().total - asked <= 2 * ABREAST, "calls for rows that could not be kept");
    server.open();
    running.line_with("the database is back").await;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(sync.done().await, DAYS);
    drop(sync);
    server.stopped().await;
}
