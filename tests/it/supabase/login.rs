//! A login of adsync's own, made by `config/supabase.sql`: it does all of adsync's work and nothing else.

use rustix::process::Signal;

use crate::support::binary::Binary;
use crate::support::free_port;
use crate::support::scene::Scene;
use crate::support::supabase::{acting_as, asking, login_url, owner_url};

const FILE: &str = include_str!("../../../config/supabase.sql");
const PASSWORD: &str = "login-password-of-a-test";
/// What the tables of the user's app may hold.
const APP: &str = "create table app_secrets (word text); insert into app_secrets values ('mine');
     create table adsets (id text primary key, name text, notes text); alter table adsets enable row level security;
     create policy of_the_app on adsets for select to authenticated using (false);
     insert into adsets values ('old', 'of the app', 'keep me')";

/// Only a superuser of such a server gives `bypassrls`; on later ones whoever has it and may create roles.
async fn is_older_than_16(scene: &Scene) -> bool {
    scene.value("select current_setting('server_version_num')::int < 160000").await == "t"
}

/// A project, and a login that the file made in it.
struct Stage {
    scene: Scene,
    login: String,
}

impl Stage {
    async fn new() -> Self {
        let scene = Scene::on_supabase().await;
        // Roles belong to the whole server, and tests run side by side.
        let login = format!("adsync_{}", uuid::Uuid::now_v7().simple());
        // What Supabase's own extension lets its owners do there.
        if is_older_than_16(&scene).await {
            scene.db.execute(&format!("create role {login} login bypassrls")).await;
        }
        let file = format!("{} alter role {login} password '{PASSWORD}'", FILE.replace("adsync", &login));
        for _ in 0..2 {
            asking(&owner_url(&scene.db), &file).await.unwrap();
        }
        scene.db.execute(&format!("set role project_owner; {APP}; reset role")).await;
        Self { scene, login }
    }

    /// adsync as the daemon is set up: with this login alone, and no change of the schema.
    fn adsync(&self, arguments: &[&str]) -> Binary {
        let url = login_url(&self.scene.db, &self.login, PASSWORD);
        let binary = self.scene.adsync(arguments).env("DATABASE_URL", url);
        binary.env("ADSYNC__DATABASE__MIGRATE", "check").env("ADSYNC__DATABASE__ADOPT", "adsets")
    }

    /// The same with the owner's login beside it.
    fn migrating(&self, arguments: &[&str]) -> Binary {
        self.adsync(arguments).env("ADSYNC_MIGRATE_DATABASE_URL", owner_url(&self.scene.db))
    }

    async fn sees(&self, sql: &str) -> Result<Vec<String>, String> {
        asking(&login_url(&self.scene.db, &self.login, PASSWORD), sql).await
    }
}

#[tokio::test]
async fn the_owner_migrates_and_the_login_does_all_the_work_and_nothing_else() {
    let stage = Stage::new().await;
    let early = stage.adsync(&["sync"]).run().await;
    assert!(early.code() == 1 && early.stderr.contains("adsync migrate"), "{early:?}");
    let migrated = stage.migrating(&["migrate"]).run().await;
    assert_eq!(migrated.code(), 0, "{migrated:?}");
    for _ in 0..2 {
        let synced = stage.adsync(&["sync"]).run().await;
        assert_eq!(synced.code(), 0, "{synced:?}");
        assert_eq!(stage.scene.insights().await, stage.scene.true_insights());
    }
    let changed = "rows_inserted, rows_updated, rows_deleted, rows_unchanged > 0";
    assert_eq!(stage.scene.last_run(changed).await, ["0", "0", "0", "t"], "it saw all that it had written");
    assert_eq!(stage.scene.value("select notes from adsets where id = 'old'").await, "keep me");
    let since = stage.scene.days_ago(40).to_string();
    let (adset, day) = (stage.scene.adset(0), stage.scene.days_ago(1).to_string());
    for arguments in [
        &["backfill", "--since", &since][..],
        &["reconcile", "--since", &since],
        &["check"],
        &["runs"],
        &["explain", "--adset", &adset, "--date", &day],
        &["sync", "--dry-run"],
    ] {
        let finished = stage.adsync(arguments).run().await;
        assert_eq!(finished.code(), 0, "{arguments:?}: {finished:?}");
    }

    let tables = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'app_secrets'";
    for table in stage.scene.db.query_text(tables).await.into_iter().flatten() {
        let count = format!("select count(*) from {table}");
        assert_eq!(stage.sees(&count).await.unwrap(), [stage.scene.value(&count).await], "{table}");
    }
    for (statement, refusal) in [
        ("select word from app_secrets", "permission denied for table app_secrets"),
        ("insert into app_secrets values ('x')", "permission denied"),
        ("delete from adsets", "permission denied for table adsets"),
        ("truncate adset_insights", "permission denied"),
        ("update adsync_migrations set checksum = ''", "permission denied"),
        ("delete from sync_reports", "permission denied"),
        ("create table mine (a int)", "permission denied for schema public"),
        ("create schema mine", "permission denied for database"),
        ("create function mine() returns int language sql as 'select 1'", "permission denied for schema public"),
        ("alter table adset_insights add column mine int", "must be owner"),
        ("alter table adset_insights disable row level security", "must be owner"),
        ("drop table sync_runs", "must be owner"),
        ("create index on adset_insights (spend)", "must be owner"),
        ("create policy mine on adsets using (true)", "must be owner"),
        ("create role mine", "permission denied to create role"),
        ("set role project_owner", "permission denied to set role"),
    ] {
        let refused = stage.sees(statement).await.unwrap_err();
        assert!(refused.contains(refusal), "{statement}: {refused}");
    }
    let sql = format!("select unnest(rolconfig) from pg_roles where rolname = '{}' order by 1", stage.login);
    let timeouts = stage.scene.db.query_text(&sql).await.concat();
    assert_eq!(timeouts, ["idle_in_transaction_session_timeout=60s", "lock_timeout=20s", "statement_timeout=120s"]);
}

