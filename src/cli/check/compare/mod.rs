//! `adsync check --compare-with`: what a table that a script filled has otherwise than adsync, and why. It reads the
//! database only, writes nothing, and asks Meta nothing.

mod columns;
mod figures;
mod judge;
mod reason;
mod window;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::config::Settings;
use crate::rows::report::Level;
use crate::store::Db;
use crate::store::foreign::{self, Day, Foreign, Object};
use crate::sync::tables;

use super::super::Failed;
use super::super::output::say;
use columns::{Columns, Holds};
use figures::Days;

/// Rows of the table that are read at the most.
const MOST_ROWS: usize = 500_000;
/// How far back adsync's own days are read for a table without days: more than any window that scripts keep.
const WINDOWS_BACK: TimeDelta = TimeDelta::days(130);
/// How far back they are read at the most.
const DAYS_BACK: TimeDelta = TimeDelta::days(400);

/// A table's name as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    schema: Option<String>,
    table: String,
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |part: &str| part.trim().trim_matches('"').to_owned();
        let name = match text.split_once('.') {
            Some((schema, table)) => Self { schema: Some(part(schema)), table: part(table) },
            None => Self { schema: None, table: part(text) },
        };
        let is_empty = name.table.is_empty() || name.schema.as_ref().is_some_and(String::is_empty);
        let is_long = name.table.len() > 63 || text.contains('\0');
        if is_empty || is_long { Err("write schema.table, as in public.adsets".to_owned()) } else { Ok(name) }
    }
}

/// A row of somebody's table, as far as it was recognised.
#[derive(Debug, Clone)]
struct Row {
    /// The object's id.
    id: String,
    /// The day, where the table has one.
    date: Option<NaiveDate>,
    /// When it was written.
    written: Option<DateTime<Utc>>,
    /// Every recognised cell, in the order of the columns.
    cells: Vec<Option<String>>,
}

/// Somebody's table beside what adsync holds.
struct Scripts {
    foreign: Foreign,
    columns: Columns,
    /// Ad sets or campaigns.
    level: Level,
    /// The column whose ids are known.
    id: String,
    rows: Vec<Row>,
    /// Rows without a readable id or day.
    unreadable: usize,
    /// Whether there are more rows than were read.
    is_cut: bool,
}

/// What adsync holds.
struct Ours {
    objects: BTreeMap<String, Object>,
    days: BTreeMap<String, Days>,
    /// The days that were read to their end.
    read: HashSet<NaiveDate>,
    /// The newest day with a row.
    newest: Option<NaiveDate>,
    /// The first day that is compared.
    since: NaiveDate,
}

/// Compares, and says what came of it.
pub(super) async fn compare(db: &Db, settings: &Settings, name: &Name, now: DateTime<Utc>) -> Result<(), Failed> {
    let schema = name.schema.as_deref().unwrap_or("public");
    let Some(foreign) = foreign::find(db, schema, &name.table).await? else {
        return Err(Failed::Usage(format!(
            "--compare-with: there is no table or view {schema}.{}: write schema.table as it stands in the database",
            name.table
        )));
    };
    let Some(report) = tables::rolled_up(&settings.sync.reports) else {
        let text = "--compare-with: no daily report of level adset without breakdowns is configured to compare with";
        return Err(Failed::Usage(text.to_owned()));
    };
    let report = report.name.clone();
    if !foreign::is_there(db, &format!("{report}_insights")).await? {
        return Err(Failed::Usage(words::NOTHING_HELD.to_owned()));
    }
    if is_ours(db, &foreign, &report) {
        return Err(Failed::Usage(words::ours(&foreign)));
    }
    let columns = Columns::of(&foreign);
    if !columns.parts.is_empty() {
        return Err(Failed::Usage(words::parts(&foreign, &columns)));
    }
    let list: Vec<_> = columns.known.iter().map(|column| (column.name.clone(), column.holds.reading())).collect();
    if !columns.known.iter().any(|column| column.holds.is_id()) {
        return Err(Failed::Usage(words::unknown(&foreign)));
    }
    let cells = foreign.rows(db, &list, MOST_ROWS + 1).await?;
    let scripts = match judge::recognised(db, foreign, columns, cells).await? {
        Ok(scripts) => scripts,
        Err(refusal) => return Err(Failed::Usage(refusal)),
    };
    let first = scripts.rows.iter().filter_map(|row| row.date).min();
    let since = first.unwrap_or((now - WINDOWS_BACK).date_naive()).max((now - DAYS_BACK).date_naive());
    let ours = held(db, &report, scripts.level, since).await?;
    let findings = judge::judge(&scripts, &ours);
    words::told(&scripts, &ours, &findings).iter().for_each(|line| say(line));
    Ok(())
}

/// Whether a table is one that adsync keeps.
fn is_ours(db: &Db, foreign: &Foreign, report: &str) -> bool {
    let insights = format!("{report}_insights");
    let kept = ["adsets", "campaigns", "ads", "ad_accounts", "adsets_view", "campaigns_view", &insights];
    foreign.schema == db.names.schema() && kept.iter().any(|table| foreign.name == db.names.relation(table))
}

/// What adsync holds of a level since a day.
async fn held(db: &Db, report: &str, level: Level, since: NaiveDate) -> Result<Ours, Failed> {
    let objects = foreign::objects(db, level).await?;
    // A day more: a row may have the figures of the day before its own.
    let (days, read) = foreign::days(db, report, level, since - TimeDelta::days(1)).await?;
    let newest = days.iter().map(|day| day.date).max();
    let mut by_object: BTreeMap<String, Days> = BTreeMap::new();
    for day in days {
        by_object.entry(day.id.clone()).or_default().insert(day.date, day);
    }
    let objects = objects.into_iter().map(|object| (object.id.clone(), object)).collect();
    Ok(Ours { objects, days: by_object, read, newest, since })
}

impl Ours {
    /// Every object that is known, with figures or without.
    fn ids(&self) -> BTreeSet<&str> {
        self.objects.keys().chain(self.days.keys()).map(String::as_str).collect()
    }

    /// The state of an object, in a word.
    fn state(&self, id: &str) -> &str {
        self.objects.get(id).map_or("unknown", |object| &object.state)
    }

    /// An object's row of a day.
    fn day(&self, id: &str, date: NaiveDate) -> Option<&Day> {
        self.days.get(id)?.get(&date)
    }
}

impl Scripts {
    /// Whether a row is of a day.
    fn has_days(&self) -> bool {
        self.columns.place(Holds::Date).is_some()
    }

    /// A cell of a row.
    fn cell<'a>(&self, row: &'a Row, holds: Holds) -> Option<&'a str> {
        row.cells.get(self.columns.place(holds)?)?.as_deref()
    }

    /// The word for an object of this level.
    fn word(&self) -> &'static str {
        if self.level == Level::Adset { "ad set" } else { "campaign" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_with_its_schema_or_without() {
        let name = |text: &str| text.parse::<Name>().map(|name| (name.schema.unwrap_or_default(), name.table));
        assert_eq!(name("public.adsets"), Ok(("public".to_owned(), "adsets".to_owned())));
        assert_eq!(name("\"My\".\"Ad Sets\""), Ok(("My".to_owned(), "Ad Sets".to_owned())));
        assert_eq!(name("adsets"), Ok((String::new(), "adsets".to_owned())));
        for wrong in ["", ".", "public.", ".adsets"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
