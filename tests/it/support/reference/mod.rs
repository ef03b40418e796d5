//! What every table should hold, computed plainly from what happened in the world: no line of the product is asked.
//!
//! It keeps what was right when it was last read, as the database should: days that left the window, deleted objects.

pub(crate) mod coverage;
pub(crate) mod families;
pub(crate) mod figures;
pub(crate) mod ingredients;
pub(crate) mod objects;
pub(crate) mod reports;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use graph_sim::{Level, World};

use super::scene::Scene;
use families::Families;
use objects::Objects;
use reports::{Period, REPORTS, Report, TOTALS};

/// What every sync here looks back.
pub(crate) const LOOKBACK: u32 = 28;

/// A row as words, the day first.
pub(crate) type Words = Vec<String>;

/// The tables of one account as they should be after the last sync.
#[derive(Debug)]
pub(crate) struct Reference {
    account: String,
    families: Families,
    tables: BTreeMap<&'static str, BTreeSet<Words>>,
    objects: Objects,
}

impl Reference {
    /// An account of which nothing was read yet, by its digits.
    pub(crate) fn new(account: &str) -> Self {
        Self::counting(account, Families::default())
    }

    /// The same where these names of events count.
    pub(crate) fn counting(account: &str, families: Families) -> Self {
        Self { account: account.to_owned(), families, tables: BTreeMap::new(), objects: Objects::default() }
    }

    /// Takes over what a sync at the world's instant brings.
    pub(crate) fn sync(&mut self, world: &World) {
        let today = today(world, &self.account);
        let since = today - Days::new(u64::from(LOOKBACK));
        // Meta's totals are read as far back as the weeks and months reach that the window touches.
        let firsts = REPORTS.iter().map(|report| report.spans(since, today)[0].0);
        let touched = firsts.min().unwrap();
        for report in &REPORTS {
            let since = if report.table == TOTALS { touched } else { since };
            let spans = report.spans(since, today);
            let first = spans[0].0.to_string();
            let table = self.tables.entry(report.table).or_default();
            // A window takes the place of the one before.
            table.retain(|row| row[0] < first && report.period != Period::Window);
            table.extend(report.rows(world, (&self.account, &self.families), &spans, today));
        }
        self.objects.sync(world, (&self.account, &self.families), (since, today));
    }

    /// Fails where a table of the database differs.
    pub(crate) async fn assert_kept(&self, scene: &Scene, context: &str) {
        for report in &REPORTS {
            let held = self.held(scene, report).await;
            let expected = &self.tables[report.table];
            assert_eq!(held.len(), held.iter().collect::<BTreeSet<_>>().len(), "{context}: {} twice", report.table);
            same(expected, &held.into_iter().collect(), &format!("{context}: {}", report.table), &report.columns());
        }
        for (level, table) in objects::TABLES {
            let held = scene.db.query_text(&objects::sql(table, level, &self.account)).await;
            let columns = objects::columns(level);
            same(&self.objects.rows(level), &held.into_iter().collect(), &format!("{context}: {table}"), &columns);
        }
    }

    /// How many rows a report's table should have.
    pub(crate) fn len(&self, table: &str) -> usize {
        self.tables[table].len()
    }

    async fn held(&self, scene: &Scene, report: &Report) -> Vec<Words> {
        scene.db.query_text(&report.sql(&self.account)).await
    }
}

/// An account's today.
pub(crate) fn today(world: &World, account: &str) -> NaiveDate {
    let own = world.accounts.iter().find(|own| own.id.to_string() == account).unwrap();
    graph_sim::calendar::date_of(own.today(world.now()))
}

/// Names of objects as a database can hold them.
pub(crate) fn names(world: &World, account: &str, level: Level) -> BTreeMap<String, String> {
    let objects = world.truth_objects(account, level).into_iter();
    objects.map(|object| (object.id, stored(&object.name))).collect()
}

/// A text without what no database holds: zero bytes, and the halves of pairs, which the simulator writes for the
/// characters from U+10D800 to U+10DFFF.
fn stored(text: &str) -> String {
    let replaced = |c: char| if matches!(c, '\0' | '\u{10D800}'..='\u{10DFFF}') { '\u{FFFD}' } else { c };
    text.chars().map(replaced).collect()
}

/// Fails with the first rows that differ, by their columns.
fn same(expected: &BTreeSet<Words>, held: &BTreeSet<Words>, context: &str, columns: &[String]) {
    let named = |row: &Words| columns.iter().zip(row).map(|(name, word)| format!("{name}={word}")).collect::<Vec<_>>();
    let missing: Vec<_> = expected.difference(held).take(3).map(named).collect();
    let beyond: Vec<_> = held.difference(expected).take(3).map(named).collect();
    let counts = (expected.len(), held.len());
    assert!(
        missing.is_empty() && beyond.is_empty(),
        "{context} {counts:?}\nnot there: {missing:#?}\ntoo much: {beyond:#?}"
    );
}
