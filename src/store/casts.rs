//! How values travel and become what a column holds, which in an adopted table may be narrower than ours.

use crate::rows::table::Kind;

/// The type that a column's values travel as. JSON travels as text: its binary form is the same text behind one byte.
pub(super) const fn wire_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Jsonb => "text",
        _ => kind.sql(),
    }
}

/// A value as the column will hold it. What does not fit a narrower adopted column is NULL rather than the end of its batch.
pub(super) fn cast(value: &str, kind: Kind, actual: &str) -> String {
    if actual == kind.sql() && kind != Kind::Jsonb {
        return value.to_owned();
    }
    match actual {
        "integer" if kind == Kind::BigInt => {
            format!("case when {value} between -2147483648 and 2147483647 then {value}::integer end")
        }
        _ => match bound_of(actual) {
            Some(bound) => format!("case when abs({value}) < {bound} then {value}::{actual} end"),
            None => format!("{value}::{actual}"),
        },
    }
}

/// A sum of counts as a `bigint`, NULL where it is more than one holds.
pub(super) fn within_64_bits(value: &str) -> String {
    format!("(case when {value} between {} and {} then {value}::bigint end)", i64::MIN, i64::MAX)
}

/// The first number that is too large for a `numeric(p,s)`: after rounding it would have a digit more.
fn bound_of(actual: &str) -> Option<String> {
    let (precision, scale) = actual.strip_prefix("numeric(")?.strip_suffix(')')?.split_once(',')?;
    let (precision, scale): (i32, i32) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    Some(format!("10::numeric ^ {} - 0.5 * 10::numeric ^ {}", precision - scale, -scale))
}
