//! The figures of one row in words: what Meta would tell of a fact, and what counts as a conversion.

use std::collections::BTreeMap;

use graph_sim::TruthRow;
use rust_decimal::{Decimal, RoundingStrategy};

const LEADS: [&str; 3] = ["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"];
const PURCHASES: [&str; 3] = ["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"];
const MESSAGE: &str = "onsite_conversion.messaging_conversation_started_7d";

/// The lists of a row: by action type.
pub(crate) struct Lists {
    pub(crate) actions: BTreeMap<&'static str, String>,
    pub(crate) values: BTreeMap<&'static str, String>,
    pub(crate) conversions: BTreeMap<&'static str, String>,
    /// A row without any action had none; on rows of many ad sets that is not known.
    is_unknown: bool,
}

impl Lists {
    /// The lists of a row. `is_mixed`: Meta leaves them out where attribution settings meet.
    pub(crate) fn of(row: &TruthRow, is_mixed: bool) -> Self {
        let (actions, values, conversions) =
            if is_mixed { Default::default() } else { (row.actions(), row.action_values(), row.conversions()) };
        let is_unknown = row.adset_id.is_none() && actions.is_empty();
        Self { actions, values, conversions, is_unknown }
    }

    /// The first name that is there, and how often it happened.
    fn first(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| {
            let found = self.actions.get(name).or_else(|| self.conversions.get(name))?;
            Some((*name, found.as_str()))
        })
    }

    fn or_nothing(&self, found: Option<&str>) -> String {
        let nothing = if self.is_unknown { "NULL" } else { "0" };
        found.unwrap_or(nothing).to_owned()
    }

    fn count(&self, names: &[&'static str]) -> String {
        self.or_nothing(self.first(names).map(|(_, count)| count))
    }

    /// Leads, purchases, what these were worth, and conversations.
    pub(crate) fn conversions(&self) -> [String; 4] {
        let purchase = self.first(&PURCHASES).map(|(name, _)| name);
        let worth = purchase.and_then(|name| self.values.get(name)).map(String::as_str);
        [self.count(&LEADS), self.count(&PURCHASES), self.or_nothing(worth), self.count(&[MESSAGE])]
    }

    /// Landing pages, and the columns of our own: appointments, carts and checkouts together, what was bought.
    pub(crate) fn others(&self) -> [String; 4] {
        let together: Vec<i64> = ["add_to_cart", "initiate_checkout"]
            .iter()
            .filter_map(|name| self.first(&[name]))
            .map(|(_, count)| count.parse().unwrap())
            .collect();
        let together = (!together.is_empty()).then(|| together.iter().sum::<i64>().to_string());
        [
            self.count(&["landing_page_view"]),
            self.count(&["schedule_total"]),
            self.or_nothing(together.as_deref()),
            self.or_nothing(self.values.get("omni_purchase").map(String::as_str)),
        ]
    }
}

/// A list in one order: `link_click=31 video_view=2`.
pub(crate) fn pairs(list: &BTreeMap<&'static str, String>) -> String {
    let pairs: Vec<String> = list.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { "NULL".to_owned() } else { pairs.join(" ") }
}

/// A quotient as Meta writes it, with six decimals; absent over nothing.
pub(crate) fn ratio(numerator: Decimal, denominator: i64) -> String {
    rounded(numerator, denominator, 6)
}

/// A quotient with so many decimals.
pub(crate) fn rounded(numerator: Decimal, denominator: i64, decimals: u32) -> String {
    if denominator <= 0 {
        return "NULL".to_owned();
    }
    let quotient = numerator / Decimal::from(denominator);
    quotient.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero).normalize().to_string()
}

/// A count that is absent where nothing happened.
pub(crate) fn some(count: i64) -> String {
    if count > 0 { count.to_string() } else { "NULL".to_owned() }
}
