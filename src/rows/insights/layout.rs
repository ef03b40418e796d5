//! Which columns a report's table has, in which order, and where each comes from.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::report::{Increment, Level, Report};
use super::super::table::Kind::{self, BigInt, Date, Jsonb, Numeric, Text};
use super::super::table::{Column, Table};
use super::{Asked, Insights, LISTS, Source, Target};

/// The action type of a conversation that was started, the main result of ads that lead to WhatsApp.
const MESSAGING: &str = "onsite_conversion.messaging_conversation_started_7d";
/// The action type of a landing page that was seen.
const LANDING_PAGE_VIEW: &str = "landing_page_view";
/// Fields of every report that are a column by themselves.
const FIELDS: &[(&str, Kind, &str, &str)] = &[
    ("currency", Text, "account_currency", "ISO code of the account's currency"),
    ("spend", Numeric, "spend", "Media cost, major units, without tax, as in Ads Manager; additive"),
    ("impressions", BigInt, "impressions", "Times shown; additive"),
    ("reach", BigInt, "reach", "People reached; not additive over days or objects"),
    ("frequency", Numeric, "frequency", "impressions / reach of the row; not additive"),
    ("clicks", BigInt, "clicks", "All clicks; additive"),
    ("inline_link_clicks", BigInt, "inline_link_clicks", "Clicks on links; additive"),
    ("ctr", Numeric, "ctr", "Percent; not additive: recompute from sums"),
    ("cpc", Numeric, "cpc", "Major units; not additive: recompute from sums"),
    ("cpm", Numeric, "cpm", "Major units; not additive: recompute from sums"),
];

impl Insights {
    /// Lays out a report's table.
    pub fn new(report: Report) -> Self {
        let mut layout: Vec<(Column, Source)> = Vec::new();
        let mut add = |name: Cow<'static, str>, kind: Kind, comment: Cow<'static, str>, source: Source| {
            layout.push((Column { name, kind, comment }, source));
        };
        let level = report.level;
        add("account_id".into(), Text, "The account's digits".into(), Source::Account);
        for (lowest, id, name) in [
            (Level::Campaign, "campaign_id", "campaign_name"),
            (Level::Adset, "adset_id", "adset_name"),
            (Level::Ad, "ad_id", "ad_name"),
        ] {
            if level >= lowest {
                add(id.into(), Text, "Meta's id".into(), Source::Field(id));
                add(name.into(), Text, "The name on that day: group by id".into(), Source::Field(name));
            }
        }
        add("account_name".into(), Text, "The account's name on that day".into(), Source::Field("account_name"));
        let [first, last] = report.increment.comments();
        add("date".into(), Date, first.into(), Source::Field("date_start"));
        if report.increment != Increment::Daily {
            add("date_stop".into(), Date, last.into(), Source::Field("date_stop"));
        }
        for name in &report.breakdowns {
            let comment = "Breakdown; empty text where Meta gives none";
            add(name.clone().into(), Text, comment.into(), Source::Breakdown(name.clone()));
        }
        for (name, kind, field, comment) in FIELDS {
            // What Meta answers with a 0 that is no figure is not asked for: the column stays empty.
            let source = if report.tells(field) { Source::Field(field) } else { Source::Untold };
            add((*name).into(), *kind, (*comment).into(), source);
        }
        for (name, kind, source, comment) in [
            ("leads", BigInt, Source::Leads, "Conversions by the first present name of insights.leads; additive"),
            (
                "purchases",
                BigInt,
                Source::Purchases,
                "Conversions by the first present name of insights.purchases; additive",
            ),
            (
                "purchase_value",
                Numeric,
                Source::PurchaseValue,
                "Value of the same action type as purchases, major units; additive",
            ),
            ("messaging_conversations", BigInt, Source::Action(MESSAGING), "Conversations started; additive"),
            ("landing_page_views", BigInt, Source::Action(LANDING_PAGE_VIEW), "Landing pages seen; additive"),
        ] {
            add(name.into(), kind, comment.into(), source);
        }
        for metric in &report.metrics {
            let comment = format!("[metrics.{}] of adsync's configuration; additive", metric.name);
            add(metric.name.clone().into(), Numeric, comment.into(), Source::Metric(metric.clone()));
        }
        add("result_type".into(), Text, "What counts as a result here: Meta's indicator".into(), Source::ResultType);
        add(
            "results".into(),
            Numeric,
            "Results by result_type; add up only rows of one result_type".into(),
            Source::Results,
        );
        add("cost_per_result".into(), Numeric, "Major units; not additive".into(), Source::CostPerResult);
        for list in LISTS {
            let comment =
                "Everything Meta gave, by action type; one event stands under several names: never add them up";
            add(list.into(), Jsonb, comment.into(), Source::List(list));
        }
        add(
            "extra".into(),
            Jsonb,
            "insights.extra_fields, and numbers too large for their column".into(),
            Source::Extra,
        );
        let comment = "Which attribution setting the conversions follow, Meta's word";
        add("attribution_setting".into(), Text, comment.into(), Source::Field("attribution_setting"));
        Self::laid_out(report, layout)
    }

