//! `adsync accounts`: every account that the tokens read, with the lines to paste into the configuration.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app;
use crate::config::Settings;
use crate::meta::{AccountId, Client};
use crate::sync::access::{self, lost_words, untold};
use crate::sync::discovery::{Listed, token_title};
use crate::sync::{Accounts, Discovery};

use super::output::{complain, lines, say, table};
use super::{Failed, quiet};

/// Arguments of `accounts`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync accounts                       name, status, currency and zone of each, and whether it is configured
  adsync accounts --toml                the lines to paste into config/local.toml
  adsync accounts --json")]
pub(super) struct Args {
    /// Print the lines to paste into config/local.toml
    #[arg(long)]
    toml: bool,
    /// Print JSON: objects named like the columns of ad_accounts, with `token` and `configured` beside them
    #[arg(long, conflicts_with = "toml")]
    json: bool,
}

pub(super) async fn accounts(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    let client = Client::new(settings.meta.clone())?;
    let discovery = Discovery::by_all(&client, &settings.sync, &CancellationToken::new()).await;
    for (token, error) in &discovery.failed {
        complain(&untold(token, error));
    }
    if discovery.failure().is_some() {
        return Err(Failed::Told);
    }
    if args.toml {
        toml(&discovery, &settings);
        return Ok(());
    }
    let lost: BTreeSet<AccountId> =
        lost(&settings).await.into_iter().filter(|account| !discovery.found.contains_key(account)).collect();
    match args.json {
        true => say(&json(&discovery, &lost, &settings)),
        false => show(&discovery, &lost, &settings),
    }
    Ok(())
}

/// The accounts that were lost, where there is a database that says so. Without one the listing is still worth showing.
async fn lost(settings: &Settings) -> BTreeSet<AccountId> {
    if settings.database.url.is_none() {
        return BTreeSet::new();
    }
    let lost = async {
        let db = app::connect(settings).await?;
        let lost = access::lost(&db, &settings.daemon.instance).await;
        db.close().await;
        Ok::<_, app::Error>(lost?)
    };
    lost.await.unwrap_or_default()
}

fn show(discovery: &Discovery, lost: &BTreeSet<AccountId>, settings: &Settings) {
    if discovery.found.is_empty() && lost.is_empty() {
        return say("The token reads no account: assign ad accounts to its system user in Business settings.");
    }
    let mut rows = table(&["account", "name", "status", "currency", "zone", "token", "configured"], 7);
    for (account, listed) in &discovery.found {
        let Seen { name, status, currency, zone } = Seen::of(listed);
        let token = token_title(&asked_with(account, listed, settings));
        rows.add_row([&account.to_string(), &name, &status, &currency, &zone, &token, configured(account, settings)]);
    }
    for account in lost {
        let configured = configured(account, settings);
        rows.add_row([&account.to_string(), "-", "lost access", "-", "-", "-", configured]);
    }
    say(&lines(&rows));
    for account in lost {
        complain(&lost_words(account));
    }
}

/// The same for programs; of an account that was lost nothing else is known.
fn json(discovery: &Discovery, lost: &BTreeSet<AccountId>, settings: &Settings) -> String {
    let entry = |account: &AccountId, listed: Option<&Listed>| {
        let status = listed.and_then(|listed| listed.status.as_deref()?.parse::<i64>().ok());
        json!({
            "id": account.act(), "account_id": account.digits(), "name": listed.and_then(|listed| listed.name.as_ref()),
            "account_status": status, "currency": listed.and_then(|listed| listed.currency.as_ref()),
            "timezone_name": listed.and_then(|listed| listed.zone.as_ref()),
            "token": listed.map(|listed| token_title(&asked_with(account, listed, settings))),
            "configured": configured(account, settings), "lost": listed.is_none(),
        })
    };
    let found = discovery.found.iter().map(|(account, listed)| entry(account, Some(listed)));
    Value::Array(found.chain(lost.iter().map(|account| entry(account, None))).collect()).to_string()
}

/// An account in the words of a terminal.
struct Seen {
    name: String,
    status: String,
    currency: String,
    zone: String,
}

impl Seen {
    fn of(listed: &Listed) -> Self {
        let part = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), printable);
        Self {
            name: part(&listed.name),
            status: listed.status.as_deref().map_or("-".to_owned(), status),
            currency: part(&listed.currency),
            zone: part(&listed.zone),
        }
    }
}

/// Meta's number of an account's status in a word.
pub(super) fn status(number: &str) -> String {
    match number {
        "1" => "active".to_owned(),
        "2" => "disabled".to_owned(),
        "3" => "unsettled".to_owned(),
        "7" => "pending risk review".to_owned(),
        "8" => "pending settlement".to_owned(),
        "9" => "in grace period".to_owned(),
        "100" => "pending closure".to_owned(),
        "101" => "closed".to_owned(),
        other => format!("status {}", printable(other)),
    }
}

fn asked_with(account: &AccountId, listed: &Listed, settings: &Settings) -> String {
    let named = settings.sync.account.get(account).and_then(|said| said.token.clone());
    named.unwrap_or_else(|| listed.token.clone())
}

fn configured(account: &AccountId, settings: &Settings) -> &'static str {
    let is_named = match &settings.sync.accounts {
        Accounts::All => !settings.sync.exclude.contains(account),
        Accounts::Listed(listed) => listed.contains(account),
    };
    let is_enabled = settings.sync.account.get(account).is_none_or(|said| said.enabled);
    match (is_named, is_enabled) {
        (true, true) => "yes",
        (true, false) => "disabled",
        (false, _) if settings.sync.exclude.contains(account) => "excluded",
        (false, _) => "no",
    }
}

fn toml(discovery: &Discovery, settings: &Settings) {
    let ids: Vec<String> = discovery.found.keys().map(|id| format!("\"{id}\"")).collect();
    say(&format!("[meta]\naccounts = [{}]", ids.join(", ")));
    for (account, listed) in &discovery.found {
        let Seen { name, status, currency, zone } = Seen::of(listed);
        say(&format!("\n[accounts.\"{account}\"]  # {status}, {currency}, {zone}"));
        if listed.name.is_some() {
            say(&format!("label = {}", ::toml::Value::from(name)));
        }
        let token = asked_with(account, listed, settings);
        if !token.is_empty() {
            say(&format!("token = {}", ::toml::Value::from(token)));
        }
    }
}

/// A name as a terminal may show it: no control characters.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
