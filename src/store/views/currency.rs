//! How many minor units make one unit of a currency, by Meta's own table, as SQL.

/// Currencies whose minor unit is the major one. This is not ISO 4217: COP, CRC, HUF, IDR and TWD have two decimals there.
const WHOLE: &str = "'CLP', 'COP', 'CRC', 'HUF', 'IDR', 'ISK', 'JPY', 'KRW', 'PYG', 'TWD', 'VND'";

/// The number as an SQL expression over one that gives the currency's code.
pub(super) fn minor_units_sql(currency: &str) -> String {
    format!("case when {currency} in ({WHOLE}) then 1 else 100 end")
}
