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

const KNOWN: [Breakdown; 9] = [
    Breakdown {
        name: "age",
        values: &[("18-24", 140), ("25-34", 310), ("35-44", 260), ("45-54", 160), ("55-64", 90), ("65+", 40)],
    },
    Breakdown { name: "gender", values: &[("female", 640), ("male", 352), ("unknown", 8)] },
    Breakdown { name: "country", values: &[("BR", 990), ("PT", 10)] },
    Breakdown { name: "region", values: &[("São Paulo (state)", 720), ("Rio de Janeiro (state)", 280)] },
    Breakdown {
        name: "publisher_platform",
        values: &[("facebook", 430), ("instagram", 530), ("audience_network", 25), ("messenger", 15)],
    },
    Breakdown {
        name: "platform_position",
        values: &[("feed", 500), ("instagram_stories", 300), ("facebook_reels", 190), ("unknown", 10)],
    },
    Breakdown { name: "device_platform", values: &[("mobile_app", 930), ("mobile_web", 40), ("desktop", 30)] },
    Breakdown { name: "impression_device", values: &[("iphone", 450), ("android_smartphone", 530), ("desktop", 20)] },
    Breakdown { name: "frequency_value", values: &[("1", 600), ("2", 300), ("3", 100)] },
];

/// The hours of a day as Meta writes them, with their shares.
const HOURS: [(&str, i64); 24] = [
    ("00:00:00 - 00:59:59", 10),
    ("01:00:00 - 01:59:59", 5),
    ("02:00:00 - 02:59:59", 5),
    ("03:00:00 - 03:59:59", 5),
    ("04:00:00 - 04:59:59", 5),
    ("05:00:00 - 05:59:59", 10),
    ("06:00:00 - 06:59:59", 30),
    ("07:00:00 - 07:59:59", 40),
    ("08:00:00 - 08:59:59", 50),
    ("09:00:00 - 09:59:59", 50),
    ("10:00:00 - 10:59:59", 50),
    ("11:00:00 - 11:59:59", 60),
    ("12:00:00 - 12:59:59", 70),
    ("13:00:00 - 13:59:59", 60),
    ("14:00:00 - 14:59:59", 50),
    ("15:00:00 - 15:59:59", 50),
    ("16:00:00 - 16:59:59", 50),
    ("17:00:00 - 17:59:59", 60),
    ("18:00:00 - 18:59:59", 70),
    ("19:00:00 - 19:59:59", 80),
    ("20:00:00 - 20:59:59", 80),
    ("21:00:00 - 21:59:59", 60),
    ("22:00:00 - 22:59:59", 30),
    ("23:00:00 - 23:59:59", 20),
];

/// The documented permutations of more than one breakdown.
const TOGETHER: [&[&str]; 5] = [
    &["age", "gender"],
    &["app_id", "skan_conversion_id"],
    &["impression_device", "publisher_platform"],
    &["platform_position", "publisher_platform"],
    &["impression_device", "platform_position", "publisher_platform"],
];

/// Reads the asked breakdowns and judges whether they go together.
pub fn parse(names: &[String], is_async: bool) -> Result<Vec<Breakdown>, GraphError> {
    let found: Vec<Breakdown> = names.iter().map(|name| one(name)).collect::<Result<_, _>>()?;
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let is_documented = match sorted.as_slice() {
        [] => true,
        // They never stand alone (Meta documents it).
        ["impression_device" | "platform_position"] => false,
        // Too heavy for a direct call (Meta documents it).
        ["mmm"] => is_async,
        [_] => true,
        several => TOGETHER.contains(&several),
    };
    if is_documented {
        return Ok(found);
    }
    Err(GraphError::new(2, "Invalid Breakdowns")
        .subcode(1_504_041)
        .user("Invalid Breakdowns", &format!("The breakdowns {} cannot be combined.", names.join(", "))))
}

fn one(asked: &str) -> Result<Breakdown, GraphError> {
    let name = fields::BREAKDOWNS
        .split_ascii_whitespace()
        .find(|name| *name == asked)
        .ok_or_else(|| GraphError::bad(format!("breakdowns[0] must be one of the known values - got \"{asked}\"")))?;
    let known = KNOWN.into_iter().find(|known| known.name == name);
    let hours = name.starts_with("hourly_stats").then_some(Breakdown { name, values: &HOURS });
    // Of the many others the simulator knows nothing: all falls into one part.
    Ok(known.or(hours).unwrap_or(Breakdown { name, values: &[("unknown", 1000)] }))
}

impl Breakdown {
    /// Says whether it cuts days into hours.
    pub fn is_hourly(&self) -> bool {
        self.name.starts_with("hourly_stats")
    }

    /// Says whether actions off Meta are left out with it (Meta documents it).
    pub fn drops_off_meta_actions(&self) -> bool {
        self.is_hourly() || self.name == "region"
    }

    /// Says whether it is there only for accounts that opted in (Meta documents it).
    pub fn needs_opt_in(&self) -> bool {
        matches!(
            self.name,
            "impression_device"
                | "hourly_stats_aggregated_by_audience_time_zone"
                | "frequency_value"
                | "comscore_market"
        )
    }
}

/// Counts the parts that a row falls into.
pub fn parts(breakdowns: &[Breakdown]) -> usize {
    breakdowns.iter().map(|breakdown| breakdown.values.len()).product()
}

/// Gives the values of one part, in the order of the breakdowns.
pub fn values(breakdowns: &[Breakdown], part: usize) -> Vec<(&'static str, &'static str)> {
    picks(breakdowns, part).into_iter().map(|(name, value, _)| (name, value)).collect()
}

/// Cuts one part out of a row: shares are cut cumulatively, so that the parts add up to the whole. Some breakdowns leave
/// actions off Meta out of all parts.
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
    let whole = if breakdowns.iter().any(Breakdown::drops_off_meta_actions) { sum.fact.on_meta() } else { sum.fact };
    let mut fact: Fact = whole.map(cut);
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
    fn hours_and_regions_know_nothing_of_what_happened_off_meta() {
        let mut whole = Sum::default();
        let fact = Fact { impressions: 1_000, form_leads: 40, pixel_leads: 30, purchases: 20, ..Fact::default() };
        whole.add(&fact);
        for name in ["region", "hourly_stats_aggregated_by_advertiser_time_zone"] {
            let breakdowns = parse(&[name.to_owned()], false).expect("known");
            let mut total = Fact::default();
            (0..parts(&breakdowns)).for_each(|part| total.add(&cut(&whole, &breakdowns, part).fact));
            assert_eq!(total, Fact { pixel_leads: 0, purchases: 0, ..fact }, "{name}");
        }
    }

    #[test]
    fn the_parts_of_a_row_add_up_to_it() {
        let mut whole = Sum::default();
        whole.add(&Fact { spend_cents: 4_283, impressions: 1_741, clicks: 7, form_leads: 3, ..Fact::default() });
        let breakdowns = parse(&["age".to_owned(), "gender".to_owned()], false).expect("known");
        let mut total = Fact::default();
        for part in 0..parts(&breakdowns) {
            total.add(&cut(&whole, &breakdowns, part).fact);
        }
        assert_eq!(total, whole.fact);
        assert_eq!(values(&breakdowns, 4), [("age", "25-34"), ("gender", "male")]);
    }
}
