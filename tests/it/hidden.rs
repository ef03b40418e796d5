//! Rows that no longer arrive: what a listing left out stays, whatever it was, and only what Meta itself lacks goes.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use graph_sim::world::UnfilteredLists;
use graph_sim::{Change, Fact, Level};

use crate::support::proxy::{self, rows};
use crate::support::scene::{DIGITS, Scene, spec};

/// The warnings of the last run with this code.
async fn warnings(scene: &Scene, code: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "select w->>'message', w->>'count' from (select warnings from sync_runs order by started_at desc limit 1) r,
         jsonb_array_elements(r.warnings) w where w->>'code' = '{code}'"
    );
    scene.db.query_text(&sql).await
}

/// What a report's row of an ad set and a day counts as leads; nothing where there is no such row.
async fn leads(scene: &Scene, adset: &str, days_ago: u64) -> Vec<Vec<String>> {
    let day = scene.days_ago(days_ago);
    let sql = format!("select leads from adset_insights where adset_id = '{adset}' and date = '{day}'");
    scene.db.query_text(&sql).await
}

#[tokio::test]
async fn the_late_leads_of_a_deleted_ad_set_outlive_a_second_reading_of_their_day() {
    let scene = Scene::of(spec().unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    let (gone, other) = (scene.adset(0), scene.adset(1));
    let day = scene.days_ago(2);
    scene.change(Change::Plant { id: gone.clone(), day, fact: Fact { form_leads: 2, ..Fact::default() } });
    let shown = Fact { impressions: 500, spend_cents: 900, clicks: 5, reach: 400, ..Fact::default() };
    scene.change(Change::Plant { id: other.clone(), day, fact: shown });
    scene.sync().await;
    assert_eq!(leads(&scene, &gone, 2).await, [["2"]]);
    scene.change(Change::Delete { id: gone.clone() });
    // The day moves between the listing and the total: it is read again, and then it agrees.
    let (has_moved, date, hidden) = (AtomicBool::new(false), day.to_string(), gone.clone());
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        let is_total = asked.is_insights("account") && !asked.query.contains_key("filtering");
        let is_listing = asked.is_insights("adset") && asked.path.contains("/act_");
        if is_total {
            has_moved.store(true, Ordering::SeqCst);
        }
        if (is_total || is_listing && has_moved.load(Ordering::SeqCst))
            && let Some(rows) = rows(answer)
        {
            let is_it = |row: &serde_json::Value| is_total || row["adset_id"] == other.as_str();
            for row in rows.iter_mut().filter(|row| row["date_start"] == date.as_str() && is_it(row)) {
                let impressions: i64 = row["impressions"].as_str().unwrap().parse().unwrap();
                row["impressions"] = (impressions + 10).to_string().into();
            }
        }
        if is_listing && let Some(rows) = rows(answer) {
            rows.retain(|row| row["adset_id"] != hidden.as_str());
        }
    })
    .await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let status = format!("select status from sync_coverage where report = 'adset' and date = '{day}'");
    assert_eq!(scene.value(&status).await, "settled");
    assert_eq!(leads(&scene, &gone, 2).await, [["2"]], "no total misses them, and yet they happened");
}

const BY_REGION: [(&str, &str); 2] =
    [("ADSYNC__REPORTS__PEOPLE__LEVEL", "adset"), ("ADSYNC__REPORTS__PEOPLE__BREAKDOWNS", "region")];

#[tokio::test]
async fn one_listing_that_ends_too_early_takes_no_rows_of_many_live_objects_with_it() {
    let scene = Scene::of(spec().objects(3, 120, 1).days(3).delivery_permille(1000).build()).await;
    let sync = |url: &str| {
        let sync = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url);
        BY_REGION.iter().fold(sync, |sync, (name, value)| sync.env(name, *value)).run()
    };
    assert_eq!(sync(&scene.sim.url()).await.code(), 0);
    let count = "select count(*) from people_insights";
    let before = scene.value(count).await;
    // The page ends after twenty rows and names no next one: once, then whenever it is asked.
    for often in [1, u64::MAX] {
        let cut = Arc::new(AtomicU64::new(0));
        let url = proxy::start(&scene.sim.url(), move |asked, answer| {
            let is_it = asked.is_insights("adset") && asked.query.contains_key("breakdowns");
            if is_it && asked.path.contains("/act_") && cut.fetch_add(1, Ordering::SeqCst) < often {
                rows(answer).unwrap().truncate(20);
                answer.as_object_mut().unwrap().remove("paging");
            }
        })
        .await;
        let finished = sync(&url).await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(scene.value(count).await, before, "{often}");
        assert_eq!(warnings(&scene, "listing_cut").await.is_empty(), often == 1, "{finished:?}");
    }
    // What is really gone goes, however much it is.
    for adset in scene.truth(Level::Adset).iter().filter_map(|row| row.adset_id.clone()).collect::<HashSet<_>>() {
        scene.change(Change::Vanish { id: adset, day: scene.days_ago(1) });
    }
    assert_eq!(sync(&scene.sim.url()).await.code(), 0);
    let gone = format!("select count(*) from people_insights where date = '{}'", scene.days_ago(1));
    assert_eq!(scene.value(&gone).await, "0");
}

#[tokio::test]
async fn of_very_many_hidden_objects_others_are_asked_about_the_next_time_and_the_rest_is_told() {
    let world = spec().objects(2, 230, 1).days(2).delivery_permille(1000);
    let scene = Scene::of(world.unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    scene.sync().await;
    let before = scene.insights().await;
    for place in 0..230 {
        scene.change(Change::Delete { id: scene.adset(place) });
    }
    let hidden: HashSet<String> =
        scene.sim.world().truth_objects(DIGITS, Level::Adset).into_iter().map(|object| object.id).collect();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && asked.path.contains("/act_") && rows(answer).is_some() {
            rows(answer).unwrap().retain(|row| !hidden.contains(row["adset_id"].as_str().unwrap()));
        }
    })
    .await;
    let mut asked_about = HashSet::new();
    for run in 0..4 {
        scene.sim.record().clear();
        // Nothing is compared, so that nothing but the listing tells what is asked for.
        let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(scene.insights().await, before);
        let told = warnings(&scene, "unasked").await;
        assert!(told.len() == 1 && told[0][1].parse::<u32>().unwrap() >= 30, "run {run}: {told:?}");
        let calls = scene.sim.calls();
        let parts = calls.iter().filter(|call| call.is_part && call.path.ends_with("/insights"));
        asked_about.extend(parts.map(|call| call.path.clone()));
    }
    assert!(asked_about.len() > 200, "always the same: {}", asked_about.len());
}
