//! The one request function of the whole client: authenticated by header, timed out, paced, retried by class, counted.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::error::{Class, Error};
use super::meter::Meter;
use super::usage::{Bucket, Budgets, Usage, UseCase};
use super::{AccountId, Credentials, Settings};

/// The longest that one question may take, all its attempts together: a command gives up within two minutes.
const QUESTION_BUDGET: Duration = Duration::from_secs(100);
/// Attempts at one question, the first included.
const ATTEMPTS: usize = 6;
/// A throttle without a time is asked again after this: the shortest block that Meta documents for a full tier.
const UNNAMED_BLOCK: Duration = Duration::from_secs(60);
/// A body larger than this is no page that was asked for.
const LARGEST_BODY: usize = 64 << 20;

/// The way to the Graph API, shared by every run of the process.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    settings: Settings,
    /// Calls in flight, all accounts together.
    slots: Semaphore,
    budgets: Budgets,
}

/// Who asks about which account, on whose counters, until told to stop.
#[derive(Debug, Clone)]
pub struct Session {
    client: Client,
    identity: Arc<Identity>,
    account: Option<AccountId>,
    meter: Arc<Meter>,
    cancel: CancellationToken,
}

/// What proves who asks. Nothing of it is ever printed.
struct Identity {
    bearer: HeaderValue,
    token: SecretString,
    proof: Option<SecretString>,
    app_secret: Option<SecretString>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

/// One question: a path below the version, its parameters, and the budget that Meta counts it in.
#[derive(Debug, Clone)]
pub struct Question {
    /// The path below the version, for example `act_1/campaigns`.
    pub path: String,
    /// Its parameters; never a token.
    pub parameters: Vec<(&'static str, String)>,
    /// The kind of call that Meta counts it as.
    pub use_case: UseCase,
    /// A form to send instead of a query, for batches.
    pub form: Option<String>,
}

impl Question {
    /// A question that reads.
    pub fn get(path: impl Into<String>, use_case: UseCase, parameters: Vec<(&'static str, String)>) -> Self {
        Self { path: path.into(), parameters, use_case, form: None }
    }
}

impl Client {
    /// Builds the client. Fails only where the machine offers no roots of trust.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        // A second call finds the provider in place, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let loopback = settings.base_url.scheme() == "http";
        let builder = reqwest::Client::builder()
            .user_agent(concat!("adsync/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10).min(settings.request_timeout))
            .timeout(settings.request_timeout)
            .pool_idle_timeout(Duration::from_secs(50))
            .redirect(reqwest::redirect::Policy::none())
            .https_only(!loopback);
        let builder = if loopback { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|error| {
            Error::plain(
                Class::Unknown,
                format!("the HTTP client could not be built: {}", reason(&error.without_url())),
            )
        })?;
        let slots = Semaphore::new(settings.max_concurrency);
        Ok(Self { shared: Arc::new(Shared { http, settings, slots, budgets: Budgets::default() }) })
    }

    /// What the client was told.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Opens a session: who asks about which account, on whose counters.
    pub fn session(
        &self,
        credentials: &Credentials,
        account: Option<&AccountId>,
        meter: Arc<Meter>,
        cancel: CancellationToken,
    ) -> Result<Session, Error> {
        let identity = Arc::new(Identity::new(credentials)?);
        Ok(Session { client: self.clone(), identity, account: account.cloned(), meter, cancel })
    }
}

impl Identity {
    fn new(credentials: &Credentials) -> Result<Self, Error> {
        let token = credentials.token.expose_secret();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Error::plain(Class::Auth, "the access token has a character that no token has"))?;
        bearer.set_sensitive(true);
        let proof = credentials.app_secret.as_ref().map(|secret| proof(secret.expose_secret(), token)).transpose()?;
        Ok(Self { bearer, token: credentials.token.clone(), proof, app_secret: credentials.app_secret.clone() })
    }
}

/// Lower-case hex of HMAC-SHA256 with the app secret as key and the token as message.
fn proof(app_secret: &str, token: &str) -> Result<SecretString, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
        .map_err(|_| Error::plain(Class::Auth, "the app secret cannot be used as a key"))?;
    mac.update(token.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()).into())
}

impl Session {
    /// The same session on other counters.
    pub fn metered(&self, meter: Arc<Meter>) -> Self {
        Self { meter, ..self.clone() }
    }

    /// The counters that it feeds.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What the client was told.
    pub fn settings(&self) -> &Settings {
        self.client.settings()
    }

    /// Whether the session was told to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Asks one question until it is answered: transient failures again after a pause, throttles after the time that
    /// Meta names, everything else is an error at once. `decode` judges the body, so that half an answer is asked again.
    pub async fn ask<T>(&self, question: &Question, decode: impl Fn(String) -> Result<T, Error>) -> Result<T, Error> {
        let deadline = Instant::now() + QUESTION_BUDGET;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(20))
            .with_max_times(ATTEMPTS - 1)
            .with_jitter()
            .build();
        let mut is_retry = false;
        let mut probed = false;
        loop {
            self.wait_for_budget(question).await?;
            let answer = tokio::select! {
                () = self.cancel.cancelled() => Err(cancelled()),
                answer = self.attempt(question, is_retry, deadline) => answer,
            };
            let error = match answer.and_then(&decode) {
                Ok(value) => return Ok(value),
                Err(error) => error.without(&self.secrets()),
            };
            is_retry = true;
            match error.class {
                Class::Throttle if probed => return Err(error),
                Class::Throttle => {
                    self.block(question, &error);
                    probed = true;
                }
                class if class.is_retried() => {
                    let Some(pause) = pauses.next().filter(|pause| Instant::now() + *pause < deadline) else {
                        return Err(error);
                    };
                    tracing::debug!(path = question.path, class = class.as_str(), %error, ?pause, "asking again");
                    self.pause(pause).await?;
                }
                _ => return Err(error),
            }
        }
    }

