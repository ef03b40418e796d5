//! Breakdowns: one row becomes several, whose counts add up to it again.
use super::error::GraphError;
use super::fields;
use crate::world::fact::{Fact, Sum};

/// One breakdown: the key it adds to each row, its values and their shares in permille.
#[derive(Debug, Clone, Copy)]
pub struct Breakdown {
    /// Its name.
    pub name: &'static str,
    values: &'static [(&'static str, i64)],
}

const KNOWN: [Breakdown; 4] = [
    Breakdown {
        name: "age",
        values: &[("18-24", 140), ("25-34", 310), ("35-44", 260), ("45-54", 160), ("55-64", 90), ("65+", 40)],
    },
    Breakdown { name: "gender", values: &[("female", 640), ("male", 352), ("unknown", 8)] },
    Breakdown { name: "country", values: &[("BR", 990), ("PT", 10)] },
    Breakdown {
        name: "publisher_platform",
        values: &[("facebook", 430), ("instagram", 530), ("audience_network", 25), ("messenger", 15)],
    },
];

/// Reads the asked breakdowns.
pub fn parse(names: &[String]) -> Result<Vec<Breakdown>, GraphError> {
    names
        .iter()
        .map(|name| {
            if !fields::knows(fields::BREAKDOWNS, name) {
                return Err(GraphError::bad(format!("breakdowns[0] must be one of the known values - got \"{name}\"")));
            }
            KNOWN.into_iter().find(|known| known.name == name).ok_or_else(|| {
                GraphError::new(2, format!("Invalid Breakdowns: {name} is not simulated"))
                    .subcode(1_504_041)
                    .user("Invalid Breakdowns", "These breakdowns cannot be combined.")
            })
        })
        .collect()
}

/// Counts the parts that a row falls into.
pub fn parts(breakdowns: &[Breakdown]) -> usize {
    breakdowns.iter().map(|breakdown| breakdown.values.len()).product()
}

/// Gives the values of one part, in the order of the breakdowns.
pub fn values(breakdowns: &[Breakdown], part: usize) -> Vec<(&'static str, &'static str)> {
    picks(breakdowns, part).into_iter().map(|(name, value, _)| (name, value)).collect()
}

/// Cuts one part out of a row: shares are cut cumulatively, so that the parts add up to the whole.
pub fn cut(sum: &Sum, breakdowns: &[Breakdown], part: usize) -> Sum {
    let (mut from, mut share) = (0_i64, 1_000_000_i64);
    for (number, breakdown) in breakdowns.iter().enumerate() {
        let at = index(breakdowns, part, number);
        let before: i64 = breakdown.values.iter().take(at).map(|(_, permille)| permille).sum();
        let own = breakdown.values.get(at).map_or(0, |(_, permille)| *permille);
        let is_last = at + 1 == breakdown.values.len();
        let start = share * before / 1000;
        let end = if is_last { share } else { share * (before + own) / 1000 };
        from += start;
        share = end - start;
    }
    let cut = |value: i64| value * (from + share) / 1_000_000 - value * from / 1_000_000;
    let mut fact: Fact = sum.fact.map(cut);
    fact.reach = cut(sum.reach());
    let mut out = Sum::default();
    out.add(&fact);
    out
}

fn picks(breakdowns: &[Breakdown], part: usize) -> Vec<(&'static str, &'static str, i64)> {
    (breakdowns.iter().enumerate())
        .filter_map(|(number, breakdown)| {
            let (value, permille) = breakdown.values.get(index(breakdowns, part, number))?;
            Some((breakdown.name, *value, *permille))
        })
        .collect()
}

/// Finds which value of breakdown `number` a part has; the last breakdown turns fastest.
fn index(breakdowns: &[Breakdown], part: usize, number: usize) -> usize {
    let below: usize = breakdowns.iter().skip(number + 1).map(|breakdown| breakdown.values.len()).product();
    let own = breakdowns.get(number).map_or(1, |breakdown| breakdown.values.len());
    part / below.max(1) % own.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_row_add_up_to_it() {
        let mut whole = Sum::default();
        whole.add(&Fact { spend_cents: 4_283, impressions: 1_741, clicks: 7, form_leads: 3, ..Fact::default() });
        let breakdowns = parse(&["age".to_owned(), "gender".to_owned()]).expect("known");
        let mut total = Fact::default();
        for part in 0..parts(&breakdowns) {
            total.add(&cut(&whole, &breakdowns, part).fact);
        }
        assert_eq!(total, whole.fact);
        assert_eq!(values(&breakdowns, 4), [("age", "25-34"), ("gender", "male")]);
    }
}
