//! Attribution windows: which Meta answers, which it takes and answers with nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Removed, parsed};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    read_on: chrono::NaiveDate,
    answered: Vec<String>,
    undocumented: Vec<String>,
    removed: BTreeMap<String, Removed>,
}

static WINDOWS: LazyLock<Windows> = LazyLock::new(|| parsed(include_str!("windows.toml")));

/// The day on which Meta's own list was read.
pub fn read_on() -> chrono::NaiveDate {
    WINDOWS.read_on
}

/// The windows that Meta documents as answered.
pub fn answered() -> impl Iterator<Item = &'static str> {
    WINDOWS.answered.iter().map(String::as_str)
}

/// The windows that Meta's own library names and no page documents.
pub fn undocumented() -> impl Iterator<Item = &'static str> {
    WINDOWS.undocumented.iter().map(String::as_str)
}

/// Why this window has no figures any more. Meta takes some of them without an error.
pub fn removed(name: &str) -> Option<&'static Removed> {
    WINDOWS.removed.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_parses_and_names_only_what_it_knows() {
        let data: Windows = toml::from_str(include_str!("windows.toml")).unwrap();
        assert!(data.answered.len() >= 7);
        assert!(data.read_on > chrono::NaiveDate::default());
        assert!(data.removed.values().flat_map(|removed| &removed.instead).all(|name| data.answered.contains(name)));
        let is_dead = |name: &String| data.removed.contains_key(name);
        assert!(!data.answered.iter().chain(&data.undocumented).any(is_dead));
    }

    #[test]
    fn dead_windows_say_what_to_write_instead() {
        assert_eq!(removed("28d_view").unwrap().instead, ["1d_view"]);
        assert_eq!(removed("inline").unwrap().instead, ["1d_click", "1d_view"]);
        assert!(removed("7d_click").is_none());
        assert!(undocumented().any(|name| name == "skan_click"));
    }
}
