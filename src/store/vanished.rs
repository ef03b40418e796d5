//! Rows that are held and did not arrive: whose they are, and how they are removed.

use std::collections::HashSet;

use sqlx::Row;

use crate::rows::insights::Insights;
use crate::rows::keys::Keys;
use crate::rows::report::Days;
use crate::rows::value::key_hash;

use super::changes::Changes;
use super::coverage::{ReadToEnd, within};
use super::db::{Db, Tx};
use super::deleted::listing;
use super::error::Error;
use super::names::quote;
use super::transact::latest;

/// Objects of which rows are held and none arrived.
#[derive(Debug, Default)]
pub struct Vanished {
    /// Those that are archived, deleted or unknown: a listing may leave them out.
    pub hidden: Vec<String>,
    /// Those that are held as live.
    pub live: Vec<String>,
    /// Those of both that hold a row without spend, impressions and clicks: a late lead, which no total misses.
    pub undelivered: HashSet<String>,
    /// Objects of which some row arrived.
    pub shown: Vec<String>,
    /// Rows that did not arrive, those of hidden objects aside, and all that are held.
    pub rows: usize,
    /// All rows that are held.
    pub held: usize,
}

impl Vanished {
    /// Whether it is so much that the listing may have ended too early: more live objects than `many`, or more than a tenth
    /// of all rows.
    pub fn is_mass(&self, many: usize) -> bool {
        self.live.len() > many || self.rows > many && self.rows * 10 > self.held
    }
}

/// The objects whose rows of some days would all be removed.
pub async fn objects(
    db: &Db,
    insights: &Insights,
    account_id: &str,
    days: Days,
    seen: &Keys,
    is_silence_believed: bool,
) -> Result<Vanished, Error> {
    let Some(table) = listing(insights.report.level) else { return Ok(Vanished::default()) };
    db.transact(latest, |mut tx| async {
        let HeldKeys { told, unseen, .. } =
            keys(db, &mut tx, insights, account_id, days, seen, is_silence_believed).await?;
        let shown: HashSet<&str> = told.iter().filter_map(|key| object_of(insights, key)).collect();
        let gone: HashSet<&str> =
            unseen.iter().filter_map(|key| object_of(insights, key)).filter(|id| !shown.contains(id)).collect();
        let mut gone: Vec<String> = gone.into_iter().map(str::to_owned).collect();
        gone.sort_unstable();
        let held = told.len() + unseen.len();
        let shown: Vec<String> = shown.into_iter().map(str::to_owned).collect();
        if gone.is_empty() {
            return Ok((tx, Vanished { shown, rows: unseen.len(), held, ..Vanished::default() }));
        }
        let undelivered = undelivered(db, &mut tx, insights, account_id, days, &gone).await?;
        let live = db
            .query(format!(
                "select id::text from {} where id = any($1) and deleted_at is null
             and effective_status not in ('ARCHIVED', 'DELETED')",
                db.names.qualified(table)
            ))
            .bind(gone.clone())
            .fetch_all(&mut *tx)
            .await?;
        let live: HashSet<String> = live.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let (live, hidden): (Vec<String>, Vec<String>) = gone.into_iter().partition(|id| live.contains(id));
        let is_hidden = |key: &&Vec<String>| {
            object_of(insights, key).is_some_and(|id| hidden.binary_search_by(|other| other.as_str().cmp(id)).is_ok())
        };
        let rows = unseen.len() - unseen.iter().filter(is_hidden).count();
        Ok((tx, Vanished { hidden, live, undelivered, shown, rows, held }))
    })
    .await
}

/// Those of some objects that hold a row without spend, impressions and clicks.
async fn undelivered(
    db: &Db,
    tx: &mut Tx,
    insights: &Insights,
    account_id: &str,
    days: Days,
    ids: &[String],
) -> Result<HashSet<String>, Error> {
    let (table, within) = (db.names.qualified(&insights.table.name), within(insights));
    let rows = db
        .query(format!(
            "select distinct {id} from {table} where account_id = $1 and {within} and {id} = any($4)
             and coalesce(spend, 0) = 0 and coalesce(impressions, 0) = 0 and coalesce(clicks, 0) = 0",
            id = quote(insights.report.level.id_column())
        ))
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .bind(ids.to_vec())
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// What became of rows that are held and did not arrive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Rows that are gone.
    pub rows: u64,
    /// Days, or longer periods, whose rows all stay: nothing of them arrived, which is no answer where Meta may fall silent.
    pub silent_days: u64,
    /// Days whose sums are others than before.
    pub changes: Changes,
}

