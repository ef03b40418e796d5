//! The tables that a user's app has already: taken over as they are, widened, never narrowed and never emptied.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::Value;

use crate::support::binary::Finished;
use crate::support::proxy;
use crate::support::scene::{DIGITS, Scene};

/// The table `adsets` as the user's app made it, with a column of its own and rows of an older script.
const ADSETS: &str = "create table adsets (id text primary key, name text, status text, effective_status text,
    campaign_id text, created_time timestamptz, updated_at timestamptz, start_time timestamptz, end_time timestamptz,
    daily_budget bigint, lifetime_budget bigint, optimization_goal text, billing_event text, targeting jsonb,
    spend numeric, impressions bigint, clicks bigint, leads bigint, ctr numeric, cpc numeric, cpm numeric,
    last_synced timestamptz, notes text default 'mine')";
const CAMPAIGNS: &str = "create table campaigns (id varchar(64) primary key, name varchar, status text, objective text,
    owner_email text, pinned boolean not null default false)";

async fn adopting(scene: &Scene, adopt: &str) -> Finished {
    scene.adsync(&["sync"]).env("ADSYNC__DATABASE__ADOPT", adopt).run().await
}

#[tokio::test]
async fn existing_tables_keep_their_rows_columns_policies_grants_and_views() {
    let scene = Scene::small().await;
    let (known, role) = (scene.adset(0), crate::support::role::Role::create(&scene.db).await);
    scene.db.execute(&format!("{ADSETS}; {CAMPAIGNS}")).await;
    scene
        .db
        .execute(&format!(
            "insert into adsets (id, name, spend, notes) values ('{known}', 'stale', 1, 'keep me'), ('old-1', 'of another script', 9, 'too');
             insert into campaigns (id, name, owner_email) values ('{}', 'stale', 'a@b.example'), ('old-2', 'gone', null);
             create view dashboard as select id, name, spend, notes from adsets;
             alter table adsets enable row level security;
             create policy mine on adsets for select to {role} using (true);
             grant select on adsets, dashboard to {role};",
            scene.campaign(0),
            role = role.name()
        ))
        .await;
    let finished = adopting(&scene, "adsets,campaigns").await;
    assert_eq!(finished.code(), 0, "{finished:?}");

    let sql = "select id, name, notes from adsets where notes is not null and notes <> 'mine' order by id";
    let name = scene.sim.world().accounts[0].adsets[0].head.name.clone();
    assert_eq!(
        scene.db.query_text(sql).await,
        [[known, name, "keep me".into()], ["old-1".into(), "of another script".into(), "too".into()]]
    );
    let others = "select name, owner_email, deleted_at, spend from campaigns where id = 'old-2'";
    assert_eq!(scene.db.query_text(others).await, [["gone", "NULL", "NULL", "NULL"]]);
    let sql =
        format!("select count(*), count(*) filter (where notes = 'mine') from adsets where account_id = '{DIGITS}'");
    assert_eq!(scene.db.query_text(&sql).await, [["36", "35"]]);
    assert_eq!(scene.insights().await, scene.true_insights());
    let mine = role.sees(&scene.db, "select count(*) from adsets").await;
    assert_eq!(mine, "37", "the policy and the grant are the user's");
    assert_eq!(role.sees(&scene.db, "select count(*) from dashboard").await, "37");

    assert_eq!(adopting(&scene, "adsets,campaigns").await.code(), 0);
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn an_existing_table_that_is_not_named_is_left_alone_with_the_two_ways_out() {
    let scene = Scene::small().await;
    scene.db.execute(ADSETS).await;
    let finished = adopting(&scene, "campaigns").await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(
        finished.stderr.contains("database.adopt = [\"adsets\"]") && finished.stderr.contains("[tables]"),
        "{}",
        finished.stderr
    );
    assert_eq!(
        scene.value("select count(*) from pg_tables where schemaname = 'public'").await,
        "1",
        "nothing was made"
    );

    let beside = scene.adsync(&["sync"]).env("ADSYNC__TABLES__ADSETS", "meta_adsets").run().await;
    assert_eq!(beside.code(), 0, "{beside:?}");
    assert_eq!(
        scene.db.query_text("select (select count(*) from adsets), (select count(*) from meta_adsets)").await,
        [["0", "36"]]
    );
    let sql = "select count(*) from meta_adsets where spend is not null";
    assert_eq!(scene.value(sql).await, "36", "the metric columns too");
}

#[tokio::test]
async fn columns_narrower_than_ours_are_taken_and_never_rewritten() {
    let scene = Scene::small().await;
    scene
        .db
        .execute(
            "create table adsets (id varchar(40) primary key, name varchar(6), leads integer, spend numeric(12,1),
               cpc numeric(10,2), ctr numeric(6,3), targeting json, created_time timestamptz(0), status char varying(20));
             create table campaigns (id text primary key, name varchar, spend numeric(6,0), daily_budget integer)",
        )
        .await;
    for written in [true, false] {
        let finished = adopting(&scene, "adsets,campaigns").await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        let run = scene.last_run("rows_inserted > 0, rows_updated").await;
        assert_eq!(run, [if written { "t" } else { "f" }, "0"]);
        let versions = "select string_agg(id || xmin, ',' order by id) from adsets";
        let before = scene.value(versions).await;
        assert_eq!(adopting(&scene, "adsets,campaigns").await.code(), 0);
        assert_eq!(scene.value(versions).await, before);
    }
    assert_eq!(scene.value("select distinct name from adsets").await, "Ad set");
    assert_eq!(scene.value("select count(*) from adsets where targeting is null").await, "0");
}

