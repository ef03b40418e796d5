//! Figures of somebody's table as numbers, and what adsync holds of the same object and days beside them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::store::foreign::Day;

use super::columns::Holds;

/// A number beyond this is no figure of an ad account, and too large to reckon with.
const MOST: Decimal = Decimal::from_parts(2_808_348_672, 232_830_643, 0, false, 0);

/// Reads a number as scripts write it: with a currency's sign, a percent sign, with a comma or a point for the decimals.
pub(super) fn number(text: &str) -> Option<Decimal> {
    let kept = |letter: &char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-' | '+' | 'e' | 'E');
    let bare = text.trim().trim_matches('"').trim_start_matches("R$").trim_start_matches("US$");
    let bare = bare.trim_matches(|letter: char| matches!(letter, '$' | '€' | '£' | '%') || letter.is_whitespace());
    if bare.is_empty() || !bare.chars().all(|letter| kept(&letter)) {
        return None;
    }
    let plain = match (bare.rfind('.'), bare.rfind(',')) {
        (Some(point), Some(comma)) if comma > point => bare.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => bare.replace(',', ""),
        (None, Some(_)) if bare.matches(',').count() == 1 => bare.replace(',', "."),
        (None, Some(_)) => bare.replace(',', ""),
        _ => bare.to_owned(),
    };
    let number = Decimal::from_str_exact(&plain).or_else(|_| Decimal::from_scientific(&plain)).ok();
    number.filter(|number| number.abs() < MOST)
}

/// Reads a day as scripts write it: `2026-11-20`, with more behind it or not, or `20/11/2026`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim().trim_matches('"');
    let head = text.get(..10)?;
    head.parse().ok().or_else(|| NaiveDate::parse_from_str(head, "%d/%m/%Y").ok())
}

/// What adsync holds of one object, day by day.
pub(super) type Days = BTreeMap<NaiveDate, Day>;

/// What adsync holds of one object on some days.
#[derive(Debug, Clone, Default)]
pub(super) struct Held<'a> {
    /// The days that have a row, in order.
    pub(super) days: Vec<&'a Day>,
    /// The newest day of all that adsync holds: it still moves.
    pub(super) newest: Option<NaiveDate>,
}

impl<'a> Held<'a> {
    /// The days of an object from one day to another.
    pub(super) fn between(
        days: Option<&'a Days>,
        since: NaiveDate,
        until: NaiveDate,
        newest: Option<NaiveDate>,
    ) -> Self {
        let days = days.into_iter().flat_map(|days| days.range(since..=until)).map(|(_, day)| day).collect();
        Self { days, newest }
    }

    /// A figure of all days together; a ratio of their sums. `None` where there is none.
    pub(super) fn figure(&self, holds: Holds) -> Option<Decimal> {
        let sum = |of: fn(&Day) -> Decimal| self.days.iter().map(|day| of(day)).sum::<Decimal>();
        match holds {
            Holds::Spend => Some(sum(|day| day.spend)),
            Holds::Impressions => Some(sum(|day| day.impressions)),
            Holds::Clicks => Some(sum(|day| day.clicks)),
            Holds::Leads => self.days.iter().map(|day| day.leads).sum(),
            // People do not add up: of several days nothing is known.
            Holds::Reach => match self.days.as_slice() {
                [day] => day.reach,
                _ => None,
            },
            Holds::Ctr => quotient(sum(|day| day.clicks) * Decimal::ONE_HUNDRED, sum(|day| day.impressions)),
            Holds::Cpc => quotient(sum(|day| day.spend), sum(|day| day.clicks)),
            Holds::Cpm => quotient(sum(|day| day.spend) * Decimal::ONE_THOUSAND, sum(|day| day.impressions)),
            _ => None,
        }
    }

    /// The same figure of each day by itself, as far as there is one.
    pub(super) fn by_day(&self, holds: Holds) -> Vec<Decimal> {
        let alone = |day: &&'a Day| match holds {
            Holds::Reach => day.reach,
            _ => Held { days: vec![*day], newest: self.newest }.figure(holds),
        };
        self.days.iter().filter_map(alone).collect()
    }

    /// What comes out where every action with `lead` in its name is added up.
    pub(super) fn lead_names(&self) -> Decimal {
        self.days.iter().map(|day| day.lead_names).sum()
    }

    /// The same without the day that still moves; `None` where that is not among them.
    pub(super) fn without_newest(&self) -> Option<Self> {
        let days: Vec<&Day> = self.days.iter().copied().filter(|day| Some(day.date) != self.newest).collect();
        (days.len() < self.days.len()).then_some(Held { days, newest: self.newest })
    }
}

fn quotient(upper: Decimal, lower: Decimal) -> Option<Decimal> {
    upper.checked_div(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_scripts_write_them() {
        let read = |text: &str| number(text).map(|number| number.normalize().to_string());
        for (text, expected) in [
            ("12.5", "12.5"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("12,5", "12.5"),
            ("1,234,567", "1234567"),
            ("R$ 1.234,56", "1234.56"),
            (" 3.1 % ", "3.1"),
            ("\"7\"", "7"),
            ("1e-2", "0.01"),
            ("-4", "-4"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "NaN", "n/a", "{}", "[1]", "-", "9e20", "-7000000000000000000"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_as_scripts_write_them() {
        let expected = NaiveDate::from_ymd_opt(2026, 11, 20);
        for text in ["2026-11-20", "2026-11-20T03:00:00Z", "20/11/2026", " \"2026-11-20\" "] {
            assert_eq!(day(text), expected, "{text}");
        }
        assert_eq!(day("yesterday"), None);
    }
}
