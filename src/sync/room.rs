//! The room that the database has: how large it is beside the limit of its plan, and what a run will add.

use crate::rows::table::Table;
use crate::store::{self, Db, volume};

use super::engine::Engine;
use super::preview::known;
use super::report::Warning;

/// The warning's code.
const DATABASE_NEARLY_FULL: &str = "database_nearly_full";
/// From which share of the limit on it is told: the rest is some weeks of an ordinary account.
const NEARLY_PCT: u64 = 90;
/// Below which share an alert ends: a database at the border is not told of again and again.
const ROOMY_PCT: u64 = 85;
/// What a row of insights takes with its indexes, where the table cannot tell yet: 30 columns and four objects of actions.
/// Measured by `cargo bench`; accounts with many kinds of conversions have rows of twice that.
const BYTES_OF_INSIGHTS: u64 = 1_000;
/// What a campaign, ad set or ad takes: mostly its targeting.
const BYTES_OF_OBJECT: u64 = 2_000;

/// How large the database is, and how large it may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes of the whole database.
    pub bytes: u64,
    /// `database.size_limit`.
    pub limit: Option<u64>,
}

impl Room {
    /// Looks at the database.
    pub async fn of(db: &Db, limit: Option<u64>) -> Result<Self, store::Error> {
        Ok(Self { bytes: volume::database_bytes(db).await?, limit })
    }

    /// The share of the limit that so many bytes more would fill, in percent.
    fn filled_pct(self, more: u64) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        Some(self.bytes.saturating_add(more).saturating_mul(100) / limit)
    }

    /// How large the database is, in words.
    pub fn words(self) -> String {
        match (self.limit, self.filled_pct(0)) {
            (Some(limit), Some(pct)) => format!("{} of {} ({pct} %)", size(self.bytes), size(limit)),
            _ => size(self.bytes),
        }
    }

    /// What is to be said where the database is nearly as large as it may be, or would be with so many bytes more.
    pub fn complaint(self, more: u64) -> Option<String> {
        self.complaint_above(NEARLY_PCT, more)
    }

    /// What an alert says of it, which ends later than it begins.
    pub fn alarm(self, was_told: bool) -> Option<String> {
        self.complaint_above(if was_told { ROOMY_PCT } else { NEARLY_PCT }, 0)
    }

    fn complaint_above(self, most_pct: u64, more: u64) -> Option<String> {
        let (limit, pct) = (self.limit?, self.filled_pct(more)?);
        let then = if more > 0 { format!(", and {} more would make it {pct} %", size(more)) } else { String::new() };
        (pct > most_pct).then(|| {
            format!(
                "the database has {} of the {} of database.size_limit ({} %){then}: a full one takes no row any more. Choose a larger plan, or delete what nobody reads.",
                size(self.bytes),
                size(limit),
                self.filled_pct(0).unwrap_or(0),
            )
        })
    }
}

impl Engine {
    /// What a run says of a database that is nearly full.
    pub(super) async fn warn_of_room(&self) -> Option<Warning> {
        self.size_limit?;
        let room = self.noting("the size of the database", Room::of(&self.db, self.size_limit)).await?;
        let message = room.complaint(0)?;
        Some(Warning { code: DATABASE_NEARLY_FULL, account_id: String::new(), step: String::new(), message, count: 1 })
    }

    /// What so many new rows of a table will take: by the table's own rows, or else by what is usual.
    pub(super) async fn bytes_of(&self, table: &Table, rows: u64) -> Result<u64, store::Error> {
        if rows == 0 {
            return Ok(0);
        }
        let own = known(volume::bytes_per_row(&self.db, &table.name).await)?.flatten();
        let usual = if table.report.is_some() { BYTES_OF_INSIGHTS } else { BYTES_OF_OBJECT };
        Ok(rows.saturating_mul(own.unwrap_or(usual)))
    }
}

/// A size for people, in the units of `database.size_limit`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, word)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} bytes");
    };
    let tenths = bytes / (unit / 10);
    match tenths {
        0..100 => format!("{}.{} {word}", tenths / 10, tenths % 10),
        _ => format!("{} {word}", bytes / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_units_of_the_limit() {
        let told = [12, 8_192, 9_950_000, 123_456_789, 8_000_000_000].map(size);
        assert_eq!(told, ["12 bytes", "8.1 kB", "9.9 MB", "123 MB", "8.0 GB"]);
    }

    #[test]
    fn a_database_that_is_nearly_full_or_will_be_is_told() {
        let room = Room { bytes: 7_000_000_000, limit: Some(8_000_000_000) };
        assert_eq!(room.words(), "7.0 GB of 8.0 GB (87 %)");
        assert_eq!(room.complaint(0), None);
        assert!(room.complaint(900_000_000).unwrap().contains("900 MB more would make it 98 %"));
        let full = Room { bytes: 7_900_000_000, ..room };
        assert!(full.complaint(0).unwrap().contains("(98 %): a full one"), "{:?}", full.complaint(0));
        assert_eq!(Room { limit: None, ..full }.complaint(u64::MAX), None);
        let at = |bytes| [true, false].map(|was_told| Room { bytes, ..room }.alarm(was_told).is_some());
        assert_eq!(at(7_000_000_000), [true, false], "an alert ends later than it begins");
        assert_eq!((at(7_900_000_000), at(6_000_000_000)), ([true, true], [false, false]));
    }
}
