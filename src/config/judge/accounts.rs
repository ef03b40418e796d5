//! Which accounts are synced, with whose token, and what is said of each.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::{is_name, judge_words, reports::Judged as Reports};
use crate::config::problem::{Origin, Problem, did_you_mean, shown};
use crate::config::secrets::{self, Secrets};
use crate::config::values::Values;
use crate::meta::{AccountId, Credentials};
use crate::sync::{Account, Accounts, MetricsWindow, Settings};

const EXAMPLE: &str = "write the digits from Ads Manager, with or without act_, for example act_1029384756102938";

/// What was judged of the accounts.
pub(super) struct Judged {
    /// Which accounts are synced; `None` where nothing can be said of it.
    pub(super) accounts: Option<Accounts>,
    exclude: Vec<AccountId>,
    account: BTreeMap<AccountId, Account>,
    credentials: BTreeMap<String, Credentials>,
}

/// Judges `meta.accounts`, `[accounts]` and `[tokens]`, with the tokens themselves.
pub(super) fn judge(values: &mut Values, secrets: &mut Secrets<'_>) -> Judged {
    let accounts = wanted(values, secrets);
    let exclude = ids(values, "meta", None, "exclude");
    if let Some(Accounts::Listed(listed)) = &accounts {
        let place = values.table("meta").place("exclude");
        for id in exclude.iter().filter(|id| listed.contains(id)) {
            values.refuse(&place, format!("{id} is also in meta.accounts: take it out of one of them"));
        }
    }
    let account = sections(values, accounts.as_ref());
    let credentials = credentials(values, secrets, accounts.as_ref(), &account);
    Judged { accounts, exclude, account, credentials }
}

/// Puts together what a run is told.
pub(super) fn sync_settings(values: &Values, accounts: Judged, reports: Reports) -> Settings {
    let adset_metrics = match values.table("insights").text("adset_metrics").as_deref() {
        Some("today") => MetricsWindow::Today,
        Some("last_7d") => MetricsWindow::Last7d,
        Some("last_30d") => MetricsWindow::Last30d,
        Some("this_month") => MetricsWindow::ThisMonth,
        _ => MetricsWindow::Last7dAndToday,
    };
    Settings {
        accounts: accounts.accounts.unwrap_or(Accounts::Listed(Vec::new())),
        exclude: accounts.exclude,
        account: accounts.account,
        credentials: accounts.credentials,
        reports: reports.enabled,
        conversions: reports.conversions,
        adset_metrics,
        full_listing_every: values.table("meta").span("full_listing_every"),
        store_raw: values.table("database").flag("store_raw"),
    }
}

fn wanted(values: &mut Values, secrets: &mut Secrets<'_>) -> Option<Accounts> {
    let place = values.table("meta").place("accounts");
    if values.table("meta").text("accounts").is_some() {
        return Some(Accounts::All);
    }
    let is_named = values.table("meta").list("accounts").is_some_and(|list| !list.is_empty());
    let listed = ids(values, "meta", None, "accounts");
    if is_named || values.was_refused(&place) {
        return (!listed.is_empty()).then_some(Accounts::Listed(listed));
    }
    match secrets.look_up("META_ACCOUNT_ID") {
        Ok(Some((text, origin))) => from_variable(values, text.expose_secret(), &origin),
        Ok(None) => {
            if secrets.needs.accounts {
                let text = "names no account: list them, as in [\"act_1029384756102938\"], write \"all\" for every \
                            account of the token (`adsync accounts` shows them), or set META_ACCOUNT_ID";
                // An account may stand in the file that could not be read.
                if values.is_complete {
                    values.refuse(&place, text);
                }
            }
            None
        }
        Err(problem) => {
            secrets.problems.push(problem);
            None
        }
    }
}

fn from_variable(values: &mut Values, text: &str, origin: &Origin) -> Option<Accounts> {
    let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    if items == ["all"] {
        values.put_accounts("all", &[], origin.clone());
        return Some(Accounts::All);
    }
    let mut ids: Vec<AccountId> = Vec::new();
    for item in items {
        match item.parse() {
            Ok(id) if ids.contains(&id) => {}
            Ok(id) => ids.push(id),
            Err(_) => {
                let text = format!("{} is no account id: {EXAMPLE}", shown(item));
                values.problems.push(Problem { origin: origin.clone(), line: None, key: None, text });
            }
        }
    }
    let written: Vec<String> = ids.iter().map(AccountId::act).collect();
    values.put_accounts("", &written, origin.clone());
    (!ids.is_empty()).then_some(Accounts::Listed(ids))
}

/// The account ids of a list, each once, however often and in whatever spelling it stands there.
pub(super) fn ids(values: &mut Values, section: &'static str, name: Option<&str>, key: &str) -> Vec<AccountId> {
    let table = match name {
        Some(name) => values.named_table(section, name),
        None => values.table(section),
    };
    let (place, list) = (table.place(key), table.list(key).unwrap_or_default());
    let mut ids: Vec<AccountId> = Vec::new();
    for item in list {
        match item.parse() {
            Ok(id) if ids.contains(&id) => {}
            Ok(id) => ids.push(id),
            Err(_) if item == "all" => {
                values.refuse(&place, "\"all\" stands alone, not in a list: write accounts = \"all\"");
            }
            Err(_) => values.refuse(&place, format!("{} is no account id: {EXAMPLE}", shown(&item))),
        }
    }
    ids
}

