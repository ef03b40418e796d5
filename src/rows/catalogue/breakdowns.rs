//! What splits the rows of insights: the names, what is peculiar about some, and which sets Meta answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Removed, fields, parsed};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Breakdowns {
    read_on: chrono::NaiveDate,
    names: BTreeSet<String>,
    never_alone: BTreeSet<String>,
    report_run_only: BTreeSet<String>,
    without_unique_metrics: BTreeSet<String>,
    without_off_meta_actions: BTreeSet<String>,
    additive: BTreeSet<String>,
    sets_with_actions: Vec<String>,
    sets_without_actions: Vec<String>,
    removed: BTreeMap<String, Removed>,
    opt_in: BTreeMap<String, String>,
}

static BREAKDOWNS: LazyLock<Breakdowns> = LazyLock::new(|| parsed(include_str!("breakdowns.toml")));

/// What Meta documents of a set of breakdowns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// It is answered, and so are lists of actions with it.
    WithActions,
    /// It is answered, but not together with a split by action type.
    WithoutActions,
    /// It is not answered; these sets are the most like it.
    Undocumented(Vec<Vec<&'static str>>),
    /// One of them stands in no documented set, so that nothing can be said.
    Unknown,
}

/// The day on which Meta's own list was read.
pub fn read_on() -> chrono::NaiveDate {
    BREAKDOWNS.read_on
}

/// Every breakdown that is known and still answered.
pub fn names() -> impl Iterator<Item = &'static str> {
    BREAKDOWNS.names.iter().map(String::as_str)
}

/// Whether this is a known breakdown. Meta adds some without notice.
pub fn is_known(name: &str) -> bool {
    BREAKDOWNS.names.contains(name)
}

/// Why this breakdown is not answered any more.
pub fn removed(name: &str) -> Option<&'static Removed> {
    BREAKDOWNS.removed.get(name)
}

/// The feature that an account must opt in to. Without it answers may be empty, without an error.
pub fn opt_in(name: &str) -> Option<&'static str> {
    BREAKDOWNS.opt_in.get(name).map(String::as_str)
}

/// Whether Meta refuses it as the only breakdown.
pub fn is_never_alone(name: &str) -> bool {
    BREAKDOWNS.never_alone.contains(name)
}

/// Whether only report runs answer it.
pub fn is_report_run_only(name: &str) -> bool {
    BREAKDOWNS.report_run_only.contains(name)
}

/// Whether every impression falls in exactly one value of it, so that its rows sum to the whole. What is not known to do so
/// is never taken for a sum.
pub fn adds_up(name: &str) -> bool {
    BREAKDOWNS.additive.contains(name)
}

/// Whether Meta tells this field beside this breakdown. What it does not tell comes as 0, which is no figure.
pub fn tells(name: &str, field: &str) -> bool {
    let is_withheld = fields::is_unique_metric(field) || field.starts_with("video_");
    !(is_withheld && BREAKDOWNS.without_unique_metrics.contains(name))
}

/// Whether Meta tells actions beside this breakdown that happened off Meta: where it does not, an action that is not there may
/// have happened.
pub fn tells_off_meta_actions(name: &str) -> bool {
    !BREAKDOWNS.without_off_meta_actions.contains(name)
}

/// What Meta documents of these breakdowns together. A single one is judged by its own questions.
pub fn set(breakdowns: &[String]) -> Set {
    let asked: BTreeSet<&str> = breakdowns.iter().map(String::as_str).collect();
    let members = |set: &'static String| set.split(',').collect::<Vec<_>>();
    let is_asked = |set: &&'static String| members(set).into_iter().collect::<BTreeSet<_>>() == asked;
    if BREAKDOWNS.sets_with_actions.iter().any(|set| is_asked(&set)) {
        return Set::WithActions;
    }
    if BREAKDOWNS.sets_without_actions.iter().any(|set| is_asked(&set)) {
        return Set::WithoutActions;
    }
    // Sets that split actions are none that rows can be split by.
    let all = BREAKDOWNS.sets_with_actions.iter().chain(&BREAKDOWNS.sets_without_actions).map(members);
    let mut documented: Vec<Vec<&str>> =
        all.filter(|set| !set.iter().any(|name| name.starts_with("action_"))).collect();
    let stands_somewhere = |name: &&str| documented.iter().any(|set| set.contains(name));
    if asked.len() < 2 || !asked.iter().all(stands_somewhere) {
        return Set::Unknown;
    }
    let differing = |set: &Vec<&str>| {
        let shared = set.iter().filter(|name| asked.contains(*name)).count();
        (asked.len() + set.len()).saturating_sub(2 * shared)
    };
    documented.retain(|set| set.iter().any(|name| asked.contains(name)));
    documented.sort_by_key(differing);
    documented.truncate(3);
    Set::Undocumented(documented)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Set {
        set(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_data_parses_and_names_only_what_it_knows() {
        let data: Breakdowns = toml::from_str(include_str!("breakdowns.toml")).unwrap();
        assert!(data.names.len() > 90);
        assert!(data.read_on > chrono::NaiveDate::default());
        let lists = [
            &data.never_alone,
            &data.report_run_only,
            &data.without_unique_metrics,
            &data.without_off_meta_actions,
            &data.additive,
        ];
        let mentioned = lists.into_iter().flatten().chain(data.opt_in.keys());
        let instead = data.removed.values().flat_map(|removed| &removed.instead);
        for name in mentioned.chain(instead) {
            assert!(data.names.contains(name), "{name}");
        }
        assert!(data.removed.keys().all(|name| !data.names.contains(name)));
        for name in data.sets_with_actions.iter().chain(&data.sets_without_actions).flat_map(|set| set.split(',')) {
            assert!(name.starts_with("action_") || data.names.contains(name), "{name}");
        }
    }

    #[test]
    fn what_is_peculiar_about_a_breakdown_is_told() {
        assert!(is_known("publisher_platform") && is_known("user_segment_key") && !is_known("dma"));
        assert_eq!(removed("dma").unwrap().instead, ["comscore_market"]);
        assert_eq!(opt_in("frequency_value"), Some("frequency_value"));
        assert_eq!(opt_in("age"), None);
        assert!(adds_up("age") && adds_up("publisher_platform"));
        assert!(!adds_up("image_asset") && !adds_up("frequency_value") && !adds_up("a_breakdown_of_tomorrow"));
        assert!(is_never_alone("impression_device") && is_report_run_only("mmm"));
        assert!(!tells("hourly_stats_aggregated_by_advertiser_time_zone", "reach"));
        assert!(!tells("hourly_stats_aggregated_by_advertiser_time_zone", "video_p25_watched_actions"));
        assert!(tells("hourly_stats_aggregated_by_advertiser_time_zone", "spend") && tells("age", "reach"));
        assert!(!tells_off_meta_actions("region") && tells_off_meta_actions("country"));
    }

    #[test]
    fn a_set_is_documented_whatever_its_order_and_else_the_nearest_are_named() {
        assert_eq!(of(&["gender", "age"]), Set::WithActions);
        assert_eq!(of(&["platform_position", "impression_device", "publisher_platform"]), Set::WithActions);
        assert_eq!(of(&["app_id", "skan_conversion_id"]), Set::WithoutActions);
        assert_eq!(
            of(&["age", "gender", "country"]),
            Set::Undocumented(vec![vec!["age", "gender"], vec!["age"], vec!["gender"]])
        );
        assert_eq!(of(&["publisher_platform", "device_platform"]), Set::Unknown, "the list has no device_platform");
        assert_eq!(of(&["media_type"]), Set::Unknown);
    }
}
