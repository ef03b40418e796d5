//! The questions that Meta was asked are kept, each once: every figure can be traced to the one that showed it.

use graph_sim::world::UnfilteredLists;
use graph_sim::{Change, Fault, Level, Rule, When};
use serde_json::Value;

use crate::support::proxy::{self, rows};
use crate::support::scene::{ACT, Scene, spec};

/// What `adsync explain --json` says of a figure, and all that it printed.
async fn explained(scene: &Scene, arguments: &[&str], variables: &[(&str, &str)]) -> (Value, String) {
    let mut binary = scene.adsync(&[&["explain", "--json"], arguments].concat());
    for (name, value) in variables {
        binary = binary.env(name, value);
    }
    let finished = binary.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    (serde_json::from_str(&finished.stdout).unwrap(), finished.stdout)
}

async fn of_adset(scene: &Scene, adset: &str, day: &str) -> Value {
    explained(scene, &["--adset", adset, "--date", day], &[]).await.0[0].take()
}

/// An ad set that spent on a day, and an ad set that did and has this status.
fn spender(scene: &Scene, ago: u64, status: &str) -> String {
    let objects = scene.sim.world().truth_objects(crate::support::scene::DIGITS, Level::Adset);
    let day = scene.days_ago(ago);
    let rows = scene.truth_between(Level::Adset, day, day);
    let has_row = |id: &String| rows.iter().any(|row| row.adset_id.as_ref() == Some(id) && row.fact.impressions > 0);
    let mut found = objects.into_iter().filter(|object| object.effective_status == status).map(|object| object.id);
    found.find(has_row).unwrap()
}

