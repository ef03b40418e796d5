//! Columns of a batch as the arrays that the server takes, written straight into the message.
//!
//! sqlx's own way writes every element through the same door as a whole argument, and a number through two lists: for
//! thirty columns of every row that costs more than reading Meta's answer.

use rust_decimal::Decimal;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

use crate::rows::table::{Texts, Values};

/// The sign of a negative number.
const NEGATIVE: u16 = 0x4000;
/// What a group of a number's digits counts up to.
const GROUP: u128 = 10_000;

/// A column to bind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a>(pub &'a Values);

impl Column<'_> {
    /// About the bytes that it takes in a message.
    pub(super) fn bytes(self) -> usize {
        match self.0 {
            Values::Text(texts) | Values::Jsonb(texts) => texts.bytes() + 4 * texts.len(),
            Values::Integer(values) => 8 * values.len(),
            Values::Date(values) => 8 * values.len(),
            Values::BigInt(values) => 12 * values.len(),
            Values::Timestamptz(values) => 12 * values.len(),
            Values::Numeric(values) => 18 * values.len(),
        }
    }
}

impl Type<Postgres> for Column<'_> {
    /// What a column of texts is. Others say so themselves.
    fn type_info() -> PgTypeInfo {
        String::array_type_info()
    }
}

impl Encode<'_, Postgres> for Column<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.0 {
            // JSON travels as text: its binary form is the same text behind one byte, and costs the server more.
            Values::Text(texts) | Values::Jsonb(texts) => write_texts(buffer, texts)?,
            Values::Integer(values) => write_fixed(buffer, values)?,
            Values::BigInt(values) => write_fixed(buffer, values)?,
            Values::Date(values) => write_fixed(buffer, values)?,
            Values::Timestamptz(values) => write_fixed(buffer, values)?,
            Values::Numeric(values) => write_numbers(buffer, values)?,
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self.0 {
            Values::Text(_) | Values::Jsonb(_) => String::array_type_info(),
            Values::Integer(_) => i32::array_type_info(),
            Values::BigInt(_) => i64::array_type_info(),
            Values::Numeric(_) => Decimal::array_type_info(),
            Values::Date(_) => chrono::NaiveDate::array_type_info(),
            Values::Timestamptz(_) => chrono::DateTime::<chrono::Utc>::array_type_info(),
        })
    }
}

/// Begins an array of one dimension: dimensions, whether some are NULL, the elements' type, their number, the first index.
fn begin<T: Type<Postgres>>(buffer: &mut PgArgumentBuffer, len: usize, has_null: bool) -> Result<(), BoxDynError> {
    let element = T::type_info().oid().ok_or("a type without a number")?.0;
    for part in [1, u32::from(has_null), element, u32::try_from(len)?, 1] {
        buffer.extend_from_slice(&part.to_be_bytes());
    }
    Ok(())
}

pub(super) fn push_length(buffer: &mut PgArgumentBuffer, length: Option<usize>) -> Result<(), BoxDynError> {
    let length = length.map_or(Ok(-1), i32::try_from)?;
    buffer.extend_from_slice(&length.to_be_bytes());
    Ok(())
}

