//! Report runs.
use crate::support::{ACT, all, control, get, post};
use graph_sim::{Clock, Fault, Plan, Sim, World};
use serde_json::Value;

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

async fn poll(sim: &Sim, id: &str) -> Value {
    get(sim, id, &[]).await.json()
}

/// FACTS 6: done is `Job Completed` and 100 and no longer running; each alone is not.
#[tokio::test]
async fn a_run_may_show_any_state_for_ever_and_only_one_of_them_is_done() {
    let sim = Sim::start(World::small()).await.expect("start");
    let states = [
        ("Job Not Started", 0, false, false),
        ("Job Started", 0, true, false),
        ("Job Running", 99, true, false),
        ("Job Running", 100, true, false),
        ("Job Completed", 100, true, false),
        ("Job Completed", 99, false, false),
        ("Job Failed", 0, false, false),
        ("Job Skipped", 0, false, false),
        ("Job Completed", 100, false, true),
    ];
    for (status, percent, is_running, is_done) in states {
        sim.reports().plan(Plan::Shows { status: status.to_owned(), percent, is_running });
        let id = started(&sim).await;
        for _ in 0..3 {
            let run = poll(&sim, &id).await;
            assert_eq!((&run["async_status"], &run["async_percent_completion"]), (&status.into(), &percent.into()));
            assert_eq!(run.get("is_running").is_some(), is_running);
        }
        let read = get(&sim, &format!("{id}/insights"), &[]).await;
        assert_eq!(read.status == 200, is_done, "{status} {percent} {is_running}");
    }
}

/// FACTS 6: recorded 1815107 on an early read; a run that is not yet found looks like one that is gone.
#[tokio::test]
async fn a_run_may_be_found_late_and_read_late() {
    let sim = Sim::start(World::small()).await.expect("start");
    let done = Box::new(Plan::Completes { polls: 1 });
    let late = Plan::LateToRead { reads: 2, then: done };
    sim.reports().plan(Plan::LateToFind { polls: 2, then: Box::new(late) });
    let id = started(&sim).await;
    for _ in 0..2 {
        assert_eq!(get(&sim, &id, &[]).await.error(), (400, 100, 33));
    }
    assert_eq!(poll(&sim, &id).await["async_status"], "Job Completed");
    for _ in 0..2 {
        assert_eq!(get(&sim, &format!("{id}/insights"), &[]).await.error(), (400, 2601, 1_815_107));
    }
    assert!(!get(&sim, &format!("{id}/insights"), &[]).await.data().is_empty());
    let runs = sim.reports().list();
    assert_eq!((runs[0].polls, runs[0].reads), (3, 3));
}

/// FACTS 6: zero rows from a completed run happened where the direct call had rows.
#[tokio::test]
async fn a_run_may_be_empty_or_fail_late_with_any_code_or_by_its_size() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.reports().plan(Plan::Empty { polls: 1 });
    let id = started(&sim).await;
    assert_eq!(poll(&sim, &id).await["async_status"], "Job Completed");
    assert_eq!(get(&sim, &format!("{id}/insights"), &[]).await.body, "{\"data\":[]}");
    assert!(!all(&sim, &format!("{ACT}/insights"), &ASKED).await.is_empty());
    let plan = "{\"kind\":\"fails_at\",\"polls\":3,\"code\":4,\"subcode\":1504022}";
    control(&sim, "POST", "reports", plan).await;
    let id = started(&sim).await;
    let seen = [poll(&sim, &id).await, poll(&sim, &id).await, poll(&sim, &id).await];
    let words: Vec<_> = seen.iter().map(|run| run["async_status"].as_str().expect("status")).collect();
    assert_eq!(words, ["Job Started", "Job Running", "Job Failed"]);
    assert_eq!((&seen[2]["error_code"], &seen[2]["error_subcode"]), (&4.into(), &1_504_022.into()));
    sim.reports().always(Some(Plan::TooLarge { rows: 100 }));
    let id = started(&sim).await;
    assert_eq!(poll(&sim, &id).await["error_code"], -3);
    let small = post(&sim, &format!("{ACT}/insights"), &[("fields", "spend")]).await.json();
    let small = small["report_run_id"].as_str().expect("an id").to_owned();
    assert_eq!(poll(&sim, &small).await["async_status"], "Job Completed");
    // Asking for a summary that the run was not made with is refused (recorded).
    let refused = get(&sim, &format!("{small}/insights"), &[("summary", "true")]).await;
    assert_eq!(refused.error(), (400, 100, 0));
    assert!(refused.body.contains("Cannot include true in summary param"));
}

#[tokio::test]
async fn a_run_may_last_a_time_of_the_worlds_clock() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.reports().always(Some(Plan::Lasts { seconds: 600 }));
    let id = started(&sim).await;
    for _ in 0..5 {
        assert_eq!(poll(&sim, &id).await["async_status"], "Job Not Started");
    }
    sim.world().advance(300);
    let half = poll(&sim, &id).await;
    assert_eq!((&half["async_status"], &half["async_percent_completion"]), (&"Job Running".into(), &50.into()));
    sim.world().advance(300);
    assert_eq!(poll(&sim, &id).await["async_status"], "Job Completed");
    assert!(matches!(sim.world().clock, Clock::Fixed(_)));
}

/// FACTS 6.1: the id is text as recorded, a bare number in the documentation.
#[tokio::test]
async fn the_id_of_a_run_may_be_a_number() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.faults().always(Fault::NumberId);
    let answer = post(&sim, &format!("{ACT}/insights"), &ASKED).await.json();
    let id = answer["report_run_id"].as_u64().expect("a number").to_string();
    assert_eq!(get(&sim, &id, &[]).await.status, 200);
}
