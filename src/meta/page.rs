//! One page of a listing, decoded without trusting it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{Class, Error, Fault};
use super::text::{is_object, storable};

/// One row as delivered: each field's name and its text, still undecoded.
///
/// Borrowed from the page, so that a row costs one small vector and no copies; `serde_json::Value` costs six times as much.
#[derive(Debug)]
pub struct RawRow<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> RawRow<'a> {
    /// The fields in the order of delivery.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// The row as JSON.
    fn text(&self) -> String {
        let fields: Vec<String> =
            self.fields().map(|(name, value)| format!("{}:{}", serde_json::Value::from(name), value.get())).collect();
        format!("{{{}}}", fields.join(","))
    }

    /// One field's text, where it was delivered.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.fields().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawRow<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(24);
                while let Some(Name(name)) = map.next_key()? {
                    fields.push((name, map.next_value()?));
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Fields).map(RawRow)
    }
}

/// A key that borrows where it can: `Cow` by itself always copies.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
        Borrowed::deserialize(deserializer).map(|Borrowed(name)| Name(name))
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    paging: Option<&'a RawValue>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Paging<'a> {
    #[serde(borrow)]
    cursors: Option<&'a RawValue>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

/// One page of a listing: its rows and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page {
    body: String,
    after: Option<String>,
    len: usize,
    replaced: u64,
}

impl Page {
    /// Decodes a listing's body; every row is looked at, so that a broken page is noticed before a row of it is used.
    pub fn decode(body: String) -> Result<Self, Error> {
        let (body, replaced) = match storable(&body) {
            (Cow::Borrowed(_), _) => (body, 0),
            (Cow::Owned(clean), replaced) => (clean, replaced),
        };
        if !is_object(&body) {
            return Err(odd("the body is no JSON object"));
        }
        let envelope: Envelope<'_> = serde_json::from_str(&body).map_err(|_| odd("the body is no JSON object"))?;
        if let Some(fault) = envelope.error {
            return Err(fault.into_error(200));
        }
        let data = envelope.data.ok_or_else(|| odd("a listing without data"))?;
        let len = rows_of(data.get())?.len();
        let after = match envelope.paging {
            None => None,
            Some(paging) => after_of(paging.get())?,
        };
        Ok(Self { body, after, len, replaced })
    }

