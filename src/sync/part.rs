//! What a slice is made of where the whole is too much for Meta: some of its days, or some of its objects.

use crate::meta::insights::{Only, States};
use crate::rows::report::{Days, Level};
use crate::store::{coverage, entities};

use super::report::Failure;
use super::slice::{Reading, sized_as};

/// Ids of one question at the most.
const MOST_IDS: usize = 100;

/// A part of a slice: some of its days, whole periods of them, perhaps of some objects only.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub days: Days,
    pub only: Option<Only>,
    pub states: Option<States>,
    /// Whether Meta works it out by itself: for what is too much for a direct call.
    pub by_run: bool,
    /// Whether it can be halved no more: then only its pages, and the fields of a row, can be made smaller.
    pub is_smallest: bool,
}

impl Part {
    pub(super) fn whole(days: Days, by_run: bool) -> Self {
        Self { days, only: None, states: None, by_run, is_smallest: false }
    }

    /// Whether its list of ids names deleted objects.
    pub(super) fn names_deleted(&self) -> bool {
        self.only.as_ref().is_some_and(|only| only.names_deleted)
    }

    /// The same without them.
    pub(super) fn without_deleted(mut self) -> Self {
        if let Some(only) = &mut self.only {
            only.names_deleted = false;
        }
        self
    }

    /// The objects of some states alone.
    pub(super) fn of(states: States, days: Days, by_run: bool) -> Self {
        Self { states: Some(states), ..Self::whole(days, by_run) }
    }
}

/// Leaves out the first day of a part that Meta refused, and with it every day before. What is left of the part is
/// halved, the later half first: where that is refused, too, so is all before it.
pub(super) fn leave_out_first(days: &mut Days, parts: &mut Vec<Part>, refused: Part) {
    let first = refused.days.since + chrono::Days::new(1);
    days.since = days.since.max(first);
    for part in parts.iter_mut() {
        part.days.since = part.days.since.max(first);
    }
    parts.retain(|part| !part.days.is_empty());
    let (earlier, later) = Days { since: first, ..refused.days }.halves();
    for days in [earlier, later] {
        if !days.is_empty() {
            parts.push(Part { days, ..refused.clone() });
        }
    }
}

impl Reading {
    /// The pieces of a part, or nothing where it cannot be made smaller.
    pub(super) async fn halves(&self, part: &Part) -> Result<Option<Vec<Part>>, Failure> {
        let report = &self.filled.layout.report;
        let periods = report.increment.periods(part.days);
        let (earlier, later) = periods.split_at(periods.len() / 2);
        if let ([first, .., last] | [first @ last], [next, ..]) = (earlier, later) {
            let most = u64::try_from(earlier.len()).unwrap_or(u64::MAX);
            self.session.remember_days(&self.account, &sized_as(report), most);
            let halves =
                [Days { since: first.since, until: last.until }, Days { since: next.since, until: part.days.until }];
            return Ok(Some(halves.map(|days| Part { days, ..part.clone() }).into()));
        }
        let level = report.level;
        if level == Level::Account {
            return Ok(None);
        }
        let object = if level == Level::Campaign { "campaign" } else { "adset" };
        let ids = match &part.only {
            Some(only) => only.ids.clone(),
            None => self.ids(object, part.days).await?,
        };
        if ids.len() < 2 {
            return Ok(None);
        }
        // A list of ids travels in the address, whose length is bounded.
        let size = ids.len().div_ceil(2).min(MOST_IDS);
        // Whoever is named by id is named with every status, too.
        let only = |ids: &[String]| Some(Only { object, ids: ids.to_vec(), names_deleted: true });
        let piece = |ids: &[String]| Part { only: only(ids), states: None, ..part.clone() };
        Ok(Some(ids.chunks(size).map(piece).collect()))
    }

    /// The objects of an account: those that are listed, and those that only its rows know.
    async fn ids(&self, object: &'static str, days: Days) -> Result<Vec<String>, Failure> {
        let (table, column) = if object == "campaign" { ("campaigns", "campaign_id") } else { ("adsets", "adset_id") };
        let account_id = self.account.digits();
        let mut ids = entities::all_ids(&self.db, table, account_id).await?;
        ids.extend(coverage::objects(&self.db, &self.filled.layout, column, account_id, days).await?);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}
