//! The spend of an account's days, as bars that the server draws and as the table that says the same.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::super::moment::Moment;
use super::super::super::number::money;
use crate::store::pages::account::Day;

/// The height of the highest bar.
const FULL: i64 = 1_000;
/// What one day takes of the width; the last part of it stays empty.
const STEP: i64 = 10;
/// Days that have their place, whether they were read or not: at the least, and at the most.
const LEAST: i64 = 28;
const MOST: i64 = 90;

/// The bars.
pub(super) struct Chart {
    pub(super) width: i64,
    pub(super) bars: Vec<Bar>,
    pub(super) highest: String,
    pub(super) first: String,
    pub(super) last: String,
    /// The same in a sentence.
    pub(super) words: String,
}

/// One day.
pub(super) struct Bar {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) height: i64,
    pub(super) tone: &'static str,
    pub(super) words: String,
}

/// A day as the table shows it.
pub(super) struct DayView {
    pub(super) date: String,
    pub(super) rows: String,
    pub(super) spend: String,
    pub(super) control: String,
    pub(super) unlisted: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) read: Moment,
    pub(super) run: Option<String>,
}

impl Chart {
    /// Of the days from the oldest on; none where there is nothing to draw.
    pub(super) fn new(days: &[Day], currency: &str) -> Option<Self> {
        let last = days.last()?;
        let place = |day: &Day| (last.date - day.date).num_days();
        let drawn: Vec<&Day> = days.iter().filter(|day| place(day) < MOST).collect();
        let oldest = *drawn.first()?;
        let count = (place(oldest) + 1).max(LEAST);
        let highest = drawn.iter().filter_map(|day| day.spend).max().unwrap_or_default().max(Decimal::ZERO);
        let amount = |spend: Option<Decimal>| words(spend, currency);
        let bar = |day: &&Day| {
            let height = height(day.spend.unwrap_or_default(), highest);
            let (state, tone) = state(day);
            Bar {
                x: (count - 1 - place(day)) * STEP,
                y: FULL - height,
                height,
                tone,
                words: format!("{}: {}, {state}", day.date, amount(day.spend)),
            }
        };
        let top = drawn.iter().rev().find(|day| day.spend == Some(highest)).unwrap_or(&last);
        Some(Self {
            width: count * STEP,
            bars: drawn.iter().map(bar).collect(),
            words: format!(
                "Spend of each day from {} to {}: the most, {}, was on {}; {} on the last day. A table below has all of them.",
                oldest.date,
                last.date,
                amount(Some(highest)),
                top.date,
                amount(last.spend)
            ),
            highest: amount(Some(highest)),
            first: (last.date - TimeDelta::days(count - 1)).to_string(),
            last: last.date.to_string(),
        })
    }
}

/// A day without spend has no bar; one with the least has one that can be seen.
fn height(spend: Decimal, highest: Decimal) -> i64 {
    if spend <= Decimal::ZERO || highest <= Decimal::ZERO {
        return 0;
    }
    (spend / highest * Decimal::from(FULL)).round().to_i64().unwrap_or(FULL).clamp(FULL / 100, FULL)
}

/// What is known of a day, in words and as a tone.
fn state(day: &Day) -> (String, &'static str) {
    let (text, tone) = match (day.complete, day.status.as_deref()) {
        (false, Some("moving")) => ("still runs", "soft"),
        (false, _) => ("not read to its end", "none"),
        (true, Some("settled")) => ("agrees with Meta", "good"),
        (true, Some("explained")) => ("agrees with Meta, deleted objects aside", "good"),
        (true, Some("moving")) => ("still moves", "soft"),
        (true, Some("drift")) => ("differs from Meta", "bad"),
        (true, Some("not_additive")) => ("does not add up to a total", "soft"),
        (true, Some(other)) => return (other.to_owned(), "soft"),
        (true, None) => ("not compared yet", "soft"),
    };
    (text.to_owned(), tone)
}

impl DayView {
    pub(super) fn new(day: &Day, zone: Tz, now: DateTime<Utc>) -> Self {
        let amount = |amount: Option<Decimal>| amount.map_or("-".to_owned(), money);
        let (state, tone) = state(day);
        Self {
            date: day.date.to_string(),
            rows: day.rows.to_string(),
            spend: amount(day.spend),
            control: amount(day.control_spend),
            unlisted: amount(day.unlisted_spend),
            state,
            tone: if tone == "none" { "warn" } else { tone },
            read: Moment::new(day.fetched_at, zone, now),
            run: day.run_id.filter(|_| day.has_run).map(|id| id.to_string()),
        }
    }
}

fn words(spend: Option<Decimal>, currency: &str) -> String {
    match spend {
        None => "nothing known".to_owned(),
        Some(spend) => format!("{} {currency}", money(spend)).trim_end().to_owned(),
    }
}

/// Whether days lie one after another: only then is there a line of them to draw.
pub(super) fn are_daily(days: &[Day]) -> bool {
    let dates: Vec<NaiveDate> = days.iter().map(|day| day.date).collect();
    dates.windows(2).any(|pair| matches!(pair, [one, next] if (*next - *one).num_days() == 1)) || dates.len() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, spend: Option<&str>, status: Option<&str>) -> Day {
        Day {
            date: date.parse().unwrap(),
            complete: true,
            rows: 1,
            spend: spend.map(|spend| spend.parse().unwrap()),
            control_spend: None,
            unlisted_spend: None,
            status: status.map(str::to_owned),
            fetched_at: "2026-03-02T12:00:00Z".parse().unwrap(),
            run_id: None,
            has_run: false,
        }
    }

    #[test]
    fn bars_are_as_high_as_the_spend_and_say_what_is_known_of_it() {
        let days = [
            day("2025-11-01", Some("900"), Some("settled")),
            day("2026-02-28", Some("200.5"), Some("settled")),
            day("2026-03-02", Some("0.01"), Some("drift")),
            day("2026-03-03", None, None),
        ];
        let chart = Chart::new(&days, "BRL").unwrap();
        let drawn: Vec<(i64, i64, &str)> = chart.bars.iter().map(|bar| (bar.x, bar.height, bar.tone)).collect();
        assert_eq!(drawn, [(240, 1_000, "good"), (260, 10, "bad"), (270, 0, "soft")], "a hole keeps its place");
        assert_eq!(chart.bars[0].words, "2026-02-28: 200.50 BRL, agrees with Meta");
        assert!(chart.words.contains("200.50 BRL, was on 2026-02-28"), "{}", chart.words);
        assert!(Chart::new(&[], "BRL").is_none());
    }

    #[test]
    fn days_without_any_spend_and_negative_corrections_are_drawn() {
        let days = [day("2026-03-01", Some("0"), None), day("2026-03-02", Some("-3"), None)];
        assert_eq!(Chart::new(&days, "").unwrap().bars.iter().map(|bar| bar.height).sum::<i64>(), 0);
    }
}
