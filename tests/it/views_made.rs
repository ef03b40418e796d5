//! How views and functions come to be: beside strange names, after changes, never over what somebody else made.

use crate::support::binary::Finished;
use crate::support::role::Role;
use crate::support::scene::{Scene, spec};

async fn migrate(scene: &Scene) -> Finished {
    let finished = scene.adsync(&["migrate"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

#[tokio::test]
async fn any_schema_and_any_names_will_do_and_a_second_migration_does_nothing() {
    let scene = Scene::small().await;
    let toml = "[database]\nschema = \"Meta \\\"Ads\\\" 100%\"\n[tables]\nadsets = \"Conjuntos de {adsets}\"\nadset_insights = \"insights'{x}\"\nadsets_view = \"$adsync$ view\"\nad_accounts = \":rows\"\n";
    let adsync = |arguments: &[&str]| scene.adsync(arguments).config("default.toml", toml);
    assert_eq!(adsync(&["sync"]).run().await.code(), 0);
    let schema = "\"Meta \"\"Ads\"\" 100%\"";
    let sql = format!(
        "select (select count(*) from {schema}.\"$adsync$ view\" where effective_daily_budget > 0),
                (select count(*) from {schema}.ads_metrics('2000-01-01', '2100-01-01', 'adset')),
                (select count(*) from {schema}.campaigns c, {schema}.\"Conjuntos de {{adsets}}\"(c)),
                (select count(distinct adset_id) from {schema}.adset_actions)"
    );
    let counts = scene.db.query_text(&sql).await.remove(0);
    assert_eq!(counts[..3], ["36", "36", "36"]);
    assert!(counts[3].parse::<u32>().unwrap() > 30, "{counts:?}");
    let again = adsync(&["migrate"]).run().await;
    assert!(again.stdout.contains("nothing to do") && again.stderr.is_empty(), "{again:?}");
    assert_eq!(scene.value("select count(*) from pg_views where schemaname = 'public'").await, "0");
}

#[tokio::test]
async fn what_somebody_else_made_is_left_alone_with_its_cure() {
    let scene = Scene::small().await;
    scene.sync().await;
    let before = scene.value("select pg_get_viewdef('adsets_view'::regclass)").await;
    scene
        .db
        .execute(
            "drop view adsets_view; create view adsets_view as select 'mine' as owner;
             drop view account_freshness; create table account_freshness (mine int);
             drop function campaign(adsets); create function campaign(adsets) returns text language sql as $$ select 'mine' $$;
             drop function ads_metrics(date, date, text, text[]);
             create function ads_metrics(a date, b date, c text, d text[]) returns text language sql as $$ select 'mine' $$",
        )
        .await;
    let finished = migrate(&scene).await;
    for name in ["adsets_view", "account_freshness", "campaign", "ads_metrics"] {
        let told = finished.stderr.lines().filter(|line| line.contains(&format!("\"{name}\""))).count();
        assert_eq!(told, 1, "{name}: {}", finished.stderr);
    }
    assert!(finished.stderr.contains("adsets_view = \"meta_adsets_view\""), "{}", finished.stderr);
    let sql = "select (select owner from adsets_view), (select count(*) from account_freshness),
                      (select campaign(a) from adsets a limit 1), ads_metrics(null, null, null, null)";
    assert_eq!(scene.db.query_text(sql).await, [["mine", "0", "mine", "mine"]]);
    let sync = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert_eq!(sync.code(), 0, "they hinder nothing: {sync:?}");

    let beside = scene.adsync(&["sync"]).env("ADSYNC__TABLES__ADSETS_VIEW", "meta_adsets_view").run().await;
    assert_eq!(beside.code(), 0, "{beside:?}");
    assert_eq!(scene.value("select pg_get_viewdef('meta_adsets_view'::regclass)").await, before);
}

#[tokio::test]
async fn a_changed_definition_is_replaced_and_rights_stay() {
    let scene = Scene::small().await;
    let reader = Role::create(&scene.db).await;
    scene.sync().await;
    let definition = "select pg_get_viewdef('adset_actions'::regclass) || pg_get_viewdef('adsets_view'::regclass) ||
                      pg_get_functiondef('ads_metrics'::regproc)";
    let before = scene.value(definition).await;
    // As an older version may have left them: other columns in another order, another result, fewer columns.
    let older = "update adsync_migrations set checksum = 'of an older version'
                 where name in ('view:adset_actions', 'view:adsets_view', 'function:ads_metrics(date,date,text,text[])')";
    scene
        .db
        .execute(&format!(
            "drop view adset_actions, adsets_view; drop function ads_metrics;
             create view adset_actions as select 1 as old;
             create view adsets_view as select id, name from adsets;
             create view of_the_user as select name from adsets_view;
             create function ads_metrics(date, date, text, text[]) returns int language sql as 'select 1';
             comment on view adset_actions is 'Old. Made by adsync.'; comment on view adsets_view is 'Old. Made by adsync.';
             comment on function ads_metrics(date, date, text, text[]) is 'Old. Made by adsync.';
             grant select on adset_actions to {reader}; {older}",
            reader = reader.name()
        ))
        .await;
    let waiting = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert!(
        waiting.code() == 0 && waiting.stderr.contains("adsync migrate"),
        "the sync does without them: {waiting:?}"
    );
    let checked = scene.adsync(&["check"]).run().await;
    assert!(checked.code() == 0 && checked.stderr.contains("3 views or functions"), "{checked:?}");
    // A login that owns nothing cannot replace them, and works on.
    let worker = Role::create(&scene.db).await;
    let all = "grant select, insert, update, delete on all tables in schema public";
    scene.db.execute(&format!("{all} to {0}; alter role {0} bypassrls", worker.name())).await;
    let working = scene.adsync(&["sync"]).env("DATABASE_URL", worker.url(&scene.db)).run().await;
    assert!(working.code() == 0 && working.stderr.contains("permission denied"), "{working:?}");
    assert_eq!(scene.sync().await.code(), 0, "an owner's sync replaces them");
    assert_eq!(scene.value(definition).await, before);
    assert_eq!(scene.value("select count(*) from of_the_user").await, "36", "columns were added at the end");
    let may = format!(
        "select has_table_privilege('{0}', 'adset_actions', 'select'), has_table_privilege('{0}', 'adsets_view', 'select'),
                has_function_privilege('{0}', 'ads_metrics'::regproc, 'execute')",
        reader.name()
    );
    assert_eq!(scene.db.query_text(&may).await, [["t", "f", "f"]]);
    assert!(migrate(&scene).await.stdout.contains("nothing to do"));
}

#[tokio::test]
async fn what_somebody_builds_on_is_not_dropped_under_him() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene
        .db
        .execute(
            "drop view adset_actions; create view adset_actions as select 1 as old;
             comment on view adset_actions is 'Old. Made by adsync.';
             create view of_the_user as select old from adset_actions;
             update adsync_migrations set checksum = 'of an older version' where name = 'view:adset_actions'",
        )
        .await;
    let finished = migrate(&scene).await;
    assert!(finished.stderr.contains("of_the_user") && finished.stderr.lines().count() == 1, "{finished:?}");
    assert_eq!(scene.value("select old from of_the_user").await, "1");
    let printed = scene.adsync(&["migrate", "--print-sql"]).run().await;
    assert!(printed.stdout.starts_with("-- nothing to do") && printed.stdout.contains("of_the_user"), "{printed:?}");
    scene.db.execute("drop view of_the_user").await;
    assert!(migrate(&scene).await.stdout.starts_with("Applied 1 "));
    assert_ne!(scene.value("select count(*) from adset_actions where value > 0").await, "0");
}

#[tokio::test]
async fn a_missing_view_is_no_current_schema() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene.db.execute("drop view campaigns_view").await;
    let refused = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert!(refused.code() != 0 && refused.stderr.contains("adsync migrate"), "{refused:?}");
    assert!(migrate(&scene).await.stdout.starts_with("Applied 1 "));
    assert_eq!(scene.value("select count(*) from campaigns_view").await, "5");
}

#[tokio::test]
async fn adopted_tables_with_narrower_types_give_the_same_views() {
    // Today is not over: both worlds stand at one instant.
    let now = chrono::Utc::now();
    let world = || spec().now(now.timestamp()).build();
    let (plain, adopted) = (Scene::of(world()).await, Scene::of(world()).await);
    adopted
        .db
        .execute(
            "create table adsets (id varchar(40) primary key, name varchar(60), leads integer, spend numeric(12,2),
               daily_budget integer, targeting json, created_time timestamptz(0), notes text);
             create table campaigns (id varchar primary key, name varchar, lifetime_budget numeric)",
        )
        .await;
    plain.sync().await;
    let finished = adopted.adsync(&["sync"]).env("ADSYNC__DATABASE__ADOPT", "adsets,campaigns").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let columns = "select relname, attname, format_type(atttypid, atttypmod) from pg_attribute a join pg_class c on c.oid = a.attrelid
                   where relkind = 'v' and relnamespace = 'public'::regnamespace and attnum > 0 order by 1, attnum";
    let (one, other) = (plain.db.query_text(columns).await, adopted.db.query_text(columns).await);
    assert_eq!(one, other);
    let sql =
        "select id, name, spend, leads, effective_daily_budget, budget_level, delivery from adsets_view order by id";
    assert_eq!(plain.db.query_text(sql).await, adopted.db.query_text(sql).await);
}

#[tokio::test]
async fn only_named_roles_read_views_and_run_functions_and_row_security_counts() {
    let scene = Scene::small().await;
    let (stranger, reader, filtered) =
        (Role::create(&scene.db).await, Role::create(&scene.db).await, Role::create(&scene.db).await);
    scene.db.execute(&format!("alter role {} bypassrls", reader.name())).await;
    let named = format!("{},{}", reader.name(), filtered.name());
    let binary = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__GRANT_SELECT_TO", named);
    assert_eq!(binary.run().await.code(), 0);
    for (sql, all) in [
        ("select count(*) from adsets_view", "36"),
        ("select count(*) from account_freshness", "1"),
        ("select count(*) from ads_metrics('2000-01-01', '2100-01-01', 'adset')", "36"),
        ("select count(*) from adsets a, campaign(a)", "36"),
    ] {
        assert_eq!(reader.sees(&scene.db, sql).await, all, "{sql}");
        assert_eq!(filtered.sees(&scene.db, sql).await, "0", "{sql}");
        assert!(stranger.sees(&scene.db, sql).await.contains("permission denied"), "{sql}");
    }
    let undocumented = "select relname || '.' || attname from pg_attribute a join pg_class c on c.oid = a.attrelid
        where relkind = 'v' and relnamespace = 'public'::regnamespace and attnum > 0 and col_description(c.oid, attnum) is null";
    assert_eq!(scene.db.query_text(undocumented).await, Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn a_role_that_may_make_no_functions_is_told_what_to_do() {
    let scene = Scene::small().await;
    let owner = Role::create(&scene.db).await;
    scene
        .db
        .execute(&format!(
            "grant create on schema public to {}; revoke usage on language plpgsql from public",
            owner.name()
        ))
        .await;
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", owner.url(&scene.db)).run().await;
    assert_eq!((finished.code(), finished.stderr.lines().count()), (1, 1), "{finished:?}");
    assert!(
        finished.stderr.contains("ads_metrics") && finished.stderr.contains("ADSYNC_MIGRATE_DATABASE_URL"),
        "{}",
        finished.stderr
    );
}
