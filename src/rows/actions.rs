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
pub struct Actions<'a>(BTreeMap<Cow<'a, str>, Entry<'a>>);

#[derive(Debug, Clone, Default)]
struct Entry<'a> {
    value: Option<Cow<'a, str>>,
    /// Attribution windows that were asked for: `7d_click` and the like.
    windows: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    is_unreadable: bool,
}

impl<'a> Actions<'a> {
    /// Reads a list as delivered. An entry without a type or a number is counted and left out; one without a value
    /// (recorded for video curves) says nothing.
    pub fn read(raw: &'a RawValue, field: &str, warnings: &mut Warnings) -> Self {
        let Ok(rows) = serde_json::from_str::<Vec<RawRow<'a>>>(raw.get()) else {
            warnings.add("unreadable_value", field);
            return Self::default();
        };
        let mut actions = BTreeMap::new();
        for row in rows {
            let Some(kind) = row.get("action_type").and_then(|raw| value::text(raw.get())) else {
                warnings.add("unreadable_value", field);
                continue;
            };
            let mut entry = Entry::default();
            for (name, raw) in row.fields().filter(|(name, _)| *name != "action_type") {
                let number = value::text(raw.get()).filter(|text| value::decimal(text).is_some());
                match number {
                    Some(number) if name == "value" => entry.value = Some(number),
                    Some(number) => {
                        entry.windows.insert(Cow::Owned(name.to_owned()), number);
                    }
                    None if name == "value" => {
                        entry.is_unreadable = true;
                        warnings.add("unreadable_value", field);
                    }
                    None => {}
                }
            }
            actions.entry(kind).or_insert(entry);
        }
        Self(actions)
    }

    /// The figure of one action type, as text.
    pub fn value(&self, action_type: &str) -> Option<&str> {
        self.0.get(action_type)?.value.as_deref()
    }

    /// Whether an action type stands in the list with something that is no figure.
    pub fn is_unreadable(&self, action_type: &str) -> bool {
        self.0.get(action_type).is_some_and(|entry| entry.is_unreadable)
    }

    /// The list as a JSON object: `{"link_click": 31}`, with windows `{"purchase": {"value": 2, "1d_click": 1}}`.
    /// `None` where nothing stands in it.
    pub fn to_json(&self) -> Option<String> {
        let mut json = String::with_capacity(self.0.len() * 48);
        for (kind, entry) in &self.0 {
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

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number as JSON writes it, exact: Meta's text where it is one, else the same value written plainly.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let is_json = serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text);
    if is_json { Some(Cow::Borrowed(text)) } else { value::decimal(text).map(|number| Cow::Owned(number.to_string())) }
}

/// Reads `results` or `cost_per_result`: the indicator, and the figure under the ad set's own attribution setting.
/// Without a result Meta sends the indicator alone.
pub fn results(raw: Option<&RawValue>) -> (Option<String>, Option<Decimal>) {
    #[derive(Deserialize)]
    struct Entry<'a> {
        indicator: Option<String>,
        #[serde(borrow)]
        values: Option<Vec<Figure<'a>>>,
    }
    #[derive(Deserialize)]
    struct Figure<'a> {
        #[serde(borrow)]
        value: Option<&'a RawValue>,
        attribution_windows: Option<Vec<String>>,
    }
    let entries: Vec<Entry<'_>> = raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let Some(entry) = entries.into_iter().next() else { return (None, None) };
    let figures = entry.values.unwrap_or_default();
    let own = figures
        .iter()
        .find(|figure| {
            figure.attribution_windows.as_ref().is_some_and(|windows| windows.iter().any(|w| w == "default"))
        })
        .or(figures.first());
    let figure = own.and_then(|figure| value::decimal(&value::text(figure.value?.get())?));
    (entry.indicator, figure)
}
