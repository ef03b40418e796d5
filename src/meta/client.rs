//! The way to the Graph API, shared by every run of the process.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::error::{Class, Error};
use super::identity::Identity;
use super::meter::Meter;
use super::notes::Notes;
use super::pacing::Budgets;
use super::patience::Patience;
use super::refusals::Refusals;
use super::session::Session;
use super::sizes::Sizes;
use super::transport::reason;
use super::usage::UseCase;
use super::{AccountId, Credentials, Settings};

/// The way to the Graph API, shared by every run of the process.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub http: reqwest::Client,
    pub settings: Settings,
    /// Calls in flight, all accounts together.
    pub slots: Semaphore,
    /// What the process learned of Meta stays when it is told otherwise.
    pub budgets: Arc<Budgets>,
    pub sizes: Arc<Sizes>,
    pub refusals: Arc<Refusals>,
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
    /// Whether the form is a batch, whose parts tell of Meta's budgets.
    pub is_batch: bool,
    /// Whether it was asked before, for the counters.
    pub is_repeat: bool,
    /// What it is about, where its path does not tell.
    pub topic: Option<String>,
    /// Whether the request names the token in `input_token`. The question itself never holds it.
    pub names_token: bool,
}

impl Question {
    /// A question that reads.
    pub fn get(path: impl Into<String>, use_case: UseCase, parameters: Vec<(&'static str, String)>) -> Self {
        Self {
            path: path.into(),
            parameters,
            use_case,
            form: None,
            is_batch: false,
            is_repeat: false,
            topic: None,
            names_token: false,
        }
    }

    /// One of its parameters.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The same question with another value of a parameter.
    pub(super) fn with(&self, name: &'static str, value: String) -> Self {
        let mut question = self.clone();
        question.parameters.retain(|(known, _)| *known != name);
        question.parameters.push((name, value));
        question
    }

    /// What it is about, apart from which days and which page: sizes and refused fields are remembered by this.
    pub(super) fn topic(&self) -> String {
        if let Some(topic) = &self.topic {
            return topic.clone();
        }
        // The figures of one object: the objects are many, what is asked of them is one thing.
        if self.path.starts_with(|first: char| first.is_ascii_digit()) {
            return "object/insights".to_owned();
        }
        let level = self.parameter("level").unwrap_or_default();
        format!("{}{}{level}", self.path, if level.is_empty() { "" } else { ":" })
    }
}

impl Client {
    /// Builds the client. Fails only where the machine offers no roots of trust.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let slots = Semaphore::new(settings.max_concurrency);
        let http = http(&settings)?;
        let (budgets, sizes, refusals) = Default::default();
        Ok(Self { shared: Arc::new(Shared { http, settings, slots, budgets, sizes, refusals }) })
    }

    /// The way under other settings, with all that was learned on this one.
    pub fn under(&self, settings: Settings) -> Result<Self, Error> {
        if settings == self.shared.settings {
            return Ok(self.clone());
        }
        let slots = Semaphore::new(settings.max_concurrency);
        let http = http(&settings)?;
        let Shared { budgets, sizes, refusals, .. } = &*self.shared;
        let (budgets, sizes, refusals) = (Arc::clone(budgets), Arc::clone(sizes), Arc::clone(refusals));
        Ok(Self { shared: Arc::new(Shared { http, settings, slots, budgets, sizes, refusals }) })
    }

    /// What the client was told.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The call budgets that the process knows.
    pub fn budgets(&self) -> &Budgets {
        &self.shared.budgets
    }

    /// The sizes of questions that are known to work.
    pub fn sizes(&self) -> &Sizes {
        &self.shared.sizes
    }

    /// The fields that Meta is known to refuse.
    pub fn refusals(&self) -> &Refusals {
        &self.shared.refusals
    }

    /// Opens a session: who asks about which account, on whose counters, as part of which run.
    pub fn session(
        &self,
        credentials: &Credentials,
        account: Option<&AccountId>,
        notes: Arc<Notes>,
        meter: Arc<Meter>,
        cancel: CancellationToken,
    ) -> Result<Session, Error> {
        let identity = Arc::new(Identity::new(credentials)?);
        Ok(Session {
            client: self.clone(),
            identity,
            account: account.cloned(),
            notes,
            meter,
            cancel,
            runs: Arc::default(),
            hold: None,
            patience: Arc::new(Patience::new(self.settings().max_wait)),
        })
    }
}

/// Builds what calls travel by. Fails only where the machine offers no roots of trust.
fn http(settings: &Settings) -> Result<reqwest::Client, Error> {
    // A second call finds the provider in place, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let loopback = settings.base_url.scheme() == "http";
    let builder = reqwest::Client::builder()
        .user_agent(concat!("adsync/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10).min(settings.request_timeout))
        .read_timeout(Duration::from_secs(45).min(settings.request_timeout))
        .timeout(settings.request_timeout)
        .pool_idle_timeout(Duration::from_secs(50))
        .redirect(reqwest::redirect::Policy::none())
        .https_only(!loopback);
    let builder = if loopback { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| {
        let why = reason(&error.without_url());
        Error::plain(Class::Unknown, format!("the HTTP client could not be built: {why}"))
    })
}
