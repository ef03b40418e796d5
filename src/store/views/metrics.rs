//! The function `ads_metrics`: sums over days and ratios of these sums, so that nobody averages ratios.

use crate::rows::metrics::{CONVERSIONS, DELIVERY};
use crate::rows::report::{Increment, Level, Report};
use crate::rows::table::Table;

use super::super::casts::within_64_bits;
use super::super::names::{Names, literal, quote};
use super::super::outline::Field;
use super::super::rollup::delivered;
use super::offer::{Offer, Shape, quoted_body};
use super::{has, is_there};

/// Columns of the result before the user's own metrics.
const RESULT: [(&str, &str); 21] = [
    ("account_id", "text"),
    ("campaign_id", "text"),
    ("adset_id", "text"),
    ("ad_id", "text"),
    ("id", "text"),
    ("name", "text"),
    ("currency", "text"),
    ("spend", "numeric"),
    ("impressions", "bigint"),
    ("clicks", "bigint"),
    ("inline_link_clicks", "bigint"),
    ("leads", "bigint"),
    ("purchases", "bigint"),
    ("purchase_value", "numeric"),
    ("messaging_conversations", "bigint"),
    ("ctr", "numeric"),
    ("cpc", "numeric"),
    ("cpm", "numeric"),
    ("cost_per_lead", "numeric"),
    ("cost_per_purchase", "numeric"),
    ("cost_per_conversation", "numeric"),
];
const ARGUMENTS: [(&str, &str); 4] =
    [("since", "date"), ("until", "date"), ("level", "text"), ("account_ids", "text[]")];
/// A level, its id's column, and the table of its current names.
const LEVELS: [(Level, &str); 4] =
    [(Level::Account, "ad_accounts"), (Level::Campaign, "campaigns"), (Level::Adset, "adsets"), (Level::Ad, "ads")];

/// The function, where any table can be summed.
pub(super) fn ads_metrics(names: &Names, tables: &[Table]) -> Option<Offer> {
    let sources: Vec<(Level, &str, &Table)> =
        LEVELS.into_iter().filter_map(|(level, entity)| Some((level, entity, source(tables, level)?))).collect();
    let finest = sources.last()?.0.min(Level::Adset);
    let own = own_metrics(tables);
    let mut result: Vec<(&str, &str)> = RESULT.to_vec();
    result.push(("roas", "numeric"));
    result.extend(own.iter().map(|name| (*name, "numeric")));
    let levels: Vec<String> = sources.iter().map(|(level, ..)| literal(level.as_str())).collect();
    let branches: String =
        sources.iter().map(|(level, entity, table)| branch(names, tables, *level, entity, table, &own)).collect();
    let body = include_str!("ads_metrics.sql").replace(":levels", &levels.join(", ")).replace(":branches", &branches);
    let columns = |quoted: fn(&str) -> String| {
        let columns: Vec<String> = result.iter().map(|(name, kind)| format!("{} {kind}", quoted(name))).collect();
        columns.join(", ")
    };
    let signature: Vec<&str> = ARGUMENTS.iter().map(|(_, kind)| *kind).collect();
    Some(Offer {
        name: "ads_metrics".to_owned(),
        body: format!(
            "(since date, until date, level text default {}, account_ids text[] default null)\nreturns table ({})\n\
             language plpgsql stable security invoker rows 100 set search_path = ''\nas {}",
            literal(finest.as_str()),
            columns(quote),
            quoted_body(body.trim_end())
        ),
        shape: Shape::Function {
            arguments: signature.iter().map(|kind| (*kind).to_owned()).collect(),
            signature: signature.join(", "),
            result: Some(format!("TABLE({})", columns(str::to_owned))),
        },
        comment: "Sums from one day to another, both included, in each account's own days, per object of a level (account, \
                  campaign, adset, ad), with ratios of the sums: ctr in percent, money in major units of currency. Ratios \
                  without a denominator are empty; so are conversions and own metrics that are not known of every row, and counts \
                  beyond 64 bits. account_ids: with or \
                  without act_; empty is all."
            .to_owned(),
    })
}

