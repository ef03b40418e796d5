//! Days and sums: whose today it is, what the metric columns cover, and what money means.

use std::collections::BTreeMap;

use adsync::sync::Window;
use chrono::{Days, Utc};
use graph_sim::{ACCOUNT_ID, AccountSpec, Change, Fact, Level, Rule, When, WorldSpec};
use rust_decimal::Decimal;

use crate::support::scene::{DIGITS, Scene, spec};

#[tokio::test]
async fn metric_columns_are_sums_and_ratios_of_sums() {
    let scene = Scene::of(spec().statuses(100, 100, 0).build()).await;
    // Neither an ad set without a row in the window nor one without a click has invented figures.
    let (idle, unclicked) = (scene.adset(1), scene.adset(2));
    for day in 0..8 {
        scene.change(Change::Vanish { id: idle.clone(), day: scene.days_ago(day) });
        let fact = Fact { impressions: 7, reach: 7, spend_cents: 1, ..Fact::default() };
        scene.change(Change::Plant { id: unclicked.clone(), day: scene.days_ago(day), fact });
    }
    scene.sync().await;
    for (level, table) in [(Level::Adset, "adsets"), (Level::Campaign, "campaigns")] {
        let mut sums: BTreeMap<String, Fact> = BTreeMap::new();
        for row in scene.truth_between(Level::Adset, scene.days_ago(7), scene.today()) {
            let id = if level == Level::Adset { row.adset_id } else { row.campaign_id };
            sums.entry(id.unwrap()).or_default().add(&row.fact);
        }
        let sql = format!(
            "select id, trim_scale(spend), impressions, clicks, leads, purchases, trim_scale(purchase_value),
               messaging_conversations, round(ctr, 6), round(cpc, 6), round(cpm, 6) from {table} order by id"
        );
        let rows = scene.db.query_text(&sql).await;
        assert!(rows.len() >= 5);
        for row in rows {
            let sum = sums.get(&row[0]).copied().unwrap_or_default();
            assert_eq!(row[1..], expected(&sum), "{table} {}", row[0]);
        }
    }
    let zeros =
        scene.db.query_text(&format!("select spend, leads, ctr, cpc, cpm from adsets where id = '{idle}'")).await;
    assert_eq!(zeros, [["0", "0", "NULL", "NULL", "NULL"]]);
    let (since, until) = (scene.days_ago(7).to_string(), scene.today().to_string());
    let window = scene.db.query_text("select metrics_since, metrics_until from ad_accounts").await;
    assert_eq!(window, [[since, until]]);
}

fn expected(sum: &Fact) -> Vec<String> {
    let ratio = |factor: i64, of: i64, by: i64| {
        let by = Decimal::from(by);
        if by.is_zero() { "NULL".to_owned() } else { format!("{:.6}", rounded(Decimal::from(factor * of) / by)) }
    };
    let money = crate::support::truth::money;
    vec![
        money(sum.spend_cents),
        sum.impressions.to_string(),
        sum.clicks.to_string(),
        sum.leads().to_string(),
        sum.purchases.to_string(),
        money(sum.purchase_cents),
        sum.messages.to_string(),
        ratio(100, sum.clicks, sum.impressions),
        if sum.clicks == 0 {
            "NULL".to_owned()
        } else {
            format!("{:.6}", rounded(Decimal::new(sum.spend_cents, 2) / Decimal::from(sum.clicks)))
        },
        if sum.impressions == 0 {
            "NULL".to_owned()
        } else {
            format!("{:.6}", rounded(Decimal::from(10 * sum.spend_cents) / Decimal::from(sum.impressions)))
        },
    ]
}