#[tokio::test]
async fn the_request_is_shown_as_it_was_asked_whatever_the_settings_say_by_now() {
    let scene = Scene::small().await;
    let windows = ("ADSYNC__INSIGHTS__ATTRIBUTION_WINDOWS", "7d_click,1d_view");
    let extra = ("ADSYNC__INSIGHTS__EXTRA_FIELDS", "quality_ranking");
    let finished = scene.adsync(&["sync"]).env(windows.0, windows.1).env(extra.0, extra.1).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let (adset, day) = (spender(&scene, 2, "ACTIVE"), scene.days_ago(2).to_string());
    let entry = of_adset(&scene, &adset, &day).await;
    let request = &entry["request"];
    let calls = scene.sim.calls_with("level=adset");
    let holds_day = |call: &&graph_sim::Call| {
        let range: Value = serde_json::from_str(call.param("time_range").unwrap()).unwrap();
        range["since"].as_str().unwrap() <= day.as_str() && day.as_str() <= range["until"].as_str().unwrap()
    };
    let asked: Vec<_> = calls.iter().filter(holds_day).collect();
    assert_eq!(asked.len(), 1, "{calls:?}");
    assert_eq!((&request["manner"], &request["is_current"]), (&"direct".into(), &false.into()));
    assert_eq!(request["path"], format!("/v26.0/{ACT}/insights"));
    let parameters = request["parameters"].as_object().unwrap();
    for (name, value) in parameters {
        assert_eq!(asked[0].param(name), value.as_str(), "{name}");
    }
    let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
    assert_eq!(names, ["action_attribution_windows", "fields", "level", "time_increment", "time_range"]);
    assert!(parameters["fields"].as_str().unwrap().split(',').any(|field| field == "quality_ranking"));
    assert_eq!(parameters["action_attribution_windows"], r#"["default","7d_click","1d_view"]"#);

    let text = scene.adsync(&["explain", "--adset", &adset, "--date", &day]).run().await.stdout;
    let range = asked[0].param("time_range").unwrap();
    for part in [range, "quality_ranking", "with other settings than today's"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_field_that_meta_refused_was_not_asked_for() {
    let scene = Scene::small().await;
    let fault = Fault::RetiredField { field: "inline_link_clicks".to_owned() };
    scene.sim.faults().add(Rule { fault, when: When::default() });
    scene.sync().await;
    let entry = of_adset(&scene, &spender(&scene, 1, "ACTIVE"), &scene.days_ago(1).to_string()).await;
    let fields = entry["request"]["parameters"]["fields"].as_str().unwrap();
    assert!(fields.contains("impressions") && !fields.contains("inline_link_clicks"), "{fields}");
}

#[tokio::test]
async fn a_report_run_is_told_from_a_call() {
    let scene = Scene::small().await;
    let when = When { path: Some("level=adset".to_owned()), times: Some(1), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::TooManyRows { rows: 20 }, when });
    scene.sync().await;
    let (adset, day) = (spender(&scene, 1, "ACTIVE"), scene.days_ago(1).to_string());
    assert_eq!(of_adset(&scene, &adset, &day).await["request"]["manner"], "report_run");
    let run = scene.value("select id from sync_runs").await;
    let shown = scene.adsync(&["runs", &run]).run().await.stdout;
    let asked: Vec<&str> = shown.lines().filter(|line| line.starts_with("asked ")).collect();
    assert!(asked.iter().any(|line| line.contains("POST /v26.0/act_<account_id>/insights")), "{shown}");
    assert!(asked.iter().any(|line| line.contains("level=account")), "its totals, too: {shown}");
    assert!(!shown.contains(&scene.sim.token()), "{shown}");
}

#[tokio::test]
async fn a_row_that_the_listing_left_out_came_with_the_further_question() {
    let world = spec().statuses(100, 150, 0).unfiltered_lists(UnfilteredLists::NoArchived);
    let scene = Scene::of(world.build()).await;
    scene.sync().await;
    let day = scene.days_ago(2).to_string();
    let archived = of_adset(&scene, &spender(&scene, 2, "ARCHIVED"), &day).await;
    let filter = archived["request"]["parameters"]["filtering"].as_str().unwrap();
    assert!(filter.contains("adset.effective_status") && filter.contains("ARCHIVED"), "{filter}");
    assert_eq!(archived["step"]["step"], "reconcile", "only the total showed that it was missing");
    let active = of_adset(&scene, &spender(&scene, 2, "ACTIVE"), &day).await;
    assert_eq!(active["request"]["parameters"]["filtering"], Value::Null, "{active}");
    // The next run knows that it has to ask so.
    scene.sync().await;
    let archived = of_adset(&scene, &spender(&scene, 2, "ARCHIVED"), &day).await;
    assert!(archived["request"]["parameters"]["filtering"].is_string(), "{archived}");
    assert_eq!(archived["step"]["step"], "insights:adset");
}

#[tokio::test]
async fn a_row_that_was_read_by_its_id_says_so() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (adset, day) = (spender(&scene, 2, "ACTIVE"), scene.days_ago(2).to_string());
    scene.change(Change::Delete { id: adset.clone() });
    let hidden = adset.clone();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.is_insights("adset") && asked.path.contains("/act_") {
            rows(answer).unwrap().retain(|row| row["adset_id"] != hidden.as_str());
        }
    })
    .await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let entry = of_adset(&scene, &adset, &day).await;
    assert_eq!(
        (&entry["request"]["manner"], &entry["request"]["path"]),
        (&"batch".into(), &"/v26.0/<id>/insights".into())
    );
    let other = scene.truth_between(Level::Adset, scene.days_ago(2), scene.days_ago(2));
    let other = other.iter().find(|row| row.adset_id.as_ref() != Some(&adset)).unwrap().adset_id.clone().unwrap();
    assert_eq!(of_adset(&scene, &other, &day).await["request"]["manner"], "direct");
}

