//! Which rows are listed and what they add up to (FACTS 0, 2.4, 7).
use crate::support::{ACT, all, cents, get};
use graph_sim::{AccountSpec, Change, Fact, Fault, Level, Rule, Sim, UnfilteredLists, When, World, WorldSpec};
use serde_json::Value;

const WEEK: &str = "{\"since\":\"2026-11-17\",\"until\":\"2026-11-23\"}";

async fn mixed() -> Sim {
    Sim::start(WorldSpec::small().statuses(100, 200, 200).build()).await.expect("start")
}

fn with_status(sim: &Sim, level: Level, status: &str) -> Vec<String> {
    let objects = sim.world().truth_objects(ACT, level);
    objects.into_iter().filter(|object| object.effective_status == status).map(|object| object.id).collect()
}

async fn rows(sim: &Sim, node: &str, level: &str, filter: &str) -> Vec<Value> {
    let mut params = vec![("level", level), ("time_range", WEEK), ("fields", "campaign_id,adset_id,ad_id,spend")];
    if !filter.is_empty() {
        params.push(("filtering", filter));
    }
    all(sim, &format!("{node}/insights"), &params).await
}

fn total(rows: &[Value]) -> i64 {
    rows.iter().map(|row| cents(&row["spend"])).sum()
}

fn ids(rows: &[Value], key: &str) -> Vec<String> {
    rows.iter().map(|row| row[key].as_str().expect("an id").to_owned()).collect()
}

/// FACTS 7: parent totals can exceed the sum of the listed children; the sources disagree, so each is a switch.
#[tokio::test]
async fn listings_may_leave_out_archived_or_deleted_rows_while_totals_and_ids_keep_them() {
    let sim = mixed().await;
    let whole = total(&rows(&sim, ACT, "account", "").await);
    let (archived, deleted) = (with_status(&sim, Level::Adset, "ARCHIVED"), with_status(&sim, Level::Adset, "DELETED"));
    let cases = [
        (UnfilteredLists::NoArchived, vec![&archived]),
        (UnfilteredLists::NoDeleted, vec![&deleted]),
        (UnfilteredLists::ActiveAndPausedOnly, vec![&archived, &deleted]),
    ];
    for (lists, missing) in cases {
        sim.world().unfiltered_lists = lists;
        sim.world().changed();
        assert_eq!(total(&rows(&sim, ACT, "account", "").await), whole, "{lists:?}");
        let listed = rows(&sim, ACT, "adset", "").await;
        assert!(total(&listed) < whole, "{lists:?}");
        let listed = ids(&listed, "adset_id");
        let missing: Vec<&String> = missing.into_iter().flatten().collect();
        assert!(missing.iter().all(|id| !listed.contains(id)), "{lists:?}");
        assert_eq!(listed.len() + missing.len(), 36, "{lists:?}");
        for id in missing {
            // By its own id it reads, at its own level and below.
            assert_eq!(rows(&sim, id, "adset", "").await.len(), 1);
            assert_eq!(total(&rows(&sim, id, "ad", "").await), total(&rows(&sim, id, "adset", "").await));
        }
    }
    let all_named = "[{\"field\":\"adset.effective_status\",\"operator\":\"IN\",\
                     \"value\":[\"ACTIVE\",\"PAUSED\",\"CAMPAIGN_PAUSED\",\"ARCHIVED\",\"DELETED\"]}]";
    assert_eq!(total(&rows(&sim, ACT, "adset", all_named).await), whole);
    // Beneath a campaign that lives, deleted ad sets are missing as they are beneath the account.
    let campaign = sim.world().truth_objects(ACT, Level::Adset).into_iter().find(|adset| adset.id == deleted[0]);
    let campaign = campaign.and_then(|adset| adset.campaign_id).expect("a campaign");
    let beneath = rows(&sim, &campaign, "adset", "").await;
    assert!(!ids(&beneath, "adset_id").contains(&deleted[0]));
    assert!(total(&beneath) < total(&rows(&sim, &campaign, "campaign", "").await));
}

/// FACTS 7 and 2.4: insights take DELETED in a filter; a switch makes them refuse it as edges do.
#[tokio::test]
async fn a_filter_that_names_deleted_reaches_them_unless_the_switch_refuses_it() {
    let sim = mixed().await;
    let filter = "[{\"field\":\"ad.effective_status\",\"operator\":\"IN\",\"value\":[\"DELETED\"]}]";
    let found = rows(&sim, ACT, "ad", filter).await;
    assert!(!found.is_empty());
    let deleted = with_status(&sim, Level::Ad, "DELETED");
    assert!(ids(&found, "ad_id").iter().all(|id| deleted.contains(id)));
    sim.world().refuses_deleted_filter = true;
    sim.world().changed();
    let refused = get(&sim, &format!("{ACT}/insights"), &[("level", "ad"), ("filtering", filter)]).await;
    assert_eq!(refused.error(), (400, 100, 1_815_001));
}

