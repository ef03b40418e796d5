//! Whether the database is away just now, and since when: work waits for it, all of it together no longer than a command
//! may, and whoever asks Meta looks here first, since the answer could not be kept.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::error::{Class, Error};

/// How long work waits for the database to come back: a command gives up within two minutes.
const PATIENCE: Duration = Duration::from_secs(80);
/// How long a login that was refused is not tried again: whoever knocks on and on is locked out.
const REFUSED_FOR: Duration = Duration::from_secs(15);
/// Connections are not made anew more often than that because the server takes no rows.
const RENEWED_EVERY: Duration = Duration::from_secs(10);
/// A connection that was used so lately is taken to work still.
const RESTED: Duration = Duration::from_secs(1);

/// What is known of the database's absence.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// Since when it is away.
    since: watch::Sender<Option<Instant>>,
    refused: Mutex<Option<(Instant, Error)>>,
    /// Connections from before this instant lead to a server that takes no rows.
    outdated: Mutex<Option<Instant>>,
    /// One of the connections from before this instant was found broken, and the others may be.
    doubted: Mutex<Option<Instant>>,
}

impl Outage {
    /// Notes how an attempt to get in failed. A refusal counts from here on, and from nowhere else: whoever is only told of
    /// it passes it on, and must not renew it.
    pub(super) fn attempted(&self, error: &Error) {
        match error.class.is_refusal() {
            true => *lock(&self.refused) = Some((Instant::now(), error.clone())),
            false => self.note(error),
        }
    }

    /// Notes what a failure says about the database as a whole.
    pub(super) fn note(&self, error: &Error) {
        match error.class {
            Class::Unavailable | Class::Busy => {
                *lock(&self.doubted) = Some(Instant::now());
                self.begin(error);
            }
            // The server that takes rows may be another one by now, or this one may take them from new sessions only.
            Class::ReadOnly => {
                let mut outdated = lock(&self.outdated);
                if outdated.is_none_or(|at| at.elapsed() > RENEWED_EVERY) {
                    *outdated = Some(Instant::now());
                }
            }
            _ => {}
        }
    }

    fn begin(&self, error: &Error) {
        if self.since.send_if_modified(|since| since.is_none() && since.replace(Instant::now()).is_none()) {
            tracing::warn!(
                class = error.class.as_str(), %error, advice = error.class.advice(),
                "the database is away: meta is not asked until it is back"
            );
        }
    }

    /// Notes that it lets somebody in.
    pub(super) fn over(&self) {
        *lock(&self.refused) = None;
        let mut lasted = None;
        self.since.send_if_modified(|since| {
            lasted = since.take().map(|since| since.elapsed());
            lasted.is_some()
        });
        if let Some(lasted) = lasted {
            tracing::info!(away_ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX), "the database is back");
        }
    }

    /// Whether it has been away for longer than work waits.
    pub(super) fn is_given_up(&self) -> bool {
        self.since.borrow().is_some_and(|since| since.elapsed() >= PATIENCE)
    }

    /// The refusal of the login, where it is too fresh to try again.
    pub(super) fn refusal(&self) -> Option<Error> {
        lock(&self.refused).as_ref().filter(|(at, _)| at.elapsed() < REFUSED_FOR).map(|(_, error)| error.clone())
    }

    /// Whether a connection of this age may be used.
    pub(super) fn is_current(&self, age: Duration) -> bool {
        lock(&self.outdated).is_none_or(|outdated| age < outdated.elapsed())
    }

    /// Whether a connection of this age that has rested for so long may be broken: it is asked for a word before it is used.
    pub(super) fn is_doubtful(&self, age: Duration, rested: Duration) -> bool {
        rested > RESTED || lock(&self.doubted).is_some_and(|at| age >= at.elapsed())
    }

    /// Tells those who ask Meta since when they should not.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Instant>> {
        self.since.subscribe()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(class: Class) -> Error {
        Error::plain(class, "it went wrong")
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_begins_once_and_is_given_up_in_time() {
        let outage = Outage::default();
        outage.note(&error(Class::Conflict));
        outage.note(&error(Class::Queued));
        assert_eq!(*outage.watch().borrow(), None, "another transaction in the way is no outage");
        outage.note(&error(Class::Unavailable));
        tokio::time::advance(PATIENCE / 2).await;
        outage.note(&error(Class::Busy));
        assert!(!outage.is_given_up() && outage.watch().borrow().is_some());
        tokio::time::advance(PATIENCE / 2).await;
        assert!(outage.is_given_up(), "what went wrong later does not begin another");
        outage.over();
        assert!(!outage.is_given_up() && outage.watch().borrow().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_login_rests_and_connections_to_a_full_server_are_made_anew() {
        let outage = Outage::default();
        assert!(outage.refusal().is_none() && outage.is_current(Duration::from_secs(3600)));
        outage.attempted(&error(Class::Login));
        outage.note(&error(Class::ReadOnly));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(outage.refusal().is_some());
        assert!(outage.is_current(Duration::from_secs(1)) && !outage.is_current(Duration::from_secs(6)));
        outage.note(&error(Class::ReadOnly));
        assert!(outage.is_current(Duration::from_secs(1)), "not for every statement");
        // Whoever is told of the refusal tells it on.
        outage.note(&outage.refusal().unwrap());
        tokio::time::advance(REFUSED_FOR - Duration::from_secs(5)).await;
        assert!(outage.refusal().is_none(), "what was told of it did not renew it");
        outage.attempted(&error(Class::Address));
        assert!(outage.refusal().is_some());
        outage.over();
        assert!(outage.refusal().is_none(), "somebody was let in");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_asked_for_a_word_where_it_rested_or_another_broke() {
        let (outage, new) = (Outage::default(), Duration::ZERO);
        assert!(!outage.is_doubtful(Duration::from_secs(3600), new), "it was used a moment ago");
        assert!(outage.is_doubtful(Duration::from_secs(3600), RESTED * 2));
        outage.note(&error(Class::Conflict));
        assert!(!outage.is_doubtful(Duration::from_secs(3600), new));
        outage.note(&error(Class::Unavailable));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(outage.is_doubtful(Duration::from_secs(6), new));
        assert!(!outage.is_doubtful(Duration::from_secs(4), new), "it was made since");
    }
}
