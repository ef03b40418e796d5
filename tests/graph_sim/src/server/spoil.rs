//! What faults do to an answer that was made.
use super::fault::{Face, Fault};
use crate::api::error::GraphError;
use crate::api::known::KnownError;
use crate::api::reply::Reply;
use serde_json::Value;
use std::fmt::Write as _;

impl Fault {
    /// Changes an answer that was made.
    pub(super) fn spoil(&self, reply: Reply) -> Reply {
        let text = |status: u16, body: &str, kind: &str| {
            Reply::new(status, body.to_owned()).header("content-type", kind.to_owned())
        };
        match self {
            Self::BadGateway => text(
                502,
                "<!DOCTYPE html><html><head><title>Error</title></head><body>Bad Gateway</body></html>",
                "text/html; charset=utf-8",
            ),
            Self::EmptyBody => Reply { body: String::new(), ..reply },
            Self::TextOk => text(200, "Service Unavailable", "text/plain; charset=utf-8"),
            Self::Truncated => {
                let half = reply.body.chars().count() / 2;
                Reply { body: reply.body.chars().take(half).collect(), ..reply }
            }
            Self::TooMuchData { rows } if reply.page_rows > *rows => Face::Reduce.error().reply(),
            Self::TooManyRows { rows } if reply.total_rows > *rows => GraphError::new(100, "(#100) Invalid parameter")
                .subcode(1_487_534)
                .user(
                    "Too much data was requested",
                    "Please reduce the amount of data you're asking for, then retry your request",
                )
                .reply(),
            Self::TooLarge { rows, fields, cells, face } => {
                let own = if *face == Face::DataPoints { reply.total_rows } else { reply.page_rows };
                let is_over = |limit: &Option<usize>, size: usize| limit.is_some_and(|limit| size > limit);
                let is_too_large = reply.status == 200
                    && (is_over(rows, own)
                        || is_over(fields, reply.fields)
                        || is_over(cells, own.saturating_mul(reply.fields)));
                if is_too_large { face.error().reply() } else { reply }
            }
            Self::Known { code, subcode, nth, status, .. } => match KnownError::find(*code, *subcode, *nth) {
                Some(row) if row.is_bare() => row.bare_reply(*status),
                _ => reply,
            },
            Self::DropRows { from, rows } => change_rows(reply, |data| {
                let from = (*from).min(data.len());
                data.drain(from..data.len().min(from.saturating_add(*rows)));
            }),
            Self::RepeatRow { row } => change_rows(reply, |data| {
                if let Some(again) = data.get((*row).min(data.len().saturating_sub(1))).cloned() {
                    data.push(again);
                }
            }),
            Self::SetField { field, json, row } => {
                let value: Value = serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.clone()));
                change_rows(reply, |data| {
                    let meant = data.iter_mut().enumerate().filter(|(at, _)| row.is_none_or(|row| row == *at));
                    for object in meant.filter_map(|(_, one)| one.as_object_mut()) {
                        object.insert(field.clone(), value.clone());
                    }
                })
            }
            Self::Escaped => Reply { body: escaped(&reply.body), ..reply },
            Self::NumberId => match reply.body.strip_prefix("{\"report_run_id\":\"") {
                Some(rest) => {
                    let body = format!("{{\"report_run_id\":{}", rest.replace('"', ""));
                    Reply { body, ..reply }
                }
                None => reply,
            },
            Self::DataKind => replace(reply, "data", "{\"unexpected\":\"object\"}"),
            Self::PagingKind => replace(reply, "paging", "[\"unexpected\"]"),
            Self::VersionWarning => reply.header(
                "x-ad-api-version-warning",
                "The call has been auto-upgraded to v26.0 as v25.0 will be deprecated.".to_owned(),
            ),
            _ => reply,
        }
    }
}

fn replace(reply: Reply, key: &str, json: &str) -> Reply {
    let Ok(Value::Object(mut body)) = serde_json::from_str(&reply.body) else {
        return reply;
    };
    body.insert(key.to_owned(), serde_json::from_str(json).unwrap_or_default());
    Reply { body: Value::Object(body).to_string(), ..reply }
}

/// Changes the rows of a page; its cursors, links and summary stay.
fn change_rows(reply: Reply, change: impl FnOnce(&mut Vec<Value>)) -> Reply {
    let body = (reply.status == 200).then(|| serde_json::from_str(&reply.body));
    let Some(Ok(Value::Object(mut body))) = body else {
        return reply;
    };
    match body.get_mut("data") {
        Some(Value::Array(data)) => change(data),
        // An object of its own is its only row.
        _ => {
            let mut alone = vec![Value::Object(body)];
            change(&mut alone);
            let body = alone.pop().unwrap_or_default().to_string();
            return Reply { body, ..reply };
        }
    }
    Reply { body: Value::Object(body).to_string(), ..reply }
}

fn escaped(body: &str) -> String {
    let mut out = String::with_capacity(body.len() + body.len() / 8);
    for c in body.chars() {
        if c == '/' {
            out.push_str("\\/");
        } else if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing into a String cannot fail.
                let _never = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}
