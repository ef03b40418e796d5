//! Actions: refused and explained without the token, done with it, and of no use to another site.

use super::scene::{ADMIN, agency, daemon, stops};
use crate::support::browser::Browser;

#[tokio::test]
async fn an_action_without_the_token_is_explained_and_with_it_is_done() {
    let stage = agency().await;
    let (daemon, origin) = (daemon(&stage).await, stage.origin());
    let browser = Browser::open().await;
    browser.go(&origin).await;
    browser.click("[aria-label='Pause recent']").await;
    browser.types("[name=reason]", "a contabilidade confere").await;
    browser.click("details[open] form.stack button").await;
    browser.comes("[role=alert]").await;
    assert!(browser.text("[role=alert]").await.contains("Nothing was done: that needs the admin token"));
    assert_eq!(stage.db.query_text("select count(*) from sync_schedules where paused_at is not null").await, [["0"]]);

    browser.types("#token", &format!("{ADMIN}\u{e007}")).await;
    browser.comes("#schedules").await;
    assert_eq!(browser.url().await, origin, "a login leads back to where the action is");
    browser.click("[aria-label='Pause recent']").await;
    browser.types("[name=reason]", "a contabilidade confere").await;
    browser.click("details[open] form.stack button").await;
    browser.comes("#note.good").await;
    let paused = "select paused_by, pause_reason from sync_schedules where paused_at is not null";
    assert_eq!(stage.db.query_text(paused).await, [["the status page", "a contabilidade confere"]]);
    browser.is_readable("after an action").await;
    browser.click("[aria-label='Resume recent']").await;
    browser.comes("[aria-label='Pause recent']").await;
    assert_eq!(stage.db.query_text(paused).await, [[""; 2]; 0]);

    browser.click("details.backfill summary").await;
    browser.run("document.querySelector('[name=since]').value = '2090-01-01'").await;
    browser.click("details.backfill form.stack > button").await;
    browser.comes("#note.bad").await;
    assert!(browser.text("#note").await.contains("Not done: the days are in the future"));
    // What stands for the token is out of every script's reach.
    assert!(!browser.source().await.contains(ADMIN));
    assert_eq!(browser.run("return document.cookie").await, "");
    browser.is_quiet(&origin, &[401]).await;

    // A page of another site sends the same form, with the browser's cookies: it comes to nothing.
    browser.go("about:blank").await;
    let send = format!(
        "const form = document.createElement('form'); form.method = 'post'; form.action = '{origin}act';
         form.innerHTML = '<input name=do value=run><input name=schedule value=recent>';
         document.body.append(form); form.submit()"
    );
    browser.run(&send).await;
    browser.comes("h1.bad").await;
    assert!(browser.text("h1").await.contains("this was sent from a page that is not adsync's"));
    assert_eq!(stage.db.query_text("select count(*) from sync_runs").await, [["0"]]);
    drop(browser);
    stops(daemon).await;
}
