//! What readings changed of the sums of days: found where coverage is written, kept with the step that read.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::error::Error;

/// Days that are kept by themselves; of more there is the number alone.
const KEPT: usize = 100;

/// Days of reports whose sums are others than before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<(NaiveDate, String), Change>);

/// The sums of a day before and after; `None` before where the day was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Before.
    pub before: Option<Sums>,
    /// After.
    pub after: Sums,
}

/// The sums of a day's rows in one report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many rows there are.
    pub rows: i32,
    /// Major units.
    pub spend: Option<Decimal>,
    /// Times shown.
    pub impressions: Option<i64>,
    /// All clicks.
    pub clicks: Option<i64>,
}

impl Changes {
    /// Takes in what came later: of a day that changed twice, what it was at first and what it is now.
    pub fn add(&mut self, later: Self) {
        for (day, change) in later.0 {
            self.0.entry(day).and_modify(|earlier| earlier.after = change.after).or_insert(change);
        }
    }

    /// How many days it is.
    pub(super) fn days(&self) -> u64 {
        u64::try_from(self.changed().count()).unwrap_or(u64::MAX)
    }

    /// The newest of them as the table keeps them; `None` where there are none.
    pub(super) fn json(&self) -> Option<String> {
        let days: Vec<String> = self.changed().rev().take(KEPT).map(|(day, change)| json(day, change)).collect();
        (!days.is_empty()).then(|| format!("[{}]", days.join(",")))
    }

    fn changed(&self) -> impl DoubleEndedIterator<Item = (&(NaiveDate, String), &Change)> {
        self.0.iter().filter(|(_, change)| change.before != Some(change.after))
    }
}

fn json((date, report): &(NaiveDate, String), Change { before, after }: &Change) -> String {
    let pair = |of: &dyn Fn(&Sums) -> Option<String>| {
        let [before, after] =
            [before.as_ref().and_then(of), of(after)].map(|figure| figure.unwrap_or("null".to_owned()));
        format!("[{before},{after}]")
    };
    format!(
        "{{\"report\":{},\"date\":\"{date}\",\"rows\":{},\"spend\":{},\"impressions\":{},\"clicks\":{}}}",
        serde_json::Value::from(report.as_str()),
        pair(&|sums| Some(sums.rows.to_string())),
        // A decimal's own digits: a number of JSON would pass through a binary one.
        pair(&|sums| sums.spend.map(|spend| spend.to_string())),
        pair(&|sums| sums.impressions.map(|count| count.to_string())),
        pair(&|sums| sums.clicks.map(|count| count.to_string())),
    )
}

/// The days that a statement which writes coverage gives back.
pub(super) fn of_rows(report: &str, rows: &[PgRow]) -> Result<Changes, Error> {
    let mut changes = Changes::default();
    for row in rows {
        let was_there: bool = row.try_get("was_there")?;
        let before = Sums {
            rows: row.try_get::<Option<i32>, _>("rows_before")?.unwrap_or(0),
            spend: row.try_get("spend_before")?,
            impressions: row.try_get("impressions_before")?,
            clicks: row.try_get("clicks_before")?,
        };
        let after = Sums {
            rows: row.try_get("rows")?,
            spend: row.try_get("spend")?,
            impressions: row.try_get("impressions")?,
            clicks: row.try_get("clicks")?,
        };
        let change = Change { before: was_there.then_some(before), after };
        changes.0.insert((row.try_get("date")?, report.to_owned()), change);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(spend: &str) -> Sums {
        Sums { rows: 2, spend: Some(spend.parse().unwrap()), impressions: Some(10), clicks: None }
    }

    fn changed(date: &str, before: Option<&str>, after: &str) -> Changes {
        let change = Change { before: before.map(sums), after: sums(after) };
        Changes(BTreeMap::from([((date.parse().unwrap(), "adset".to_owned()), change)]))
    }

    #[test]
    fn a_day_that_changed_twice_is_told_once_and_one_that_changed_back_not_at_all() {
        let mut twice = changed("2026-03-01", None, "1.10");
        twice.add(changed("2026-03-01", Some("1.10"), "2.50"));
        let told = "[{\"report\":\"adset\",\"date\":\"2026-03-01\",\"rows\":[null,2],\"spend\":[null,2.50],\
                    \"impressions\":[null,10],\"clicks\":[null,null]}]";
        assert_eq!((twice.days(), twice.json().as_deref()), (1, Some(told)));
        let mut back = changed("2026-03-01", Some("1.10"), "2.50");
        back.add(changed("2026-03-01", Some("2.50"), "1.1"));
        assert_eq!((back.days(), back.json()), (0, None));
    }

    #[test]
    fn of_many_days_the_newest_are_kept_and_all_are_counted() {
        let mut many = Changes::default();
        let first: NaiveDate = "2025-01-01".parse().unwrap();
        for date in first.iter_days().take(150) {
            many.add(changed(&date.to_string(), None, "1"));
        }
        let kept = many.json().unwrap();
        assert_eq!((many.days(), kept.matches("report").count()), (150, KEPT));
        assert!(kept.contains("2025-05-30") && !kept.contains("2025-02-19"), "{kept}");
    }
}
