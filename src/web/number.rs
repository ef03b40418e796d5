//! Numbers as a page shows them.

use rust_decimal::Decimal;

/// Shows an amount with the decimals it came with, but never with one alone.
pub(super) fn money(mut amount: Decimal) -> String {
    if amount.scale() == 1 {
        amount.rescale(2);
    }
    grouped(&amount.to_string())
}

/// The same of an amount that is written out in full already.
pub(super) fn amount(text: &str) -> String {
    match text.split_once('.') {
        Some((_, decimals)) if decimals.len() == 1 => grouped(&format!("{text}0")),
        _ => grouped(text),
    }
}

/// A count of the database's, which is never negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Parts the thousands of a count.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Parts the thousands of a number: `1234567.50` becomes `1,234,567.50`. What is no number stays as it is.
pub(super) fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{text}.{fraction}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (number, shown) in [
            ("0", "0"),
            ("999.5", "999.5"),
            ("1000", "1,000"),
            ("-1234567.50", "-1,234,567.50"),
            ("-Infinity", "-Infinity"),
        ] {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn money_keeps_its_decimals_but_never_one_alone() {
        for (amount, shown) in [("1234.5", "1,234.50"), ("1234", "1,234"), ("0.125", "0.125")] {
            assert_eq!(money(amount.parse().unwrap()), shown);
            assert_eq!(super::amount(amount), shown);
        }
    }
}
