//! Where the rows go: the address, the manners there, and a name of its own for every table.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::name_fault;
use crate::config::problem::{did_you_mean, shown};
use crate::config::secrets::{self, Secrets};
use crate::config::values::Values;
use crate::store::{Migrate, Pooler, Settings, Tls, TouchLastSynced};

/// Our tables, those of the reports aside.
const TABLES: &[&str] = &[
    "ad_accounts",
    "campaigns",
    "adsets",
    "ads",
    "account_insights",
    "sync_runs",
    "sync_run_steps",
    "sync_coverage",
    "sync_leases",
    "sync_schedules",
    "sync_listings",
    "sync_budgets",
    "sync_sizes",
    "sync_alerts",
    "sync_refused_fields",
    "sync_ladders",
    "sync_sweeps",
    "sync_windows",
    "sync_reports",
    "sync_requests",
    "adsync_migrations",
];

/// Our views, those of the reports aside, and our function. Postgres keeps the names of tables and views in one list.
const VIEWS: &[&str] = &["account_freshness", "adsets_view", "campaigns_view", "ads_view", "ads_metrics"];

/// Judges `[database]` and `[tables]`, with the addresses.
pub(super) fn judge(values: &mut Values, secrets: &mut Secrets<'_>, reports: &[String]) -> Settings {
    let cure = "put the connection string of the database there (Supabase: Connect)";
    let missing = secrets.needs.database.then_some(cure);
    let url = secrets.read("DATABASE_URL", secrets::database_address, missing);
    let migrate_url = secrets.read("ADSYNC_MIGRATE_DATABASE_URL", secrets::database_address, None);

    let place = values.table("database").place("schema");
    let schema = values.table("database").text("schema").unwrap_or_default();
    if let Some(text) = name_fault(&schema) {
        values.refuse(&place, text);
    } else if schema.starts_with("pg_") || schema == "information_schema" {
        values.refuse(&place, format!("{} belongs to Postgres itself: choose another schema", shown(&schema)));
    }
    let table_names = table_names(values, reports);
    let adopt = adopt(values, reports, &table_names);
    let place = values.table("database").place("grant_select_to");
    let grant_select_to = values.table("database").list("grant_select_to").unwrap_or_default();
    for role in &grant_select_to {
        if let Some(text) = name_fault(role) {
            values.refuse(&place, format!("the role {} {text}", shown(role)));
        }
    }
    let tls_ca_file = tls_ca_file(values);
    let place = values.table("database").place("pooler");
    if values.table("database").text("pooler").as_deref() == Some("none")
        && [&url, &migrate_url].into_iter().flatten().any(leads_to_a_transaction_pooler)
    {
        let text = "\"none\" keeps statements by name, and the address leads to a pooler (port 6543 or 6432), which in transaction mode \
                    loses them: write \"transaction\", or use the direct address";
        values.warn(&place, text);
    }

    let instance = values.table("daemon").text("instance").unwrap_or_default();
    let table = values.table("database");
    Settings {
        instance,
        url,
        migrate_url,
        schema,
        max_connections: table.number("max_connections"),
        tls: match table.text("tls").as_deref() {
            Some("verify-full") => Some(Tls::VerifyFull),
            Some("require") => Some(Tls::Require),
            Some("disable") => Some(Tls::Disable),
            _ => None,
        },
        tls_ca_file,
        pooler: if table.text("pooler").as_deref() == Some("none") { Pooler::None } else { Pooler::Transaction },
        migrate: if table.text("migrate").as_deref() == Some("check") { Migrate::Check } else { Migrate::Auto },
        adopt,
        grant_select_to,
        touch_last_synced: match table.text("touch_last_synced").as_deref() {
            Some("daily") => TouchLastSynced::Daily,
            _ => TouchLastSynced::OnChange,
        },
        store_raw: table.flag("store_raw"),
        size_limit: table.bytes("size_limit"),
        table_names,
    }
}

