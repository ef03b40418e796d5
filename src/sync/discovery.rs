//! Which accounts the tokens read: every token is asked for its listing, side by side, and none stops another.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::meta::page::Page;
use crate::meta::{self, AccountId, Class, Client, Session};
use crate::rows::value;

use super::engine::Engine;
use super::settings::Settings;

/// What is asked of every account in a listing.
const FIELDS: &str = "id,account_id,name,account_status,currency,timezone_name";

/// What the listings of all tokens came to.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The accounts, in order, each as the first token lists it: the default one first, then by their names.
    pub found: BTreeMap<AccountId, Listed>,
    /// The tokens whose listing failed, with the reason. What they had listed by then is found.
    pub failed: Vec<(String, meta::Error)>,
    /// How many tokens were asked.
    pub asked: usize,
}

/// One account as a token lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name of the token.
    pub token: String,
    /// Its name.
    pub name: Option<String>,
    /// Its status, Meta's number.
    pub status: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its time zone's name.
    pub zone: Option<String>,
}

impl Discovery {
    /// Asks every token for the accounts that it reads.
    pub async fn by_all(client: &Client, settings: &Settings, cancel: &CancellationToken) -> Self {
        let listings = settings.credentials.keys().map(|token| async move {
            let mut found = Vec::new();
            let listed = list(client, settings, token, cancel, &mut found).await;
            (token, found, listed)
        });
        let mut discovery = Self { asked: settings.credentials.len(), ..Self::default() };
        for (token, found, listed) in join_all(listings).await {
            for (account, seen) in found {
                discovery.found.entry(account).or_insert(seen);
            }
            if let Err(error) = listed {
                discovery.failed.push((token.clone(), error));
            }
        }
        discovery
    }

    /// Whether every token told all its accounts: only then one that is missing is missing.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.asked > 0
    }

    /// The failure to tell where no token listed anything.
    pub fn failure(&self) -> Option<meta::Error> {
        if self.asked == 0 {
            return Some(meta::Error::plain(Class::Auth, "no access token is configured"));
        }
        if self.failed.len() < self.asked || !self.found.is_empty() {
            return None;
        }
        let (_, first) = self.failed.first()?;
        if self.asked == 1 {
            return Some(first.clone());
        }
        let each = self.failed.iter().map(|(token, error)| format!("{}: {error}", token_title(token)));
        let message = each.collect::<Vec<_>>().join("; ");
        Some(meta::Error { message, code: None, subcode: None, ..first.clone() })
    }
}

async fn list(
    client: &Client,
    settings: &Settings,
    token: &str,
    cancel: &CancellationToken,
    found: &mut Vec<(AccountId, Listed)>,
) -> Result<(), meta::Error> {
    let session = Engine::open_session(client, settings, token, None, std::sync::Arc::default(), cancel.clone())?;
    // A silence is not believed before it is repeated: every account would count as lost.
    for _ in 0..2 {
        let mut listing = session.accounts(FIELDS);
        while let Some(page) = listing.next().await? {
            read(&page, token, found)?;
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(())
}

fn read(page: &Page, token: &str, found: &mut Vec<(AccountId, Listed)>) -> Result<(), meta::Error> {
    for row in page.rows()? {
        let text = |name: &str| row.get(name).and_then(|raw| value::text(raw.get())).map(|text| text.into_owned());
        let id = text("account_id").or_else(|| text("id")).and_then(|id| id.parse::<AccountId>().ok());
        let Some(id) = id else { continue };
        let listed = Listed {
            token: token.to_owned(),
            name: text("name"),
            status: text("account_status"),
            currency: text("currency"),
            zone: text("timezone_name"),
        };
        found.push((id, listed));
    }
    Ok(())
}

/// Asks Meta for an account's zone: without it nobody knows its days.
pub async fn zone(session: &Session, account: &AccountId) -> Result<Tz, meta::Error> {
    let object = session.account(account, "timezone_name").await?;
    let rows = object.page().rows()?;
    let name = rows.first().and_then(|row| row.get("timezone_name")).and_then(|raw| value::text(raw.get()));
    let name = name.unwrap_or_default();
    name.parse().map_err(|_| meta::Error::plain(Class::Invalid, format!("its time zone \"{name}\" is not known")))
}

/// What a token is called in words for people: by its variable, or by its table in the configuration.
pub fn token_title(name: &str) -> String {
    if name.is_empty() { "META_ACCESS_TOKEN".to_owned() } else { format!("tokens.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::Error;

    fn page(rows: &str) -> Page {
        Page::decode(format!("{{\"data\":{rows}}}")).unwrap()
    }

    #[test]
    fn an_account_is_read_with_or_without_its_prefix_and_others_are_left_out() {
        let mut found = Vec::new();
        let rows =
            r#"[{"id":"act_1","account_id":"1","name":"One","account_status":1},{"id":"act_2"},{"name":"none"}]"#;
        read(&page(rows), "aurora", &mut found).unwrap();
        let ids: Vec<String> = found.iter().map(|(account, _)| account.act()).collect();
        assert_eq!(ids, ["act_1", "act_2"]);
        assert_eq!((found[0].1.name.as_deref(), found[0].1.status.as_deref()), (Some("One"), Some("1")));
        assert_eq!(found[1].1.token, "aurora");
    }

    #[test]
    fn only_where_no_token_lists_anything_it_is_a_failure() {
        let listed = Listed { token: String::new(), name: None, status: None, currency: None, zone: None };
        let failed = |name: &str| (name.to_owned(), Error::plain(Class::Auth, "dead"));
        let mut discovery = Discovery { asked: 2, failed: vec![failed("a")], ..Discovery::default() };
        assert!(discovery.failure().is_none() && !discovery.is_complete());
        discovery.failed.push(failed("b"));
        assert_eq!(discovery.failure().unwrap().message, "tokens.a: dead; tokens.b: dead");
        discovery.found.insert("act_1".parse().unwrap(), listed);
        assert!(discovery.failure().is_none());
        assert!(!Discovery::default().is_complete(), "without a token nothing is known");
    }
}
