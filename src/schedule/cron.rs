//! A checked cron expression, and the instants at which it falls due in a zone.
//!
//! Where a clock changes, an expression that names hours keeps to the wall clock: a time that the night skips counts
//! once, at the first instant after the gap, and a time that the night repeats counts once, the first time. One that
//! leaves the hour open (`*`, `*/2`, all 24) keeps its rhythm: nothing is due inside a gap, both passes count.

use std::fmt;

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDateTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};

/// The names that stand for a whole expression.
const NAMES: [&str; 6] = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually"];

/// What each of the six fields is called and takes.
const FIELDS: [(&str, &str); 6] = [
    ("second", "0 to 59"),
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day", "1 to 31, or L for the last"),
    ("month", "1 to 12, or JAN to DEC"),
    ("weekday", "0 to 7, or SUN to SAT"),
];

/// A checked cron expression: 5 fields, 6 with seconds first, or a name such as `@hourly`.
///
/// Where both the day and the weekday are restricted, either is enough, as in every cron; `+` before the weekday asks for both.
#[derive(Debug, Clone)]
pub struct Cron {
    text: String,
    inner: croner::Cron,
    keeps_rhythm: bool,
}

/// Why a text is not a cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Nothing was written.
    #[error("the cron expression is empty: write five fields, such as \"*/15 * * * *\"")]
    Empty,
    /// A name after `@` that is not known.
    #[error("`{0}` is not a name for a cron expression: {known} are", known = NAMES.join(", "))]
    UnknownName(String),
    /// Too many fields, or too few.
    #[error(
        "a cron expression has 5 fields (minute, hour, day, month, weekday), or 6 with seconds first; this has {0}"
    )]
    FieldCount(usize),
    /// One field cannot be read.
    #[error("the {field} field `{text}` cannot be read: {reason}; it takes {takes}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What was written there.
        text: String,
        /// What is wrong with it.
        reason: String,
        /// What it takes.
        takes: &'static str,
    },
    /// Each field is right by itself, and still the whole cannot be read.
    #[error("the cron expression cannot be read: {0}")]
    Whole(String),
    /// No day that ever comes fits it.
    #[error("`{0}` never falls due: no such day exists")]
    NeverDue(String),
}

impl Cron {
    /// Reads an expression; one that never falls due is refused.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(CronError::Empty);
        }
        if text.starts_with('@') {
            if !NAMES.iter().any(|name| name.eq_ignore_ascii_case(text)) {
                return Err(CronError::UnknownName(text.to_owned()));
            }
        } else {
            check_fields(text)?;
        }
        let inner = parser().parse(text).map_err(|error| CronError::Whole(reason(&error)))?;
        let hours = &inner.pattern.hours;
        let keeps_rhythm = hours.from_wildcard || hours.values().len() == 24;
        let start = NaiveDateTime::default();
        if inner.find_next_occurrence(&start, false).is_err() {
            return Err(CronError::NeverDue(text.to_owned()));
        }
        Ok(Self { text: text.to_owned(), inner, keeps_rhythm })
    }

    /// Gives the expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the first instant strictly after `after` at which it falls due, read in `zone`.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        // Due instants are whole seconds, so the fraction can only stand in the way.
        let after = after.trunc_subsecs(0).with_timezone(&zone);
        if self.keeps_rhythm {
            return self.inner.find_next_occurrence(&after, false).ok().map(|due| due.to_utc());
        }
        let mut local = after.naive_local();
        loop {
            local = self.inner.find_next_occurrence(&local, false).ok()?;
            // In the second pass of a repeated hour, what the first pass had lies behind.
            let due = instant_of(local, zone)?;
            if due > after {
                return Some(due);
            }
        }
    }

    /// Gives the last instant at or before `until` at which it fell due, read in `zone`.
    pub fn latest_until(&self, until: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let until = until.trunc_subsecs(0).with_timezone(&zone);
        if self.keeps_rhythm {
            return self.inner.find_previous_occurrence(&until, true).ok().map(|due| due.to_utc());
        }
        let mut local = until.naive_local();
        if let MappedLocalTime::Ambiguous(first, second) = zone.from_local_datetime(&local)
            && until == second
        {
            // In the second pass all of the first lies behind, the local times still to come included.
            local += second - first;
        }
        loop {
            local = self.inner.find_previous_occurrence(&local, true).ok()?;
            let due = instant_of(local, zone)?;
            if due <= until {
                return Some(due);
            }
            local -= Duration::seconds(1);
        }
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Gives the instant that stands for a local time: the first where it comes twice, the end of the gap where it never comes.
fn instant_of(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.to_utc()),
        MappedLocalTime::None => end_of_gap(local, zone),
    }
}

/// Finds the first instant whose local time is past a local time that never comes.
fn end_of_gap(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    // No offset reaches 26 hours, so the gap ends between these two.
    let mut before = local.and_utc().checked_sub_signed(Duration::hours(26))?;
    let mut past = local.and_utc().checked_add_signed(Duration::hours(26))?;
    while past - before > Duration::seconds(1) {
        let middle = before + Duration::seconds((past - before).num_seconds() / 2);
        if middle.with_timezone(&zone).naive_local() < local {
            before = middle;
        } else {
            past = middle;
        }
    }
    Some(past)
}

/// Says which field of an expression cannot be read, and why.
fn check_fields(text: &str) -> Result<(), CronError> {
    let written: Vec<&str> = text.split_whitespace().collect();
    let first = match written.len() {
        5 => 1,
        6 => 0,
        count => return Err(CronError::FieldCount(count)),
    };
    for (index, (field, takes)) in FIELDS.into_iter().enumerate().skip(first) {
        let Some(&value) = written.get(index - first) else { continue };
        let refuse = |reason: String| CronError::Field { field, text: value.to_owned(), reason, takes };
        // The parser passes over an empty part of a list; alone it would leave a field that matches nothing.
        if value.split(',').any(str::is_empty) {
            return Err(refuse("a part between commas is empty".to_owned()));
        }
        let mut alone = ["*"; 6];
        if let Some(place) = alone.get_mut(index) {
            *place = value;
        }
        parser().parse(&alone.join(" ")).map_err(|error| refuse(reason(&error)))?;
    }
    Ok(())
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build()
}

/// Words the parser's complaint as the end of a sentence.
fn reason(error: &croner::errors::CronError) -> String {
    use croner::errors::CronError as Complaint;
    match error {
        // Its own words quote the field after names were replaced by numbers, which nobody wrote.
        Complaint::IllegalCharacters(_) => "it has a character or a name that does not belong there".to_owned(),
        Complaint::ComponentError(words) | Complaint::InvalidPattern(words) => {
            let words = words.trim_end_matches('.');
            let mut letters = words.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "cron_tests.rs"]
mod tests;