fn rounded(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(6, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}

#[tokio::test]
async fn today_is_the_account_s_own_in_every_zone() {
    for zone in [chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Pago_Pago, chrono_tz::Asia::Kathmandu] {
        let account = AccountSpec { zone, ..AccountSpec::new(ACCOUNT_ID, "Elsewhere") };
        let scene = Scene::of(spec().accounts(vec![account]).build()).await;
        scene.sync().await;
        scene.assert_true().await;
        let here = Utc::now().with_timezone(&zone).date_naive();
        let days = scene.db.query_text("select max(date), min(date) from sync_coverage").await;
        assert_eq!(days, [[here.to_string(), (here - Days::new(28)).to_string()]], "{zone}");
        let run = scene.last_run("until").await;
        assert_eq!(run, [here.to_string()]);
    }
}

#[tokio::test]
async fn nights_of_changing_clocks_and_odd_offsets_lose_no_day_and_double_none() {
    // Just after a midnight, and just before one, of the account: days of 23 and 25 hours lie in the window, and the first
    // or the last of it is one.
    for (zone, now) in [
        (chrono_tz::Europe::Berlin, "2026-10-25T23:30:00Z"),
        (chrono_tz::Europe::Berlin, "2026-03-29T21:59:00Z"),
        (chrono_tz::America::New_York, "2026-11-02T05:01:00Z"),
        // Here the clocks go forward at midnight.
        (chrono_tz::America::Santiago, "2026-09-07T03:05:00Z"),
        (chrono_tz::Australia::Lord_Howe, "2026-10-04T12:59:00Z"),
        (chrono_tz::Asia::Kathmandu, "2026-11-23T18:20:00Z"),
        (chrono_tz::Pacific::Kiritimati, "2026-11-23T10:10:00Z"),
        (chrono_tz::Pacific::Pago_Pago, "2026-11-23T10:50:00Z"),
    ] {
        let now: chrono::DateTime<Utc> = now.parse().unwrap();
        let account = AccountSpec { zone, ..AccountSpec::new(ACCOUNT_ID, "Elsewhere") };
        let scene = Scene::of(WorldSpec::small().now(now.timestamp()).accounts(vec![account]).build()).await;
        let engine = scene.engine(&[]).await;
        scene.sync_at(&engine, Window::Lookback(3)).await;
        let here = now.with_timezone(&zone).date_naive();
        // The metric columns cover seven days.
        let span = |since: u64| format!("{} {} {}", here - Days::new(since), here, since + 1);
        let days = scene.value("select min(date) || ' ' || max(date) || ' ' || count(*) from sync_coverage").await;
        assert_eq!(days, span(7), "{zone}");
        assert_eq!(
            scene.last_run("since || ' ' || until").await,
            [span(3).trim_end_matches(" 4").to_owned()],
            "{zone}"
        );
        scene.assert_true().await;
        assert_eq!(scene.totals().await, scene.true_totals(), "{zone}");
        assert_eq!(scene.value("select count(*) from sync_coverage where status = 'drift'").await, "0", "{zone}");
    }
}

#[tokio::test]
async fn currencies_without_hundredths_are_kept_as_meta_sends_them() {
    let account = AccountSpec { currency: "CLP".to_owned(), ..AccountSpec::new(ACCOUNT_ID, "Santiago") };
    let scene = Scene::of(spec().accounts(vec![account]).build()).await;
    scene.sync().await;
    scene.assert_true().await;
    let budget = scene.sim.world().account(ACCOUNT_ID).unwrap().campaigns[0].daily_budget.unwrap();
    let sql = format!("select daily_budget from campaigns where id = '{}'", scene.campaign(0));
    assert_eq!(scene.value(&sql).await, budget.to_string());
    assert_eq!(scene.value("select currency from ad_accounts").await, "CLP");
}

#[tokio::test]
async fn a_single_day_is_read_alone_but_for_the_days_that_the_metric_columns_lack() {
    let scene = Scene::small().await;
    let day = scene.days_ago(20).to_string();
    let finished = scene.adsync(&["sync", "--since", &day, "--until", &day]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(*) from sync_coverage").await, "9");
    let covered = scene.db.query_text("select metrics_since, metrics_until from ad_accounts").await;
    assert_eq!(covered, [[scene.days_ago(7).to_string(), scene.today().to_string()]]);
    assert_eq!(scene.last_run("since, until").await, [day.clone(), day]);
}

#[tokio::test]
async fn metric_columns_stay_empty_until_their_whole_window_is_covered() {
    let scene = Scene::small().await;
    let error = graph_sim::GraphError::new(100, "(#100) no");
    let when = When { path: Some("level=adset".to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: graph_sim::Fault::Error { error }, when });
    assert_eq!(scene.adsync(&["sync"]).run().await.code(), 3);
    assert_eq!(scene.value("select count(*) from adsets where spend is not null").await, "0");
    let rollup = scene.db.query_text("select status from sync_run_steps where step = 'rollup'").await;
    assert_eq!(rollup, [["skipped"]]);
    scene.sim.faults().clear();
    scene.sync().await;
    assert_eq!(scene.value("select count(*) from adsets where spend is null").await, "0");
}

#[tokio::test]
async fn a_row_that_something_else_corrupts_is_reported_as_drift() {
    let scene = Scene::small().await;
    scene.sync().await;
    let row = scene.insights().await.into_iter().find(|row| row[1] == scene.days_ago(3).to_string()).unwrap();
    scene
        .db
        .execute(&format!(
            "create function meddle() returns trigger language plpgsql as $$ begin
               update adset_insights set spend = spend + 5, impressions = impressions + 1
               where adset_id = '{}' and date = '{}'; return null; end $$;
             create trigger meddle after insert on adset_insights for each statement
               when (pg_trigger_depth() = 0) execute function meddle();",
            row[0], row[1]
        ))
        .await;
    let finished = scene.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let warnings = scene.last_run("warnings::text").await.remove(0);
    assert!(warnings.contains("\"drift\"") && warnings.contains(&row[1]) && warnings.contains("-5"), "{warnings}");
    assert!(finished.stderr.contains(&row[1]), "{}", finished.stderr);
    let drift = scene.db.query_text("select date, account_id from sync_coverage where status = 'drift'").await;
    assert_eq!(drift, [[row[1].clone(), DIGITS.to_owned()]]);
}
