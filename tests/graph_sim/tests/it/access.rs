//! Tokens, proofs, versions, usage.
use crate::support::{ACT, get, get_raw, send, target};
use graph_sim::{Allowance, Change, DEFAULT_TOKEN, GraphError, SettingsChange, Sim, World};

async fn small() -> Sim {
    Sim::start(World::small()).await.expect("start")
}

#[tokio::test]
async fn the_token_comes_by_header_or_query_and_a_wrong_one_is_190() {
    let sim = small().await;
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
    let by_query =
        send(&sim, &format!("GET {} HTTP/1.1\r\n", target(ACT, &[("access_token", DEFAULT_TOKEN)])), "").await;
    assert_eq!(by_query.expect("an answer").status, 200);
    let wrong = send(&sim, &format!("GET {} HTTP/1.1\r\nAuthorization: Bearer x\r\n", target(ACT, &[])), "").await;
    let wrong = wrong.expect("an answer");
    assert_eq!(wrong.error(), (400, 190, 0));
    assert!(wrong.headers["www-authenticate"].starts_with("OAuth \"Facebook Platform\" \"invalid_token\""));
    let none = send(&sim, &format!("GET {} HTTP/1.1\r\n", target(ACT, &[])), "").await.expect("an answer");
    assert_eq!(none.error(), (400, 190, 0));
    let calls = sim.calls();
    assert_eq!(calls.iter().map(|call| call.is_by_header).collect::<Vec<_>>(), [true, false, true, false]);
    assert!(calls.iter().all(|call| !call.query.contains(DEFAULT_TOKEN)));
}

#[tokio::test]
async fn the_proof_is_judged_and_may_be_required() {
    let sim = small().await;
    sim.set(SettingsChange { app_secret: Some("s3cret".into()), requires_proof: Some(true), ..Default::default() });
    assert_eq!(get(&sim, ACT, &[]).await.error(), (400, 100, 0));
    let wrong = get(&sim, ACT, &[("appsecret_proof", "00ff")]).await;
    assert_eq!(wrong.error(), (400, 100, 0));
    assert_eq!(wrong.json()["error"]["type"], "GraphMethodException");
    // HMAC-SHA256 with the secret as key over the default token, computed by another program.
    let proof = "49357afe6584febcd5fe13efb7ca4eebd569654831dda283b07bb1fff4adc6ee";
    assert_eq!(get(&sim, ACT, &[("appsecret_proof", proof)]).await.status, 200);
}

#[tokio::test]
async fn versions_are_told_upgraded_and_refused() {
    let sim = small().await;
    let now = get(&sim, ACT, &[]).await;
    assert_eq!(now.headers["facebook-api-version"], "v26.0");
    assert!(!now.headers.contains_key("x-ad-api-version-warning"));
    let before = get_raw(&sim, &format!("/v25.0/{ACT}")).await.expect("an answer");
    assert_eq!((before.status, before.headers["facebook-api-version"].as_str()), (200, "v26.0"));
    assert!(before.headers["x-ad-api-version-warning"].contains("auto-upgraded to v26.0"));
    assert_eq!(get_raw(&sim, &format!("/v24.0/{ACT}")).await.expect("an answer").error(), (400, 2635, 0));
}

#[tokio::test]
async fn usage_rises_with_calls_blocks_at_the_end_and_opens_after_the_minutes_named() {
    let sim = small().await;
    let allowance = Allowance { insights: Some(4), ..Allowance::default() };
    sim.set(SettingsChange { allowance: Some(allowance), ..Default::default() });
    let insights = format!("{ACT}/insights");
    for percent in [25, 50, 75, 100] {
        let answer = get(&sim, &insights, &[]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers["x-business-use-case-usage"].contains(&format!("\"call_count\":{percent},")));
        assert!(answer.headers["x-fb-ads-insights-throttle"].contains(&format!("\"acc_id_util_pct\":{percent}.00")));
    }
    let blocked = get(&sim, &insights, &[]).await;
    assert_eq!(blocked.error(), (400, 80_000, 2_446_079));
    assert!(blocked.headers["x-business-use-case-usage"].contains("\"estimated_time_to_regain_access\":2"));
    assert!(!blocked.headers.contains_key("retry-after"));
    // Structure has an allowance of its own.
    assert_eq!(get(&sim, &format!("{ACT}/ads"), &[]).await.status, 200);
    sim.world().advance(3_600);
    assert_eq!(get(&sim, &insights, &[]).await.status, 200);
}

#[tokio::test]
async fn the_token_tells_its_own_facts_and_lists_its_accounts() {
    let sim = small().await;
    let facts = get(&sim, "debug_token", &[("input_token", DEFAULT_TOKEN)]).await.json();
    assert_eq!((&facts["data"]["is_valid"], &facts["data"]["scopes"][0]), (&true.into(), &"ads_read".into()));
    let wrong = get(&sim, "debug_token", &[("input_token", "x")]).await;
    assert_eq!((wrong.status, &wrong.json()["data"]["is_valid"]), (200, &false.into()));
    let accounts = get(&sim, "me/adaccounts", &[("fields", "id,name,currency,timezone_name,account_status")]).await;
    assert_eq!(accounts.data()[0]["id"], ACT);
    assert_eq!(accounts.data()[0]["account_status"], 1);
}

#[tokio::test]
async fn a_forbidden_account_is_200_and_a_dead_token_ends_every_call() {
    let sim = small().await;
    sim.world().apply(Change::Forbid { account: ACT.into(), is_forbidden: true }).expect("forbidden");
    assert_eq!(get(&sim, ACT, &[]).await.error(), (403, 200, 0));
    sim.refuse_all(Some(GraphError::new(190, "Error validating access token").subcode(460)));
    assert_eq!(get(&sim, "me/adaccounts", &[]).await.error(), (400, 190, 460));
}
