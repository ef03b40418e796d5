//! Buckets of the allowances (FACTS 5).
use crate::support::{ACT, control, get, post, send};
use graph_sim::{ACCOUNT_ID, Allowance, Bucket, DEFAULT_TOKEN, Plan, Score, SettingsChange, Sim, World};

async fn with(allowance: Allowance) -> Sim {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.set(SettingsChange { allowance: Some(allowance), ..Default::default() });
    sim
}

fn seen(sim: &Sim, bucket: Bucket) -> (u64, u64, u64) {
    let usage = sim.usage().into_iter().find(|usage| usage.bucket == bucket).expect("used");
    (usage.calls, usage.refused, usage.while_blocked)
}

#[tokio::test]
async fn calls_while_blocked_are_counted_and_push_the_end_further_out() {
    let sim = with(Allowance { management: Some(2), block_seconds: Some(600), ..Allowance::default() }).await;
    let minutes = |headers: &std::collections::HashMap<String, String>| {
        let usage: serde_json::Value = serde_json::from_str(&headers["x-business-use-case-usage"]).expect("json");
        usage[ACCOUNT_ID.to_string()][0]["estimated_time_to_regain_access"].as_i64().expect("minutes")
    };
    let mut last = 0;
    for number in 1..=7 {
        let answer = get(&sim, ACT, &[]).await;
        assert_eq!(answer.status, if number <= 2 { 200 } else { 400 });
        last = minutes(&answer.headers);
    }
    assert_eq!(last, 12);
    assert_eq!(seen(&sim, Bucket::AdsManagement), (7, 5, 4));
    assert_eq!(sim.calls_while_blocked(Bucket::AdsManagement), 4);
    let shown = control(&sim, "GET", "usage", "").await;
    assert_eq!(shown["buckets"][0]["while_blocked"], 4);
    sim.world().advance(719);
    assert_eq!(get(&sim, ACT, &[]).await.error(), (400, 80_004, 2_446_079));
    // Who waits as long as he was told is served.
    sim.world().advance(60);
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
}

#[tokio::test]
async fn polls_and_reads_of_a_run_count_as_insights_of_its_account() {
    let sim = with(Allowance::default()).await;
    sim.reports().plan(Plan::Completes { polls: 1 });
    let run = post(&sim, &format!("{ACT}/insights"), &[("fields", "spend")]).await.json();
    let id = run["report_run_id"].as_str().expect("an id").to_owned();
    assert_eq!(get(&sim, &id, &[]).await.json()["async_status"], "Job Completed");
    let read = get(&sim, &format!("{id}/insights"), &[]).await;
    assert!(
        read.headers["x-business-use-case-usage"].contains(&format!("\"{ACCOUNT_ID}\":[{{\"type\":\"ads_insights\""))
    );
    assert_eq!(seen(&sim, Bucket::AdsInsights), (3, 0, 0));
}

#[tokio::test]
async fn the_app_has_a_limit_of_its_own_with_its_own_header_and_code_4() {
    let sim = with(Allowance { app: Some(2), ..Allowance::default() }).await;
    let first = get(&sim, "me/adaccounts", &[]).await;
    assert_eq!(first.headers["x-app-usage"], "{\"call_count\":50,\"total_time\":15,\"total_cputime\":20}");
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    let full = get(&sim, ACT, &[]).await;
    assert_eq!(full.error(), (403, 4, 0));
    assert_eq!(full.json()["error"]["is_transient"], true);
    assert_eq!(seen(&sim, Bucket::App), (3, 1, 0));
}

#[tokio::test]
async fn the_insights_platform_is_full_for_every_account_at_once() {
    let sim = with(Allowance { platform: Some(4), ..Allowance::default() }).await;
    let insights = format!("{ACT}/insights");
    for percent in ["25.00", "50.00", "75.00", "100.00"] {
        let throttle = get(&sim, &insights, &[]).await.headers["x-fb-ads-insights-throttle"].clone();
        assert!(throttle.contains(&format!("\"app_id_util_pct\":{percent},")), "{throttle}");
    }
    assert_eq!(get(&sim, &insights, &[]).await.error(), (403, 4, 1_504_022));
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
}

