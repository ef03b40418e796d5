//! A message as a receiver gets it: fields for programs, and a text that Slack and its likes show.

use std::collections::HashMap;
use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::store::accounts::Named;
use crate::store::tellings::{Telling, Told};

use super::cause::Cause;

/// The version of the fields; a change that would break a reader makes it 2.
const VERSION: u32 = 1;
/// Accounts that the text names; the fields name more.
const IN_TEXT: usize = 10;
/// Accounts that the fields name.
const IN_FIELDS: usize = 200;
/// Letters of a text: Discord refuses more than 2,000.
const LONGEST_TEXT: usize = 1_900;
/// Comebacks of a cause from which on it comes and goes: its end is then told six hours late, and nothing between.
const COMES_AND_GOES: i16 = 2;
/// Letters of what went wrong: the cure is to find room behind it.
const LONGEST_REASON: usize = 900;

/// A message as a receiver gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Tells the message's cause apart from every other, the same whenever it is told and when it is over.
    pub dedupe_id: String,
    /// The JSON that is sent.
    pub body: String,
}

/// What a message says, before it is put into words.
#[derive(Debug)]
struct Facts<'a> {
    instance: &'a str,
    dedupe_id: &'a str,
    is_over: bool,
    headline: &'a str,
    severity: &'a str,
    /// `failed` or `partial`, where runs met it.
    run_status: Option<&'a str>,
    message: &'a str,
    advice: Option<&'a str>,
    accounts: Vec<(String, Option<String>)>,
    zone: Tz,
    run_id: Option<String>,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    comes_and_goes: bool,
}

impl Message {
    /// Puts what is to be told into words. `named` says what the accounts are called.
    pub fn of(telling: &Telling, instance: &str, named: &HashMap<String, Named>) -> Self {
        let cause = Cause::of(&telling.told_as);
        // What is worst speaks for the others; what is about the cause as a whole before what is about one account.
        let rank = |alert: &&Told| (-alert.urgency, alert.is_of_account, alert.resolved_at.is_some());
        let lead = telling.alerts.iter().min_by_key(rank);
        let mut digits: Vec<&String> = telling.alerts.iter().flat_map(|alert| &alert.accounts).collect();
        digits.sort();
        digits.dedup();
        let of_run = lead.map(|lead| lead.kind.as_str()).filter(|kind| ["failed", "partial"].contains(kind));
        let is_partial = of_run == Some("partial");
        let since = telling.alerts.iter().map(|alert| alert.first_at).min().unwrap_or(telling.now);
        let until = telling.alerts.iter().filter_map(|alert| alert.resolved_at).max().filter(|_| telling.is_over);
        let zone = digits.first().and_then(|digits| named.get(*digits)?.zone.as_deref()?.parse().ok());
        Self::from(&Facts {
            instance,
            dedupe_id: &telling.told_as,
            is_over: telling.is_over,
            headline: if is_partial && cause == Cause::Failed { "a sync is incomplete" } else { cause.headline() },
            severity: if is_partial { "warning" } else { cause.severity() },
            run_status: of_run,
            message: lead.map_or("", |lead| lead.message.as_str()),
            advice: lead.and_then(|lead| lead.advice.as_deref()),
            accounts: digits
                .iter()
                .map(|digits| (format!("act_{digits}"), named.get(*digits).and_then(|named| named.name.clone())))
                .collect(),
            zone: zone.unwrap_or(Tz::UTC),
            run_id: telling.alerts.iter().filter_map(|alert| alert.run_id).max().map(|id| id.to_string()),
            since,
            until,
            comes_and_goes: telling.alerts.iter().any(|alert| alert.comebacks >= COMES_AND_GOES),
        })
    }

