//! What is asked about the objects of an account: itself, its campaigns, its ad sets.

use serde::Deserialize;

use super::AccountId;
use super::client::Question;
use super::error::{Class, Error};
use super::listing::Listing;
use super::page::Page;
use super::session::Session;
use super::usage::UseCase;

/// The kinds of object that are listed by account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Campaigns.
    Campaigns,
    /// Ad sets.
    Adsets,
}

/// Which objects of an edge a listing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All but archived and deleted ones: what Meta lists unasked, new statuses included.
    Live,
    /// Archived ones. Deleted ones cannot be listed: naming DELETED is refused (100/1815001).
    Archived,
}

impl Edge {
    /// The word in the path, which is also the table's and the step's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Campaigns => "campaigns",
            Self::Adsets => "adsets",
        }
    }
}

/// One object of a body that holds nothing else.
#[derive(Debug, Clone)]
pub struct Object(Page);

impl Object {
    fn decode(body: String) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Probe {
            id: Option<serde_json::Value>,
        }
        let has_id = serde_json::from_str::<Probe>(&body).is_ok_and(|probe| probe.id.is_some());
        if !has_id {
            // An error inside a success, or no object at all.
            return Err(Error::from_answer(200, &body));
        }
        Page::decode(format!("{{\"data\":[{body}]}}")).map(Object)
    }

    /// The object as JSON: for the few that are no row of a table.
    pub(super) fn value(&self) -> serde_json::Value {
        let row = self.0.rows().ok().and_then(|rows| {
            let fields = rows
                .first()?
                .fields()
                .filter_map(|(name, raw)| Some((name.to_owned(), serde_json::from_str(raw.get()).ok()?)));
            Some(fields.collect::<serde_json::Map<_, _>>())
        });
        serde_json::Value::Object(row.unwrap_or_default())
    }

    /// The object as a page of one row.
    pub fn page(&self) -> &Page {
        &self.0
    }
}

impl Session {
    /// Reads the account itself.
    pub async fn account(&self, account: &AccountId, fields: &str) -> Result<Object, Error> {
        let parameters = vec![("fields", fields.to_owned())];
        self.ask(&Question::get(account.act(), UseCase::Management, parameters), Object::decode).await
    }

    /// Lists the accounts that the token reads.
    pub fn accounts(&self, fields: &str) -> Listing {
        let parameters = vec![("fields", fields.to_owned())];
        Listing::new(self.clone(), Question::get("me/adaccounts", UseCase::Management, parameters))
    }

    /// Lists the objects of an account.
    pub fn objects(&self, account: &AccountId, edge: Edge, which: Which, fields: &str) -> Listing {
        let mut parameters = vec![("fields", fields.to_owned())];
        if which == Which::Archived {
            parameters.push(("effective_status", "[\"ARCHIVED\"]".to_owned()));
        }
        let path = format!("{}/{}", account.act(), edge.as_str());
        Listing::new(self.clone(), Question::get(path, UseCase::Management, parameters))
    }

    /// Reads up to 50 objects by id in one call. Each is the object, or `None` where Meta says that it is gone or that
    /// it may not be read: the two look alike (100/33).
    pub async fn by_id(&self, ids: &[String], fields: &str) -> Result<Vec<(String, Option<Object>)>, Error> {
        self.by_id_of(ids, fields, UseCase::Management).await
    }

    /// The same for objects that Meta counts elsewhere.
    pub(super) async fn by_id_of(
        &self,
        ids: &[String],
        fields: &str,
        use_case: UseCase,
    ) -> Result<Vec<(String, Option<Object>)>, Error> {
        self.batch(ids, |id| format!("{id}?fields={fields}"), use_case, Object::decode).await
    }

    /// Asks up to 50 questions in one call, one for each id. `None` where Meta says that the object is gone or may not be
    /// read.
    pub(super) async fn batch<T>(
        &self,
        ids: &[String],
        address: impl Fn(&str) -> String,
        use_case: UseCase,
        decode: impl Fn(String) -> Result<T, Error>,
    ) -> Result<Vec<(String, Option<T>)>, Error> {
        let version = &self.settings().api_version;
        let mut found = Vec::with_capacity(ids.len());
        let mut open: Vec<String> = ids.to_vec();
        // A part that Meta did not run in time comes back as null and is sent again.
        for _ in 0..5 {
            let parts: Vec<_> = open
                .iter()
                .map(|id| serde_json::json!({"method": "GET", "relative_url": format!("{version}/{}", address(id))}))
                .collect();
            self.meter().batched(parts.len());
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("batch", &serde_json::Value::Array(parts).to_string())
                .append_pair("include_headers", "false")
                .finish();
            let question = Question { form: Some(form), ..Question::get("", use_case, Vec::new()) };
            let wanted = open.len();
            let answers = self.ask(&question, |body| parts_of(&body, wanted)).await?;
            let mut again = Vec::new();
            for (id, answer) in open.into_iter().zip(answers) {
                match answer.map(|part| part.decoded(&decode)) {
                    None => again.push(id),
                    Some(Ok(object)) => found.push((id, Some(object))),
                    Some(Err(error)) if error.class == Class::Permission || error.code == Some(803) => {
                        found.push((id, None));
                    }
                    Some(Err(error)) if error.class.is_retried() => again.push(id),
                    Some(Err(error)) => return Err(self.own(error)),
                }
            }
            if again.is_empty() {
                return Ok(found);
            }
            open = again;
        }
        Err(Error::plain(Class::Transient, "Meta did not answer some parts of a batch"))
    }
}

/// One part of a batch's answer.
#[derive(Debug, Deserialize)]
struct Part {
    code: u16,
    #[serde(default)]
    body: String,
}

impl Part {
    fn decoded<T>(self, decode: impl Fn(String) -> Result<T, Error>) -> Result<T, Error> {
        if (200..300).contains(&self.code) { decode(self.body) } else { Err(Error::from_answer(self.code, &self.body)) }
    }
}

fn parts_of(body: &str, wanted: usize) -> Result<Vec<Option<Part>>, Error> {
    match serde_json::from_str::<Vec<Option<Part>>>(body) {
        Ok(parts) if parts.len() == wanted => Ok(parts),
        _ => Err(Error::from_answer(200, body)),
    }
}
