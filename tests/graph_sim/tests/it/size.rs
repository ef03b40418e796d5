//! Questions that are too large, by rows, by fields, by both (FACTS 0.17); clocks that run, stand and are moved.
use crate::support::{ACT, control, get};
use graph_sim::{Change, Clock, Face, Fault, Level, Sim, World, WorldSpec};

const WIDE: &str = "spend,impressions,clicks,reach,ctr,cpc,cpm,actions";

async fn with(rows: Option<usize>, fields: Option<usize>, cells: Option<usize>, face: Face) -> Sim {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.faults().always(Fault::TooLarge { rows, fields, cells, face });
    sim
}

#[tokio::test]
async fn a_question_may_be_too_wide_or_too_long_or_too_large_in_both() {
    let insights = format!("{ACT}/insights");
    let sim = with(None, Some(7), None, Face::Reduce).await;
    assert_eq!(get(&sim, &insights, &[("fields", WIDE)]).await.error(), (500, 1, 0));
    assert_eq!(get(&sim, &insights, &[("fields", "spend")]).await.status, 200);
    let nested = [("fields", "id,name,ads.limit(1){id,name,creative{id,body,title}}")];
    assert_eq!(get(&sim, &format!("{ACT}/adsets"), &nested).await.error(), (500, 1, 0));
    let sim = with(Some(10), None, None, Face::Reduce).await;
    assert_eq!(get(&sim, &format!("{ACT}/ads"), &[("limit", "11")]).await.error(), (500, 1, 0));
    assert_eq!(get(&sim, &format!("{ACT}/ads"), &[("limit", "10")]).await.status, 200);
    let sim = with(None, None, Some(100), Face::DataPoints).await;
    let ask = |fields: &'static str| [("level", "adset"), ("limit", "5"), ("fields", fields)];
    // Data points count over all pages: 36 ad sets times 8 fields, times 2 fields.
    assert_eq!(get(&sim, &insights, &ask(WIDE)).await.error(), (400, 100, 1_487_534));
    assert_eq!(get(&sim, &insights, &ask("adset_id,spend")).await.status, 200);
    let sim = with(Some(0), None, None, Face::Unknown).await;
    assert_eq!(get(&sim, &insights, &[]).await.error(), (500, 1, 99));
    let sim = with(Some(0), None, None, Face::TimedOut).await;
    assert_eq!(get(&sim, &insights, &[]).await.error(), (400, 100, 1_504_018));
    let sim = with(Some(0), None, None, Face::TimedOutTransient).await;
    assert_eq!(get(&sim, &insights, &[]).await.error(), (500, 2, 1_504_038));
}

#[tokio::test]
async fn the_clock_stands_runs_and_can_be_moved_while_it_runs() {
    let sim = Sim::start(WorldSpec::small().clock(Clock::System).build()).await.expect("start");
    let machine = chrono::Utc::now().timestamp();
    assert!((sim.world().now() - machine).abs() < 5);
    sim.world().advance(86_400);
    assert!((sim.world().now() - machine - 86_400).abs() < 5);
    assert_eq!(sim.world().clock, Clock::Moved(86_400));
    control(&sim, "POST", "clock", "{\"moved_seconds\":-3600}").await;
    assert!((sim.world().now() - machine + 3_600).abs() < 5);
    control(&sim, "POST", "clock", "{\"now\":\"2026-11-23T12:00:00-03:00\"}").await;
    assert_eq!(sim.world().clock, Clock::Fixed(graph_sim::NOON));
    control(&sim, "POST", "clock", "{\"system\":true}").await;
    assert_eq!(sim.world().clock, Clock::System);
}

/// FACTS 7: days are the account's, 23 and 25 hours long where clocks change.
#[tokio::test]
async fn rows_of_the_day_on_which_clocks_change_are_there_once() {
    let zone = chrono_tz::Europe::Berlin;
    let spec = graph_sim::AccountSpec { zone, ..graph_sim::AccountSpec::new(graph_sim::ACCOUNT_ID, "Berlin") };
    let world = WorldSpec::small().accounts(vec![spec]).days(40).delivery_permille(1000).build();
    let sim = Sim::start(world).await.expect("start");
    let range = "{\"since\":\"2026-10-24\",\"until\":\"2026-10-26\"}";
    let rows = get(&sim, &format!("{ACT}/insights"), &[("time_range", range), ("time_increment", "1")]).await.data();
    let days: Vec<_> = rows.iter().map(|row| row["date_start"].as_str().expect("day").to_owned()).collect();
    assert_eq!(days, ["2026-10-24", "2026-10-25", "2026-10-26"]);
    let stamp = |adset: &serde_json::Value| adset["created_time"].as_str().expect("time").to_owned();
    let old = get(&sim, &format!("{ACT}/adsets"), &[("fields", "created_time"), ("limit", "1")]).await.data();
    assert!(stamp(&old[0]).ends_with("+0200"));
    let campaign = sim.world().truth_objects(ACT, Level::Campaign)[0].id.clone();
    let made = sim.world().apply(Change::AddAdset { campaign, name: "New".into() }).expect("made").expect("an id");
    assert!(stamp(&get(&sim, &made, &[("fields", "created_time")]).await.json()).ends_with("+0100"));
}
