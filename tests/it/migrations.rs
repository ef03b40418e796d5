//! The schema: what is printed is what is done, once, by whoever comes first, and never over another's work.

use crate::support::database::Database;
use crate::support::scene::{ACT, Scene};

use crate::support::binary::{Binary, Finished};

fn migrate(db: &Database, arguments: &[&str]) -> Binary {
    Binary::adsync(&[&["migrate"], arguments].concat()).env("DATABASE_URL", db.url())
}

/// Everything in a schema, in words that do not depend on when it was made.
pub(crate) async fn schema(db: &Database, schema: &str) -> Vec<Vec<String>> {
    let sql = "select 'column', c.relname || '.' || a.attname,
                concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)),
                coalesce(col_description(c.oid, a.attnum), '')
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.relnamespace = ':schema'::regnamespace and c.relkind in ('r', 'v')
         union all
         select 'index', indexname, indexdef, '' from pg_indexes where quote_ident(schemaname) = ':schema'
         union all
         select 'table', relname, concat_ws(' ', relrowsecurity, array(
                  select x.grantee::regrole || x.privilege_type from aclexplode(relacl) x where x.grantee <> relowner order by 1
                )), coalesce(obj_description(oid), '')
         from pg_class where relnamespace = ':schema'::regnamespace and relkind in ('r', 'v')
         union all
         select 'constraint', conname, conrelid::regclass || pg_get_constraintdef(oid), coalesce(obj_description(oid), '')
         from pg_constraint where connamespace = ':schema'::regnamespace
         union all
         select 'policy', polname, polrelid::regclass::text, '' from pg_policy
         union all
         select 'view', viewname, definition, '' from pg_views where quote_ident(schemaname) = ':schema'
         union all
         select 'function', oid::regprocedure::text, concat_ws(' ', prosrc, proacl),
                coalesce(obj_description(oid), '') from pg_proc where pronamespace = ':schema'::regnamespace
         union all
         select 'schema', nspname, coalesce(nspacl::text, ''), coalesce(obj_description(oid), '')
         from pg_namespace where nspname !~ '^(pg_|information)'
         union all
         select 'ledger', name, checksum, '' from :schema.adsync_migrations
         union all
         select 'report', instance || report, level || time_increment, breakdowns::text || metrics::text from :schema.sync_reports
         order by 1, 2, 3";
    db.query_text(&sql.replace(":schema", schema)).await
}

#[tokio::test]
async fn what_is_printed_is_what_is_done() {
    let mine =
        "create table adsets (id text not null, name text, spend numeric); insert into adsets values ('a', 'x', 1);
                create table campaigns (id varchar primary key, leads integer); insert into campaigns values ('c', 1)";
    let odd = "[database]\nschema = \"Meta \\\"Ads\\\"\"\n[reports.creative]\nlevel = \"ad\"\n";
    for (before, toml, name) in [
        ("", "", "public"),
        (
            mine,
            "[database]\nadopt = [\"adsets\", \"campaigns\"]\n[metrics.contacts]\nsum = [\"contact_total\"]\n",
            "public",
        ),
        ("", odd, "\"Meta \"\"Ads\"\"\""),
    ] {
        let (done, printed) = (Database::create().await, Database::create().await);
        for db in [&done, &printed] {
            db.execute(before).await;
        }
        let migrated = migrate(&done, &[]).config("default.toml", toml).run().await;
        assert_eq!(migrated.code(), 0, "{migrated:?}");
        let untouched = "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1";
        let relations = printed.query_text(untouched).await;
        let script = migrate(&printed, &["--print-sql"]).config("default.toml", toml).run().await;
        assert_eq!(script.code(), 0, "{script:?}");
        assert_eq!(printed.query_text(untouched).await, relations, "printing wrote");
        printed.execute(&script.stdout).await;
        let there = schema(&done, name).await;
        assert!(there.len() > 150, "{}", there.len());
        assert_eq!(schema(&printed, name).await, there);
        let again = migrate(&printed, &["--print-sql"]).config("default.toml", toml).run().await;
        assert!(again.stdout.starts_with("-- nothing to do"), "{}", again.stdout);
    }
}

