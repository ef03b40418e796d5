//! A Meta whose answers are written by hand, page by page.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use chrono::NaiveDate;
use serde_json::json;

use super::scene::ACT;

/// The lists of `data` for each listing, a text per page.
pub(crate) type Pages = HashMap<&'static str, Vec<String>>;

const ACCOUNT: &str = r#"{"id":"act_1029384756102938","account_id":"1029384756102938","name":"Cl\u00ednica \ud83e\uddb7\/Aurora","currency":"BRL","timezone_name":"America\/Sao_Paulo","account_status":1,"amount_spent":"12345678901234","balance":"0","spend_cap":"0","created_time":"2015-02-28T23:59:59-0300","business":{"id":"9","name":"x"},"unknown_field":{"a":[1]}}"#;

/// A Meta that answers with these pages, and knows no object by its id.
pub(crate) async fn meta(pages: Pages) -> String {
    let pages = Arc::new(pages);
    let answer = move |request: Request| {
        let pages = Arc::clone(&pages);
        async move {
            let uri = request.uri().clone();
            if request.method() == "POST" {
                let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
                let parts = url::form_urlencoded::parse(&body).find(|(name, _)| name == "batch").unwrap().1;
                let parts: Vec<serde_json::Value> = serde_json::from_str(&parts).unwrap();
                let gone = r#"{"error":{"message":"Unsupported get request.","type":"GraphMethodException","code":100,"error_subcode":33}}"#;
                let answers: Vec<_> = parts.iter().map(|_| json!({"code": 400, "body": gone})).collect();
                return json!(answers).to_string().into_response();
            }
            let query: HashMap<_, _> =
                url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
            let edge = uri.path().rsplit('/').next().unwrap().to_owned();
            let name = match (edge.as_str(), query.get("level")) {
                (ACT, _) => return ACCOUNT.into_response(),
                ("debug_token", _) => {
                    return json!({"data": {"is_valid": true, "scopes": ["ads_read"]}}).to_string().into_response();
                }
                (_, Some(level)) => level.clone(),
                _ if query.contains_key("effective_status") => "archived".to_owned(),
                (edge, _) => edge.to_owned(),
            };
            let none = Vec::new();
            let pages = pages.get(name.as_str()).unwrap_or(&none);
            let at: usize = query.get("after").map_or(0, |after| after.trim_start_matches("p").parse().unwrap());
            let data = pages.get(at).map_or("[]", String::as_str);
            let paging = match pages.len() > at + 1 {
                true => format!(
                    r#","paging":{{"next":"https:\/\/graph.facebook.com\/x?access_token=t&after=p{}"}}"#,
                    at + 1
                ),
                false => String::new(),
            };
            ([(CONTENT_TYPE, "text/javascript; charset=UTF-8")], format!(r#"{{"data":{data}{paging}}}"#))
                .into_response()
        }
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

/// A row of an ad set and day, with whatever else is said of it.
pub(crate) fn row(adset: &str, day: NaiveDate, more: &str) -> String {
    format!(
        r#"{{"account_id":"1029384756102938","campaign_id":"11","campaign_name":"c","adset_id":"{adset}","adset_name":"a","date_start":"{day}","date_stop":"{day}"{more}}}"#
    )
}

pub(crate) fn list(rows: &[String]) -> String {
    format!("[{}]", rows.join(","))
}
