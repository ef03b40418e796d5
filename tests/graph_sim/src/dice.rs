//! Chance that repeats: numbers that follow from a seed and from what they are drawn for.

/// Draws the same numbers for the same seed, in whole numbers only.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Makes dice for one purpose: the same parts give the same throws.
    pub fn new(parts: &[u64]) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for part in parts {
            state = mix(state ^ part.wrapping_mul(0xff51_afd7_ed55_8ccd));
        }
        Self { state }
    }

    /// Throws the next 64 bits.
    pub fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// Throws a number from 0 up to, not including, `bound` (0 for a bound below 1).
    pub fn below(&mut self, bound: i64) -> i64 {
        let half = i64::try_from(self.throw() >> 32).unwrap_or(0);
        ((i128::from(half) * i128::from(bound.max(0))) >> 32).try_into().unwrap_or(0)
    }

    /// Throws a number between two bounds, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// Says yes in `permille` of a thousand throws.
    pub fn chance(&mut self, permille: i64) -> bool {
        self.below(1000) < permille
    }

    /// Picks one of the choices, or nothing from none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let len = i64::try_from(choices.len()).unwrap_or(0);
        choices.get(usize::try_from(self.below(len)).unwrap_or(0))
    }

    /// Rounds `numerator / denominator` up or down so that the mean is right: 0.3 is 1 in three of ten throws.
    pub fn round(&mut self, numerator: i64, denominator: i64) -> i64 {
        let denominator = denominator.max(1);
        numerator / denominator + i64::from(self.below(denominator) < numerator % denominator)
    }
}

fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_same_seed_throws_the_same_numbers() {
        let throw = |seed| {
            let mut dice = Dice::new(&[seed, 7]);
            (0..20).map(|_| dice.between(3, 9)).collect::<Vec<_>>()
        };
        assert_eq!(throw(1), throw(1));
        assert_ne!(throw(1), throw(2));
        assert!(throw(1).iter().all(|n| (3..=9).contains(n)));
    }

    #[test]
    fn rounding_keeps_the_mean() {
        let mut dice = Dice::new(&[5]);
        let sum: i64 = (0..10_000).map(|_| dice.round(3, 10)).sum();
        assert!((2_800..3_200).contains(&sum), "{sum}");
    }
}