#[tokio::test]
async fn an_owner_who_may_not_make_the_login_is_told_who_makes_it_and_who_made_it_undoes_it() {
    let scene = Scene::on_supabase().await;
    let login = format!("adsync_{}", uuid::Uuid::now_v7().simple());
    let file = FILE.replace("adsync", &login);
    let made = asking(&owner_url(&scene.db), &file).await;
    if is_older_than_16(&scene).await {
        let refused = made.unwrap_err();
        let cure = format!("create role {login} login bypassrls");
        assert!(refused.contains("superuser") && refused.contains(&cure), "{refused}");
        scene.db.execute(&cure).await;
        asking(&owner_url(&scene.db), &file).await.unwrap();
    } else {
        made.unwrap();
    }
    let undo = file.lines().find_map(|line| line.split_once("To undo: ")).unwrap().1;
    asking(&owner_url(&scene.db), undo).await.unwrap();
    let there = format!("select count(*) from pg_roles where rolname = '{login}'");
    assert_eq!(scene.value(&there).await, "0");
}

#[tokio::test]
async fn a_daemon_with_its_own_login_runs_and_says_what_to_do_when_a_report_comes_new() {
    let stage = Stage::new().await;
    let port = free_port();
    let toml = format!("[schedules.recent]\ncron = \"* * * * * *\"\n[web]\nlisten = \"127.0.0.1:{port}\"\n");
    // With the owner's login beside it, it may do by itself what is missing.
    let auto = |arguments: &[&str]| stage.migrating(arguments).env("ADSYNC__DATABASE__MIGRATE", "auto");
    let first = auto(&["sync"]).run().await;
    assert_eq!(first.code(), 0, "{first:?}");
    let daemon = stage.adsync(&["run"]).config("default.toml", &toml).start();
    stage.scene.db.rows_of("select 1 from sync_runs where schedule = 'recent' and status = 'succeeded'").await;
    daemon.signal(Signal::TERM);
    let stopped = daemon.finish().await;
    assert_eq!(stopped.code(), 0, "{stopped:?}");

    let newer = "[reports.creative]\nlevel = \"ad\"\n[metrics.contacts]\nsum = [\"contact_total\"]\n";
    let refused = stage.adsync(&["sync"]).config("default.toml", newer).run().await;
    assert!(refused.code() == 1 && refused.stderr.contains("adsync migrate"), "{refused:?}");
    let printed = stage.migrating(&["migrate", "--print-sql"]).config("default.toml", newer).run().await;
    let migrated = stage.migrating(&["migrate"]).config("default.toml", newer).run().await;
    let count = printed.stdout.matches(";\n").count();
    assert!(migrated.code() == 0 && count > 100, "{migrated:?}");
    let again = stage.migrating(&["migrate"]).config("default.toml", newer).run().await;
    assert!(again.stdout.contains("nothing to do"), "{again:?}");
    let synced = stage.adsync(&["sync"]).config("default.toml", newer).run().await;
    assert_eq!(synced.code(), 0, "{synced:?}");
    assert_ne!(stage.sees("select count(*) from creative_insights").await.unwrap(), ["0"]);
}

