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
    /// Ad sets with different attribution settings meet in it.
    pub is_mixed: bool,
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
    if !ctx.world.has_opted_in && query.breakdowns.iter().any(|breakdown| breakdown.needs_opt_in()) {
        return Vec::new();
    }
    let days = days_of(account, query);
    let as_of = ctx.world.insights_as_of();
    let mut rows = Vec::new();
    for (place, ads) in groups(account, query) {
        if !lists(ctx, account, query, place) {
            continue;
        }
        let ads: Vec<usize> = ads.into_iter().filter(|ad| takes(account, query, *ad)).collect();
        let mut sums = vec![Sum::default(); query.slices.len()];
        let mut settings: Vec<Option<i64>> =
            ads.iter().filter_map(|ad| account.ads.get(*ad)).map(|ad| click_days(account, ad.adset)).collect();
        settings.dedup();
        for ad in &ads {
            add_ad(account, *ad, &days, as_of, &mut sums);
        }
        let first = ads.first().copied().unwrap_or(usize::MAX);
        for (slice, sum) in sums.iter().enumerate().filter(|(_, sum)| !sum.is_empty()) {
            let row = Row { place, ad: first, slice, part: 0, is_mixed: settings.len() > 1, sum: *sum };
            if is_kept(query, slice) {
                push(query, row, &mut rows);
            }
        }
    }
    if let Some(sort) = &query.sort {
        sort.sort(&mut rows);
    }
    rows
}

fn click_days(account: &Account, adset: usize) -> Option<i64> {
    account.adsets.get(adset).map(|adset| adset.click_days)
}

/// Past their retention hours and frequencies are empty without any error (Meta documents it).
fn is_kept(query: &Query, slice: usize) -> bool {
    let since = query.slices.get(slice).map_or(0, |slice| slice.0);
    !query.breakdowns.iter().any(|breakdown| {
        breakdown.is_hourly() && since < query.kept_from.0
            || breakdown.name == "frequency_value" && since < query.kept_from.1
    })
}

fn push(query: &Query, whole: Row, rows: &mut Vec<Row>) {
    let is_wanted = |sum: &Sum| {
        !sum.is_empty() && query.filters.iter().filter(|filter| filter.is_metric()).all(|filter| filter.takes_row(sum))
    };
    if query.breakdowns.is_empty() {
        if is_wanted(&whole.sum) {
            rows.push(whole);
        }
        return;
    }
    for part in 0..breakdown::parts(&query.breakdowns) {
        let sum = breakdown::cut(&whole.sum, &query.breakdowns, part);
        if is_wanted(&sum) {
            rows.push(Row { part, sum, ..whole });
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
        // An object's own insights, read by its id, come whatever its status; so do those beneath what is gone itself.
        let own = match query.node {
            Node::Account(_) | Node::Creative(..) => "ACTIVE",
            Node::Campaign(_, at) => account.campaign_status(at),
            Node::Adset(_, at) => account.adset_status(at),
            Node::Ad(..) => return true,
        };
        let is_itself = matches!(
            (query.node, query.level),
            (Node::Campaign(..), Level::Campaign) | (Node::Adset(..), Level::Adset)
        );
        if is_itself || own == status {
            return true;
        }
        return match ctx.world.unfiltered_lists {
            UnfilteredLists::All => true,
            UnfilteredLists::NoDeleted => status != "DELETED",
            UnfilteredLists::NoArchived => status != "ARCHIVED",
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
