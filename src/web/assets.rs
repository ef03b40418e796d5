//! The stylesheet, the script and the icon: kept in the binary, under names that change with what they hold, so that a
//! browser keeps them for good and never shows a page in an old dress.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// What a browser may keep for good: another content has another name.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// How much of the digest stands in a name.
const DIGITS: usize = 12;

/// A file that pages name.
struct Asset {
    path: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(name: &str, ending: &str, kind: &'static str, text: &'static str) -> Self {
        let digest: String = hex::encode(Sha256::digest(text)).chars().take(DIGITS).collect();
        Self { path: format!("/assets/{name}.{digest}.{ending}"), kind, text }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "style",
        "css",
        "text/css; charset=utf-8",
        concat!(include_str!("assets/style.css"), include_str!("assets/detail.css")),
    )
});
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("page", "js", "text/javascript; charset=utf-8", include_str!("assets/page.js")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg")));

/// The stylesheet's path.
pub(super) fn style() -> &'static str {
    &STYLE.path
}

/// The script's path.
pub(super) fn script() -> &'static str {
    &SCRIPT.path
}

/// The icon's path.
pub(super) fn icon() -> &'static str {
    &ICON.path
}

/// Gives one of them.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let assets: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];
    match assets.into_iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(name.as_str())) {
        Some(asset) => (
            [(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)), (header::CACHE_CONTROL, FOR_GOOD)],
            asset.text,
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, "there is no such file: load the page again\n").into_response(),
    }
}
