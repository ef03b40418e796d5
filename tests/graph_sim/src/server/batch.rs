//! Batches: up to fifty calls in one, answered in their order, each with headers of its own.
use super::answer::{Incoming, Outcome, answer as answer_part};
use super::state::State;
use crate::api::error::GraphError;
use crate::api::params::{Params, plain};
use crate::api::reply::Reply;
use crate::json::Json;
use serde_json::Value;

/// Parts that a batch may have.
const MAX_PARTS: usize = 50;

/// Answers a batch.
pub(super) fn answer(state: &State, call: &Incoming, version: &str) -> Result<Reply, GraphError> {
    let Some(text) = call.params.get("batch") else {
        return Err(GraphError::bad("The parameter batch is required"));
    };
    let parts: Vec<Value> =
        serde_json::from_str(text).map_err(|_| GraphError::bad("batch parameter must be a JSON array"))?;
    if parts.len() > MAX_PARTS {
        let mut error = GraphError::bad("").kind("GraphBatchException");
        error.code = None;
        error.message = format!("Too many requests in batch message. Maximum batch size is {MAX_PARTS}");
        return Err(error);
    }
    let mut json = Json::with_room(16 * 1024);
    json.open('[');
    for part in &parts {
        match answer_part(state, &incoming(part, call, version)) {
            Outcome::Reply(reply) | Outcome::Later(_, reply) => {
                write(&reply, call.params.get("include_headers") != Some("false"), &mut json);
            }
            // What did not run in time is null.
            Outcome::Cut(_) | Outcome::Drop | Outcome::Hang => json.raw("null"),
        }
    }
    json.close(']');
    Ok(Reply::ok(json.finish()))
}

fn incoming(part: &Value, outer: &Incoming, version: &str) -> Incoming {
    let text = |key: &str| part.get(key).map(plain).unwrap_or_default();
    let relative = text("relative_url");
    let relative = relative.trim_start_matches('/');
    let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
    let path =
        if path.starts_with('v') && path.contains('.') { format!("/{path}") } else { format!("/{version}/{path}") };
    let mut params = Params::parse(query);
    params.add_body(&text("body"));
    // Token and proof of the batch hold for its parts.
    for name in ["access_token", "appsecret_proof"] {
        if params.get(name).is_none()
            && let Some(value) = outer.params.get(name)
        {
            params.set(name, value.to_owned());
        }
    }
    let method = text("method").to_ascii_uppercase();
    Incoming {
        method: if method.is_empty() { "GET".to_owned() } else { method },
        path,
        params,
        authorization: outer.authorization.clone(),
        is_part: true,
        door: outer.door,
    }
}

fn write(reply: &Reply, has_headers: bool, json: &mut Json) {
    json.open('{');
    json.raw_at("code", &reply.status.to_string());
    if has_headers {
        json.key("headers");
        json.open('[');
        let kind = ("Content-Type", "text/javascript; charset=UTF-8".to_owned());
        for (name, value) in reply.headers.iter().chain([&kind]) {
            json.open('{');
            json.text_at("name", &dressed(name));
            json.text_at("value", value);
            json.close('}');
        }
        json.close(']');
    }
    json.text_at("body", &reply.body);
    json.close('}');
}

/// Writes a header's name in the mixed case in which parts of batches show it (recorded).
fn dressed(name: &str) -> String {
    let word = |word: &str| match word {
        "fb" | "api" => word.to_ascii_uppercase(),
        "www" => "WWW".to_owned(),
        word => {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
        }
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
