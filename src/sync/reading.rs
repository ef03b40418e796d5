//! How an account's insights are read: what all slices of a report share, and the slices side by side.

use std::sync::Arc;

use chrono::NaiveDate;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::meta::Session;
use crate::rows::insights::Insights;
use crate::rows::report::Days;
use crate::store::ladders;

use super::account::AccountRun;
use super::engine::Progress;
use super::ladder::{Ladder, Refusals};
use super::report::Failure;
use super::retention;
use super::slice::{Reading, SliceEnd, sized_as};
use super::step::Step;
use super::tables::Filled;

impl AccountRun<'_> {
    pub(super) fn reading(
        &self,
        session: Session,
        filled: &Filled<Insights>,
        request_hash: String,
        today: NaiveDate,
        is_covered: bool,
        ladder: Ladder,
    ) -> Arc<Reading> {
        let unique_metrics_since = retention::unique_metrics_since(today);
        let mut filled = filled.clone();
        filled.upsert = filled.upsert.with_unique_metrics_since(unique_metrics_since);
        Arc::new(Reading {
            db: self.engine.db.clone(),
            session,
            account: self.account.clone(),
            filled,
            conversions: self.engine.conversions(&self.account),
            run_id: self.opening.id,
            request_hash,
            today,
            is_covered,
            by_run: false,
            arrived: Arc::default(),
            unique_metrics_since,
            ladder,
        })
    }

    /// What is known of the account's listings: the further questions that showed rows, and those that were refused.
    pub(super) async fn ladder(&self) -> Result<Ladder, Failure> {
        let words = ladders::known(&self.engine.db, self.account.digits()).await?;
        Ok(Ladder { known: Ladder::known(&words), refused: Arc::new(Refusals::known(&words)), ..Ladder::default() })
    }

    /// Reads days in slices side by side. One that fails stops no other; the first failure is told.
    ///
    /// The first direct question shows whether direct calls are the way, so the others wait for its first page. Where it is
    /// too much it is the only one that is refused: what remains is cut anew, into few large report runs.
    pub(super) async fn read_slices(
        &self,
        step: &mut Step,
        mut reading: Arc<Reading>,
        periods: &[Days],
        cut: impl Fn(&[Days], bool) -> Vec<Days>,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let abreast = self.engine.client.settings().max_concurrency.max(1);
        let sized = sized_as(&reading.filled.layout.report);
        let mut is_trial = !reading.by_run && !step.session.is_tried_directly(&self.account, &sized);
        let mut waiting = cut(periods, reading.by_run).into_iter();
        // Dropped with the run, so that nothing writes behind its back.
        let mut running: FuturesUnordered<AbortOnDropHandle<SliceEnd>> = FuturesUnordered::new();
        let mut failure = None;
        loop {
            while running.len() < if is_trial { 1 } else { abreast }
                && failure.as_ref().is_none_or(|failure: &Failure| !failure.stops_siblings())
                && let Some(days) = waiting.next()
            {
                let slice = Arc::clone(&reading).slice(days, Arc::clone(self.progress));
                running.push(AbortOnDropHandle::new(tokio::spawn(slice)));
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
            match ended {
                Ok(end) => {
                    step.tally.add(end.tally);
                    match end.result {
                        Ok(()) => Progress::add(&self.progress.days_done, end.days.len()),
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
        failure.map_or(Ok(()), Err)
    }
}
