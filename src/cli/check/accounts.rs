//! Whether each account can be read, what access Meta grants to it, and what is known of its size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Days as Ago, Utc};
use chrono_tz::Tz;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::meta::page::Page;
use crate::meta::token::TokenFacts;
use crate::meta::{AccountId, Client, Error, Session};
use crate::rows::report::{Days, Level};
use crate::rows::value;
use crate::store::{self, Db, coverage, entities, listings};
use crate::sync::access::{self, lost_words, untold};
use crate::sync::discovery::token_title;
use crate::sync::forecast::{Objects, Tier};
use crate::sync::preview::known;
use crate::sync::{Accounts, Discovery, Engine};

use super::super::Failed;
use super::super::accounts::{printable, status};
use super::super::output::{complain, lines, say, table};

/// Days that the rows of a day are reckoned from.
const LOOKED_BACK: u64 = 35;

/// One account that can be read.
#[derive(Debug)]
pub(super) struct Seen {
    /// The account.
    pub account: AccountId,
    /// Its zone.
    pub zone: Option<Tz>,
    /// The access that Meta names for it, in Meta's word.
    pub tier: Option<String>,
    /// What it holds, as far as it is known.
    pub objects: Objects,
    /// Rows of a day, by report, where days were read.
    pub rows_per_day: BTreeMap<String, u64>,
}

/// Reads every account that is to be synced, with its token. Gives those that can be read and whether all can.
pub(super) async fn look(
    client: &Client,
    settings: &Settings,
    facts: &BTreeMap<String, TokenFacts>,
    db: Option<&Db>,
) -> Result<(Vec<Seen>, bool), Failed> {
    let cancel = CancellationToken::new();
    let (accounts, lost, mut all_well) = meant(client, settings, db, &cancel).await;
    let mut rows = table(&["account", "name", "status", "currency", "zone", "token", "access", "active ads"], 7);
    let mut seen = Vec::new();
    let is_empty = accounts.is_empty() && lost.is_empty();
    for (account, token) in accounts {
        let title = token_title(&token);
        let is_granted = facts.get(&token).is_none_or(|facts| facts.is_granted(&account));
        let session =
            Engine::open_session(client, &settings.sync, &token, Some(&account), Arc::default(), cancel.clone())?;
        match session.account(&account, "id,name,currency,timezone_name,account_status").await {
            Ok(object) => {
                let told = Told::of(object.page());
                let sized = sized(&session, &account, &told, settings, db).await?;
                let access = sized.tier.as_deref().map_or("not told".to_owned(), access_words);
                let ads = sized.objects.active_ads.map_or("not told".to_owned(), |ads| ads.to_string());
                let [name, currency, zone, status] = told.words();
                rows.add_row([&account.to_string(), &name, &status, &currency, &zone, &title, &access, &ads]);
                seen.push(sized);
            }
            Err(error) => {
                all_well = false;
                rows.add_row([&account.to_string(), "-", "not readable", "-", "-", &title, "-", "-"]);
                complain(&format!("{account}: {error}. {}", error.advice()));
            }
        }
        if !is_granted {
            complain(&format!(
                "the token {title} is not granted {account}: issue it again for a system user that the account is assigned to."
            ));
        }
    }
    for account in &lost {
        rows.add_row([&account.to_string(), "-", "lost access", "-", "-", "-", "-", "-"]);
        complain(&lost_words(account));
    }
    if !is_empty {
        say("");
        say(&lines(&rows));
    }
    Ok((seen, all_well))
}

/// The accounts to sync, each with its token; those that were lost; and whether every token told its own.
async fn meant(
    client: &Client,
    settings: &Settings,
    db: Option<&Db>,
    cancel: &CancellationToken,
) -> (Vec<(AccountId, String)>, BTreeSet<AccountId>, bool) {
    let sync = &settings.sync;
    let is_wanted = |account: &AccountId| {
        sync.account.get(account).is_none_or(|said| said.enabled) && !sync.exclude.contains(account)
    };
    let named = |account: &AccountId| sync.account.get(account).and_then(|said| said.token.clone());
    if let Accounts::Listed(listed) = &sync.accounts {
        let wanted = listed.iter().filter(|account| is_wanted(account)).cloned();
        return (
            wanted.map(|account| (account.clone(), named(&account).unwrap_or_default())).collect(),
            BTreeSet::new(),
            true,
        );
    }
    let discovery = Discovery::by_all(client, sync, cancel).await;
    for (token, error) in &discovery.failed {
        complain(&untold(token, error));
    }
    let (mut seen, mut lost) = (Vec::new(), BTreeSet::new());
    if let Some(db) = db {
        let instance = &settings.daemon.instance;
        seen = known(listings::seen(db, instance).await).ok().flatten().unwrap_or_default();
        lost.extend(known(access::lost(db, instance).await).ok().flatten().unwrap_or_default());
    }
    let seen = seen.into_iter().filter_map(|(digits, token)| Some((digits.parse::<AccountId>().ok()?, token)));
    let missing: BTreeMap<AccountId, String> =
        seen.filter(|(account, _)| !discovery.found.contains_key(account)).collect();
    let mut accounts: BTreeMap<AccountId, String> = BTreeMap::new();
    if discovery.is_complete() {
        lost.extend(missing.into_keys());
    } else {
        // A listing that failed takes no account from anyone.
        accounts.extend(
            missing
                .into_iter()
                .filter(|(account, token)| !lost.contains(account) && sync.credentials.contains_key(token)),
        );
    }
    lost.retain(|account| is_wanted(account) && !discovery.found.contains_key(account));
    accounts.extend(discovery.found.iter().map(|(account, listed)| (account.clone(), listed.token.clone())));
    let accounts = accounts.into_iter().filter(|(account, _)| is_wanted(account));
    let accounts = accounts.map(|(account, token)| (account.clone(), named(&account).unwrap_or(token)));
    (accounts.collect(), lost, discovery.is_complete())
}