/// FACTS 2.4: dotted ids at every level; FACTS 0.9: with them only active objects come.
#[tokio::test]
async fn dotted_ids_choose_and_imply_active_objects_only() {
    let sim = mixed().await;
    for (key, level, name) in
        [("campaign.id", Level::Campaign, "campaign"), ("adset.id", Level::Adset, "adset"), ("ad.id", Level::Ad, "ad")]
    {
        let active = with_status(&sim, level, "ACTIVE");
        let other = with_status(&sim, level, "DELETED");
        let mut wanted = vec![active[0].clone(), active[1].clone()];
        wanted.extend(other.first().cloned());
        let list = serde_json::to_string(&wanted).expect("json");
        let filter = format!("[{{\"field\":\"{key}\",\"operator\":\"IN\",\"value\":{list}}}]");
        let found = ids(&rows(&sim, ACT, name, &filter).await, &key.replace('.', "_"));
        assert_eq!(found, active[..2], "{key}");
    }
    // A campaign's row counts its deleted ad sets although a filter chose the campaign.
    let campaign = with_status(&sim, Level::Campaign, "ACTIVE").remove(0);
    let filter = format!("[{{\"field\":\"campaign.id\",\"operator\":\"IN\",\"value\":[\"{campaign}\"]}}]");
    let chosen = rows(&sim, ACT, "campaign", &filter).await;
    assert_eq!(total(&chosen), total(&rows(&sim, &campaign, "campaign", "").await));
}

/// FACTS 7: fraud refunds and revisions; money may fall, and below zero.
#[tokio::test]
async fn a_correction_may_be_negative_and_ratios_follow_it() {
    let sim = Sim::start(World::small()).await.expect("start");
    let id = sim.world().truth_objects(ACT, Level::Ad)[0].id.clone();
    let day = "2026-11-20".parse().expect("day");
    let fact = Fact { spend_cents: -1_235, clicks: 3, impressions: 10, ..Fact::default() };
    sim.world().apply(Change::Plant { id: id.clone(), day, fact }).expect("planted");
    let range = "{\"since\":\"2026-11-20\",\"until\":\"2026-11-20\"}";
    let params = [("time_range", range), ("fields", "spend,cpc,cpm")];
    let row = get(&sim, &format!("{id}/insights"), &params).await.data().remove(0);
    assert_eq!((&row["spend"], &row["cpc"], &row["cpm"]), (&"-12.35".into(), &"-4.116667".into(), &"-1235".into()));
    let truth = sim.world().truth(ACT, Level::Ad, day, day);
    assert!(truth.iter().any(|row| row.ad_id.as_deref() == Some(&id) && row.spend() == "-12.35"));
}

/// FACTS 0.6 and 3: minor units by Meta's table, the offset of a zone with quarter hours.
#[tokio::test]
async fn a_currency_without_minor_units_and_a_zone_of_quarter_hours() {
    let spec = AccountSpec {
        currency: "COP".into(),
        zone: chrono_tz::Asia::Kathmandu,
        ..AccountSpec::new(graph_sim::ACCOUNT_ID, "कृष्ण")
    };
    let sim = Sim::start(WorldSpec::small().accounts(vec![spec]).build()).await.expect("start");
    let params = [("level", "ad"), ("time_range", WEEK), ("time_increment", "1"), ("limit", "500")];
    let found = all(&sim, &format!("{ACT}/insights"), &params).await;
    assert!(found.iter().all(|row| !row["spend"].as_str().expect("spend").contains('.')));
    let adset = get(&sim, &format!("{ACT}/adsets"), &[("fields", "created_time"), ("limit", "1")]).await.data();
    assert!(adset[0]["created_time"].as_str().expect("time").ends_with("T00:00:00+0545"), "{adset:?}");
    let account = get(&sim, ACT, &[("fields", "timezone_offset_hours_utc,currency")]).await.json();
    assert_eq!((&account["timezone_offset_hours_utc"], &account["currency"]), (&5.75.into(), &"COP".into()));
}

