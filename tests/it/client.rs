//! The client against the simulator: listings that shrink, restart and lose nothing; budgets that are respected.

use std::sync::Arc;
use std::time::Duration;

use adsync::meta::insights::InsightsQuery;
use adsync::meta::listing::Listing;
use adsync::meta::notes::Notes;
use adsync::meta::objects::{Edge, Which};
use adsync::meta::page::RawRow;
use adsync::meta::{AccountId, Class, Client, Credentials, Error, Session, Settings};
use graph_sim::{Fault, GraphError, Plan, Rule, Sim, When, World};

const ACCOUNT: &str = "1029384756102938";

/// A simulator of the small world, and who asks it.
struct Scene {
    sim: Sim,
    client: Client,
    notes: Arc<Notes>,
}

impl Scene {
    async fn new(page_size: u32) -> Self {
        Self::patient(page_size, Duration::from_secs(900)).await
    }

    async fn patient(page_size: u32, max_wait: Duration) -> Self {
        let sim = Sim::start(World::small()).await.unwrap();
        let settings = Settings {
            base_url: sim.url().parse().unwrap(),
            api_version: "v26.0".to_owned(),
            page_size,
            request_timeout: Duration::from_secs(10),
            max_concurrency: 8,
            max_wait,
        };
        Self { sim, client: Client::new(settings).unwrap(), notes: Arc::default() }
    }

    fn account(&self) -> AccountId {
        ACCOUNT.parse().unwrap()
    }

    fn session(&self) -> Session {
        let credentials =
            Credentials { name: String::new(), app: String::new(), token: self.sim.token().into(), app_secret: None };
        let account = self.account();
        let notes = Arc::clone(&self.notes);
        self.client.session(&credentials, Some(&account), notes, Arc::default(), Default::default()).unwrap()
    }

    fn query(&self) -> InsightsQuery {
        InsightsQuery {
            level: "adset",
            fields: "account_id,adset_id,date_start,date_stop,spend,frequency,reach".to_owned(),
            breakdowns: Vec::new(),
            time_increment: "1",
            attribution_windows: Vec::new(),
            since: "2026-11-17".parse().unwrap(),
            until: "2026-11-23".parse().unwrap(),
            only: None,
            states: None,
        }
    }

    fn listing(&self) -> Listing {
        self.session().insights(&self.account(), &self.query())
    }

    fn truth(&self) -> Vec<(String, String)> {
        let query = self.query();
        let rows = self.sim.world().truth_adset_rows(ACCOUNT, query.since, query.until);
        let mut keys: Vec<_> = rows.into_iter().map(|row| (row.adset_id.unwrap(), row.date.to_string())).collect();
        keys.sort();
        keys
    }

    fn insights_calls(&self) -> Vec<graph_sim::Call> {
        self.sim.calls_with("/insights")
    }
}

/// The keys of a listing's rows in the order of their arrival.
async fn read(mut listing: Listing) -> Result<Vec<(String, String)>, Error> {
    let mut keys = Vec::new();
    while let Some(page) = listing.next().await? {
        for row in page.rows()? {
            let text = |name: &str| row.get(name).unwrap().get().trim_matches('"').to_owned();
            keys.push((text("adset_id"), text("date_start")));
        }
    }
    Ok(keys)
}

fn sorted(mut keys: Vec<(String, String)>) -> Vec<(String, String)> {
    keys.sort();
    keys
}

#[tokio::test]
async fn a_page_that_must_shrink_to_one_row_loses_and_doubles_nothing_and_grows_back() {
    let scene = Scene::new(32).await;
    let when = When { path: Some("/insights".to_owned()), skip: 2, times: Some(6), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::TooMuchData { rows: 1 }, when });
    let keys = read(scene.listing()).await.unwrap();
    assert_eq!(sorted(keys), scene.truth());
    let limits: Vec<u32> =
        scene.insights_calls().iter().map(|call| call.param("limit").unwrap().parse().unwrap()).collect();
    assert_eq!(&limits[..8], [32, 32, 32, 16, 8, 4, 2, 1], "{limits:?}");
    assert_eq!(limits.last(), Some(&32), "{limits:?}");
}

#[tokio::test]
async fn a_listing_whose_cursor_died_begins_again_and_leaves_out_nothing() {
    let scene = Scene::new(50).await;
    scene.sim.faults().times(Fault::ExpiredCursor, "/insights", 1);
    let mut keys = sorted(read(scene.listing()).await.unwrap());
    assert!(keys.len() > scene.truth().len(), "the first page comes again");
    keys.dedup();
    assert_eq!(keys, scene.truth());
}

