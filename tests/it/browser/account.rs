//! The page of one account: its days, its sums, its campaigns and ad sets.

use rustix::process::Signal;

use super::{HOSTILE, IDLE};
use crate::daemon::stage::Stage;
use crate::support::browser::{Browser, Screen};

const PAGE: &str = "accounts/act_1029384756102938";

#[tokio::test]
async fn an_account_is_readable_on_every_screen_whatever_its_objects_are_called() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let hostile = HOSTILE.replace('\'', "''");
    stage.db.execute(&format!(
        "update ad_accounts set name = repeat('{hostile}', 100), timezone_name = timezone_name, client = '{hostile}';
         update campaigns set name = case (right(id, 1))::int % 3 when 0 then '{hostile}' when 1 then repeat('x', 5000) else repeat('long name ', 500) end,
           effective_status = '{hostile}' where right(id, 1)::int % 2 = 0;
         update adsets set name = '{hostile}' || name where id = (select min(id) from adsets);
         update sync_coverage set status = 'drift' where date = (select min(date) from sync_coverage);
         update sync_coverage set complete = false where date = (select min(date) + 1 from sync_coverage)"
    )).await;
    let daemon = stage.daemon(IDLE);
    stage.answers("/readyz", 200, "ready").await;
    let (browser, origin) = (Browser::open().await, stage.origin());
    for (page, name) in [(PAGE.to_owned(), "account"), (format!("{PAGE}?show=adsets&sort=name"), "adsets")] {
        browser.go(&format!("{origin}{page}")).await;
        for screen in Screen::ALL {
            browser.look_at(screen).await;
            browser.picture(&format!("{name}-{}", screen.name)).await;
            browser.is_readable(&format!("{name}, {}", screen.name)).await;
        }
        browser.run("document.querySelector('details.daily').open = true").await;
        browser.look_at(Screen::PHONE).await;
        browser.is_readable(&format!("{name}, with its days")).await;
        assert_eq!(browser.run("return window.hacked === undefined").await, true);
    }
    assert!(browser.text(".objects").await.contains("<script>window.hacked = 1</script>"));
    // Each object leads to the run that wrote it.
    let run = stage.db.query_text("select id from sync_runs where status = 'succeeded'").await.remove(0).remove(0);
    let links = "return [...document.querySelectorAll('.objects th small a')].map(link => new URL(link.href).pathname)";
    let links: Vec<String> = serde_json::from_value(browser.run(links).await).unwrap();
    assert!(links.len() > 1 && links.iter().all(|link| *link == format!("/runs/{run}")), "{links:?}");
    browser.is_quiet(&origin, &[]).await;
    for query in ["sort=xyz", "page=-1", "page=99", "show=ads", "colour=red", "report=none", "campaign=1&show=adsets"] {
        browser.go(&format!("{origin}{PAGE}?{query}")).await;
        assert!(browser.text("h1").await.contains("There is nothing to show"), "{query}");
        browser.is_readable(query).await;
    }
    browser.is_quiet(&origin, &[400, 404]).await;
    drop(browser);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

/// The figures of a column as they stand in the table.
async fn column(browser: &Browser, label: &str) -> Vec<f64> {
    let script = format!(
        "return [...document.querySelectorAll('.objects td[data-label=\"{label}\"]')].map(e => Number(e.textContent.replaceAll(',', '')))"
    );
    browser.run(&script).await.as_array().unwrap().iter().map(|figure| figure.as_f64().unwrap()).collect()
}

#[tokio::test]
async fn campaigns_and_ad_sets_are_sorted_filtered_and_paged_by_links_and_a_form() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    // More than a page holds.
    stage.db.execute(
        "insert into adsets select (jsonb_populate_record(a, jsonb_build_object('id', 9000 + n, 'name', 'Copy ' || n,
           'effective_status', 'PAUSED', 'spend', null))).* from adsets a, generate_series(1, 60) n
         where a.id = (select min(id) from adsets)",
    ).await;
    let daemon = stage.daemon(IDLE);
    stage.answers("/readyz", 200, "ready").await;
    let (browser, origin) = (Browser::open().await, stage.origin());
    browser.without_script().await;
    browser.go(&format!("{origin}{PAGE}")).await;
    let spend = |sql: &'static str| async {
        stage.db.query_text(sql).await.concat().iter().map(|text| text.parse().unwrap()).collect::<Vec<f64>>()
    };
    let greatest = spend("select spend from campaigns order by spend desc nulls last, id").await;
    assert_eq!(column(&browser, "Spend").await, greatest);
    browser.follows(".objects th:nth-child(3) a").await;
    assert_eq!(column(&browser, "Spend").await, spend("select spend from campaigns order by spend, id").await);
    browser.follows(".objects th:nth-child(5) a").await;
    assert_eq!(column(&browser, "Clicks").await, spend("select clicks from campaigns order by clicks desc, id").await);

    browser.follows(".tabs a:nth-child(2)").await;
    assert!(browser.text("h2#objects").await.contains("Ad sets"));
    assert!(browser.text(".turn").await.contains("96 ad sets, page 1 of 2"));
    browser.follows(".turn a[rel=next]").await;
    assert_eq!(column(&browser, "Clicks").await.len(), 46);
    browser.types("#name", "copy 7").await;
    browser.follows(".filter button").await;
    assert_eq!(browser.text(".objects tbody th bdi").await, "Copy 7");
    browser.go(&format!("{origin}{PAGE}?show=adsets&status=PAUSED&name=COPY")).await;
    assert!(browser.text("main").await.contains("60 ad sets, page 1 of 2"));

    browser.go(&format!("{origin}{PAGE}")).await;
    browser.follows(".objects tbody tr:first-child th a").await;
    let (shown, sql) = (
        browser.text("main").await,
        "select count(*) from adsets where campaign_id = (select id from campaigns order by spend desc nulls last, id limit 1)",
    );
    assert!(shown.contains(&format!("{} ad sets", stage.db.query_text(sql).await[0][0])), "{shown}");
    browser.click("details.daily summary").await;
    browser.follows("details.daily tbody tr:first-child a").await;
    assert!(browser.url().await.starts_with(&format!("{origin}runs/")));
    assert!(browser.text("main").await.contains("insights:adset"));
    browser.is_quiet(&origin, &[]).await;
    drop(browser);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
