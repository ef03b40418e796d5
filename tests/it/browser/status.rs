//! The status page of an agency: readable on every screen, whatever its accounts are called and whatever went wrong.

use serde_json::json;

use super::scene::{adsync, agency, daemon, stops};
use crate::daemon::stage::Stage;
use crate::support::browser::{Browser, Screen};

/// What the days of an agency come to in a bad month.
const TROUBLE: &str = "
    delete from sync_coverage where account_id like '%2939' and date in (current_date - 5, current_date - 9, current_date - 10);
    update sync_coverage set complete = false where account_id like '%2940' and date = current_date - 3;
    update sync_coverage set status = 'drift' where account_id like '%2939' and date = current_date - 14;
    update sync_schedules set paused_at = now() - interval '3 hours', paused_by = 'Ana', pause_reason = 'a contabilidade confere' where schedule = 'settled';
    insert into sync_budgets (token, account_id, use_case, usage_pct, blocked_until, seen_at) values
      ('', '1029384756102938', 'ads_insights', 62, null, now()), ('', '1029384756102939', 'ads_insights', 91, null, now()),
      ('', '1029384756102940', 'ads_insights', 100, now() + interval '12 minutes', now()), ('', '', 'app', 35, null, now());
    update sync_runs set started_at = started_at - interval '17 minutes', finished_at = finished_at - interval '17 minutes'";

async fn after_a_sync() -> Stage {
    let stage = agency().await;
    let finished = adsync(&stage, &["sync"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage
}

#[tokio::test]
async fn all_is_well_can_be_read_on_every_screen() {
    let stage = after_a_sync().await;
    let (daemon, origin) = (daemon(&stage).await, stage.origin());
    let browser = Browser::open().await;
    for screen in Screen::ALL {
        browser.look_at(screen).await;
        browser.go(&origin).await;
        browser.picture(&format!("status-{}", screen.name)).await;
        browser.is_readable(&format!("all is well, {}", screen.name)).await;
    }
    let sentence = browser.text("h1").await;
    assert!(sentence.starts_with("All 8 accounts are fresh; next run "), "{sentence}");
    // Names are text and nothing else, each apart from what stands beside it.
    assert_ne!(browser.run("return document.title").await, "taken");
    assert_eq!(browser.run("return document.querySelectorAll('main img, main script, main b').length").await, 0);
    let shown = "return [...document.querySelectorAll('#accounts th bdi')].map(name => name.textContent)";
    let names: Vec<String> = serde_json::from_value(browser.run(shown).await).unwrap();
    for name in super::scene::HOSTILE {
        // What would turn the direction of the text after it is shown as a thing of its own.
        let name = name.replace(['\u{202d}', '\u{202e}'], "\u{fffd}");
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert!(names.iter().all(|name| name.chars().count() <= 60), "{names:?}");
    browser.is_quiet(&origin, &[]).await;
    drop(browser);
    stops(daemon).await;
}

#[tokio::test]
async fn a_bad_morning_can_be_read_on_every_screen() {
    let stage = after_a_sync().await;
    let (daemon, origin) = (daemon(&stage).await, stage.origin());
    stage.db.execute(TROUBLE).await;
    let alert = "insert into sync_alerts (dedupe_id, kind, told_as, instance, account_id, message, advice, first_at, last_at, urgency)
         values ('failed:auth:1029384756102938@adsync', 'failed', 'token_trouble:META_ACCESS_TOKEN@adsync', 'adsync', '1029384756102938',
           'the access token has expired (code 190/463)', 'Issue a new system-user token and set META_ACCESS_TOKEN.', now() - interval '5 hours', now(), 3),
         ('drift:1029384756102939:adset@adsync', 'drift', 'drift@adsync', 'adsync', '1029384756102939', 'days of the report adset that differ: 1', 'Compare one of these days with Ads Manager; `adsync reconcile --since` asks again.', now() - interval '2 days', now(), 0)";
    stage.db.execute(alert).await;
    let browser = Browser::open().await;
    for screen in Screen::ALL {
        browser.look_at(screen).await;
        browser.go(&origin).await;
        browser.picture(&format!("trouble-{}", screen.name)).await;
        browser.is_readable(&format!("a bad morning, {}", screen.name)).await;
    }
    let sentence = browser.text("h1").await;
    assert!(sentence.starts_with("Clinica Aurora - Ads (act_1029384756102938) has been failing since "), "{sentence}");
    assert!(sentence.ends_with("Issue a new system-user token and set META_ACCESS_TOKEN."), "{sentence}");
    let gaps = browser.text("#coverage .gaps .bad").await;
    assert!(gaps.contains("missing") || gaps.contains("partial"), "{gaps}");
    browser.is_quiet(&origin, &[]).await;
    drop(browser);
    stops(daemon).await;
}

#[tokio::test]
async fn the_keyboard_leads_past_the_navigation_and_to_every_action() {
    let stage = after_a_sync().await;
    let (daemon, origin) = (daemon(&stage).await, stage.origin());
    let browser = Browser::open().await;
    browser.go(&origin).await;
    browser.presses("\u{e004}").await;
    assert_eq!(browser.run("return document.activeElement.textContent").await, "Skip to the content");
    browser.presses("\u{e007}").await;
    assert_eq!(browser.run("return location.hash").await, "#main");
    let mut met = Vec::new();
    for _ in 0..200 {
        browser.presses("\u{e004}").await;
        let here = "const e = document.activeElement;
            return [e.nodeName, e.textContent.trim().slice(0, 20), getComputedStyle(e).outlineStyle, e.checkVisibility()]";
        let here = browser.run(here).await;
        if here[0] == "BODY" {
            break;
        }
        assert_eq!((&here[2], &here[3]), (&json!("solid"), &json!(true)), "what has the focus shows it: {here}");
        met.push(here[1].as_str().unwrap().to_owned());
    }
    for wanted in ["Run now", "Pause", "Read history"] {
        assert!(met.iter().any(|text| text == wanted), "{wanted} is not among {met:?}");
    }
    drop(browser);
    stops(daemon).await;
}
