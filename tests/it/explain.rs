//! `adsync explain`: every figure can be traced to its request, and every missing one has a reason.

use graph_sim::{Change, Level, UnfilteredLists};

use crate::support::binary::{Binary, Finished};
use crate::support::free_port;
use crate::support::proxy::{self, rows};
use crate::support::scene::{ACT, DIGITS, Scene, spec};

async fn explain(scene: &Scene, arguments: &[&str]) -> Finished {
    // It asks Meta nothing: there is none, and no token.
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let binary = Binary::adsync(&[&["explain"], arguments].concat()).env("DATABASE_URL", scene.db.url());
    binary.env("ADSYNC__META__BASE_URL", nowhere).env("ADSYNC__LOG__DIRECTORY", "").run().await
}

#[tokio::test]
async fn a_figure_is_traced_to_its_row_its_request_its_run_and_metas_total() {
    let scene = Scene::small().await;
    scene.sync().await;
    let day = scene.days_ago(2).to_string();
    let rows = scene.truth_between(Level::Adset, scene.days_ago(2), scene.days_ago(2));
    let adset = rows[0].adset_id.clone().unwrap();
    let finished = explain(&scene, &["--adset", &adset, "--date", &day]).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let spend = scene
        .value(&format!("select round(spend, 2) from adset_insights where adset_id = '{adset}' and date = '{day}'"))
        .await;
    let held =
        scene.value(&format!("select spend from adset_insights where adset_id = '{adset}' and date = '{day}'")).await;
    let total = scene.value(&format!("select round(spend, 2) from account_insights where date = '{day}'")).await;
    let run = scene.value("select id from sync_runs").await;
    for part in [
        format!(" {spend} BRL"),
        total,
        format!("/v26.0/{ACT}/insights"),
        run.clone(),
        "level=adset".to_owned(),
        "manual".to_owned(),
        "agrees with Meta's total".to_owned(),
        "difference 0.00 BRL".to_owned(),
        "\"public\".\"adset_insights\"".to_owned(),
        scene.sim.world().accounts[0].zone.name().to_owned(),
    ] {
        assert!(finished.stdout.contains(&part), "{part}: {}", finished.stdout);
    }
    assert!(!finished.stdout.contains(&scene.sim.token()) && finished.stderr.is_empty(), "{finished:?}");

    let finished = explain(&scene, &["--adset", &adset, "--date", &day, "--json"]).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let json: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let entry = &json[0];
    assert_eq!(entry["rows"][0]["adset_id"], adset.as_str());
    assert_eq!((&entry["run"]["id"], &entry["coverage"]["status"]), (&run.into(), &"settled".into()));
    assert_eq!((&entry["request"]["is_current"], &entry["step"]["step"]), (&true.into(), &"insights:adset".into()));
    assert!(finished.stdout.contains(&format!("\"spend\":{held}")), "{}", finished.stdout);
}

#[tokio::test]
async fn a_campaign_and_an_account_are_the_sum_of_their_rows() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (day, campaign) = (scene.days_ago(3).to_string(), scene.campaign(1));
    for (object, id, column, value) in [
        ("--campaign", campaign.as_str(), "campaign_id", campaign.as_str()),
        ("--account", ACT, "account_id", DIGITS),
        ("--account", DIGITS, "account_id", DIGITS),
    ] {
        let finished = explain(&scene, &[object, id, "--date", &day]).await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        let sql = format!(
            "select count(*) || ' rows together: spend ' || round(sum(spend), 2) || ' BRL' from adset_insights where {column} = '{value}' and date = '{day}'"
        );
        let sum = scene.value(&sql).await;
        assert!(finished.stdout.contains(&sum), "{sum}: {}", finished.stdout);
    }
}

#[tokio::test]
async fn an_ad_is_explained_by_the_report_of_ads() {
    let scene = Scene::small().await;
    let level = ("ADSYNC__REPORTS__CREATIVE__LEVEL", "ad");
    let finished = scene.adsync(&["sync"]).env(level.0, level.1).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let day = scene.days_ago(2).to_string();
    let sql = format!(
        "select ad_id, round(spend, 2) from creative_insights where date = '{day}' order by spend desc limit 1"
    );
    let [ad, spend] = &scene.db.query_text(&sql).await.remove(0)[..] else { panic!() };
    let arguments = ["explain", "--ad", ad, "--date", &day];
    let explained = scene.adsync(&arguments).env(level.0, level.1).run().await;
    assert_eq!(explained.code(), 0, "{explained:?}");
    for part in [format!(" {spend} BRL"), "creative (ad level".to_owned(), "level=ad,".to_owned()] {
        assert!(explained.stdout.contains(&part), "{part}: {}", explained.stdout);
    }
    let none = scene.adsync(&arguments).run().await;
    assert_eq!(none.code(), 2, "{none:?}");
    assert!(none.stderr.contains("no daily report of level ad"), "{}", none.stderr);
}

