//! The way to a receiver: one request that is given up soon, and what went wrong with it, in words without its address.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::message::Message;

/// The whole time that a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a ping is tried, and the pauses between.
const PING_PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// Where messages go. Its address is a secret: whoever knows it may write there.
#[derive(Debug, Clone)]
pub struct Webhook(Receiver);

/// Where the sign of life goes.
#[derive(Debug, Clone)]
pub struct Heartbeat(Receiver);

#[derive(Debug, Clone)]
struct Receiver {
    http: Client,
    url: SecretString,
}

/// Why a receiver did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It answered with a status that is no success.
    #[error("it answered with HTTP {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// How long it wants to be left alone.
        retry_in: Option<Duration>,
    },
    /// It did not answer.
    #[error("it did not answer within {} seconds", REQUEST_TIMEOUT.as_secs())]
    TimedOut,
    /// It cannot be reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl Webhook {
    /// Fails only where the machine offers no roots of trust.
    pub fn new(url: &SecretString) -> Result<Self, String> {
        Receiver::new(url).map(Self)
    }

    /// Sends a message. Gives the HTTP status of its arrival.
    pub async fn send(&self, message: &Message) -> Result<u16, Refusal> {
        let request = self.0.http.post(self.0.url.expose_secret()).header(CONTENT_TYPE, "application/json");
        exchange(request.body(message.body.clone())).await
    }
}

impl Heartbeat {
    /// Fails only where the machine offers no roots of trust.
    pub fn new(url: &SecretString) -> Result<Self, String> {
        Receiver::new(url).map(Self)
    }

    /// Pings once.
    async fn ping_once(&self) -> Result<u16, Refusal> {
        exchange(self.0.http.get(self.0.url.expose_secret())).await
    }

    /// Pings, a few times where it does not arrive, and says so where it never does.
    pub async fn ping(&self) {
        let mut pauses = PING_PAUSES.into_iter();
        loop {
            let Err(refusal) = self.ping_once().await else { return };
            match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    tracing::warn!(error = %refusal, advice = refusal.advice(), "the heartbeat did not arrive");
                    return;
                }
            }
        }
    }
}

impl Receiver {
    fn new(url: &SecretString) -> Result<Self, String> {
        // A second call finds the provider in place, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let is_loopback = Url::parse(url.expose_secret()).is_ok_and(|url| match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        });
        let builder = Client::builder()
            .user_agent(concat!("adsync/", env!("CARGO_PKG_VERSION")))
            .timeout(REQUEST_TIMEOUT)
            // Messages are rare: a connection that is kept is broken when it is used again.
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none());
        let builder = if is_loopback { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|error| root(&error.without_url()))?;
        Ok(Self { http, url: url.clone() })
    }
}

/// Sends a request and looks at the status alone: what a receiver answers is its own affair.
async fn exchange(request: RequestBuilder) -> Result<u16, Refusal> {
    let answer = request.send().await.map_err(|error| {
        // The error's own words hold the address.
        let error = error.without_url();
        match (error.is_timeout(), error.is_connect()) {
            (true, _) => Refusal::TimedOut,
            (false, true) => Refusal::Unreachable(root(&error)),
            (false, false) => Refusal::Broken(root(&error)),
        }
    })?;
    let status = answer.status();
    match status.is_success() {
        true => Ok(status.as_u16()),
        false => Err(Refusal::Status { status: status.as_u16(), retry_in: retry_in(answer.headers()) }),
    }
}

fn retry_in(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The innermost cause: the outer ones only say that something failed.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

impl Refusal {
    /// Whether any other message would meet the same.
    pub(super) fn is_of_receiver(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status != 400 && *status != 413 && *status != 422,
            _ => true,
        }
    }

    /// How long the receiver wants to be left alone.
    pub(super) fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_in, .. } => *retry_in,
            _ => None,
        }
    }

    /// What a person should do, in one sentence.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Status { status: 300..=399, .. } => {
                "The address leads on to another one: write that one into the variable."
            }
            Self::Status { status: 400 | 413 | 422, .. } => {
                "The receiver does not take this message: it has to accept JSON with a field `text`, as Slack and Mattermost do, and Discord where its address ends with /slack."
            }
            Self::Status { status: 401 | 403, .. } => {
                "The receiver lets nobody in with this address: copy it again, or make another webhook."
            }
            Self::Status { status: 404 | 410, .. } => {
                "There is no such webhook, or its channel is gone: make another one and write its address into the variable."
            }
            Self::Status { status: 405, .. } => "The address is another kind of page: copy the webhook's own address.",
            Self::Status { status: 408 | 429 | 500..=599, .. } => {
                "The receiver is busy or unwell; it is tried again. If it lasts, look at its own status page."
            }
            Self::Status { .. } => "Look up what the receiver means by this status, and copy its address again.",
            Self::TimedOut | Self::Broken(_) => {
                "It is tried again. If it lasts, look at the receiver and at what stands between it and this machine."
            }
            Self::Unreachable(_) => {
                "Check the host in the address, and that this machine may reach it: a firewall or a proxy may stand in the way."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_cure() {
        let cure = |status| Refusal::Status { status, retry_in: None }.advice();
        for (status, words) in [
            (302, "another one"),
            (400, "`text`"),
            (403, "make another webhook"),
            (404, "no such webhook"),
            (405, "another kind of page"),
            (410, "channel is gone"),
            (429, "busy"),
            (503, "unwell"),
            (418, "Look up"),
        ] {
            assert!(cure(status).contains(words), "{status}: {}", cure(status));
        }
    }

    #[test]
    fn a_message_that_is_refused_by_itself_keeps_no_other_back() {
        let of = |status| Refusal::Status { status, retry_in: None }.is_of_receiver();
        assert_eq!([400, 413, 404, 429, 500].map(of), [false, false, true, true, true]);
        assert!(Refusal::TimedOut.is_of_receiver());
    }
}
