//! Which breakdowns add up: those where every impression falls in exactly one value.

/// Breakdowns whose values part an account's delivery without rest and without overlap. What is not named here may count
/// one impression several times (assets, actions, products), drop what it cannot place, or come only to those who opted in:
/// its rows are never taken for a sum.
const ADDITIVE: [&str; 7] = [
    "age",
    "gender",
    "country",
    "publisher_platform",
    "platform_position",
    "device_platform",
    "hourly_stats_aggregated_by_advertiser_time_zone",
];

/// Whether the rows of these breakdowns sum to the whole.
pub fn add_up(breakdowns: &[String]) -> bool {
    breakdowns.iter().all(|breakdown| ADDITIVE.contains(&breakdown.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_add_up_does_not() {
        let add_up = |names: &[&str]| super::add_up(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert!(add_up(&[]));
        assert!(add_up(&["age", "gender"]));
        assert!(add_up(&["publisher_platform", "platform_position"]));
        assert!(!add_up(&["image_asset"]));
        assert!(!add_up(&["age", "product_id"]));
        assert!(!add_up(&["a_breakdown_of_tomorrow"]));
        assert_eq!(ADDITIVE.len(), 7);
    }
}
