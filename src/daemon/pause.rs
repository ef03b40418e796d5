//! Pauses that the daemon makes by itself, and how they end: where Meta refuses a token nothing is asked with it but now and
//! then one question, and where runs fail again and again somebody is told.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::alert::Cause;
use crate::meta::token::TOKEN_TROUBLE;
use crate::meta::{AccountId, Class, Credentials};
use crate::store;
use crate::store::alerts::{self, Alert};
use crate::store::schedules::{self, ITSELF, REFUSED};
use crate::sync::Engine;
use crate::sync::discovery::{self, token_title};
use crate::sync::report::{LATE, RunReport, Status};

use super::census::Census;
use super::orders::Orders;
use super::takeover;

/// How long after a pause the refused token is tried again, and the longest that this grows to: whoever put a good one into its
/// place sees within the hour that it goes on, and one question an hour costs nothing.
const TRIED_AFTER: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(3600));

/// What a run's end says about its schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// It works.
    Works,
    /// It failed by itself, with these words.
    Failed(String),
    /// Meta refuses every token that it asked with, with these words.
    Refused(BTreeSet<String>, String),
    /// Nothing: a stop, a call budget, the database or other runs kept it from its end.
    Nothing,
}

impl Outcome {
    /// What it says once only some tokens count: those that are still asked with.
    fn under(self, counts: impl Fn(&str) -> bool) -> Self {
        match self {
            Self::Refused(tokens, words) => {
                let tokens: BTreeSet<String> = tokens.into_iter().filter(|token| counts(token)).collect();
                if tokens.is_empty() { Self::Nothing } else { Self::Refused(tokens, words) }
            }
            other => other,
        }
    }
}

/// Tells what a run's end says. Whether a token is at fault is told by all accounts together: one account alone may have
/// been taken from the token's user.
fn outcome(report: &RunReport, token_of: impl Fn(&AccountId) -> String) -> Outcome {
    let words = |fault: &store::runs::Fault| format!("{}. {}", fault.message, fault.advice);
    match (report.status, report.fault()) {
        // Others had its accounts for all its time, or Meta let it wait: that may be over with the next.
        (Status::Failed, _) if report.reason.as_deref() == Some(LATE) => Outcome::Nothing,
        (Status::Succeeded | Status::Partial, _) => Outcome::Works,
        (Status::Failed, Some(fault)) if fault.class == "throttle" || fault.class.starts_with("database") => {
            Outcome::Nothing
        }
        (Status::Failed, Some(fault)) => {
            let is_refused = report
                .accounts
                .iter()
                .all(|account| account.fault().is_some_and(|fault| fault.class == Class::Auth.as_str()));
            if is_refused {
                let tokens = report.accounts.iter().map(|account| token_of(&account.account)).collect();
                Outcome::Refused(tokens, words(fault))
            } else {
                Outcome::Failed(words(fault))
            }
        }
        _ => Outcome::Nothing,
    }
}

/// Takes in how a run of a schedule ended that began under some orders: counts its failures, and pauses what only fails under
/// the orders in force.
pub(super) async fn note(began: &Orders, orders: &Orders, census: &Census, name: &str, report: &RunReport) {
    let engine = &orders.engine;
    let (db, instance, now) = (&engine.db, engine.instance.as_str(), report.finished_at);
    let noting = async {
        let outcome = outcome(report, |account| began.engine.token_of(account));
        match outcome.under(|token| is_in_force(&began.engine, engine, token)) {
            Outcome::Nothing => {}
            Outcome::Works => {
                schedules::works(db, instance, name, &takeover::alert_id(name, instance), now).await?;
            }
            Outcome::Failed(words) => {
                let failures = schedules::failed(db, instance, name).await?;
                let most = orders.schedule(name).map_or(0, |schedule| schedule.pause_after_failures);
                if most > 0 && failures >= most {
                    let reason = format!("{failures} runs in a row failed: {words}");
                    let cure = "When it is cured, resume it: POST /api/schedules/<name>/resume.";
                    let paused = Paused { cause: name, told_as: None, reason: &reason, cure };
                    pause(orders, &[name.to_owned()], paused, now).await?;
                }
            }
            Outcome::Refused(tokens, words) => {
                schedules::failed(db, instance, name).await?;
                for token in &tokens {
                    let reason = format!("{REFUSED} {}: {words}", token_title(token));
                    let cause = if token.is_empty() { "auth".to_owned() } else { format!("auth.{token}") };
                    let cure = "It goes on by itself once Meta takes the token, which is tried now and then.";
                    // One message with the runs that met it: it is one cause.
                    let told_as = Some(engine.token_alert(TOKEN_TROUBLE, token));
                    let paused = Paused { cause: &cause, told_as, reason: &reason, cure };
                    pause(orders, &on_tokens(orders, census, &tokens), paused, now).await?;
                }
            }
        }
        Ok::<_, store::Error>(())
    };
    if let Err(error) = noting.await {
        tracing::warn!(schedule = name, %error, "how the schedule fares could not be noted");
    }
}

/// Whether a token that a run began with is the one that is asked with now.
fn is_in_force(began: &Engine, now: &Engine, token: &str) -> bool {
    let of = |engine: &Engine| engine.settings.credentials.get(token).map(Credentials::fingerprint);
    let is_same = of(began) == of(now);
    if !is_same {
        let token = token_title(token);
        tracing::info!(token, "meta refused a token that was exchanged since: nothing is paused for it");
    }
    is_same
}

