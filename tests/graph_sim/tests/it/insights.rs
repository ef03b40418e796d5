//! Insights: rows, totals, days, cursors.
use crate::support::{ACT, all, cents, get, number};
use graph_sim::{Change, Fact, Level, Sim, UnfilteredLists, World, WorldSpec};
use std::collections::BTreeSet;

const WEEK: &str = "{\"since\":\"2026-11-17\",\"until\":\"2026-11-23\"}";

fn week() -> (chrono::NaiveDate, chrono::NaiveDate) {
    ("2026-11-17".parse().expect("day"), "2026-11-23".parse().expect("day"))
}

fn insights() -> String {
    format!("{ACT}/insights")
}

#[tokio::test]
async fn daily_rows_are_the_truth_and_only_where_something_happened() {
    let sim = Sim::start(World::small()).await.expect("start");
    let params = [
        ("level", "adset"),
        ("time_increment", "1"),
        ("time_range", WEEK),
        ("limit", "50"),
        ("fields", "adset_id,spend,impressions,reach,clicks"),
    ];
    let rows = all(&sim, &insights(), &params).await;
    let truth = sim.world().truth_adset_rows(ACT, week().0, week().1);
    assert!((195..235).contains(&rows.len()), "{}", rows.len());
    assert_eq!(rows.len(), truth.len());
    for (row, truth) in rows.iter().zip(&truth) {
        assert_eq!(row["adset_id"], truth.adset_id.as_deref().expect("id"));
        assert_eq!(row["date_start"], truth.date.to_string());
        assert_eq!(cents(&row["spend"]), truth.fact.spend_cents);
        assert_eq!(number(&row["impressions"]), truth.fact.impressions);
        assert_eq!(number(&row["reach"]), truth.reach);
    }
}

#[tokio::test]
async fn totals_of_the_account_count_archived_and_deleted_objects_to_the_cent() {
    let sim = Sim::start(WorldSpec::small().statuses(100, 150, 150).build()).await.expect("start");
    let base = [("time_increment", "1"), ("time_range", WEEK), ("fields", "spend,impressions"), ("limit", "500")];
    let total = |rows: &[serde_json::Value]| rows.iter().map(|row| cents(&row["spend"])).sum::<i64>();
    let ask = |level: &'static str| {
        let mut params = base.to_vec();
        params.push(("level", level));
        params
    };
    let account = all(&sim, &insights(), &ask("account")).await;
    assert_eq!(account.len(), 7);
    let truth = sim.world().truth_total(ACT, week().0, week().1);
    assert_eq!(total(&account), truth.spend_cents);
    for level in ["campaign", "adset", "ad"] {
        assert_eq!(total(&all(&sim, &insights(), &ask(level)).await), truth.spend_cents, "{level}");
    }
    let whole = all(&sim, &insights(), &ask("adset")).await.len();
    sim.world().unfiltered_lists = UnfilteredLists::NoDeleted;
    sim.world().changed();
    let no_deleted = all(&sim, &insights(), &ask("adset")).await;
    sim.world().unfiltered_lists = UnfilteredLists::ActiveAndPausedOnly;
    sim.world().changed();
    let fewest = all(&sim, &insights(), &ask("adset")).await;
    assert!(whole > no_deleted.len() && no_deleted.len() > fewest.len());
    assert_eq!(total(&all(&sim, &insights(), &ask("account")).await), truth.spend_cents);
    let deleted = "[{\"field\":\"adset.effective_status\",\"operator\":\"IN\",\"value\":[\"DELETED\"]}]";
    let mut params = ask("adset");
    params.push(("filtering", deleted));
    assert_eq!(all(&sim, &insights(), &params).await.len(), whole - no_deleted.len());
}

#[tokio::test]
async fn any_filter_leaves_only_active_objects_unless_it_names_a_status() {
    let sim = Sim::start(WorldSpec::small().statuses(300, 0, 0).build()).await.expect("start");
    let params =
        |filter: &'static str| [("level", "adset"), ("time_range", WEEK), ("filtering", filter), ("limit", "99")];
    let active = (sim.world().truth_objects(ACT, Level::Adset))
        .iter()
        .filter(|object| object.effective_status == "ACTIVE")
        .count();
    let spent = "[{\"field\":\"adset.impressions\",\"operator\":\"GREATER_THAN\",\"value\":0}]";
    assert_eq!(all(&sim, &insights(), &params(spent)).await.len(), active);
    let named = "[{\"field\":\"adset.effective_status\",\"operator\":\"IN\",\"value\":[\"ACTIVE\",\"PAUSED\"]}]";
    assert_eq!(all(&sim, &insights(), &params(named)).await.len(), 36);
}

