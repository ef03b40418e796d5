//! What the keys of a project open: `anon` and `authenticated` nothing that nobody allowed, `service_role` everything to
//! read, in tables, views and functions alike.

use crate::support::scene::{ACT, DIGITS, Scene};
use crate::support::supabase::{acting_as, owner_url};

const SAMPLE: &str = include_str!("../../../config/policies.sample.sql");
/// More than the default reports: a breakdown, ads, weeks.
const REPORTS: &str = "[reports.creative]\nlevel = \"ad\"\n[reports.by_age]\nlevel = \"campaign\"\nbreakdowns = [\"age\"]\n\
     [reports.weeks]\nlevel = \"campaign\"\ntime_increment = \"weekly\"\n[metrics.contacts]\nsum = [\"contact_total\"]\n";

async fn synced() -> Scene {
    let scene = Scene::on_supabase().await;
    let toml = format!("{REPORTS}[accounts.\"{ACT}\"]\nclient = \"aurora\"\n");
    let binary = scene.adsync(&["sync"]).env("DATABASE_URL", owner_url(&scene.db)).config("default.toml", &toml);
    let finished = binary.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene
}

/// The names of all relations of a kind in `public`.
async fn relations(scene: &Scene, kind: &str) -> Vec<String> {
    let sql = format!(
        "select relname from pg_class where relkind = '{kind}' and relnamespace = 'public'::regnamespace order by 1"
    );
    scene.db.query_text(&sql).await.into_iter().flatten().collect()
}

#[tokio::test]
async fn every_table_and_view_is_closed_to_the_anonymous_key_and_open_to_the_service() {
    let scene = synced().await;
    let (tables, views) = (relations(&scene, "r").await, relations(&scene, "v").await);
    assert!(tables.len() >= 24 && views.len() >= 12, "{tables:?} {views:?}");
    let open = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and not relrowsecurity
                union all select tablename from pg_policies where schemaname = 'public'
                union all select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
                  and not coalesce(reloptions::text[] @> array['security_invoker=true'], false)";
    assert_eq!(scene.db.query_text(open).await, Vec::<Vec<String>>::new());
    let everything = tables.iter().chain(&views);
    for role in ["anon", "authenticated"] {
        for name in everything.clone() {
            let seen = acting_as(&scene.db, role, "{}", &format!("select count(*) from {name}")).await;
            assert!(seen.is_err_and(|refused| refused.contains("permission denied")), "{role} {name}");
        }
    }
    for name in everything.clone() {
        let count = format!("select count(*) from {name}");
        let seen = acting_as(&scene.db, "service_role", "{}", &count).await.unwrap();
        assert_eq!(seen, scene.db.query_text(&count).await.remove(0), "{name}");
        let written = acting_as(&scene.db, "service_role", "{}", &format!("delete from {name}")).await;
        assert!(written.is_err(), "{name}: nobody but adsync writes");
    }
    let metrics = "select count(*) from ads_metrics('2000-01-01', '2100-01-01', 'adset')";
    assert!(acting_as(&scene.db, "anon", "{}", metrics).await.is_err());
    assert_eq!(acting_as(&scene.db, "service_role", "{}", metrics).await.unwrap(), ["36"]);

    // Where somebody grants everything, as advice on the web has it, row security still stands before each row.
    scene.db.execute("grant all on all tables in schema public to anon, authenticated").await;
    scene.db.execute("grant execute on all functions in schema public to anon, authenticated").await;
    for role in ["anon", "authenticated"] {
        for name in everything.clone() {
            let seen = acting_as(&scene.db, role, "{}", &format!("select count(*) from {name}")).await;
            assert_eq!(seen.unwrap(), ["0"], "{role} {name}");
        }
        assert_eq!(acting_as(&scene.db, role, "{}", metrics).await.unwrap(), ["0"], "{role}");
        for name in &tables {
            let before = scene.value(&format!("select count(*) from {name}")).await;
            let deleted = acting_as(&scene.db, role, "{}", &format!("delete from {name}")).await;
            assert_eq!(deleted.unwrap(), [""; 0], "{role} {name}");
            let copied = format!("insert into {name} select * from jsonb_populate_record(null::{name}, '{{}}')");
            let refused = acting_as(&scene.db, role, "{}", &copied).await.unwrap_err();
            assert!(
                refused.contains("row-level security") || refused.contains("violates not-null"),
                "{name}: {refused}"
            );
            assert_eq!(scene.value(&format!("select count(*) from {name}")).await, before, "{role} {name}");
        }
    }
}

#[tokio::test]
async fn the_sample_policies_show_a_signed_in_person_the_accounts_of_their_client_as_they_stand() {
    let scene = synced().await;
    for _ in 0..2 {
        scene.db.execute(SAMPLE).await;
    }
    let ours = r#"{"app_metadata": {"client": "aurora"}}"#;
    for relation in ["campaigns", "adsets", "adset_insights", "adsets_view", "adset_insights_view", "adset_actions"] {
        let sql = format!("select account_id || ' ' || count(*) from {relation} group by account_id");
        let seen = acting_as(&scene.db, "authenticated", ours, &sql).await.unwrap();
        assert!(seen.len() == 1 && seen[0].starts_with(DIGITS), "{relation}: {seen:?}");
        assert_eq!(seen, scene.db.query_text(&sql).await.remove(0), "{relation}: all of their own");
        for claims in
            [r#"{"app_metadata": {"client": "boreal"}}"#, r#"{"user_metadata": {"client": "aurora"}}"#, "{}", ""]
        {
            let seen = acting_as(&scene.db, "authenticated", claims, &sql).await.unwrap();
            assert_eq!(seen, [""; 0], "{relation}: {claims}");
        }
        assert!(acting_as(&scene.db, "anon", ours, &sql).await.is_err(), "{relation}");
        for written in [format!("delete from {relation}"), format!("update {relation} set account_id = '1'")] {
            assert!(acting_as(&scene.db, "authenticated", ours, &written).await.is_err(), "{written}");
        }
    }
    assert!(acting_as(&scene.db, "authenticated", ours, "select count(*) from sync_runs").await.is_err());
    assert!(acting_as(&scene.db, "authenticated", ours, "select count(*) from creative_insights").await.is_err());
}

#[tokio::test]
async fn everything_says_what_it_is_and_no_index_repeats_another() {
    let scene = synced().await;
    let silent = "select relname::text from pg_class c
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and obj_description(oid, 'pg_class') is null
        union all
        select c.relname || '.' || a.attname from pg_class c
          join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and col_description(c.oid, a.attnum) is null
        union all
        select oid::regprocedure::text from pg_proc
          where pronamespace = 'public'::regnamespace and obj_description(oid, 'pg_proc') is null";
    assert_eq!(scene.db.query_text(silent).await, Vec::<Vec<String>>::new());
    // What another one answers as well: the same columns at its beginning, for the same rows, and no promise of its own.
    let repeated = "select i.indexrelid::regclass::text, o.indexrelid::regclass::text
        from pg_index i join pg_index o on o.indrelid = i.indrelid and o.indexrelid <> i.indexrelid
        where i.indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
          and not i.indisunique and i.indpred is null and o.indpred is null
          and (o.indkey::smallint[])[0:i.indnkeyatts - 1] = (i.indkey::smallint[])[0:i.indnkeyatts - 1]
          and (o.indoption::smallint[])[0:i.indnkeyatts - 1] = (i.indoption::smallint[])[0:i.indnkeyatts - 1]";
    assert_eq!(scene.db.query_text(repeated).await, Vec::<Vec<String>>::new());
}