#[tokio::test]
async fn a_second_migration_does_nothing() {
    let db = Database::create().await;
    assert_eq!(migrate(&db, &[]).run().await.code(), 0);
    let before = schema(&db, "public").await;
    let again = migrate(&db, &[]).run().await;
    assert!(again.code() == 0 && again.stdout.contains("nothing to do"), "{again:?}");
    assert_eq!(schema(&db, "public").await, before);
}

#[tokio::test]
async fn several_that_migrate_at_once_do_it_once() {
    let db = Database::create().await;
    let running: Vec<_> = (0..4).map(|_| migrate(&db, &[]).start()).collect();
    let mut applied = 0;
    for running in running {
        let finished: Finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        applied += usize::from(finished.stdout.starts_with("Applied"));
    }
    assert_eq!(applied, 1);
    assert_eq!(migrate(&db, &[]).run().await.code(), 0);
}

#[tokio::test]
async fn two_first_syncs_at_once_make_one_schema_and_the_same_rows() {
    let scene = Scene::small().await;
    let (one, other) = (scene.adsync(&["sync"]).start(), scene.adsync(&["sync"]).start());
    let (one, other) = (one.finish().await, other.finish().await);
    assert_eq!((one.code(), other.code()), (0, 0), "{one:?} {other:?}");
    scene.assert_true().await;
    assert_eq!(scene.value("select count(*) from sync_runs where status = 'succeeded'").await, "2");
    let rows = scene.true_insights().len().to_string();
    let inserted = "select sum(rows_inserted) from sync_run_steps where step = 'insights:adset'";
    assert_eq!(scene.value(inserted).await, rows, "the second waited for the first");
}

