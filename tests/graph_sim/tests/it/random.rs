//! Random worlds: what the API tells is the truth, row by row, before and after every event.
use crate::support::{ACT, all, control, get};
use graph_sim::{Level, Sim, TruthRow, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn entries(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter().map(|entry| (text(&entry["action_type"]), text(&entry["value"]))).collect()
}

fn owned(map: BTreeMap<&'static str, String>) -> BTreeMap<String, String> {
    map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn assert_same(row: &Value, truth: &TruthRow, seed: u64) {
    let context = format!("seed {seed}: {row} {truth:?}");
    let id = |key: &str| row[key].as_str().map(str::to_owned);
    assert_eq!((id("campaign_id"), id("adset_id"), id("ad_id")), truth_ids(truth), "{context}");
    let date = truth.date.to_string();
    assert_eq!((&row["date_start"], &row["date_stop"]), (&date.clone().into(), &date.into()), "{context}");
    assert_eq!(row["spend"], truth.spend(), "{context}");
    let number = |key: &str| row[key].as_str().expect("a number").to_owned();
    assert_eq!(number("impressions"), truth.fact.impressions.to_string(), "{context}");
    assert_eq!(number("clicks"), truth.fact.clicks.to_string(), "{context}");
    assert_eq!(number("reach"), truth.reach.to_string(), "{context}");
    assert_eq!(entries(&row["actions"]), owned(truth.actions()), "{context}");
    assert_eq!(entries(&row["action_values"]), owned(truth.action_values()), "{context}");
    assert_eq!(entries(&row["conversions"]), owned(truth.conversions()), "{context}");
}

fn truth_ids(truth: &TruthRow) -> (Option<String>, Option<String>, Option<String>) {
    (truth.campaign_id.clone(), truth.adset_id.clone(), truth.ad_id.clone())
}

async fn compare(sim: &Sim, seed: u64) {
    let accounts: Vec<String> = sim.world().accounts.iter().map(|account| format!("act_{}", account.id)).collect();
    for account in accounts {
        compare_account(sim, &account, seed).await;
    }
}

async fn compare_account(sim: &Sim, account: &str, seed: u64) {
    let (since, until) = {
        let world = sim.world();
        let own = world.accounts.iter().find(|own| account.ends_with(&own.id.to_string())).expect("an account");
        let today = graph_sim::calendar::date_of(own.today(world.now()));
        (today - chrono::Days::new(30), today)
    };
    let range = format!("{{\"since\":\"{since}\",\"until\":\"{until}\"}}");
    let fields = "campaign_id,adset_id,ad_id,spend,impressions,clicks,reach,actions,action_values,conversions";
    let levels =
        [("account", Level::Account), ("campaign", Level::Campaign), ("adset", Level::Adset), ("ad", Level::Ad)];
    for (name, level) in levels {
        let params = [
            ("level", name),
            ("time_increment", "1"),
            ("time_range", range.as_str()),
            ("limit", "37"),
            ("fields", fields),
        ];
        let rows = all(sim, &format!("{account}/insights"), &params).await;
        let truth = sim.world().truth(account, level, since, until);
        assert_eq!(rows.len(), truth.len(), "seed {seed} {name}");
        for (row, truth) in rows.iter().zip(&truth) {
            assert_same(row, truth, seed);
        }
    }
}

#[tokio::test]
async fn the_api_tells_the_truth_at_every_level_through_every_event() {
    for seed in 0..12 {
        let sim = Sim::start(World::random(seed)).await.expect("start");
        compare(&sim, seed).await;
        for step in 0..6 {
            let event = sim.world().happen();
            assert!(event.is_some(), "seed {seed} step {step}");
            sim.world().advance(5_000);
            compare(&sim, seed).await;
        }
    }
}

#[tokio::test]
async fn several_accounts_have_days_and_money_of_their_own() {
    let sim = Sim::start(World::random_accounts(7, 4)).await.expect("start");
    let listed = get(&sim, "me/adaccounts", &[("fields", "timezone_name,currency")]).await.data();
    let zones: BTreeSet<String> = listed.iter().map(|account| account["timezone_name"].to_string()).collect();
    assert!(listed.len() == 4 && zones.len() > 1, "{listed:?}");
    for _ in 0..8 {
        assert!(sim.world().happen().is_some());
    }
    compare(&sim, 7).await;
}

#[test]
fn the_same_seed_makes_the_same_world_and_the_same_events() {
    let story = |seed: u64| {
        let mut world = World::random(seed);
        let events: Vec<String> = (0..20).map(|_| format!("{:?}", world.happen())).collect();
        (world.truth_objects(ACT, Level::Ad), events)
    };
    assert_eq!(story(3), story(3));
    assert_ne!(story(3), story(4));
}

#[test]
fn together_they_hold_every_status_family_zone_and_kind_of_event() {
    let (mut statuses, mut zones, mut currencies) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut actions, mut events) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..60 {
        let mut world = World::random(seed);
        zones.insert(world.accounts[0].zone.name().to_owned());
        currencies.insert(world.accounts[0].currency.clone());
        let adsets: BTreeSet<_> =
            world.truth_objects(ACT, Level::Adset).iter().map(|adset| adset.effective_status).collect();
        assert!(adsets.contains("ACTIVE") && adsets.contains("DELETED"), "{seed}: {adsets:?}");
        statuses.extend(adsets);
        let today = graph_sim::calendar::date_of(world.accounts[0].today(world.now()));
        for row in world.truth(ACT, Level::Ad, today - chrono::Days::new(30), today) {
            actions.extend(row.actions().into_keys());
        }
        for _ in 0..10 {
            let event = serde_json::to_value(world.happen().expect("an event")).expect("json");
            events.insert(event["kind"].as_str().expect("kind").to_owned());
        }
    }
    assert!(statuses.is_superset(&["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "CAMPAIGN_PAUSED"].into()));
    assert_eq!((zones.len(), currencies.len()), (9, 7));
    let families = [
        "omni_purchase",
        "lead",
        "onsite_conversion.lead_grouped",
        "omni_add_to_cart",
        "omni_initiated_checkout",
        "omni_view_content",
        "omni_complete_registration",
        "offsite_conversion.custom.4242424242",
        "onsite_conversion.messaging_conversation_started_7d",
    ];
    assert!(families.iter().all(|family| actions.contains(family)), "{actions:?}");
    let kinds = ["restate", "vanish", "plant", "late_conversion", "delete", "archive", "add_ad", "set_daily_budget"];
    assert!(kinds.iter().all(|kind| events.contains(*kind)), "{events:?}");
}

#[tokio::test]
async fn another_process_lets_events_happen_and_reads_the_raw_truth() {
    let sim = Sim::start(World::random(5)).await.expect("start");
    let event = control(&sim, "POST", "happen", "").await;
    assert!(event["event"]["kind"].is_string());
    let path = format!("truth?account={ACT}&level=ad&since=2026-10-20&until=2026-11-23&raw=true");
    let rows = control(&sim, "GET", &path, "").await["rows"].as_array().expect("rows").clone();
    assert!(rows.iter().any(|row| row["actions"]["link_click"].is_string()));
    let objects = control(&sim, "GET", &format!("objects?account={ACT}&level=ad"), "").await;
    let ad = &objects["objects"][0];
    let read = get(&sim, ad["id"].as_str().expect("id"), &[("fields", "campaign_id,adset_id,status,name")]).await;
    let read = read.json();
    for key in ["campaign_id", "adset_id", "status", "name"] {
        assert_eq!(read[key], ad[key], "{key}");
    }
}
