//! The process itself and what it talks to: Meta's address, the daemon's name, the status page, alerts, the log.

use std::net::SocketAddr;

use url::{Host, Url};

use crate::config::Web;
use crate::config::problem::{did_you_mean, shown};
use crate::config::secrets::{self, Secrets};
use crate::config::values::Values;
use crate::telemetry::{self, Format};
use crate::{alert, daemon, meta};

/// Judges `[meta]`, as far as it is about reaching it.
pub(super) fn meta(values: &mut Values) -> Option<meta::Settings> {
    let table = values.table("meta");
    let (url, version) = (table.text("base_url").unwrap_or_default(), table.text("api_version").unwrap_or_default());
    let (url_place, version_place) = (table.place("base_url"), table.place("api_version"));
    let base_url = base_url(&url).map_err(|text| values.refuse(&url_place, text)).ok();
    if !is_version(&version) {
        values.refuse(&version_place, format!("must look like v26.0, not {}", shown(&version)));
    }
    let table = values.table("meta");
    Some(meta::Settings {
        base_url: base_url?,
        api_version: version,
        page_size: table.number("page_size"),
        request_timeout: table.span("request_timeout"),
        max_concurrency: usize::try_from(table.number("max_concurrency")).unwrap_or(1),
        max_wait: table.span("max_wait"),
    })
}

fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    text.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(a, b)| is_number(a) && is_number(b))
}

/// The token travels there, so the address is never quoted, has no room for secrets and is encrypted.
fn base_url(text: &str) -> Result<Url, String> {
    const EXAMPLE: &str = "write https://graph.facebook.com";
    let url = Url::parse(text).map_err(|error| format!("is no web address ({error}): {EXAMPLE}"))?;
    let is_loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => {
            return Err("sends the token in the clear: write https://, plain http is for this machine only".to_owned());
        }
        _ => return Err(format!("must begin with https://: {EXAMPLE}")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("holds a user or a password: {EXAMPLE}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("holds a query: {EXAMPLE}"));
    }
    if url.path_segments().is_some_and(|mut parts| parts.any(is_version)) {
        return Err(format!("holds the version, which is meta.api_version: {EXAMPLE}"));
    }
    Ok(url)
}

/// Judges `[daemon]`.
pub(super) fn daemon(values: &mut Values) -> daemon::Settings {
    let table = values.table("daemon");
    let (place, instance) = (table.place("instance"), table.text("instance").unwrap_or_default());
    if instance.is_empty() || instance.len() > 100 || instance.chars().any(char::is_control) {
        values.refuse(&place, "must be a name of 1 to 100 bytes: write \"adsync\"");
    }
    daemon::Settings {
        instance,
        shutdown_grace: values.table("daemon").span("shutdown_grace"),
        retention_days: values.table("database").number("retention_days"),
    }
}

/// Judges `[web]` and its tokens.
pub(super) fn web(values: &mut Values, secrets: &mut Secrets<'_>) -> Option<Web> {
    let admin_token = secrets.read("ADSYNC_ADMIN_TOKEN", secrets::token, None);
    let read_token = secrets.read("ADSYNC_READ_TOKEN", secrets::token, None);
    let table = values.table("web");
    let (place, listen) = (table.place("listen"), table.text("listen").unwrap_or_default());
    match listen.parse::<SocketAddr>() {
        Ok(listen) => {
            if !listen.ip().is_loopback() && read_token.is_none() {
                let doubt = "can be reached from other machines, and ADSYNC_READ_TOKEN is not set: until it is, the page shows nothing";
                values.warn(&place, doubt);
            }
            Some(Web { listen, admin_token, read_token })
        }
        Err(_) => {
            let cure = "must be an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080";
            values.refuse(&place, format!("{cure}, not {}", shown(&listen)));
            None
        }
    }
}

/// Judges `[alerts]` and its addresses.
pub(super) fn alerts(values: &Values, secrets: &mut Secrets<'_>) -> alert::Settings {
    alert::Settings {
        stale_after: values.table("alerts").span("stale_after"),
        away_after: alert::Settings::AWAY_AFTER,
        webhook_url: secrets.read("ADSYNC_WEBHOOK_URL", secrets::web_address, None),
        heartbeat_url: secrets.read("ADSYNC_HEARTBEAT_URL", secrets::web_address, None),
    }
}

/// Judges `[log]`.
pub(super) fn log(values: &mut Values) -> telemetry::Settings {
    let table = values.table("log");
    let (place, level) = (table.place("level"), table.text("level").unwrap_or_default());
    if let Err(text) = filter(&level) {
        values.refuse(&place, text);
    }
    let table = values.table("log");
    telemetry::Settings {
        directory: table.text("directory").map(Into::into),
        files_kept: usize::try_from(table.number("files_kept")).unwrap_or(1),
        format: if table.text("format").as_deref() == Some("text") { Format::Text } else { Format::Json },
        level,
    }
}

/// A filter is a level, or levels by module. A bare word that is no level would be taken for a module and silence
/// everything else, so it is refused.
fn filter(text: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    for part in text.split(',').map(str::trim) {
        let (module, level) = part.split_once('=').map_or((None, part), |(module, level)| (Some(module), level));
        let is_module =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':');
        if !LEVELS.contains(&level) || module.is_some_and(|name| !is_module(name)) {
            let guess = did_you_mean(level, LEVELS);
            return Err(format!(
                "must be a level ({}), or levels by module as in info,adsync=debug, not {}{guess}",
                LEVELS.join(", "),
                shown(part)
            ));
        }
    }
    Ok(())
}
