//! The figures of one row in words: what Meta would tell of a fact, and what counts as a conversion.

use std::collections::BTreeMap;

use graph_sim::TruthRow;
use rust_decimal::{Decimal, RoundingStrategy};

use super::families::Families;

const MESSAGE: &str = "onsite_conversion.messaging_conversation_started_7d";

/// What a row keeps to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// Nothing.
    Nothing,
    /// Every list, since attribution settings meet in it.
    Lists,
    /// What happened off Meta, since its breakdown leaves that out.
    OffMeta,
}

/// The lists of a row: by action type.
pub(crate) struct Lists<'f> {
    pub(crate) actions: BTreeMap<&'static str, String>,
    pub(crate) values: BTreeMap<&'static str, String>,
    pub(crate) conversions: BTreeMap<&'static str, String>,
    families: &'f Families,
    /// A row without any action had none; on rows of many ad sets, and where something is withheld, that is not known.
    is_unknown: bool,
}

impl<'f> Lists<'f> {
    /// The lists of a row.
    pub(crate) fn of(row: &TruthRow, families: &'f Families, withheld: Withheld) -> Self {
        let (actions, values, conversions) = match withheld {
            Withheld::Lists => Default::default(),
            _ => (row.actions(), row.action_values(), row.conversions()),
        };
        let is_unknown = row.adset_id.is_none() && actions.is_empty() || withheld == Withheld::OffMeta;
        Self { actions, values, conversions, families, is_unknown }
    }

    /// The first name that is there, and how often it happened.
    pub(crate) fn first(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
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
        let families = self.families;
        let purchase = self.first(&families.purchases).map(|(name, _)| name);
        let worth = purchase.and_then(|name| self.values.get(name)).map(String::as_str);
        [self.count(&families.leads), self.count(&families.purchases), self.or_nothing(worth), self.count(&[MESSAGE])]
    }

    /// Landing pages, and the columns of our own: appointments, carts and checkouts together, what was bought, pages of
    /// products, registrations.
    pub(crate) fn others(&self) -> [String; 6] {
        let families = self.families;
        let together: Vec<i64> = families
            .carts
            .iter()
            .filter_map(|name| self.first(&[name]))
            .map(|(_, count)| count.parse().unwrap())
            .collect();
        let together = (!together.is_empty()).then(|| together.iter().sum::<i64>().to_string());
        let bought = families.bought.iter().find_map(|name| self.values.get(name));
        [
            self.count(&["landing_page_view"]),
            self.count(&families.booked),
            self.or_nothing(together.as_deref()),
            self.or_nothing(bought.map(String::as_str)),
            self.count(&families.viewed),
            self.count(&families.joined),
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
