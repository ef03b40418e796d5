//! Something between the product and the simulator that tells other numbers: what Meta answers is changed on its way.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// One question on its way.
pub(crate) struct Asked {
    /// The path, with its version.
    pub(crate) path: String,
    /// The parameters of the query.
    pub(crate) query: HashMap<String, String>,
}

impl Asked {
    /// Whether it asks for the insights of this level.
    pub(crate) fn is_insights(&self, level: &str) -> bool {
        self.path.ends_with("/insights") && self.query.get("level").is_some_and(|asked| asked == level)
    }
}

/// Starts it in front of an address. `change` sees every answer to a GET before the product does.
pub(crate) async fn start(target: &str, change: impl Fn(&Asked, &mut Value) + Send + Sync + 'static) -> String {
    let (target, change) = (target.to_owned(), Arc::new(change));
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let forward = move |request: Request| {
        let (target, change, client) = (target.clone(), Arc::clone(&change), client.clone());
        async move { forward(&target, change.as_ref(), &client, request).await }
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(forward)).await });
    url
}

async fn forward(
    target: &str,
    change: &(impl Fn(&Asked, &mut Value) + Send + Sync),
    client: &reqwest::Client,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = Asked { path: parts.uri.path().to_owned(), query };
    let address = format!("{target}{}", parts.uri.path_and_query().unwrap());
    let mut onward = client.request(parts.method.as_str().parse().unwrap(), address);
    for name in ["authorization", "content-type"] {
        if let Some(value) = parts.headers.get(name) {
            onward = onward.header(name, value.to_str().unwrap());
        }
    }
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let answer = onward.body(body.to_vec()).send().await.unwrap();
    let status = answer.status().as_u16();
    let headers: Vec<(String, String)> = answer
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-") || name.as_str() == "facebook-api-version")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let text = answer.text().await.unwrap();
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(mut value) if parts.method == "GET" => {
            change(&asked, &mut value);
            value.to_string()
        }
        _ => text,
    };
    let mut response = (axum::http::StatusCode::from_u16(status).unwrap(), text).into_response();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// The rows of a listing.
pub(crate) fn rows(answer: &mut Value) -> Option<&mut Vec<Value>> {
    answer.get_mut("data")?.as_array_mut()
}

/// Adds to a money figure of a row.
pub(crate) fn add_money(row: &mut Value, field: &str, more: &str) {
    let old: rust_decimal::Decimal = row[field].as_str().unwrap().parse().unwrap();
    row[field] = (old + more.parse::<rust_decimal::Decimal>().unwrap()).to_string().into();
}
