//! The one request function: authenticated by header, timed out, paced, retried by class, counted.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::AUTHORIZATION;
use secrecy::ExposeSecret;
use tokio::sync::{SemaphorePermit, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::awaited::ReportRuns;
use super::batch;
use super::classify::Transport;
use super::client::{Client, Question};
use super::error::{Class, Error};
use super::identity::Identity;
use super::meter::Meter;
use super::notes::Notes;
use super::pacing::Leave;
use super::patience::Patience;
use super::transport::{Answer, broken, exchange, reason};
use super::{AccountId, Settings};

/// The longest that one question may take, all its attempts together, waits for a budget aside: a command gives up
/// within two minutes.
const QUESTION_BUDGET: Duration = Duration::from_secs(100);
/// Attempts at one question, the first included.
const ATTEMPTS: usize = 6;
/// Attempts at a question that fails in a way that may come of its size.
const GUESSES: u32 = 3;
/// What an attempt may take beyond its timeout.
const ONE_MORE: Duration = Duration::from_secs(20);

/// Who asks about which account, on whose counters, until told to stop.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) client: Client,
    pub(super) identity: Arc<Identity>,
    pub(super) account: Option<AccountId>,
    pub(super) notes: Arc<Notes>,
    pub(super) meter: Arc<Meter>,
    pub(super) cancel: CancellationToken,
    pub(super) runs: Arc<ReportRuns>,
    pub(super) patience: Arc<Patience>,
    /// Since when nothing should be asked, as long as that is so.
    pub(super) hold: Option<watch::Receiver<Option<Instant>>>,
}

/// What one attempt came to.
enum Attempt {
    Body(String),
    Failed(Error),
    /// Throttled, and for how long the budget is blocked.
    Throttled(Error, Duration),
}

impl Session {
    /// The same session on other counters.
    pub fn metered(&self, meter: Arc<Meter>) -> Self {
        Self { meter, ..self.clone() }
    }

    /// The same session, stopped by another token.
    pub fn stopped_by(&self, cancel: CancellationToken) -> Self {
        Self { cancel, ..self.clone() }
    }

    /// The same session, which asks nothing while `hold` names an instant: then its answers could not be kept.
    pub fn held_by(&self, hold: watch::Receiver<Option<Instant>>) -> Self {
        Self { hold: Some(hold), ..self.clone() }
    }

    /// The same session apart from its run: what its questions come to is nobody else's matter.
    pub fn apart(&self) -> Self {
        Self { notes: Arc::default(), ..self.clone() }
    }

    /// What stops it.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// The counters that it feeds.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What the client was told.
    pub fn settings(&self) -> &Settings {
        self.client.settings()
    }

