//! What the daemon is told: its schedules and its manners.

use std::time::Duration;

use crate::meta::AccountId;
use crate::schedule::{Cron, Zone};
use crate::sync::{Reach, Sweeps};

/// The daemon's name and manners.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Replicas of one daemon share it; another daemon on the same database needs another.
    pub instance: String,
    /// How long a stop may take before running work is abandoned.
    pub shutdown_grace: Duration,
    /// Days that `sync_runs` and its steps are kept.
    pub retention_days: u32,
}

/// One named schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The name under `[schedules]`.
    pub name: String,
    /// When it falls due, in `zone`.
    pub cron: Cron,
    /// The zone that the expression is read in.
    pub zone: Zone,
    /// Days before today that a run reads; today comes besides.
    pub lookback_days: u32,
    /// What happens to a tick while the last one still runs.
    pub overlap: Overlap,
    /// What happens to ticks that were missed.
    pub catch_up: CatchUp,
    /// The longest random delay of a tick.
    pub jitter: Duration,
    /// The longest time that a run may take.
    pub deadline: Duration,
    /// Failures in a row after which the schedule pauses itself; 0 means never.
    pub pause_after_failures: u32,
    /// Whether it runs at all.
    pub enabled: bool,
    /// The accounts it is for; `None` means all.
    pub accounts: Option<Vec<AccountId>>,
    /// The reports it is for, by name; `None` means all that are enabled.
    pub reports: Option<Vec<String>>,
}

impl Schedule {
    /// What its runs sweep once a month: of the enabled schedules that read a report of an account, the first of those that
    /// look back furthest does. So everything that some schedule reads has exactly one that sweeps it.
    pub fn sweeps(&self, all: &[Self]) -> Sweeps {
        let place = all.iter().position(|schedule| schedule.name == self.name);
        let goes_before = |at: usize, other: &Self| {
            other.enabled
                && other.name != self.name
                && (other.lookback_days > self.lookback_days
                    || other.lookback_days == self.lookback_days && (!self.enabled || Some(at) < place))
        };
        let before = all.iter().enumerate().filter(|(at, other)| goes_before(*at, other));
        let reach = |other: &Self| Reach { accounts: other.accounts.clone(), reports: other.reports.clone() };
        Sweeps::AllBut(before.map(|(_, other)| reach(other)).collect())
    }
}

/// What happens to a tick that falls due while its schedule still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// It is recorded as skipped.
    Skip,
    /// One waits and runs afterwards.
    Queue,
}

/// What happens to ticks that fell due while no daemon ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// They are recorded as skipped.
    None,
    /// The latest runs, the others are recorded as skipped.
    Latest,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(name: &str, lookback_days: u32, accounts: Option<&[&str]>, reports: Option<&[&str]>) -> Schedule {
        Schedule {
            name: name.to_owned(),
            cron: Cron::parse("0 3 * * *").unwrap(),
            zone: Zone::Account,
            lookback_days,
            overlap: Overlap::Skip,
            catch_up: CatchUp::Latest,
            jitter: Duration::ZERO,
            deadline: Duration::from_secs(60),
            pause_after_failures: 0,
            enabled: true,
            accounts: accounts.map(|ids| ids.iter().map(|id| id.parse().unwrap()).collect()),
            reports: reports.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        }
    }

    #[test]
    fn every_report_of_every_account_that_a_schedule_reads_is_swept_by_exactly_one() {
        let off = Schedule { enabled: false, ..schedule("off", 365, None, None) };
        let all = [
            schedule("recent", 3, None, None),
            schedule("settled", 28, Some(&["1"]), None),
            schedule("again", 28, Some(&["1"]), None),
            schedule("windows", 90, None, Some(&["reach"])),
            off,
        ];
        let by = |account: &str, report: &str| -> Vec<&str> {
            let account: AccountId = account.parse().unwrap();
            let enabled = all.iter().filter(|schedule| schedule.enabled);
            let sweeping = enabled.filter(|schedule| {
                let reads = Reach { accounts: schedule.accounts.clone(), reports: schedule.reports.clone() };
                reads.includes(&account, report) && schedule.sweeps(&all).includes(&account, report)
            });
            sweeping.map(|schedule| schedule.name.as_str()).collect()
        };
        assert_eq!(by("1", "adset"), ["settled"]);
        assert_eq!(by("2", "adset"), ["recent"], "in no schedule that looks back further");
        assert_eq!(by("1", "reach"), ["windows"]);
        assert!(all[4].sweeps(&all).includes(&"1".parse().unwrap(), "adset"), "by hand, further than any other");
    }
}