/// What it is given, of which the days alone are needed, and the columns of its rows: those of an object that has none of
/// something are NULL.
pub(super) fn fields(tables: &[Table]) -> Option<(Vec<Field>, Vec<Field>)> {
    LEVELS.into_iter().find_map(|(level, _)| source(tables, level))?;
    let argument = |(name, kind): &(&str, &str)| {
        let is_day = *kind == "date";
        Field { has_default: !is_day, ..Field::new(name, kind, *name == "account_ids", "") }
    };
    let own = own_metrics(tables);
    let all = RESULT.iter().copied().chain([("roas", "numeric")]).chain(own.into_iter().map(|name| (name, "numeric")));
    let result = all.map(|(name, kind)| Field::new(name, kind, !matches!(name, "account_id" | "id"), ""));
    Some((ARGUMENTS.iter().map(argument).collect(), result.collect()))
}

/// The table that a level is summed from: its first daily report without breakdowns, else that of the nearest finer
/// level. Meta's own totals of an account come last: they lack conversions where attribution settings are mixed.
fn source(tables: &[Table], level: Level) -> Option<&Table> {
    let is_additive = |report: &Report| report.increment == Increment::Daily && report.breakdowns.is_empty();
    let of = |wanted: Level, totals: bool| {
        tables.iter().find(|table| {
            let is_totals = table.name == "account_insights";
            table.report.as_ref().is_some_and(|report| report.level == wanted && is_additive(report))
                && is_totals == totals
        })
    };
    let finer = LEVELS.iter().map(|(other, _)| *other).filter(|other| *other >= level);
    finer.into_iter().find_map(|other| of(other, false)).or_else(|| of(level, true))
}

/// The user's own metrics, which every report has, but for those that have the name of something else here.
fn own_metrics(tables: &[Table]) -> Vec<&str> {
    let reports = tables.iter().filter_map(|table| table.report.as_ref());
    let names = reports.flat_map(|report| report.metrics.iter().map(|metric| metric.name.as_str()));
    let mut own: Vec<&str> = Vec::new();
    for name in names {
        let taken = RESULT.iter().chain(&ARGUMENTS).any(|(other, _)| *other == name) || name == "roas";
        if !taken && !own.contains(&name) {
            own.push(name);
        }
    }
    own
}

/// The query of one level.
fn branch(names: &Names, tables: &[Table], level: Level, entity: &str, table: &Table, own: &[&str]) -> String {
    let id = |of: Level| if of <= level { format!("s.{}", of.id_column()) } else { "null::text".to_owned() };
    let above = LEVELS.iter().map(|(other, _)| *other).filter(|other| *other < level);
    let mut inner: Vec<String> = vec![format!("i.{0}", level.id_column())];
    inner.extend(above.map(|other| format!("max(i.{0}) as {0}", other.id_column())));
    inner.push(format!("max(i.{}_name) as name, max(i.currency) as currency", level.as_str()));
    inner.extend(DELIVERY.iter().map(|name| format!("{} as {name}", delivered(name, &format!("i.{name}")))));
    let known = |name: &str| format!("case when count(i.{name}) = count(*) then sum(i.{name}) end as {name}");
    inner.extend(CONVERSIONS.iter().map(|name| known(name)));
    inner.extend(own.iter().map(|name| match has(table, name) {
        true => known(&quote(name)),
        false => format!("null::numeric as {}", quote(name)),
    }));
    let own: String = own.iter().map(|name| format!(",\n      s.{}::numeric", quote(name))).collect();
    let figures = RESULT.iter().skip_while(|(name, _)| *name != "spend").take(DELIVERY.len() + CONVERSIONS.len());
    let figures: Vec<String> = figures
        .map(|(name, kind)| if *kind == "bigint" { within_64_bits(&format!("s.{name}")) } else { format!("s.{name}") })
        .collect();
    // Its current name is looked up where there is a table of such objects.
    let (name, join) = match (is_there(tables, entity), level) {
        (false, _) => ("s.name", String::new()),
        (true, Level::Account) => ("coalesce(o.name::text, s.name)", "o.id = 'act_' || s.account_id".to_owned()),
        (true, _) => ("coalesce(o.name::text, s.name)", format!("o.id = s.{}", level.id_column())),
    };
    let join = if join.is_empty() { join } else { format!("\n    left join {{{entity}}} o on {join}") };
    let query = include_str!("ads_metrics_level.sql")
        .replace(":level", &literal(level.as_str()))
        .replace(":ids", &LEVELS.map(|(other, _)| id(other)).join(", "))
        .replace(":id", &id(level))
        .replace(":name", name)
        .replace(":figures", &figures.join(", "))
        .replace(":own", &own)
        .replace(":sums", &inner.join(",\n             "))
        .replace(":group", &format!("i.{}", level.id_column()))
        .replace(":join", &join)
        .replace(":rows", &format!("{{{}}}", table.name));
    names.fill(&query)
}
