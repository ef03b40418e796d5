//! What Meta refuses of a question: no figure is made up for it, what is held stays, and nothing else is lost with it.

use graph_sim::world::UnfilteredLists;
use graph_sim::{Change, Fact, Fault, Rule, When};

use crate::support::proxy::{self, rows};
use crate::support::scene::{Scene, spec};

/// The warnings of the last run with this code.
async fn warnings(scene: &Scene, code: &str) -> Vec<String> {
    let sql = format!(
        "select w->>'message' from (select warnings from sync_runs order by started_at desc limit 1) r,
         jsonb_array_elements(r.warnings) w where w->>'code' = '{code}'"
    );
    scene.db.query_text(&sql).await.concat()
}

fn refuse(scene: &Scene, fields: &[&str]) {
    for field in fields {
        let fault = Fault::RetiredField { field: (*field).to_owned() };
        scene.sim.faults().add(Rule { fault, when: When::default() });
    }
}

/// Days that are over, so that nothing moves.
async fn settled(scene: &Scene) -> Vec<Vec<String>> {
    let sql = format!(
        "select adset_id, date, trim_scale(spend), leads, purchases, trim_scale(purchase_value), actions, action_values
         from adset_insights where date < '{}' order by 1, 2",
        scene.today()
    );
    scene.db.query_text(&sql).await
}

#[tokio::test]
async fn what_is_held_of_a_field_stays_when_meta_refuses_it() {
    let scene = Scene::small().await;
    let add = Fact { form_leads: 3, purchases: 2, purchase_cents: 25_050, ..Fact::default() };
    scene.change(Change::LateConversion { id: scene.adset(0), day: scene.days_ago(2), add });
    scene.sync().await;
    let before = settled(&scene).await;
    assert!(before.iter().any(|row| row[5] == "250.5"), "{before:?}");
    refuse(&scene, &["actions", "action_values", "spend"]);
    for _ in 0..2 {
        let finished = scene.adsync(&["sync"]).run().await;
        assert!([0, 3].contains(&finished.code()), "{finished:?}");
        assert_eq!(settled(&scene).await, before);
    }
    assert_eq!(warnings(&scene, "field_refused").await.len(), 6, "three of the report's level, three of the account's");
}

#[tokio::test]
async fn what_meta_refuses_is_unknown_and_no_nought_anywhere() {
    let scene = Scene::small().await;
    refuse(&scene, &["actions", "action_values", "spend"]);
    let finished = scene.adsync(&["sync"]).run().await;
    assert!([0, 3].contains(&finished.code()), "{finished:?}");
    let known = "select count(*) > 100, count(impressions) > 100, count(spend), count(leads), count(purchases),
        count(purchase_value), count(messaging_conversations), count(landing_page_views), count(actions)
        from adset_insights";
    assert_eq!(scene.db.query_text(known).await, [["t", "t", "0", "0", "0", "0", "0", "0", "0"]]);
    // Sums of nothing known are not known, whoever sums.
    let summed = "select count(*) filter (where s.id is not null), count(impressions) > 0, count(spend), count(leads), count(cpm)
        from (select distinct adset_id as id from adset_insights) s join adsets using (id)";
    let sums = scene.db.query_text(summed).await;
    assert_eq!(sums[0][1..], ["t", "0", "0", "0"], "{sums:?}");
    let metrics = format!(
        "select count(*) > 0, count(impressions) = count(*), count(spend), count(leads), count(cpm)
         from ads_metrics('{}', '{}', 'adset')",
        scene.days_ago(5),
        scene.today()
    );
    assert_eq!(scene.db.query_text(&metrics).await, [["t", "t", "0", "0", "0"]]);
    // Two figures that nobody told do not agree with each other.
    let agreeing = "select count(*) from sync_coverage where status in ('settled', 'drift', 'explained')";
    assert_eq!(scene.value(agreeing).await, "0");
    assert!(!warnings(&scene, "not_compared").await.is_empty());

    // A version that takes the fields again reads what it lacks, and a backfill passes over none of these days.
    scene.sim.faults().clear();
    scene.db.execute("update sync_refused_fields set app_version = 'older'").await;
    let since = scene.days_ago(6).to_string();
    let finished = scene.adsync(&["backfill", "--since", &since]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.sync().await;
    scene.assert_true().await;
}

#[tokio::test]
async fn a_refused_field_keeps_nobody_from_asking_for_objects_by_their_ids() {
    let scene = Scene::of(spec().unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    scene.sync().await;
    let gone = scene.adset(0);
    scene.change(Change::Delete { id: gone.clone() });
    let add = Fact { form_leads: 3, ..Fact::default() };
    scene.change(Change::LateConversion { id: gone.clone(), day: scene.days_ago(2), add });
    let hidden = gone.clone();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && asked.path.contains("/act_") && rows(answer).is_some() {
            rows(answer).unwrap().retain(|row| row["adset_id"] != hidden.as_str());
        }
    })
    .await;
    // Only the questions by id meet the refusal: nothing else has told of it before.
    let fault = Fault::RetiredField { field: "frequency".to_owned() };
    scene.sim.faults().add(Rule { fault, when: When { path: Some(format!("{gone}/insights")), ..When::default() } });
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.insights().await, scene.true_insights(), "the late leads of the deleted ad set, too");
    assert!(warnings(&scene, "untold").await.is_empty(), "{finished:?}");
    assert_eq!(warnings(&scene, "field_refused").await.len(), 1, "{finished:?}");
}

