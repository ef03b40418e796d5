//! Campaigns, ad sets and ads as they should stand, and the sums of their last days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use graph_sim::{Level, TruthObject, World};
use rust_decimal::Decimal;

use super::families::Families;
use super::figures::{Lists, Withheld, rounded};
use super::{Words, stored};

/// The tables.
pub(crate) const TABLES: [(Level, &str); 3] =
    [(Level::Campaign, "campaigns"), (Level::Adset, "adsets"), (Level::Ad, "ads")];

/// The objects that were ever told of, by level and id.
#[derive(Debug, Default)]
pub(crate) struct Objects(BTreeMap<(Level, String), Known>);

#[derive(Debug)]
struct Known {
    words: Words,
    is_deleted: bool,
    sums: Words,
}

/// The columns of a table, as they are asked for.
pub(crate) fn columns(level: Level) -> Vec<String> {
    let own: &[&str] = match level {
        Level::Campaign => &["daily_budget", "objective"],
        Level::Adset => &["campaign_id", "daily_budget", "optimization_goal"],
        _ => &["campaign_id", "adset_id"],
    };
    let head = ["id", "name", "status", "configured_status", "effective_status", "deleted_at is not null"];
    let times = ["extract(epoch from created_time)::bigint", "extract(epoch from updated_at)::bigint"];
    let sums = [
        "trim_scale(spend)",
        "impressions",
        "clicks",
        "inline_link_clicks",
        "leads",
        "purchases",
        "trim_scale(purchase_value)",
        "messaging_conversations",
        "trim_scale(round(ctr, 10))",
        "trim_scale(round(cpc, 10))",
        "trim_scale(round(cpm, 10))",
    ];
    [&head[..], &times, own, &sums].concat().into_iter().map(str::to_owned).collect()
}

/// The question that gives a table's rows in words.
pub(crate) fn sql(table: &str, level: Level, account: &str) -> String {
    format!("select {} from {table} where account_id = '{account}'", columns(level).join(", "))
}

impl Objects {
    /// Takes over what a sync brings: all that is listed, and of what is deleted that which was known or has days.
    pub(crate) fn sync(
        &mut self,
        world: &World,
        (account, families): (&str, &Families),
        (since, today): (NaiveDate, NaiveDate),
    ) {
        let named: BTreeSet<String> = world
            .truth(account, Level::Ad, since, today)
            .into_iter()
            .flat_map(|row| [row.campaign_id, row.adset_id, row.ad_id])
            .flatten()
            .collect();
        for (level, _) in TABLES {
            let sums = sums(world, (account, families), level, today);
            for object in world.truth_objects(account, level) {
                let is_deleted = object.effective_status == "DELETED";
                let key = (level, object.id.clone());
                let known = self.0.get_mut(&key);
                let sums = sums.get(&object.id).cloned().unwrap_or_else(nothing);
                match known {
                    // Nobody asks again for what is gone.
                    Some(known) if known.is_deleted => known.sums = sums,
                    None if is_deleted && !named.contains(&object.id) => {}
                    _ => {
                        self.0.insert(key, Known { words: words(&object, level), is_deleted, sums });
                    }
                }
            }
        }
    }

    /// A table's rows in words.
    pub(crate) fn rows(&self, level: Level) -> BTreeSet<Words> {
        let own = self.0.iter().filter(|((own, _), _)| *own == level);
        own.map(|(_, known)| known.words.iter().chain(&known.sums).cloned().collect()).collect()
    }
}

fn words(object: &TruthObject, level: Level) -> Words {
    let or_null = |word: Option<String>| word.unwrap_or_else(|| "NULL".to_owned());
    let is_deleted = if object.effective_status == "DELETED" { "t" } else { "f" };
    let status = object.status.to_owned();
    let mut words = vec![
        object.id.clone(),
        stored(&object.name),
        status.clone(),
        status,
        object.effective_status.to_owned(),
        is_deleted.to_owned(),
        object.created.to_string(),
        object.updated.to_string(),
    ];
    let parents = [&object.campaign_id, &object.adset_id].into_iter().flatten().cloned();
    words.extend(parents);
    if level != Level::Ad {
        words.push(or_null(object.daily_budget.map(|budget| budget.to_string())));
        words.push(or_null(object.goal.map(str::to_owned)));
    }
    words
}

/// The sums over the last seven days and today, by object.
fn sums(
    world: &World,
    (account, families): (&str, &Families),
    level: Level,
    today: NaiveDate,
) -> BTreeMap<String, Words> {
    // Ads sum their own rows, what is above them those of the ad sets.
    let rows = world.truth(account, level.max(Level::Adset), today - Days::new(7), today);
    let mut sums: BTreeMap<String, ([i64; 3], [Decimal; 5])> = BTreeMap::new();
    for row in rows {
        let id = match level {
            Level::Campaign => row.campaign_id.clone(),
            Level::Adset => row.adset_id.clone(),
            _ => row.ad_id.clone(),
        };
        let (counts, money) = sums.entry(id.unwrap()).or_default();
        let fact = row.fact;
        for (sum, count) in counts.iter_mut().zip([fact.impressions, fact.clicks, fact.link_clicks.max(0)]) {
            *sum += count;
        }
        let conversions =
            Lists::of(&row, families, Withheld::Nothing).conversions().map(|word| word.parse::<Decimal>().unwrap());
        let spend = [Decimal::new(fact.spend_cents, 2)];
        for (sum, more) in money.iter_mut().zip(spend.into_iter().chain(conversions)) {
            *sum += more;
        }
    }
    sums.into_iter().map(|(id, (counts, money))| (id, summed(counts, money))).collect()
}

fn summed([impressions, clicks, links]: [i64; 3], money: [Decimal; 5]) -> Words {
    let spend = money[0];
    let [spent, leads, purchases, worth, messages] = money.map(|sum| sum.normalize().to_string());
    let ratios = [
        rounded(Decimal::from(100 * clicks), impressions, 10),
        rounded(spend, clicks, 10),
        rounded(spend * Decimal::from(1000), impressions, 10),
    ];
    let counts = [impressions, clicks, links].map(|count| count.to_string());
    [spent].into_iter().chain(counts).chain([leads, purchases, worth, messages]).chain(ratios).collect()
}

/// Covered days without delivery: sums of 0, and no ratios.
fn nothing() -> Words {
    summed([0; 3], [Decimal::ZERO; 5])
}