#[tokio::test]
async fn a_name_of_which_only_the_case_changed_is_written_where_the_column_does_not_tell_cases_apart() {
    for (schema, name) in [("public", "citext"), ("extensions", "extensions.citext")] {
        let scene = Scene::small().await;
        let made = format!(
            "create schema if not exists {schema}; create extension citext schema {schema};
             create table adsets (id text primary key, name {name}, status {name})"
        );
        scene.db.execute(&made).await;
        assert_eq!(adopting(&scene, "adsets").await.code(), 0);
        scene.db.execute("update adsets set name = upper(name::text)").await;
        assert_eq!(adopting(&scene, "adsets").await.code(), 0);
        assert_eq!(scene.last_run("rows_inserted, rows_updated").await, ["0", "36"], "{name}");
        assert_eq!(scene.value("select count(*) from adsets where name::text = upper(name::text)").await, "0");
        assert_eq!(adopting(&scene, "adsets").await.code(), 0);
        assert_eq!(scene.last_run("rows_inserted, rows_updated").await, ["0", "0"], "{name}");
    }
}

#[tokio::test]
async fn each_refusal_names_the_statement_that_mends_it_and_it_does() {
    let cases = [
        ("type", "create table adsets (id text primary key, spend integer)", ""),
        ("whole numbers", "create table adsets (id text primary key, spend bigint)", ""),
        ("floats", "create table adsets (id text primary key, spend double precision)", ""),
        ("enum", "create type adset_status as enum ('ACTIVE'); create table adsets (id text primary key, status adset_status)", ""),
        ("local time", "create table adsets (id text primary key, created_time timestamp)", ""),
        ("numeric id", "create table adsets (id bigint primary key)", ""),
        ("not null", "create table adsets (id text primary key, owner uuid not null)", ""),
        ("our column not null", "create table adsets (id text primary key, name text not null)", ""),
        ("foreign key", "create table c (id text primary key); create table adsets (id text primary key, campaign_id text references c)", ""),
        (
            "trigger",
            "create table adsets (id text primary key, updated_at timestamptz);
             create function touch() returns trigger language plpgsql as $$ begin new.updated_at = now(); return new; end $$",
            "create trigger touch before insert or update on adsets for each row execute function touch()",
        ),
        ("generated", "create table adsets (id text primary key, cpc numeric, spend numeric generated always as (cpc * 2) stored)", ""),
        ("no key", "create table adsets (id text, name text); insert into adsets values ('a', 'x'), ('a', 'y')", ""),
        ("null key", "create table adsets (id text, name text); insert into adsets values (null, 'y')", ""),
        ("unique name", "create table adsets (id text primary key, name text unique)", ""),
        ("name as key", "create table adsets (id text, name text primary key)", ""),
        ("unique text", "create table adsets (id text primary key, name text); create unique index on adsets (lower(name))", ""),
        ("unique pair", "create table adsets (id text primary key, name text, team text, unique (team, name))", ""),
        (
            "unique while active",
            "create table adsets (id text primary key, status text, slug text); create unique index on adsets (slug) where status = 'ACTIVE'",
            "",
        ),
        ("one default", "create table adsets (id text primary key, slot integer default 1 unique)", ""),
        ("one empty", "create table adsets (id text primary key, slug text unique nulls not distinct)", ""),
        ("check", "create table adsets (id text primary key, status text check (status in ('LIVE')))", ""),
        ("check of rows", "create table adsets (id text primary key, constraint whole check (adsets is null))", ""),
        ("exclusion", "create table adsets (id text primary key, name text, exclude using hash (name with =))", ""),
    ];
    join_all(cases.map(|(name, table, after)| async move {
        let scene = Scene::small().await;
        scene.db.execute(&format!("{table}; {after}")).await;
        let finished = adopting(&scene, "adsets").await;
        assert_eq!(finished.code(), 2, "{name}: {finished:?}");
        let mended = mend(&scene, &finished).await;
        assert!(mended > 0, "{name}: {}", finished.stderr);
        let finished = adopting(&scene, "adsets").await;
        assert_eq!(finished.code(), 0, "{name}: {finished:?}");
        assert_eq!(
            scene.value(&format!("select count(*) from adsets where account_id = '{DIGITS}'")).await,
            "36",
            "{name}"
        );
        scene
    }))
    .await;
}