/// How Meta takes filters: deleted objects may never be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filters {
    /// All others pass.
    Taken,
    /// None passes beside a breakdown, and Meta says so.
    NotBesideBreakdowns,
    /// None passes, and nothing says why.
    Refused,
}

async fn taking(scene: &Scene, filters: Filters) -> String {
    proxy::start(&scene.sim.url(), move |asked, answer| {
        let Some(filter) = asked.query.get("filtering").filter(|_| asked.is_insights("adset")) else { return };
        let (message, subcode) = match filters {
            Filters::NotBesideBreakdowns if asked.query.contains_key("breakdowns") => {
                ("(#100) Filtering is not supported with this breakdown", None)
            }
            _ if filter.contains("\"DELETED\"") => ("Cannot Request for Deleted Objects", Some(1_815_001)),
            Filters::Refused => ("Invalid parameter", None),
            _ => return,
        };
        let error = serde_json::json!({"message": message, "type": "OAuthException", "code": 100});
        *answer = serde_json::json!({ "error": error });
        if let Some(subcode) = subcode {
            answer["error"]["error_subcode"] = subcode.into();
        }
    })
    .await
}

#[tokio::test]
async fn a_filter_that_is_refused_once_is_still_asked_where_it_is_taken() {
    for filters in [Filters::NotBesideBreakdowns, Filters::Refused] {
        let world = spec().statuses(100, 250, 0).unfiltered_lists(UnfilteredLists::NoArchived);
        let scene = Scene::of(world.build()).await;
        let is_said = filters == Filters::NotBesideBreakdowns;
        let (first, second) = (taking(&scene, filters).await, taking(&scene, Filters::Taken).await);
        let second = if is_said { &first } else { &second };
        let sync = |url: &str| {
            let sync = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url);
            let sync = sync.env("ADSYNC__REPORTS__PEOPLE__LEVEL", "adset");
            sync.env("ADSYNC__REPORTS__PEOPLE__BREAKDOWNS", "region").run()
        };
        let finished = sync(&first).await;
        assert_eq!(finished.code(), 0, "{filters:?}: {finished:?}");
        assert_eq!(scene.insights().await == scene.true_insights(), is_said, "{filters:?}");
        // A drift that was judged is not looked at again before something moves.
        scene.db.execute("update sync_coverage set status = null").await;
        scene.sim.record().clear();
        assert_eq!(sync(second).await.code(), 0, "{filters:?}");
        assert_eq!(scene.insights().await, scene.true_insights(), "{filters:?}");
        let filtered = scene.sim.calls_with("level=adset");
        let filtered = filtered.iter().filter(|call| call.param("filtering").is_some());
        let (beside, plain): (Vec<_>, Vec<_>) = filtered.partition(|call| call.param("breakdowns").is_some());
        assert!(!plain.is_empty(), "the other report's ladder stands");
        assert!(!is_said || beside.is_empty(), "what Meta says that it does not take is not asked again: {beside:?}");
    }
}

#[tokio::test]
async fn whoever_asks_on_demand_asks_what_was_refused_before() {
    let world = spec().statuses(100, 250, 0).unfiltered_lists(UnfilteredLists::NoArchived);
    let scene = Scene::of(world.build()).await;
    scene.sync().await;
    let (day, url) = (scene.days_ago(2), taking(&scene, Filters::Taken).await);
    // Weeks ago Meta took no filter.
    let refused = "insert into sync_ladders select account_id, 'adset', 'status_refused', now() from ad_accounts";
    scene.db.execute(refused).await;
    scene.db.execute(&format!("delete from adset_insights where date = '{day}'")).await;
    let arguments = ["reconcile", "--since", &day.to_string(), "--until", &day.to_string()];
    let shown = scene.adsync(&arguments).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    assert_eq!(scene.insights().await, scene.true_insights());
}
