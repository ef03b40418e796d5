//! `adsync accounts`: every account that the tokens read, with the lines to paste into the configuration.

use std::collections::BTreeMap;

use crate::config::Settings;
use crate::meta::{AccountId, Client};
use crate::rows::value;
use crate::sync::{Accounts, Engine};

use super::output::{lines, say, table};
use super::{Failed, quiet};

/// Arguments of `accounts`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the lines to paste into config/local.toml
    #[arg(long)]
    toml: bool,
}

/// One account as Meta lists it.
struct Found {
    name: String,
    status: String,
    currency: String,
    zone: String,
    token: String,
}

pub(super) async fn accounts(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    let client = Client::new(settings.meta.clone())?;
    let mut found = BTreeMap::new();
    for token in settings.sync.credentials.keys() {
        list(&client, &settings, token, &mut found).await?;
    }
    if args.toml {
        toml(&found)
    } else {
        show(&found, &settings)
    }
    Ok(())
}

async fn list(
    client: &Client,
    settings: &Settings,
    token: &str,
    found: &mut BTreeMap<AccountId, Found>,
) -> Result<(), Failed> {
    let session = Engine::token_session(client, &settings.sync, token)?;
    let mut listing = session.accounts("id,account_id,name,account_status,currency,timezone_name");
    while let Some(page) = listing.next().await? {
        for row in page.rows()? {
            let text = |name: &str| row.get(name).and_then(|raw| value::text(raw.get())).map(|text| printable(&text));
            let id = text("account_id").or_else(|| text("id")).and_then(|id| id.parse::<AccountId>().ok());
            let Some(id) = id else { continue };
            let part = |name: &str| text(name).unwrap_or_else(|| "-".to_owned());
            let status = match part("account_status").as_str() {
                "1" => "active".to_owned(),
                "2" => "disabled".to_owned(),
                "3" => "unsettled".to_owned(),
                "101" => "closed".to_owned(),
                other => format!("status {other}"),
            };
            let (name, currency, zone) = (part("name"), part("currency"), part("timezone_name"));
            found.entry(id).or_insert(Found { name, status, currency, zone, token: token.to_owned() });
        }
    }
    Ok(())
}

fn show(found: &BTreeMap<AccountId, Found>, settings: &Settings) {
    if found.is_empty() {
        return say("The token reads no account: assign ad accounts to its system user in Business settings.");
    }
    let mut rows = table(&["account", "name", "status", "currency", "zone", "configured"], 6);
    for (id, account) in found {
        let is_configured = match &settings.sync.accounts {
            Accounts::All => !settings.sync.exclude.contains(id),
            Accounts::Listed(listed) => listed.contains(id),
        };
        let configured = if is_configured { "yes" } else { "no" };
        let Found { name, status, currency, zone, .. } = account;
        rows.add_row([&id.to_string(), name, status, currency, zone, configured]);
    }
    say(&lines(&rows));
}

fn toml(found: &BTreeMap<AccountId, Found>) {
    let ids: Vec<String> = found.keys().map(|id| format!("\"{id}\"")).collect();
    say(&format!("[meta]\naccounts = [{}]", ids.join(", ")));
    for (id, account) in found {
        say(&format!("\n[accounts.\"{id}\"]  # {}, {}, {}", account.status, account.currency, account.zone));
        say(&format!("label = {}", ::toml::Value::from(account.name.as_str())));
        if !account.token.is_empty() {
            say(&format!("token = {}", ::toml::Value::from(account.token.as_str())));
        }
    }
}

/// A name as a terminal may show it: no control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
