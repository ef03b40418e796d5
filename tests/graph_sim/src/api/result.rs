//! All rows of a question, made once and kept between its pages, so that a late page costs no more than the first.
use super::breakdown;
use super::ctx::Ctx;
use super::query::Query;
use crate::world::account::{Account, DayBorders};
use crate::world::fact::Sum;
use crate::world::truth::Level;
use crate::world::{Node, UnfilteredLists};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are kept at most, over all questions; the newest question is always kept.
const KEPT_ROWS: usize = 800_000;

/// One row: which object, which slice of days, which part of a breakdown, and its counts.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Place of the object among those of its level.
    pub place: usize,
    /// Place of one ad beneath it, which tells what hangs above.
    pub ad: usize,
    /// Place of the slice.
    pub slice: usize,
    /// Number of the part.
    pub part: usize,
    /// The counts.
    pub sum: Sum,
}

/// The result sets that are kept, oldest first.
#[derive(Debug, Default)]
pub struct Results {
    kept: Mutex<Vec<(String, Arc<Vec<Row>>)>>,
}

impl Results {
    /// Gives the rows of a question, kept or made.
    pub fn rows(&self, ctx: &Ctx<'_>, account: &Account, query: &Query) -> Arc<Vec<Row>> {
        let find = |kept: &[(String, Arc<Vec<Row>>)]| {
            (kept.iter()).find(|(key, _)| *key == query.key).map(|(_, rows)| Arc::clone(rows))
        };
        if let Some(rows) = find(&self.kept.lock().unwrap_or_else(PoisonError::into_inner)) {
            return rows;
        }
        let rows = Arc::new(make(ctx, account, query));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if find(&kept).is_none() {
            kept.push((query.key.clone(), Arc::clone(&rows)));
        }
        let size = |kept: &[(String, Arc<Vec<Row>>)]| kept.iter().map(|(_, rows)| rows.len()).sum::<usize>();
        while kept.len() > 1 && (size(&kept) > KEPT_ROWS || kept.len() > 64) {
            kept.remove(0);
        }
        rows
    }
}

fn make(ctx: &Ctx<'_>, account: &Account, query: &Query) -> Vec<Row> {
    let days = days_of(account, query);
    let as_of = ctx.world.insights_as_of();
    let mut rows = Vec::new();
    for (place, ads) in groups(account, query) {
        if !lists(ctx, account, query, place) {
            continue;
        }
        let ads: Vec<usize> = ads.into_iter().filter(|ad| takes(account, query, *ad)).collect();
        let mut sums = vec![Sum::default(); query.slices.len()];
        for ad in &ads {
            add_ad(account, *ad, &days, as_of, &mut sums);
        }
        let first = ads.first().copied().unwrap_or(usize::MAX);
        for (slice, sum) in sums.iter().enumerate().filter(|(_, sum)| !sum.is_empty()) {
            push(query, (place, first, slice), sum, &mut rows);
        }
    }
    rows
}

fn push(query: &Query, (place, ad, slice): (usize, usize, usize), sum: &Sum, rows: &mut Vec<Row>) {
    let is_wanted = |sum: &Sum| {
        !sum.is_empty() && query.filters.iter().filter(|filter| filter.is_metric()).all(|filter| filter.takes_row(sum))
    };
    if query.breakdowns.is_empty() {
        if is_wanted(sum) {
            rows.push(Row { place, ad, slice, part: 0, sum: *sum });
        }
        return;
    }
    for part in 0..breakdown::parts(&query.breakdowns) {
        let sum = breakdown::cut(sum, &query.breakdowns, part);
        if is_wanted(&sum) {
            rows.push(Row { place, ad, slice, part, sum });
        }
    }
}

