//! One slice of insights: pages stream into batches, and what was read to its end is completed in one transaction.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::meta::Session;
use crate::meta::insights::InsightsQuery;
use crate::meta::{AccountId, Class};
use crate::rows::catalogue::fields::is_unique_metric;
use crate::rows::insights::Insights;
use crate::rows::report::{Conversions, Days, Increment, Level, Report};
use crate::store::Db;
use crate::store::coverage::{self, ReadToEnd};
use crate::store::lineage;

use super::filling::Rooms;
use super::ladder::Ladder;
use super::named::Listings;
use super::part::{Part, leave_out_first};
use super::progress::Progress;
use super::report::Failure;
use super::retention;
use super::seen::Seen;
use super::step::Tally;
use super::tables::Filled;

/// Times that a question which fails without saying why is taken for too large.
const GUESSES: u32 = 12;
/// The subcode by which Meta refuses to be asked for deleted objects.
const DELETED_REFUSED: i64 = 1_815_001;
/// Times that a slice is read at the most because servers change.
const READINGS: u32 = 3;
/// Report runs of one slice that may vanish before direct calls must do.
const LOST_RUNS: u32 = 2;

/// What all slices of one report and account share.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub db: Db,
    pub session: Session,
    pub account: AccountId,
    pub filled: Filled<Insights>,
    pub conversions: Conversions,
    pub run_id: Uuid,
    /// The run's step that it is part of.
    pub step: String,
    pub request_hash: String,
    /// The account's today: a period that still runs is asked for until then.
    pub today: NaiveDate,
    /// Whether the days are recorded in `sync_coverage`: Meta's own totals are not.
    pub is_covered: bool,
    /// How many rows a day, or longer period, is likely to have; 0 where nobody knows.
    pub rows_per_period: u64,
    /// Whether report runs work the questions out: direct calls were too much lately.
    pub by_run: bool,
    /// Told when it shows whether direct calls are the way: others then follow.
    pub arrived: Arc<Notify>,
    /// The first day of which Meta still tells what counts people.
    pub unique_metrics_since: NaiveDate,
    /// What is asked beyond the listing, where that leaves rows out.
    pub ladder: Ladder,
    /// The objects that are known to have a row of their own.
    pub listings: Listings,
    /// Batches that its slices fill in turn.
    pub rooms: Rooms,
}

/// What a slice came to, also where it failed.
#[derive(Debug)]
pub(super) struct SliceEnd {
    pub days: Days,
    pub tally: Tally,
    /// Those of its days that are complete now.
    pub result: Result<Days, Failure>,
}

/// What is asked for a report, apart from the days.
pub fn query(insights: &Insights, days: Days) -> InsightsQuery {
    let report = &insights.report;
    InsightsQuery {
        level: report.level.as_str(),
        fields: insights.fields(),
        breakdowns: report.breakdowns.clone(),
        time_increment: match report.increment {
            Increment::Daily => "1",
            Increment::Weekly => "7",
            Increment::Monthly => "monthly",
            Increment::AllDays => "all_days",
        },
        attribution_windows: report.attribution_windows.clone(),
        since: days.since,
        until: days.until,
        only: None,
        states: None,
    }
}

/// What the sizes of a report's questions are remembered by: a question of weeks has other sizes than one of days.
pub(super) fn sized_as(report: &Report) -> String {
    match report.increment {
        Increment::Daily => report.level.as_str().to_owned(),
        increment => format!("{}:{}", report.level.as_str(), increment.as_str()),
    }
}

/// What makes a day or longer period stale when it changes: level, breakdowns, fields, increment, windows and what counts as
/// a conversion; of a window its length, too, since its coverage stands under its first day alone.
pub fn request_hash(insights: &Insights, conversions: &Conversions, window: Days) -> String {
    let report = &insights.report;
    let asked = format!(
        "{}|{:?}|{}|{}|{:?}|{:?}|{:?}",
        report.level.as_str(),
        report.breakdowns,
        insights.fields(),
        report.increment.as_str(),
        report.attribution_windows,
        report.metrics,
        conversions,
    );
    let hash = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(asked.as_bytes()));
    if report.increment == Increment::AllDays { format!("{hash}:{}", window.len()) } else { hash }
}

/// The same where Meta refuses fields: what was read without them is stale when it takes them again. What counts people is
/// no part of it: Meta forgets it anyway.
pub(super) fn without_refused(hash: &str, refused: &BTreeSet<String>) -> String {
    let hash = hash.split_once('/').map_or(hash, |(hash, _)| hash);
    let refused: Vec<&str> = refused.iter().map(String::as_str).filter(|field| !is_unique_metric(field)).collect();
    if refused.is_empty() { hash.to_owned() } else { format!("{hash}/{}", refused.join(",")) }
}