#[tokio::test]
async fn what_adsync_never_fills_may_be_unique_or_checked() {
    let scene = Scene::small().await;
    scene
        .db
        .execute(
            "create table adsets (internal uuid primary key default gen_random_uuid(), id text unique, number serial unique,
               name text, slug text unique, owner text check (owner <> ''), during tstzrange, place integer default 1,
               unique (id, name), unique (slug, place), exclude using gist (during with &&));
             create unique index on adsets (lower(slug));
             create unique index on adsets (owner) include (name);
             create unique index on adsets (slug) where place > 0;
             create unique index on adsets (name, id) where name <> ''",
        )
        .await;
    for _ in 0..2 {
        let finished = adopting(&scene, "adsets").await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
    assert_eq!(scene.last_run("rows_inserted, rows_updated").await, ["0", "0"]);
    assert_eq!(scene.value("select count(*) from adsets").await, "36");
    let checked = scene.adsync(&["check"]).env("ADSYNC__DATABASE__ADOPT", "adsets").run().await;
    assert!(checked.code() == 0 && checked.stderr.is_empty(), "{checked:?}");
}

#[tokio::test]
async fn a_constraint_of_a_table_in_use_is_told_with_its_cure_and_stops_nothing_that_it_lets_pass() {
    let scene = Scene::small().await;
    scene.db.execute(ADSETS).await;
    assert_eq!(adopting(&scene, "adsets").await.code(), 0);
    scene.db.execute("alter table adsets add constraint known check (status <> 'NEVER SEEN')").await;
    assert_eq!(adopting(&scene, "adsets").await.code(), 0);
    for command in ["migrate", "check"] {
        let told = scene.adsync(&[command]).env("ADSYNC__DATABASE__ADOPT", "adsets").run().await;
        assert_eq!(told.code(), 0, "{told:?}");
        let cure = "alter table \"public\".\"adsets\" drop constraint \"known\";";
        assert!(told.stderr.lines().count() == 1 && told.stderr.contains(cure), "{command}: {told:?}");
    }
}

/// Runs the statements that a refusal names.
async fn mend(scene: &Scene, refused: &Finished) -> usize {
    let mut count = 0;
    for line in refused.stderr.lines() {
        let Some((_, cure)) = line.split_once("mend it by: ") else { continue };
        let statement = cure.rsplit_once(';').map_or(cure, |(statement, _)| statement);
        scene.db.execute(statement).await;
        count += 1;
    }
    count
}

#[tokio::test]
async fn a_table_without_a_key_gets_one() {
    let scene = Scene::small().await;
    scene.db.execute("create table adsets (id text, name text); insert into adsets values ('old', 'x')").await;
    let finished = adopting(&scene, "adsets").await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(*) from adsets").await, "37");
}

#[tokio::test]
async fn a_view_a_partitioned_or_a_foreign_report_table_is_no_table_to_take() {
    for made in [
        "create table t (id text primary key); create view adsets as select * from t",
        "create table adsets (id text primary key) partition by hash (id)",
    ] {
        let scene = Scene::small().await;
        scene.db.execute(made).await;
        let finished = adopting(&scene, "adsets").await;
        assert_eq!(finished.code(), 2, "{finished:?}");
        assert!(finished.stderr.contains("[tables]"), "{}", finished.stderr);
    }

    let scene = Scene::small().await;
    scene.db.execute("create table adset_insights (id text primary key)").await;
    let finished = adopting(&scene, "").await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(finished.stderr.contains("adset_insights"), "{}", finished.stderr);
}