/// The schedules at work that ask with nothing but these tokens.
fn on_tokens(orders: &Orders, census: &Census, tokens: &BTreeSet<String>) -> Vec<String> {
    let is_on = |(account, _): &(AccountId, chrono_tz::Tz)| tokens.contains(&orders.engine.token_of(account));
    let all_on = |accounts: Vec<(AccountId, chrono_tz::Tz)>| !accounts.is_empty() && accounts.iter().all(is_on);
    orders.enabled().filter(|schedule| all_on(census.of(schedule))).map(|schedule| schedule.name.clone()).collect()
}

/// Why schedules are paused.
struct Paused<'a> {
    /// What tells it apart from other pauses.
    cause: &'a str,
    /// The message that it is part of, where it is not one of its own.
    told_as: Option<String>,
    reason: &'a str,
    cure: &'a str,
}

/// Pauses schedules for one cause, and tells of it once.
async fn pause(
    orders: &Orders,
    names: &[String],
    Paused { cause, told_as, reason, cure }: Paused<'_>,
    now: DateTime<Utc>,
) -> Result<(), store::Error> {
    let engine = &orders.engine;
    if names.is_empty() {
        return Ok(());
    }
    for name in names {
        schedules::pause(&engine.db, &engine.instance, name, ITSELF, Some(reason), now).await?;
    }
    let schedules = names.join(", ");
    let alert = Alert {
        dedupe_id: schedules::paused_alert(cause, &engine.instance),
        kind: Cause::SelfPaused.as_str(),
        instance: engine.instance.clone(),
        told_as,
        message: format!("paused: {schedules}. {reason} {cure}"),
        ..Alert::default()
    };
    if !alerts::raise(&engine.db, &[alert], now).await?.is_empty() {
        tracing::warn!(schedules, reason, cure, "schedules were paused");
    }
    Ok(())
}

/// The look at tokens that were refused: whether schedules may go on.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// When they are tried next, and the pause that follows; `None` where none is refused, or nobody looked yet.
    next: Option<(Instant, Duration)>,
    /// Whether it looked before: a process that starts, or is told of other tokens, tries them at once.
    has_looked: bool,
}

impl Refused {
    /// Tries the tokens of paused schedules where their time has come, each with one account, and lets go on what may.
    pub(super) async fn look(&mut self, orders: &Orders, census: &Census, now: DateTime<Utc>) {
        if census.accounts.is_empty() {
            return;
        }
        let engine = &orders.engine;
        let paused = match schedules::all(&engine.db, &engine.instance).await {
            Ok(standings) => standings,
            Err(error) => return tracing::warn!(%error, "paused schedules could not be looked for"),
        };
        let is_refused =
            |standing: &schedules::Standing| standing.paused.as_ref().is_some_and(schedules::Pause::is_of_token);
        let paused = paused.into_iter().filter(is_refused);
        let names: Vec<String> = paused.map(|standing| standing.schedule).collect();
        if !self.is_time(names.is_empty()) {
            return;
        }
        let asked: Vec<_> = orders.enabled().filter(|schedule| names.contains(&schedule.name)).collect();
        let mut works = BTreeSet::new();
        let mut tried = BTreeSet::new();
        for (account, _) in asked.iter().flat_map(|schedule| census.of(schedule)) {
            let token = engine.token_of(&account);
            if tried.insert(token.clone()) && takes(orders, &account).await {
                works.insert(token);
            }
        }
        for schedule in asked {
            if census.of(schedule).iter().any(|(account, _)| works.contains(&engine.token_of(account))) {
                match schedules::resume(&engine.db, &engine.instance, &schedule.name, now).await {
                    Ok(_) => {
                        tracing::info!(schedule = schedule.name, "meta takes the token again: the schedule goes on")
                    }
                    Err(error) => tracing::warn!(schedule = schedule.name, %error, "the schedule could not be resumed"),
                }
            }
        }
    }

    /// Whether the tokens are tried now.
    fn is_time(&mut self, is_none_refused: bool) -> bool {
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        if is_none_refused {
            self.next = None;
            return false;
        }
        let now = Instant::now();
        let (next, pause) = self.next.unwrap_or((if is_first { now } else { now + TRIED_AFTER.0 }, TRIED_AFTER.0));
        let is_time = now >= next;
        self.next = Some(if is_time { (now + pause, (pause * 2).min(TRIED_AFTER.1)) } else { (next, pause) });
        is_time
    }
}

/// Whether Meta shows an account to its token.
async fn takes(orders: &Orders, account: &AccountId) -> bool {
    let engine = &orders.engine;
    let asked = async {
        let session = engine.session(account, std::sync::Arc::default(), CancellationToken::new())?;
        discovery::zone(&session, account).await
    };
    match asked.await {
        Ok(_) => true,
        Err(error) if has_taken(error.class, error.code) => true,
        Err(error) => {
            let token = token_title(&engine.token_of(account));
            tracing::info!(token, class = error.class.as_str(), %error, "a refused token was tried again");
            false
        }
    }
}

/// Whether an error says that Meta looked at the token and took it: whoever refuses an account or wants us to wait has. What
/// carries no code of Meta's came from the way to it, or from adsync itself, and says nothing of the token.
fn has_taken(class: Class, code: Option<i64>) -> bool {
    code.is_some() && matches!(class, Class::Permission | Class::Throttle | Class::TooMuchData | Class::Invalid)
}

#[cfg(test)]
#[path = "pause_tests.rs"]
mod tests;
