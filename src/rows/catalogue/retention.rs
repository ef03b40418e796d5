//! How far back Meta answers: totals, figures that count people, single breakdowns.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::parsed;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    totals_months: u32,
    unique_metrics_months: u32,
    breakdown_months: BTreeMap<String, u32>,
}

impl Default for Retention {
    /// Without the file: nothing is left out that Meta may still have.
    fn default() -> Self {
        Self { totals_months: 37, unique_metrics_months: 13, breakdown_months: BTreeMap::new() }
    }
}

static RETENTION: LazyLock<Retention> = LazyLock::new(|| parsed(include_str!("retention.toml")));

/// Months that Meta keeps figures at all. An earlier first day is refused.
pub fn totals_months() -> u32 {
    RETENTION.totals_months
}

/// Months that Meta keeps what counts people. On older days it is left out without an error.
pub fn unique_metrics_months() -> u32 {
    RETENTION.unique_metrics_months
}

/// Months that Meta keeps a breakdown, where it keeps it for less time than the totals. Older days have no rows.
pub fn breakdown_months(name: &str) -> Option<u32> {
    RETENTION.breakdown_months.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::super::breakdowns;
    use super::*;

    #[test]
    fn the_data_parses_and_names_only_what_it_knows() {
        let data: Retention = toml::from_str(include_str!("retention.toml")).unwrap();
        assert_eq!((data.totals_months, data.unique_metrics_months), (37, 13));
        assert!(data.breakdown_months.keys().all(|name| breakdowns::is_known(name)));
        assert!(data.breakdown_months.values().all(|months| (1..data.totals_months).contains(months)));
    }

    #[test]
    fn hours_and_frequencies_are_kept_for_less_time() {
        assert_eq!(breakdown_months("hourly_stats_aggregated_by_audience_time_zone"), Some(13));
        assert_eq!(breakdown_months("frequency_value"), Some(6));
        assert_eq!(breakdown_months("age"), None);
    }
}
