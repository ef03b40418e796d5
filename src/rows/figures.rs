//! The three figures by which rows are compared with Meta's own totals, and when two of them agree.

use rust_decimal::Decimal;

/// What adds up: money and two counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Spend, major units.
    pub spend: Decimal,
    /// Impressions.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
}

impl Figures {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            spend: self.spend.saturating_add(other.spend),
            impressions: self.impressions.saturating_add(other.impressions),
            clicks: self.clicks.saturating_add(other.clicks),
        }
    }

    /// What remains when another is taken away.
    pub fn less(self, other: Self) -> Self {
        Self {
            spend: self.spend.saturating_sub(other.spend),
            impressions: self.impressions.saturating_sub(other.impressions),
            clicks: self.clicks.saturating_sub(other.clicks),
        }
    }

    /// Whether a sum agrees with a total: counts exactly, money but for what rounding may come to.
    pub fn agrees_with(self, total: Self, slack: Decimal) -> bool {
        self.is_at_most(total, slack) && total.is_at_most(self, slack)
    }

    /// Whether a sum lacks something of a total, and has nothing beyond it.
    pub fn falls_short_of(self, total: Self, slack: Decimal) -> bool {
        self.is_at_most(total, slack) && !total.is_at_most(self, slack)
    }

    /// Whether no figure is larger than another's, rounding aside.
    pub fn is_at_most(self, other: Self, slack: Decimal) -> bool {
        self.spend <= other.spend.saturating_add(slack)
            && self.impressions <= other.impressions
            && self.clicks <= other.clicks
    }

    /// What rounding may come to in the sum of so many rows: half a cent a row and a cent, for Meta rounds each row and
    /// the total by itself. Where a currency has no cents and the rows came without any, it is half a unit a row and a
    /// unit. No lost row hides in that: what was shown has impressions, and counts agree exactly.
    pub fn slack(self, rows: u64, minor_units: u32) -> Decimal {
        let is_whole = minor_units == 1 && self.spend.fract().is_zero();
        let (each, once) =
            if is_whole { (Decimal::new(5, 1), Decimal::ONE) } else { (Decimal::new(5, 3), Decimal::new(1, 2)) };
        each.saturating_mul(Decimal::from(rows)).saturating_add(once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(spend: &str, impressions: i64, clicks: i64) -> Figures {
        Figures { spend: spend.parse().unwrap(), impressions, clicks }
    }

    fn agree(sum: Figures, total: Figures, rows: u64, minor_units: u32) -> bool {
        sum.agrees_with(total, sum.slack(rows, minor_units))
    }

    #[test]
    fn counts_agree_exactly_and_money_within_its_rounding() {
        let total = figures("100.00", 1_000, 10);
        assert!(agree(figures("100.00", 1_000, 10), total, 0, 100));
        assert!(agree(figures("100.06", 1_000, 10), total, 10, 100));
        assert!(agree(figures("99.94", 1_000, 10), total, 10, 100));
        assert!(!agree(figures("100.0601", 1_000, 10), total, 10, 100));
        assert!(!agree(figures("99.9399", 1_000, 10), total, 10, 100));
        assert!(!agree(figures("100.00", 999, 10), total, 1_000, 100));
        assert!(!agree(figures("100.00", 1_000, 11), total, 1_000, 100));
    }

    #[test]
    fn a_currency_without_cents_is_rounded_to_units_where_its_rows_are_and_no_lost_row_hides_in_that() {
        let total = figures("12346", 1_000, 10);
        assert!(agree(figures("12340", 1_000, 10), total, 10, 1));
        assert!(!agree(figures("12340", 1_000, 10), total, 10, 100), "a currency with cents");
        assert!(!agree(figures("12340.25", 1_000, 10), total, 10, 1), "these rows came with cents");
        assert!(!agree(figures("12338", 1_000, 10), total, 10, 1));
        assert!(!agree(figures("12345", 999, 10), total, 10, 1), "a row was lost that cost a single unit");
    }

    #[test]
    fn a_sum_falls_short_only_where_nothing_of_it_is_too_much() {
        let total = figures("100.00", 1_000, 10);
        let is_short = |sum: Figures| sum.falls_short_of(total, sum.slack(3, 100));
        assert!(is_short(figures("90.00", 900, 10)));
        assert!(is_short(figures("100.00", 999, 10)));
        assert!(!is_short(figures("90.00", 1_001, 10)));
        assert!(!is_short(figures("100.00", 1_000, 10)));
        assert!(!is_short(figures("110.00", 1_000, 10)));
        assert!(is_short(figures("-3.20", 1_000, 10)));
    }

    #[test]
    fn sums_beyond_64_bits_stay_at_their_end_instead_of_going_round() {
        let most = figures("1", i64::MAX, i64::MAX);
        assert_eq!(most.plus(most).impressions, i64::MAX);
        assert_eq!(most.less(figures("0.00", -1, -1)).clicks, i64::MAX);
        assert_eq!(most.plus(most).spend, Decimal::TWO);
    }
}
