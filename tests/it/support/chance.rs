//! Chance in tests: a new seed every time, which a failure tells and a variable repeats.

use std::time::{SystemTime, UNIX_EPOCH};

use graph_sim::dice::Dice;

/// The variable that repeats a failure.
const SEED: &str = "ADSYNC_TEST_SEED";

/// Dice that say what they were thrown with where the test fails.
pub(crate) struct Chance {
    seed: u64,
    dice: Dice,
}

impl Chance {
    /// Takes the seed from `ADSYNC_TEST_SEED`, or a new one.
    pub(crate) fn new() -> Self {
        let seed = match std::env::var(SEED) {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()),
        };
        Self { seed, dice: Dice::new(&[seed]) }
    }

    /// A number between two bounds, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        u64::try_from(self.dice.between(low.try_into().unwrap(), high.try_into().unwrap())).unwrap()
    }

    /// One of the choices.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        *self.dice.pick(choices).unwrap()
    }
}

impl Drop for Chance {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{SEED}={} repeats this", self.seed);
        }
    }
}
