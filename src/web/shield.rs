//! What stands around every answer: who is told nothing at all, a limit on its time, and headers that leave a browser
//! nothing to run.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::State;

/// How long an answer may take.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// All that a page shows or runs comes from here, and nothing of it stands within the page itself: what a name may hold
/// can be neither script nor style. Forms go nowhere else, and no other page frames this one.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not none at all: browsers then say of our own forms that they come from nowhere, and over plain http under a name
    // that is not this machine's that is all they say.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Why nobody reads a page that others can reach.
const PUBLIC_WITHOUT_TOKEN: &str = "this page can be reached from other machines, and no ADSYNC_READ_TOKEN is set: set \
    one, or let web.listen name a loopback address";

/// Why nobody reads a page without a token under a foreign name.
const FOREIGN_NAME: &str = "this page was asked for under a name that is not this machine's own, and no ADSYNC_READ_TOKEN is \
    set: open it as http://127.0.0.1 or http://localhost with its port, or set one";

/// What a proxy adds to what it passes on.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

/// Why nobody reads a page without a token through a proxy: whom that lets in is not known here.
const PASSED_ON: &str = "this page was asked for through a proxy, and no ADSYNC_READ_TOKEN is set: set one, or open it on the \
    machine itself";

/// Why a page shows nothing to anybody, where that is so. On loopback without a token whoever sits here reads; but any site
/// can let its own name lead here and have its visitors' browsers ask: such a question names that site.
pub(super) fn closed(state: &State, headers: &HeaderMap) -> Option<&'static str> {
    if state.read_token.is_some() {
        return None;
    }
    if state.is_public {
        return Some(PUBLIC_WITHOUT_TOKEN);
    }
    if FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        return Some(PASSED_ON);
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_none_or(is_own) { None } else { Some(FOREIGN_NAME) }
}

/// Whether a name is this machine's own: an address, which no other site can let lead here, or one that browsers take for
/// loopback by themselves, with or without the dot that ends a whole name.
fn is_own(host: &str) -> bool {
    // Nothing but a name and a port stands there.
    if host.contains(['@', '/', '\\', '?', '#']) {
        return false;
    }
    match url::Url::parse(&format!("http://{host}")).as_ref().map(url::Url::host) {
        Ok(Some(url::Host::Domain(name))) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Ok(Some(_)) => true,
        _ => false,
    }
}

/// Sets the headers that every answer carries.
pub(super) async fn headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // Spend is nothing for the caches between here and the reader; the stylesheet says otherwise for itself.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Ends an answer that takes too long, its request's body included.
pub(super) async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIME_LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the answer took too long\n").into_response(),
    }
}
