//! Where the rows of a body lie: found in one reading from its beginning to its end, without a copy of what they say.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Fault;

/// A piece of a text. A body has far less than 4 GB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    from: u32,
    to: u32,
}

/// Where a field's name and its value lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub name: Span,
    pub value: Span,
}

/// What a body says, apart from what stands in its fields.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    body: &'a str,
    pub fields: Vec<Field>,
    /// Where the fields of each row end.
    pub ends: Vec<usize>,
    /// Names that are written with escapes, as they read: they are to lie behind the body.
    pub names: String,
    pub paging: Option<&'a RawValue>,
    has_data: bool,
}

/// A key that borrows where it can: `Cow` by itself always copies.
pub(crate) struct Name<'a>(pub Cow<'a, str>);

impl Span {
    pub(super) fn of(self, text: &str) -> &str {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        text.get(place(self.from)..place(self.to)).unwrap_or_default()
    }

    fn behind(from: usize, part: &str) -> Option<Self> {
        Some(Self { from: u32::try_from(from).ok()?, to: u32::try_from(from + part.len()).ok()? })
    }
}

impl<'a> Index<'a> {
    /// Reads a body that is a listing without an error in it; `None` for everything else.
    pub(super) fn of(body: &'a str) -> Option<Self> {
        // Rows of one page are alike, and pages of a report are: a row of insights has about a kilobyte and 25 fields.
        let rows = body.len() / 1_000;
        let mut index =
            Self { body, fields: Vec::with_capacity(rows * 25), ends: Vec::with_capacity(rows), ..Self::default() };
        let mut deserializer = serde_json::Deserializer::from_str(body);
        Envelope(&mut index).deserialize(&mut deserializer).and_then(|()| deserializer.end()).ok()?;
        index.has_data.then_some(index)
    }

    /// Where a part of the body lies in it.
    fn span(&self, part: &str) -> Option<Span> {
        Span::behind(part.as_ptr().addr().checked_sub(self.body.as_ptr().addr())?, part)
    }

    fn push(&mut self, name: &Name<'a>, value: &'a RawValue) -> Option<()> {
        let name = match &name.0 {
            Cow::Borrowed(name) => self.span(name)?,
            Cow::Owned(name) => {
                let span = Span::behind(self.body.len() + self.names.len(), name)?;
                self.names.push_str(name);
                span
            }
        };
        self.fields.push(Field { name, value: self.span(value.get())? });
        Some(())
    }
}

struct Envelope<'i, 'a>(&'i mut Index<'a>);
struct Rows<'i, 'a>(&'i mut Index<'a>);
struct Row<'i, 'a>(&'i mut Index<'a>);

impl<'a> DeserializeSeed<'a> for Envelope<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Envelope<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            match name.as_ref() {
                "data" if self.0.has_data => return Err(A::Error::duplicate_field("data")),
                "data" => map.next_value_seed(Rows(self.0))?,
                "paging" if self.0.paging.is_some() => return Err(A::Error::duplicate_field("paging")),
                "paging" => self.0.paging = Some(map.next_value()?),
                "error" if map.next_value::<Option<Fault>>()?.is_some() => return Err(A::Error::custom("an error")),
                "error" => {}
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Rows<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Rows<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Row(self.0))?.is_some() {
            self.0.ends.push(self.0.fields.len());
        }
        self.0.has_data = true;
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Row<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Row<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Name<'a>>()? {
            let value = map.next_value()?;
            self.0.push(&name, value).ok_or_else(|| A::Error::custom("too large"))?;
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
        Borrowed::deserialize(deserializer).map(|Borrowed(name)| Name(name))
    }
}
