//! What Meta no longer keeps: old first days are brought forward, and what it forgot stays as it is here.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate};
use graph_sim::{Fault, Rule, When};

use crate::support::binary::Finished;
use crate::support::proxy;
use crate::support::scene::{Scene, spec};

/// A world that is older than what Meta keeps, with little in it.
async fn old_scene(days: i32) -> Scene {
    Scene::of(spec().objects(1, 2, 1).days(days).build()).await
}

async fn backfill(scene: &Scene, arguments: &[&str], toml: &str) -> Finished {
    let arguments = [&["backfill"], arguments].concat();
    let finished = scene.adsync(&arguments).config("default.toml", toml).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

fn months_ago(scene: &Scene, months: u32) -> NaiveDate {
    scene.today() - Months::new(months)
}

/// The days of every question about figures.
fn asked_days(scene: &Scene) -> Vec<(NaiveDate, NaiveDate)> {
    let day = |call: &graph_sim::Call, key: &str| -> Option<NaiveDate> {
        let (_, rest) = call.query.split_once(&format!("\"{key}\":\""))?;
        rest.get(..10)?.parse().ok()
    };
    scene.sim.calls().iter().filter_map(|call| Some((day(call, "since")?, day(call, "until")?))).collect()
}

#[tokio::test]
async fn a_history_from_before_meta_keeps_any_begins_where_it_does_and_says_so() {
    let scene = old_scene(1_200).await;
    let finished = backfill(&scene, &["--since", "2015-01-01"], "").await;
    let first = months_ago(&scene, 37);
    let said = format!("Meta keeps insights for 37 months: days before {first} were left out");
    assert!(finished.stderr.contains(&said), "{}", finished.stderr);
    assert!(scene.last_run("warnings::text").await[0].contains("\"clamped\""));
    assert_eq!(scene.last_run("since, status").await, [&first.to_string(), "succeeded"]);
    let covered = "select min(date) from sync_coverage";
    assert_eq!(scene.value(covered).await, first.to_string());
    let held = scene.value("select min(date) from adset_insights").await;
    assert!(held <= (first + chrono::Days::new(14)).to_string(), "the oldest days are there: {held}");
    assert!(scene.value("select min(date) from account_insights").await <= held, "and so are Meta's totals of them");
}

#[tokio::test]
async fn a_plan_counts_the_days_that_will_be_read_and_says_which_are_left_out() {
    let scene = old_scene(30).await;
    let toml =
        "[reports.adset]\n[reports.by_hour]\nbreakdowns = [\"hourly_stats_aggregated_by_advertiser_time_zone\"]\n";
    let planned = async |arguments: &[&str]| {
        let told = backfill(&scene, &[arguments, &["--dry-run", "--json"]].concat(), toml).await;
        let steps: Vec<serde_json::Value> = serde_json::from_str(&told.stdout).unwrap();
        let of = |report: &str| steps.iter().find(|step| step["step"] == format!("insights:{report}")).unwrap().clone();
        (["adset", "by_hour"].map(of), told.stderr)
    };
    let yesterday = scene.days_ago(1);
    let (steps, said) = planned(&["--since", "2015-01-01"]).await;
    for (step, months) in steps.iter().zip([37, 13]) {
        let first = months_ago(&scene, months);
        let days = (yesterday - first).num_days() + 1;
        assert_eq!((&step["since"], &step["days"]), (&first.to_string().into(), &days.into()), "{step}");
        assert!(said.contains(&first.to_string()), "{first}: {said}");
    }
    let (steps, said) = planned(&["--since", "2015-01-01", "--until", "2015-12-31"]).await;
    assert!(steps.iter().all(|step| step["since"].is_null() && step["days"] == 0), "{steps:?}");
    assert!(said.contains("days before") && said.contains("(365)"), "{said}");
}

#[tokio::test]
async fn a_history_that_meta_keeps_nothing_of_is_no_failure() {
    let scene = old_scene(30).await;
    backfill(&scene, &["--since", "2015-01-01", "--until", "2015-12-31"], "").await;
    assert!(scene.last_run("warnings::text").await[0].contains("\"clamped\""));
    assert_eq!(scene.last_run("status, rows_deleted").await, ["succeeded", "0"]);
    let first = months_ago(&scene, 37);
    assert!(asked_days(&scene).iter().all(|(since, _)| *since >= first), "{:?}", asked_days(&scene));
}

#[tokio::test]
async fn days_that_meta_refuses_as_too_old_by_its_own_count_cost_no_other_day() {
    // Its today is three weeks ahead of ours, and so is the first day that it keeps.
    let scene = {
        let spec = spec();
        let ahead = chrono::Utc::now() + chrono::Days::new(21);
        Scene::of(spec.now(ahead.timestamp()).objects(1, 2, 1).days(1_220).build()).await
    };
    let ours = (scene.today() - chrono::Days::new(21)) - Months::new(37);
    backfill(&scene, &["--since", &ours.to_string()], "").await;
    let first = months_ago(&scene, 37).to_string();
    let warnings = scene.last_run("warnings::text").await.remove(0);
    assert!(warnings.contains(&format!("Meta refused days before {first} as too old")), "{warnings}");
    assert_eq!(scene.value("select min(date) from sync_coverage").await, first);
    let gaps = "select max(date) - min(date) + 1 - count(*) from sync_coverage";
    assert_eq!(scene.value(gaps).await, "0", "every day since is covered");
}

#[tokio::test]
async fn what_meta_forgot_of_old_days_stays_and_newer_days_follow_meta() {
    let scene = old_scene(440).await;
    let toml = "[insights]\nextra_fields = [\"unique_clicks\", \"inline_post_engagement\"]\n";
    let since = scene.days_ago(430).to_string();
    backfill(&scene, &["--since", &since], toml).await;
    let border = months_ago(&scene, 13);
    let told = async || -> HashMap<String, Vec<String>> {
        let sql = format!(
            "select date < '{border}', count(*), count(reach), count(frequency), count(extra -> 'unique_clicks'),
             count(extra -> 'inline_post_engagement') from adset_insights where date < '{}' group by 1",
            scene.today()
        );
        scene.db.query_text(&sql).await.into_iter().map(|mut row| (row.remove(0), row)).collect()
    };
    let before = told().await;
    let old_totals = format!("select count(reach) from account_insights where date < '{border}'");
    let totals_before = scene.value(&old_totals).await;
    assert_eq!(before["t"][0], before["t"][1], "the simulator told the reach of every old row");

    let reaches_over = |(since, until): &(NaiveDate, NaiveDate)| *since < border && border <= *until;
    let asked = asked_days(&scene);
    assert!(asked.iter().any(|(since, _)| *since < border) && !asked.iter().any(reaches_over), "{asked:?}");

    // Meta tells no more what counts people: of newer days that is news, of older ones it is silence.
    for field in ["reach", "frequency", "unique_clicks"] {
        scene.sim.faults().add(Rule { fault: Fault::RetiredField { field: field.to_owned() }, when: When::default() });
    }
    for _ in 0..2 {
        backfill(&scene, &["--since", &since, "--refresh"], toml).await;
        let after = told().await;
        assert_eq!(after["t"], before["t"]);
        assert_eq!(after["f"][1..4], ["0", "0", "0"]);
        assert_eq!(after["f"][4], before["f"][4]);
        assert_eq!(scene.value(&old_totals).await, totals_before, "Meta's own totals, too");
    }
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    let warnings = scene.last_run("warnings::text").await.remove(0);
    assert!(warnings.contains(&format!("Meta tells reach and frequency since {border} only")), "{warnings}");
}

#[tokio::test]
async fn rows_that_meta_keeps_for_less_time_are_neither_asked_for_nor_removed_beyond_it() {
    let scene = old_scene(30).await;
    let toml = "[reports.adset]\nenabled = false\n[reports.hours]\nbreakdowns = [\"hourly_stats_aggregated_by_advertiser_time_zone\"]\n";
    let (old, until) = (scene.days_ago(420), scene.days_ago(410));
    let finished = scene.adsync(&["migrate"]).config("default.toml", toml).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let insert = format!(
        "insert into hours_insights (account_id, campaign_id, adset_id, date, hourly_stats_aggregated_by_advertiser_time_zone)
         values ('{}', '1', '2', '{old}', '09:00:00 - 09:59:59')",
        crate::support::scene::DIGITS
    );
    scene.db.execute(&insert).await;
    backfill(&scene, &["--since", &old.to_string(), "--until", &until.to_string()], toml).await;
    assert_eq!(scene.value("select count(*) from hours_insights").await, "1");
    let step = "select status, status_reason from sync_run_steps where step = 'insights:hours'";
    assert_eq!(scene.db.query_text(step).await, [["skipped", "Meta keeps none of these days for this report"]]);
    let warnings = scene.last_run("warnings::text").await.remove(0);
    let said = format!("Meta keeps rows with these breakdowns since {} only", months_ago(&scene, 13));
    assert!(warnings.contains(&said), "{warnings}");
}

#[tokio::test]
async fn weeks_and_months_lose_no_count_of_people_to_older_ones() {
    let scene = old_scene(520).await;
    let toml = "[reports.adset]\nenabled = false\n[reports.week]\nlevel = \"campaign\"\ntime_increment = \"weekly\"\n\
                [reports.month]\nlevel = \"campaign\"\ntime_increment = \"monthly\"\n";
    let border = months_ago(&scene, 13);
    let since = border - chrono::Days::new(70);
    backfill(&scene, &["--since", &since.to_string()], toml).await;
    // The period that holds the day before the border is the last of the old ones.
    let last = border - chrono::Days::new(1);
    let sunday = last + chrono::Days::new(6 - u64::from(last.weekday().num_days_from_monday()));
    let month_end = last.with_day(1).unwrap() + Months::new(1) - chrono::Days::new(1);
    for (increment, end) in [("7", sunday), ("monthly", month_end)] {
        let calls = scene.sim.calls_with(&format!("time_increment={increment}"));
        let ranges: Vec<(String, String)> = calls
            .iter()
            .filter_map(|call| serde_json::from_str::<serde_json::Value>(call.param("time_range")?).ok())
            .map(|range| ["since", "until"].map(|part| range[part].as_str().unwrap().to_owned()).into())
            .collect();
        let (border, end) = (border.to_string(), end.to_string());
        let is_old = |(since, _): &&(String, String)| *since < border;
        assert!(ranges.iter().any(|range| is_old(&range)) && !ranges.iter().all(|range| is_old(&range)), "{ranges:?}");
        assert!(ranges.iter().filter(is_old).all(|(_, until)| *until <= end), "{end}: {ranges:?}");
    }
    // What was read in time stays, also of the week that holds the border.
    let people = format!("select count(reach) from week_insights where date < '{border}'");
    let before = scene.value(&people).await;
    let when = When::default();
    scene.sim.faults().add(Rule { fault: Fault::RetiredField { field: "reach".to_owned() }, when });
    backfill(&scene, &["--since", &since.to_string(), "--refresh"], toml).await;
    assert_eq!(scene.value(&people).await, before);
    assert_eq!(scene.value(&people.replace('<', ">=")).await, "0");
}

#[tokio::test]
async fn days_that_fall_silent_among_others_keep_their_rows_and_are_told_once() {
    let scene = Scene::small().await;
    // Only who opted in is told these.
    let toml = "[reports.adset]\nenabled = false\n[reports.devices]\nbreakdowns = [\"impression_device\", \"publisher_platform\"]\n";
    let sync = scene.adsync(&["sync"]).config("default.toml", toml).run().await;
    assert_eq!(sync.code(), 0, "{sync:?}");
    let rows = "select count(*) from devices_insights";
    let before = scene.value(rows).await;
    let silent = [scene.days_ago(2).to_string(), scene.days_ago(4).to_string()];
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        if asked.query.contains_key("breakdowns") {
            let rows = proxy::rows(answer).unwrap();
            rows.retain(|row| !silent.iter().any(|day| row["date_start"] == day.as_str()));
        }
    })
    .await;
    let sync = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).config("default.toml", toml).run().await;
    assert_eq!(sync.code(), 0, "{sync:?}");
    assert_eq!(scene.value(rows).await, before);
    let told = "select w ->> 'message', w ->> 'count', w ->> 'step' from
        (select warnings from sync_runs order by started_at desc limit 1) r, jsonb_array_elements(r.warnings) w
        where w ->> 'code' = 'silence'";
    let message = "Meta answered no row of days of which devices_insights has some: these stay";
    assert_eq!(scene.db.query_text(told).await, [[message, "2", "insights:devices"]]);
}
