//! What happened in random worlds, by name: a run of them proves nothing of what never occurred in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use graph_sim::calendar::day_of;
use graph_sim::{Level, TruthRow, World};

use super::families::{FAMILIES, Families};
use super::figures::{Lists, Withheld};
use super::{LOOKBACK, today};

/// An object's day.
type Key = (String, NaiveDate);

/// The names of what was seen.
#[derive(Debug, Default)]
pub(crate) struct Ingredients {
    seen: BTreeSet<String>,
    /// The ads' days of each account when it was last looked at.
    before: BTreeMap<String, BTreeMap<Key, TruthRow>>,
}

impl Ingredients {
    /// Begins another world.
    pub(crate) fn begin(&mut self) {
        self.before.clear();
    }

    /// Looks at what a sync of a world at its instant has to cope with.
    pub(crate) fn look(&mut self, world: &World, families: &Families) {
        for account in &world.accounts {
            let digits = account.id.to_string();
            let today = today(world, &digits);
            let since = today - Days::new(u64::from(LOOKBACK));
            let rows = world.truth(&digits, Level::Ad, since, today);
            let now: BTreeMap<Key, TruthRow> =
                rows.into_iter().map(|row| ((row.ad_id.clone().unwrap(), row.date), row)).collect();
            self.see_rows(&now, families);
            self.see_objects(world, &digits, &now);
            let lengths = now.keys().map(|(_, date)| account.borders(day_of(*date)));
            for hours in lengths.map(|day| (day.end - day.start) / 3600) {
                self.seen.extend((hours != 24).then(|| format!("a day of {hours} hours")));
            }
            if account.offset == 1 && !now.is_empty() {
                self.seen.insert("a currency without decimals".to_owned());
            }
            if let Some(before) = self.before.insert(digits.clone(), now) {
                self.see_changes(&before, &digits, since, today);
            }
            let settings: BTreeSet<i64> = account.adsets.iter().map(|adset| adset.click_days).collect();
            self.seen.extend((settings.len() > 1).then(|| "attribution settings that meet".to_owned()));
        }
    }

    fn see_rows(&mut self, rows: &BTreeMap<Key, TruthRow>, families: &Families) {
        for row in rows.values() {
            let lists = Lists::of(row, families, Withheld::Nothing);
            let named = lists.actions.keys().map(|name| format!("action {name}"));
            let valued = lists.values.keys().map(|name| format!("value of {name}"));
            self.seen.extend(named.chain(valued));
            self.seen.extend(lists.conversions.keys().map(|name| format!("conversion {name}")));
            for (family, names) in families.counted() {
                let Some((name, _)) = lists.first(names) else { continue };
                self.seen.insert(format!("{family} counted as {name}"));
                if names.first() != Some(&name) {
                    self.seen.insert(format!("{family} without their first name"));
                }
            }
            let fact = row.fact;
            if fact.spend_cents < 0 {
                self.seen.insert("money paid back".to_owned());
            }
            if fact.impressions == 0 && fact.spend_cents == 0 {
                self.seen.insert("a conversion on a day without delivery".to_owned());
            }
        }
    }

    fn see_objects(&mut self, world: &World, account: &str, rows: &BTreeMap<Key, TruthRow>) {
        for (level, name) in [(Level::Campaign, "campaign"), (Level::Adset, "ad set"), (Level::Ad, "ad")] {
            let with_days: BTreeSet<&String> = rows
                .values()
                .filter_map(|row| match level {
                    Level::Campaign => row.campaign_id.as_ref(),
                    Level::Adset => row.adset_id.as_ref(),
                    _ => row.ad_id.as_ref(),
                })
                .collect();
            for object in world.truth_objects(account, level) {
                let status = object.effective_status.to_lowercase();
                self.seen.extend(with_days.contains(&object.id).then(|| format!("a {status} {name} with days")));
            }
        }
    }

    fn see_changes(&mut self, before: &BTreeMap<Key, TruthRow>, account: &str, since: NaiveDate, today: NaiveDate) {
        let now = &self.before[account];
        let yesterday = today - Days::new(1);
        let old = before.iter().filter(|((_, date), _)| (since..yesterday).contains(date));
        let mut seen = BTreeSet::new();
        for (key, row) in old {
            match now.get(key) {
                None => seen.insert("a row that vanished".to_owned()),
                Some(now) if now.fact.spend_cents != row.fact.spend_cents => seen.insert("a restated day".to_owned()),
                Some(_) => false,
            };
        }
        self.seen.extend(seen);
    }

    /// Fails where anything of these was never seen.
    pub(crate) fn assert_hold(&self, wanted: impl IntoIterator<Item = String>) {
        let missing: Vec<String> = wanted.into_iter().filter(|name| !self.seen.contains(name)).collect();
        assert!(missing.is_empty(), "never occurred: {missing:#?}\nof {:#?}", self.seen);
    }
}

/// What any run of random worlds must hold.
pub(crate) fn always() -> Vec<String> {
    let named = [
        "a row that vanished",
        "a restated day",
        "money paid back",
        "a conversion on a day without delivery",
        "a currency without decimals",
        "attribution settings that meet",
        "a day of 25 hours",
        "action onsite_conversion.messaging_conversation_started_7d",
        "action landing_page_view",
        "leads without their first name",
        "purchases without their first name",
    ];
    let of_status = |name: &str| ["deleted", "archived", "paused"].map(|status| format!("a {status} {name} with days"));
    let of_objects = ["ad set", "ad"].into_iter().flat_map(of_status);
    named.into_iter().map(str::to_owned).chain(of_objects).collect()
}

/// What many of them must hold besides: clocks that went forward, every name of every event, told and counted.
pub(crate) fn in_many() -> Vec<String> {
    let mut wanted = always();
    wanted.push("a day of 23 hours".to_owned());
    wanted.extend(["deleted", "archived", "paused"].map(|status| format!("a {status} campaign with days")));
    for (family, names) in FAMILIES {
        let told = if family == "booked" { "conversion" } else { "action" };
        wanted.extend(names.iter().map(|name| format!("{told} {name}")));
        wanted.extend(names.iter().map(|name| format!("{family} counted as {name}")));
    }
    // Seven of the eight names of a purchase have a value.
    let purchases = FAMILIES.iter().find(|(family, _)| *family == "purchases").unwrap().1;
    let valued = purchases.iter().filter(|name| **name != "offsite_purchase_add_20_s_calls");
    wanted.extend(valued.map(|name| format!("value of {name}")));
    wanted
}
