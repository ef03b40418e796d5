//! Whether alerts find somebody: a real message on request, and what came of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::alert::{Cause, Message, Webhook};
use crate::config::Settings;

use super::super::output::{complain, say};

/// What `--send-test-alert` says where there is no receiver.
pub(super) const NOBODY_TO_TELL: &str = "ADSYNC_WEBHOOK_URL: is not set: put the address of a webhook there (Slack: Incoming webhooks), or set ADSYNC_WEBHOOK_URL_FILE to the path of a file that holds it";

/// Says who would be told, and tries it out on request. Tells whether all is well.
pub(super) async fn look(settings: &Settings, sends: bool, now: DateTime<Utc>) -> bool {
    let is_set = |is_set: bool| if is_set { "set" } else { "not set" };
    let alerts = &settings.alerts;
    say(&format!(
        "alerts    webhook {}, heartbeat {}",
        is_set(alerts.webhook_url.is_some()),
        is_set(alerts.heartbeat_url.is_some())
    ));
    let Some(url) = alerts.webhook_url.as_ref().filter(|_| sends) else { return true };
    let webhook = match Webhook::new(url) {
        Ok(webhook) => webhook,
        Err(error) => {
            complain(&format!("alerts: the way to the receiver cannot be built: {error}"));
            return false;
        }
    };
    match webhook.send(&test_message(&settings.daemon.instance, now)).await {
        Ok(status) => {
            say(&format!("alerts    the test alert arrived (HTTP {status}): look for it at its receiver"));
            true
        }
        Err(refusal) => {
            complain(&format!(
                "alerts: the receiver in ADSYNC_WEBHOOK_URL did not take the test alert: {refusal}. {}",
                refusal.advice()
            ));
            false
        }
    }
}

/// A message with a dedupe id of its own every time: no receiver takes it for one that it has.
fn test_message(instance: &str, now: DateTime<Utc>) -> Message {
    let dedupe_id = format!("{}:{}@{instance}", Cause::Test.as_str(), Uuid::now_v7());
    let message = "somebody ran `adsync check --send-test-alert`";
    Message::plain(Cause::Test, &dedupe_id, instance, message, "Nothing is wrong, and nothing is to be done.", now)
}
