//! What to say of a key that nobody knows: the nearest known one, or where secrets belong.

use super::file::{KEYS, SECTIONS, Shape};
use super::problem::{did_you_mean, nearest, shown_word};

/// The sentence about an unknown key, with its cure.
pub(super) fn advice(path: &[String]) -> String {
    if let Some(advice) = secret_advice(path) {
        return advice;
    }
    let [section, rest @ ..] = path else { return String::new() };
    let leaf = path.last().map_or("", String::as_str);
    let Some(known) = SECTIONS.iter().find(|s| s.name == section) else {
        return unknown_section(section, rest, leaf);
    };
    if let Some(near) = nearest(&leaf.to_lowercase(), keys_of(known.name)) {
        return format!("unknown key; did you mean {}?", full_name(known.name, near, Some(path)));
    }
    if let Some(moved) = elsewhere(leaf) {
        return format!("unknown key; did you mean {moved}?");
    }
    let keys: Vec<&str> = keys_of(known.name).collect();
    if keys.is_empty() {
        return format!("unknown key; [{section}] takes our_name = \"your_name\"");
    }
    format!("unknown key; [{}] takes {}", header(known.name, path), keys.join(", "))
}

fn unknown_section(section: &str, rest: &[String], leaf: &str) -> String {
    let names = || SECTIONS.iter().map(|s| s.name);
    if rest.is_empty()
        && let Some(moved) = elsewhere(leaf)
    {
        return format!("unknown key; did you mean {moved}?");
    }
    let guess = did_you_mean(section, names());
    if guess.is_empty() {
        return format!("unknown section; the sections are {}", names().collect::<Vec<_>>().join(", "));
    }
    format!("unknown section{guess}")
}

fn keys_of(section: &str) -> impl Iterator<Item = &'static str> + use<'_> {
    KEYS.iter().filter(move |k| k.section == section && k.name != "*").map(|k| k.name)
}

/// A key of that name in another section.
fn elsewhere(leaf: &str) -> Option<String> {
    KEYS.iter().find(|k| k.name.eq_ignore_ascii_case(leaf)).map(|k| full_name(k.section, k.name, None))
}

fn full_name(section: &str, key: &str, path: Option<&[String]>) -> String {
    let is_named = SECTIONS.iter().any(|s| s.name == section && s.shape == Shape::Named);
    match path {
        _ if !is_named => format!("{section}.{key}"),
        Some([_, name, _, ..]) => format!("{section}.{}.{key}", shown_word(name)),
        _ => format!("{section}.<name>.{key}"),
    }
}

fn header(section: &str, path: &[String]) -> String {
    match path {
        [_, name, _, ..] if full_name(section, "", None).contains("<name>") => {
            format!("{section}.{}", shown_word(name))
        }
        _ => section.to_owned(),
    }
}

/// Says where a secret belongs, if the key looks like one. What the file holds is not looked at.
fn secret_advice(path: &[String]) -> Option<String> {
    let section = path.first()?.to_lowercase();
    let leaf = path.last()?.to_lowercase();
    let is = |words: &[&str]| words.contains(&leaf.as_str());
    let from = |variable: &str| {
        Some(format!(
            "secrets come from the environment: set {variable}, or {variable}_FILE to the path of a file, \
             and delete it here"
        ))
    };
    let mentions = |words: &[&str]| words.iter().any(|w| leaf.contains(w));
    if is(&["migrate_url", "migrate_database_url", "adsync_migrate_database_url", "owner_url"]) {
        return from("ADSYNC_MIGRATE_DATABASE_URL");
    }
    if is(&["webhook", "webhook_url", "adsync_webhook_url"]) {
        return from("ADSYNC_WEBHOOK_URL");
    }
    if is(&["heartbeat", "heartbeat_url", "adsync_heartbeat_url"]) {
        return from("ADSYNC_HEARTBEAT_URL");
    }
    if mentions(&["admin_token", "admin_password"]) {
        return from("ADSYNC_ADMIN_TOKEN");
    }
    if mentions(&["read_token"]) {
        return from("ADSYNC_READ_TOKEN");
    }
    let is_database =
        section == "database" && (is(&["url", "dsn", "uri"]) || mentions(&["password", "token", "secret"]));
    if is_database || mentions(&["database_url", "postgres_url", "db_url", "service_role_key"]) {
        return from("DATABASE_URL");
    }
    if matches!(section.as_str(), "tokens" | "accounts") && mentions(&["token", "secret"]) {
        return Some(
            "secrets come from the environment: delete it here and name the variable that holds it, \
             for example tokens.aurora.variable = \"META_ACCESS_TOKEN_AURORA\""
                .to_owned(),
        );
    }
    if mentions(&["app_secret", "appsecret"]) {
        return from("META_APP_SECRET");
    }
    if mentions(&["token"]) {
        return from("META_ACCESS_TOKEN");
    }
    mentions(&["secret", "password"]).then(|| {
        "secrets come from the environment, never from a file that is read as config: delete it here".to_owned()
    })
}
