//! One delivered value becomes one cell: absent is NULL, unreadable is NULL and a warning, never an invented 0.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::meta::page::Json;

use super::table::{Cell, Kind};

/// The hash of a key, from the texts of its parts in the order of the table's columns; days as `2026-11-20`.
pub fn key_hash<'a>(parts: impl Iterator<Item = &'a str>) -> u128 {
    let mut key = Key::default();
    parts.for_each(|part| key.text(part));
    key.hash()
}

/// A key that is put together.
#[derive(Debug, Default)]
pub struct Key(Vec<u8>);

impl Key {
    /// Adds a text.
    pub fn text(&mut self, part: &str) {
        self.0.extend_from_slice(part.as_bytes());
        // Parts are kept apart, so that ("ab", "c") is another key than ("a", "bc").
        self.0.push(0xFF);
    }

    /// Adds a day.
    pub fn day(&mut self, day: NaiveDate) {
        self.text(&day.to_string());
    }

    /// The hash of all that was added.
    pub fn hash(&self) -> u128 {
        xxhash_rust::xxh3::xxh3_128(&self.0)
    }
}

/// What could not be taken as it came, counted by code and field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings(pub BTreeMap<(&'static str, String), u64>);

impl Warnings {
    /// Counts one more.
    pub fn add(&mut self, code: &'static str, field: &str) {
        self.add_many(code, field, 1);
    }

    /// Counts several more.
    pub fn add_many(&mut self, code: &'static str, field: &str, count: u64) {
        if count > 0 {
            *self.0.entry((code, field.to_owned())).or_default() += count;
        }
    }

    /// Takes over what others counted.
    pub fn merge(&mut self, other: Self) {
        for ((code, field), count) in other.0 {
            *self.0.entry((code, field)).or_default() += count;
        }
    }
}

/// Reads a delivered value as the column's kind. `None` means that it is there but unreadable.
pub fn cell(raw: Json<'_>, kind: Kind) -> Option<Cell<'_>> {
    let json = raw.get();
    if json == "null" {
        return Some(Cell::Null);
    }
    Some(match kind {
        Kind::Text => Cell::Text(text(json)?),
        Kind::Integer => Cell::Integer(number(&text(json)?)?.try_into().ok()?),
        Kind::BigInt => Cell::BigInt(number(&text(json)?)?),
        Kind::Numeric => Cell::Numeric(decimal(&text(json)?)?),
        Kind::Date => Cell::Date(day(&text(json)?)?),
        Kind::Timestamptz => match instant(&text(json)?)? {
            Some(at) => Cell::Timestamptz(at),
            None => Cell::Null,
        },
        Kind::Jsonb => Cell::Jsonb(ordered(json)?.into()),
    })
}

/// A scalar's text: numbers come as strings, and now and then as numbers. Lists and objects have none.
pub fn text(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => {
            let inner = json.get(1..json.len() - 1)?;
            if inner.contains('\\') {
                serde_json::from_str(json).ok().map(Cow::Owned)
            } else {
                Some(Cow::Borrowed(inner))
            }
        }
        b'[' | b'{' => None,
        _ => Some(Cow::Borrowed(json)),
    }
}

/// A whole number, also where it is written with a fraction of zeros.
pub fn number(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let value = decimal(text)?;
        value.fract().is_zero().then(|| value.try_into().ok()).flatten()
    })
}

/// Whether a text is a whole number that no `bigint` holds.
pub fn is_beyond_64_bits(text: &str) -> bool {
    text.len() > 18
        && text.parse::<i64>().is_err()
        && text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a number as JSON writes it and short enough for an exact decimal: nearly all are.
pub fn is_plain_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 28
        && are_digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(are_digits)
}

/// An exact decimal. What needs more than 28 digits is unreadable rather than rounded.
pub fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A calendar day. Insights' `created_time` has days where objects have instants.
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = text.get(..10)?;
    let part = |from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let plain = || {
        let is_parted = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
        let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
        is_parted.then(|| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day))?
    };
    plain().or_else(|| text.parse().ok())
}

/// An instant with its offset, which Meta writes without a colon. `Some(None)` is Meta's way to say "never":
/// the second before 1970, given as the start of campaigns that have no ad set.
pub fn instant(text: &str) -> Option<Option<DateTime<Utc>>> {
    if text == "0" {
        return Some(None);
    }
    let at = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z")
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .ok()?
        .with_timezone(&Utc);
    Some((at.timestamp() > 0).then_some(at))
}