    /// Asks one question until it is answered: transient failures again after a pause, throttles after the time that
    /// Meta names, everything else is an error at once. `decode` judges the body, so that half an answer is asked again.
    pub async fn ask<T>(&self, question: &Question, decode: impl Fn(String) -> Result<T, Error>) -> Result<T, Error> {
        // A patient configuration gets at least one whole attempt.
        let mut deadline = Instant::now() + QUESTION_BUDGET.max(self.settings().request_timeout + ONE_MORE);
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(20))
            .with_max_times(ATTEMPTS - 1)
            .with_jitter()
            .build();
        let mut is_retry = question.is_repeat;
        let mut guesses = 0;
        loop {
            if let Some(error) = self.notes.obituary(self.identity.fingerprint) {
                return Err(error);
            }
            // Waiting for one's turn is no part of the question's own time.
            let waiting = Instant::now();
            self.held().await?;
            let (leave, slot) = self.turn(question).await?;
            deadline += waiting.elapsed();
            // Whoever tried the budget while this call waited may have found the token dead.
            if let Some(error) = self.notes.obituary(self.identity.fingerprint) {
                return Err(error);
            }
            let attempt = tokio::select! {
                () = self.cancel.cancelled() => return Err(cancelled()),
                attempt = self.attempt(question, (leave, slot), is_retry, deadline) => attempt,
            };
            let error = match attempt {
                Attempt::Body(body) => match decode(body) {
                    Ok(value) => return Ok(value),
                    Err(error) => error,
                },
                Attempt::Failed(error) => error,
                Attempt::Throttled(error, wait) if !self.patience.has(wait, Instant::now()) => {
                    return Err(Error { retry_in: Some(wait), ..error.without(&self.identity.secrets()) });
                }
                Attempt::Throttled(..) => {
                    is_retry = true;
                    continue;
                }
            };
            let error = self.own(error);
            if !error.class.is_retried() {
                return Err(error);
            }
            guesses += u32::from(error.may_be_size());
            if guesses >= GUESSES {
                // It may be unwell or too much: what did not pass is taken for the latter, which smaller questions show.
                return Err(Error { class: Class::TooMuchData, ..error });
            }
            let pause = pauses.next().filter(|pause| Instant::now() + *pause < deadline);
            let Some(pause) = pause.filter(|_| self.notes.may_retry()) else { return Err(error) };
            tracing::debug!(path = question.path, class = error.class.as_str(), %error, ?pause, "asking again");
            is_retry = true;
            self.pause(pause).await?;
        }
    }

    /// Waits until answers can be kept again, as long as a command may.
    async fn held(&self) -> Result<(), Error> {
        let Some(mut hold) = self.hold.clone() else { return Ok(()) };
        if hold.borrow().is_none() {
            return Ok(());
        }
        let message = "the database is away, so Meta was not asked";
        tokio::select! {
            () = self.cancel.cancelled() => Err(cancelled()),
            waited = timeout(QUESTION_BUDGET, hold.wait_for(Option::is_none)) => match waited {
                // Whoever held it is gone: nothing holds it any more.
                Ok(_) => Ok(()),
                Err(_) => Err(Error::plain(Class::Transient, message)),
            }
        }
    }

    /// Waits for leave of the budgets and for a slot. A budget may be blocked while the call waits for its slot.
    async fn turn(&self, question: &Question) -> Result<(Leave<'_>, SemaphorePermit<'_>), Error> {
        loop {
            let leave = self.leave(question).await?;
            let slot = tokio::select! {
                () = self.cancel.cancelled() => return Err(cancelled()),
                slot = self.client.shared.slots.acquire() => slot.map_err(|_| cancelled())?,
            };
            if leave.still().is_ok() {
                return Ok((leave, slot));
            }
        }
    }

    /// Waits for leave to make a call. Gives up at once where a block lasts longer than the run is patient.
    async fn leave(&self, question: &Question) -> Result<Leave<'_>, Error> {
        let account = self.account.as_ref().map(AccountId::digits);
        loop {
            let leave = tokio::select! {
                () = self.cancel.cancelled() => Err(None),
                leave = self.client.shared.budgets.leave(&self.identity.app, account, question.use_case, &self.meter) => leave.map_err(Some),
            };
            let wait = match leave {
                Ok(leave) => return Ok(leave),
                Err(None) => return Err(cancelled()),
                Err(Some(wait)) => wait,
            };
            if !self.patience.take(wait, Instant::now()) {
                let minutes = wait.as_secs().div_ceil(60);
                let message = format!("Meta's call budget is spent for another {minutes} minutes");
                return Err(Error { retry_in: Some(wait), ..Error::plain(Class::Throttle, message) });
            }
            tracing::info!(path = question.path, wait_s = wait.as_secs(), "waiting for meta's call budget");
            let _waiting = self.meter.waiting();
            self.pause(wait).await?;
        }
    }

    /// One HTTP exchange.
    async fn attempt(
        &self,
        question: &Question,
        (leave, slot): (Leave<'_>, SemaphorePermit<'_>),
        is_retry: bool,
        deadline: Instant,
    ) -> Attempt {
        let shared = &self.client.shared;
        let request = match self.request(question) {
            Ok(request) => request,
            Err(error) => return Attempt::Failed(error),
        };
        self.meter.called(is_retry);
        self.notes.called();
        let started = Instant::now();
        let left = deadline.saturating_duration_since(started).max(Duration::from_secs(1));
        let account = self.account.as_ref().map(AccountId::digits);
        let exchanged = timeout(left, exchange(&shared.http, request, account)).await;
        drop(slot);
        match exchanged {
            Ok(Ok(answer)) if answer.is_oversize => {
                leave.answered(&answer.usage);
                let message = "the answer is larger than any page should be";
                Attempt::Failed(Error::on_the_way(Transport::Oversize, message))
            }
            Ok(Ok(mut answer)) => {
                let throttle = if question.is_batch {
                    let told = batch::told(&answer.body, account);
                    answer.usage.add(told.usage);
                    told.throttle
                } else {
                    None
                };
                let pct = answer.usage.peak_pct();
                tracing::debug!(path = question.path, status = answer.status, usage_pct = pct, took = ?started.elapsed(), "answered");
                self.meter.saw_usage(pct);
                self.meter.saw_tier(answer.usage.tier.as_ref());
                self.note_version(&answer);
                self.judged(answer, throttle, leave)
            }
            Ok(Err(error)) => Attempt::Failed(broken(error, shared.settings.request_timeout)),
            Err(_) => Attempt::Failed(Error::on_the_way(Transport::TimedOut, "Meta did not answer in time")),
        }
    }

    fn request(&self, question: &Question) -> Result<reqwest::Request, Error> {
        let settings = self.settings();
        let mut url = settings.base_url.clone();
        let path = format!("{}/{}/{}", url.path().trim_end_matches('/'), settings.api_version, question.path);
        url.set_path(&path);
        if !question.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&question.parameters);
        }
        if question.names_token {
            url.query_pairs_mut().append_pair("input_token", self.identity.token());
        }
        if let Some(proof) = &self.identity.proof {
            url.query_pairs_mut().append_pair("appsecret_proof", proof.expose_secret());
        }
        let http = &self.client.shared.http;
        let builder = match &question.form {
            None => http.get(url),
            Some(form) => http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form.clone()),
        };
        builder
            .header(AUTHORIZATION, self.identity.bearer.clone())
            .build()
            .map_err(|error| Error::plain(Class::Invalid, format!("no request: {}", reason(&error.without_url()))))
    }

    /// What an answer means, for the caller and for the budgets. An error inside a success may be a throttle, too, and so
    /// may a part of a batch: then its other parts are still used.
    fn judged(&self, answer: Answer, throttled_part: Option<Error>, leave: Leave<'_>) -> Attempt {
        let is_success = (200..300).contains(&answer.status);
        let error = (!is_success || says_error(&answer.body)).then(|| Error::from_answer(answer.status, &answer.body));
        match error {
            Some(error) if error.class == Class::Throttle => {
                let wait = leave.throttled(&error, &answer.usage);
                Attempt::Throttled(error, wait)
            }
            Some(error) if !is_success => {
                // Before others get their leave, they must see that the token is dead.
                let error = self.own(error);
                leave.answered(&answer.usage);
                Attempt::Failed(error)
            }
            _ => {
                match throttled_part {
                    Some(throttle) => drop(leave.throttled(&throttle, &answer.usage)),
                    None => leave.answered(&answer.usage),
                }
                Attempt::Body(answer.body)
            }
        }
    }

    /// Meta serves old versions by newer ones: a header is the only sign of it.
    fn note_version(&self, answer: &Answer) {
        let asked = &self.settings().api_version;
        if let Some(served) = answer.version.as_ref().filter(|served| *served != asked) {
            self.notes.odd("other_version", format!("Meta served {served} although meta.api_version is {asked}"));
        }
        if let Some(warning) = &answer.version_warning {
            self.notes.odd("version_warning", warning.clone());
        }
    }

    /// An error as it may be kept: without secrets, and its token buried where it is dead.
    pub(super) fn own(&self, error: Error) -> Error {
        let error = error.without(&self.identity.secrets());
        if error.class == Class::Auth {
            self.notes.bury(self.identity.fingerprint, &error);
        }
        error
    }

    /// A text of Meta's with every secret taken out.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let secrets = self.identity.secrets();
        secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"))
    }

    pub(super) async fn pause(&self, pause: Duration) -> Result<(), Error> {
        tokio::select! {
            () = self.cancel.cancelled() => Err(cancelled()),
            () = sleep(pause) => Ok(()),
        }
    }
}

/// Whether a success begins like an error object: looked at before the whole body is parsed.
fn says_error(body: &str) -> bool {
    body.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with("\"error\""))
}

pub(super) fn cancelled() -> Error {
    Error::plain(Class::Cancelled, "the run was told to stop")
}
