//! The reports of these worlds, and the rows that each should have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Months, NaiveDate};
use graph_sim::api::breakdown::{Breakdown, cut, parse, parts, values};
use graph_sim::world::account::Account;
use graph_sim::world::fact::Sum;
use graph_sim::{Level, TruthRow, World};
use rust_decimal::Decimal;

use super::families::Families;
use super::figures::{Lists, Withheld, pairs, ratio, some};
use super::{Words, names};
use crate::support::truth::money;

/// How long a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Day,
    Week,
    Month,
    /// The window of the last sync.
    Window,
}

/// A table and what stands in it.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) table: &'static str,
    level: Level,
    pub(crate) period: Period,
    breakdowns: &'static [&'static str],
    /// Whether its rows sum to Meta's totals of the account.
    pub(crate) adds_up: bool,
}

const fn report(table: &'static str, level: Level, period: Period, breakdowns: &'static [&'static str]) -> Report {
    Report { table, level, period, breakdowns, adds_up: true }
}

/// Meta's own totals.
pub(crate) const TOTALS: &str = "account_insights";
const HOURS: &str = "hourly_stats_aggregated_by_advertiser_time_zone";

/// Every level, breakdowns that add up and one that is not known to, every period, and Meta's own totals.
pub(crate) const REPORTS: [Report; 14] = [
    report(TOTALS, Level::Account, Period::Day, &[]),
    report("whole_insights", Level::Account, Period::Day, &[]),
    report("campaign_insights", Level::Campaign, Period::Day, &[]),
    report("adset_insights", Level::Adset, Period::Day, &[]),
    report("ad_insights", Level::Ad, Period::Day, &[]),
    report("people_insights", Level::Adset, Period::Day, &["age", "gender"]),
    report("place_insights", Level::Campaign, Period::Day, &["publisher_platform", "platform_position"]),
    report("hour_insights", Level::Account, Period::Day, &[HOURS]),
    Report { adds_up: false, ..report("region_insights", Level::Campaign, Period::Day, &["region"]) },
    report("week_insights", Level::Campaign, Period::Week, &[]),
    report("weekgender_insights", Level::Adset, Period::Week, &["gender"]),
    report("month_insights", Level::Adset, Period::Month, &[]),
    Report { adds_up: false, ..report("monthregion_insights", Level::Campaign, Period::Month, &["region"]) },
    report("window_insights", Level::Ad, Period::Window, &[]),
];

/// The configuration that makes them.
pub(crate) const VARIABLES: [(&str, &str); 33] = [
    // Archived objects are listed every time, so that nothing waits for tomorrow.
    ("ADSYNC__META__FULL_LISTING_EVERY", "1s"),
    ("ADSYNC__REPORTS__WHOLE__LEVEL", "account"),
    ("ADSYNC__REPORTS__CAMPAIGN__LEVEL", "campaign"),
    ("ADSYNC__REPORTS__AD__LEVEL", "ad"),
    ("ADSYNC__REPORTS__PEOPLE__LEVEL", "adset"),
    ("ADSYNC__REPORTS__PEOPLE__BREAKDOWNS", "age,gender"),
    ("ADSYNC__REPORTS__PLACE__LEVEL", "campaign"),
    ("ADSYNC__REPORTS__PLACE__BREAKDOWNS", "publisher_platform,platform_position"),
    ("ADSYNC__REPORTS__HOUR__LEVEL", "account"),
    ("ADSYNC__REPORTS__HOUR__BREAKDOWNS", HOURS),
    ("ADSYNC__REPORTS__REGION__LEVEL", "campaign"),
    ("ADSYNC__REPORTS__REGION__BREAKDOWNS", "region"),
    ("ADSYNC__REPORTS__WEEK__LEVEL", "campaign"),
    ("ADSYNC__REPORTS__WEEK__TIME_INCREMENT", "weekly"),
    ("ADSYNC__REPORTS__WEEKGENDER__LEVEL", "adset"),
    ("ADSYNC__REPORTS__WEEKGENDER__BREAKDOWNS", "gender"),
    ("ADSYNC__REPORTS__WEEKGENDER__TIME_INCREMENT", "weekly"),
    ("ADSYNC__REPORTS__MONTH__LEVEL", "adset"),
    ("ADSYNC__REPORTS__MONTH__TIME_INCREMENT", "monthly"),
    ("ADSYNC__REPORTS__MONTHREGION__LEVEL", "campaign"),
    ("ADSYNC__REPORTS__MONTHREGION__BREAKDOWNS", "region"),
    ("ADSYNC__REPORTS__MONTHREGION__TIME_INCREMENT", "monthly"),
    ("ADSYNC__REPORTS__WINDOW__LEVEL", "ad"),
    ("ADSYNC__REPORTS__WINDOW__TIME_INCREMENT", "all_days"),
    ("ADSYNC__METRICS__BOOKED__ACTION_TYPES", "schedule_total"),
    ("ADSYNC__METRICS__CARTS__SUM", "add_to_cart,initiate_checkout"),
    ("ADSYNC__METRICS__BOUGHT__ACTION_TYPES", "omni_purchase"),
    ("ADSYNC__METRICS__BOUGHT__VALUE", "true"),
    ("ADSYNC__METRICS__VIEWED__ACTION_TYPES", "omni_view_content"),
    ("ADSYNC__METRICS__JOINED__ACTION_TYPES", "omni_complete_registration"),
    ("ADSYNC__META__PAGE_SIZE", "100"),
    // The order of the reports is that of their names, and of the tables none is left out.
    ("ADSYNC__REPORTS__ADSET__LEVEL", "adset"),
    ("ADSYNC__REPORTS__ADSET__ENABLED", "true"),
];

const LEVELS: [(Level, &str); 3] = [(Level::Campaign, "campaign"), (Level::Adset, "adset"), (Level::Ad, "ad")];

/// Beyond ids, names and days: the columns, and how their values become words.
const FIGURES: [&str; 31] = [
    "currency",
    "trim_scale(spend)",
    "impressions",
    "reach",
    "trim_scale(frequency)",
    "clicks",
    "inline_link_clicks",
    "trim_scale(ctr)",
    "trim_scale(cpc)",
    "trim_scale(cpm)",
    "leads",
    "purchases",
    "trim_scale(purchase_value)",
    "messaging_conversations",
    "landing_page_views",
    "trim_scale(booked)",
    "trim_scale(carts)",
    "trim_scale(bought)",
    "trim_scale(viewed)",
    "trim_scale(joined)",
    "result_type",
    "trim_scale(results)",
    "trim_scale(cost_per_result)",
    "(select string_agg(key || '=' || value, ' ' order by key collate \"C\") from jsonb_each_text(actions))",
    "(select string_agg(key || '=' || value, ' ' order by key collate \"C\") from jsonb_each_text(action_values))",
    "(select string_agg(key || '=' || value, ' ' order by key collate \"C\") from jsonb_each_text(conversions))",
    "conversion_values",
    "extra",
    "attribution_setting",
    "account_name",
    "last_synced is null",
];

/// What all rows of a period share.
struct Whole<'a> {
    account: &'a Account,
    families: &'a Families,
    names: &'a BTreeMap<String, String>,
    last: NaiveDate,
}

