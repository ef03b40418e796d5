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

    /// Whether the sum of so many rows agrees with a total: counts exactly, money within half a cent a row and a cent.
    pub fn agrees_with(self, total: Self, rows: u64) -> bool {
        self.is_at_most(total, rows) && total.is_at_most(self, rows)
    }

    /// Whether the sum of so many rows lacks something of a total, and has nothing beyond it.
    pub fn falls_short_of(self, total: Self, rows: u64) -> bool {
        self.is_at_most(total, rows) && !total.is_at_most(self, rows)
    }

    /// Whether no figure is larger than another's, rounding aside.
    pub fn is_at_most(self, other: Self, rows: u64) -> bool {
        self.spend <= other.spend.saturating_add(tolerance(rows))
            && self.impressions <= other.impressions
            && self.clicks <= other.clicks
    }
}

/// What rounding may come to: Meta rounds each row and the total by itself.
fn tolerance(rows: u64) -> Decimal {
    Decimal::new(5, 3).saturating_mul(Decimal::from(rows)).saturating_add(Decimal::new(1, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(spend: &str, impressions: i64, clicks: i64) -> Figures {
        Figures { spend: spend.parse().unwrap(), impressions, clicks }
    }

    #[test]
    fn counts_agree_exactly_and_money_within_its_rounding() {
        let total = figures("100.00", 1_000, 10);
        assert!(figures("100.00", 1_000, 10).agrees_with(total, 0));
        assert!(figures("100.06", 1_000, 10).agrees_with(total, 10));
        assert!(figures("99.94", 1_000, 10).agrees_with(total, 10));
        assert!(!figures("100.0601", 1_000, 10).agrees_with(total, 10));
        assert!(!figures("99.9399", 1_000, 10).agrees_with(total, 10));
        assert!(!figures("100.00", 999, 10).agrees_with(total, 1_000));
        assert!(!figures("100.00", 1_000, 11).agrees_with(total, 1_000));
    }

    #[test]
    fn a_sum_falls_short_only_where_nothing_of_it_is_too_much() {
        let total = figures("100.00", 1_000, 10);
        assert!(figures("90.00", 900, 10).falls_short_of(total, 3));
        assert!(figures("100.00", 999, 10).falls_short_of(total, 3));
        assert!(!figures("90.00", 1_001, 10).falls_short_of(total, 3));
        assert!(!figures("100.00", 1_000, 10).falls_short_of(total, 3));
        assert!(!figures("110.00", 1_000, 10).falls_short_of(total, 3));
        assert!(figures("-3.20", 1_000, 10).falls_short_of(total, 3));
    }

    #[test]
    fn sums_beyond_64_bits_stay_at_their_end_instead_of_going_round() {
        let most = figures("1", i64::MAX, i64::MAX);
        assert_eq!(most.plus(most).impressions, i64::MAX);
        assert_eq!(most.less(figures("0.00", -1, -1)).clicks, i64::MAX);
        assert_eq!(most.plus(most).spend, Decimal::TWO);
    }
}
