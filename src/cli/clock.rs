//! Instants as people read them: on the clock of the account where only one zone is meant, else in UTC, and always with
//! the zone's name. JSON has them in UTC.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::store::{self, Db, accounts};
use crate::sync::preview::known;

/// The zone that all of some accounts have; UTC where they have several, or where none is known.
pub(super) async fn zone_of(db: &Db, digits: impl Iterator<Item = &str>) -> Result<Tz, store::Error> {
    let zones = known(accounts::zones(db).await)?.unwrap_or_default();
    let named: BTreeSet<Option<&String>> = digits.map(|digits| zones.get(digits)).collect();
    Ok(shared(named.into_iter().map(|zone| zone?.parse().ok())))
}

/// The only one of some zones; UTC where they differ, or where one is not known.
pub(super) fn shared(mut zones: impl Iterator<Item = Option<Tz>>) -> Tz {
    let first = zones.next().flatten().unwrap_or(Tz::UTC);
    if zones.all(|zone| zone == Some(first)) { first } else { Tz::UTC }
}

/// An instant with its zone named.
pub(super) fn at(instant: DateTime<Utc>, zone: Tz) -> String {
    format!("{} {}", plain(instant, zone), zone.name())
}

/// An instant where the zone is named elsewhere.
pub(super) fn plain(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_zones_are_told_in_utc() {
        let (sao_paulo, tokyo) = (Some(Tz::America__Sao_Paulo), Some(Tz::Asia__Tokyo));
        assert_eq!(shared([sao_paulo, sao_paulo].into_iter()), Tz::America__Sao_Paulo);
        assert_eq!(shared([sao_paulo, tokyo].into_iter()), Tz::UTC);
        assert_eq!(shared([None, tokyo].into_iter()), Tz::UTC);
        assert_eq!(shared([tokyo, None].into_iter()), Tz::UTC);
        assert_eq!(shared([].into_iter()), Tz::UTC);
    }

    #[test]
    fn an_instant_names_its_zone() {
        let instant = "2026-03-01T02:30:00.9Z".parse().unwrap();
        assert_eq!(at(instant, Tz::America__Sao_Paulo), "2026-02-28 23:30:00 America/Sao_Paulo");
    }
}