/// What an account's answer tells.
struct Told {
    name: Option<String>,
    currency: Option<String>,
    zone: Option<String>,
    status: Option<String>,
}

impl Told {
    fn of(page: &Page) -> Self {
        let rows = page.rows().unwrap_or_default();
        let text = |name: &str| {
            let raw = rows.first().and_then(|row| row.get(name))?;
            value::text(raw.get()).map(|text| text.into_owned())
        };
        let (name, currency) = (text("name"), text("currency"));
        Self { name, currency, zone: text("timezone_name"), status: text("account_status") }
    }

    /// Name, currency, zone and status in the words of a terminal.
    fn words(&self) -> [String; 4] {
        let part = |text: &Option<String>, without: &str| text.as_deref().map_or(without.to_owned(), printable);
        [
            part(&self.name, "no name"),
            part(&self.currency, "no currency"),
            part(&self.zone, "unknown zone"),
            self.status.as_deref().map_or("-".to_owned(), status),
        ]
    }
}

/// Finds out how large an account is: from the rows that are held, else from Meta's counts.
async fn sized(
    session: &Session,
    account: &AccountId,
    told: &Told,
    settings: &Settings,
    db: Option<&Db>,
) -> Result<Seen, Failed> {
    let active_ads = counted(session.count(account, "ads", Some("ACTIVE")).await);
    let has_ads = settings.sync.reports.iter().any(|report| report.level == Level::Ad);
    let tables = || ["campaigns", "adsets", "ads"].into_iter().filter(|table| *table != "ads" || has_ads);
    let mut counts = [None, None, None];
    let mut rows_per_day = BTreeMap::new();
    if let Some(db) = db {
        for (place, table) in counts.iter_mut().zip(tables()) {
            *place = known(entities::live(db, table, account.digits()).await)?.filter(|live| *live > 0);
        }
        for report in &settings.sync.reports {
            if let Some(rows) = rows_of(db, account, &report.name).await? {
                rows_per_day.insert(report.name.clone(), rows);
            }
        }
    }
    for (place, table) in counts.iter_mut().zip(tables()) {
        if place.is_none() {
            *place = counted(session.count(account, table, None).await);
        }
    }
    let [campaigns, adsets, ads] = counts;
    let ads = ads.or(has_ads.then(|| active_ads.unwrap_or(0)));
    Ok(Seen {
        account: account.clone(),
        zone: told.zone.as_deref().and_then(|zone| zone.parse().ok()),
        tier: session.meter().tier(),
        objects: Objects { campaigns, adsets, ads, active_ads },
        rows_per_day,
    })
}

/// A count that Meta refuses is only not known.
fn counted(count: Result<Option<u64>, Error>) -> Option<u64> {
    count.inspect_err(|error| tracing::debug!(%error, "meta does not count")).ok().flatten()
}

/// How many rows a day of a report has, on the average of the last days that were read.
async fn rows_of(db: &Db, account: &AccountId, report: &str) -> Result<Option<u64>, store::Error> {
    // Whichever side of midnight the account is on.
    let until = Utc::now().date_naive() + Ago::new(1);
    let span = Days { since: until - Ago::new(LOOKED_BACK), until };
    let days = known(coverage::complete(db, account.digits(), report, span).await)?.unwrap_or_default();
    let rows: u64 = days.iter().map(|day| u64::try_from(day.rows).unwrap_or(0)).sum();
    Ok(u64::try_from(days.len()).ok().filter(|days| *days > 0).map(|days| rows.div_ceil(days)))
}

/// Meta's word for the access, with the header's value.
fn access_words(header: &str) -> String {
    Tier::from_header(header).map_or_else(|| printable(header), |tier| format!("{} ({header})", tier.word()))
}
