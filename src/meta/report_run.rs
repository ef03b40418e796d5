//! Report runs: Meta works a large question out by itself, and the answer is read when it is done.
//!
//! A run is created, asked about with rising pauses, all runs of a session in one batch, and read like a listing. It may
//! be unknown just after it was made, stand still at any percentage, be skipped, fail with an error that says whether to
//! ask again or for less, or never end: none of that may hold the caller for longer than its deadline.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::AccountId;
use super::awaited::{Verdict, places};
use super::batch::Part;
use super::client::Question;
use super::error::{Class, Error};
use super::insights::InsightsQuery;
use super::listing::Listing;
use super::session::{Session, cancelled};
use super::usage::UseCase;

/// Rows of a page of a run's answer, in pages of the configured size: what is worked out already costs Meta little, and
/// public clients ask for up to 1,000.
const PAGES_AT_ONCE: u32 = 2;
const LARGEST_PAGE: u32 = 1_000;
/// The longest that a run may take: Meta names an hour, retries included.
const DEADLINE: Duration = Duration::from_secs(3600);
/// Runs made for one question, the first included: a skipped, failed or stalled one is made again.
const TRIES: u32 = 3;

impl Session {
    /// Has Meta work out a question and gives the listing of its answer.
    pub async fn report_run(&self, account: &AccountId, query: &InsightsQuery) -> Result<Listing, Error> {
        let runs = &self.runs;
        let budgets = &self.client.shared.budgets;
        let account_id = self.account.as_ref().map(AccountId::digits);
        let usage_pct = budgets.usage_pct(&self.identity.app, account_id, UseCase::Insights);
        let _place = runs.places.acquire_many(places(usage_pct)).await.map_err(|_| cancelled())?;
        let deadline = Instant::now() + DEADLINE;
        let mut tries = 1;
        let path = format!("{}/insights", account.act());
        let mut direct = self.allowed(Question::get(path, UseCase::Insights, query.parameters()));
        let mut is_searched = false;
        loop {
            let id = match self.create_run(&direct).await {
                Err(error) if matches!(error.class, Class::Invalid | Class::Permission) && !is_searched => {
                    // What it names is left out; else a direct call tells, where there is one.
                    match self.without_named(&direct, &error) {
                        Some(allowed) => direct = allowed,
                        None => {
                            is_searched = true;
                            let allowed = self.without_refused(&direct, error.clone()).await?;
                            direct = allowed.ok_or(error)?;
                        }
                    }
                    continue;
                }
                created => created?,
            };
            self.meter.made_report_run();
            runs.begin(&id);
            let verdict = self.wait_for_run(&id, deadline).await;
            runs.end(&id);
            match verdict? {
                Verdict::Completed => {
                    let path = format!("{id}/insights");
                    let configured = self.settings().page_size;
                    let rows = configured.saturating_mul(PAGES_AT_ONCE).min(LARGEST_PAGE).max(configured);
                    // A run has an id of its own every time: its pages are remembered by the account.
                    let topic = Some(format!("{}/report_run", account.act()));
                    let question = Question { topic, ..Question::get(path, UseCase::Insights, Vec::new()) };
                    return Ok(Listing::new(self.clone(), question).pages_of(rows).worked_out(direct));
                }
                Verdict::Again(error) if tries < TRIES && Instant::now() < deadline => {
                    tracing::info!(%error, tries, "a report run is made again");
                    tries += 1;
                }
                Verdict::Again(error) | Verdict::Failed(error) => return Err(self.own(error)),
            }
        }
    }

    /// Makes a run of a question that could be asked directly, too.
    async fn create_run(&self, direct: &Question) -> Result<String, Error> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&direct.parameters).finish();
        let path = direct.path.clone();
        let question = Question { form: Some(form), ..Question::get(path, UseCase::Insights, Vec::new()) };
        self.ask(&question, |body| {
            #[derive(Deserialize)]
            struct Created {
                // A string in recordings, a bare number in the documentation.
                report_run_id: Value,
            }
            match serde_json::from_str::<Created>(&body).map(|created| created.report_run_id) {
                Ok(Value::String(id)) if id.bytes().all(|byte| byte.is_ascii_digit()) && !id.is_empty() => Ok(id),
                Ok(Value::Number(id)) => Ok(id.to_string()),
                _ => Err(Error::from_answer(200, &body)),
            }
        })
        .await
    }

    /// Waits until a run is done or given up. Whoever's turn it is asks about every run that is due, in one batch.
    async fn wait_for_run(&self, id: &str, deadline: Instant) -> Result<Verdict, Error> {
        loop {
            let Some(next_at) = self.runs.next_at(id) else { return Err(cancelled()) };
            tokio::select! {
                () = self.cancel.cancelled() => return Err(cancelled()),
                () = sleep_until(next_at) => {}
            }
            let asking = self.runs.asking.lock().await;
            let due = self.runs.due(Instant::now());
            if due.iter().any(|due| due == id) {
                self.ask_about(&due).await?;
            }
            drop(asking);
            // What came to its end counts, also where that was late.
            if let Some(verdict) = self.runs.verdict(id) {
                return Ok(verdict);
            }
            if Instant::now() >= deadline {
                return Ok(Verdict::Failed(Error::plain(Class::Transient, "a report run did not end within an hour")));
            }
        }
    }

    /// Asks about runs in one batch. Whatever becomes of the question, each is asked about again only after its pause.
    async fn ask_about(&self, ids: &[String]) -> Result<(), Error> {
        const FIELDS: &str =
            "id,async_status,async_percent_completion,is_running,error_code,error_subcode,error_message";
        let asked_at = Instant::now();
        ids.iter().for_each(|id| self.runs.postpone(id, asked_at));
        let addresses = ids.iter().map(|id| format!("{id}?fields={FIELDS}")).collect();
        let answers = match self.batch(addresses, UseCase::Insights, false).await {
            Ok(answers) => answers,
            // The question about the runs failed, not the runs: they are asked about again until their deadline.
            Err(error) if error.class.is_retried() => {
                tracing::warn!(%error, "report runs could not be asked about");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for (id, answer) in ids.iter().zip(answers) {
            let now = Instant::now();
            match answer.map(Part::object) {
                // It was not run in time.
                None => {}
                Some(Ok(object)) => self.runs.seen(id, Some(&object.value()), now),
                Some(Err(error)) if error.is_gone() => self.runs.seen(id, None, now),
                Some(Err(error)) => match error.class {
                    Class::Auth => return Err(self.own(error)),
                    Class::Transient | Class::Malformed | Class::Throttle => {
                        tracing::debug!(%error, "a report run could not be asked about");
                    }
                    _ => self.runs.refused(id, self.own(error)),
                },
            }
        }
        Ok(())
    }
}
