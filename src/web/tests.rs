//! The router answers in-process: what everyone sees, what only a reader sees, and what hostile names become.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::*;

pub(super) const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}";

fn source<T: Clone + Send + Sync + 'static>(answer: Result<T, String>) -> Source<T> {
    Arc::new(move || std::future::ready(answer.clone()).boxed())
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn account(name: &str) -> AccountLine {
    let today = "2026-03-01".parse().unwrap();
    AccountLine {
        account_id: "act_1".to_owned(),
        name: Some(name.to_owned()),
        label: None,
        currency: Some("BRL".to_owned()),
        zone: Some(Tz::America__Sao_Paulo),
        today,
        last_run: Some(uuid::Uuid::nil()),
        last_at: Some(at("2026-03-01T11:45:00Z")),
        last_status: Some("succeeded".to_owned()),
        fresh_as_of: Some(at("2026-03-01T11:45:00Z")),
        days: vec![DayLine { date: today, state: DayState::Complete, spend: Some("1234.5".parse().unwrap()) }],
        usage: None,
        next_due_at: Some(at("2026-03-01T12:15:00Z")),
    }
}

pub(super) fn status(accounts: Vec<AccountLine>) -> Status {
    let run = RunLine {
        run: uuid::Uuid::nil(),
        schedule: "recent".to_owned(),
        trigger: "cron".to_owned(),
        status: "partial".to_owned(),
        started_at: at("2026-03-01T11:40:00Z"),
        finished_at: Some(at("2026-03-01T11:40:12Z")),
        accounts: 1,
        api_calls: Some(7),
        rows_changed: 50_482,
        error: Some(HOSTILE.to_owned()),
        advice: None,
    };
    let schedule = ScheduleLine {
        name: "recent".to_owned(),
        cron: "*/15 * * * *".to_owned(),
        zone: "account".to_owned(),
        lookback_days: 3,
        enabled: true,
        next_due_at: Some(at("2026-03-01T12:15:00Z")),
        paused: None,
        failures: 0,
        last: None,
    };
    let (now, zone) = (at("2026-03-01T12:00:00Z"), Tz::America__Sao_Paulo);
    Status {
        now,
        zone,
        stale_after: TimeDelta::hours(26),
        days_before: 28,
        days_promised: 28,
        older: Vec::new(),
        reloaded: None,
        causes: Vec::new(),
        accounts,
        schedules: vec![schedule],
        app_usage: None,
        live: Live { now, zone, mark: 1, runs: Vec::new() },
        runs: vec![run],
    }
}

pub(super) fn open(status: Result<Status, String>) -> State {
    State {
        instance: "adsync".to_owned(),
        live: source(status.clone().map(|status| status.live)),
        status: source(status),
        ready: source(Ok(())),
        read: Arc::new(|what| std::future::ready(Ok(serde_json::json!([format!("{what:?}")]).to_string())).boxed()),
        act: Arc::new(|action| {
            std::future::ready(Ok(serde_json::json!({ "did": format!("{action:?}") }).to_string())).boxed()
        }),
        run: Arc::new(|asked| {
            std::future::ready(Err(Refused::new(Kind::Unknown, format!("there is no run {}", asked.id)))).boxed()
        }),
        account: Arc::new(|_| std::future::ready(Err(Refused::new(Kind::Waiting, "not now"))).boxed()),
        metrics: Metrics::new(),
        read_token: None,
        admin_token: None,
        is_public: false,
    }
}

pub(super) fn locked() -> State {
    State { read_token: Some("the-token".to_owned().into()), ..open(Ok(status(vec![account("Aurora")]))) }
}

#[tokio::test]
async fn a_page_that_others_can_reach_shows_nothing_without_a_token_to_ask_for() {
    let state = State { is_public: true, ..open(Ok(status(vec![account("Aurora")]))) };
    let answer = get(&router(state), "/").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = text(answer).await;
    assert!(page.contains("ADSYNC_READ_TOKEN") && !page.contains("Aurora"), "{page}");
}

