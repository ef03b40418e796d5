//! The metric columns of `campaigns`, `adsets` and `ads`: sums over a window of days, and the ratios of those sums.

use super::table::Column;
use super::table::Kind::{BigInt, Numeric};

/// Figures of delivery: a row without one adds nothing, where Meta tells it at all.
pub const DELIVERY: [&str; 4] = ["spend", "impressions", "clicks", "inline_link_clicks"];
/// Figures that are NULL where nothing is known of them: then their sum is not known either.
pub const CONVERSIONS: [&str; 4] = ["leads", "purchases", "purchase_value", "messaging_conversations"];

/// The metric columns, sums first, with what a reader must know of each.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new(
            "spend",
            Numeric,
            "Sum over the window in ad_accounts.metrics_since/until, major units of the account's currency",
        ),
        Column::new("impressions", BigInt, "Sum over the window"),
        Column::new("clicks", BigInt, "Sum over the window, all clicks"),
        Column::new("inline_link_clicks", BigInt, "Sum over the window, clicks on links"),
        Column::new("leads", BigInt, "Sum over the window, by the first present name of insights.leads"),
        Column::new("purchases", BigInt, "Sum over the window, by the first present name of insights.purchases"),
        Column::new(
            "purchase_value",
            Numeric,
            "Sum over the window, major units, of the same action type as purchases",
        ),
        Column::new("messaging_conversations", BigInt, "Sum over the window, conversations started"),
        Column::new("ctr", Numeric, "100 * clicks / impressions of the window, percent; not additive"),
        Column::new("cpc", Numeric, "spend / clicks of the window, major units; not additive"),
        Column::new("cpm", Numeric, "1000 * spend / impressions of the window, major units; not additive"),
    ]
}
