//! Every fault switch, as a client meets it.
use crate::support::{ACT, all, control, get, get_raw};
use graph_sim::{Fault, GraphError, Rule, Sim, When, World};
use std::time::Duration;

async fn with(fault: Fault) -> Sim {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.faults().always(fault);
    sim
}

fn insights() -> String {
    format!("{ACT}/insights")
}

#[tokio::test]
async fn errors_have_their_codes_and_statuses() {
    let app = GraphError::new(4, "(#4) Application request limit reached").subcode(1_504_039);
    let cases = [
        (Fault::Transient, (500, 2, 0)),
        (Fault::Unknown, (500, 1, 0)),
        (Fault::ThrottleInsights { minutes: 12 }, (400, 80_000, 2_446_079)),
        (Fault::ThrottleManagement { minutes: 3 }, (400, 80_004, 2_446_079)),
        (Fault::ThrottleAccount, (400, 17, 2_446_079)),
        (Fault::ThrottleApp, (403, 4, 1_504_022)),
        (Fault::TooMuchData { rows: 0 }, (500, 1, 0)),
        (Fault::TooManyRows { rows: 0 }, (400, 100, 1_487_534)),
        (Fault::ExpiredToken, (400, 190, 463)),
        (Fault::Forbidden, (403, 200, 0)),
        (Fault::RetiredField { field: "spend".into() }, (400, 100, 0)),
        (Fault::Error { error: app }, (400, 4, 1_504_039)),
    ];
    for (fault, expected) in cases {
        let sim = with(fault.clone()).await;
        let answer = get(&sim, &insights(), &[("fields", "spend")]).await;
        assert_eq!(answer.error(), expected, "{fault:?}");
    }
    let sim = with(Fault::Transient).await;
    assert_eq!(get(&sim, ACT, &[]).await.json()["error"]["is_transient"], true);
    let sim = with(Fault::ThrottleAccount).await;
    assert_eq!(get(&sim, ACT, &[]).await.json()["error"]["is_transient"], false);
    let sim = with(Fault::ThrottleInsights { minutes: 12 }).await;
    let usage = &get(&sim, &insights(), &[]).await.headers["x-business-use-case-usage"];
    assert!(usage.contains("\"call_count\":100") && usage.contains("\"estimated_time_to_regain_access\":12"));
}

#[tokio::test]
async fn bodies_may_be_anything_but_the_answer() {
    let html = get(&with(Fault::BadGateway).await, ACT, &[]).await;
    assert!(html.status == 502 && html.body.starts_with("<!DOCTYPE html>"));
    let empty = get(&with(Fault::EmptyBody).await, ACT, &[]).await;
    assert!(empty.status == 200 && empty.body.is_empty());
    let half = get(&with(Fault::Truncated).await, ACT, &[]).await;
    assert!(half.status == 200 && half.is_whole && serde_json::from_str::<serde_json::Value>(&half.body).is_err());
    let text = get(&with(Fault::TextOk).await, ACT, &[]).await;
    assert!(text.status == 200 && text.body == "Service Unavailable");
    let data = get(&with(Fault::DataKind).await, &insights(), &[]).await.json();
    assert!(data["data"].is_object());
    let paging = get(&with(Fault::PagingKind).await, &insights(), &[]).await.json();
    assert!(paging["paging"].is_array() && paging["data"].is_array());
    let warned = get(&with(Fault::VersionWarning).await, ACT, &[]).await;
    assert!(warned.headers["x-ad-api-version-warning"].contains("auto-upgraded"));
}

#[tokio::test]
async fn connections_may_close_break_or_stay_silent() {
    assert!(get_raw(&with(Fault::Drop).await, "/v26.0/me").await.is_none());
    let cut = get_raw(&with(Fault::Cut).await, &format!("/v26.0/{ACT}/campaigns")).await.expect("a beginning");
    assert!(cut.status == 200 && !cut.is_whole && !cut.body.is_empty());
    let sim = with(Fault::Hang).await;
    let silent = tokio::time::timeout(Duration::from_millis(80), get_raw(&sim, "/v26.0/me")).await;
    assert!(silent.is_err());
    assert_eq!(sim.calls()[0].status, 0);
}

