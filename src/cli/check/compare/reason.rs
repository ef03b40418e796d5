//! Why a figure of somebody's table is another one than adsync's: the mistakes that scripts make, tried one by one.

use rust_decimal::Decimal;

use super::columns::Holds;
use super::figures::Held;

/// Why two figures differ, or that they do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// They are the same.
    Agrees,
    /// A cell that is empty where Meta has a figure.
    Empty,
    /// A text that is no number.
    Unreadable,
    /// A hundred times too much: cents.
    Cents,
    /// A millionth: micros.
    Micros,
    /// A hundredth of it.
    Hundredth,
    /// Quotients of single days, added up.
    AddedUp,
    /// Quotients of single days, their mean taken.
    Mean,
    /// Every name of a lead, added up.
    Names,
    /// A whole number of times too much.
    Times(u32),
    /// The figure of the day before.
    DayBefore,
    /// The figure of the day after.
    DayAfter,
    /// What there was of it when it was read: the last day has moved on.
    Earlier,
    /// Less than there is by now.
    Less,
    /// Anything else.
    Other,
}

/// The whole numbers of times that are tried.
const TIMES: std::ops::RangeInclusive<u32> = 2..=8;

/// Says why a figure differs from what is held. `None` where nothing is held that it can be compared with.
pub(super) fn reason(holds: Holds, there: Option<Decimal>, held: &Held<'_>) -> Option<Reason> {
    let by_day = held.by_day(holds);
    let Some(own) = held.figure(holds) else {
        // Of people on several days nothing is known but that they are not the sum of the days.
        let sum: Decimal = by_day.iter().sum();
        let is_sum = holds == Holds::Reach && by_day.len() > 1 && there.is_some_and(|there| same(holds, there, sum, 1));
        return is_sum.then_some(Reason::AddedUp);
    };
    let Some(there) = there else {
        return Some(if own.is_zero() { Reason::Agrees } else { Reason::Empty });
    };
    if same(holds, there, own, 1) {
        return Some(Reason::Agrees);
    }
    Some(differs(holds, there, own, held, &by_day))
}

fn differs(holds: Holds, there: Decimal, own: Decimal, held: &Held<'_>, by_day: &[Decimal]) -> Reason {
    let many = u32::try_from(by_day.len()).unwrap_or(u32::MAX);
    if own.is_zero() {
        return Reason::Other;
    }
    if holds.is_ratio() && many > 1 {
        let sum: Decimal = by_day.iter().sum();
        if same(holds, there, sum, many) {
            return Reason::AddedUp;
        }
        if same(holds, there, sum / Decimal::from(many), 1) {
            return Reason::Mean;
        }
    }
    if holds.is_money() && same(holds, there / Decimal::ONE_HUNDRED, own, 1) {
        return Reason::Cents;
    }
    if holds.is_money() && same(holds, there / Decimal::from(1_000_000), own, 1) {
        return Reason::Micros;
    }
    // A hundredth that was rounded to hundredths may be half of one off. Of less than a unit nothing is left to compare.
    let parts = if holds.is_ratio() { 1 } else { 50 };
    let may_be = !there.is_zero() && (own > Decimal::ONE || holds == Holds::Ctr);
    if may_be && (holds.is_money() || holds == Holds::Ctr) && same(holds, there * Decimal::ONE_HUNDRED, own, parts) {
        return Reason::Hundredth;
    }
    if holds == Holds::Leads && there == held.lead_names() {
        return Reason::Names;
    }
    if holds.is_ratio() {
        return Reason::Other;
    }
    if let Some(before) = held.without_newest().and_then(|before| before.figure(holds))
        && there >= before
        && there < own
    {
        return Reason::Earlier;
    }
    if let Some(times) = TIMES.into_iter().find(|times| same(holds, there, own * Decimal::from(*times), *times)) {
        return Reason::Times(times);
    }
    if there < own { Reason::Less } else { Reason::Other }
}

/// Whether two figures are one, but for the rounding of `parts` of them.
pub(super) fn same(holds: Holds, one: Decimal, other: Decimal, parts: u32) -> bool {
    let slack = match holds {
        Holds::Spend => Decimal::new(11, 3),
        holds if holds.is_ratio() => Decimal::new(6, 3).max(other.abs() * Decimal::new(2, 3)),
        _ => return one == other,
    };
    (one - other).abs() <= slack * Decimal::from(parts)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::store::foreign::Day;

    fn day(date: u32, spend: i64, impressions: i64, clicks: i64) -> Day {
        Day {
            id: "1".to_owned(),
            date: NaiveDate::from_ymd_opt(2026, 11, date).unwrap(),
            is_settled: true,
            spend: Decimal::new(spend, 2),
            impressions: impressions.into(),
            clicks: clicks.into(),
            leads: Some(3.into()),
            lead_names: 9.into(),
            reach: Some((impressions - 10).into()),
        }
    }

    fn why(holds: Holds, there: &str) -> Option<Reason> {
        let days = [day(19, 1000, 400, 10), day(20, 3000, 800, 30)];
        let newest = days.last().map(|day| day.date);
        let held = Held { days: days.iter().collect(), newest };
        reason(holds, there.parse().ok(), &held)
    }

    #[test]
    fn each_mistake_is_known_by_its_figure() {
        for (holds, there, expected) in [
            (Holds::Spend, "40", Reason::Agrees),
            (Holds::Spend, "40.009", Reason::Agrees),
            (Holds::Spend, "4000", Reason::Cents),
            (Holds::Spend, "40000000", Reason::Micros),
            (Holds::Spend, "0.40", Reason::Hundredth),
            (Holds::Spend, "80", Reason::Times(2)),
            (Holds::Spend, "25", Reason::Earlier),
            (Holds::Spend, "5", Reason::Less),
            (Holds::Spend, "41", Reason::Other),
            (Holds::Spend, "nothing", Reason::Empty),
            (Holds::Impressions, "1200", Reason::Agrees),
            (Holds::Impressions, "1201", Reason::Other),
            (Holds::Leads, "6", Reason::Agrees),
            (Holds::Leads, "18", Reason::Names),
            (Holds::Ctr, "3.33", Reason::Agrees),
            (Holds::Ctr, "6.25", Reason::AddedUp),
            (Holds::Ctr, "3.125", Reason::Mean),
            (Holds::Ctr, "0.0333", Reason::Hundredth),
            (Holds::Cpc, "1", Reason::Agrees),
            (Holds::Cpc, "2", Reason::AddedUp),
            (Holds::Cpm, "62.5", Reason::AddedUp),
            (Holds::Reach, "1180", Reason::AddedUp),
        ] {
            assert_eq!(why(holds, there), Some(expected), "{holds:?} {there}");
        }
        assert_eq!(why(Holds::Reach, "900"), None, "of people on two days nothing is known");
    }
}
