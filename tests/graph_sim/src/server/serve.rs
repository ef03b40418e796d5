//! HTTP around the API: one task per connection, and the faults that only a connection can show.
use super::answer::{Incoming, Outcome, answer};
use super::control;
use super::state::State;
use crate::api::params::Params;
use crate::api::reply::Reply;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming as Arriving, SizeHint};
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Serves by a door until it is dropped; its connections end with it.
pub(super) async fn run(listener: TcpListener, state: Arc<State>, door: u64) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    // Small answers shall not wait for each other's acknowledgement.
                    let _best_effort = stream.set_nodelay(true);
                    let state = Arc::clone(&state);
                    connections.spawn(async move {
                        let service = service_fn(move |request| handle(Arc::clone(&state), door, request));
                        // A connection that breaks is the client's affair.
                        let _ended = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn handle(state: Arc<State>, door: u64, request: Request<Arriving>) -> Result<Response<Payload>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    let query = Params::parse(head.uri.query().unwrap_or_default());
    let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
    if let Some(control_path) = path.strip_prefix("/_sim/") {
        return Ok(response(control::answer(&state, &method, control_path, &query, &body), None));
    }
    let mut params = query;
    if !body.is_empty() {
        params.add_body(&body);
    }
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let call = Incoming { method, path, params, authorization, is_part: false, door };
    let _in_flight = state.calls.begin();
    let latency = state.settings().latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    // Making a large result set takes a while; the runtime's threads stay free for the client.
    let shared = Arc::clone(&state);
    let outcome = tokio::task::spawn_blocking(move || answer(&shared, &call)).await.map_err(io::Error::other)?;
    match outcome {
        Outcome::Reply(reply) => Ok(response(reply, None)),
        Outcome::Later(delay, reply) => {
            tokio::time::sleep(delay).await;
            Ok(response(reply, None))
        }
        Outcome::Cut(reply) => {
            let half = reply.body.len() / 2;
            Ok(response(reply, Some(half)))
        }
        // An error of the service closes the connection without a word.
        Outcome::Drop => Err(io::Error::other("dropped on purpose")),
        Outcome::Hang => std::future::pending().await,
    }
}

fn response(reply: Reply, cut_at: Option<usize>) -> Response<Payload> {
    let payload = Payload::new(Bytes::from(reply.body), cut_at);
    let mut response = Response::new(payload);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json; charset=UTF-8"));
    let fresh = hyper::header::HeaderValue::from_static("private, no-cache, no-store, must-revalidate");
    headers.insert(CACHE_CONTROL, fresh);
    for (name, value) in reply.headers {
        if let Ok(value) = hyper::header::HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// A body that is sent whole, or breaks off although more was promised.
struct Payload {
    bytes: Option<Bytes>,
    length: u64,
    /// Turns until it breaks: one of waiting lets the first half go out before.
    breaks_in: Option<u8>,
}

impl Payload {
    fn new(mut bytes: Bytes, cut_at: Option<usize>) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        if let Some(at) = cut_at {
            bytes.truncate(at);
        }
        Self { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()), length, breaks_in: cut_at.map(|_| 1) }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.breaks_in {
            Some(0) => Poll::Ready(Some(Err(io::Error::other("cut on purpose")))),
            Some(turns) => {
                self.breaks_in = Some(turns - 1);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && self.breaks_in.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
