//! Who may read what, and where the tables stand: schemas and names of any kind, row security, grants.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::support::role::Role;
use crate::support::scene::Scene;
use crate::support::server::{DataDir, Server, find_programs};

#[tokio::test]
async fn a_schema_and_tables_with_odd_names_work_like_any_other() {
    let scene = Scene::small().await;
    let toml = "[database]\nschema = \"Meta \\\"Ads\\\" 100%\"\n[tables]\nadsets = \"Conjuntos de anúncios\"\nsync_runs = \"select\"\nadset_insights = \"insights'{x}\"\n";
    for _ in 0..2 {
        let finished = scene.adsync(&["sync"]).config("default.toml", toml).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
    let schema = "\"Meta \"\"Ads\"\" 100%\"";
    let counts = format!(
        "select (select count(*) from {schema}.\"Conjuntos de anúncios\"), (select count(*) from {schema}.\"select\" where status = 'succeeded'),
           (select count(*) from {schema}.\"insights'{{x}}\")"
    );
    let rows = scene.true_insights().len().to_string();
    assert_eq!(scene.db.query_text(&counts).await, [["36", "2", &rows]]);
    assert_eq!(scene.value("select count(*) from pg_tables where schemaname = 'public'").await, "0");
    let shown = scene.adsync(&["runs"]).config("default.toml", toml).run().await;
    assert_eq!(shown.stdout.matches("succeeded").count(), 2, "{}", shown.stdout);
}

#[tokio::test]
async fn a_stranger_sees_nothing_and_a_named_role_may_read() {
    let scene = Scene::small().await;
    let (stranger, reader) = (Role::create(&scene.db).await, Role::create(&scene.db).await);
    // As Supabase does it: whatever is made in public is granted to the roles of the API.
    scene
        .db
        .execute(&format!(
            "alter default privileges in schema public grant all on tables to {};
             alter role {} bypassrls",
            stranger.name(),
            reader.name()
        ))
        .await;
    let binary = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__GRANT_SELECT_TO", reader.name());
    let finished = binary.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let tables = scene.db.query_text("select relname, relrowsecurity from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1").await;
    assert!(tables.len() >= 12, "{tables:?}");
    for table in tables {
        assert_eq!(table[1], "t", "{} has no row security", table[0]);
        assert_eq!(stranger.sees(&scene.db, &format!("select count(*) from {}", table[0])).await, "0", "{}", table[0]);
        let refused = stranger
            .sees(&scene.db, &format!("insert into {} select from {0} where false returning 1", table[0]))
            .await;
        assert!(!refused.chars().all(|c| c.is_ascii_digit()), "{refused}");
    }
    assert_eq!(reader.sees(&scene.db, "select count(*) from adsets").await, "36");
    assert!(reader.sees(&scene.db, "delete from adsets returning 1").await.contains("permission denied"));
}

#[tokio::test]
async fn the_roles_of_the_anonymous_key_lose_what_supabase_grants_them() {
    // These names belong to a whole server: this test has one of its own.
    let server = Server::start(&find_programs(|_| {}).await.unwrap(), &DataDir::Temporary).await.unwrap();
    let url = secrecy::ExposeSecret::expose_secret(server.url()).to_owned();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let setup = "create role anon; create role authenticated; create role service_role bypassrls;
        grant usage on schema public to anon, authenticated, service_role;
        alter default privileges in schema public grant all on tables to anon, authenticated, service_role";
    admin.execute(sqlx::raw_sql(setup)).await.unwrap();
    let scene = Scene::small().await;
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let sql = "select c.relname || ': ' || r.rolname || ' ' || p.privilege
        from pg_class c, pg_roles r, unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as p(privilege)
        where c.relkind in ('r', 'v') and c.relnamespace = 'public'::regnamespace
          and r.rolname in ('anon', 'authenticated', 'service_role') and has_table_privilege(r.oid, c.oid, p.privilege)
          and not (r.rolname = 'service_role' and p.privilege = 'select')";
    let found = admin.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    let found: Vec<String> = found.iter().map(|row| row.try_get_raw(0).unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(found, Vec::<String>::new());
    let seen = "set role service_role; select count(*)::text from adsets";
    let seen = admin.fetch_one(sqlx::raw_sql(AssertSqlSafe(seen))).await.unwrap();
    assert_eq!(seen.try_get_raw(0).unwrap().as_str().unwrap(), "36");
    admin.close().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_role_that_owns_nothing_syncs_after_an_owner_migrated() {
    let scene = Scene::small().await;
    let worker = Role::create(&scene.db).await;
    let url = worker.url(&scene.db);
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", &url).run().await;
    assert_eq!((finished.code(), finished.stderr.lines().count()), (1, 1), "{finished:?}");
    assert!(finished.stderr.contains("ADSYNC_MIGRATE_DATABASE_URL"), "{}", finished.stderr);

    assert_eq!(scene.adsync(&["migrate"]).run().await.code(), 0);
    let rights = format!("grant select, insert, update, delete on all tables in schema public to {}", worker.name());
    scene.db.execute(&format!("{rights}; alter role {} bypassrls", worker.name())).await;
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
}

#[tokio::test]
async fn an_owner_s_login_is_used_for_the_schema_alone() {
    let scene = Scene::small().await;
    let worker = Role::create(&scene.db).await;
    scene
        .db
        .execute(&format!(
            "alter role {} bypassrls; alter default privileges grant all on tables to {0}",
            worker.name()
        ))
        .await;
    let binary = scene.adsync(&["sync"]).env("DATABASE_URL", worker.url(&scene.db));
    let finished = binary.env("ADSYNC_MIGRATE_DATABASE_URL", scene.db.url()).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
}

#[tokio::test]
async fn a_role_that_row_security_filters_is_refused_with_words() {
    let scene = Scene::small().await;
    scene.sync().await;
    let worker = Role::create(&scene.db).await;
    scene.db.execute(&format!("grant all on all tables in schema public to {}", worker.name())).await;
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", worker.url(&scene.db)).run().await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(finished.stderr.contains("row security") && finished.stderr.contains("bypassrls"), "{}", finished.stderr);
}