/// The port that Supabase's poolers in transaction mode listen on, and PgBouncer by custom.
fn leads_to_a_transaction_pooler(url: &SecretString) -> bool {
    Url::parse(url.expose_secret()).is_ok_and(|url| matches!(url.port(), Some(6543 | 6432)))
}

fn ours(reports: &[String]) -> Vec<String> {
    let of_reports = reports.iter().map(|name| format!("{name}_insights"));
    TABLES.iter().map(|name| (*name).to_owned()).chain(of_reports).collect()
}

/// What readers get beyond the tables; Meta's own totals are a report too.
fn views(reports: &[String]) -> impl Iterator<Item = String> {
    let of_report = |name: &str| [format!("{name}_insights_view"), format!("{name}_actions")];
    let of_reports = reports.iter().map(String::as_str).chain(["account"]).flat_map(of_report);
    VIEWS.iter().map(|view| (*view).to_owned()).chain(of_reports)
}

fn table_names(values: &mut Values, reports: &[String]) -> BTreeMap<String, String> {
    let mut ours = ours(reports);
    ours.extend(views(reports));
    let mut renamed = BTreeMap::new();
    let mut places = BTreeMap::new();
    for (place, name) in values.free("tables") {
        if !ours.contains(&place.key) {
            // A report may stand in the file that could not be read.
            if values.is_complete {
                let guess = did_you_mean(&place.key, ours.iter().map(String::as_str));
                values.refuse(&place, format!("is no table of adsync: the key is our name, the value is yours{guess}"));
            }
        } else if let Some(text) = name_fault(&name) {
            values.refuse(&place, text);
        } else {
            renamed.insert(place.key.clone(), name);
            places.insert(place.key.clone(), place);
        }
    }
    // Those that keep their names come first, so that the renamed one is told of a clash.
    let mut owners = BTreeMap::new();
    owners.extend(ours.iter().filter(|name| !renamed.contains_key(*name)).map(|name| (name.clone(), name.clone())));
    for (name, new) in &renamed {
        match (owners.get(new), places.get(name)) {
            (Some(owner), Some(place)) => {
                let text = format!("{} is already the name of our {owner}: choose another name", shown(new));
                values.refuse(place, text);
            }
            _ => {
                owners.insert(new.clone(), name.clone());
            }
        }
    }
    renamed
}

fn adopt(values: &mut Values, reports: &[String], renamed: &BTreeMap<String, String>) -> Vec<String> {
    let names: Vec<String> =
        ours(reports).into_iter().map(|name| renamed.get(&name).cloned().unwrap_or(name)).collect();
    let place = values.table("database").place("adopt");
    let mut adopt = values.table("database").list("adopt").unwrap_or_default();
    for table in &adopt {
        if !names.contains(table) && values.is_complete {
            let guess = did_you_mean(table, names.iter().map(String::as_str));
            let cure = "no table of adsync has that name, here or under [tables]";
            values.refuse(&place, format!("{} cannot be adopted: {cure}{guess}", shown(table)));
        }
    }
    adopt.sort();
    adopt.dedup();
    adopt
}

fn tls_ca_file(values: &mut Values) -> Option<PathBuf> {
    let path = PathBuf::from(values.table("database").text("tls_ca_file")?);
    let place = values.table("database").place("tls_ca_file");
    match begins_as_pem(&path) {
        Ok(true) => {}
        Ok(false) => {
            values.refuse(&place, "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----): name another file")
        }
        Err(error) => {
            let cure = "correct the path, or download the certificate (Supabase: Database settings, SSL)";
            values.refuse(
                &place,
                format!("{} cannot be read ({}): {cure}", shown(&path.to_string_lossy()), error.kind()),
            );
        }
    }
    Some(path)
}

fn begins_as_pem(path: &Path) -> std::io::Result<bool> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(1024 * 1024).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE-----"))
}
