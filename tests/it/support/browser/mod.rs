//! A real Chromium, without a window, for tests of what people see. All tests share one, one after the other: it starts
//! once, and no process, cookie or emulation outlives its test.
//!
//! Whatever needs it stands under a module named `browser`: where Chromium cannot be had, `tests/run` leaves these tests
//! out and says so, and nothing else does.

mod driver;
mod judge;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::binary::PATIENCE;
use driver::Driver;

/// Names a folder for pictures; without it none are kept.
const PICTURES: &str = "ADSYNC_TEST_PICTURES";

/// What WebDriver calls an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

static SHARED: Mutex<Option<Driver>> = Mutex::const_new(None);

/// A browser, until the end of a test.
pub(crate) struct Browser {
    shared: MutexGuard<'static, Option<Driver>>,
}

/// What a reader holds in the hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// A word for it.
    pub(crate) name: &'static str,
    width: u32,
    height: u32,
    is_phone: bool,
    is_dark: bool,
}

impl Screen {
    /// A phone in the dark.
    pub(crate) const PHONE_DARK: Self =
        Self { name: "phone-dark", width: 390, height: 844, is_phone: true, is_dark: true };
    /// A phone.
    pub(crate) const PHONE: Self = Self { name: "phone", is_dark: false, ..Self::PHONE_DARK };
    /// A desk.
    pub(crate) const DESK: Self = Self { name: "desk", width: 1280, height: 900, is_phone: false, is_dark: false };
    /// A desk in the dark.
    pub(crate) const DESK_DARK: Self = Self { name: "desk-dark", is_dark: true, ..Self::DESK };
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::PHONE, Self::PHONE_DARK, Self::DESK, Self::DESK_DARK];
}

impl Browser {
    /// Takes the browser once it is free, as if it had just been started, on a desk.
    pub(crate) async fn open() -> Self {
        let mut shared = SHARED.lock().await;
        let is_alive = match shared.as_ref() {
            Some(driver) => driver.is_alive().await,
            None => false,
        };
        if !is_alive {
            *shared = None;
            *shared = Some(Driver::start().await);
        }
        let browser = Self { shared };
        browser.go("about:blank").await;
        browser.driver().devtools("Network.clearBrowserCookies", json!({})).await;
        browser.driver().devtools("Network.clearBrowserCache", json!({})).await;
        browser.driver().devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false })).await;
        browser.look_at(Screen::DESK).await;
        browser.heard("browser").await;
        browser.heard("performance").await;
        browser
    }

    fn driver(&self) -> &Driver {
        self.shared.as_ref().unwrap()
    }

    /// Changes the screen.
    pub(crate) async fn look_at(&self, screen: Screen) {
        let Screen { width, height, is_phone, is_dark, .. } = screen;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.driver().devtools("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if is_dark { "dark" } else { "light" };
        let scheme = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.driver().devtools("Emulation.setEmulatedMedia", scheme).await;
    }

    /// Switches scripts of pages off.
    pub(crate) async fn without_script(&self) {
        self.driver().devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) async fn go(&self, url: &str) {
        self.driver().post("url", json!({ "url": url })).await;
    }

    /// The address that it is at.
    pub(crate) async fn url(&self) -> String {
        self.driver().get("url").await.as_str().unwrap().to_owned()
    }

    /// The page as it stands now, as HTML.
    pub(crate) async fn source(&self) -> String {
        self.driver().get("source").await.as_str().unwrap().to_owned()
    }

    /// Runs a script's body in the page and gives what it returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver().post("execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// The text of an element as a reader sees it.
    pub(crate) async fn text(&self, css: &str) -> String {
        let element = self.element(css).await;
        self.driver().get(&format!("element/{element}/text")).await.as_str().unwrap().to_owned()
    }

    /// Clicks on an element as a hand would, and fails where something covers it.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.element(css).await;
        self.driver().post(&format!("element/{element}/click"), json!({})).await;
    }

    /// Clicks what leads to another address, and waits until it is there: a form is sent after the click.
    pub(crate) async fn follows(&self, css: &str) {
        let from = self.url().await;
        self.click(css).await;
        super::until("another address", async || self.url().await != from).await;
    }

    /// Types into an element.
    pub(crate) async fn types(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        self.driver().post(&format!("element/{element}/value"), json!({ "text": text })).await;
    }

    /// Presses a key, such as `\u{e004}` for Tab.
    pub(crate) async fn presses(&self, key: &str) {
        let press = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let keys = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": press }] });
        self.driver().post("actions", keys).await;
    }

    /// Waits until there is such an element; works where scripts of pages are off.
    pub(crate) async fn comes(&self, css: &str) {
        let asked = json!({ "using": "css selector", "value": css });
        let began = Instant::now();
        while self.driver().post("elements", asked.clone()).await == json!([]) {
            assert!(began.elapsed() < PATIENCE, "{css} never came on:\n{}", self.source().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn element(&self, css: &str) -> String {
        let found = self.driver().post("element", json!({ "using": "css selector", "value": css })).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Waits until a script's expression is true. It takes a moment; where it never is, the test fails.
    pub(crate) async fn until(&self, expression: &str) {
        let began = Instant::now();
        while self.run(&format!("return Boolean({expression})")).await != true {
            assert!(began.elapsed() < PATIENCE, "{expression} never came true on:\n{}", self.source().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Keeps a picture of the whole page, and its source, where a folder for them is named.
    pub(crate) async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var(PICTURES) else { return };
        let whole = json!({ "captureBeyondViewport": true, "format": "png" });
        let picture = self.driver().devtools("Page.captureScreenshot", whole).await;
        let bytes = unpacked(picture["data"].as_str().unwrap());
        let path = PathBuf::from(folder).join(name);
        std::fs::write(path.with_extension("png"), bytes).unwrap();
        std::fs::write(path.with_extension("html"), self.source().await).unwrap();
    }

    /// What the browser noted since it was last asked: `browser` for its console, `performance` for its network.
    async fn heard(&self, kind: &str) -> Vec<Value> {
        match self.driver().post("se/log", json!({ "type": kind })).await {
            Value::Array(lines) => lines,
            other => panic!("no log of {kind}: {other}"),
        }
    }
}

/// Reads base64, as a picture comes.
fn unpacked(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u8> = text.bytes().filter(|letter| *letter != b'=').collect();
    let digit = |letter: &u8| u32::try_from(LETTERS.iter().position(|one| one == letter).unwrap()).unwrap();
    digits
        .chunks(4)
        .flat_map(|group| {
            let bits = group.iter().fold(0, |bits, letter| bits << 6 | digit(letter)) << (6 * (4 - group.len()));
            bits.to_be_bytes()[1..group.len()].to_vec()
        })
        .collect()
}

#[test]
fn a_picture_is_unpacked_to_its_bytes() {
    for (text, bytes) in [("", &b""[..]), ("AA==", &[0]), ("TWE=", b"Ma"), ("TWFu", b"Man"), ("TWFuTQ==", b"ManM")] {
        assert_eq!(unpacked(text), bytes, "{text}");
    }
}
