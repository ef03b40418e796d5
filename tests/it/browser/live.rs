//! A run that is under way is seen as it goes on, without a flicker, and without script after a click.

use super::scene::{ADMIN, agency, daemon, stops};
use crate::support::browser::{Browser, Screen};

#[tokio::test]
async fn a_run_is_seen_as_it_begins_goes_on_and_ends_while_the_page_stays() {
    let stage = agency().await;
    let (daemon, origin) = (daemon(&stage).await, stage.origin());
    let browser = Browser::open().await;
    browser.go(&origin).await;
    // Whoever loads the page anew, or replaces what did not change, loses these marks.
    browser.run("document.querySelector('main').mark = document.querySelector('#schedules').mark = 'kept'").await;
    browser.run("document.querySelector('details.backfill').open = true").await;
    browser.run("document.querySelector('details.backfill [name=since]').value = '2026-01-02'").await;
    stage.latency(4_000);
    let (status, answer) = stage.post("/api/schedules/recent/run", ADMIN, "").await;
    assert_eq!(status, 202, "{answer}");
    browser.until("document.querySelector('.running')").await;
    browser.until("/Now: /.test(document.querySelector('.running')?.textContent)").await;
    for screen in [Screen::PHONE_DARK, Screen::DESK] {
        browser.look_at(screen).await;
        browser.picture(&format!("running-{}", screen.name)).await;
        browser.is_readable(&format!("a run under way, {}", screen.name)).await;
    }
    browser.until("!/ 0 steps ended/.test(document.querySelector('.running')?.textContent)").await;
    stage.latency(0);
    browser.until("!document.querySelector('.running')").await;
    browser.until("/succeeded/.test(document.querySelector('#runs tbody tr')?.textContent)").await;
    browser.until("/fresh; next run/.test(document.querySelector('h1').textContent)").await;
    let kept = "return [document.querySelector('main').mark, document.querySelector('#schedules').mark,
        document.querySelector('details.backfill').open, document.querySelector('[name=since]').value]";
    assert_eq!(browser.run(kept).await, serde_json::json!(["kept", "kept", true, "2026-01-02"]));
    browser.is_quiet(&origin, &[]).await;
    stops(daemon).await;
    browser.until("/does not answer/.test(document.querySelector('#connection').textContent)").await;
}

#[tokio::test]
async fn without_script_a_click_shows_how_far_a_run_is_and_another_ends_it() {
    let stage = agency().await;
    let (daemon, origin) = (daemon(&stage).await, stage.origin());
    let browser = Browser::open().await;
    browser.without_script().await;
    browser.go(&format!("{origin}login")).await;
    browser.types("#token", &format!("{ADMIN}\u{e007}")).await;
    browser.comes("#schedules").await;
    stage.latency(15_000);
    browser.click("[aria-label='Run now: recent']").await;
    browser.comes("#note.good").await;
    browser.click("noscript a").await;
    browser.comes(".running").await;
    browser.click(".running button").await;
    browser.comes("#note.good").await;
    assert!(browser.text("#note").await.contains("was asked to stop"));
    stage.db.rows_of("select 1 from sync_runs where status = 'cancelled'").await;
    drop(browser);
    stops(daemon).await;
}
