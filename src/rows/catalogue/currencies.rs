//! How many minor units make one unit of a currency, by Meta's own table.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::parsed;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Currencies {
    default: u32,
    minor_units: BTreeMap<String, u32>,
}

impl Default for Currencies {
    /// Without the file: what most currencies have.
    fn default() -> Self {
        Self { default: 100, minor_units: BTreeMap::new() }
    }
}

static CURRENCIES: LazyLock<Currencies> = LazyLock::new(|| parsed(include_str!("currencies.toml")));

/// How many of Meta's integers make one unit of a currency, for budgets, bids, caps and balances. A currency that is
/// not in the table has 100.
pub fn minor_units(currency: &str) -> u32 {
    CURRENCIES.minor_units.get(currency).copied().unwrap_or(CURRENCIES.default)
}

/// The same as an SQL expression: `case … end` over an SQL expression that gives the currency's code. An unknown
/// currency and NULL have 100.
pub fn minor_units_sql(currency: &str) -> String {
    let default = CURRENCIES.default;
    if CURRENCIES.minor_units.is_empty() {
        return default.to_string();
    }
    let mut by_units: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (code, units) in &CURRENCIES.minor_units {
        by_units.entry(*units).or_default().push(format!("'{}'", code.replace('\'', "''")));
    }
    let whens: Vec<String> = by_units
        .iter()
        .map(|(units, codes)| format!("when {currency} in ({}) then {units}", codes.join(", ")))
        .collect();
    format!("case {} else {default} end", whens.join(" "))
}

/// The exceptions as the rows of an SQL `values` list: `('CLP', 1), ('COP', 1), …`. Every other currency has 100.
pub fn exceptions_sql() -> String {
    let row = |(code, units): (&String, &u32)| format!("('{}', {units})", code.replace('\'', "''"));
    CURRENCIES.minor_units.iter().map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_parses_and_every_code_is_three_capital_letters() {
        let data: Currencies = toml::from_str(include_str!("currencies.toml")).unwrap();
        assert_eq!((data.default, data.minor_units.len()), (100, 11));
        let is_code = |code: &String| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(data.minor_units.keys().all(is_code));
        assert!(data.minor_units.values().all(|units| *units > 0), "an amount is divided by it");
    }

    #[test]
    fn minor_units_are_metas_own_and_not_those_of_iso_4217() {
        for (currency, units) in
            [("BRL", 100), ("USD", 100), ("COP", 1), ("HUF", 1), ("TWD", 1), ("JPY", 1), ("BHD", 100), ("XYZ", 100)]
        {
            assert_eq!(minor_units(currency), units, "{currency}");
        }
    }

    #[test]
    fn sql_says_the_same() {
        let sql = minor_units_sql("a.currency");
        assert!(sql.starts_with("case when a.currency in ('CLP', 'COP', 'CRC', 'HUF'"), "{sql}");
        assert!(sql.ends_with("'VND') then 1 else 100 end"), "{sql}");
        assert!(exceptions_sql().starts_with("('CLP', 1), ('COP', 1)"), "{}", exceptions_sql());
    }
}
