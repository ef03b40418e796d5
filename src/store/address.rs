//! The address of the database as options of a connection: the manners of TLS, and nothing that a pooler refuses.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::error::{Class, Error};
use super::{Pooler, Settings, Tls};

/// Statements that a direct connection keeps by name.
const NAMED_STATEMENTS: usize = 100;

/// Reads an address and adds what the configuration says.
pub(super) fn options(settings: &Settings, url: &SecretString) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        // The library's message would repeat parts of the URL.
        .map_err(|_| {
            Error::plain(
                Class::Login,
                "DATABASE_URL is no address of the form postgres://user:password@host:5432/database",
            )
        })?;
    let is_near = options.get_socket().is_some() || is_loopback(options.get_host());
    let options = match (settings.tls, is_near) {
        (Some(Tls::VerifyFull), _) | (None, false) => options.ssl_mode(PgSslMode::VerifyFull),
        // Who names an authority wants it asked, as libpq understands it.
        (Some(Tls::Require), _) if settings.tls_ca_file.is_some() => options.ssl_mode(PgSslMode::VerifyCa),
        (Some(Tls::Require), _) => options.ssl_mode(PgSslMode::Require),
        (Some(Tls::Disable), _) => options.ssl_mode(PgSslMode::Disable),
        (None, true) => options,
    };
    let options = match &settings.tls_ca_file {
        Some(file) => options.ssl_root_cert(file),
        None => options,
    };
    let capacity = if settings.pooler == Pooler::None { NAMED_STATEMENTS } else { 0 };
    Ok(options
        .application_name("adsync")
        .statement_cache_capacity(capacity)
        // A PgBouncer without ignore_startup_parameters refuses it.
        .extra_float_digits(None)
        .log_statements(tracing::log::LevelFilter::Off)
        .log_slow_statements(tracing::log::LevelFilter::Off, Duration::ZERO))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.starts_with('/')
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Adds the host to what went wrong on the way there; user and password stay out.
pub(super) fn named(error: Error, options: &PgConnectOptions) -> Error {
    match error.class {
        Class::Unavailable | Class::Tls | Class::OtherHost | Class::Expired | Class::PlainText => Error {
            message: format!("{} (host {}, port {})", error.message, options.get_host(), options.get_port()),
            ..error
        },
        _ => error,
    }
}