fn add_ad(account: &Account, place: usize, days: &[(DayBorders, Vec<usize>)], as_of: i64, sums: &mut [Sum]) {
    let Some(ad) = account.ads.get(place) else {
        return;
    };
    // Days before it began or after it stopped cost nothing, unless somebody planted one there.
    let life = (ad.ran.first().map_or(i64::MAX, |span| span.0), ad.ran.last().map_or(i64::MIN, |span| span.1));
    for (day, slices) in days {
        if !ad.has_overlays && (day.end <= life.0 || day.start >= life.1) {
            continue;
        }
        let fact = account.fact(place, day, as_of);
        if fact.is_empty() {
            continue;
        }
        for slice in slices {
            if let Some(sum) = sums.get_mut(*slice) {
                sum.add(&fact);
            }
        }
    }
}

/// Lists the days asked, each with the slices that it belongs to: `time_ranges` may overlap.
fn days_of(account: &Account, query: &Query) -> Vec<(DayBorders, Vec<usize>)> {
    let mut days: Vec<(i32, usize)> = (query.slices.iter().enumerate())
        .flat_map(|(slice, (since, until))| (*since..=*until).map(move |day| (day, slice)))
        .collect();
    days.sort_unstable();
    let mut out: Vec<(DayBorders, Vec<usize>)> = Vec::new();
    for (day, slice) in days {
        match out.last_mut() {
            Some((last, slices)) if last.day == day => slices.push(slice),
            _ => out.push((account.borders(day), vec![slice])),
        }
    }
    out
}

/// Gives the objects of the asked level beneath the asked node, with the places of their ads.
fn groups(account: &Account, query: &Query) -> Vec<(usize, Vec<usize>)> {
    let all = account.groups(query.level).into_iter().enumerate();
    let campaign_of = |adset: usize| account.adsets.get(adset).map(|adset| adset.campaign);
    let adset_of = |ad: usize| account.ads.get(ad).map(|ad| ad.adset);
    let is_beneath = |place: usize| {
        let (ad, adset) = match query.level {
            Level::Ad => (Some(place), adset_of(place)),
            Level::Adset => (None, Some(place)),
            Level::Campaign | Level::Account => (None, None),
        };
        match query.node {
            Node::Campaign(_, at) => {
                query.level == Level::Campaign && place == at || adset.and_then(campaign_of) == Some(at)
            }
            Node::Adset(_, at) => adset == Some(at),
            Node::Ad(_, at) => ad == Some(at),
            Node::Account(_) | Node::Creative(..) => true,
        }
    };
    all.filter(|(place, _)| is_beneath(*place)).collect()
}

/// Says whether an object's rows are listed at all; its parents count it in any case.
fn lists(ctx: &Ctx<'_>, account: &Account, query: &Query, place: usize) -> bool {
    let status = match query.level {
        Level::Account => return true,
        Level::Campaign => account.campaign_status(place),
        Level::Adset => account.adset_status(place),
        Level::Ad => account.ad_status(place),
    };
    if query.filters.is_empty() {
        // An object's own insights, read by its id, come whatever its status.
        if !matches!(query.node, Node::Account(_)) {
            return true;
        }
        return match ctx.world.unfiltered_lists {
            UnfilteredLists::All => true,
            UnfilteredLists::NoDeleted => status != "DELETED",
            UnfilteredLists::ActiveAndPausedOnly => !matches!(status, "DELETED" | "ARCHIVED"),
        };
    }
    // With any filter only active objects come, unless it names a status itself (Meta documents it).
    status == "ACTIVE" || query.filters.iter().any(super::filter::Filter::names_status)
}

fn takes(account: &Account, query: &Query, ad: usize) -> bool {
    let is_account_level = query.level == Level::Account && !query.filters.is_empty();
    if is_account_level
        && !query.filters.iter().any(super::filter::Filter::names_status)
        && account.ad_status(ad) != "ACTIVE"
    {
        return false;
    }
    (query.filters.iter()).filter(|filter| !filter.is_metric()).all(|filter| filter.takes(account, Node::Ad(0, ad)))
}