impl Report {
    /// Its name under `[reports]`.
    pub(crate) fn name(&self) -> &'static str {
        self.table.strip_suffix("_insights").unwrap()
    }

    /// The columns, as they are asked for.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns = vec!["date".to_owned()];
        columns.extend((self.period != Period::Day).then(|| "date_stop".to_owned()));
        columns.extend(self.breakdowns.iter().map(|name| (*name).to_owned()));
        for (_, name) in LEVELS.iter().filter(|(level, _)| self.level >= *level) {
            columns.extend([format!("{name}_id"), format!("{name}_name")]);
        }
        columns.into_iter().chain(FIGURES.map(str::to_owned)).collect()
    }

    /// The question that gives its rows in words.
    pub(crate) fn sql(&self, account: &str) -> String {
        format!("select {} from {} where account_id = '{account}'", self.columns().join(", "), self.table)
    }

    /// The periods that a window touches, whole, oldest first.
    pub(crate) fn spans(&self, since: NaiveDate, today: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
        let mut spans = Vec::new();
        let mut first = match self.period {
            Period::Window => return vec![(since, today)],
            Period::Day => since,
            Period::Week => since - Days::new(u64::from(since.weekday().num_days_from_monday())),
            Period::Month => since.with_day(1).unwrap(),
        };
        while first <= today {
            let next = match self.period {
                Period::Day | Period::Window => first + Days::new(1),
                Period::Week => first + Days::new(7),
                Period::Month => first + Months::new(1),
            };
            spans.push((first, next - Days::new(1)));
            first = next;
        }
        spans
    }

    /// The rows of some periods, as far as the world has come.
    pub(crate) fn rows(
        &self,
        world: &World,
        (account, families): (&str, &Families),
        spans: &[(NaiveDate, NaiveDate)],
        today: NaiveDate,
    ) -> Vec<Words> {
        let own = world.accounts.iter().find(|own| own.id.to_string() == account).unwrap();
        let names: BTreeMap<String, String> =
            LEVELS.iter().flat_map(|(level, _)| names(world, account, *level)).collect();
        let begun: Vec<_> = spans.iter().map(|(first, last)| (*first, (*last).min(today))).collect();
        let mut rows = Vec::new();
        for row in world.truth_spans(account, self.level, &begun) {
            let last = spans.iter().find(|(first, _)| *first == row.date).unwrap().1;
            let whole = Whole { account: own, families, names: &names, last };
            rows.extend(self.parts(row).into_iter().map(|(part, row)| self.words(&whole, &row, part)));
        }
        rows
    }

    /// A row by its breakdowns: parts that add up to it.
    fn parts(&self, row: TruthRow) -> Vec<(Vec<String>, TruthRow)> {
        if self.breakdowns.is_empty() {
            return vec![(Vec::new(), row)];
        }
        let names: Vec<String> = self.breakdowns.iter().map(|name| (*name).to_owned()).collect();
        let breakdowns: Vec<Breakdown> = parse(&names, false).unwrap();
        let mut whole = Sum::default();
        whole.add(&graph_sim::Fact { reach: row.reach, ..row.fact });
        let part = |part| {
            let values = values(&breakdowns, part).into_iter().map(|(_, value)| value.to_owned()).collect();
            let sum = cut(&whole, &breakdowns, part);
            (values, TruthRow { fact: sum.fact, reach: sum.reach(), ..row.clone() })
        };
        (0..parts(&breakdowns)).map(part).filter(|(_, row)| !row.fact.is_empty()).collect()
    }

    fn words(&self, whole: &Whole<'_>, row: &TruthRow, part: Vec<String>) -> Words {
        let Whole { account, families, names, last } = whole;
        let mut words = vec![row.date.to_string()];
        words.extend((self.period != Period::Day).then(|| last.to_string()));
        words.extend(part);
        for id in [&row.campaign_id, &row.adset_id, &row.ad_id].into_iter().flatten() {
            words.extend([id.clone(), names[id].clone()]);
        }
        let has = |name: &str| self.breakdowns.contains(&name);
        let withheld = match (is_mixed(account, row), has("region") || has(HOURS)) {
            (true, _) => Withheld::Lists,
            (_, true) => Withheld::OffMeta,
            _ => Withheld::Nothing,
        };
        let (fact, lists) = (&row.fact, Lists::of(row, families, withheld));
        // People have no hours.
        let [reach, frequency] = if has(HOURS) {
            ["NULL".to_owned(), "NULL".to_owned()]
        } else {
            [row.reach.to_string(), ratio(fact.impressions.into(), row.reach)]
        };
        let spend = Decimal::new(fact.spend_cents, 2);
        words.extend([
            account.currency.clone(),
            money(fact.spend_cents),
            fact.impressions.to_string(),
            reach,
            frequency,
            fact.clicks.to_string(),
            some(fact.link_clicks),
            ratio(Decimal::from(100 * fact.clicks), fact.impressions.max(1)),
            ratio(spend, fact.clicks),
            ratio(spend * Decimal::from(1000), fact.impressions),
        ]);
        words.extend(lists.conversions());
        words.extend(lists.others());
        words.extend(results(account, row, &lists, spend));
        words.extend([&lists.actions, &lists.values, &lists.conversions].map(pairs));
        let setting = adset(account, row).map(|adset| format!("{}d_click_1d_view", adset.click_days));
        let unheard = || "NULL".to_owned();
        words.extend([unheard(), unheard(), setting.unwrap_or_else(unheard)]);
        words.extend([super::stored(&account.name), "f".to_owned()]);
        words
    }
}

