//! Fields of insights: the names, and which count people instead of events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Removed, parsed};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    read_on: chrono::NaiveDate,
    names: BTreeSet<String>,
    unique_metrics: BTreeSet<String>,
    removed: BTreeMap<String, Removed>,
}

static FIELDS: LazyLock<Fields> = LazyLock::new(|| parsed(include_str!("fields.toml")));

/// The day on which Meta's own list was read.
pub fn read_on() -> chrono::NaiveDate {
    FIELDS.read_on
}

/// Every field that is known and still answered.
pub fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.names.iter().map(String::as_str)
}

/// Whether this is a known field. Meta adds some without notice.
pub fn is_known(name: &str) -> bool {
    FIELDS.names.contains(name)
}

/// Why this field is not answered any more.
pub fn removed(name: &str) -> Option<&'static Removed> {
    FIELDS.removed.get(name)
}

/// Whether a field counts people instead of events, or is a ratio of such a count: reach, frequency and their kin.
pub fn is_unique_metric(name: &str) -> bool {
    FIELDS.unique_metrics.contains(name)
}

/// Every field that counts people.
pub fn unique_metrics() -> impl Iterator<Item = &'static str> {
    FIELDS.unique_metrics.iter().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_parses_and_names_only_what_it_knows() {
        let data: Fields = toml::from_str(include_str!("fields.toml")).unwrap();
        assert!(data.names.len() > 200);
        assert!(data.read_on > chrono::NaiveDate::default());
        assert!(data.unique_metrics.is_subset(&data.names));
        assert!(data.removed.keys().all(|name| !data.names.contains(name)));
        let is_plain = |name: &String| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        assert!(data.names.iter().all(is_plain), "names go into SQL as they are");
    }

    #[test]
    fn people_are_told_from_events() {
        assert!(is_unique_metric("reach") && is_unique_metric("frequency") && is_unique_metric("unique_clicks"));
        assert!(!is_unique_metric("impressions") && !is_unique_metric("actions"));
        assert!(is_known("quality_ranking") && !is_known("age"));
        assert!(removed("marketing_messages_website_purchase").is_some());
    }
}