#[tokio::test]
async fn the_score_decays_in_five_minutes_and_blocks_with_17_or_613() {
    let sim = with(Allowance { is_development: true, score: Some(Score::default()), ..Allowance::default() }).await;
    for _ in 0..60 {
        assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    }
    let full = get(&sim, ACT, &[]).await;
    assert_eq!(full.error(), (400, 17, 2_446_079));
    assert_eq!(full.json()["error"]["is_transient"], false);
    assert!(full.headers["x-ad-account-usage"].contains("\"reset_time_duration\":300"));
    sim.world().advance(300);
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    let score = Score { max: Some(1), blocked_seconds: Some(60), code: Some(613) };
    let sim = with(Allowance { score: Some(score), ..Allowance::default() }).await;
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    sim.world().advance(301);
    // The first point has decayed.
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    assert_eq!(get(&sim, ACT, &[]).await.error(), (400, 613, 1_487_742));
}

#[tokio::test]
async fn time_may_run_out_long_before_calls_do() {
    let sim = with(Allowance { management: Some(100), time_permille: Some(50_000), ..Allowance::default() }).await;
    for _ in 0..2 {
        assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    }
    let full = get(&sim, ACT, &[]).await;
    assert_eq!(full.error(), (400, 80_004, 2_446_079));
    assert!(full.headers["x-business-use-case-usage"].contains("\"call_count\":3,"));
    assert!(full.headers["x-business-use-case-usage"].contains("\"total_time\":100,"));
}

#[tokio::test]
async fn a_bucket_can_be_blocked_from_outside_and_a_token_ends_by_the_clock() {
    let sim = with(Allowance::default()).await;
    let block = format!("{{\"bucket\":\"ads_insights\",\"account\":\"{ACT}\",\"seconds\":120}}");
    control(&sim, "POST", "block", &block).await;
    assert_eq!(get(&sim, &format!("{ACT}/insights"), &[]).await.error(), (400, 80_000, 2_446_079));
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    assert_eq!(sim.calls_while_blocked(Bucket::AdsInsights), 1);
    sim.forget_usage();
    assert_eq!(get(&sim, &format!("{ACT}/insights"), &[]).await.status, 200);
    sim.set(SettingsChange { expires_at: Some(graph_sim::NOON + 60), ..Default::default() });
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    sim.world().advance(60);
    assert_eq!(get(&sim, ACT, &[]).await.error(), (400, 190, 463));
    let target = format!("GET /v26.0/debug_token?input_token={DEFAULT_TOKEN}&access_token=app%7Csecret HTTP/1.1\r\n");
    let facts = send(&sim, &target, "").await.expect("an answer").json();
    assert_eq!((&facts["data"]["is_valid"], &facts["data"]["error"]["subcode"]), (&false.into(), &463.into()));
}

/// FACTS 5: a header may be missing on low use.
#[tokio::test]
async fn headers_may_be_missing_while_little_is_used() {
    let sim = with(Allowance { management: Some(4), silent_below: Some(60), ..Allowance::default() }).await;
    let mut shown = Vec::new();
    for _ in 0..5 {
        shown.push(get(&sim, ACT, &[]).await.headers.contains_key("x-business-use-case-usage"));
    }
    assert_eq!(shown, [false, false, true, true, true]);
}

/// FACTS 5: the header's list may hold several use cases, and those of other objects.
#[tokio::test]
async fn the_header_may_tell_of_other_use_cases_and_other_objects() {
    let allowance = Allowance { insights: Some(2), management: Some(10), tells_all: true, ..Allowance::default() };
    let sim = with(allowance).await;
    for _ in 0..3 {
        get(&sim, &format!("{ACT}/insights"), &[]).await;
    }
    let answer = get(&sim, ACT, &[]).await;
    assert_eq!(answer.status, 200);
    let usage: serde_json::Value = serde_json::from_str(&answer.headers["x-business-use-case-usage"]).expect("json");
    let own = &usage[ACCOUNT_ID.to_string()];
    assert_eq!((&own[0]["type"], &own[0]["call_count"]), (&"ads_management".into(), &10.into()));
    assert_eq!((&own[1]["type"], &own[1]["estimated_time_to_regain_access"]), (&"ads_insights".into(), &2.into()));
    assert_eq!(usage["2938475610293847"][0]["call_count"], 100);
    assert!(sim.calls().iter().all(|call| call.at == graph_sim::NOON));
}