impl Reading {
    /// Reads one slice to its end.
    pub(super) async fn slice(self: Arc<Self>, days: Days, progress: Arc<Progress>) -> SliceEnd {
        let mut tally = Tally::default();
        let result = self.read(days, &mut tally, &progress).await;
        SliceEnd { days, tally, result }
    }

    /// Reads a slice, and anew where another server took over meanwhile: it may lack the first of what was written.
    async fn read(&self, days: Days, tally: &mut Tally, progress: &Progress) -> Result<Days, Failure> {
        for _ in 0..READINGS {
            if let Some(complete) = self.read_once(days, tally, progress).await? {
                return Ok(complete);
            }
            tracing::warn!(
                since = %days.since, until = %days.until,
                "another database server took over while days were read: they are read again"
            );
        }
        Err(Failure::Rows("another database server took over each time that days were read".to_owned()))
    }

    /// Reads a slice: the listing, then what it leaves out, and completes its days. Gives those; nothing where another server
    /// took over since it began.
    async fn read_once(&self, mut days: Days, tally: &mut Tally, progress: &Progress) -> Result<Option<Days>, Failure> {
        let asked = days;
        // Where nothing is held there is nothing to compare with.
        let held = coverage::held(&self.db, &self.filled.layout, self.account.digits(), days);
        let (held, lineage) = tokio::join!(held, lineage::of(&self.db));
        let held = held?;
        let mut seen = Seen::beside(&held, lineage);
        let needs_run = self.filled.layout.report.needs_report_run();
        let by_run = needs_run || self.by_run;
        let parted = if self.is_daily() { retention::parted(days, self.unique_metrics_since) } else { vec![days] };
        let parts = parted.into_iter().map(|days| Part::whole(days, by_run)).collect();
        self.read_parts(&mut days, parts, &mut seen, tally, progress).await?;
        let first = asked.since;
        if days.since > first {
            tally.warnings.add("too_old", &days.since.to_string());
        }
        if days.is_empty() {
            return Ok(Some(days));
        }
        // Where rows are held, a silence is not believed before it is repeated.
        if seen.is_empty()
            && held.any
            && coverage::held(&self.db, &self.filled.layout, self.account.digits(), days).await?.any
        {
            self.read_part(&Part::whole(days, needs_run), &mut seen, tally, progress).await?;
        }
        let asked = self.climb(days, &mut seen, tally, progress).await?;
        let kept = self.confirm(days, &asked, &mut seen, tally, progress).await?;
        if !kept.is_empty() || days.since > first {
            tally.unlisted.has_others();
        }
        Ok(self.complete(days, &seen, &kept, tally).await?.then_some(days))
    }