/// A part of a key as text. An object (assets of dynamic creatives come so) is told by its `id`, else by its `hash`, else
/// by all of it, in one order. `None` where it is a list: that is no part of a key.
pub fn key_text(raw: Json<'_>) -> Option<Cow<'_, str>> {
    let json = raw.get();
    if !json.starts_with('{') {
        return text(json);
    }
    let named = ["id", "hash"].into_iter().find_map(|name| {
        let raw = member(raw, name).filter(|raw| raw.get() != "null")?;
        text(raw.get()).filter(|text| !text.is_empty())
    });
    named.or_else(|| ordered(json).map(Cow::Owned))
}

/// A field of an object.
pub fn member<'a>(object: Json<'a>, name: &str) -> Option<Json<'a>> {
    let fields: BTreeMap<Cow<'_, str>, &'a RawValue> = serde_json::from_str(object.get()).ok()?;
    fields.get(name).map(|raw| Json::of(raw.get()))
}

/// JSON in one order: lists of texts or objects are sorted, so that Meta's changing order is no change. Lists of
/// numbers stay: in `targeting.age_range` the order is the meaning.
fn ordered(json: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    sort(&mut value);
    serde_json::to_string(&value).ok()
}

fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            if items.iter().all(|item| item.is_string() || item.is_object()) {
                items.sort_by_cached_key(Value::to_string);
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, kind: Kind) -> Option<Cell<'_>> {
        cell(Json::of(json), kind)
    }

    #[test]
    fn numbers_are_read_from_strings_and_from_numbers() {
        for json in ["\"1741\"", "1741", "\"1741.0\"", "1741.00"] {
            assert_eq!(read(json, Kind::BigInt), Some(Cell::BigInt(1741)), "{json}");
        }
        assert_eq!(read("\"5339.5\"", Kind::Numeric), Some(Cell::Numeric("5339.5".parse().unwrap())));
        assert_eq!(read("\"-0.04\"", Kind::Numeric), Some(Cell::Numeric("-0.04".parse().unwrap())));
    }

    #[test]
    fn what_cannot_be_read_is_never_a_zero() {
        for (json, kind) in [
            ("\"\"", Kind::BigInt),
            ("\"n/a\"", Kind::Numeric),
            ("\"12.5\"", Kind::BigInt),
            ("[1]", Kind::BigInt),
            ("{}", Kind::Text),
            ("\"99999999999999999999\"", Kind::BigInt),
            ("\"yesterday\"", Kind::Timestamptz),
            ("\"2026-13-01\"", Kind::Date),
            ("true", Kind::Numeric),
        ] {
            assert_eq!(read(json, kind), None, "{json}");
        }
        assert_eq!(read("null", Kind::BigInt), Some(Cell::Null));
    }

    #[test]
    fn instants_keep_their_offset_and_the_epoch_means_never() {
        let Some(Cell::Timestamptz(at)) = read("\"2026-07-22T11:05:00-0300\"", Kind::Timestamptz) else { panic!() };
        assert_eq!(at.to_rfc3339(), "2026-07-22T14:05:00+00:00");
        assert_eq!(read("\"1969-12-31T15:59:59-0800\"", Kind::Timestamptz), Some(Cell::Null));
        assert!(matches!(read("\"2026-07-22T11:05:00+05:45\"", Kind::Timestamptz), Some(Cell::Timestamptz(_))));
    }

    #[test]
    fn the_order_of_a_list_is_no_change_but_a_range_of_numbers_keeps_it() {
        let one = read(r#"{"b":["x","a"],"age_range":[65,18],"a":[{"k":2},{"k":1}]}"#, Kind::Jsonb);
        let two = read(r#"{"a":[{"k":1},{"k":2}],"age_range":[65,18],"b":["a","x"]}"#, Kind::Jsonb);
        let as_value = |cell: Option<Cell<'_>>| match cell {
            Some(Cell::Jsonb(json)) => serde_json::from_str::<Value>(&json).unwrap(),
            other => panic!("{other:?}"),
        };
        let (one, two) = (as_value(one), as_value(two));
        assert_eq!(one, two);
        assert_eq!(one["age_range"], serde_json::json!([65, 18]));
    }
}