/// FACTS 7: a missing `actions` where objects with different attribution settings meet.
#[tokio::test]
async fn actions_are_missing_where_attribution_settings_meet_unless_windows_are_named() {
    let sim = Sim::start(World::small()).await.expect("start");
    let adset = sim.world().truth_objects(ACT, Level::Adset)[0].clone();
    sim.world().apply(Change::SetAttribution { id: adset.id.clone(), click_days: 1 }).expect("set");
    let params = [("level", "account"), ("time_range", WEEK), ("fields", "spend,actions")];
    let row = get(&sim, &format!("{ACT}/insights"), &params).await.data().remove(0);
    assert!(row.get("actions").is_none() && row["spend"].is_string());
    let mut named = params.to_vec();
    named.push(("action_attribution_windows", "[\"1d_click\",\"7d_click\",\"1d_view\"]"));
    assert!(get(&sim, &format!("{ACT}/insights"), &named).await.data()[0]["actions"].is_array());
    let params = [("level", "adset"), ("time_range", WEEK), ("fields", "actions"), ("limit", "100")];
    assert!(all(&sim, &format!("{ACT}/insights"), &params).await.iter().all(|row| row["actions"].is_array()));
    let spec = get(&sim, &adset.id, &[("fields", "attribution_spec")]).await.json();
    assert_eq!(spec["attribution_spec"][0]["window_days"], 1);
}

#[tokio::test]
async fn a_page_may_lie_while_the_totals_stay_right() {
    let sim = Sim::start(World::small()).await.expect("start");
    let whole = total(&rows(&sim, ACT, "account", "").await);
    let when = When { path: Some("level=adset".into()), times: Some(1), ..When::default() };
    sim.faults().add(Rule { fault: Fault::DropRows { from: 3, rows: 2 }, when: when.clone() });
    let fewer = rows(&sim, ACT, "adset", "").await;
    assert_eq!(fewer.len(), 34);
    assert!(total(&fewer) < whole);
    assert_eq!(total(&rows(&sim, ACT, "account", "").await), whole);
    sim.faults().add(Rule { fault: Fault::RepeatRow { row: 99 }, when: when.clone() });
    let doubled = rows(&sim, ACT, "adset", "").await;
    // The last row of the first page, which holds 25 where nobody says how many.
    assert_eq!((doubled.len(), &doubled[24]), (37, &doubled[25]));
    let fault = Fault::SetField { field: "spend".into(), json: "\"0.01\"".into(), row: Some(0) };
    sim.faults().add(Rule { fault, when });
    let altered = rows(&sim, ACT, "adset", "").await;
    assert_eq!((altered.len(), &altered[0]["spend"]), (36, &"0.01".into()));
    assert_eq!(total(&rows(&sim, ACT, "adset", "").await), whole);
}

/// FACTS 2.5: one result set for each range, and they may overlap; one element to sort by.
#[tokio::test]
async fn ranges_may_overlap_and_rows_may_be_sorted() {
    let sim = Sim::start(World::small()).await.expect("start");
    let ranges =
        "[{\"since\":\"2026-11-17\",\"until\":\"2026-11-20\"},{\"since\":\"2026-11-20\",\"until\":\"2026-11-22\"}]";
    let found = get(&sim, &format!("{ACT}/insights"), &[("time_ranges", ranges)]).await.data();
    let spans: Vec<_> = found.iter().map(|row| (row["date_start"].clone(), row["date_stop"].clone())).collect();
    assert_eq!(spans, [("2026-11-17".into(), "2026-11-20".into()), ("2026-11-20".into(), "2026-11-22".into())]);
    let sorted = |sort: &'static str| [("level", "adset"), ("time_range", WEEK), ("limit", "99"), ("sort", sort)];
    let falling = all(&sim, &format!("{ACT}/insights"), &sorted("spend_descending")).await;
    assert!(falling.windows(2).all(|pair| cents(&pair[0]["spend"]) >= cents(&pair[1]["spend"])));
    let rising = all(&sim, &format!("{ACT}/insights"), &sorted("[\"spend\"]")).await;
    assert!(rising.windows(2).all(|pair| cents(&pair[0]["spend"]) <= cents(&pair[1]["spend"])));
    assert_eq!(get(&sim, &format!("{ACT}/insights"), &sorted("colour_ascending")).await.error(), (400, 100, 0));
}

/// FACTS 2.5: `summary` names its own fields; FACTS 7: `results` follows each ad set's goal.
#[tokio::test]
async fn a_summary_has_its_own_fields_and_results_their_own_indicators() {
    let sim = Sim::start(World::random(2)).await.expect("start");
    let params = [("level", "adset"), ("fields", "spend,results"), ("summary", "[\"impressions\"]"), ("limit", "50")];
    let answer = get(&sim, &format!("{ACT}/insights"), &params).await;
    let summary = answer.json()["summary"].clone();
    assert!(summary["impressions"].is_string() && summary.get("spend").is_none(), "{summary}");
    let indicators: std::collections::BTreeSet<String> =
        answer.data().iter().map(|row| row["results"][0]["indicator"].to_string()).collect();
    assert!(indicators.len() >= 3, "{indicators:?}");
    let wrong = [("summary", "[\"colour\"]")];
    assert_eq!(get(&sim, &format!("{ACT}/insights"), &wrong).await.error(), (400, 100, 0));
}
