//! Report runs.
use crate::support::{ACT, all, get, post};
use graph_sim::{Plan, Sim, World};

const ASKED: [(&str, &str); 3] = [("level", "adset"), ("time_increment", "1"), ("fields", "adset_id,spend")];

async fn started(sim: &Sim) -> String {
    let answer = post(sim, &format!("{ACT}/insights"), &ASKED).await.json();
    answer["report_run_id"].as_str().expect("an id as text").to_owned()
}

#[tokio::test]
async fn a_run_is_polled_until_done_and_reads_like_the_synchronous_answer() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.reports().plan(Plan::Completes { polls: 3 });
    let id = started(&sim).await;
    assert_eq!(get(&sim, &format!("{id}/insights"), &[]).await.error(), (400, 2601, 1_815_107));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let run = get(&sim, &id, &[]).await.json();
        seen.push(run["async_status"].as_str().expect("status").to_owned());
        assert_eq!(run.get("is_running").is_some(), run["async_status"] != "Job Completed");
    }
    assert_eq!(seen, ["Job Started", "Job Running", "Job Completed"]);
    let rows = all(&sim, &format!("{id}/insights"), &[("limit", "100")]).await;
    assert_eq!(rows, all(&sim, &format!("{ACT}/insights"), &ASKED).await);
    let head = format!("DELETE /v26.0/{id} HTTP/1.1\r\nAuthorization: Bearer {}\r\n", graph_sim::DEFAULT_TOKEN);
    let deleted = crate::support::send(&sim, &head, "").await.expect("an answer");
    assert_eq!(deleted.body, "{\"success\":true}");
    assert_eq!(get(&sim, &id, &[]).await.error(), (400, 100, 33));
}

#[tokio::test]
async fn a_run_may_fail_be_skipped_stall_or_expire() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.reports().plan(Plan::Fails { code: -3, subcode: 1_504_045, message: "Report Too Large".into() });
    sim.reports().plan(Plan::Skips);
    sim.reports().plan(Plan::Stalls { percent: 99 });
    let failed = started(&sim).await;
    get(&sim, &failed, &[]).await;
    let run = get(&sim, &failed, &[]).await.json();
    assert_eq!((&run["async_status"], &run["error_subcode"]), (&"Job Failed".into(), &1_504_045.into()));
    let skipped = started(&sim).await;
    assert_eq!(get(&sim, &skipped, &[]).await.json()["async_status"], "Job Skipped");
    let stalled = started(&sim).await;
    for _ in 0..5 {
        assert_eq!(get(&sim, &stalled, &[]).await.json()["async_percent_completion"], 99);
    }
    sim.world().advance(31 * 86_400);
    assert_eq!(get(&sim, &stalled, &[]).await.error(), (400, 100, 33));
}

#[tokio::test]
async fn a_wrong_question_is_refused_at_once() {
    let sim = Sim::start(World::small()).await.expect("start");
    let answer = post(&sim, &format!("{ACT}/insights"), &[("fields", "profit")]).await;
    assert_eq!(answer.error(), (400, 100, 0));
}
