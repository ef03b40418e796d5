//! Lists of actions: one conversion under up to eight names, in no fixed order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::meta::page::RawRow;

use super::value::{self, Warnings};

/// One list, by action type. In a map, so that the order in which Meta sends it is no change.
#[derive(Debug, Clone, Default)]
pub struct Actions<'a> {
    entries: BTreeMap<Cow<'a, str>, Entry<'a>>,
    /// Whether something stands in it that has no type: it may be anything.
    has_nameless: bool,
}

#[derive(Debug, Clone, Default)]
struct Entry<'a> {
    value: Option<Cow<'a, str>>,
    /// Attribution windows that were asked for: `7d_click` and the like.
    windows: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

/// What a row says of one action type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure<'a> {
    /// Nothing: it did not happen.
    Absent,
    /// It is there, or may be, and its figure cannot be read.
    Unknown,
    /// A number, as text.
    Told(&'a str),
}

impl Figure<'_> {
    /// The same, or what another list says where this one says nothing.
    pub fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self == Self::Absent { other() } else { self }
    }
}

impl<'a> Actions<'a> {
    /// Reads a list as delivered. What has no type, or no number, is counted, and nothing is made up for it; an entry
    /// without a value (recorded for video curves) has no figure and is no fault.
    pub fn read(raw: &'a RawValue, field: &str, warnings: &mut Warnings) -> Self {
        let mut actions = Self::default();
        let Ok(rows) = serde_json::from_str::<Vec<&'a RawValue>>(raw.get()) else {
            warnings.add("unreadable_value", field);
            actions.has_nameless = true;
            return actions;
        };
        for row in rows {
            let row = serde_json::from_str::<RawRow<'a>>(row.get()).ok();
            let kind = row.as_ref().and_then(|row| row.get("action_type")).and_then(|raw| value::text(raw.get()));
            let (Some(row), Some(kind)) = (row, kind) else {
                warnings.add("unreadable_value", field);
                actions.has_nameless = true;
                continue;
            };
            let mut entry = Entry::default();
            for (name, raw) in row.fields().filter(|(name, _)| *name != "action_type") {
                let number = value::text(raw.get()).filter(|text| is_number(text));
                match number {
                    Some(number) if name == "value" => entry.value = Some(number),
                    Some(number) => {
                        entry.windows.insert(Cow::Owned(name.to_owned()), number);
                    }
                    None if name == "value" => warnings.add("unreadable_value", field),
                    None => {}
                }
            }
            actions.entries.entry(kind).or_insert(entry);
        }
        actions
    }

    /// What the list says of one action type.
    pub fn figure(&self, action_type: &str) -> Figure<'_> {
        match self.entries.get(action_type) {
            Some(Entry { value: Some(value), .. }) => Figure::Told(value),
            Some(_) => Figure::Unknown,
            None if self.has_nameless => Figure::Unknown,
            None => Figure::Absent,
        }
    }

    /// The list as a JSON object: `{"link_click": 31}`, with windows `{"purchase": {"value": 2, "1d_click": 1}}`.
    /// `None` where nothing stands in it.
    pub fn to_json(&self) -> Option<String> {
        let mut json = String::with_capacity(self.entries.len() * 48);
        for (kind, entry) in &self.entries {
            let value = entry.value.as_deref().and_then(plain);
            let windows: Vec<_> = entry.windows.iter().filter_map(|(name, text)| Some((name, plain(text)?))).collect();
            if value.is_none() && windows.is_empty() {
                continue;
            }
            json.push(if json.is_empty() { '{' } else { ',' });
            json.push_str(&quoted(kind));
            json.push(':');
            if windows.is_empty() {
                json.push_str(value.as_deref().unwrap_or("null"));
                continue;
            }
            json.push('{');
            let value = value.map(|value| ("value", value));
            let parts = value.into_iter().chain(windows.iter().map(|(name, text)| (name.as_ref(), text.clone())));
            for (place, (name, text)) in parts.enumerate() {
                if place > 0 {
                    json.push(',');
                }
                json.push_str(&quoted(name));
                json.push(':');
                json.push_str(&text);
            }
            json.push('}');
        }
        (!json.is_empty()).then(|| json + "}")
    }
}

/// Whether a text is a number that can be kept exactly, be it too large to reckon with.
fn is_number(text: &str) -> bool {
    value::decimal(text).is_some() || value::is_beyond_64_bits(text)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number as JSON writes it, exact: Meta's text where it is one, else the same value written plainly.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let is_json = serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text);
    if is_json { Some(Cow::Borrowed(text)) } else { value::decimal(text).map(|number| Cow::Owned(number.to_string())) }
}

/// Reads `results` or `cost_per_result`: the indicator, and the figure under the ad set's own attribution setting.
/// Without a result Meta sends the indicator alone. What cannot be read is counted.
pub fn results(raw: &RawValue, field: &str, warnings: &mut Warnings) -> (Option<String>, Option<Decimal>) {
    #[derive(Deserialize)]
    struct Entry<'a> {
        indicator: Option<String>,
        #[serde(borrow)]
        values: Option<Vec<Value<'a>>>,
    }
    #[derive(Deserialize)]
    struct Value<'a> {
        #[serde(borrow)]
        value: Option<&'a RawValue>,
        attribution_windows: Option<Vec<String>>,
    }
    let Ok(entries) = serde_json::from_str::<Option<Vec<Entry<'_>>>>(raw.get()) else {
        warnings.add("unreadable_value", field);
        return (None, None);
    };
    let Some(entry) = entries.into_iter().flatten().next() else { return (None, None) };
    let values = entry.values.unwrap_or_default();
    let own = values
        .iter()
        .find(|value| value.attribution_windows.as_ref().is_some_and(|windows| windows.iter().any(|w| w == "default")))
        .or(values.first());
    let told = own.and_then(|value| value.value);
    let figure = told.and_then(|raw| value::decimal(&value::text(raw.get())?));
    if told.is_some() && figure.is_none() {
        warnings.add("unreadable_value", field);
    }
    (entry.indicator, figure)
}
