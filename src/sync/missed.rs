//! What could not be read or compared, and why: one report, slice or day that fails takes no other with it.

use crate::meta::Class;
use crate::rows::report::Days;
use crate::store::totals::Day;

use super::report::Failure;

/// Days or longer periods that could not be read, and what failed.
#[derive(Debug, Default)]
pub(super) struct Missed {
    periods: Vec<Days>,
    failures: Vec<Failure>,
}

impl Missed {
    /// Takes in what failed. A wall that everything else would meet, too, is given back.
    pub(super) fn take(&mut self, failure: Failure) -> Result<(), Failure> {
        if failure.stops_account() {
            return Err(failure);
        }
        tracing::warn!(class = failure.class(), error = %failure, "this could not be done; the rest goes on");
        self.failures.push(failure);
        Ok(())
    }

    /// The same, of some days or longer periods.
    pub(super) fn miss(&mut self, periods: &[Days], failure: Failure) -> Result<(), Failure> {
        self.take(failure)?;
        self.periods.extend_from_slice(periods);
        Ok(())
    }

    /// Takes over what another missed.
    pub(super) fn add(&mut self, other: Self) {
        self.periods.extend(other.periods);
        self.failures.extend(other.failures);
    }

    /// Whether a day or longer period could not be read.
    pub(super) fn has(&self, day: &Day) -> bool {
        self.periods.contains(&day.days())
    }

    /// What could not be read.
    pub(super) fn periods(&self) -> &[Days] {
        &self.periods
    }

    /// The worst that failed.
    pub(super) fn worst(self) -> Option<Failure> {
        Failure::worst(self.failures)
    }
}

impl Failure {
    /// Whether a question about less may pass: what is refused may be refused for one day of many.
    pub(super) fn may_be_one_day(&self) -> bool {
        match self {
            Self::Meta(error) => matches!(error.class, Class::Invalid | Class::Unknown),
            Self::Rows(_) => true,
            Self::Store(_) | Self::Drift(_) | Self::Account { .. } => false,
        }
    }
}
