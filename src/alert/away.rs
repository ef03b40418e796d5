//! A database that is away: the one cause that cannot wait in it. It is told past it, once for every absence.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::cause::Cause;
use super::deliver::pause;
use super::message::Message;
use super::post::{Refusal, Webhook};
use super::settings::Settings;

/// Keeps watch over the database's absences, as far as others tell it of them.
#[derive(Debug)]
pub struct Away {
    instance: String,
    after: Duration,
    webhook: Option<Webhook>,
    trouble: watch::Sender<Option<Trouble>>,
    /// Whether an absence was told whose end was not.
    is_told: AtomicBool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Trouble {
    since: Instant,
    since_at: DateTime<Utc>,
    message: String,
    advice: String,
}

impl Away {
    /// Fails only where the machine offers no roots of trust.
    pub fn new(settings: &Settings, instance: &str) -> Result<Self, String> {
        Ok(Self {
            instance: instance.to_owned(),
            after: settings.away_after,
            webhook: settings.webhook_url.as_ref().map(Webhook::new).transpose()?,
            trouble: watch::Sender::new(None),
            is_told: AtomicBool::new(false),
        })
    }

    /// The dedupe id of the message, which runs that meet the same absence share.
    pub fn told_as(&self) -> String {
        Cause::Database.dedupe_id(&self.instance)
    }

    /// Notes that nothing can be kept, and why.
    pub fn note(&self, message: &str, advice: &str, now: DateTime<Utc>) {
        self.trouble.send_if_modified(|trouble| {
            let (message, advice) = (message.to_owned(), advice.to_owned());
            match trouble {
                Some(known) => {
                    (known.message, known.advice) = (message, advice);
                    false
                }
                None => {
                    *trouble = Some(Trouble { since: Instant::now(), since_at: now, message, advice });
                    true
                }
            }
        });
    }

    /// Notes that things can be kept.
    pub fn over(&self) {
        self.trouble.send_if_modified(|trouble| trouble.take().is_some());
    }

    /// Whether an absence was told whose end was not.
    pub fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire)
    }

    /// Notes that the end of the absence is kept, and will be told from there.
    pub fn ended(&self) {
        self.over();
        self.is_told.store(false, Ordering::Release);
    }

    /// Tells of absences that last, until `cancel`.
    pub async fn watch(&self, cancel: &CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.follow() => {}
        }
    }

    async fn follow(&self) {
        let Some(webhook) = &self.webhook else { return };
        let mut trouble = self.trouble.subscribe();
        // It goes on for as long as its sender lives, which is our own.
        while let Ok(began) = trouble.wait_for(Option::is_some).await.map(|trouble| trouble.clone()) {
            if let Some(began) = began {
                self.tell(webhook, &mut trouble, began.since).await;
            }
            trouble.wait_for(Option::is_none).await.map(drop).ok();
        }
    }

    /// Tells of an absence when it has lasted long enough, again and again until that arrives or it is over.
    async fn tell(&self, webhook: &Webhook, trouble: &mut watch::Receiver<Option<Trouble>>, since: Instant) {
        let mut attempts = 0;
        let mut next = since + self.after;
        loop {
            tokio::select! {
                _ = trouble.wait_for(Option::is_none) => return,
                () = sleep_until(next) => {}
            }
            // What is wrong may have changed meanwhile; another absence has its own time.
            let now = self.trouble.borrow().clone();
            let Some(now) = now.filter(|now| now.since == since) else { return };
            let message = self.message(&now.message, &now.advice, now.since_at);
            let Err(refusal) = webhook.send(&message).await else {
                self.is_told.store(true, Ordering::Release);
                tracing::info!(dedupe_id = message.dedupe_id, "an alert was told past the database");
                return;
            };
            attempts += 1;
            if attempts == 1 {
                unheard(&refusal);
            }
            next = Instant::now() + pause(attempts);
        }
    }

    /// What is told of an absence.
    pub(super) fn message(&self, message: &str, advice: &str, since_at: DateTime<Utc>) -> Message {
        Message::plain(Cause::Database, &self.told_as(), &self.instance, message, advice, since_at)
    }

    /// Tells at once, for whoever ends with the failure.
    pub(super) async fn tell_now(&self, message: &str, advice: &str, now: DateTime<Utc>) {
        let Some(webhook) = &self.webhook else { return };
        if let Err(refusal) = webhook.send(&self.message(message, advice, now)).await {
            unheard(&refusal);
        }
    }
}

fn unheard(refusal: &Refusal) {
    tracing::warn!(error = %refusal, advice = refusal.advice(), "nobody could be told that the database is away");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Class;

    fn away() -> Away {
        let settings = Settings {
            stale_after: Duration::from_secs(3600),
            away_after: Duration::from_secs(300),
            webhook_url: None,
            heartbeat_url: None,
        };
        Away::new(&settings, "adsync").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_absence_begins_once_keeps_its_last_reason_and_ends() {
        let (away, now) = (away(), Utc::now());
        away.note("refused", Class::Unavailable.advice(), now);
        let since = away.trouble.borrow().clone().unwrap().since;
        tokio::time::advance(Duration::from_secs(60)).await;
        away.note("no such user", Class::Login.advice(), now);
        let known = away.trouble.borrow().clone().unwrap();
        assert_eq!((known.since, known.message.as_str()), (since, "no such user"));
        away.over();
        assert_eq!(*away.trouble.borrow(), None);
        assert!(!away.is_told(), "what nobody was told of needs no end");
    }

    #[test]
    fn what_is_told_of_it_shares_its_id_with_runs_that_meet_it() {
        let message = away().message("refused", "Wait.", "2026-11-26T13:15:00Z".parse().unwrap());
        assert_eq!(message.dedupe_id, "database_unavailable@adsync");
        assert!(message.body.contains("adsync: the database cannot be used: refused. Wait."), "{}", message.body);
    }
}
