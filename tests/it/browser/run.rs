//! The page of one run: what took its time and what went wrong, while it runs and afterwards.

use graph_sim::{Change, Fault};
use rustix::process::Signal;

use super::{HOSTILE, IDLE};
use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::support::browser::{Browser, Screen};

const ADMIN: &str = "a-word-for-admins";

/// The id of the newest run.
async fn newest(stage: &Stage) -> String {
    stage.db.query_text("select id from sync_runs order by id desc limit 1").await.remove(0).remove(0)
}

#[tokio::test]
async fn a_run_tells_on_every_screen_what_took_its_time_and_what_it_changed() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    stage.sim.faults().times(Fault::TooManyRows { rows: 20 }, "level=adset", 1);
    stage.sim.faults().times(Fault::Transient, "campaigns", 1);
    let adset = stage
        .db
        .query_text(
            "select id, max(date) - 1 from adset_insights i join adsets a on a.id = i.adset_id
        where a.deleted_at is null group by 1 order by 1 limit 1",
        )
        .await
        .remove(0);
    let day = adset[1].parse().unwrap();
    stage.sim.world().apply(Change::Restate { id: adset[0].clone(), since: day, until: day }).unwrap();
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let id = newest(&stage).await;
    // What Meta sends may be anything, and so may what it answers when it fails.
    let hostile = format!("'{}'", HOSTILE.replace('\'', "''"));
    stage
        .db
        .execute(&format!(
            "update ad_accounts set name = {hostile};
         update sync_run_steps set status = 'failed', error = {hostile}, error_class = 'permission', error_code = 200,
           error_subcode = 1487390, fbtrace_id = 'AbC', advice = {hostile}, waited_ms = 50
         where run_id = '{id}' and step = 'rollup';
         update sync_runs set status = 'partial', error = {hostile}, error_code = 200, advice = 'Ask for the right.',
           status_reason = {hostile}, throttled_ms = 125000,
           warnings = jsonb_build_array(jsonb_build_object('code', 'x', 'account_id', '1029384756102938', 'step',
             'insights:adset', 'message', {hostile}, 'count', 3), jsonb_build_object('message', repeat('x', 5000)))
         where id = '{id}'"
        ))
        .await;
    let daemon = stage.daemon(IDLE);
    stage.answers("/readyz", 200, "ready").await;
    let (browser, origin) = (Browser::open().await, stage.origin());
    browser.go(&format!("{origin}runs/{id}")).await;
    for screen in Screen::ALL {
        browser.look_at(screen).await;
        browser.picture(&format!("run-{}", screen.name)).await;
        browser.is_readable(&format!("the run, {}", screen.name)).await;
    }
    let shown = browser.text("main").await;
    for said in [
        "came through in part",
        "It waited for Meta's call budgets for 2 min 5 s.",
        "calls repeated one that had failed.",
        "A question was made smaller once",
        "permission, code 200, subcode 1487390, trace id AbC",
        "Ask for the right.",
        "changed\nSums of the rows of a day",
        &adset[1],
        "<script>window.hacked = 1</script>",
    ] {
        assert!(shown.contains(said), "{said} is not in:\n{shown}");
    }
    assert_eq!(browser.run("return window.hacked === undefined").await, true);
    let changed = "select changed_days -> 0 -> 'spend' ->> 0, changed_days -> 0 -> 'spend' ->> 1 from sync_run_steps
                   where step = 'insights:adset' order by started_at desc limit 1";
    for spend in stage.db.query_text(changed).await.remove(0) {
        assert!(browser.text(".changes").await.replace(',', "").contains(&spend), "{spend}");
    }
    browser.follows("h3 a").await;
    assert_eq!(browser.url().await, format!("{origin}accounts/act_1029384756102938"));
    browser.is_quiet(&origin, &[]).await;
    for path in ["runs/none", "runs/00000000-0000-0000-0000-000000000000", &format!("runs/{id}?page=99")] {
        browser.go(&format!("{origin}{path}")).await;
        browser.is_readable(path).await;
    }
    browser.is_quiet(&origin, &[404]).await;
    drop(browser);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn a_run_that_is_under_way_is_watched_to_its_end_and_can_be_cancelled() {
    // Others may have the browser for longer than the run takes: it has to be there first.
    let (browser, stage) = (Browser::open().await, Stage::new().await);
    stage.latency(4_000);
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC_ADMIN_TOKEN", ADMIN).start();
    stage.answers("/readyz", 200, "ready").await;
    let id = stage.db.rows_of("select id from sync_runs where status = 'running'").await.remove(0).remove(0);
    let origin = stage.origin();
    browser.go(&format!("{origin}runs/{id}")).await;
    browser.run("document.body.dataset.marked = 'yes'").await;
    assert!(browser.text("h1").await.contains("under way"));
    browser.until("document.querySelectorAll('.steps tbody tr').length > 1").await;
    stage.latency(0);
    browser.until("document.querySelector('h1').textContent.includes('succeeded')").await;
    assert_eq!(browser.run("return document.body.dataset.marked").await, "yes", "it was never loaded anew");

    stage.latency(15_000);
    let sql = format!("select id from sync_runs where status = 'running' and id > '{}'", newest(&stage).await);
    let other = stage.db.rows_of(&sql).await.remove(0).remove(0);
    browser.go(&format!("{origin}login?path=/runs/{other}")).await;
    browser.types("#token", ADMIN).await;
    browser.presses("\u{e007}").await;
    browser.until("document.querySelector('form.actions')").await;
    browser.look_at(Screen::PHONE_DARK).await;
    browser.picture("run-under-way-phone-dark").await;
    browser.is_readable("a run that is under way").await;
    browser.click("form.actions button").await;
    browser.until("document.querySelector('h1').textContent.includes('cancelled')").await;
    let status = stage.db.query_text(&format!("select status from sync_runs where id = '{other}'")).await;
    assert_eq!(status, [["cancelled"]]);
    // A page that is asked for every two seconds beside a run may once be told that the database is too busy.
    browser.is_quiet(&origin, &[401, 503]).await;
    drop(browser);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
