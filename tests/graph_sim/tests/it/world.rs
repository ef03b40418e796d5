//! The world moves, and the API shows it.
use crate::support::{ACT, all, cents, control, get};
use graph_sim::{Change, Clock, Fact, Level, NOON, Sim, World, WorldSpec};
use serde_json::Value;

const WEEK: &str = "{\"since\":\"2026-11-17\",\"until\":\"2026-11-23\"}";

async fn spend_of(sim: &Sim, day: &str) -> i64 {
    let range = format!("{{\"since\":\"{day}\",\"until\":\"{day}\"}}");
    let params = [("time_range", range.as_str()), ("fields", "spend")];
    get(sim, &format!("{ACT}/insights"), &params).await.data().iter().map(|row| cents(&row["spend"])).sum()
}

async fn adset_rows(sim: &Sim) -> Vec<Value> {
    let fields = "adset_id,spend,impressions,actions";
    let params =
        [("level", "adset"), ("time_increment", "1"), ("time_range", WEEK), ("limit", "500"), ("fields", fields)];
    all(sim, &format!("{ACT}/insights"), &params).await
}

#[tokio::test]
async fn today_grows_with_the_clock_and_other_days_hold_still() {
    let sim = Sim::start(World::small()).await.expect("start");
    let (today, before) = (spend_of(&sim, "2026-11-23").await, spend_of(&sim, "2026-11-22").await);
    sim.world().advance(6 * 3600);
    assert!(spend_of(&sim, "2026-11-23").await > today);
    assert_eq!(spend_of(&sim, "2026-11-22").await, before);
    assert_eq!(spend_of(&sim, "2026-11-24").await, 0);
    // Midnight is São Paulo's: 03:00 in UTC.
    sim.world().set_now(NOON + 12 * 3600 + 60);
    assert!(spend_of(&sim, "2026-11-24").await > 0);
}

#[tokio::test]
async fn a_pause_stops_delivery_and_keeps_what_was_delivered() {
    let sim = Sim::start(World::small()).await.expect("start");
    let campaigns = sim.world().truth_objects(ACT, Level::Campaign);
    for campaign in &campaigns {
        sim.world().apply(Change::Pause { id: campaign.id.clone() }).expect("paused");
    }
    let at_noon = spend_of(&sim, "2026-11-23").await;
    assert!(at_noon > 0);
    sim.world().advance(3600);
    assert_eq!(spend_of(&sim, "2026-11-23").await, at_noon);
    let adset = get(&sim, &format!("{ACT}/adsets"), &[("fields", "effective_status,status")]).await.data().remove(0);
    assert_eq!((&adset["effective_status"], &adset["status"]), (&"CAMPAIGN_PAUSED".into(), &"ACTIVE".into()));
    for campaign in &campaigns {
        sim.world().apply(Change::Resume { id: campaign.id.clone() }).expect("resumed");
    }
    sim.world().advance(3600);
    assert!(spend_of(&sim, "2026-11-23").await > at_noon);
}

#[tokio::test]
async fn a_restatement_changes_days_inside_28_days_only() {
    let sim = Sim::start(WorldSpec::small().days(60).build()).await.expect("start");
    let (old, young) = (spend_of(&sim, "2026-10-20").await, spend_of(&sim, "2026-11-10").await);
    let change = Change::Restate {
        id: ACT.into(),
        since: "2026-10-01".parse().expect("day"),
        until: "2026-11-23".parse().expect("day"),
    };
    sim.world().apply(change).expect("restated");
    assert_eq!(spend_of(&sim, "2026-10-20").await, old);
    assert_ne!(spend_of(&sim, "2026-11-10").await, young);
}

#[tokio::test]
async fn rows_vanish_and_conversions_land_on_days_without_delivery() {
    let sim = Sim::start(World::small()).await.expect("start");
    let rows = adset_rows(&sim).await;
    let (id, day) = (rows[3]["adset_id"].as_str().expect("id"), rows[3]["date_start"].as_str().expect("day"));
    let at = day.parse().expect("day");
    sim.world().apply(Change::Vanish { id: id.into(), day: at }).expect("vanished");
    let fewer = adset_rows(&sim).await;
    assert_eq!(fewer.len(), rows.len() - 1);
    assert!(!fewer.iter().any(|row| row["adset_id"] == id && row["date_start"] == day));
    let archived = Change::Archive { id: id.into() };
    sim.world().apply(archived).expect("archived");
    sim.world().advance(5 * 86_400);
    let late = "2026-11-27".parse().expect("day");
    let add = Fact { purchases: 1, purchase_cents: 9_900, ..Fact::default() };
    sim.world().apply(Change::LateConversion { id: id.into(), day: late, add }).expect("landed");
    let range =
        [("time_range", "{\"since\":\"2026-11-27\",\"until\":\"2026-11-27\"}"), ("fields", "impressions,actions")];
    let row = get(&sim, &format!("{id}/insights"), &range).await.data().remove(0);
    assert_eq!(row["impressions"], "0");
    assert_eq!(row["actions"].as_array().expect("actions").len(), 8);
}