    /// Reads the parts of a question, the last first. One that is too much for Meta is halved, by days, then by objects:
    /// what it had shown by then is shown again, and counted once. From `days` those are taken that Meta keeps no longer.
    pub(super) async fn read_parts(
        &self,
        days: &mut Days,
        mut parts: Vec<Part>,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let sized = sized_as(&self.filled.layout.report);
        let needs_run = self.filled.layout.report.needs_report_run();
        // What is asked beyond the listing is little.
        let mut has_runs = parts.iter().all(|part| part.states.is_none());
        let (mut lost_runs, mut guesses) = (0, 0);
        while let Some(part) = parts.pop() {
            let error = match self.read_part(&part, seen, tally, progress).await {
                Ok(()) => continue,
                Err(Failure::Meta(error)) if error.class == Class::TooMuchData && guesses < GUESSES => error,
                // What Meta cannot answer in time it may still work out by itself.
                Err(Failure::Meta(error)) if error.is_timeout() && !part.by_run && has_runs => error,
                // Where naming deleted objects is refused, the others are asked for without them.
                Err(Failure::Meta(error)) if error.subcode == Some(DELETED_REFUSED) && part.names_deleted() => {
                    tracing::info!(%error, "deleted objects may not be named");
                    parts.push(part.without_deleted());
                    parts.iter_mut().for_each(|part| *part = part.clone().without_deleted());
                    continue;
                }
                // Meta counts its months otherwise: what it refuses as too old is left out, the days after it are read.
                Err(Failure::Meta(error)) if retention::is_too_old(&error) && self.is_daily() => {
                    tracing::info!(since = %part.days.since, %error, "a day is too old");
                    leave_out_first(days, &mut parts, part);
                    continue;
                }
                // Where report runs are refused, direct calls must do.
                Err(Failure::Meta(error)) if part.by_run && error.class == Class::Invalid && has_runs && !needs_run => {
                    tracing::info!(%error, "report runs are refused: direct calls must do");
                    has_runs = false;
                    parts.push(Part { by_run: false, ..part });
                    parts.iter_mut().for_each(|part| part.by_run = false);
                    continue;
                }
                // A run that is not there to be read, although it was: a new one, then direct calls.
                Err(Failure::Meta(error)) if part.by_run && error.is_lost_report_run() => {
                    lost_runs += 1;
                    if needs_run && lost_runs >= LOST_RUNS {
                        return Err(error.into());
                    }
                    has_runs = lost_runs < LOST_RUNS;
                    tracing::info!(%error, lost_runs, "a report run could not be read");
                    parts.push(Part { by_run: has_runs, ..part });
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            guesses += u32::from(error.may_be_size());
            self.session.meter().split();
            if !part.by_run && has_runs {
                tracing::info!(since = %part.days.since, until = %part.days.until, %error, "a question was too much: a report run works it out");
                self.session.prefer_report_run(&self.account, &sized);
                self.arrived.notify_one();
                parts.push(Part { by_run: true, ..part });
                continue;
            }
            // Where even a report run finds it too much, smaller direct calls are cheaper than smaller runs.
            has_runs = false;
            if part.is_smallest {
                return Err(error.into());
            }
            let Some(halves) = self.halves(&part).await? else {
                parts.push(Part { is_smallest: true, by_run: needs_run, ..part });
                continue;
            };
            tracing::info!(since = %part.days.since, until = %part.days.until, %error, "a question was too much: it is halved");
            parts.extend(halves.into_iter().map(|half| Part { by_run: needs_run, ..half }));
        }
        Ok(())
    }

    fn is_daily(&self) -> bool {
        self.filled.layout.report.increment == Increment::Daily
    }

    pub(super) fn is_silence_believed(&self, days: Days) -> bool {
        retention::is_silence_believed(&self.filled.layout.report, days.since, self.today)
    }

    async fn read_part(
        &self,
        part: &Part,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let insights = &self.filled.layout;
        let can_split = !part.is_smallest
            && (insights.report.level > Level::Account || insights.report.increment.periods(part.days).len() > 1);
        let days = Days { until: part.days.until.min(self.today), ..part.days };
        let query = InsightsQuery { only: part.only.clone(), states: part.states, ..query(insights, days) };
        let direct = || self.session.insights(&self.account, &query).splittable(can_split);
        if part.by_run {
            let listing = self.session.report_run(&self.account, &query).await?;
            let before = tally.read;
            self.read_listing(listing, days, seen, tally, progress).await?;
            if tally.read > before || insights.report.needs_report_run() {
                return Ok(());
            }
            // A completed run without rows is not believed before a direct call says the same.
        }
        self.read_listing(direct(), days, seen, tally, progress).await?;
        self.session.tried_directly(&self.account, &sized_as(&insights.report));
        Ok(())
    }

    /// Completes days. `false` where another server took over since their reading began.
    async fn complete(
        &self,
        days: Days,
        seen: &Seen,
        kept: &HashSet<String>,
        tally: &mut Tally,
    ) -> Result<bool, Failure> {
        // A row without its key, or of other days, could not be kept: the days are not complete then, and nothing of them
        // is removed.
        let complete = !tally.warnings.0.keys().any(|(code, _)| matches!(*code, "row_without_key" | "row_off_period"));
        let increment = self.filled.layout.report.increment;
        let end = ReadToEnd {
            insights: &self.filled.layout,
            account_id: self.account.digits(),
            days,
            today: self.today,
            lineage: seen.lineage.as_ref(),
            seen: &seen.keys,
            kept,
            run_id: self.run_id,
            request_hash: &without_refused(&self.request_hash, self.layout().refused()),
            requests: &seen.requests(),
            readings: &seen.readings(days, increment, self.run_id, &self.step),
            complete,
            is_silence_believed: self.is_silence_believed(days),
        };
        let removed = if self.is_covered {
            coverage::finish(&self.db, &end).await?
        } else {
            coverage::remove_vanished(&self.db, &end).await?
        };
        let Some(removed) = removed else { return Ok(false) };
        if removed.silent_days > 0 {
            tally.unlisted.has_others();
        }
        tally.completed(removed, &self.filled.layout.table.name);
        if complete {
            return Ok(true);
        }
        Err(Failure::Rows(
            "rows came without their key or of other days and could not be kept: their days do not count as complete"
                .to_owned(),
        ))
    }
}
