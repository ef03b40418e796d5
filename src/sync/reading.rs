//! How an account's insights are read: what all slices of a report share, and the slices side by side.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::rows::insights::Insights;
use crate::rows::report::{Days, Report};
use crate::store::{coverage, ladders};

use super::account::AccountRun;
use super::filling::Rooms;
use super::ladder::{Ladder, Refusals, Rung, asked_as};
use super::lease::LOOKED_EVERY;
use super::progress::Progress;
use super::report::Failure;
use super::retention;
use super::run::Work;
use super::slice::{Reading, SliceEnd, sized_as};
use super::step::Step;
use super::tables::Filled;

impl Reading {
    /// The layout as it is filled now: what Meta refuses of it may have shown since the reading began.
    pub(super) fn layout(&self) -> Cow<'_, Insights> {
        let layout = &self.filled.layout;
        let refused = self.session.refused_figures(&self.account, layout.report.level.as_str());
        if refused.is_empty() {
            Cow::Borrowed(layout)
        } else {
            Cow::Owned(layout.without(layout.asked_among(&refused)))
        }
    }
}

impl AccountRun<'_> {
    /// The fields of a report that Meta refuses, as far as that has shown.
    pub(super) fn refused_fields(&self, layout: &Insights) -> BTreeSet<String> {
        let level = layout.report.level.as_str();
        layout.asked_among(&self.engine.client.refused_figures(&self.account, level))
    }

    pub(super) fn reading(
        &self,
        step: &Step,
        filled: &Filled<Insights>,
        request_hash: String,
        today: NaiveDate,
        is_covered: bool,
        ladder: Ladder,
    ) -> Arc<Reading> {
        let unique_metrics_since = retention::unique_metrics_since(today);
        let mut filled = filled.clone();
        filled.upsert = filled.upsert.with_unique_metrics_since(unique_metrics_since).within(self.fence());
        Arc::new(Reading {
            db: self.engine.db.clone(),
            session: step.session.clone(),
            account: self.account.clone(),
            filled,
            conversions: self.engine.conversions(&self.account),
            run_id: self.opening.id,
            step: step.name().to_owned(),
            request_hash,
            today,
            is_covered,
            rows_per_period: 0,
            by_run: false,
            arrived: Arc::default(),
            unique_metrics_since,
            ladder,
            listings: self.named.listings(),
            rooms: Rooms::default(),
        })
    }

    /// What is known of a report's listings: the further questions that showed rows of the account, and those that are
    /// refused of what the report asks. Whoever compares on demand asks them all the same.
    pub(super) async fn ladder(&self, report: &Report) -> Result<Ladder, Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let asked = asked_as(report);
        let words = async {
            match self.work {
                Work::Reconcile => Ok(Vec::new()),
                Work::Sync => Ok(ladders::refused(db, account_id, &asked).await?),
            }
        };
        let (words, known) = tokio::try_join!(words, self.known_rungs())?;
        Ok(Ladder { known, refused: Arc::new(Refusals::known(&words)), ..Ladder::default() })
    }

    /// The further questions that showed rows of the account lately.
    pub(super) async fn known_rungs(&self) -> Result<Vec<Rung>, Failure> {
        Ok(Ladder::known(&ladders::known(&self.engine.db, self.account.digits()).await?))
    }

    /// Reads days, and those once more that the database does not know to be read when all are: a server that took the place
    /// of another may lack the last of what that one had confirmed.
    pub(super) async fn read_days(
        &self,
        step: &mut Step,
        reading: Arc<Reading>,
        periods: &[Days],
        cut: impl Fn(&[Days], bool) -> Vec<Days>,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let report = reading.filled.layout.report.clone();
        let read = self.read_slices(step, Arc::clone(&reading), periods, &cut, stop).await?;
        let read = read.into_iter().flat_map(|days| report.increment.periods(days));
        let since: Vec<NaiveDate> = read.map(|period| period.since).collect();
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let lost = coverage::unread(db, account_id, &report.name, &since, self.opening.id).await?;
        if lost.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            report = report.name, periods = lost.len(), first = ?lost.first(),
            "the database does not know any more what it had confirmed: it is read again"
        );
        let lost: Vec<Days> = periods.iter().filter(|period| lost.contains(&period.since)).copied().collect();
        Progress::add(&self.progress.days, lost.iter().map(Days::len).sum());
        self.read_slices(step, reading, &lost, &cut, stop).await.map(drop)
    }

    /// Reads days in slices side by side, and tells which of them are complete. One that fails stops no other; the first
    /// failure is told.
    ///
    /// The first direct question shows whether direct calls are the way, so the others wait for its first page. Where it is
    /// too much it is the only one that is refused: what remains is cut anew, into few large report runs.
    async fn read_slices(
        &self,
        step: &mut Step,
        mut reading: Arc<Reading>,
        periods: &[Days],
        cut: impl Fn(&[Days], bool) -> Vec<Days>,
        stop: &CancellationToken,
    ) -> Result<Vec<Days>, Failure> {
        let abreast = self.engine.client.settings().max_concurrency.max(1);
        let sized = sized_as(&reading.filled.layout.report);
        let mut is_trial = !reading.by_run && !step.session.is_tried_directly(&self.account, &sized);
        let mut waiting = cut(periods, reading.by_run).into_iter();
        // Dropped with the run, so that nothing writes behind its back.
        let mut running: FuturesUnordered<AbortOnDropHandle<SliceEnd>> = FuturesUnordered::new();
        let (mut read, mut failure) = (Vec::new(), None);
        // Between two slices a run that reads history gives way to one that waits.
        let (mut gives_way, mut looked_at) = (false, Instant::now());
        loop {
            if gives_way && running.is_empty() {
                gives_way = false;
                if let Err(error) = self.give_way().await {
                    failure = failure.or(Some(error));
                    break;
                }
                looked_at = Instant::now();
            }
            while !gives_way
                && running.len() < if is_trial { 1 } else { abreast }
                && failure.as_ref().is_none_or(|failure: &Failure| !failure.stops_siblings())
                && let Some(days) = waiting.next()
            {
                let slice = Arc::clone(&reading).slice(days, Arc::clone(self.progress));
                running.push(AbortOnDropHandle::new(tokio::spawn(slice.in_current_span())));
            }
            let ended = tokio::select! {
                biased;
                () = reading.arrived.notified(), if is_trial => {
                    is_trial = false;
                    if step.session.is_by_report_run(&self.account, &sized) {
                        let increment = reading.filled.layout.report.increment;
                        let left: Vec<Days> = waiting.rev().flat_map(|days| increment.periods(days)).collect();
                        reading = Arc::new(Reading { by_run: true, ..(*reading).clone() });
                        waiting = cut(&left, true).into_iter();
                    }
                    continue;
                }
                ended = running.next() => ended,
            };
            let Some(ended) = ended else { break };
            is_trial = false;
            if looked_at.elapsed() >= LOOKED_EVERY && waiting.len() > 0 {
                gives_way = gives_way || self.is_in_the_way().await;
                looked_at = Instant::now();
            }
            match ended {
                Ok(end) => {
                    step.tally.add(end.tally);
                    match end.result {
                        Ok(complete) => {
                            Progress::add(&self.progress.days_done, end.days.len());
                            read.push(complete);
                        }
                        Err(error) => {
                            if error.stops_siblings() {
                                stop.cancel();
                            }
                            failure = failure.or(Some(error));
                        }
                    }
                }
                Err(error) => {
                    let message = format!("a slice ended by a fault of adsync: {error}");
                    failure = failure.or(Some(self.refused(message, "Report this with the log of the run.")));
                }
            }
        }
        failure.map_or(Ok(read), Err)
    }
}