    /// One HTTP exchange: the body of a success, or the error that the answer is.
    async fn attempt(&self, question: &Question, is_retry: bool, deadline: Instant) -> Result<String, Error> {
        let shared = &self.client.shared;
        let slot = shared.slots.acquire().await.map_err(|_| cancelled())?;
        let request = self.request(question)?;
        self.meter.called(is_retry);
        let started = Instant::now();
        let left = deadline.saturating_duration_since(started).max(Duration::from_secs(1));
        let exchanged = timeout(left, exchange(&shared.http, request)).await;
        drop(slot);
        let (status, usage, body) = match exchanged {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(transport(&error.without_url(), shared.settings.request_timeout)),
            Err(_) => return Err(Error::plain(Class::Transient, "Meta did not answer in time")),
        };
        tracing::debug!(path = question.path, status, usage_pct = usage.peak_pct, took = ?started.elapsed(), "answered");
        self.meter.saw_usage(usage.peak_pct);
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let mut error = Error::from_answer(status, &body);
        if error.class == Class::Throttle {
            error.retry_in = usage.regain_in;
        }
        Err(error)
    }

    fn request(&self, question: &Question) -> Result<reqwest::Request, Error> {
        let settings = &self.client.shared.settings;
        let mut url = settings.base_url.clone();
        let path = format!("{}/{}/{}", url.path().trim_end_matches('/'), settings.api_version, question.path);
        url.set_path(&path);
        if !question.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&question.parameters);
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

    fn bucket(&self, question: &Question) -> Bucket {
        Bucket { account: self.account.as_ref().map(|id| id.digits().to_owned()), use_case: question.use_case }
    }

    fn block(&self, question: &Question, error: &Error) {
        // Code 4 is the app's own budget: every account of it meets the same wall.
        let account = if error.code == Some(4) { None } else { self.bucket(question).account };
        let until = Instant::now() + error.retry_in.unwrap_or(UNNAMED_BLOCK);
        self.client.shared.budgets.block(Bucket { account, use_case: question.use_case }, until);
    }

    /// Waits while the question's budget is blocked; gives up at once where that lasts longer than `max_wait`.
    async fn wait_for_budget(&self, question: &Question) -> Result<(), Error> {
        let bucket = self.bucket(question);
        while let Some(wait) = self.client.shared.budgets.blocked_for(&bucket, Instant::now()) {
            if wait > self.client.shared.settings.max_wait {
                let message =
                    format!("Meta's call budget is spent for another {} minutes", wait.as_secs().div_ceil(60));
                return Err(Error { retry_in: Some(wait), ..Error::plain(Class::Throttle, message) });
            }
            tracing::info!(path = question.path, wait_s = wait.as_secs(), "waiting for Meta's call budget");
            self.meter.wait_begins(Instant::now());
            let waited = self.pause(wait).await;
            self.meter.wait_ends(Instant::now());
            waited?;
        }
        Ok(())
    }

    async fn pause(&self, pause: Duration) -> Result<(), Error> {
        tokio::select! {
            () = self.cancel.cancelled() => Err(cancelled()),
            () = sleep(pause) => Ok(()),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        let identity = &self.identity;
        let optional = [identity.proof.as_ref(), identity.app_secret.as_ref()];
        std::iter::once(identity.token.expose_secret())
            .chain(optional.into_iter().flatten().map(ExposeSecret::expose_secret))
            .collect()
    }
}

async fn exchange(http: &reqwest::Client, request: reqwest::Request) -> Result<(u16, Usage, String), reqwest::Error> {
    let mut response = http.execute(request).await?;
    let status = response.status().as_u16();
    let usage = Usage::from_headers(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Ok((413, usage, String::new()));
        }
        body.extend_from_slice(&chunk);
    }
    let body = String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok((status, usage, body))
}

fn cancelled() -> Error {
    Error::plain(Class::Cancelled, "the run was told to stop")
}

/// A connection that failed, in words without the URL, which holds the proof.
fn transport(error: &reqwest::Error, request_timeout: Duration) -> Error {
    let message = if error.is_timeout() {
        format!("Meta did not answer within {}", humantime::format_duration(request_timeout))
    } else if error.is_connect() {
        format!("Meta cannot be reached: {}", reason(error))
    } else {
        format!("the connection to Meta broke: {}", reason(error))
    };
    Error::plain(Class::Transient, message)
}

/// The innermost cause: the outer ones only say that something failed.
fn reason(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_keyed_hash_of_the_token() {
        // Reference value: printf %s token | openssl dgst -sha256 -hmac secret
        let proof = proof("secret", "token").unwrap();
        assert_eq!(proof.expose_secret(), "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a");
    }
}