#[tokio::test]
async fn new_objects_are_listed_and_deliver_from_now_on() {
    let sim = Sim::start(WorldSpec::small().delivery_permille(1000).build()).await.expect("start");
    let campaign = sim.world().truth_objects(ACT, Level::Campaign)[0].id.clone();
    let made = sim.world().apply(Change::AddAdset { campaign, name: "Novo".into() }).expect("made").expect("an id");
    assert_eq!(get(&sim, &made, &[("fields", "name")]).await.json()["name"], "Novo");
    sim.world().advance(7200);
    let rows = adset_rows(&sim).await;
    let own: Vec<_> = rows.iter().filter(|row| row["adset_id"] == made.as_str()).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["date_start"], "2026-11-23");
}

#[tokio::test]
async fn the_same_seed_makes_the_same_world_and_another_seed_another() {
    let spend = |seed: u64| {
        let world = WorldSpec::small().seed(seed).build();
        world.truth_total(ACT, "2026-11-17".parse().expect("day"), "2026-11-23".parse().expect("day")).spend_cents
    };
    assert_eq!(spend(3), spend(3));
    assert_ne!(spend(3), spend(4));
}

#[tokio::test]
async fn the_demo_is_a_believable_account_that_moves() {
    let sim = Sim::start(World::demo(1, Clock::Fixed(NOON))).await.expect("start");
    let campaigns = sim.world().truth_objects(ACT, Level::Campaign);
    let adsets = sim.world().truth_objects(ACT, Level::Adset);
    let active = |objects: &[graph_sim::TruthObject]| objects.iter().filter(|o| o.effective_status == "ACTIVE").count();
    assert_eq!((active(&campaigns), active(&adsets)), (5, 36));
    assert!(["PAUSED", "ARCHIVED", "DELETED"].iter().all(|s| adsets.iter().any(|o| o.effective_status == *s)));
    let fields = "spend,impressions,clicks,ctr,cpm,actions";
    let params = [("date_preset", "last_90d"), ("time_increment", "1"), ("limit", "100"), ("fields", fields)];
    let days = all(&sim, &format!("{ACT}/insights"), &params).await;
    assert_eq!(days.len(), 90);
    for day in &days {
        let float = |key: &str| day[key].as_str().expect(key).parse::<f64>().expect("a number");
        assert!((0.8..3.0).contains(&float("ctr")), "{day}");
        assert!((10.0..35.0).contains(&float("cpm")), "{day}");
    }
    let before = sim.world().revision();
    let events: usize = (0..20).map(|_| sim.world().tick().len()).sum();
    assert!(events > 5 && sim.world().revision() > before);
}

#[tokio::test]
async fn another_process_can_move_the_world_and_read_its_truth() {
    let sim = Sim::start(World::small()).await.expect("start");
    let moved = control(&sim, "POST", "clock", "{\"now\":\"2026-11-23T20:00:00-03:00\"}").await;
    assert_eq!(moved["now"], NOON + 8 * 3600);
    let objects = control(&sim, "GET", &format!("objects?account={ACT}&level=adset"), "").await;
    let id = objects["objects"][0]["id"].as_str().expect("id");
    control(&sim, "POST", "change", &format!("{{\"kind\":\"pause\",\"id\":\"{id}\"}}")).await;
    assert_eq!(get(&sim, id, &[("fields", "status")]).await.json()["status"], "PAUSED");
    let truth =
        control(&sim, "GET", &format!("truth?account={ACT}&level=adset&since=2026-11-17&until=2026-11-23"), "").await;
    assert_eq!(truth["rows"].as_array().expect("rows").len(), adset_rows(&sim).await.len());
    control(&sim, "POST", "tick", "").await;
    control(&sim, "POST", "settings", "{\"latency_ms\":1}").await;
    let calls = control(&sim, "GET", "calls?with=/insights", "").await;
    assert_eq!(calls["calls"].as_array().expect("calls").len(), 1);
    assert_eq!(control(&sim, "GET", "world", "").await["accounts"][0]["id"], ACT);
}
