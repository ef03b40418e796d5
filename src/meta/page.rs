//! One page of a listing, decoded without trusting it.

mod index;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{Class, Error, Fault};
use super::text::{is_object, storable};
pub(crate) use index::Name;
use index::{Field, Index};

/// The JSON text of a value, as it was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Takes a text for what it is known to be.
    pub const fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// The text.
    pub const fn get(self) -> &'a str {
        self.0
    }
}

/// One row as delivered: each field's name and its text, still undecoded.
///
/// It lies in its page and costs nothing of its own; `serde_json::Value` costs six times as much as all of the reading.
#[derive(Debug, Clone, Copy)]
pub struct RawRow<'a> {
    text: &'a str,
    fields: &'a [Field],
}

impl<'a> RawRow<'a> {
    /// The fields in the order of delivery.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, Json<'a>)> + use<'a> {
        let text = self.text;
        self.fields.iter().map(move |field| (field.name.of(text), Json(field.value.of(text))))
    }

    /// One field's text, where it was delivered.
    pub fn get(&self, name: &str) -> Option<Json<'a>> {
        self.fields().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
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
    /// The body as it came, and behind it the names that were written with escapes.
    text: String,
    fields: Vec<Field>,
    /// Where the fields of each row end.
    ends: Vec<usize>,
    after: Option<String>,
    replaced: u64,
}

impl Page {
    /// Decodes a listing's body; every row is looked at, so that a broken page is noticed before a row of it is used.
    pub fn decode(body: String) -> Result<Self, Error> {
        let (mut text, replaced) = match storable(&body) {
            (Cow::Borrowed(_), _) => (body, 0),
            (Cow::Owned(clean), replaced) => (clean, replaced),
        };
        let Some(Index { fields, ends, names, paging, .. }) = Index::of(&text) else { return Err(why_odd(&text)) };
        let after = match paging {
            None => None,
            Some(paging) => after_of(paging.get())?,
        };
        text.push_str(&names);
        Ok(Self { text, fields, ends, after, replaced })
    }

    /// One page from several that show the same rows by different fields. Where they show other rows, the listing moved
    /// between them: that is an error, and they are asked for again.
    pub(super) fn joined(parts: &[Self]) -> Result<Self, Error> {
        let [first, others @ ..] = parts else { return Err(odd("no part of a page")) };
        let mut rows: Vec<Vec<(&str, Json<'_>)>> = first.iter().map(|row| row.fields().collect()).collect();
        for part in others {
            if part.len() != first.len() || part.after != first.after {
                return Err(odd("the parts of a row do not belong together"));
            }
            for (row, more) in rows.iter_mut().zip(part.iter()) {
                for (name, value) in more.fields() {
                    match row.iter().find(|(known, _)| *known == name) {
                        None => row.push((name, value)),
                        // A breakdown's value stands in every part, too, and says which row it is.
                        Some((_, known)) if *known != value => {
                            return Err(odd("the parts of a row do not belong together"));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        let field = |(name, value): &(&str, Json<'_>)| format!("{}:{}", serde_json::Value::from(*name), value.get());
        let row = |row: &Vec<_>| format!("{{{}}}", row.iter().map(field).collect::<Vec<_>>().join(","));
        let rows = rows.iter().map(row).collect::<Vec<_>>().join(",");
        Ok(Self {
            after: first.after.clone(),
            replaced: parts.iter().map(|part| part.replaced).sum(),
            ..Self::decode(format!("{{\"data\":[{rows}]}}"))?
        })
    }

    /// The rows, in the order of delivery.
    pub fn iter(&self) -> impl Iterator<Item = RawRow<'_>> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let row = |(from, to): (usize, usize)| RawRow {
            text: &self.text,
            fields: self.fields.get(from..to).unwrap_or_default(),
        };
        begins.zip(self.ends.iter().copied()).map(row)
    }

    /// The rows as a list.
    pub fn rows(&self) -> Result<Vec<RawRow<'_>>, Error> {
        Ok(self.iter().collect())
    }

    /// Where the next page begins; `None` on the last one.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// How many rows it has. An empty page may have a next one.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Characters that no database text can hold and that became U+FFFD.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }
}

/// What is wrong with a body that is no listing, or the error that it tells.
fn why_odd(body: &str) -> Error {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: Option<&'a RawValue>,
        error: Option<Fault>,
    }
    if !is_object(body) {
        return odd("the body is no JSON object");
    }
    match serde_json::from_str::<Envelope<'_>>(body) {
        Ok(Envelope { error: Some(fault), .. }) => fault.into_error(200),
        Ok(Envelope { data: None, .. }) => odd("a listing without data"),
        Ok(_) => odd("data is no list of objects"),
        Err(_) => odd("the body is no JSON object"),
    }
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