#[tokio::test]
async fn who_listens_to_an_adopted_table_is_told_of_with_a_way_out_and_hinders_nothing() {
    let scene = Scene::small().await;
    let note = "create function note() returns trigger language plpgsql as $$ begin return null; end $$";
    scene
        .db
        .execute(&format!(
            "{ADSETS}; {CAMPAIGNS}; create table others (id text primary key); {note};
             create publication supabase_realtime for table adsets, others; create publication everything for all tables;
             create trigger tell after insert or update on adsets for each row execute function note();
             create trigger tell_once after insert on campaigns for each statement execute function note();
             create trigger asleep after update on campaigns for each row execute function note();
             alter table campaigns disable trigger asleep;
             create trigger of_theirs after insert on others for each row execute function note()"
        ))
        .await;
    let adsync = |command| scene.adsync(&[command]).env("ADSYNC__DATABASE__ADOPT", "adsets,campaigns").run();
    for command in ["migrate", "check"] {
        let told = adsync(command).await;
        assert_eq!(told.code(), 0, "{told:?}");
        for (words, cure) in [
            (
                "\"adsets\" is in the publication \"supabase_realtime\"",
                "alter publication \"supabase_realtime\" drop table \"public\".\"adsets\";",
            ),
            ("\"adsets\" is in the publication \"everything\"", "publish tables by name"),
            ("the trigger \"tell\" on \"public\".\"adsets\"", "drop trigger \"tell\" on \"public\".\"adsets\";"),
            ("the trigger \"tell_once\" on \"public\".\"campaigns\"", "drop trigger \"tell_once\""),
        ] {
            let lines: Vec<&str> = told.stderr.lines().filter(|line| line.contains(words)).collect();
            assert!(lines.len() == 1 && lines[0].contains(cure), "{command}, {words}: {told:?}");
        }
        assert!(!told.stderr.contains("asleep") && !told.stderr.contains("of_theirs"), "{told:?}");
    }
    assert_eq!(adsync("sync").await.code(), 0);
    scene
        .db
        .execute(
            "alter publication supabase_realtime drop table public.adsets; drop publication everything;
             drop trigger tell on adsets; drop trigger tell_once on campaigns",
        )
        .await;
    assert_eq!(adsync("check").await.stderr, "");
}

/// Turns every list of texts or objects round, at any depth. The rows of a listing stay as they are.
fn turned_round(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(turned_round);
            if items.iter().all(|item| item.is_string() || item.is_object()) {
                items.reverse();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(turned_round),
        _ => {}
    }
}

#[tokio::test]
async fn lists_in_another_order_are_no_change_in_adopted_columns_either() {
    let scene = Scene::small().await;
    scene
        .db
        .execute(
            "create table adsets (id varchar(40) primary key, name varchar(9), targeting json, attribution_spec json, spend numeric(12,1));
             create table campaigns (id text primary key, special_ad_categories json, raw json)",
        )
        .await;
    let turned = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&turned);
    let url = proxy::start(&scene.sim.url(), move |_, answer| {
        for row in proxy::rows(answer).into_iter().flatten() {
            let before = row.clone();
            turned_round(row);
            count.fetch_add(usize::from(before != *row), Ordering::Relaxed);
        }
    })
    .await;
    let sync = |url: &str| {
        let binary = scene.adsync(&["sync", "--refresh"]).env("ADSYNC__DATABASE__ADOPT", "adsets,campaigns");
        binary.env("ADSYNC__DATABASE__STORE_RAW", "true").env("ADSYNC__META__BASE_URL", url).run()
    };
    assert_eq!(sync(&scene.sim.url()).await.code(), 0);
    let versions = "select (select string_agg(id || xmin, ',' order by id) from adsets)
                        || (select string_agg(id || xmin, ',' order by id) from campaigns)";
    let before = scene.value(versions).await;
    let finished = sync(&url).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(turned.load(Ordering::Relaxed) > 36, "{turned:?}: nothing was turned round");
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    assert_eq!(scene.value(versions).await, before);
}