#[tokio::test]
async fn where_migrating_is_forbidden_a_start_says_what_to_run() {
    let scene = Scene::small().await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert_ne!(finished.code(), 0, "{finished:?}");
    assert!(finished.stderr.contains("adsync migrate") && finished.stderr.lines().count() == 1, "{}", finished.stderr);
    assert_eq!(scene.value("select count(*) from pg_tables where schemaname = 'public'").await, "0");
    assert_eq!(scene.adsync(&["migrate"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await.code(), 0);
    assert_eq!(scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await.code(), 0);
}

#[tokio::test]
async fn a_migration_that_was_applied_with_other_content_is_reported() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene.db.execute("update adsync_migrations set checksum = 'of another version' where name like '0003%'").await;
    for command in ["sync", "migrate"] {
        let finished = scene.adsync(&[command]).run().await;
        assert_eq!(finished.code(), 2, "{finished:?}");
        assert!(finished.stderr.contains("0003_sync_coverage"), "{}", finished.stderr);
    }
}

#[tokio::test]
async fn a_new_metric_becomes_a_column_and_its_days_are_read_again() {
    let scene = Scene::small().await;
    let since = scene.days_ago(28).to_string();
    let backfill = |toml: &str| {
        scene.sim.record().clear();
        scene.adsync(&["backfill", "--since", &since]).config("default.toml", toml).run()
    };
    assert_eq!(backfill("").await.code(), 0);
    assert_eq!(backfill("").await.code(), 0);
    assert_eq!(scene.sim.calls_with("level=adset").len(), 0, "history that is complete is not read again");
    let toml = "[metrics.contacts]\naction_types = [\"schedule_total\", \"contact_total\"]\n[metrics.clicked]\nsum = [\"link_click\", \"post_engagement\"]\n";
    let finished = backfill(toml).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_ne!(scene.sim.calls_with("level=adset").len(), 0);
    let mut rows = scene.truth(graph_sim::Level::Adset);
    rows.sort_by_key(|row| (row.adset_id.clone(), row.date));
    let expected: Vec<Vec<String>> = (rows.iter())
        .map(|row| vec![row.fact.schedules.to_string(), (row.fact.link_clicks + row.fact.engagements).to_string()])
        .collect();
    assert_eq!(
        scene.db.query_text("select contacts, clicked from adset_insights order by adset_id, date").await,
        expected
    );
}

#[tokio::test]
async fn another_level_under_an_old_name_is_refused() {
    let scene = Scene::small().await;
    let report = |level: &str| format!("[reports.mine]\nlevel = \"{level}\"\n");
    let sync = |level: &str| scene.adsync(&["sync", "--account", ACT]).config("default.toml", &report(level));
    assert_eq!(sync("campaign").run().await.code(), 0);
    assert!(scene.value("select count(*) from mine_insights").await.parse::<u32>().unwrap() > 20);
    let finished = sync("ad").run().await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(
        finished.stderr.contains("mine_insights") && finished.stderr.contains("another name"),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn a_database_older_than_this_version_knows_is_left_alone_by_reading_commands() {
    let scene = Scene::small().await;
    for command in [&["check"][..], &["migrate", "--print-sql"]] {
        assert_eq!(scene.adsync(command).run().await.code(), 0, "{command:?}");
    }
    let finished = scene.adsync(&["runs"]).run().await;
    assert!(finished.code() != 0 && finished.stderr.lines().count() == 1, "{finished:?}");
    assert_eq!(scene.value("select count(*) from pg_tables where schemaname = 'public'").await, "0");
}

#[tokio::test]
async fn the_version_of_the_schema_is_told_wherever_it_is_looked_at() {
    let scene = Scene::small().await;
    let before = scene.adsync(&["check"]).run().await;
    assert!(before.stdout.contains("the schema (nothing yet, of this adsync version 00"), "{before:?}");
    let migrated = scene.adsync(&["migrate"]).run().await;
    assert!(migrated.stdout.contains("is current (version 00"), "{migrated:?}");
    let newest = scene.value("select left(max(name), 4) from adsync_migrations where name ~ '^[0-9]{4}_'").await;
    let checked = scene.adsync(&["check"]).run().await;
    assert!(checked.stdout.contains(&format!("the schema is current (version {newest})")), "{checked:?}");
    let again = scene.adsync(&["migrate"]).run().await;
    assert_eq!(again.stdout, format!("The schema is current (version {newest}): nothing to do.\n"));
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_worked_with_and_its_views_are_left_alone() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene
        .db
        .execute(
            "insert into adsync_migrations values ('9999_of_the_future', 'x', now());
             update adsync_migrations set checksum = 'of a newer version' where name = 'view:adsets_view'",
        )
        .await;
    for command in ["check", "migrate", "sync"] {
        let finished = scene.adsync(&[command]).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert!(finished.stderr.contains("of a newer adsync (version 9999"), "{command}: {finished:?}");
    }
    let sql = "select checksum from adsync_migrations where name = 'view:adsets_view'";
    assert_eq!(scene.value(sql).await, "of a newer version");
}

#[tokio::test]
async fn a_schema_that_a_newer_version_made_its_own_is_refused_and_left_alone() {
    let scene = Scene::small().await;
    scene.sync().await;
    let needs = |version: &str| format!("insert into adsync_migrations values ('needs:{version}', '', now())");
    scene.db.execute(&needs("0001")).await;
    assert_eq!(scene.sync().await.code(), 0, "a version that this one knows");
    scene.db.execute(&needs("9999")).await;
    let before = schema(&scene.db, "public").await;
    let runs = scene.value("select count(*) from sync_runs").await;
    for command in ["check", "migrate", "sync", "run"] {
        let finished = scene.adsync(&[command]).env("ADSYNC__WEB__LISTEN", "127.0.0.1:0").run().await;
        assert_eq!(finished.code(), 1, "{command}: {finished:?}");
        let words = "only version 9999 and later can work with it";
        assert!(finished.stderr.contains(words), "{command}: {finished:?}");
    }
    assert_eq!(schema(&scene.db, "public").await, before);
    assert_eq!(scene.value("select count(*) from sync_runs").await, runs);
}

#[tokio::test]
async fn a_database_of_the_version_before_is_brought_up_to_date_with_its_rows() {
    let scene = Scene::small().await;
    scene.sync().await;
    let made = schema(&scene.db, "public").await;
    // What 0018 changed, as it was before.
    scene
        .db
        .execute(
            "delete from adsync_migrations where name like '0018%'; drop table sync_reports;
             comment on column sync_runs.id is null; create index account_insights_account_id_date_idx on account_insights (account_id, date)",
        )
        .await;
    let refused = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert!(refused.code() != 0 && refused.stderr.contains("adsync migrate"), "{refused:?}");
    let printed = scene.adsync(&["migrate", "--print-sql"]).run().await;
    let alone = printed.stdout.split("begin;\n").filter(|text| text.contains("drop index")).count();
    assert_eq!(alone, 1, "{}", printed.stdout);
    scene.sync().await;
    assert_eq!(schema(&scene.db, "public").await, made);
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    scene.assert_true().await;
}