/// Whether ad sets with different attribution settings meet in a row.
fn is_mixed(account: &Account, row: &TruthRow) -> bool {
    let beneath = account.adsets.iter().filter(|adset| {
        let campaign = account.campaigns[adset.campaign].head.id.to_string();
        !adset.ads.is_empty() && row.campaign_id.as_ref().is_none_or(|id| *id == campaign)
    });
    let settings: BTreeSet<i64> = beneath.map(|adset| adset.click_days).collect();
    row.adset_id.is_none() && settings.len() > 1
}

fn adset<'a>(account: &'a Account, row: &TruthRow) -> Option<&'a graph_sim::world::object::Adset> {
    let id = row.adset_id.as_ref()?;
    account.adsets.iter().find(|adset| adset.head.id.to_string() == *id)
}

/// What counts as a result, how many there were, and what one cost.
fn results(account: &Account, row: &TruthRow, lists: &Lists<'_>, spend: Decimal) -> [String; 3] {
    let none = || "NULL".to_owned();
    let campaign = account.campaigns.iter().find(|campaign| Some(campaign.head.id.to_string()) == row.campaign_id);
    let goal = adset(account, row).map(|adset| adset.goal).or(campaign.map(|campaign| campaign.goal));
    let Some(action) = goal.map(graph_sim::Goal::result_action).filter(|_| !is_mixed(account, row)) else {
        return [none(), none(), none()];
    };
    let count = lists.actions.get(action);
    let cost = count.map(|count| ratio(spend, count.parse().unwrap()));
    [format!("actions:{action}"), count.cloned().unwrap_or_else(none), cost.unwrap_or_else(none)]
}