fn sections(values: &mut Values, accounts: Option<&Accounts>) -> BTreeMap<AccountId, Account> {
    let tokens = values.names("tokens");
    let mut account = BTreeMap::new();
    for name in values.names("accounts") {
        let Ok(id) = name.parse::<AccountId>() else {
            values.refuse_named("accounts", &name, format!("{} is no account id: {EXAMPLE}", shown(&name)));
            continue;
        };
        if account.contains_key(&id) {
            values.refuse_named("accounts", &name, format!("{id} has another table already: keep one of them"));
            continue;
        }
        if let Some(Accounts::Listed(listed)) = accounts
            && !listed.contains(&id)
            && values.is_complete
        {
            values.refuse_named("accounts", &name, "is not in meta.accounts: add it there, or delete this table");
        }
        let table = values.named_table("accounts", &name);
        let place = table.place("token");
        let said = Account {
            label: table.text("label"),
            client: table.text("client"),
            enabled: table.flag("enabled"),
            token: table.text("token"),
            leads: table.list("leads"),
            purchases: table.list("purchases"),
        };
        for (key, list) in [("leads", &said.leads), ("purchases", &said.purchases)] {
            let place = values.named_table("accounts", &name).place(key);
            judge_words(values, &place, list.as_deref().unwrap_or_default());
        }
        if let Some(token) = &said.token
            && !tokens.contains(token)
            && values.is_complete
        {
            let guess = did_you_mean(token, tokens.iter().map(String::as_str));
            let cure = "it names a table under [tokens], never the token itself";
            values.refuse(&place, format!("{} is no token: {cure}{guess}", shown(token)));
        }
        account.insert(id, said);
    }
    account
}

fn credentials(
    values: &mut Values,
    secrets: &mut Secrets<'_>,
    accounts: Option<&Accounts>,
    account: &BTreeMap<AccountId, Account>,
) -> BTreeMap<String, Credentials> {
    let mut credentials = BTreeMap::new();
    let has_own = |id: &AccountId| account.get(id).is_some_and(|said| said.token.is_some() || !said.enabled);
    let names = values.names("tokens");
    let is_needed = match accounts {
        // The named ones may be all that there are.
        Some(Accounts::All) => names.is_empty(),
        Some(Accounts::Listed(listed)) => !listed.iter().all(has_own),
        None => names.is_empty(),
    };
    let cure = "make a token for a system user with ads_read (Business settings, System users) and put it there";
    let missing = (secrets.needs.meta && is_needed).then_some(cure);
    let token = secrets.read("META_ACCESS_TOKEN", secrets::token, missing);
    let app_secret = secrets.read("META_APP_SECRET", secrets::token, None);
    if let Some(token) = token {
        credentials.insert(String::new(), Credentials { name: String::new(), app: String::new(), token, app_secret });
    }
    for name in names {
        if !is_name(&name, b"-") {
            let text =
                "is no name for a token: begin with a small letter, then small letters, digits, _ and -, at most 41";
            values.refuse_named("tokens", &name, text);
            continue;
        }
        if values.named_table("tokens", &name).text("variable").is_none() {
            let place = values.named_table("tokens", &name).place("variable");
            values.refuse(&place, "is missing: name the environment variable that holds the token");
        }
        let token = named_secret(values, secrets, &name, "variable");
        let app_secret = named_secret(values, secrets, &name, "app_secret_variable");
        if let Some(token) = token {
            credentials.insert(name.clone(), Credentials { app: name.clone(), name, token, app_secret });
        }
    }
    // Tokens with the same secret are of one app, and share its budgets.
    let secrets: Vec<(String, Option<String>)> = credentials
        .iter()
        .map(|(name, known)| (name.clone(), known.app_secret.as_ref().map(|secret| secret.expose_secret().to_owned())))
        .collect();
    for known in credentials.values_mut() {
        let own = known.app_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let first = secrets.iter().find(|(_, secret)| own.is_some() && *secret == own);
        if let Some((name, _)) = first {
            known.app.clone_from(name);
        }
    }
    credentials
}

fn named_secret(
    values: &mut Values,
    secrets: &mut Secrets<'_>,
    name: &str,
    key: &str,
) -> Option<secrecy::SecretString> {
    let table = values.named_table("tokens", name);
    let (place, variable) = (table.place(key), table.text(key)?);
    let is_variable = variable.len() <= 64
        && variable.bytes().next().is_some_and(|b| b.is_ascii_uppercase() || b == b'_')
        && variable.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !is_variable {
        // Whatever stands there is not quoted: it may be the token.
        let text = "is no name of a variable: write a name in capitals, such as META_ACCESS_TOKEN_AURORA, \
                    and put the secret into that variable";
        values.refuse(&place, text);
        return None;
    }
    let cure = format!("{place} names it, put the secret there");
    let missing = secrets.needs.meta.then_some(cure.as_str());
    secrets.read(&variable, secrets::token, missing)
}