#[tokio::test]
async fn row_cursors_count_rows_and_pages_fit_together() {
    let sim = Sim::start(World::small()).await.expect("start");
    let params = [("level", "adset"), ("time_increment", "1"), ("time_range", WEEK)];
    let first = get(&sim, &insights(), &params).await.json();
    assert_eq!(first["data"].as_array().expect("data").len(), 25);
    assert_eq!(first["paging"]["cursors"]["before"], "MAZDZD");
    assert_eq!(first["paging"]["cursors"]["after"], "MjQZD");
    assert!(first["paging"]["next"].as_str().expect("next").ends_with("after=MjQZD"));
    let rows = all(&sim, &insights(), &params).await;
    let keys: BTreeSet<String> = rows.iter().map(|row| format!("{}{}", row["adset_id"], row["date_start"])).collect();
    assert_eq!(keys.len(), rows.len());
    let beyond = get(&sim, &insights(), &[("level", "adset"), ("time_range", WEEK), ("after", "OTk5OQZDZD")]).await;
    assert_eq!(beyond.body, "{\"data\":[]}");
}

#[tokio::test]
async fn increments_cut_the_range_and_the_default_is_the_last_thirty_days_in_one_row() {
    let sim = Sim::start(WorldSpec::small().days(90).build()).await.expect("start");
    let default = get(&sim, &insights(), &[]).await.data();
    assert_eq!(default.len(), 1);
    assert_eq!((&default[0]["date_start"], &default[0]["date_stop"]), (&"2026-10-24".into(), &"2026-11-22".into()));
    let range = "{\"since\":\"2026-09-20\",\"until\":\"2026-11-10\"}";
    let spans = |rows: Vec<serde_json::Value>| {
        rows.iter().map(|row| (row["date_start"].clone(), row["date_stop"].clone())).collect::<Vec<_>>()
    };
    let monthly = get(&sim, &insights(), &[("time_increment", "monthly"), ("time_range", range)]).await.data();
    let monthly = spans(monthly);
    assert_eq!(monthly.len(), 3);
    assert_eq!(monthly[1], ("2026-10-01".into(), "2026-10-31".into()));
    let weeks = spans(get(&sim, &insights(), &[("time_increment", "7"), ("time_range", range)]).await.data());
    assert_eq!(weeks.len(), 8);
    assert_eq!(weeks[7], ("2026-11-08".into(), "2026-11-10".into()));
    let refused = get(&sim, &insights(), &[("time_increment", "91")]).await;
    assert_eq!(refused.error(), (400, 100, 0));
    let lifetime = get(&sim, &insights(), &[("date_preset", "lifetime")]).await;
    assert_eq!(lifetime.error(), (400, 100, 0));
}

#[tokio::test]
async fn a_start_beyond_37_months_and_unknown_fields_and_levels_above_are_refused() {
    let sim = Sim::start(World::small()).await.expect("start");
    let old = get(&sim, &insights(), &[("time_range", "{\"since\":\"2023-10-22\",\"until\":\"2023-11-01\"}")]).await;
    assert_eq!(old.error(), (400, 3018, 0));
    let edge = get(&sim, &insights(), &[("time_range", "{\"since\":\"2023-10-23\",\"until\":\"2023-11-01\"}")]).await;
    assert_eq!(edge.status, 200);
    assert_eq!(get(&sim, &insights(), &[("fields", "spend,profit")]).await.error(), (400, 100, 0));
    assert_eq!(get(&sim, &insights(), &[("fields", "spend,age")]).await.error(), (400, 100, 0));
    let id = sim.world().truth_objects(ACT, Level::Adset)[0].id.clone();
    let above = get(&sim, &format!("{id}/insights"), &[("level", "account")]).await;
    assert_eq!(above.error(), (500, 1, 99));
}

