//! The zone that a cron expression is read in: each account's own, or one by its IANA name.

use std::fmt;
use std::str::FromStr;

use chrono_tz::{TZ_VARIANTS, Tz};

/// The zone that a cron expression is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Each account's own.
    Account,
    /// One for all accounts.
    Named(Tz),
}

impl Zone {
    /// Gives the zone that counts for an account whose own zone is `account`.
    pub fn of(self, account: Tz) -> Tz {
        match self {
            Self::Account => account,
            Self::Named(zone) => zone,
        }
    }
}

/// Why a text is not a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Nothing was written.
    #[error("no time zone is named: write \"account\" or a name such as \"America/Sao_Paulo\"")]
    Empty,
    /// The name is close to one that exists.
    #[error("`{written}` is not a time zone; did you mean \"{nearest}\"?")]
    Misspelt {
        /// What was written.
        written: String,
        /// The name that resembles it most.
        nearest: &'static str,
    },
    /// The name resembles none.
    #[error("`{0}` is not a time zone: write \"account\" or a name such as \"America/Sao_Paulo\"")]
    Unknown(String),
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let written = text.trim();
        if written.is_empty() {
            return Err(ZoneError::Empty);
        }
        if written == "account" {
            return Ok(Self::Account);
        }
        written.parse().map(Self::Named).map_err(|_| match nearest(written) {
            Some(nearest) => ZoneError::Misspelt { written: written.to_owned(), nearest },
            None => ZoneError::Unknown(written.to_owned()),
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Named(zone) => f.write_str(zone.name()),
        }
    }
}

/// Finds the known name that resembles `written` most, if any does; a city without its continent counts as well.
fn nearest(written: &str) -> Option<&'static str> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(written);
    let likeness = |name: &str| {
        let name = plain(name);
        let city = name.rsplit('/').next().unwrap_or_default();
        strsim::jaro_winkler(&wanted, &name).max(strsim::jaro_winkler(&wanted, city))
    };
    std::iter::once("account")
        .chain(TZ_VARIANTS.iter().map(|zone| zone.name()))
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.88)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_reads_back_as_it_is_written() {
        for text in ["account", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"] {
            assert_eq!(text.parse::<Zone>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_misspelt_zone_is_answered_with_the_nearest_name() {
        for (written, nearest) in [
            ("America/Sao Paulo", "America/Sao_Paulo"),
            ("america/são_paulo", "America/Sao_Paulo"),
            ("Sao_Paulo", "America/Sao_Paulo"),
            ("Europe/Berln", "Europe/Berlin"),
            ("acount", "account"),
        ] {
            let told = written.parse::<Zone>().unwrap_err().to_string();
            assert!(told.contains(nearest), "{written}: {told}");
        }
    }

    #[test]
    fn an_offset_is_refused_with_an_example() {
        let told = "-03:00".parse::<Zone>().unwrap_err().to_string();
        assert!(told.contains("America/Sao_Paulo"), "{told}");
        assert_eq!("  ".parse::<Zone>(), Err(ZoneError::Empty));
    }
}
