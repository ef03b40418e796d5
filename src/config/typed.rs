//! One value as its key wants it, or the sentence that says what the key wants.

use std::time::Duration;

use config::{Value, ValueKind};

use super::file::{Fallback, Kind};
use super::problem::{did_you_mean, shown};

/// A value of the kind that its key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// A text or one of the known words.
    Text(String),
    /// A whole number, or a number of bytes.
    Number(u64),
    /// True or false.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
    /// A length of time.
    Span(Duration),
    /// Said to be none.
    Nothing,
}

/// Reads a value by its kind. What a variable holds is always text; in a file a number has to be written as one.
pub(super) fn read(kind: &Kind, value: &Value, is_variable: bool) -> Result<Typed, String> {
    let text = match &value.kind {
        ValueKind::String(text) => Some(text.trim()),
        _ => None,
    };
    let refuse = |wanted: &str| Err(format!("must be {wanted}, not {}", shown_value(value)));
    match kind {
        Kind::Text => match text {
            Some(text) if text.contains('\0') => refuse("a text without U+0000"),
            Some(text) => Ok(Typed::Text(text.to_owned())),
            None => refuse("a text in quotes"),
        },
        Kind::Choice(words) => match text {
            Some(text) if words.contains(&text) => Ok(Typed::Text(text.to_owned())),
            Some(text) => {
                let guess = did_you_mean(text, words.iter().copied());
                Err(format!("must be one of {}, not {}{guess}", words.join(", "), shown(text)))
            }
            None => refuse(&format!("one of {}, in quotes", words.join(", "))),
        },
        Kind::Flag => match (&value.kind, text) {
            (ValueKind::Boolean(flag), _) => Ok(Typed::Flag(*flag)),
            (_, Some("true")) if is_variable => Ok(Typed::Flag(true)),
            (_, Some("false")) if is_variable => Ok(Typed::Flag(false)),
            (_, Some("true" | "false")) => refuse("true or false without quotes"),
            _ => refuse("true or false"),
        },
        Kind::Number(least, most) => {
            let number = match (&value.kind, text) {
                (ValueKind::I64(number), _) => u64::try_from(*number).ok(),
                (_, Some(text)) if is_variable => text.parse().ok(),
                _ => None,
            };
            match number.filter(|number| (least..=most).contains(&number)) {
                Some(number) => Ok(Typed::Number(number)),
                None => refuse(&format!("a whole number from {least} to {most}")),
            }
        }
        Kind::Span(least, most) => {
            let bounds = format!(
                "a length of time such as \"30s\", \"15m\" or \"24h\", from {} to {}",
                humantime::format_duration(*least),
                humantime::format_duration(*most)
            );
            match text.and_then(|text| humantime::parse_duration(text).ok()) {
                Some(span) if (least..=most).contains(&&span) => Ok(Typed::Span(span)),
                _ => refuse(&bounds),
            }
        }
        Kind::Size => match text {
            Some("") => Ok(Typed::Nothing),
            text => text
                .and_then(bytes)
                .map(Typed::Number)
                .map_or_else(|| refuse("a size such as \"8GB\" or \"500MB\", or \"\" for none"), Ok),
        },
        Kind::List => list(value, is_variable, false)
            .map(Typed::List)
            .map_or_else(|| refuse("a list of texts, [\"…\", \"…\"], or separated by commas in a variable"), Ok),
        Kind::Ids | Kind::IdsOrAll if text == Some("all") && matches!(kind, Kind::IdsOrAll) => {
            Ok(Typed::Text("all".to_owned()))
        }
        Kind::Ids | Kind::IdsOrAll => list(value, is_variable, true).map(Typed::List).map_or_else(
            || {
                let or_all = if matches!(kind, Kind::IdsOrAll) { ", or \"all\"" } else { "" };
                refuse(&format!("a list of account ids, [\"act_…\"], or separated by commas in a variable{or_all}"))
            },
            Ok,
        ),
    }
}

/// A built-in default as a value.
pub(super) fn fallback(default: Fallback) -> Option<Value> {
    let kind = match default {
        Fallback::Absent => return None,
        Fallback::Text(text) => ValueKind::from(text),
        Fallback::Number(number) => ValueKind::I64(number.into()),
        Fallback::Flag(flag) => ValueKind::from(flag),
        Fallback::List(items) => ValueKind::Array(items.iter().map(|item| Value::new(None, *item)).collect()),
    };
    Some(Value::new(None, kind))
}

/// A value in the words of TOML, as it would be written.
pub(super) fn written(typed: &Typed, value: &Value) -> String {
    match typed {
        Typed::Text(text) => toml::Value::from(text.as_str()).to_string(),
        Typed::Number(_) | Typed::Span(_) => match &value.kind {
            ValueKind::I64(number) => number.to_string(),
            // A variable holds a number as text, and a size or a time is text everywhere.
            ValueKind::String(text) if text.trim().bytes().all(|b| b.is_ascii_digit()) => text.trim().to_owned(),
            other => toml::Value::from(other.to_string().trim()).to_string(),
        },
        Typed::Flag(flag) => flag.to_string(),
        Typed::List(items) => {
            toml::Value::Array(items.iter().map(|item| toml::Value::from(item.as_str())).collect()).to_string()
        }
        Typed::Nothing => "\"\"".to_owned(),
    }
}

fn list(value: &Value, is_variable: bool, may_be_numbers: bool) -> Option<Vec<String>> {
    match &value.kind {
        ValueKind::String(text) if is_variable => {
            // An empty variable is an empty list, and a comma at the end is forgiven.
            let text = text.trim().trim_end_matches(',');
            Some(if text.is_empty() {
                Vec::new()
            } else {
                text.split(',').map(|item| item.trim().to_owned()).collect()
            })
        }
        ValueKind::Array(items) => items
            .iter()
            .map(|item| match &item.kind {
                ValueKind::String(text) if !text.contains('\0') => Some(text.trim().to_owned()),
                ValueKind::I64(number) if may_be_numbers => Some(number.to_string()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// Bytes of a size: `GB` is a thousand million, as plans are sold; `GiB` is 2^30.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor).filter(|bytes| *bytes > 0)
}

fn shown_value(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => shown(text),
        ValueKind::Array(_) => "a list".to_owned(),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Nil => "nothing".to_owned(),
        other => other.to_string(),
    }
}
