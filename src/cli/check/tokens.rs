//! What Meta says of each token.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::config::Settings;
use crate::meta::token::TokenFacts;
use crate::meta::{Class, Client};
use crate::sync::Engine;
use crate::sync::discovery::token_title;

use super::super::Failed;
use super::super::output::{complain, say};

/// Asks about every token. Gives what Meta says, by the tokens' names, and whether all are well; one that Meta says
/// nothing of is no trouble by itself.
pub(super) async fn look(
    client: &Client,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<(BTreeMap<String, TokenFacts>, bool), Failed> {
    let (mut told, mut all_well) = (BTreeMap::new(), true);
    for name in settings.sync.credentials.keys() {
        let title = token_title(name);
        match Engine::token_session(client, &settings.sync, name)?.token_facts().await {
            Ok(facts) => {
                let kind = facts.kind.as_deref().unwrap_or("unknown kind");
                let end = facts.ends(now).map_or("never expires".to_owned(), |ends| format!("expires {ends}"));
                let scopes = if facts.scopes.is_empty() { "not told".to_owned() } else { facts.scopes.join(", ") };
                say(&format!("token     {title}: {kind}, {end}, scopes {scopes}"));
                if let Some(trouble) = facts.trouble(now) {
                    // One that only ends soon still works today.
                    all_well &= facts.is_valid && facts.can_read();
                    complain(&format!("{title}: {}", trouble.message));
                }
                told.insert(name.clone(), facts);
            }
            Err(error) if error.class == Class::Auth => {
                all_well = false;
                say(&format!("token     {title}: refused"));
                complain(&format!("{title}: {error}. {}", error.class.advice()));
            }
            Err(error) => say(&format!("token     {title}: Meta says nothing of it ({error})")),
        }
    }
    Ok((told, all_well))
}
