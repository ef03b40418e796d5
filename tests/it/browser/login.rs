//! The form for the token, and what it opens.

use rustix::process::Signal;

use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::support::browser::{Browser, Screen};

const READ: &str = "a-word-for-readers";

#[tokio::test]
async fn a_reader_types_the_token_once_and_every_page_is_readable_on_every_screen() {
    let stage = Stage::new().await;
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC_READ_TOKEN", READ).start();
    stage.answers("/", 401, "Sign in").await;
    let (browser, origin) = (Browser::open().await, stage.origin());
    browser.go(&origin).await;
    for screen in Screen::ALL {
        browser.look_at(screen).await;
        browser.picture(&format!("login-{}", screen.name)).await;
        browser.is_readable(&format!("the form, {}", screen.name)).await;
    }
    browser.types("#token", "another\n").await;
    browser.until("document.querySelector('[role=alert]')").await;
    browser.is_readable("the form, refused").await;
    browser.types("#token", READ).await;
    browser.presses("\u{e007}").await;
    browser.until("document.querySelector('table')").await;
    assert!(!browser.source().await.contains(READ));
    assert_eq!(
        browser.run("return [document.cookie, sessionStorage.length, localStorage.length]").await,
        serde_json::json!(["", 0, 0])
    );
    browser.is_quiet(&origin, &[401]).await;
    drop(browser);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn a_reader_signs_in_over_plain_http_under_a_name_of_the_network() {
    let stage = Stage::new().await;
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC_READ_TOKEN", READ).start();
    stage.answers("/", 401, "Sign in").await;
    let (browser, origin) = (Browser::open().await, format!("http://adsync.test:{}/", stage.port()));
    browser.go(&origin).await;
    browser.types("#token", &format!("{READ}\n")).await;
    browser.until("document.querySelector('table')").await;
    browser.is_quiet(&origin, &[401]).await;
    drop(browser);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
