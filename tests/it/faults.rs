//! What passes by itself, at every call of a sync in turn: the tables end as they should, and the retries are counted.

use futures_util::future::join_all;
use graph_sim::{Fault, GraphError, Rule, When};

use crate::support::binary::Binary;
use crate::support::scene::{Scene, spec};

/// Empties what a sync fills, so that the next one has everything to do again.
pub(crate) const AFRESH: &str = "truncate ad_accounts, campaigns, adsets, adset_insights, account_insights, sync_coverage, sync_listings, sync_runs, sync_run_steps";

/// One sync after another, each with the fault at the next of its calls. Gives how often it was met.
async fn at_every_call(fault: Fault, in_a_row: u64) -> (u64, Scene) {
    let scene = Scene::of(spec().objects(2, 4, 1).build()).await;
    scene.sync().await;
    let calls = scene.sim.counts().total;
    let mut met = 0;
    for skip in 0..calls {
        scene.db.execute(AFRESH).await;
        scene.sim.faults().clear();
        let when = When { skip, times: Some(in_a_row), ..When::default() };
        scene.sim.faults().add(Rule { fault: fault.clone(), when });
        let finished = scene.adsync(&["sync"]).run().await;
        assert_eq!(finished.code(), 0, "{fault:?} at call {skip}: {finished:?}");
        scene.assert_true().await;
        assert_eq!(scene.totals().await, scene.true_totals());
        let fired = scene.sim.faults().fired();
        let retries = scene.last_run("status, api_retries, api_calls").await;
        assert_eq!(
            retries,
            ["succeeded".to_owned(), fired.to_string(), (calls + fired).to_string()],
            "{fault:?} at call {skip}"
        );
        met += fired;
    }
    (met, scene)
}

async fn each(faults: Vec<Fault>) {
    let all = faults.into_iter().map(|fault| async move {
        let (met, scene) = at_every_call(fault.clone(), 1).await;
        assert!(met >= 7, "{fault:?} met {met} calls");
        scene
    });
    join_all(all).await;
}

#[tokio::test]
async fn an_answer_that_says_so_is_asked_again() {
    let odd = GraphError::new(4711, "(#4711) Etwas ist schiefgegangen").status(400).transient(true);
    let nameless = GraphError { code: None, kind: None, ..GraphError::new(0, "") }.status(503);
    each(vec![Fault::Transient, Fault::Unknown, Fault::Error { error: odd }, Fault::Error { error: nameless }]).await;
}

#[tokio::test]
async fn an_answer_that_is_none_is_asked_again() {
    each(vec![Fault::BadGateway, Fault::EmptyBody, Fault::TextOk, Fault::Truncated]).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_asked_again() {
    each(vec![Fault::Drop, Fault::Cut]).await;
}

#[tokio::test]
async fn an_error_inside_a_success_is_asked_again() {
    let inside = GraphError::new(2, "(#2) Service temporarily unavailable").status(200).transient(true);
    each(vec![Fault::Error { error: inside }]).await;
}

#[tokio::test]
async fn a_listing_of_the_wrong_shape_is_asked_again() {
    let scene = Scene::small().await;
    for fault in [Fault::DataKind, Fault::PagingKind] {
        for path in ["/campaigns", "/adsets", "level=adset", "level=account"] {
            scene.sim.faults().times(fault.clone(), path, 1);
        }
    }
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.sim.faults().fired(), 8);
    // Two faults that meet the same call spoil one answer.
    assert_eq!(scene.last_run("status, api_retries >= 4").await, ["succeeded", "t"]);
}

#[tokio::test]
async fn three_in_a_row_are_survived() {
    let scene = Scene::small().await;
    scene.sim.faults().times(Fault::Transient, "level=adset", 3);
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.last_run("api_retries").await, ["3"]);
}

/// A sync that asks for all days at once.
fn in_one_slice(scene: &Scene) -> Binary {
    scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "5000")
}

#[tokio::test]
async fn a_slice_that_fails_leaves_no_coverage_and_the_next_run_reads_it() {
    let scene = Scene::small().await;
    scene.sim.faults().times(Fault::Forbidden, "level=adset", 1);
    let finished = in_one_slice(&scene).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.value("select count(*) from sync_coverage where complete").await, "0");
    assert_eq!(scene.last_run("status, error_class, error_code").await, ["partial", "permission", "200"]);
    scene.sync().await;
    scene.assert_true().await;
}

#[tokio::test]
async fn a_throttle_of_minutes_ends_the_step_as_throttled_and_keeps_the_rest() {
    let scene = Scene::small().await;
    let when = When { path: Some("/insights".to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::ThrottleInsights { minutes: 30 }, when });
    let finished = in_one_slice(&scene).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.sim.calls_with("/insights").len(), 1, "a call while blocked pushes the block further out");
    let steps = scene.db.query_text("select step from sync_run_steps where status = 'throttled'").await;
    assert_eq!(steps[0], ["insights:adset"]);
    assert_eq!(scene.objects("adsets").await.len(), 36);
    assert_eq!(scene.last_run("status, error_class").await, ["partial", "throttle"]);
}

#[tokio::test]
async fn a_version_that_was_served_instead_and_errors_of_one_field_stop_nothing_else() {
    let scene = Scene::small().await;
    scene.sim.faults().always(Fault::VersionWarning);
    scene.sync().await;
    scene.assert_true().await;
    scene
        .sim
        .faults()
        .add(Rule { fault: Fault::RetiredField { field: "learning_stage_info".to_owned() }, when: When::default() });
    let told = "select count(*) from adsets where learning_stage_info is not null";
    assert_ne!(scene.value(told).await, "0");
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.value(told).await, "0", "what Meta refuses is NULL");
    let warned = "jsonb_path_exists(warnings, '$[*] ? (@.code == \"field_refused\" && @.message like_regex \"learning_stage_info\")')";
    assert_eq!(scene.last_run(warned).await, ["t"]);
    // Another process knows it from the first call on, and a version that takes the field again asks for it.
    let probes = || scene.sim.calls().iter().filter(|call| call.param("limit") == Some("1")).count();
    let before = probes();
    scene.sync().await;
    assert_eq!(probes(), before);
    scene.sim.faults().clear();
    scene.db.execute("update sync_refused_fields set app_version = 'older'").await;
    scene.sync().await;
    assert_ne!(scene.value(told).await, "0");
}
