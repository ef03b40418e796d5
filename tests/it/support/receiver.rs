//! What takes alerts and pings: it remembers every call, and answers as it is told, or not at all.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::until;

/// The part of its address that is a secret.
pub(crate) const SECRET: &str = "B00-nevershown-XyZ";

/// One call that it got.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The path, with the query.
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
    /// What it answered.
    pub(crate) status: u16,
}

impl Call {
    /// The message that was told.
    pub(crate) fn message(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.body))
    }
}

/// A receiver at work.
pub(crate) struct Receiver {
    address: String,
    calls: Arc<Mutex<Vec<Call>>>,
    status: Arc<Mutex<u16>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Starts it; it takes everything.
    pub(crate) async fn start() -> Self {
        let (calls, status) = (Arc::<Mutex<Vec<Call>>>::default(), Arc::new(Mutex::new(200)));
        let (told, answers) = (Arc::clone(&calls), Arc::clone(&status));
        let take = move |request: Request| {
            let (told, status) = (Arc::clone(&told), *answers.lock().unwrap());
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                let content_type = parts.headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
                told.lock().unwrap().push(Call {
                    method: parts.method.to_string(),
                    path: parts.uri.to_string(),
                    content_type: content_type.unwrap_or_default(),
                    body: String::from_utf8(body.to_vec()).unwrap(),
                    status,
                });
                // 0: it never answers.
                if status == 0 {
                    std::future::pending::<()>().await;
                }
                StatusCode::from_u16(status).unwrap()
            }
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await.unwrap() });
        Self { address, calls, status, task }
    }

    /// Its address, with a secret in it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/services/{SECRET}?key={SECRET}", self.address)
    }

    /// Lets it answer with this status from now on; 0: not at all.
    pub(crate) fn answer(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The messages that it took.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.calls().iter().filter(|call| call.method == "POST" && call.status == 200).map(Call::message).collect()
    }

    /// Cause and state of the messages that it took, in order.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let word = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
        self.messages().iter().map(|message| (word(message, "cause"), word(message, "state"))).collect()
    }

    /// Waits for so many messages, and gives the last.
    pub(crate) async fn message(&self, count: usize) -> Value {
        until("a message", async || self.messages().len() >= count).await;
        self.messages().remove(count - 1)
    }

    /// Waits for so many calls, whatever it answered.
    pub(crate) async fn call(&self, count: usize) -> Call {
        until("a call", async || self.calls().len() >= count).await;
        self.calls().remove(count - 1)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}