    /// A message past the database.
    pub fn plain(
        cause: Cause,
        dedupe_id: &str,
        instance: &str,
        message: &str,
        advice: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self::from(&Facts {
            instance,
            dedupe_id,
            is_over: false,
            headline: cause.headline(),
            severity: cause.severity(),
            run_status: None,
            message,
            advice: Some(advice),
            accounts: Vec::new(),
            zone: Tz::UTC,
            run_id: None,
            since: now,
            until: None,
            comes_and_goes: false,
        })
    }

    fn from(facts: &Facts<'_>) -> Self {
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let account = |(id, name): &(String, Option<String>)| json!({"id": id, "name": name.as_deref().map(printable)});
        let accounts: Vec<Value> = facts.accounts.iter().take(IN_FIELDS).map(account).collect();
        let body = json!({
            "version": VERSION,
            "text": facts.text(),
            "dedupe_id": facts.dedupe_id,
            "state": if facts.is_over { "resolved" } else { "firing" },
            "cause": Cause::of(facts.dedupe_id).as_str(),
            "severity": facts.severity,
            "run_status": facts.run_status,
            "instance": facts.instance,
            "message": printable(facts.message),
            "advice": facts.advice,
            "accounts": accounts,
            "accounts_total": facts.accounts.len(),
            "run_id": facts.run_id,
            "since": instant(facts.since),
            "resolved_at": facts.until.map(instant),
            "comes_and_goes": facts.comes_and_goes,
        });
        Self { dedupe_id: facts.dedupe_id.to_owned(), body: body.to_string() }
    }
}

impl Facts<'_> {
    /// The text for people, with what Slack would take for its own marks written out.
    fn text(&self) -> String {
        let whose = if self.instance == "adsync" { "adsync".to_owned() } else { format!("adsync ({})", self.instance) };
        let mut text = match self.is_over {
            true => format!("{whose}: over: {}.", self.headline),
            false => {
                format!("{whose}: {}: {}", self.headline, sentence(&cut(&printable(self.message), LONGEST_REASON)))
            }
        };
        if let Some(advice) = self.advice.filter(|_| !self.is_over) {
            write!(text, " {advice}").ok();
        }
        if !self.accounts.is_empty() {
            write!(text, "\n{}", self.accounts_line()).ok();
        }
        let local = |at: DateTime<Utc>| at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string();
        match self.until {
            Some(until) => {
                let (from, to, lasted) = (local(self.since), local(until), lasted(until - self.since));
                write!(text, "\nIt lasted {lasted}, from {from} to {to} ({}).", self.zone).ok();
            }
            None => {
                write!(text, "\nSince {} ({}).", local(self.since), self.zone).ok();
            }
        }
        if let Some(run_id) = self.run_id.as_ref().filter(|_| !self.is_over) {
            write!(text, " `adsync runs {run_id}` shows the run.").ok();
        }
        if self.comes_and_goes && !self.is_over {
            text.push_str(" It comes and goes: nothing more is told of it until it has stayed away for six hours.");
        }
        cut(&harmless(&text), LONGEST_TEXT)
    }

    fn accounts_line(&self) -> String {
        let account = |(id, name): &(String, Option<String>)| match name {
            Some(name) => format!("{} ({id})", cut(&printable(name), 60)),
            None => id.clone(),
        };
        let named: Vec<String> = self.accounts.iter().take(IN_TEXT).map(account).collect();
        let more = self.accounts.len().saturating_sub(IN_TEXT);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let word = if self.accounts.len() == 1 { "Account" } else { "Accounts" };
        format!("{word}: {}{more}.", named.join(", "))
    }
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// No more letters of a text than that.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A foreign text without what moves a cursor or turns the direction of writing.
fn printable(text: &str) -> String {
    let is_plain = |c: &char| !c.is_control() && !matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c == '\n' { ' ' } else { c }).filter(is_plain).collect()
}

/// A text in which no name of an account calls everybody in the channel: Slack reads `<!channel>`, others `@everyone`.
fn harmless(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "@\u{200b}")
}

/// A length of time, in its two largest units.
fn lasted(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