#[tokio::test]
async fn a_missing_row_has_a_reason_and_a_cure() {
    let scene = Scene::small().await;
    let (adset, day) = (scene.adset(0), scene.days_ago(1));
    scene.change(Change::Vanish { id: adset.clone(), day });
    scene.sync().await;
    let (day, unread, old) = (day.to_string(), scene.days_ago(60).to_string(), scene.days_ago(1200).to_string());
    let ahead = (scene.today() + chrono::Days::new(3)).to_string();
    for (id, day, says) in [
        (adset.as_str(), day.as_str(), "reported no delivery"),
        (&adset, &unread, &format!("adsync sync --since {unread} --until {unread} --account {ACT}")),
        (&adset, &old, "37 months"),
        (&adset, &ahead, "has not begun"),
        ("999", &day, "is not known"),
    ] {
        let finished = explain(&scene, &["--adset", id, "--date", day]).await;
        assert_eq!(finished.code(), 0, "{says}: {finished:?}");
        let reasons: Vec<&str> = finished.stdout.lines().filter(|line| line.starts_with("no row")).collect();
        assert!(reasons.len() == 1 && reasons[0].contains(says), "{says}: {}", finished.stdout);
    }
    scene.db.execute(&format!("update sync_coverage set complete = false where date = '{day}'")).await;
    let finished = explain(&scene, &["--adset", &adset, "--date", &day]).await;
    assert!(finished.stdout.contains("not to its end"), "{}", finished.stdout);
}

#[tokio::test]
async fn a_day_that_was_read_with_other_settings_is_told_apart() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (adset, day) = (scene.adset(0), scene.days_ago(1).to_string());
    let other = scene.adsync(&["explain", "--adset", &adset, "--date", &day]).env("ADSYNC__INSIGHTS__LEADS", "lead");
    let finished = other.run().await;
    assert!(finished.code() == 0 && finished.stdout.contains("with other settings"), "{finished:?}");
    let same = explain(&scene, &["--adset", &adset, "--date", &day]).await;
    assert!(!same.stdout.contains("with other settings"), "{}", same.stdout);
}

const LONGER: &str = "[reports.week]\ntime_increment = \"weekly\"\n[reports.month]\ntime_increment = \"monthly\"\n\
    [reports.reach]\ntime_increment = \"all_days\"\n[reports.people]\nbreakdowns = [\"age\", \"gender\"]\n";

#[tokio::test]
async fn weeks_months_windows_and_breakdowns_are_told_with_all_their_days_and_parts() {
    let scene = Scene::small().await;
    let run = async |arguments: &[&str]| {
        let finished = scene.adsync(arguments).config("default.toml", LONGER).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        finished.stdout
    };
    run(&["sync"]).await;
    let (adset, day) = (scene.adset(0), scene.days_ago(1).to_string());
    for (report, period) in [("week", "week"), ("month", "month"), ("reach", "window")] {
        let text = run(&["explain", "--adset", &adset, "--date", &day, "--report", report]).await;
        let sql = format!(
            "select date || ' to ' || date_stop, round(spend, 2) from {report}_insights
             where adset_id = '{adset}' and '{day}' between date and date_stop"
        );
        let [days, spend] = &scene.db.query_text(&sql).await.remove(0)[..] else { panic!() };
        for part in [
            format!("{days}, the {period} that holds {day}"),
            format!(" {spend} BRL"),
            format!("its period   {days}: "),
            "request      GET /v26.0/".to_owned(),
        ] {
            assert!(text.contains(&part), "{report}, {part}: {text}");
        }
        assert!(!text.contains("with other settings"), "{text}");
    }
    // Another window that begins on the same day takes the coverage, not the row.
    let (since, until) = (scene.days_ago(28).to_string(), scene.days_ago(1).to_string());
    run(&["sync", "--report", "reach", "--since", &since, "--until", &until]).await;
    let text = run(&["explain", "--adset", &adset, "--date", &day, "--report", "reach"]).await;
    let windows: Vec<&str> = text.split("\n\n").collect();
    assert_eq!(windows.len(), 2, "{text}");
    assert!(windows[0].contains(&format!("{since} to {}", scene.today())), "{text}");
    assert!(
        windows[0].contains("by the last 28 days and today at") && windows[0].contains("never to its end"),
        "{text}"
    );
    assert!(windows[1].contains(&format!("{since} to {until}")), "{text}");
    assert!(windows[1].contains(&format!("by {since} to {until} at")) && windows[1].contains("run "), "{text}");
    let none =
        run(&["explain", "--adset", &adset, "--date", &scene.days_ago(60).to_string(), "--report", "reach"]).await;
    assert!(none.contains("No window of the report reach holds"), "{none}");

    let text = run(&["explain", "--adset", &adset, "--date", &day, "--report", "people"]).await;
    assert!(text.contains("breakdowns=age,gender") && text.contains("age=25-34 gender=female: spend"), "{text}");
    let sum = format!(
        "select count(*) || ' rows together: spend ' || round(sum(spend), 2) from people_insights where adset_id = '{adset}' and date = '{day}'"
    );
    assert!(text.contains(&scene.value(&sum).await), "{text}");
}

