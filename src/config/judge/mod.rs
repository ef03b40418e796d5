//! What the values mean: each subject judges its own, and only a configuration without a problem becomes settings.

mod accounts;
mod database;
mod process;
mod reports;
mod schedules;
mod vocabulary;

use super::environment::Environment;
use super::file::Place;
use super::problem::{Origin, Problem, Problems, redacted, shown};
use super::secrets::Secrets;
use super::values::Values;
use super::{Entry, Loaded, Needs, Settings};

/// Judges everything, however much of it is wrong.
pub(super) fn judge(mut values: Values, environment: &Environment, needs: Needs) -> Result<Loaded, Problems> {
    let mut secrets = Secrets::new(environment, needs);
    let accounts = accounts::judge(&mut values, &mut secrets);
    let meta = process::meta(&mut values);
    let reports = reports::judge(&mut values);
    let database = database::judge(&mut values, &mut secrets, &reports.names);
    let schedules = schedules::judge(&mut values, &accounts.accounts, &reports);
    let daemon = process::daemon(&mut values);
    let web = process::web(&mut values, &mut secrets);
    let alerts = process::alerts(&values, &mut secrets);
    let log = process::log(&mut values);
    let sync = accounts::sync_settings(&values, accounts, reports);

    let Secrets { problems: of_secrets, entries: secret_entries, hidden, .. } = secrets;
    let mut problems = std::mem::take(&mut values.problems);
    problems.extend(of_secrets);
    if problems.is_empty() {
        if let (Some(meta), Some(web)) = (meta, web) {
            let settings = Settings { daemon, meta, sync, database, schedules, web, alerts, log };
            let warnings = Problems::new(std::mem::take(&mut values.warnings), &hidden).iter().cloned().collect();
            return Ok(Loaded { settings, warnings, entries: entries(&values, secret_entries, &hidden) });
        }
        // Not reachable while every judge tells why it gives nothing; a sentence is still better than a panic.
        let text = "the configuration cannot be used: compare it with config/default.toml".to_owned();
        problems.push(Problem { origin: Origin::BuiltIn, line: None, key: None, text });
    }
    Err(Problems::new(problems, &hidden))
}

fn entries(values: &Values, mut of_secrets: Vec<Entry>, hidden: &[secrecy::SecretString]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = values
        .in_use()
        .into_iter()
        .map(|(place, written, origin)| Entry {
            key: place.to_string(),
            value: redacted(written, hidden),
            origin: origin.clone(),
        })
        .collect();
    // Said by nobody, it is none of the words that could be written.
    if let Some(n) = entries.iter().position(|entry| entry.key == "database.tls_ca_file")
        && !entries.iter().any(|entry| entry.key == "database.tls")
    {
        let value = "verify-full, none on loopback".to_owned();
        entries.insert(n, Entry { key: "database.tls".to_owned(), value, origin: Origin::BuiltIn });
    }
    of_secrets.dedup();
    entries.append(&mut of_secrets);
    entries
}

/// Whether a text is a name: a small letter, then small letters, digits, underscores and what else is allowed.
fn is_name(text: &str, also: &[u8]) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && text.len() <= 41
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || also.contains(&b))
}

/// What keeps a text from being the name of a table, a schema or a role. They are quoted, so most texts will do.
fn name_fault(text: &str) -> Option<String> {
    if text.is_empty() {
        Some("is empty: give a name".to_owned())
    } else if text.len() > 63 {
        Some(format!("has {} bytes, Postgres cuts names at 63: choose a shorter name", text.len()))
    } else if text.chars().any(char::is_control) {
        Some("holds a control character: choose a plain name".to_owned())
    } else {
        None
    }
}

/// Refuses action types and fields that are empty or not printable.
fn judge_words(values: &mut Values, place: &Place, words: &[String]) {
    for word in words {
        if word.is_empty() {
            values.refuse(place, "holds an empty text: take it out, or look for a comma too many");
        } else if word.chars().any(char::is_control) {
            values.refuse(place, format!("{} holds a control character: write it again", shown(word)));
        }
    }
}