impl Removed {
    /// What two tries of the same came to: a second one finds done what the first did.
    pub(super) fn most(mut self, other: Self) -> Self {
        self.changes.add(other.changes);
        Self {
            rows: self.rows.max(other.rows),
            silent_days: self.silent_days.max(other.silent_days),
            changes: self.changes,
        }
    }
}

/// The keys that are held of some days.
#[derive(Debug, Default)]
struct HeldKeys {
    /// Those that arrived.
    told: Vec<Vec<String>>,
    /// Those that did not and are believed to be gone.
    unseen: Vec<Vec<String>>,
    /// Days of which none arrived, where that is not believed.
    silent_days: u64,
}

/// Removes the rows of a slice's days that did not arrive.
pub(super) async fn remove(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<Removed, Error> {
    let (insights, account_id, days) = (end.insights, end.account_id, end.days);
    let HeldKeys { unseen, silent_days, .. } =
        keys(db, tx, insights, account_id, days, end.seen, end.is_silence_believed).await?;
    let parts: Vec<String> = insights.table.key_in_column_order().map(text_of).collect();
    let mut vanished: Vec<Vec<String>> = vec![Vec::new(); parts.len()];
    let is_kept = |key: &Vec<String>| object_of(insights, key).is_some_and(|id| end.kept.contains(id));
    for key in unseen.iter().filter(|key| !is_kept(key)) {
        vanished.iter_mut().zip(key).for_each(|(column, part)| column.push(part.clone()));
    }
    if vanished.first().is_none_or(Vec::is_empty) {
        return Ok(Removed { silent_days, ..Removed::default() });
    }
    let (table, within, list) = (db.names.qualified(&insights.table.name), within(insights), parts.join(", "));
    let arrays: Vec<String> = (0..parts.len()).map(|place| format!("${}::text[]", place + 4)).collect();
    let delete = format!(
        "delete from {table} where account_id = $1 and {within} and ({list}) in (select * from unnest({}))",
        arrays.join(", ")
    );
    let delete = db.query(delete).bind(account_id.to_owned()).bind(days.since).bind(days.until);
    let delete = vanished.into_iter().fold(delete, |delete, column| delete.bind(column));
    let rows = delete.execute(&mut **tx).await?.rows_affected();
    Ok(Removed { rows, silent_days, ..Removed::default() })
}

/// The keys that are held of some days. None are told where all that is held arrived.
async fn keys(
    db: &Db,
    tx: &mut Tx,
    insights: &Insights,
    account_id: &str,
    days: Days,
    seen: &Keys,
    is_silence_believed: bool,
) -> Result<HeldKeys, Error> {
    let (table, within) = (db.names.qualified(&insights.table.name), within(insights));
    let count: i64 = db
        .query(format!("select count(*) from {table} where account_id = $1 and {within}"))
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .fetch_one(&mut **tx)
        .await?
        .try_get(0)?;
    // Every key that arrived stands in the table by now: as many rows as keys means the same rows.
    if usize::try_from(count).is_ok_and(|count| count == seen.len()) {
        return Ok(HeldKeys::default());
    }
    let parts: Vec<String> = insights.table.key_in_column_order().map(text_of).collect();
    let rows = db
        .query(format!("select array[{}] from {table} where account_id = $1 and {within}", parts.join(", ")))
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .fetch_all(&mut **tx)
        .await?;
    let keys: Vec<Vec<String>> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let (told, mut unseen): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| seen.contains(key_hash(key.iter().map(String::as_str))));
    let mut silent_days = 0;
    if !is_silence_believed {
        let date = place_of(insights, "date");
        let day_of = |key: &Vec<String>| date.and_then(|date| key.get(date)).cloned().unwrap_or_default();
        let days: HashSet<String> = told.iter().map(day_of).collect();
        let silent: HashSet<String> = unseen.iter().map(day_of).filter(|day| !days.contains(day)).collect();
        silent_days = u64::try_from(silent.len()).unwrap_or(u64::MAX);
        unseen.retain(|key| days.contains(&day_of(key)));
    }
    Ok(HeldKeys { told, unseen, silent_days })
}

/// The object that a key names.
fn object_of<'a>(insights: &Insights, key: &'a [String]) -> Option<&'a str> {
    key.get(place_of(insights, insights.report.level.id_column())?).map(String::as_str)
}

fn place_of(insights: &Insights, column: &str) -> Option<usize> {
    insights.table.key_in_column_order().position(|name| name == column)
}

/// A part of a key as the text that its hash is made of, whatever the server's date style.
fn text_of(column: &str) -> String {
    let name = quote(column);
    if matches!(column, "date" | "date_stop") { format!("to_char({name}, 'YYYY-MM-DD')") } else { name }
}