fn write_texts(buffer: &mut PgArgumentBuffer, texts: &Texts) -> Result<(), BoxDynError> {
    begin::<String>(buffer, texts.len(), texts.iter().any(|text| text.is_none()))?;
    for text in texts.iter() {
        push_length(buffer, text.map(str::len))?;
        buffer.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
    Ok(())
}

/// Values that all have the same size.
fn write_fixed<'q, T: Encode<'q, Postgres> + Type<Postgres>>(
    buffer: &mut PgArgumentBuffer,
    values: &[Option<T>],
) -> Result<(), BoxDynError> {
    begin::<T>(buffer, values.len(), values.iter().any(Option::is_none))?;
    for value in values {
        push_length(buffer, value.as_ref().map(Encode::size_hint))?;
        if let Some(value) = value {
            // None of these is ever NULL by itself.
            let _is_null = value.encode_by_ref(buffer)?;
        }
    }
    Ok(())
}

fn write_numbers(buffer: &mut PgArgumentBuffer, values: &[Option<Decimal>]) -> Result<(), BoxDynError> {
    begin::<Decimal>(buffer, values.len(), values.iter().any(Option::is_none))?;
    for value in values {
        match value {
            None => push_length(buffer, None)?,
            Some(number) => write_number(buffer, number)?,
        }
    }
    Ok(())
}

/// A number as groups of four digits: how many there are, how many stand before the point, less one, the sign, the digits
/// that are shown behind it, the groups.
pub(super) fn write_number(buffer: &mut PgArgumentBuffer, number: &Decimal) -> Result<(), BoxDynError> {
    // Groups are counted from the point: those behind it are filled up with zeros.
    let scale = number.scale();
    let mut rest = number.mantissa().unsigned_abs() * 10_u128.pow(scale.next_multiple_of(4) - scale);
    let mut groups = [0_u16; 10];
    let mut count = 0_usize;
    while let (Some(group), true) = (groups.get_mut(count), rest > 0) {
        // Nearly every number is small enough for the processor's own division.
        let (quotient, digits) = match u64::try_from(rest) {
            Ok(rest) => (u128::from(rest / 10_000), u128::from(rest % 10_000)),
            Err(_) => (rest / GROUP, rest % GROUP),
        };
        *group = u16::try_from(digits)?;
        rest = quotient;
        count += 1;
    }
    let behind = i32::try_from(scale.div_ceil(4))?;
    let (weight, shown) = if count == 0 { (0, 0) } else { (i32::try_from(count)? - behind - 1, scale) };
    let sign = if number.is_sign_negative() && count > 0 { NEGATIVE } else { 0 };
    // Zeros at the end are not written.
    let groups = groups.get(..count).unwrap_or_default();
    let groups = groups.get(groups.iter().take_while(|group| **group == 0).count()..).unwrap_or_default();
    push_length(buffer, Some(8 + 2 * groups.len()))?;
    buffer.extend_from_slice(&u16::try_from(groups.len())?.to_be_bytes());
    buffer.extend_from_slice(&i16::try_from(weight)?.to_be_bytes());
    buffer.extend_from_slice(&sign.to_be_bytes());
    buffer.extend_from_slice(&u16::try_from(shown)?.to_be_bytes());
    for group in groups.iter().rev() {
        buffer.extend_from_slice(&group.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::rows::entity::{Entity, Source};
    use crate::rows::table::{Cell, Kind};

    fn written<'q>(value: impl Encode<'q, Postgres>) -> Vec<u8> {
        let mut buffer = PgArgumentBuffer::default();
        let _is_null = value.encode_by_ref(&mut buffer).unwrap();
        buffer.to_vec()
    }

    /// The cells as one column of a batch, as the message holds it.
    fn column(kind: Kind, cells: Vec<Cell<'_>>) -> Vec<u8> {
        let columns = [("column", kind, Source::Field("column"), "")];
        let mut batch = Entity::new("table", "", &columns, Vec::new(), Vec::new()).table.batch(cells.len());
        cells.iter().for_each(|cell| batch.push(std::slice::from_ref(cell)));
        written(Column(&batch.columns[0]))
    }

    /// Every value beside what sqlx makes of the same.
    fn is_written_as_by_sqlx<T>(kind: Kind, values: Vec<Option<T>>, cell: impl Fn(T) -> Cell<'static>)
    where
        T: Clone + Type<Postgres> + for<'q> Encode<'q, Postgres>,
        Vec<Option<T>>: for<'q> Encode<'q, Postgres>,
    {
        let cells = values.iter().map(|value| value.clone().map_or(Cell::Null, &cell)).collect();
        let (mut ours, mut theirs) = (column(kind, cells), written(values));
        // Whether some are NULL is a hint that the server does not read; sqlx always gives the same.
        ours[4..8].fill(0);
        theirs[4..8].fill(0);
        assert_eq!(ours, theirs);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_column_is_written_as_sqlx_writes_it(
            texts in proptest::collection::vec(proptest::option::of(".{0,12}"), 1..8),
            numbers in proptest::collection::vec(proptest::option::of((any::<i128>(), 0..100_u32, 0..=28_u32)), 1..8),
            counts in proptest::collection::vec(proptest::option::of(any::<i64>()), 1..8),
            days in proptest::collection::vec(proptest::option::of(0..40_000_i32), 1..8),
        ) {
            // Small and large mantissas alike: up to 96 bits.
            let number = |(mantissa, shift, scale): (i128, u32, u32)| Decimal::from_i128_with_scale(mantissa >> (32 + shift.min(95)), scale);
            let numbers = numbers.into_iter().map(|parts| parts.map(number)).collect();
            is_written_as_by_sqlx(Kind::Numeric, numbers, Cell::Numeric);
            is_written_as_by_sqlx(Kind::Text, texts.clone(), |text: String| Cell::Text(text.into()));
            is_written_as_by_sqlx(Kind::Jsonb, texts, |text: String| Cell::Jsonb(text.into()));
            is_written_as_by_sqlx(Kind::BigInt, counts.clone(), Cell::BigInt);
            let small = days.clone().into_iter().map(|day| day.map(|day| day - 20_000)).collect();
            is_written_as_by_sqlx(Kind::Integer, small, Cell::Integer);
            let day = |day: i32| NaiveDate::from_num_days_from_ce_opt(700_000 + day).unwrap();
            is_written_as_by_sqlx(Kind::Date, days.into_iter().map(|part| part.map(day)).collect(), Cell::Date);
            let at = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds >> 31, 5_000).unwrap();
            is_written_as_by_sqlx(Kind::Timestamptz, counts.into_iter().map(|part| part.map(at)).collect(), Cell::Timestamptz);
        }
    }

    #[test]
    fn a_number_keeps_the_digits_that_it_was_told_with() {
        let number = |text: &str| column(Kind::Numeric, vec![Cell::Numeric(text.parse().unwrap())]).split_off(24);
        assert_eq!(number("12.50"), [0, 2, 0, 0, 0, 0, 0, 2, 0, 12, 0x13, 0x88]);
        assert_eq!(number("-0.04"), [0, 1, 0xFF, 0xFF, 0x40, 0, 0, 2, 0x01, 0x90]);
        assert_eq!(number("0.00"), [0; 8]);
    }
}