    /// One page from several that show the same rows by different fields. Where they show other rows, the listing moved
    /// between them: that is an error, and they are asked for again.
    pub(super) fn joined(parts: &[Self]) -> Result<Self, Error> {
        let [first, others @ ..] = parts else { return Err(odd("no part of a page")) };
        let mut rows = first.rows()?;
        for part in others {
            if part.len != first.len || part.after != first.after {
                return Err(odd("the parts of a row do not belong together"));
            }
            for (row, more) in rows.iter_mut().zip(part.rows()?) {
                for (name, value) in more.0 {
                    match row.get(&name) {
                        None => row.0.push((name, value)),
                        // A breakdown's value stands in every part, too, and says which row it is.
                        Some(known) if known.get() != value.get() => {
                            return Err(odd("the parts of a row do not belong together"));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        let rows: Vec<String> = rows.iter().map(RawRow::text).collect();
        Ok(Self {
            body: format!("{{\"data\":[{}]}}", rows.join(",")),
            after: first.after.clone(),
            len: first.len,
            replaced: parts.iter().map(|part| part.replaced).sum(),
        })
    }

    /// The rows, in the order of delivery.
    pub fn rows(&self) -> Result<Vec<RawRow<'_>>, Error> {
        let envelope: Envelope<'_> = serde_json::from_str(&self.body).map_err(|_| odd("the body is no JSON object"))?;
        rows_of(envelope.data.ok_or_else(|| odd("a listing without data"))?.get())
    }

    /// Where the next page begins; `None` on the last one.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// How many rows it has. An empty page may have a next one.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Characters that no database text can hold and that became U+FFFD.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }
}

fn rows_of(data: &str) -> Result<Vec<RawRow<'_>>, Error> {
    serde_json::from_str(data).map_err(|_| odd("data is no list of objects"))
}

/// The cursor of the next page. Only `next` says that there is one: `cursors.after` stands on the last page too.
fn after_of(paging: &str) -> Result<Option<String>, Error> {
    if paging.trim() == "null" {
        return Ok(None);
    }
    if !is_object(paging) {
        return Err(odd("paging is no object"));
    }
    let paging: Paging<'_> = serde_json::from_str(paging).map_err(|_| odd("paging is no object"))?;
    let Paging { cursors, next: Some(next) } = paging else { return Ok(None) };
    let cursors = cursors.filter(|cursors| is_object(cursors.get()));
    let named = cursors.and_then(|cursors| serde_json::from_str::<Cursors>(cursors.get()).ok()).and_then(|c| c.after);
    // The link holds the token: only its cursor is looked at, and only where the list of cursors is missing.
    let linked = || {
        let link = url::Url::parse(&next).ok()?;
        link.query_pairs().find(|(name, _)| name == "after").map(|(_, value)| value.into_owned())
    };
    named.or_else(linked).map(Some).ok_or_else(|| odd("a next page without a cursor"))
}

fn odd(what: &str) -> Error {
    Error { status: Some(200), ..Error::plain(Class::Malformed, format!("an odd answer: {what}")) }
}

#[cfg(test)]
mod random;

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &str) -> Result<Page, Error> {
        Page::decode(body.to_owned())
    }

    #[test]
    fn only_next_says_that_there_is_more() {
        let last = decode(r#"{"data":[{"id":"1"}],"paging":{"cursors":{"before":"a","after":"b"}}}"#).unwrap();
        assert_eq!((last.len(), last.after()), (1, None));
        let more = decode(r#"{"data":[],"paging":{"cursors":{"after":"b"},"next":"https:\/\/x\/?after=c"}}"#).unwrap();
        assert_eq!((more.len(), more.after()), (0, Some("b")));
        let link_only = decode(r#"{"data":[],"paging":{"next":"https://x/?access_token=t&after=MjQZD"}}"#).unwrap();
        assert_eq!(link_only.after(), Some("MjQZD"));
    }

    #[test]
    fn an_odd_body_is_never_an_empty_listing() {
        for body in [
            "",
            " ",
            "null",
            "[]",
            "\"Service Unavailable\"",
            "{}",
            r#"{"data":null}"#,
            r#"{"data":{}}"#,
            r#"{"data":"x"}"#,
            r#"{"data":[null]}"#,
            r#"{"data":[1]}"#,
            r#"{"data":[{"id":"1"}"#,
            r#"{"data":[],"paging":[]}"#,
            r#"{"data":[],"paging":"x"}"#,
            r#"{"data":[],"paging":[null,null]}"#,
            "[[],null,null]",
            r#"[[],{"next":null},null]"#,
            r#"{"data":[],"paging":{"next":"https://x/"}}"#,
            "<html>busy</html>",
        ] {
            assert_eq!(decode(body).map(|page| page.len()).unwrap_err().class, Class::Malformed, "{body}");
        }
    }

    #[test]
    fn a_row_that_came_in_parts_is_one_row_and_a_listing_that_moved_is_none() {
        let paging = r#""paging":{"cursors":{"after":"b"},"next":"https://x/?after=b"}"#;
        let part = |row: &str| decode(&format!("{{\"data\":[{row}],{paging}}}")).unwrap();
        let first = part(r#"{"id":"1","name":"caf\u00e9","status":"ACTIVE"}"#);
        let joined = Page::joined(&[first.clone(), part(r#"{"id":"1","targeting":{"age_min":25}}"#)]).unwrap();
        assert_eq!((joined.len(), joined.after()), (1, Some("b")));
        let rows = joined.rows().unwrap();
        assert_eq!(rows[0].get("targeting").unwrap().get(), r#"{"age_min":25}"#);
        assert_eq!(rows[0].get("name").unwrap().get(), r#""caf\u00e9""#);
        let by_age = |age: &str, field: &str| part(&format!(r#"{{"id":"1","age":"{age}","{field}":"5"}}"#));
        let same = Page::joined(&[by_age("18-24", "spend"), by_age("18-24", "clicks")]).unwrap();
        assert_eq!(same.rows().unwrap()[0].fields().count(), 4);
        let other = Page::joined(&[by_age("18-24", "spend"), by_age("25-34", "clicks")]);
        assert_eq!(other.unwrap_err().class, Class::Malformed, "another age is another row");
        for moved in [part(r#"{"id":"2","targeting":{}}"#), decode(r#"{"data":[]}"#).unwrap()] {
            assert_eq!(Page::joined(&[first.clone(), moved]).unwrap_err().class, Class::Malformed);
        }
    }

    #[test]
    fn an_error_inside_a_success_is_an_error() {
        let error = decode(r#"{"error":{"message":"(#2) x","code":2,"is_transient":true}}"#).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Transient, Some(2)));
    }

    #[test]
    fn rows_come_as_delivered_with_names_and_texts() {
        let page = decode(r#"{"data":[{"id":"1","n\u0061me":"caf\u00e9","n":5,"list":[{"a":1}]}]}"#).unwrap();
        let rows = page.rows().unwrap();
        assert_eq!(rows[0].get("name").unwrap().get(), r#""caf\u00e9""#);
        assert_eq!(rows[0].get("n").unwrap().get(), "5");
        assert_eq!(rows[0].get("list").unwrap().get(), r#"[{"a":1}]"#);
    }
}