#[tokio::test]
async fn tables_that_the_owner_made_before_are_granted_and_what_is_printed_does_the_same() {
    let stage = Stage::new().await;
    let alone = |arguments: &[&str]| stage.adsync(arguments).env("DATABASE_URL", owner_url(&stage.scene.db));
    assert_eq!(alone(&["migrate"]).run().await.code(), 0, "the owner alone");
    let refused = stage.adsync(&["sync"]).run().await;
    assert!(refused.code() == 1 && refused.stderr.contains("ADSYNC_MIGRATE_DATABASE_URL"), "{refused:?}");
    let printed = stage.migrating(&["migrate", "--print-sql"]).run().await;
    assert_eq!(printed.code(), 0, "{printed:?}");
    stage.scene.db.execute(&format!("set role project_owner; {}; reset role", printed.stdout)).await;
    let nothing = stage.migrating(&["migrate"]).run().await;
    assert!(nothing.stdout.contains("nothing to do"), "{nothing:?}");
    let synced = stage.adsync(&["sync"]).run().await;
    assert_eq!(synced.code(), 0, "{synced:?}");
    assert_eq!(stage.scene.insights().await, stage.scene.true_insights());
}

#[tokio::test]
async fn a_login_that_row_security_filters_is_refused_with_the_statement_that_mends_it() {
    let stage = Stage::new().await;
    stage.scene.db.execute(&format!("alter role {} nobypassrls", stage.login)).await;
    let before = stage.migrating(&["migrate"]).run().await;
    let cure = format!("alter role \"{}\" bypassrls", stage.login);
    assert!(before.code() == 2 && before.stderr.contains(&cure), "{before:?}");
    assert_eq!(
        stage.scene.value("select count(*) from pg_tables where schemaname = 'public'").await,
        "2",
        "nothing was made"
    );
    stage.scene.db.execute(&cure).await;
    assert_eq!(stage.migrating(&["migrate"]).run().await.code(), 0);
    assert_eq!(stage.adsync(&["sync"]).run().await.code(), 0);
    stage.scene.db.execute(&format!("alter role {} nobypassrls", stage.login)).await;
    for finished in [stage.adsync(&["sync"]).run().await, stage.migrating(&["migrate"]).run().await] {
        assert!(finished.code() == 2 && finished.stderr.contains("bypassrls"), "{finished:?}");
    }
}

#[tokio::test]
async fn a_schema_of_its_own_is_made_by_the_owner_and_used_by_the_login_alone() {
    let stage = Stage::new().await;
    let schema = "Meta \"Ads\" 100%";
    let public = "select (select count(*) from pg_class where relnamespace = 'public'::regnamespace)
                       + (select count(*) from pg_proc where pronamespace = 'public'::regnamespace)";
    let before = stage.scene.value(public).await;
    let own = |binary: Binary| binary.env("ADSYNC__DATABASE__SCHEMA", schema).env("ADSYNC__DATABASE__ADOPT", "");
    let migrated = own(stage.migrating(&["migrate"])).run().await;
    assert_eq!(migrated.code(), 0, "{migrated:?}");
    let since = stage.scene.days_ago(40).to_string();
    let (adset, day) = (stage.scene.adset(0), stage.scene.days_ago(1).to_string());
    for arguments in [
        &["sync"][..],
        &["backfill", "--since", &since],
        &["reconcile", "--since", &since],
        &["check"],
        &["runs"],
        &["explain", "--adset", &adset, "--date", &day],
    ] {
        let finished = own(stage.adsync(arguments)).run().await;
        assert_eq!(finished.code(), 0, "{arguments:?}: {finished:?}");
    }
    assert_eq!(stage.scene.value(public).await, before, "nothing of it is in public");
    let quoted = "\"Meta \"\"Ads\"\" 100%\"";
    assert_eq!(stage.sees(&format!("select count(*) from {quoted}.campaigns")).await.unwrap(), ["5"]);
    let sql = format!("select count(*) from {quoted}.adsets_view");
    assert_eq!(acting_as(&stage.scene.db, "service_role", "{}", &sql).await.unwrap(), ["36"]);
    assert!(acting_as(&stage.scene.db, "anon", "{}", &sql).await.is_err());
}