#[tokio::test]
async fn a_retired_field_is_left_out_and_the_rest_arrives() {
    for named in [true, false] {
        let scene = Scene::new(500).await;
        if named {
            scene.sim.faults().always(Fault::RetiredField { field: "frequency".to_owned() });
        } else {
            // Without its name in the message only asking again can tell.
            let error = GraphError::bad("Invalid parameter");
            let when = When { path: Some("frequency".to_owned()), ..When::default() };
            scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
        }
        assert_eq!(sorted(read(scene.listing()).await.unwrap()), scene.truth());
        let oddities = scene.notes.oddities();
        assert!(matches!(&oddities[..], [("field_refused", message)] if message.contains("frequency")), "{oddities:?}");
        assert!(scene.insights_calls().len() <= 12, "{} calls", scene.insights_calls().len());
    }
}

/// A fault that meets every question that asks for two fields of a row together.
fn together(scene: &Scene, fields: &str, message: &str) {
    let error = GraphError { kind: None, ..GraphError::new(1, message) }.status(500);
    let when = When { path: Some(fields.to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
}

const TOO_MUCH: &str = "Please reduce the amount of data you're asking for, then retry your request";

#[tokio::test]
async fn a_row_that_is_too_much_is_put_together_from_groups_of_its_fields() {
    let scene = Scene::new(4).await;
    together(&scene, "targeting,promoted_object", TOO_MUCH);
    let fields = "id,name,targeting,promoted_object,status";
    let mut listing = scene.session().objects(&scene.account(), Edge::Adsets, Which::Live, fields);
    let mut whole =
        scene.session().objects(&scene.account(), Edge::Adsets, Which::Live, "id,name,promoted_object,status");
    let (mut rows, mut reference) = (Vec::new(), Vec::new());
    while let Some(page) = whole.next().await.unwrap() {
        let of = |row: &RawRow<'_>, name: &str| row.get(name).map(|value| value.get().to_owned());
        reference
            .extend(page.rows().unwrap().iter().map(|row| ["id", "name", "promoted_object"].map(|name| of(row, name))));
    }
    while let Some(page) = listing.next().await.unwrap() {
        let of = |row: &RawRow<'_>, name: &str| row.get(name).map(|value| value.get().to_owned());
        for row in page.rows().unwrap() {
            assert!(row.get("targeting").is_some() && row.get("status").is_some());
            rows.push(["id", "name", "promoted_object"].map(|name| of(&row, name)));
        }
    }
    assert_eq!(rows, reference);
}

#[tokio::test]
async fn a_field_that_is_too_much_by_itself_ends_in_the_error_that_says_so() {
    let scene = Scene::new(2).await;
    together(&scene, "targeting", TOO_MUCH);
    let mut listing = scene.session().objects(&scene.account(), Edge::Adsets, Which::Live, "id,name,targeting,status");
    assert_eq!(listing.next().await.unwrap_err().class, Class::TooMuchData);
    assert!(scene.sim.counts().total <= 10, "{} calls", scene.sim.counts().total);
}

#[tokio::test]
async fn a_page_that_keeps_failing_as_unknown_is_tried_smaller_a_few_times() {
    let scene = Scene::new(500).await;
    let error = GraphError::new(1, "An unknown error occurred").subcode(99).status(500);
    let when = When { path: Some("limit=500".to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
    assert_eq!(sorted(read(scene.listing()).await.unwrap()), scene.truth());
}

#[tokio::test]
async fn a_refused_field_is_looked_for_once_and_known_from_then_on() {
    let scene = Scene::new(500).await;
    scene.sim.faults().always(Fault::RetiredField { field: "frequency".to_owned() });
    let side_by_side = futures_util::future::join_all((0..4).map(|_| read(scene.listing()))).await;
    assert!(side_by_side.into_iter().all(|keys| sorted(keys.unwrap()) == scene.truth()));
    // Four that fail, two that look for the field, four that are answered.
    assert!(scene.insights_calls().len() <= 10, "{} calls", scene.insights_calls().len());
    assert_eq!(
        scene.client.refusals().known(),
        [("act_1029384756102938/insights:adset".to_owned(), "frequency".to_owned())]
    );
    scene.sim.record().clear();
    read(scene.listing()).await.unwrap();
    assert_eq!(scene.insights_calls().len(), 1);
    assert_eq!(scene.notes.oddities().len(), 1, "every run names it, once");
    // A report run leaves it out, too.
    let listing = scene.session().report_run(&scene.account(), &scene.query()).await.unwrap();
    assert_eq!(sorted(read(listing).await.unwrap()), scene.truth());
}

#[tokio::test]
async fn an_object_read_by_its_id_leaves_out_what_is_refused_of_its_listing() {
    let scene = Scene::new(500).await;
    scene.sim.faults().always(Fault::RetiredField { field: "bid_strategy".to_owned() });
    let adset = scene.sim.world().account(1029384756102938).unwrap().adsets[0].head.id.to_string();
    let read = || async {
        let ids = [adset.clone(), "424242".to_owned()];
        scene.session().by_id(&scene.account(), Edge::Adsets, &ids, "id,name,bid_strategy").await.unwrap()
    };
    for _ in 0..2 {
        let found = read().await;
        assert!(found.iter().any(|(id, object)| *id == adset && object.is_some()), "{found:?}");
        assert!(found.iter().any(|(id, object)| id == "424242" && object.is_none()), "{found:?}");
    }
    let account = scene.session().account(&scene.account(), "id,name,currency").await.unwrap();
    assert_eq!(account.page().len(), 1);
}

#[tokio::test]
async fn an_invalid_question_that_no_field_is_to_blame_for_stays_an_error() {
    let scene = Scene::new(500).await;
    scene.sim.faults().always(Fault::Error { error: GraphError::bad("Invalid parameter") });
    let error = read(scene.listing()).await.unwrap_err();
    assert_eq!((error.class, error.code), (Class::Invalid, Some(100)));
    assert!(scene.insights_calls().len() <= 2);
}

#[tokio::test]
async fn a_block_longer_than_the_patience_ends_at_once_and_nothing_more_is_asked() {
    let scene = Scene::patient(50, Duration::from_secs(60)).await;
    scene.sim.faults().times(Fault::ThrottleInsights { minutes: 25 }, "/insights", 99);
    let error = read(scene.listing()).await.unwrap_err();
    assert_eq!(error.class, Class::Throttle);
    let left = error.retry_in.unwrap();
    assert!(left > Duration::from_secs(24 * 60) && left <= Duration::from_secs(25 * 60), "{left:?}");
    let again = read(scene.listing()).await.unwrap_err();
    assert_eq!(again.class, Class::Throttle);
    assert_eq!(scene.insights_calls().len(), 1);
    // The account's other budget is not concerned.
    assert!(scene.session().account(&scene.account(), "id,name").await.is_ok());
}

#[tokio::test]
async fn a_restarted_client_does_not_run_into_the_same_wall() {
    let scene = Scene::patient(50, Duration::from_secs(60)).await;
    scene.sim.faults().times(Fault::ThrottleInsights { minutes: 25 }, "/insights", 99);
    read(scene.listing()).await.unwrap_err();
    let restarted = Scene { client: Client::new(scene.client.settings().clone()).unwrap(), ..scene };
    restarted.client.budgets().restore(scene.client.budgets().known());
    assert_eq!(read(restarted.listing()).await.unwrap_err().class, Class::Throttle);
    assert_eq!(restarted.insights_calls().len(), 1);
}

#[tokio::test]
async fn a_dead_token_is_asked_with_once() {
    let scene = Scene::new(50).await;
    scene.sim.faults().always(Fault::ExpiredToken);
    for _ in 0..3 {
        assert_eq!(read(scene.listing()).await.unwrap_err().class, Class::Auth);
    }
    assert_eq!(scene.insights_calls().len(), 1);
}

#[tokio::test]
async fn a_report_run_gives_the_rows_whatever_becomes_of_the_first_one() {
    let transient = Plan::Fails { code: -2, subcode: 2_490_547, message: "try again".to_owned() };
    let plans = [Plan::Completes { polls: 1 }, Plan::Skips, transient];
    futures_util::future::join_all(plans.map(|first| async move {
        let scene = Scene::new(100).await;
        scene.sim.reports().plan(first.clone());
        let listing = scene.session().report_run(&scene.account(), &scene.query()).await.unwrap();
        assert_eq!(sorted(read(listing).await.unwrap()), scene.truth(), "{first:?}");
    }))
    .await;
}

#[tokio::test]
async fn a_report_run_that_is_too_large_asks_for_less() {
    let scene = Scene::new(100).await;
    scene.sim.reports().plan(Plan::Fails { code: -3, subcode: 1_504_045, message: "Report Too Large".to_owned() });
    let error = scene.session().report_run(&scene.account(), &scene.query()).await.unwrap_err();
    assert_eq!((error.class, error.code, error.subcode), (Class::TooMuchData, Some(-3), Some(1_504_045)));
}

#[tokio::test]
async fn a_token_is_asked_about_without_ever_standing_in_the_question() {
    let scene = Scene::new(100).await;
    let facts = scene.session().token_facts().await.unwrap();
    assert!(facts.is_valid && facts.scopes.iter().any(|scope| scope == "ads_read"));
    assert_eq!(facts.expires_at, None);
}

#[tokio::test]
async fn the_version_that_served_is_noticed_once() {
    let scene = Scene::new(20).await;
    scene.sim.faults().always(Fault::VersionWarning);
    read(scene.listing()).await.unwrap();
    let warnings = scene.notes.oddities();
    assert_eq!(warnings.iter().filter(|(code, _)| *code == "version_warning").count(), 1, "{warnings:?}");
}

#[tokio::test]
async fn a_part_of_a_batch_that_is_throttled_blocks_its_budget_and_nothing_more_is_asked_of_it() {
    let scene = Scene::patient(50, Duration::from_secs(60)).await;
    let when = When { is_part: Some(true), skip: 1, ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::ThrottleManagement { minutes: 25 }, when });
    let ids: Vec<String> = scene
        .sim
        .world()
        .account(1029384756102938)
        .unwrap()
        .adsets
        .iter()
        .take(3)
        .map(|adset| adset.head.id.to_string())
        .collect();
    let error = scene.session().by_id(&scene.account(), Edge::Adsets, &ids, "id,name").await.unwrap_err();
    assert_eq!(error.class, Class::Throttle);
    assert!(error.retry_in.is_some_and(|wait| wait > Duration::from_secs(24 * 60)), "{error:?}");
    let before = scene.sim.counts().total;
    let error = scene.session().account(&scene.account(), "id,name").await.unwrap_err();
    assert_eq!((error.class, scene.sim.counts().total), (Class::Throttle, before));
    // The figures are another budget.
    assert_eq!(sorted(read(scene.listing()).await.unwrap()), scene.truth());
}

#[tokio::test]
async fn parts_that_did_not_run_or_were_aborted_are_sent_again() {
    let scene = Scene::new(50).await;
    let parts = |fault: Fault, skip: u64| Rule {
        fault,
        when: When { is_part: Some(true), skip, times: Some(1), ..When::default() },
    };
    scene.sim.faults().add(parts(Fault::NullPart, 0));
    scene.sim.faults().add(parts(Fault::known(960, None), 2));
    let ids: Vec<String> = scene
        .sim
        .world()
        .account(1029384756102938)
        .unwrap()
        .adsets
        .iter()
        .take(4)
        .map(|adset| adset.head.id.to_string())
        .collect();
    let found = scene.session().by_id(&scene.account(), Edge::Adsets, &ids, "id,name").await.unwrap();
    let mut read: Vec<String> = found.iter().filter(|(_, object)| object.is_some()).map(|(id, _)| id.clone()).collect();
    read.sort();
    assert_eq!(read, ids);
}

#[tokio::test]
async fn a_report_run_that_is_found_late_or_read_late_gives_its_rows() {
    let done = Box::new(Plan::Completes { polls: 1 });
    let plans = [Plan::LateToFind { polls: 1, then: done.clone() }, Plan::LateToRead { reads: 2, then: done }];
    futures_util::future::join_all(plans.map(|plan| async move {
        let scene = Scene::new(100).await;
        scene.sim.faults().always(Fault::NumberId);
        scene.sim.reports().plan(plan.clone());
        let listing = scene.session().report_run(&scene.account(), &scene.query()).await.unwrap();
        assert_eq!(sorted(read(listing).await.unwrap()), scene.truth(), "{plan:?}");
        assert_eq!(scene.sim.reports().list().len(), 1, "{plan:?}: it is no reason for another run");
    }))
    .await;
}

#[tokio::test]
async fn an_object_that_may_not_be_read_for_now_is_not_taken_for_gone() {
    let scene = Scene::new(50).await;
    let ids: Vec<String> = {
        let world = scene.sim.world();
        world.account(1029384756102938).unwrap().adsets.iter().take(2).map(|adset| adset.head.id.to_string()).collect()
    };
    for (code, status) in [(368, 400), (10, 403), (200, 403), (294, 400)] {
        scene.sim.faults().clear();
        let error = GraphError::new(code, "(#1) not for now").status(status);
        let when = When { is_part: Some(true), times: Some(1), ..When::default() };
        scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
        let found = scene.session().by_id(&scene.account(), Edge::Adsets, &ids, "id,name").await.unwrap();
        assert_eq!(found.len(), 1, "{code}: nothing is said of the other one");
        assert!(found.iter().all(|(id, object)| *id == ids[1] && object.is_some()), "{code}");
    }
    assert!(scene.notes.oddities().iter().any(|(code, _)| *code == "object_unreadable"));
}
