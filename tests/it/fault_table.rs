//! Every class of failure at every call of a sync in turn: the tables end equal to what happened, and each failure costs
//! no more calls than its class may. `cargo test --test it fault_table -- --nocapture` prints the table.

use futures_util::future::join_all;
use graph_sim::{Fault, GraphError, Rule, When};

use crate::faults::AFRESH;
use crate::support::binary::Finished;
use crate::support::scene::{ACT, Scene, spec};

/// How a run goes on after a failure of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It comes to its end, with so many calls more at most.
    Ends { more: u64 },
    /// It stops asking at once. The next run does the rest.
    Stops,
    /// The step fails and the others go on. The next run does the rest.
    GoesOn,
}

/// One line of the table.
#[derive(Debug)]
struct Line {
    class: &'static str,
    face: &'static str,
    met: u64,
    clean: u64,
    most: u64,
    most_next: u64,
}

/// Meets one call about the account. The daily question about the token has a test of its own: it stops nothing.
fn when(skip: u64) -> When {
    When { path: Some(format!("/{ACT}")), skip, times: Some(1), ..When::default() }
}

/// Calls so far, that question aside.
fn asked(scene: &Scene) -> u64 {
    let about_tokens = scene.sim.calls_with("/debug_token").len();
    scene.sim.counts().total - u64::try_from(about_tokens).unwrap()
}

async fn at_every_call((class, face, fault, then): (&'static str, &'static str, Fault, Then)) -> (Line, Scene) {
    let scene = Scene::of(spec().objects(2, 4, 1).build()).await;
    scene.sync().await;
    let clean = asked(&scene);
    let mut line = Line { class, face, met: 0, clean, most: 0, most_next: 0 };
    for skip in 0..clean {
        scene.db.execute(AFRESH).await;
        scene.db.execute("truncate sync_budgets, sync_sizes, sync_refused_fields").await;
        scene.sim.faults().clear();
        scene.sim.faults().add(Rule { fault: fault.clone(), when: when(skip) });
        let before = asked(&scene);
        // A minute's block is longer than this run is patient.
        let finished = scene.adsync(&["sync"]).env("ADSYNC__META__MAX_WAIT", "1s").run().await;
        let calls = asked(&scene) - before;
        let fired = scene.sim.faults().fired();
        line.met += fired;
        line.most = line.most.max(calls);
        let at = format!("{class}, {face}, at call {skip}");
        match then {
            Then::Ends { more } => {
                assert_eq!(finished.code(), 0, "{at}: {finished:?}");
                assert!(calls <= clean + more, "{at}: {calls} calls, {clean} without");
            }
            Then::Stops | Then::GoesOn => {
                assert!([1, 3].contains(&finished.code()), "{at}: {finished:?}");
                let most = if then == Then::Stops { skip + 1 } else { clean };
                assert!(calls <= most, "{at}: {calls} calls");
                assert_eq!(scene.last_run("error_class").await, [class], "{at}");
                scene.sim.faults().clear();
                scene.db.execute("truncate sync_budgets").await;
                let before = asked(&scene);
                scene.sync().await;
                let calls = asked(&scene) - before;
                line.most_next = line.most_next.max(calls);
                assert!(calls <= clean, "{at}: the next run asked {calls} times, {clean} without");
            }
        }
        scene.assert_true().await;
        assert_eq!(scene.totals().await, scene.true_totals(), "{at}");
    }
    assert!(line.met >= 5, "{line:?}");
    (line, scene)
}

/// An error object with this code, subcode and status.
fn error(code: i64, subcode: i64, status: u16, message: &str) -> Fault {
    let error = GraphError::new(code, message).status(status);
    Fault::Error { error: if subcode == 0 { error } else { error.subcode(subcode) } }
}

/// An answer without an error object.
fn bare(status: u16) -> Fault {
    Fault::Error { error: GraphError { code: None, kind: None, ..GraphError::new(0, "") }.status(status) }
}

async fn table(cases: Vec<(&'static str, &'static str, Fault, Then)>) {
    let lines = join_all(cases.into_iter().map(at_every_call)).await;
    println!("{:<14} {:<34} {:>4} {:>6} {:>5} {:>5}", "class", "face", "met", "clean", "most", "next");
    for (line, _scene) in &lines {
        let Line { class, face, met, clean, most, most_next } = line;
        println!("{class:<14} {face:<34} {met:>4} {clean:>6} {most:>5} {most_next:>5}");
    }
}

const ONE_MORE: Then = Then::Ends { more: 1 };

#[tokio::test]
async fn what_passes_costs_one_call_more() {
    table(vec![
        ("transient", "code 2", Fault::Transient, ONE_MORE),
        ("transient", "code 1", Fault::Unknown, ONE_MORE),
        ("transient", "code 1/99", error(1, 99, 500, "An unknown error occurred"), ONE_MORE),
        ("transient", "code -1", error(-1, 0, 500, "internal error"), ONE_MORE),
        ("transient", "HTTP 408", bare(408), ONE_MORE),
        ("transient", "HTTP 429", bare(429), ONE_MORE),
    ])
    .await;
}

#[tokio::test]
async fn what_is_no_answer_costs_one_call_more() {
    table(vec![
        ("transient", "HTTP 502 with a page", Fault::BadGateway, ONE_MORE),
        ("transient", "closed without an answer", Fault::Drop, ONE_MORE),
        ("transient", "closed within the answer", Fault::Cut, ONE_MORE),
        ("malformed", "empty", Fault::EmptyBody, ONE_MORE),
        ("malformed", "half", Fault::Truncated, ONE_MORE),
        ("malformed", "text", Fault::TextOk, ONE_MORE),
    ])
    .await;
}