#[tokio::test]
async fn pages_may_be_empty_or_short_and_nothing_is_lost() {
    let sim = Sim::start(World::small()).await.expect("start");
    let params = [("level", "adset"), ("time_increment", "1"), ("limit", "40")];
    let whole = all(&sim, &insights(), &params).await;
    let adsets = all(&sim, &format!("{ACT}/adsets"), &[]).await;
    for skip in [0, 2] {
        let when = When { skip, times: Some(1), ..When::default() };
        sim.faults().add(Rule { fault: Fault::EmptyPage, when });
        assert_eq!(all(&sim, &insights(), &params).await, whole);
        sim.faults().clear();
    }
    sim.faults().times(Fault::EmptyPage, "/adsets", 1);
    let first = get(&sim, &format!("{ACT}/adsets"), &[]).await.json();
    assert!(first["data"].as_array().expect("data").is_empty() && first["paging"]["next"].is_string());
    sim.faults().always(Fault::ShortPage { rows: 7 });
    sim.faults().times(Fault::EmptyPage, "/adsets", 1);
    assert_eq!(all(&sim, &format!("{ACT}/adsets"), &[]).await, adsets);
    assert_eq!(all(&sim, &insights(), &params).await, whole);
}

#[tokio::test]
async fn a_cursor_may_die_and_too_much_depends_on_the_rows() {
    let sim = with(Fault::ExpiredCursor).await;
    assert_eq!(get(&sim, &format!("{ACT}/adsets"), &[]).await.status, 200);
    assert_eq!(get(&sim, &format!("{ACT}/adsets"), &[("after", "QVFI")]).await.error(), (400, 100, 0));
    let sim = with(Fault::TooMuchData { rows: 60 }).await;
    let day = [
        ("level", "adset"),
        ("time_increment", "1"),
        ("time_range", "{\"since\":\"2026-11-20\",\"until\":\"2026-11-20\"}"),
    ];
    assert_eq!(get(&sim, &insights(), &day).await.status, 200);
    let week = [
        ("level", "adset"),
        ("limit", "100"),
        ("time_increment", "1"),
        ("time_range", "{\"since\":\"2026-11-17\",\"until\":\"2026-11-23\"}"),
    ];
    assert_eq!(get(&sim, &insights(), &week).await.error(), (500, 1, 0));
}

#[tokio::test]
async fn a_fault_meets_only_the_calls_it_is_meant_for() {
    let sim = Sim::start(World::small()).await.expect("start");
    let when = When { path: Some("/adsets".into()), skip: 1, times: Some(2), ..When::default() };
    sim.faults().add(Rule { fault: Fault::Transient, when });
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(get(&sim, &format!("{ACT}/adsets"), &[]).await.status);
        assert_eq!(get(&sim, &format!("{ACT}/ads"), &[]).await.status, 200);
    }
    assert_eq!(statuses, [200, 500, 500, 200, 200]);
    assert_eq!(sim.faults().fired(), 2);
    sim.faults().clear();
    let when = When { permille: Some(300), seed: 5, ..When::default() };
    sim.faults().add(Rule { fault: Fault::Unknown, when });
    let mut failed = 0;
    for _ in 0..60 {
        failed += u32::from(get(&sim, ACT, &[]).await.status == 500);
    }
    assert!((8..30).contains(&failed), "{failed}");
}

#[tokio::test]
async fn another_process_arms_and_disarms_them_too() {
    let sim = Sim::start(World::small()).await.expect("start");
    let rule = "{\"fault\":{\"kind\":\"throttle_insights\",\"minutes\":5},\"path\":\"/insights\",\"times\":1}";
    control(&sim, "POST", "faults", rule).await;
    assert_eq!(get(&sim, &insights(), &[]).await.error(), (400, 80_000, 2_446_079));
    assert_eq!(get(&sim, &insights(), &[]).await.status, 200);
    let shown = control(&sim, "GET", "faults", "").await;
    assert_eq!((&shown["fired"], &shown["faults"][0]["fault"]["kind"]), (&1.into(), &"throttle_insights".into()));
    let error = "[{\"fault\":{\"kind\":\"error\",\"error\":{\"status\":400,\"message\":\"x\",\"code\":368}}}]";
    control(&sim, "POST", "faults", error).await;
    assert_eq!(get(&sim, ACT, &[]).await.error(), (400, 368, 0));
    control(&sim, "DELETE", "faults", "").await;
    assert_eq!(get(&sim, ACT, &[]).await.status, 200);
}
