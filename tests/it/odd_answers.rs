//! What Meta may answer and the simulator does not: written by hand, page by page.

use chrono::Datelike;

use crate::support::binary::Finished;
use crate::support::by_hand::{Pages, list, meta, row};
use crate::support::scene::Scene;

async fn sync(scene: &Scene, url: &str) -> Finished {
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

async fn insights(rows: &[&[String]]) -> (Scene, String) {
    let pages = rows.iter().map(|page| list(page)).collect();
    (Scene::small().await, meta(Pages::from([("adset", pages)])).await)
}

#[tokio::test]
async fn numbers_come_in_many_forms_and_none_is_invented() {
    let scene = Scene::small().await;
    let day = |n| scene.days_ago(n);
    let rows = [
        row(
            "1",
            day(1),
            r#","spend":"5339.5","impressions":1741,"clicks":"44.0","reach":"","frequency":"1.159121","ctr":"NaN","cpc":null"#,
        ),
        row(
            "1",
            day(2),
            r#","spend":0.1,"impressions":"99999999999999999999","clicks":"9223372036854775807","actions":[]"#,
        ),
        row(
            "1",
            day(3),
            r#","spend":"0.000001","impressions":"1e3","actions":[{"action_type":"lead","value":3},{"action_type":"purchase"},{"action_type":"omni_purchase","value":"2"},{"value":"5"}],"action_values":[{"action_type":"omni_purchase","value":"10.000001"},{"action_type":"purchase","value":"99"}]"#,
        ),
        row(
            "1",
            day(4),
            r#","spend":"-3.21","actions":{"unexpected":1},"results":[{"indicator":"actions:lead"}],"cost_per_result":[]"#,
        ),
        row(
            "1",
            day(5),
            r#","spend":"1","actions":[{"action_type":"offsite_conversion.fb_pixel_lead","value":"7"},{"action_type":"onsite_conversion.lead_grouped","value":"2"}],"conversions":[{"action_type":"lead","value":"1"}]"#,
        ),
    ];
    let url = meta(Pages::from([("adset", vec![list(&rows)])])).await;
    sync(&scene, &url).await;
    let sql =
        "select trim_scale(spend), impressions, clicks, reach, ctr, cpc, leads, purchases, trim_scale(purchase_value),
        extra->>'impressions' from adset_insights order by date desc";
    let null = "NULL";
    assert_eq!(
        scene.db.query_text(sql).await,
        [
            ["5339.5", "1741", "44", null, null, null, "0", "0", "0", null],
            ["0.1", null, "9223372036854775807", null, null, null, "0", "0", "0", "99999999999999999999"],
            ["0.000001", "1000", null, null, null, null, "3", "2", "10.000001", null],
            ["-3.21", null, null, null, null, null, null, null, null, null],
            ["1", null, null, null, null, null, "1", "0", "0", null],
        ]
    );
    let warnings = scene.last_run("warnings::text").await.remove(0);
    for code in ["unreadable_value", "number_too_large"] {
        assert!(warnings.contains(code), "{warnings}");
    }
    sync(&scene, &url).await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_row_for_an_ad_set_that_no_listing_shows_is_kept() {
    let scene = Scene::small().await;
    let (scene, url) = {
        let rows = [row("404", scene.days_ago(2), r#","spend":"7.5","impressions":"9","clicks":"0""#)];
        let (_, url) = insights(&[&rows]).await;
        (scene, url)
    };
    sync(&scene, &url).await;
    assert_eq!(scene.db.query_text("select adset_id, trim_scale(spend) from adset_insights").await, [["404", "7.5"]]);
    // Nobody can read it: what its row says of it stands for it and its campaign, so that joins find something.
    let stubs = "select id, name, account_id, campaign_id, effective_status, deleted_at is not null, trim_scale(spend) from adsets";
    assert_eq!(scene.db.query_text(stubs).await, [["404", "a", "1029384756102938", "11", "NULL", "t", "7.5"]]);
    let stubs = "select id, name, effective_status, deleted_at is not null from campaigns";
    assert_eq!(scene.db.query_text(stubs).await, [["11", "c", "NULL", "t"]]);
    sync(&scene, &url).await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_row_without_its_key_leaves_its_days_open_and_removes_nothing() {
    let scene = Scene::small().await;
    let (day, before) = (scene.days_ago(1), scene.days_ago(2));
    let good = [row("1", day, r#","spend":"1""#), row("2", before, r#","spend":"2""#)];
    sync(&scene, &meta(Pages::from([("adset", vec![list(&good)])])).await).await;
    let keyless = format!(r#"{{"date_start":"{day}","date_stop":"{day}","spend":"9"}}"#);
    let url = meta(Pages::from([("adset", vec![list(&[keyless])])])).await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.value("select count(*) from adset_insights").await, "2");
    assert_eq!(scene.value("select count(*) from sync_coverage where complete").await, "0");
    assert!(finished.stderr.contains("could not be kept"), "{}", finished.stderr);
}

#[tokio::test]
async fn objects_come_with_odd_texts_times_and_words() {
    let scene = Scene::small().await;
    let campaigns = r#"[{"id":"11","name":"a\u0000b\ud83e","objective":"OUTCOME_OF_TOMORROW","status":"ACTIVE","effective_status":"SOMETHING_NEW","start_time":"1969-12-31T15:59:59-0800","created_time":"2016-01-01T00:00:00+0545","updated_time":"2016-01-01T00:00:00.123+0000","daily_budget":"0","special_ad_categories":[],"issues_info":[{"level":"CAMPAIGN","error_code":1}]}]"#;
    let adset = |id: &str, name: &str| {
        format!(
            r#"{{"id":"{id}","name":"{name}","campaign_id":"11","effective_status":"IN_PROCESS","bid_amount":350,"daily_budget":2000,"lifetime_budget":"0","end_time":"0","start_time":"not a time","targeting":{{"age_range":[65,18],"geo_locations":{{"countries":["US","BR"],"cities":[{{"key":"2","radius":17.5}},{{"key":"1"}}]}},"big":123456789012345678901234567890}}}}"#
        )
    };
    let pages = vec![
        format!("[{},{}]", adset("21", "x"), adset("21", "y")),
        format!("[{}]", adset("22", "z")),
        "[]".to_owned(),
    ];
    let url = meta(Pages::from([("campaigns", vec![campaigns.to_owned()]), ("adsets", pages)])).await;
    sync(&scene, &url).await;
    assert_eq!(scene.value("select name from ad_accounts").await, "Clínica 🦷/Aurora");
    let sql = "select name, objective, effective_status, start_time, created_time at time zone 'UTC', daily_budget, special_ad_categories from campaigns";
    assert_eq!(
        scene.db.query_text(sql).await,
        [["a\u{fffd}b\u{fffd}", "OUTCOME_OF_TOMORROW", "SOMETHING_NEW", "NULL", "2015-12-31 18:15:00", "0", "[]"]]
    );
    let sql =
        "select id, bid_amount, daily_budget, end_time, start_time, targeting->'age_range' from adsets order by id";
    let common = ["350", "2000", "NULL", "NULL", "[65, 18]"];
    assert_eq!(scene.db.query_text(sql).await, [[&["21"][..], &common].concat(), [&["22"][..], &common].concat()]);
    let run = sync(&scene, &url).await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"], "{run:?}");

    // Everything left the listing and no id can be read any more.
    sync(&scene, &meta(Pages::new()).await).await;
    assert_eq!(scene.value("select count(*) from adsets where deleted_at is null").await, "0");
    assert_eq!(scene.value("select count(*) from campaigns where deleted_at is null").await, "0");
}

#[tokio::test]
async fn an_account_with_nothing_in_it_succeeds_and_is_covered() {
    let scene = Scene::small().await;
    sync(&scene, &meta(Pages::new()).await).await;
    assert_eq!(scene.last_run("status, warnings").await, ["succeeded", "[]"]);
    assert_eq!(
        scene.value("select count(*) from sync_coverage where complete and status in ('settled', 'moving')").await,
        "29"
    );
    assert_eq!(scene.value("select metrics_until is not null from ad_accounts").await, "t");
}

#[tokio::test]
async fn counts_that_sum_beyond_64_bits_end_no_run() {
    let most = |n| format!(r#","spend":"1","impressions":"9223372036854775807","clicks":"{n}""#);
    let scene = Scene::small().await;
    let day = scene.days_ago(1);
    let rows = [row("1", day, &most(5)), row("2", day, &most(6)), row("1", scene.days_ago(2), &most(7))];
    let adsets = r#"[{"id":"1","name":"x","campaign_id":"11"},{"id":"2","name":"y","campaign_id":"11"}]"#;
    let url = meta(Pages::from([("adset", vec![list(&rows)]), ("adsets", vec![adsets.to_owned()])])).await;
    sync(&scene, &url).await;
    let sums = "select id, impressions, clicks from adsets order by id";
    assert_eq!(scene.db.query_text(sums).await, [["1", "NULL", "12"], ["2", "9223372036854775807", "6"]]);
    let sql = format!("select impressions, clicks from sync_coverage where date = '{day}'");
    assert_eq!(scene.db.query_text(&sql).await, [["9223372036854775807", "11"]]);
}

#[tokio::test]
async fn what_is_not_known_of_one_day_is_not_known_of_its_window() {
    let scene = Scene::small().await;
    let lead = |value: &str| format!(r#","spend":"1","actions":[{{"action_type":"lead","value":{value}}}]"#);
    let rows = [
        row("1", scene.days_ago(1), &lead("3")),
        row("1", scene.days_ago(2), &lead("\"n/a\"")),
        row("2", scene.days_ago(1), &lead("4")),
    ];
    let adset = |id: &str| format!(r#"{{"id":"{id}","campaign_id":"11","account_id":"1029384756102938"}}"#);
    let adsets = vec![list(&[adset("1"), adset("2"), adset("3")])];
    let url = meta(Pages::from([("adset", vec![list(&rows)]), ("adsets", adsets)])).await;
    let toml = "[metrics.own]\nsum = [\"lead\", \"purchase\"]\n";
    let sync = scene.adsync(&["sync"]).config("default.toml", toml).env("ADSYNC__META__BASE_URL", &url);
    assert_eq!(sync.run().await.code(), 0);
    let sql = "select id, leads, purchases, trim_scale(spend) from adsets order by id";
    assert_eq!(scene.db.query_text(sql).await, [["1", "NULL", "0", "2"], ["2", "4", "0", "1"], ["3", "0", "0", "0"]]);
    let sql = "select id, leads, own from ads_metrics('2000-01-01', '2100-01-01', 'adset') order by id";
    assert_eq!(scene.db.query_text(sql).await, [["1", "NULL", "NULL"], ["2", "4", "4"]]);
}

#[tokio::test]
async fn sums_beyond_64_bits_end_no_week_and_no_readers_question() {
    let scene = Scene::small().await;
    let most = r#","spend":"1","impressions":"9223372036854775807","clicks":"-9223372036854775807""#;
    let day = scene.days_ago(1);
    let monday = scene.today() - chrono::Days::new(7 + u64::from(scene.today().weekday().num_days_from_monday()));
    let week = |campaign: &str| {
        let sunday = monday + chrono::Days::new(6);
        format!(r#"{{"campaign_id":"{campaign}","date_start":"{monday}","date_stop":"{sunday}"{most}}}"#)
    };
    let pages = Pages::from([
        ("adset", vec![list(&[row("1", day, most), row("2", day, most)])]),
        ("campaign", vec![list(&[week("11"), week("12")])]),
    ]);
    let url = meta(pages).await;
    let weekly = scene
        .adsync(&["sync"])
        .env("ADSYNC__META__BASE_URL", &url)
        .env("ADSYNC__REPORTS__WEEK__LEVEL", "campaign")
        .env("ADSYNC__REPORTS__WEEK__TIME_INCREMENT", "weekly");
    let finished = weekly.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    for report in ["adset", "week"] {
        let sql = format!("select impressions, clicks from sync_coverage where rows > 0 and report = '{report}'");
        assert_eq!(scene.db.query_text(&sql).await, [["9223372036854775807", "-9223372036854775808"]]);
    }
    // What one account's sums came to is no matter of another's.
    let sql = "select impressions, clicks, trim_scale(spend) from ads_metrics('2000-01-01', '2100-01-01', 'account')";
    assert_eq!(scene.db.query_text(sql).await, [["NULL", "NULL", "2"]]);
}

#[tokio::test]
async fn names_of_any_script_and_negative_money_arrive_as_they_are() {
    let scene = Scene::small().await;
    let names = "\\ud83e\\uddb7 \\u05e9\\u05dc\\u05d5\\u05dd \\u202e\\u0645 \\u0000 e\\u0301 \\ud83d";
    let rows =
        [row("1", scene.days_ago(1), r#","spend":"-12.345678","cpc":"-0.000001","impressions":"-7","clicks":"0""#)
            .replace(r#""adset_name":"a""#, &format!(r#""adset_name":"{names}""#))];
    let url = meta(Pages::from([("adset", vec![list(&rows)])])).await;
    sync(&scene, &url).await;
    let sql = "select adset_name, spend, cpc, impressions from adset_insights";
    let name = "🦷 שלום \u{202e}م \u{fffd} e\u{301} \u{fffd}";
    assert_eq!(scene.db.query_text(sql).await, [[name, "-12.345678", "-0.000001", "-7"]]);
    assert!(scene.last_run("warnings::text").await[0].contains("replaced_character"));
    let stub = "select name, trim_scale(spend) from adsets";
    assert_eq!(scene.db.query_text(stub).await, [[name, "-12.345678"]]);
}

#[tokio::test]
async fn a_day_that_falls_silent_keeps_its_rows_where_meta_may_be_silent_without_a_reason() {
    const HOURS: &str = "hourly_stats_aggregated_by_audience_time_zone";
    let hour =
        |n: u32| format!(r#","spend":"1","impressions":"9","reach":"0","{HOURS}":"{n:02}:00:00 - {n:02}:59:59""#);
    let scene = Scene::small().await;
    let (yesterday, before) = (scene.days_ago(1), scene.days_ago(2));
    let sync = async |rows: &[String]| {
        let total = list(&[format!(
            r#"{{"account_id":"1029384756102938","date_start":"{before}","date_stop":"{before}","spend":"9"}}"#
        )]);
        let url = meta(Pages::from([("adset", vec![list(rows)]), ("account", vec![total])])).await;
        let binary = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url);
        let finished = binary.env("ADSYNC__REPORTS__ADSET__BREAKDOWNS", HOURS).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        finished
    };
    sync(&[row("1", yesterday, &hour(9)), row("1", yesterday, &hour(10)), row("1", before, &hour(9))]).await;
    assert_eq!(scene.value("select count(*) from adset_insights where reach is null").await, "3", "0 is no reach");

    // One hour of yesterday vanishes and stays away; the day before says nothing at all, and is not believed.
    sync(&[row("1", yesterday, &hour(9))]).await;
    let rows = "select date, count(*) from adset_insights group by date order by date";
    let held = [[before.to_string(), "1".to_owned()], [yesterday.to_string(), "1".to_owned()]];
    assert_eq!(scene.db.query_text(rows).await, held);

    let finished = sync(&[]).await;
    assert_eq!(scene.db.query_text(rows).await, held);
    for said in ["these stay", "let the account opt in to the feature time_of_day_viewer_tz"] {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
}