pub(super) async fn ask(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

pub(super) async fn get(router: &Router, path: &str) -> Response {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(super) async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

pub(super) async fn page(state: State) -> String {
    let response = get(&router(state), "/").await;
    assert_eq!(response.status(), StatusCode::OK);
    text(response).await
}

#[tokio::test]
async fn the_page_shows_accounts_in_their_own_zone() {
    let page = page(open(Ok(status(vec![account("Aurora")])))).await;
    for shown in [
        "The account is fresh; next run 09:15 America/Sao_Paulo.",
        "Aurora",
        "act_1",
        "1,234.50 BRL",
        "15 min ago",
        "08:45 America/Sao_Paulo",
        "in 15 min",
        "50,482",
        "12 s",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
}

#[tokio::test]
async fn a_hostile_name_is_shown_as_text() {
    let mut line = account(HOSTILE);
    line.last_status = Some(HOSTILE.to_owned());
    let shown = page(open(Ok(status(vec![line])))).await;
    assert!(!shown.contains("<script>") && shown.contains("&#60;script&#62;"), "{shown}");
    let response = get(&router(open(Err(HOSTILE.to_owned()))), "/").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!text(response).await.contains("<script>"));
}

#[tokio::test]
async fn every_answer_leaves_a_browser_nothing_to_run() {
    let router = router(locked());
    for path in ["/", "/healthz", "/metrics", "/assets/style.css", "/nowhere"] {
        let response = get(&router, path).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn readiness_tells_its_reason() {
    let state = State { ready: source(Err("the database does not answer".to_owned())), ..locked() };
    let router = router(state);
    let response = get(&router, "/readyz").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text(response).await, "the database does not answer\n");
    assert_eq!(get(&router, "/healthz").await.status(), StatusCode::OK);
    assert_eq!(get(&super::router(locked()), "/readyz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn metrics_want_the_token_as_a_bearer() {
    let router = router(locked());
    let refused = get(&router, "/metrics").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()[header::WWW_AUTHENTICATE], "Bearer");
    for (shown, status) in
        [("Bearer the-token", 200), ("bearer the-token", 200), ("Bearer the-toke", 401), ("Basic the-token", 401)]
    {
        let request = Request::get("/metrics").header(header::AUTHORIZATION, shown).body(Body::empty()).unwrap();
        assert_eq!(ask(&router, request).await.status(), status, "{shown}");
    }
    let response = get(&super::router(open(Err(String::new()))), "/metrics").await;
    assert!(response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/openmetrics-text"));
    assert!(text(response).await.contains("adsync_build_info"));
}

#[tokio::test]
async fn whoever_may_act_reads_the_metrics() {
    let router = router(with_admin());
    for (token, status) in [("the-admin-token", 200), ("the-token", 200), ("another", 401)] {
        let request = Request::get("/metrics").header(header::AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(ask(&router, request.body(Body::empty()).unwrap()).await.status(), status, "{token}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_whether_the_daemon_is_ready_are_one_question_to_the_database() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let ready: Source<()> = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Err("the database does not answer".to_owned())
        }
        .boxed()
    });
    let router = router(State { ready, ..locked() });
    for answer in join_all((0..50).map(|_| get(&router, "/readyz"))).await {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_secs(2)).await;
    get(&router, "/readyz").await;
    assert_eq!(asked.load(Ordering::SeqCst), 2, "and it is asked again soon");
}

pub(super) async fn send_form(router: &Router, body: &'static str, scheme: Option<&str>) -> Response {
    let mut request = Request::post("/login");
    if let Some(scheme) = scheme {
        request = request.header("x-forwarded-proto", scheme);
    }
    ask(router, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_login_opens_the_page_and_a_wrong_one_does_not() {
    let router = router(locked());
    let closed = get(&router, "/").await;
    assert_eq!(closed.status(), StatusCode::UNAUTHORIZED);
    let form = text(closed).await;
    assert!(form.contains("<form") && !form.contains("Aurora") && !form.contains("the-token"), "{form}");

    let wrong = send_form(&router, "token=the-toke", None).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(!wrong.headers().contains_key(header::SET_COOKIE));
    assert_eq!(get(&router, "/login").await.status(), StatusCode::OK);

    let right = send_form(&router, "token=the-token", None).await;
    assert_eq!(right.status(), StatusCode::SEE_OTHER);
    let cookie = right.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    let session = cookie.split(';').next().unwrap();
    let read = |cookie: String| Request::get("/").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let shown = ask(&router, read(format!("theme=dark; {session}"))).await;
    assert!(text(shown).await.contains("Aurora"));
    assert_eq!(
        ask(&router, read(format!("{}=", session.split_once('=').unwrap().0))).await.status(),
        StatusCode::UNAUTHORIZED
    );

    for scheme in ["https", "https, http"] {
        let behind_tls = send_form(&router, "token=the-token", Some(scheme)).await;
        assert!(behind_tls.headers()[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"), "{scheme}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let body = "token=".to_owned() + &"x".repeat(BODY_LIMIT);
    let request = Request::post("/login").body(Body::from(body)).unwrap();
    assert_eq!(ask(&router(locked()), request).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_server_answers_until_it_is_cancelled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let server = tokio::spawn(serve(listener, locked(), cancel.clone()));
    let mut peer = TcpStream::connect(address).await.unwrap();
    peer.write_all(b"GET /healthz HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
    cancel.cancel();
    server.await.unwrap().unwrap();
}

pub(super) fn with_admin() -> State {
    State { admin_token: Some("the-admin-token".to_owned().into()), ..locked() }
}

fn post(path: &str, token: Option<&str>, body: &str) -> Request<Body> {
    let request = Request::post(path);
    let request = match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    };
    request.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn programs_read_with_the_token_that_the_page_asks_for() {
    let locked = router(with_admin());
    let answer = get(&locked, "/api/runs").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
    for token in ["the-token", "the-admin-token"] {
        let request = Request::get("/api/runs?limit=7").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = ask(&locked, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(text(answer).await, "[\"Runs { limit: 7 }\"]");
    }
    let public = State { is_public: true, ..open(Ok(status(vec![]))) };
    assert_eq!(get(&router(public), "/api/coverage").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn parameters_that_cannot_be_meant_are_told() {
    let open = router(open(Ok(status(vec![]))));
    for (path, said) in [
        ("/api/runs?limit=0", "limit must be 1 to 1000, not 0"),
        ("/api/runs?limit=many", "limit"),
        ("/api/runs?limits=3", "limits"),
        ("/api/coverage?since=yesterday", "since"),
    ] {
        let answer = get(&open, path).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let body = text(answer).await;
        assert!(body.starts_with("{\"error\":") && body.contains(said), "{path}: {body}");
    }
    assert_eq!(get(&open, "/api/runs/no-id").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_action_wants_the_admin_token_and_nothing_else_will_do() {
    let path = "/api/schedules/recent/pause";
    let nobody = router(locked());
    let answer = ask(&nobody, post(path, Some("the-token"), "")).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(text(answer).await.contains("no ADSYNC_ADMIN_TOKEN is set"));
    let admin = router(with_admin());
    for token in [None, Some("the-token"), Some("the-admin-token2"), Some("")] {
        // What is sent is not even looked at.
        let answer = ask(&admin, post(path, token, "no json")).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{token:?}");
        assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
    let answer = ask(&admin, post(path, Some("the-admin-token"), "{\"by\":\"Ana\",\"reason\":\"audit\"}")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = text(answer).await;
    assert!(body.contains("Pause") && body.contains("Ana") && body.contains("audit"), "{body}");
    // A page in a browser has no way to send it: a login does not count.
    let mut request = post(path, None, "");
    let login = send_form(&admin, "token=the-token", None).await;
    let cookie = login.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    assert_eq!(ask(&admin, request).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_an_action_cannot_mean_is_told() {
    let admin = router(with_admin());
    let long = format!("{{\"reason\":\"{}\"}}", "x".repeat(501));
    for (path, body, status) in [
        ("/api/schedules/recent/pause", "no json", StatusCode::BAD_REQUEST),
        ("/api/schedules/recent/pause", "{\"why\":\"audit\"}", StatusCode::BAD_REQUEST),
        ("/api/schedules/recent/pause", long.as_str(), StatusCode::BAD_REQUEST),
        ("/api/runs/no-id/cancel", "", StatusCode::NOT_FOUND),
        ("/api/backfill", "", StatusCode::BAD_REQUEST),
        ("/api/backfill", "{\"since\":\"2026-02-30\"}", StatusCode::BAD_REQUEST),
        ("/api/backfill", "{\"since\":\"2026-02-01\"}", StatusCode::ACCEPTED),
        ("/api/schedules/recent/run", "", StatusCode::ACCEPTED),
    ] {
        let answer = ask(&admin, post(path, Some("the-admin-token"), body)).await;
        assert_eq!(answer.status(), status, "{path} {body}");
    }
}