#[tokio::test]
async fn what_is_too_much_is_asked_in_smaller_pieces() {
    // A report run is made, asked about twice in a batch, whose parts the simulator counts too, and read.
    let by_run = Then::Ends { more: 8 };
    let text = "Please reduce the amount of data you're asking for, then retry your request";
    table(vec![
        ("too_much_data", "code 1 and its text", error(1, 0, 500, text), by_run),
        ("too_much_data", "code 100/1487534", error(100, 1_487_534, 400, "Invalid parameter"), by_run),
        ("too_much_data", "code 2/1504038", error(2, 1_504_038, 400, "Request Timed Out"), by_run),
    ])
    .await;
}

#[tokio::test]
async fn what_is_refused_is_looked_into_with_a_few_calls() {
    table(vec![("invalid", "code 100", error(100, 0, 400, "(#100) Invalid parameter"), Then::Ends { more: 3 })]).await;
}

#[tokio::test]
async fn a_throttle_ends_the_asking_at_once() {
    table(vec![
        ("throttle", "code 80000, 30 minutes", Fault::ThrottleInsights { minutes: 30 }, Then::Stops),
        ("throttle", "code 80004, 30 minutes", Fault::ThrottleManagement { minutes: 30 }, Then::Stops),
        ("throttle", "code 17/2446079", Fault::ThrottleAccount, Then::Stops),
        ("throttle", "code 4/1504022", Fault::ThrottleApp, Then::Stops),
    ])
    .await;
}

#[tokio::test]
async fn what_only_a_person_can_mend_ends_the_asking_at_once() {
    let proof = "Invalid appsecret_proof provided in the API argument";
    table(vec![
        ("auth", "code 190/463", Fault::ExpiredToken, Then::Stops),
        ("auth", "code 100 about the proof", error(100, 0, 400, proof), Then::Stops),
        ("permission", "code 200", Fault::Forbidden, Then::Stops),
        ("unknown", "code 4711", error(4_711, 0, 400, "(#4711) Something new"), Then::GoesOn),
    ])
    .await;
}

/// A sync under a fault that stays. Gives the calls that it made.
async fn under(face: &str, fault: Fault, when: When) -> (u64, Finished, Scene) {
    let scene = Scene::of(spec().objects(2, 4, 1).build()).await;
    scene.sim.faults().add(Rule { fault, when });
    let sync = scene.adsync(&["sync"]).env("ADSYNC__META__MAX_WAIT", "1s").env("ADSYNC__META__REQUEST_TIMEOUT", "1s");
    let finished = sync.run().await;
    let calls = scene.sim.counts().total;
    println!("{face:<44} exit {} calls {calls}", finished.code());
    (calls, finished, scene)
}

#[tokio::test]
async fn a_fault_that_stays_ends_the_run_with_few_calls() {
    let inside = |code: i64| {
        let error = GraphError::new(code, "(#100) Invalid parameter").status(200);
        Fault::Error { error }
    };
    let text = "Please reduce the amount of data you're asking for, then retry your request";
    let cases: Vec<(&str, Fault, &str, u64)> = vec![
        ("invalid", error(100, 0, 400, "(#100) Invalid parameter"), "/", 4),
        ("invalid on campaigns", error(100, 0, 400, "(#100) Invalid parameter"), "/campaigns", 40),
        ("invalid inside a success", inside(100), "/adsets", 40),
        ("unknown", error(4_711, 0, 400, "(#4711) x"), "/", 3),
        ("text as a success on ad sets", Fault::TextOk, "/adsets", 40),
        ("an empty body everywhere", Fault::EmptyBody, "/", 14),
        ("a page of a firewall", bare(403), "/campaigns", 40),
        ("1/99 on ad sets", error(1, 99, 500, "An unknown error occurred"), "/adsets", 60),
        ("too much on ad sets", error(1, 0, 500, text), "/adsets", 60),
        ("too much on figures", error(100, 1_487_534, 400, "x"), "/insights", 60),
        ("too much for report runs", error(2, 1_504_038, 400, "x"), "/insights", 60),
        ("no answer on ad sets", Fault::Hang, "/adsets", 60),
        ("permission", Fault::Forbidden, "/", 3),
        ("throttle", Fault::ThrottleManagement { minutes: 30 }, "/", 3),
    ];
    let runs = cases.into_iter().map(|(face, fault, path, most)| async move {
        let when = When { path: Some(path.to_owned()), ..When::default() };
        let (calls, finished, scene) = under(face, fault, when).await;
        assert!([1, 3].contains(&finished.code()), "{face}: {finished:?}");
        assert!(calls <= most, "{face}: {calls} calls, at most {most}");
        scene
    });
    join_all(runs).await;
}

#[tokio::test]
async fn a_page_size_that_meta_refuses_is_made_smaller_until_it_is_taken() {
    let when = When { path: Some("limit=500".to_owned()), ..When::default() };
    let fault = error(100, 0, 400, "(#100) Param limit must be at most 250");
    let (calls, finished, scene) = under("limit=500 refused", fault, when).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
    assert!(calls < 60, "{calls} calls");
}

#[tokio::test]
async fn a_question_about_the_token_that_is_refused_stops_nothing() {
    let when = When { path: Some("/debug_token".to_owned()), ..When::default() };
    let (_, finished, scene) = under("debug_token refused", Fault::ExpiredToken, when).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
}