#[tokio::test]
async fn a_row_that_meta_hides_is_not_said_to_be_none() {
    let scene = Scene::of(spec().statuses(0, 0, 200).unfiltered_lists(UnfilteredLists::NoDeleted).build()).await;
    let objects = scene.sim.world().truth_objects(DIGITS, Level::Adset);
    let deleted: Vec<String> =
        objects.into_iter().filter(|object| object.effective_status == "DELETED").map(|object| object.id).collect();
    let day = scene.days_ago(2);
    let truth = scene.truth_between(Level::Adset, day, day);
    let spent = |id: &&String| truth.iter().any(|row| row.adset_id.as_ref() == Some(*id) && row.fact.spend_cents > 0);
    let hidden = deleted.iter().find(spent).unwrap().clone();
    let url = {
        let deleted = deleted.clone();
        proxy::start(&scene.sim.url(), move |asked, answer| {
            if asked.is_insights("adset") && asked.path.contains("/act_") {
                rows(answer).unwrap().retain(|row| !deleted.iter().any(|id| row["adset_id"] == id.as_str()));
            }
        })
        .await
    };
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let day = day.to_string();
    assert_eq!(scene.value(&format!("select status from sync_coverage where date = '{day}'")).await, "explained");
    // It is known by its campaign alone: no listing shows it.
    scene
        .db
        .execute(&format!("insert into adsets (id, account_id, deleted_at) values ('{hidden}', '{DIGITS}', now())"))
        .await;
    let text = explain(&scene, &["--adset", &hidden, "--date", &day]).await.stdout;
    let reason = text.lines().find(|line| line.starts_with("no row")).unwrap();
    assert!(reason.contains("BRL more of deleted objects, which it does not list"), "{reason}");
    assert!(!text.contains("nothing is missing"), "{text}");
}

#[tokio::test]
async fn bad_usage_is_two_and_no_database_is_one() {
    let scene = Scene::small().await;
    scene.sync().await;
    for arguments in [
        &["--adset", "7"][..],
        &["--date", "2026-11-20"],
        &["--adset", "7", "--campaign", "8", "--date", "2026-11-20"],
        &["--adset", "seven", "--date", "2026-11-20"],
        &["--account", "act_x", "--date", "2026-11-20"],
        &["--adset", "7", "--date", "yesterday"],
        &["--adset", "7", "--date", "2026-11-20", "--report", "adsets"],
    ] {
        let finished = explain(&scene, arguments).await;
        assert!(finished.code() == 2 && !finished.stderr.is_empty(), "{arguments:?}: {finished:?}");
    }
    let coarse = scene.adsync(&["explain", "--adset", "7", "--date", "2026-11-20", "--report", "mine"]);
    let finished = coarse.config("default.toml", "[reports.mine]\nlevel = \"campaign\"\n").run().await;
    assert!(finished.code() == 2 && finished.stderr.contains("--report"), "{finished:?}");
    let away = format!("postgres://nobody@127.0.0.1:{}/none", free_port());
    let finished =
        scene.adsync(&["explain", "--adset", "7", "--date", "2026-11-20"]).env("DATABASE_URL", away).run().await;
    assert_eq!((finished.code(), finished.stderr.lines().count()), (1, 1), "{finished:?}");
}
