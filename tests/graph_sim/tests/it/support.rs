//! A plain HTTP client that shows everything a server does, broken answers included.
use graph_sim::{DEFAULT_TOKEN, Sim};
use serde_json::Value;
use std::collections::HashMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const ACT: &str = "act_1029384756102938";

/// An answer as it arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn data(&self) -> Vec<Value> {
        let json = self.json();
        json["data"].as_array().unwrap_or_else(|| panic!("no data: {}", self.body)).clone()
    }

    /// HTTP status, code, subcode.
    pub(crate) fn error(&self) -> (u16, i64, i64) {
        let json = self.json();
        let error = &json["error"];
        (self.status, error["code"].as_i64().unwrap_or(0), error["error_subcode"].as_i64().unwrap_or(0))
    }
}

/// Sends bytes and reads until the server closes; nothing when it closed without a word.
pub(crate) async fn send(sim: &Sim, head: &str, body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(sim.address()).await.expect("connect");
    let text = format!("{head}Host: sim\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.expect("write");
    let mut bytes = Vec::new();
    let _broken = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let promised = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    Some(Answer { status, is_whole: body.len() == promised, headers, body: body.to_owned() })
}

pub(crate) fn target(path: &str, params: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/v26.0/{path}?{query}")
}

pub(crate) async fn get(sim: &Sim, path: &str, params: &[(&str, &str)]) -> Answer {
    get_raw(sim, &target(path, params)).await.expect("an answer")
}

pub(crate) async fn get_raw(sim: &Sim, target: &str) -> Option<Answer> {
    send(sim, &format!("GET {target} HTTP/1.1\r\nAuthorization: Bearer {DEFAULT_TOKEN}\r\n"), "").await
}

pub(crate) async fn post(sim: &Sim, path: &str, form: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let head = format!(
        "POST /v26.0/{path} HTTP/1.1\r\nAuthorization: Bearer {DEFAULT_TOKEN}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n"
    );
    send(sim, &head, &body).await.expect("an answer")
}

pub(crate) async fn control(sim: &Sim, method: &str, path: &str, body: &str) -> Value {
    let answer = send(sim, &format!("{method} /_sim/{path} HTTP/1.1\r\n"), body).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Reads all pages by their cursors.
pub(crate) async fn all(sim: &Sim, path: &str, params: &[(&str, &str)]) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut after = String::new();
    loop {
        let mut params = params.to_vec();
        params.push(("after", &after));
        let answer = get(sim, path, &params).await;
        rows.extend(answer.data());
        let json = answer.json();
        if json["paging"]["next"].is_null() {
            return rows;
        }
        after = json["paging"]["cursors"]["after"].as_str().expect("a cursor").to_owned();
    }
}

pub(crate) fn cents(value: &Value) -> i64 {
    let text = value.as_str().expect("money is text");
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{rest:0<2}").parse().expect("money")
}

pub(crate) fn number(value: &Value) -> i64 {
    value.as_str().expect("numbers are text").parse().expect("a number")
}