#[tokio::test]
async fn one_purchase_has_eight_names_and_leads_are_a_family() {
    let sim = Sim::start(World::small()).await.expect("start");
    let id = sim.world().truth_objects(ACT, Level::Ad)[0].id.clone();
    let day = week().0;
    let fact = Fact { purchases: 1, purchase_cents: 28_990, form_leads: 2, pixel_leads: 1, ..Fact::default() };
    sim.world().apply(Change::Plant { id: id.clone(), day, fact }).expect("planted");
    let range = "{\"since\":\"2026-11-17\",\"until\":\"2026-11-17\"}";
    let fields = "actions,action_values,spend,cpc,ctr,impressions,cost_per_result,results";
    let row = get(&sim, &format!("{id}/insights"), &[("time_range", range), ("fields", fields)]).await.data().remove(0);
    let value = |list: &str, name: &str| {
        let list = row[list].as_array().expect("a list").clone();
        list.into_iter().find(|entry| entry["action_type"] == name).map(|entry| entry["value"].clone())
    };
    let purchases = row["actions"].as_array().expect("actions").iter();
    assert_eq!(purchases.filter(|entry| entry["action_type"].as_str().expect("type").contains("purchase")).count(), 8);
    assert_eq!(value("actions", "lead"), Some("3".into()));
    assert_eq!(value("actions", "onsite_conversion.lead_grouped"), Some("2".into()));
    assert_eq!(value("actions", "offsite_conversion.fb_pixel_lead"), Some("1".into()));
    assert_eq!(value("action_values", "omni_purchase"), Some("289.9".into()));
    assert_eq!(row["action_values"].as_array().expect("values").len(), 7);
    // Actions without delivery: the row is there, its ratios are not.
    assert_eq!((&row["spend"], &row["impressions"], &row["ctr"]), (&"0".into(), &"0".into(), &"0".into()));
    assert!(row.get("cpc").is_none());
}

#[tokio::test]
async fn what_has_no_value_is_absent_and_nothing_is_null_or_a_number() {
    let sim = Sim::start(World::small()).await.expect("start");
    let fields = "adset_id,spend,impressions,reach,frequency,clicks,cpc,cpm,ctr,actions,action_values,conversions,\
                  cost_per_action_type,results,cost_per_result,objective,optimization_goal,created_time,video_play_actions";
    let params =
        [("level", "adset"), ("time_increment", "1"), ("time_range", WEEK), ("limit", "500"), ("fields", fields)];
    let answer = get(&sim, &insights(), &params).await;
    assert!(!answer.body.contains("null") && !answer.body.contains("[]"));
    for row in answer.data() {
        for (key, value) in row.as_object().expect("a row") {
            assert!(value.is_string() || value.is_array(), "{key}: {value}");
        }
    }
}

#[tokio::test]
async fn windows_are_shown_where_asked_and_dead_ones_say_nothing() {
    let sim = Sim::start(World::small()).await.expect("start");
    let windows = "[\"1d_click\",\"7d_click\",\"7d_view\"]";
    let params = [("time_range", WEEK), ("fields", "actions"), ("action_attribution_windows", windows)];
    let row = get(&sim, &insights(), &params).await.data().remove(0);
    let entry = &row["actions"][0];
    assert!(entry["7d_click"].is_string() && entry["1d_click"].is_string() && entry.get("7d_view").is_none());
    let wrong = [("action_attribution_windows", "[\"3d_click\"]")];
    assert_eq!(get(&sim, &insights(), &wrong).await.error(), (400, 100, 0));
}

#[tokio::test]
async fn breakdowns_add_their_keys_and_add_up() {
    let sim = Sim::start(World::small()).await.expect("start");
    let base = [("time_range", WEEK), ("fields", "spend,impressions"), ("limit", "500")];
    let whole = get(&sim, &insights(), &base).await.data();
    let mut params = base.to_vec();
    params.extend([("breakdowns", "age,gender"), ("default_summary", "true")]);
    let answer = get(&sim, &insights(), &params).await;
    let parts = answer.data();
    assert_eq!(parts.len(), 18);
    assert!(parts.iter().all(|row| row["age"].is_string() && row["gender"].is_string()));
    assert_eq!(parts.iter().map(|row| cents(&row["spend"])).sum::<i64>(), cents(&whole[0]["spend"]));
    assert_eq!(answer.json()["summary"]["spend"], whole[0]["spend"]);
}

#[tokio::test]
async fn reach_does_not_add_up_over_days() {
    let sim = Sim::start(World::small()).await.expect("start");
    let params = [("time_range", WEEK), ("fields", "reach,impressions,frequency")];
    let week = get(&sim, &insights(), &params).await.data();
    let mut daily = params.to_vec();
    daily.push(("time_increment", "1"));
    let days = get(&sim, &insights(), &daily).await.data();
    assert!(days.iter().map(|row| number(&row["reach"])).sum::<i64>() > number(&week[0]["reach"]));
}
