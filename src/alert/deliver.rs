//! Deliveries: takes what is to be told, one message at a time, and tries again for hours where it does not arrive.

use std::time::Duration;

use secrecy::SecretString;

use crate::store::{self, Db, accounts, tellings};

use super::cause::Cause;
use super::message::Message;
use super::post::{Refusal, Webhook};

/// The pause after a first try that failed; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Takes messages to their receiver.
#[derive(Debug)]
pub struct Delivery {
    webhook: Webhook,
    /// Whether the last message did not arrive, so that it is said once.
    is_failing: bool,
}

impl Delivery {
    /// Fails only where the machine offers no roots of trust.
    pub fn new(url: &SecretString) -> Result<Self, String> {
        Ok(Self { webhook: Webhook::new(url)?, is_failing: false })
    }

    /// Tells everything that is to be told now. Gives when to try again where some message did not arrive: it waits in the
    /// database, for this process or another.
    pub async fn deliver(&mut self, db: &Db, instance: &str) -> Result<Option<Duration>, store::Error> {
        let mut again: Option<Duration> = None;
        while let Some(telling) = tellings::claim(db, instance, &Cause::by_account()).await? {
            let mut ids: Vec<String> = telling.alerts.iter().flat_map(|alert| alert.accounts.clone()).collect();
            ids.sort();
            ids.dedup();
            let message = Message::of(&telling, instance, &accounts::named(db, &ids).await?);
            match self.webhook.send(&message).await {
                Ok(_) => {
                    tellings::arrived(db, &telling).await?;
                    self.succeeded(&message);
                }
                Err(refusal) => {
                    let pause = refusal.retry_in().unwrap_or_default().max(pause(telling.attempts)).min(LONGEST_PAUSE);
                    tellings::postpone(db, &telling, pause).await?;
                    self.failed(&message, &refusal, telling.attempts);
                    again = Some(again.map_or(pause, |again| again.min(pause)));
                    if refusal.is_of_receiver() {
                        break;
                    }
                }
            }
        }
        Ok(again)
    }

    fn succeeded(&mut self, message: &Message) {
        tracing::info!(dedupe_id = message.dedupe_id, "an alert was told");
        if std::mem::take(&mut self.is_failing) {
            tracing::info!("the receiver of alerts takes them again");
        }
    }

    fn failed(&mut self, message: &Message, refusal: &Refusal, attempts: u32) {
        let dedupe_id = &message.dedupe_id;
        if std::mem::replace(&mut self.is_failing, true) {
            tracing::debug!(dedupe_id, error = %refusal, attempts, "an alert did not arrive and is tried again");
        } else {
            let advice = refusal.advice();
            tracing::warn!(dedupe_id, error = %refusal, advice, attempts, "an alert did not arrive and is tried again");
        }
    }
}

/// How long to wait after so many tries.
pub(super) fn pause(attempts: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).filter(|_| attempts < 20).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_from_seconds_to_an_hour() {
        let seconds = [0, 1, 2, 3, 9, 10, 11, 31, 32, 33, 1_000].map(|attempts| pause(attempts).as_secs());
        assert_eq!(seconds, [5, 5, 10, 20, 1_280, 2_560, 3_600, 3_600, 3_600, 3_600, 3_600]);
    }
}
