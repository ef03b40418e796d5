//! A request to the page or the API: it gets an answer that is no fault of ours, with every header of the shield, and
//! shows nothing to who knows no token.
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use adsync::metrics::Metrics;
use adsync::web::{self, Kind, Refused, State};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, header};
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;
use tower::ServiceExt;

/// What only readers may see.
const SHOWN: &str = "Clinica-Aurora-is-shown";
const READ: &str = "the-token-of-readers";
const ADMIN: &str = "the-token-of-admins";

thread_local! {
    static SERVER: RefCell<(tokio::runtime::Runtime, Router)> = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        RefCell::new((runtime, web::router(state())))
    };
}

fn state() -> State {
    State {
        instance: "adsync".to_owned(),
        status: Arc::new(|| std::future::ready(Err(SHOWN.to_owned())).boxed()),
        live: Arc::new(|| std::future::ready(Err(SHOWN.to_owned())).boxed()),
        run: Arc::new(|_| std::future::ready(Err(Refused::new(Kind::Waiting, SHOWN))).boxed()),
        account: Arc::new(|_| std::future::ready(Err(Refused::new(Kind::Waiting, SHOWN))).boxed()),
        ready: Arc::new(|| std::future::ready(Ok(())).boxed()),
        read: Arc::new(|what| {
            std::future::ready(Ok(serde_json::json!([SHOWN, format!("{what:?}")]).to_string())).boxed()
        }),
        act: Arc::new(|action| {
            std::future::ready(Ok(serde_json::json!([SHOWN, format!("{action:?}")]).to_string())).boxed()
        }),
        metrics: Metrics::new(),
        read_token: Some(READ.to_owned().into()),
        admin_token: Some(ADMIN.to_owned().into()),
        is_public: true,
    }
}

// The first byte says who asks and how; then the path, a header's value and the body, divided by zero bytes.
fuzz_target!(|data: &[u8]| {
    let Some((&mode, rest)) = data.split_first() else { return };
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (path, value, body) = (part(), part(), part());
    let method = if mode & 1 == 0 { "GET" } else { "POST" };
    let Ok(mut request) = Request::builder().method(method).uri(path).body(Body::from(body.to_vec())) else { return };
    let token = match mode & 6 {
        2 => Some(READ),
        4 => Some(ADMIN),
        _ => None,
    };
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    if let Ok(value) = HeaderValue::from_bytes(value) {
        let names = [header::COOKIE, header::AUTHORIZATION, header::CONTENT_TYPE, header::CONTENT_LENGTH];
        request.headers_mut().append(names[usize::from(mode >> 3) % names.len()].clone(), value);
    }
    SERVER.with_borrow(|(runtime, router)| {
        runtime.block_on(async {
            let answer = router.clone().oneshot(request).await.unwrap();
            assert!(answer.status().as_u16() != 500, "{}", answer.status());
            for name in ["content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"] {
                assert!(answer.headers().contains_key(name), "{name}");
            }
            let body = to_bytes(answer.into_body(), 1 << 22).await.unwrap();
            let text = String::from_utf8_lossy(&body);
            // Whoever guessed a token from nothing may read.
            let knows = token.is_some() || [READ, ADMIN].iter().any(|token| find(data, token.as_bytes()));
            assert!(knows || !text.contains(SHOWN), "shown to who knows no token");
        });
    });
});

fn find(data: &[u8], what: &[u8]) -> bool {
    data.windows(what.len()).any(|window| window == what)
}