#[tokio::test]
async fn each_question_is_kept_once_without_days_ids_and_token_and_reading_again_writes_none() {
    let scene = Scene::small().await;
    scene.sync().await;
    let kept = "select hash, manner, path, parameters, first_asked_at, xmin::text from sync_requests order by hash";
    let before = scene.db.query_text(kept).await;
    assert_eq!(before.len(), 2, "the listing and its totals: {before:?}");
    let all = format!("{before:?}");
    for secret in [&scene.sim.token(), ACT, &scene.days_ago(1).to_string(), &scene.adset(0)] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    let readings = scene.value("select string_agg(requests::text, '') from sync_coverage").await;
    assert!(!readings.contains(&scene.sim.token()), "{readings}");
    let versions = "select string_agg(adset_id || date || xmin, ',' order by adset_id, date) from adset_insights";
    let rows = scene.value(versions).await;
    scene.sync().await;
    assert_eq!(scene.db.query_text(kept).await, before);
    assert_eq!(scene.value(versions).await, rows);
    // A day's own words are few, however many rows it has.
    let longest = scene.value("select max(length(requests::text)) from sync_coverage").await;
    assert!(longest.parse::<u32>().unwrap() < 250, "{longest}");
    let closed = "select relrowsecurity from pg_class where relname = 'sync_requests'";
    assert_eq!(scene.value(closed).await, "t");
}

#[tokio::test]
async fn what_an_earlier_version_read_is_told_as_it_is_asked_today_and_says_so() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (adset, day) = (spender(&scene, 2, "ACTIVE"), scene.days_ago(2).to_string());
    let told = async || scene.adsync(&["explain", "--adset", &adset, "--date", &day]).run().await.stdout;
    assert!(!told().await.contains("asked like this today"));
    for by_earlier_version in [
        // It knew of no questions, or came back after a later version and left what that had written.
        "update sync_coverage set run_id = '00000000-0000-0000-0000-000000000000'",
        "update sync_coverage set requests = null",
    ] {
        scene.db.execute(by_earlier_version).await;
        let text = told().await;
        assert!(text.contains("not kept by the version that read it; asked like this today"), "{text}");
        let entry = of_adset(&scene, &adset, &day).await;
        assert_eq!(
            (&entry["request"]["asked_like_this"], &entry["requests"]),
            (&"today".into(), &Value::Array(Vec::new()))
        );
    }
}

#[tokio::test]
async fn a_row_that_a_broken_reading_wrote_is_told_with_that_reading() {
    let scene = Scene::small().await;
    scene.sync().await;
    let whole = scene.value("select id from sync_runs").await;
    let (since, until) = (scene.days_ago(20), scene.days_ago(1));
    scene.change(Change::Restate { id: ACT.to_owned(), since, until });
    // The first page arrives and is kept, the second never comes.
    let when = When { path: Some("after=".to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::Forbidden, when });
    let pages = [("ADSYNC__META__PAGE_SIZE", "100"), ("ADSYNC__META__MAX_CONCURRENCY", "1")];
    let broken = scene.adsync(&["sync"]).env(pages[0].0, pages[0].1).env(pages[1].0, pages[1].1).run().await;
    assert_eq!(broken.code(), 3, "{broken:?}");
    let broken = scene.value(&format!("select id from sync_runs where id <> '{whole}'")).await;
    let changed = "select adset_id, i.date from adset_insights i join sync_coverage c
        on c.date = i.date and c.report = 'adset' and c.fetched_at < i.last_synced order by 2, 1 limit 1";
    let [adset, day] = &scene.db.query_text(changed).await.remove(0)[..] else { panic!() };
    let entry = of_adset(&scene, adset, day).await;
    assert_eq!((&entry["run"]["id"], &entry["later"]["run_id"]), (&whole.into(), &broken.as_str().into()), "{entry}");
    let text = scene.adsync(&["explain", "--adset", adset, "--date", day]).run().await.stdout;
    let told = text.lines().find(|line| line.starts_with("since then")).unwrap();
    assert!(told.contains(&broken) && told.ends_with("step insights:adset, failed"), "{text}");
}
