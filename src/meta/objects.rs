//! What is asked about the objects of an account: itself, its campaigns, its ad sets, its ads.

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
    /// Ads.
    Ads,
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
            Self::Ads => "ads",
        }
    }
}

/// One object of a body that holds nothing else.
#[derive(Debug, Clone)]
pub struct Object(Page);

impl Object {
    pub(super) fn decode(body: String) -> Result<Self, Error> {
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
        let question = self.allowed(Question::get(account.act(), UseCase::Management, parameters));
        match self.ask(&question, Object::decode).await {
            // Recorded on a single object, where asking again worked.
            Err(error) if error.class == Class::TooMuchData => self.ask(&question, Object::decode).await,
            Err(error) if matches!(error.class, Class::Invalid | Class::Permission) => {
                let allowed = self.without_refused(&question, error).await?;
                self.ask(&allowed.unwrap_or(question), Object::decode).await
            }
            answer => answer,
        }
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

    /// Reads up to 50 objects of a kind by id in one call. Each is the object, or `None` where Meta says that it is gone or
    /// that it may not be read: the two look alike (100/33).
    pub async fn by_id(
        &self,
        account: &AccountId,
        edge: Edge,
        ids: &[String],
        fields: &str,
    ) -> Result<Vec<(String, Option<Object>)>, Error> {
        let parameters = vec![("fields", fields.to_owned())];
        let path = format!("{}/{}", account.act(), edge.as_str());
        self.by_id_like(ids, Question::get(path, UseCase::Management, parameters)).await
    }
}
