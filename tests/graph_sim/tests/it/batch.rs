//! Batches.
use crate::support::{ACT, get, post};
use graph_sim::{Allowance, Bucket, Fault, Rule, SettingsChange, Sim, When, World};
use serde_json::Value;

#[tokio::test]
async fn parts_keep_their_order_and_carry_their_own_headers() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.faults().times(Fault::Drop, "adsets", 1);
    let batch = format!(
        "[{{\"method\":\"GET\",\"relative_url\":\"v26.0/{ACT}?fields=name\"}},\
         {{\"method\":\"GET\",\"relative_url\":\"{ACT}/insights?fields=spend\"}},\
         {{\"method\":\"GET\",\"relative_url\":\"{ACT}/adsets\"}},\
         {{\"method\":\"GET\",\"relative_url\":\"123\"}}]"
    );
    let answer = post(&sim, "", &[("batch", &batch)]).await;
    assert!(!answer.headers.contains_key("x-business-use-case-usage"));
    let parts = answer.json();
    assert_eq!((&parts[0]["code"], &parts[1]["code"], &parts[3]["code"]), (&200.into(), &200.into(), &400.into()));
    // What did not run is null.
    assert!(parts[2].is_null());
    assert!(parts[0]["body"].as_str().expect("body").contains("Clinica Aurora"));
    let names: Vec<_> = parts[1]["headers"].as_array().expect("headers").iter().map(|h| h["name"].clone()).collect();
    assert!(names.contains(&"X-FB-Ads-Insights-Throttle".into()));
    assert_eq!(sim.calls().iter().filter(|call| call.is_part).count(), 4);
}

#[tokio::test]
async fn fifty_one_parts_are_too_many() {
    let sim = Sim::start(World::small()).await.expect("start");
    let part = format!("{{\"method\":\"GET\",\"relative_url\":\"{ACT}\"}}");
    let fifty = post(&sim, "", &[("batch", &format!("[{}]", vec![part.as_str(); 50].join(",")))]).await;
    assert_eq!(fifty.json().as_array().expect("parts").len(), 50);
    let more = post(&sim, "", &[("batch", &format!("[{}]", vec![part.as_str(); 51].join(",")))]).await;
    assert_eq!((more.status, &more.json()["error"]["type"]), (400, &"GraphBatchException".into()));
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
}

fn three() -> String {
    let part = |edge: &str| format!("{{\"method\":\"GET\",\"relative_url\":\"{ACT}/{edge}\"}}");
    format!("[{},{},{}]", part("campaigns"), part("adsets"), part("insights"))
}

fn header(part: &Value, name: &str) -> Option<String> {
    let headers = part["headers"].as_array().expect("headers");
    headers.iter().find(|header| header["name"] == name).map(|header| header["value"].to_string())
}

/// FACTS 2.6: usage stands in the parts, each counts on its own.
#[tokio::test]
async fn a_part_may_be_throttled_while_the_others_succeed() {
    let sim = Sim::start(World::small()).await.expect("start");
    let allowance = Allowance { management: Some(1), ..Allowance::default() };
    sim.set(SettingsChange { allowance: Some(allowance), ..Default::default() });
    let answer = post(&sim, "", &[("batch", &three())]).await;
    assert_eq!(answer.status, 200);
    let parts = answer.json();
    let codes: Vec<_> = (0..3).map(|at| parts[at]["code"].as_i64().expect("a code")).collect();
    assert_eq!(codes, [200, 400, 200]);
    let body: Value = serde_json::from_str(parts[1]["body"].as_str().expect("body")).expect("json");
    assert_eq!((&body["error"]["code"], &body["error"]["error_subcode"]), (&80_004.into(), &2_446_079.into()));
    let usage = header(&parts[1], "X-Business-Use-Case-Usage").expect("usage inside the part");
    assert!(usage.contains("ads_management") && usage.contains("estimated_time_to_regain_access\\\":2"), "{usage}");
    let calls = |bucket| sim.usage().iter().find(|usage| usage.bucket == bucket).map(|usage| usage.calls);
    assert_eq!((calls(Bucket::AdsManagement), calls(Bucket::AdsInsights)), (Some(2), Some(1)));
    let bare = post(&sim, "", &[("batch", &three()), ("include_headers", "false")]).await.json();
    assert!((0..3).all(|at| bare[at].get("headers").is_none() && bare[at]["body"].is_string()));
}

/// FACTS 2.6: null is a part that did not run, 960 one that was aborted.
#[tokio::test]
async fn parts_may_be_null_or_aborted_and_calls_of_their_own_are_not_touched() {
    let sim = Sim::start(World::small()).await.expect("start");
    let aborted = Fault::Known { code: Some(960), subcode: None, nth: 0, status: Some(500), minutes: None };
    let when = |path: &str| When { path: Some(path.into()), is_part: Some(true), ..When::default() };
    sim.faults().add(Rule { fault: aborted, when: when("/adsets") });
    sim.faults().add(Rule { fault: Fault::NullPart, when: when("/insights") });
    let parts = post(&sim, "", &[("batch", &three())]).await.json();
    assert_eq!((&parts[0]["code"], &parts[1]["code"]), (&200.into(), &500.into()));
    assert!(parts[1]["body"].as_str().expect("body").contains("\"code\":960"));
    assert!(parts[2].is_null());
    assert_eq!(get(&sim, &format!("{ACT}/adsets"), &[]).await.status, 200);
    sim.faults().clear();
    sim.faults().always(Fault::NullPart);
    let parts = post(&sim, "", &[("batch", &three())]).await.json();
    assert!((0..3).all(|at| parts[at].is_null()));
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
}
