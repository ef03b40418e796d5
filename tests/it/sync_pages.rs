//! Pages of any size and shape: nothing is lost, and no call is made that need not be.

use std::collections::BTreeSet;

use graph_sim::{Fault, Rule, When};

use crate::support::scene::{Scene, spec};

/// The pages of one sync with pages of seven rows, met by a fault.
async fn with_small_pages(fault: Option<(Fault, When)>) -> Scene {
    let scene = Scene::small().await;
    if let Some((fault, when)) = fault {
        scene.sim.faults().add(Rule { fault, when });
    }
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "7").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.assert_true().await;
    scene
}

#[tokio::test]
async fn small_pages_lose_nothing() {
    let scene = with_small_pages(None).await;
    assert!(scene.sim.calls_with("/insights").len() > 25);
}

#[tokio::test]
async fn an_empty_first_page_with_a_next_is_no_end() {
    for path in ["/campaigns", "/adsets", "level=adset", "level=account"] {
        let when = When { path: Some(path.to_owned()), times: Some(1), ..When::default() };
        let scene = with_small_pages(Some((Fault::EmptyPage, when))).await;
        assert_eq!(scene.sim.faults().fired(), 1, "{path}");
    }
}

#[tokio::test]
async fn pages_shorter_than_asked_lose_nothing() {
    let scene = with_small_pages(Some((Fault::ShortPage { rows: 3 }, When::default()))).await;
    assert!(scene.sim.calls_with("level=adset").len() > 50);
}

#[tokio::test]
async fn a_larger_account_is_asked_in_few_slices_with_full_pages() {
    let scene = Scene::of(spec().objects(10, 120, 1).days(20).build()).await;
    let sync =
        || scene.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "100").env("ADSYNC__META__MAX_CONCURRENCY", "4");
    // The first run does not know the account's size, the second does.
    for _ in 0..2 {
        scene.sim.record().clear();
        assert_eq!(sync().run().await.code(), 0);
        let calls = scene.sim.calls_with("level=adset");
        let slices: BTreeSet<&str> = calls.iter().filter_map(|call| call.param("time_range")).collect();
        let rows = scene.true_insights().len();
        assert!(rows > 1_500 && slices.len() <= 4, "{rows} rows, {slices:?}");
        let most = rows.div_ceil(100) + slices.len();
        assert!(calls.len() <= most, "{} calls for {rows} rows, at most {most}", calls.len());
        assert!(scene.sim.counts().max_in_flight <= 4);
    }
    scene.assert_true().await;
}

#[tokio::test]
async fn what_meta_calls_too_much_is_asked_in_smaller_pages_and_arrives() {
    for fault in [Fault::TooMuchData { rows: 60 }, Fault::TooManyRows { rows: 60 }] {
        let scene = Scene::small().await;
        let when = When { path: Some("/insights".to_owned()), times: Some(3), ..When::default() };
        scene.sim.faults().add(Rule { fault, when });
        scene.sync().await;
        scene.assert_true().await;
        assert_eq!(scene.last_run("api_retries").await, ["0"], "a question that is too large is no retry");
    }
}