    fn laid_out(report: Report, layout: Vec<(Column, Source)>) -> Self {
        let (columns, sources): (Vec<_>, Vec<_>) = layout.into_iter().unzip();
        let mut key = vec![report.level.id_column(), "date"];
        if report.increment != Increment::Daily {
            key.push("date_stop");
        }
        let mut indexes = Vec::new();
        // An account's own rows have it as their key.
        if report.level > Level::Account {
            indexes.push(vec!["account_id", "date"]);
        }
        if report.level > Level::Campaign {
            indexes.push(vec!["campaign_id", "date"]);
        }
        let table = Table {
            name: report.table_name(),
            comment: format!(
                "Meta insights, one row per {} and {}. Money is major units of the account's currency, without tax. \
                 Reach, frequency and ratios do not add up. Written by adsync.",
                report.level.as_str(),
                report.increment.period()
            ),
            columns,
            own_columns: Vec::new(),
            key,
            key_breakdowns: report.breakdowns.clone(),
            period: (report.increment != Increment::Daily).then_some(report.increment.as_str()),
            indexes,
            report: Some(report.clone()),
        };
        let asked = asked(&report, &sources);
        let key = table.columns.iter().enumerate().filter(|(_, column)| table.is_key(&column.name));
        let key = key.map(|(place, _)| place).collect();
        // The account's own column is the first one of every table.
        let id = report.level.id_column();
        let object = table.columns.iter().position(|column| column.name == id).unwrap_or(0);
        let parents = ["campaigns", "adsets", "ads"].into_iter().zip(["campaign_id", "adset_id", "ad_id"]);
        let parents = parents
            .filter_map(|(parent, id)| Some((parent, table.columns.iter().position(|column| column.name == id)?)));
        let parents = parents.collect();
        Self { report, table, sources, asked, key, object, parents, refused: BTreeSet::new() }
    }
}

/// What is asked for, and where it goes.
fn asked(report: &Report, sources: &[Source]) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    let mut add = |name: &str, target: Target| {
        if !asked.iter().any(|known| known.name == name) {
            asked.push(Asked { name: name.to_owned(), target });
        }
    };
    let extra = |name: &str| report.extra_fields.iter().any(|extra| extra == name);
    for name in ["account_id", "date_start", "date_stop"] {
        let place = sources.iter().position(|source| matches!(source, Source::Field(field) if *field == name));
        let otherwise = if extra(name) { Target::Extra } else { Target::Nowhere };
        add(name, place.map_or(otherwise, Target::Column));
    }
    for name in ["results", "cost_per_result"].into_iter().chain(LISTS) {
        add(name, Target::Derived);
    }
    for (place, source) in sources.iter().enumerate() {
        if let Source::Field(name) = source {
            add(name, Target::Column(place));
        }
    }
    for (place, source) in sources.iter().enumerate() {
        if let Source::Breakdown(name) = source {
            add(name, Target::Breakdown(place));
        }
    }
    for name in report.extra_fields.iter().filter(|name| report.tells(name)) {
        add(name, Target::Extra);
    }
    asked
}

impl Increment {
    /// The period of a row, in words.
    const fn period(self) -> &'static str {
        match self {
            Self::Daily => "day",
            Self::Weekly => "week from Monday",
            Self::Monthly => "calendar month",
            Self::AllDays => "window of days",
        }
    }

    /// What is said of the columns `date` and `date_stop`.
    const fn comments(self) -> [&'static str; 2] {
        match self {
            Self::Daily => ["Day of the row, in the account's zone", ""],
            Self::Weekly => [
                "Monday of the week, in the account's zone",
                "Sunday of the week, also while it still runs: then the row covers the days until it was read",
            ],
            Self::Monthly => [
                "First day of the month, in the account's zone",
                "Last day of the month, also while it still runs: then the row covers the days until it was read",
            ],
            Self::AllDays => [
                "First day of the window, in the account's zone",
                "Last day of the window, in the account's zone. A schedule's window rolls on with the day, others stay: \
                 windows overlap, so pick one by date and date_stop",
            ],
        }
    }
}
