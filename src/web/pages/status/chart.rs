//! The spend of the last days as a small chart, drawn on the server, with the same in words.

use std::fmt::Write;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::super::number::money;
use super::{AccountLine, DayLine};

/// How many days are drawn.
const DAYS: i64 = 14;
/// The width of a day, and the height of the dearest.
const WIDTH: i64 = 8;
const HEIGHT: u32 = 26;

/// The chart.
pub(super) struct Chart {
    pub(super) width: i64,
    pub(super) height: u32,
    /// The days that are over.
    pub(super) past: String,
    /// Today, which still moves.
    pub(super) today: String,
    /// Days of which nothing is known.
    pub(super) unknown: String,
    /// All of it, in words.
    pub(super) label: String,
}

impl Chart {
    /// Draws the days up to today; `None` where nothing is known of any.
    pub(super) fn new(line: &AccountLine) -> Option<Self> {
        let first = line.today - TimeDelta::days(DAYS - 1);
        let spend = |day: NaiveDate| -> Option<Decimal> {
            let at = line.days.binary_search_by_key(&day, |known: &DayLine| known.date).ok()?;
            line.days.get(at)?.spend
        };
        let days: Vec<(NaiveDate, Option<Decimal>)> =
            first.iter_days().take_while(|day| *day <= line.today).map(|day| (day, spend(day))).collect();
        let most = days.iter().filter_map(|(_, spend)| *spend).max()?;
        let (mut past, mut today, mut unknown, mut words) = (String::new(), String::new(), String::new(), Vec::new());
        for (place, (day, spend)) in (0_i64..).zip(&days) {
            let x = place * WIDTH;
            let word = spend.map_or_else(|| "unknown".to_owned(), money);
            words.push(format!("{} {word}", day.format("%-d %b")));
            let path = match spend {
                None => &mut unknown,
                Some(_) if *day == line.today => &mut today,
                Some(_) => &mut past,
            };
            let drawn = match spend {
                None => write!(path, "M{} {}h4", x + 1, HEIGHT - 1),
                Some(spend) => {
                    let height = height(*spend, most);
                    write!(path, "M{} {}v{height}h6v-{height}z", x + 1, HEIGHT - height)
                }
            };
            debug_assert!(drawn.is_ok(), "a text takes all that is written");
        }
        let currency = line.currency.as_deref().unwrap_or("in the account's currency");
        let label = format!("Spend by day, {currency}: {}", words.join(", "));
        Some(Self { width: DAYS * WIDTH, height: HEIGHT, past, today, unknown, label })
    }
}

/// How high a day is drawn: what was spent at all is seen.
fn height(spend: Decimal, most: Decimal) -> u32 {
    if spend <= Decimal::ZERO || most <= Decimal::ZERO {
        return 1;
    }
    (spend / most * Decimal::from(HEIGHT)).round().to_u32().unwrap_or(1).clamp(2, HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_day_is_highest_and_every_cent_is_seen() {
        for (spend, shown) in [("0", 1), ("-1", 1), ("0.01", 2), ("50", 13), ("100", 26)] {
            assert_eq!(height(spend.parse().unwrap(), "100".parse().unwrap()), shown, "{spend}");
        }
        assert_eq!(height(Decimal::ZERO, Decimal::ZERO), 1);
    }
}
