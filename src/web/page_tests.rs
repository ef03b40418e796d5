//! What a browser does at the pages: it keeps files for good, signs in and out, and acts by forms.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;

use super::tests::{account, ask, get, locked, open, send_form, status, text, with_admin};
use super::*;

fn form(path: &str, cookie: &str, body: &str) -> Request<Body> {
    let request = Request::post(path).header(header::COOKIE, cookie).header("sec-fetch-site", "same-origin");
    request.body(Body::from(body.to_owned())).unwrap()
}

fn page(cookie: &str) -> Request<Body> {
    page_at("/", cookie)
}

fn page_at(path: &str, cookie: &str) -> Request<Body> {
    Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()
}

async fn signed_in(router: &Router, body: &'static str) -> String {
    let answer = send_form(router, body, None).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// What the forms of a page hold for its reader.
async fn form_word(router: &Router, cookie: &str) -> String {
    let shown = text(ask(router, page(cookie)).await).await;
    let (_, after) = shown.split_once("name=\"form\" value=\"").unwrap_or_else(|| panic!("no form in {shown}"));
    after.split('"').next().unwrap().to_owned()
}

fn leads_to(answer: &Response) -> &str {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn a_browser_keeps_style_and_script_for_good_under_names_that_change_with_them() {
    let router = router(open(Ok(status(vec![]))));
    for (path, kind) in
        [(assets::style(), "text/css"), (assets::script(), "text/javascript"), (assets::icon(), "image/svg+xml")]
    {
        let answer = get(&router, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with(kind));
        assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(text(get(&router, "/").await).await.contains(path), "the page names {path}");
    }
    assert_eq!(get(&router, "/assets/style.000000000000.css").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_are_packed_for_whoever_takes_them_packed() {
    let router = router(open(Ok(status(vec![]))));
    for path in ["/", assets::style(), "/metrics"] {
        let request = Request::get(path).header(header::ACCEPT_ENCODING, "gzip, br").body(Body::empty()).unwrap();
        let answer = ask(&router, request).await;
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip", "{path}");
    }
    assert!(!get(&router, "/").await.headers().contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn a_form_acts_in_a_login_with_the_admin_token_and_tells_what_came_of_it_once() {
    let router = router(with_admin());
    let cookie = signed_in(&router, "token=the-admin-token").await;
    let word = form_word(&router, &cookie).await;
    let body = format!("path=/&form={word}&do=pause&schedule=recent&reason=the+accountant+looks");
    let answer = ask(&router, form("/act", &cookie, &body)).await;
    let told = leads_to(&answer).to_owned();
    // Another tab asks meanwhile: it is told nothing, and takes nothing away.
    let meanwhile = text(ask(&router, page(&cookie)).await).await;
    assert!(!meanwhile.contains("recent is paused"), "{meanwhile}");
    let shown = text(ask(&router, page_at(&told, &cookie)).await).await;
    assert!(shown.contains("recent is paused") && !shown.contains("note="), "{shown}");
}

#[tokio::test]
async fn a_note_is_told_by_every_replica_and_to_nobody_elses_login() {
    let router = router(with_admin());
    let (cookie, another) =
        (signed_in(&router, "token=the-admin-token").await, signed_in(&router, "token=the-admin-token").await);
    let word = form_word(&router, &cookie).await;
    let body = format!("path=/&form={word}&do=resume&schedule=recent");
    let replica = super::router(with_admin());
    let answer = ask(&replica, form("/act", &cookie, &body)).await;
    let told = leads_to(&answer).to_owned();
    assert!(text(ask(&router, page_at(&told, &cookie)).await).await.contains("goes on with its next tick"));
    assert!(!text(ask(&router, page_at(&told, &another)).await).await.contains("goes on with its next tick"));
    let forged = told.replace("done.", "not.");
    assert!(forged != told && !text(ask(&router, page_at(&forged, &cookie)).await).await.contains("goes on with"));
    // On pages that know what they may be asked for, too; a login leads back without it.
    let run = format!("/runs/{}?page=2&{}", uuid::Uuid::nil(), told.split_once('?').unwrap().1);
    assert!(text(ask(&router, page_at(&run, &cookie)).await).await.contains("there is no run"));
    let login = text(get(&router, &run).await).await;
    assert!(login.contains("?page=2\"") && !login.contains("note="), "{login}");
}

#[tokio::test]
async fn a_form_without_the_admin_token_does_nothing_and_says_what_it_needs() {
    let router = router(with_admin());
    let reader = signed_in(&router, "token=the-token").await;
    let admin = signed_in(&router, "token=the-admin-token").await;
    let word = form_word(&router, &admin).await;
    for (cookie, word) in
        [("", word.as_str()), (reader.as_str(), word.as_str()), (admin.as_str(), ""), (admin.as_str(), "00")]
    {
        let body = format!("path=/&form={word}&do=run&schedule=recent");
        let answer = ask(&router, form("/act", cookie, &body)).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let said = text(answer).await;
        assert!(said.contains("needs the admin token") && said.contains("<form"), "{said}");
    }
    let nobody = super::router(locked());
    let answer = ask(&nobody, form("/act", "", "do=run&schedule=recent")).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(text(answer).await.contains("no ADSYNC_ADMIN_TOKEN is set"));
}

#[tokio::test]
async fn what_another_site_sends_is_refused_whatever_it_holds() {
    let router = router(with_admin());
    let cookie = signed_in(&router, "token=the-admin-token").await;
    let word = form_word(&router, &cookie).await;
    let body = format!("form={word}&do=run&schedule=recent");
    for path in ["/act", "/logout", "/login"] {
        let mut request = form(path, &cookie, &body);
        request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(ask(&router, request).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert!(text(ask(&router, page(&cookie)).await).await.contains("Sign out"), "the login stands");
}

#[tokio::test]
async fn what_a_form_cannot_mean_is_told_on_its_page() {
    let router = router(with_admin());
    let cookie = signed_in(&router, "token=the-admin-token").await;
    let word = form_word(&router, &cookie).await;
    for (fields, said) in [
        ("do=backfill&since=", "name the first day"),
        ("do=backfill&since=2026-02-30", "since must be a day"),
        ("do=cancel&run=no-id", "no such run"),
        ("do=run", "names no schedule"),
        ("do=sing", "nothing that can be done"),
    ] {
        let answer = ask(&router, form("/act", &cookie, &format!("path=/&form={word}&{fields}"))).await;
        let shown = text(ask(&router, page_at(leads_to(&answer), &cookie)).await).await;
        assert!(shown.contains("Not done") && shown.contains(said), "{fields}: {shown}");
    }
}

#[tokio::test]
async fn who_signs_out_is_asked_for_the_token_again() {
    let router = router(with_admin());
    let cookie = signed_in(&router, "token=the-token").await;
    let answer = ask(&router, form("/logout", &cookie, "")).await;
    assert_eq!(leads_to(&answer), "/");
    let after = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(after.contains("Max-Age=0"));
    // The browser has this in the place of what it had.
    let (name, value) = after.split(';').next().unwrap().split_once('=').unwrap();
    assert_eq!((Some(name), value), (cookie.split('=').next(), ""));
    assert_eq!(ask(&router, page(&format!("{name}={value}"))).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_sites_name_for_this_machine_opens_nothing() {
    let router = router(open(Ok(status(vec![account("Aurora")]))));
    let named = |path: &str, host: &str| Request::get(path).header(header::HOST, host).body(Body::empty()).unwrap();
    for (host, expected) in [
        ("127.0.0.1:8080", StatusCode::OK),
        ("[::1]:8080", StatusCode::OK),
        ("localhost:8080", StatusCode::OK),
        ("LocalHost.:8080", StatusCode::OK),
        ("ads.localhost.", StatusCode::OK),
        ("127.1:8080", StatusCode::OK),
        ("evil.example:8080", StatusCode::FORBIDDEN),
        ("localhost.evil.example", StatusCode::FORBIDDEN),
        ("evillocalhost", StatusCode::FORBIDDEN),
        ("localhost..", StatusCode::FORBIDDEN),
        ("evil.example@localhost", StatusCode::FORBIDDEN),
        ("localhost/evil.example", StatusCode::FORBIDDEN),
        ("", StatusCode::FORBIDDEN),
    ] {
        for path in ["/", "/now", "/api/runs", "/metrics"] {
            assert_eq!(ask(&router, named(path, host)).await.status(), expected, "{host}{path}");
        }
    }
    // Behind a token a name may be any: that is how a page is published.
    let answer = ask(&super::router(locked()), named("/", "ads.example")).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_a_proxy_passes_on_opens_nothing_without_a_token() {
    let passed_on = |mark: &str| {
        let request = Request::get("/").header(header::HOST, "127.0.0.1:8080").header(mark, "203.0.113.9");
        request.body(Body::empty()).unwrap()
    };
    for mark in ["x-forwarded-for", "forwarded", "via", "x-real-ip"] {
        let open = router(open(Ok(status(vec![account("Aurora")]))));
        assert_eq!(ask(&open, passed_on(mark)).await.status(), StatusCode::FORBIDDEN, "{mark}");
        assert_eq!(ask(&router(locked()), passed_on(mark)).await.status(), StatusCode::UNAUTHORIZED, "{mark}");
    }
}
