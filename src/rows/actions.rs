//! Lists of actions: one conversion under up to eight names, in no fixed order.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::meta::page::{Json, Name};

use super::value::{self, Warnings};

/// One list, by action type: in one order, so that the order in which Meta sends it is no change.
#[derive(Debug, Clone, Default)]
pub struct Actions<'a> {
    entries: Vec<Entry<'a>>,
    /// Whether something stands in it that has no type: it may be anything.
    has_nameless: bool,
}

/// One entry of a list.
#[derive(Debug, Clone, Default)]
struct Entry<'a> {
    kind: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
    /// Attribution windows that were asked for: `7d_click` and the like.
    windows: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Values that are no number.
    unreadable: u64,
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
    pub fn read(raw: Json<'a>, field: &str, warnings: &mut Warnings) -> Self {
        let mut actions = Self::default();
        let Some(mut entries) = entries(raw) else {
            warnings.add("unreadable_value", field);
            actions.has_nameless = true;
            return actions;
        };
        entries.retain(|entry| {
            let unreadable = if entry.kind.is_some() { entry.unreadable } else { 1 };
            warnings.add_many("unreadable_value", field, unreadable);
            actions.has_nameless |= entry.kind.is_none();
            entry.kind.is_some()
        });
        // The order in which the database keeps them. Of several by one name the first counts.
        entries.sort_by(|one, other| in_order(one.kind()).cmp(&in_order(other.kind())));
        entries.dedup_by(|later, first| later.kind == first.kind);
        actions.entries = entries;
        actions
    }

    /// What the list says of one action type.
    pub fn figure(&self, action_type: &str) -> Figure<'_> {
        match self.entries.iter().find(|entry| entry.kind() == action_type) {
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
        for entry in &self.entries {
            let value = entry.value.as_deref().and_then(plain);
            let windows: Vec<_> = entry.windows.iter().filter_map(|(name, text)| Some((name, plain(text)?))).collect();
            if value.is_none() && windows.is_empty() {
                continue;
            }
            json.push(if json.is_empty() { '{' } else { ',' });
            push_quoted(&mut json, entry.kind());
            json.push(':');
            if windows.is_empty() {
                json.push_str(value.as_deref().unwrap_or("null"));
                continue;
            }
            json.push('{');
            let value = value.map(|value| ("value", value));
            let parts = value.into_iter().chain(windows.into_iter().map(|(name, text)| (name.as_ref(), text)));
            for (place, (name, text)) in parts.enumerate() {
                if place > 0 {
                    json.push(',');
                }
                push_quoted(&mut json, name);
                json.push(':');
                json.push_str(&text);
            }
            json.push('}');
        }
        (!json.is_empty()).then(|| json + "}")
    }
}

impl Entry<'_> {
    fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or_default()
    }
}

/// The entries of a list, an empty one for what is no entry. `None` where it is no list.
fn entries<'a>(raw: Json<'a>) -> Option<Vec<Entry<'a>>> {
    if let Ok(entries) = serde_json::from_str::<Vec<Read<'_, true>>>(raw.get()) {
        return Some(entries.into_iter().map(|Read(entry)| entry).collect());
    }
    // Something in it is not as Meta writes it: then each is looked at by itself.
    let parts: Vec<&'a RawValue> = serde_json::from_str(raw.get()).ok()?;
    let entry =
        |part: &'a RawValue| serde_json::from_str(part.get()).map_or(Entry::default(), |Read::<false>(entry)| entry);
    Some(parts.into_iter().map(entry).collect())
}

/// An entry as it is read. Quicker where all its values are texts, as Meta writes them: others are an error then.
struct Read<'a, const TEXTS: bool>(Entry<'a>);

impl<'de: 'a, 'a, const TEXTS: bool> Deserialize<'de> for Read<'a, TEXTS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<const TEXTS: bool>;
        impl<'de, const TEXTS: bool> Visitor<'de> for Fields<TEXTS> {
            type Value = Entry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry<'de>, A::Error> {
                let mut entry = Entry::default();
                while let Some(Name(name)) = map.next_key()? {
                    let text = if TEXTS {
                        Some(map.next_value::<Name<'de>>()?.0)
                    } else {
                        value::text(map.next_value::<&RawValue>()?.get())
                    };
                    entry.take(name, text);
                }
                entry.windows.sort();
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Fields::<TEXTS>).map(Read)
    }
}

impl<'a> Entry<'a> {
    fn take(&mut self, name: Cow<'a, str>, text: Option<Cow<'a, str>>) {
        if name == "action_type" {
            self.kind = self.kind.take().or(text);
            return;
        }
        match text.filter(|text| is_number(text)) {
            Some(number) if name == "value" => self.value = Some(number),
            Some(number) => self.windows.push((name, number)),
            None if name == "value" => self.unreadable += 1,
            None => {}
        }
    }
}

/// What names are ordered by, as in a `jsonb`.
fn in_order(name: &str) -> (usize, &str) {
    (name.len(), name)
}

/// Whether a text is a number that can be kept exactly, be it too large to reckon with.
fn is_number(text: &str) -> bool {
    value::is_plain_number(text) || value::decimal(text).is_some() || value::is_beyond_64_bits(text)
}

fn push_quoted(json: &mut String, text: &str) {
    if text.bytes().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
        json.push_str(&serde_json::Value::from(text).to_string());
        return;
    }
    json.push('"');
    json.push_str(text);
    json.push('"');
}

/// A number as JSON writes it, exact: Meta's text where it is one, else the same value written plainly.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let is_json =
        value::is_plain_number(text) || serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text);
    if is_json { Some(Cow::Borrowed(text)) } else { value::decimal(text).map(|number| Cow::Owned(number.to_string())) }
}
