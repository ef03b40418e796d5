//! Batches.
use crate::support::{ACT, get, post};
use graph_sim::{Fault, Sim, World};

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
    assert!(names.contains(&"x-fb-ads-insights-throttle".into()));
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
