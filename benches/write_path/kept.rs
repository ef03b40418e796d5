//! The simulator's answers, kept and given again: in the field Meta works them out on its own machines, while here they would
//! take a seventh of the two threads that client and server share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio_util::task::AbortOnDropHandle;

use super::Outcome;

/// Bytes that are kept at the most: what is beyond is asked for every time.
const MOST: usize = 256_000_000;
/// Lists that never change while the simulator's clock stands still.
const LISTS: [&str; 3] = ["/campaigns", "/adsets", "/insights"];

/// A place that answers as the simulator does.
pub(crate) struct Kept {
    url: String,
    _serves: AbortOnDropHandle<()>,
}

struct Shelf {
    behind: String,
    client: reqwest::Client,
    answers: Mutex<(usize, HashMap<String, Answer>)>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Kept {
    /// Stands before the simulator at this address.
    pub(crate) async fn before(behind: String) -> Outcome<Self> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder().no_gzip().build()?;
        let shelf = Arc::new(Shelf { behind, client, answers: Mutex::default() });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(shelf);
        let serves = tokio::spawn(async move {
            axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router)
                .await
                .unwrap_or_default();
        });
        Ok(Self { url, _serves: AbortOnDropHandle::new(serves) })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

async fn answer(State(shelf): State<Arc<Shelf>>, request: Request) -> Response {
    let is_kept = request.method() == Method::GET && LISTS.iter().any(|list| request.uri().path().ends_with(list));
    let question = request.uri().to_string();
    let known = is_kept.then(|| lock(&shelf).1.get(&question).cloned()).flatten();
    let answered = match known {
        Some(answer) => Ok(answer),
        None => shelf.ask(request).await,
    };
    match answered {
        Ok(answer) => {
            if is_kept && answer.status == StatusCode::OK {
                let mut answers = lock(&shelf);
                let size = answers.0 + answer.body.len();
                if size <= MOST && answers.1.insert(question, answer.clone()).is_none() {
                    answers.0 = size;
                }
            }
            (answer.status, answer.headers, answer.body).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Shelf {
    async fn ask(&self, request: Request) -> Outcome<Answer> {
        let (head, body) = request.into_parts();
        let url = format!("{}{}", self.behind, head.uri);
        let mut headers = head.headers;
        headers.remove("host");
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await?;
        let response = self.client.request(head.method, url).headers(headers).body(body).send().await?;
        let (status, mut headers) = (response.status(), response.headers().clone());
        headers.remove("content-length");
        Ok(Answer { status, headers, body: response.bytes().await? })
    }
}

fn lock(shelf: &Shelf) -> std::sync::MutexGuard<'_, (usize, HashMap<String, Answer>)> {
    shelf.answers.lock().unwrap_or_else(PoisonError::into_inner)
}
