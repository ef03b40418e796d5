//! The sample of read policies, tried as it stands: everybody sees their own accounts, in tables, views and functions.

use graph_sim::{ACCOUNT_ID, AccountSpec};

use crate::support::role::Role;
use crate::support::scene::{ACT, DIGITS, Scene, spec};

const SAMPLE: &str = include_str!("../../config/policies.sample.sql");
const OTHER: &str = "2029384756102938";

#[tokio::test]
async fn the_sample_shows_each_client_its_accounts_and_nothing_else() {
    let accounts = vec![AccountSpec::new(ACCOUNT_ID, "Aurora"), AccountSpec::new(OTHER.parse().unwrap(), "Boreal")];
    let scene = Scene::of(spec().accounts(accounts).build()).await;
    let toml = format!("[accounts.\"{ACT}\"]\nclient = \"aurora\"\n[accounts.\"act_{OTHER}\"]\nclient = \"boreal\"\n");
    let binary = scene.adsync(&["sync"]).config("default.toml", &toml);
    let finished = binary.env("ADSYNC__META__ACCOUNTS", format!("{ACT},act_{OTHER}")).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");

    // What Supabase brings along: the role (here with a name of this test's own) and the claims of who is signed in.
    let person = Role::create(&scene.db).await;
    scene
        .db
        .execute(&format!(
            "create schema auth; grant usage on schema auth to {};
             create function auth.jwt() returns jsonb language sql stable
             as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$",
            person.name()
        ))
        .await;
    let sample = SAMPLE.replace("to authenticated", &format!("to {}", person.name()));
    for _ in 0..2 {
        scene.db.execute(&sample).await;
    }

    let sees = async |claims: &str, sql: &str| {
        person.sees(&scene.db, &format!("set request.jwt.claims = '{{\"app_metadata\": {claims}}}'; {sql}")).await
    };
    let aurora = scene.value(&format!("select count(*) from adset_insights where account_id = '{DIGITS}'")).await;
    let both = scene.value("select count(*) from adset_insights").await;
    assert_ne!(aurora, both);
    let ids = "select string_agg(distinct account_id, ',' order by account_id) from";
    for relation in [
        "ad_accounts",
        "campaigns",
        "adsets",
        "adset_insights",
        "account_insights",
        "sync_coverage",
        "campaigns_view",
        "adsets_view",
        "adset_insights_view",
        "account_insights_view",
        "adset_actions",
        "account_actions",
        "account_freshness",
        "ads_metrics('2000-01-01', '2100-01-01', 'adset')",
        "(select (campaign(a)).account_id from adsets a) c",
    ] {
        let sql = format!("{ids} {relation}");
        assert_eq!(sees(r#"{"client": "aurora"}"#, &sql).await, DIGITS, "{relation}");
        assert_eq!(sees(&format!(r#"{{"account_ids": ["{OTHER}"]}}"#), &sql).await, OTHER, "{relation}");
    }
    let count = "select count(*) from adset_insights";
    assert_eq!(sees(r#"{"client": "aurora"}"#, count).await, aurora);
    assert_eq!(sees(&format!(r#"{{"client": "aurora", "account_ids": ["{OTHER}"]}}"#), count).await, both);
    for claims in ["{}", r#"{"client": "somebody"}"#, "null"] {
        assert_eq!(sees(claims, count).await, "0", "{claims}");
    }
    assert_eq!(person.sees(&scene.db, count).await, "0", "nobody is signed in");
    let refused = sees(r#"{"client": "aurora"}"#, "select count(*) from sync_runs").await;
    assert!(refused.contains("permission denied"), "{refused}");
}
