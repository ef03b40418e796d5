//! Every table that a run fills, with the statement that writes it, built once.

use crate::rows::entity::Entity;
use crate::rows::insights::Insights;
use crate::rows::report::{Increment, Level, Report};
use crate::rows::table::Table;
use crate::rows::{account, ad, adset, campaign};
use crate::store::migrate::Types;
use crate::store::{Db, TouchLastSynced, Upsert};

/// The report that holds Meta's own totals of an account; its table is `account_insights`.
pub const TOTALS: &str = "account";

/// A layout and the statement that writes it.
#[derive(Debug, Clone)]
pub struct Filled<T> {
    /// How delivered rows become rows of the table.
    pub layout: T,
    /// The statement that writes them.
    pub upsert: Upsert,
}

/// Every table that a run fills.
#[derive(Debug, Clone)]
pub struct Tables {
    /// `ad_accounts`.
    pub accounts: Filled<Entity>,
    /// `campaigns`.
    pub campaigns: Filled<Entity>,
    /// `adsets`.
    pub adsets: Filled<Entity>,
    /// `ads`, where a report has a row per ad.
    pub ads: Option<Filled<Entity>>,
    /// A table per report, in the order of the names.
    pub reports: Vec<Filled<Insights>>,
    /// `account_insights`.
    pub totals: Filled<Insights>,
    /// The types that columns have in the database.
    pub types: Types,
}

/// The definitions of every table that a run fills, in the order of the pipeline.
pub fn definitions(reports: &[Report]) -> Vec<Table> {
    let mut tables = vec![account::entity().table, campaign::entity().table, adset::entity().table];
    tables.extend(has_ads(reports).then(|| ad::entity().table));
    tables.extend(reports.iter().cloned().map(|report| Insights::new(report).table));
    tables.push(Insights::new(totals(reports)).table);
    tables
}

/// Whether ads are listed at all: only a report of level ad needs them.
fn has_ads(reports: &[Report]) -> bool {
    reports.iter().any(|report| report.level == Level::Ad)
}

/// The report of Meta's own totals. It counts what the other reports count, so that the figures are comparable.
fn totals(reports: &[Report]) -> Report {
    Report {
        name: TOTALS.to_owned(),
        level: Level::Account,
        breakdowns: Vec::new(),
        increment: Increment::Daily,
        attribution_windows: Vec::new(),
        extra_fields: Vec::new(),
        metrics: reports.first().map(|report| report.metrics.clone()).unwrap_or_default(),
    }
}

impl Tables {
    /// Builds the statements for the columns' types as they are in the database. `touch` is about objects alone: days of
    /// insights are many, and `sync_coverage` says when each was read.
    pub fn new(db: &Db, reports: &[Report], types: Types, touch: TouchLastSynced) -> Self {
        let none = std::collections::HashMap::new();
        let upsert = |table: &Table, touch| Upsert::new(db, table, types.get(&table.name).unwrap_or(&none), touch);
        let entity = |layout: Entity| Filled { upsert: upsert(&layout.table, touch), layout };
        let insights = |report: Report| {
            let layout = Insights::new(report);
            Filled { upsert: upsert(&layout.table, TouchLastSynced::OnChange), layout }
        };
        Self {
            accounts: entity(account::entity()),
            campaigns: entity(campaign::entity()),
            adsets: entity(adset::entity()),
            ads: has_ads(reports).then(|| entity(ad::entity())),
            reports: reports.iter().cloned().map(insights).collect(),
            totals: insights(totals(reports)),
            types,
        }
    }

    /// The statement of every table.
    pub fn upserts(&self) -> Vec<&Upsert> {
        let objects = [&self.accounts, &self.campaigns, &self.adsets].into_iter().chain(&self.ads);
        let insights = self.reports.iter().chain([&self.totals]);
        objects.map(|filled| &filled.upsert).chain(insights.map(|filled| &filled.upsert)).collect()
    }

    /// The reports of these names, or all.
    pub fn reports_named(&self, names: Option<&[String]>) -> Vec<Filled<Insights>> {
        let is_meant =
            |filled: &&Filled<Insights>| names.is_none_or(|names| names.contains(&filled.layout.report.name));
        self.reports.iter().filter(is_meant).cloned().collect()
    }

    /// The report that the metric columns of `adsets` and `campaigns` are summed from: the first daily one of level ad
    /// set without breakdowns. Where there is none, one of level ad: all that is summed adds up over ads, too.
    pub fn rolled_up(&self) -> Option<&Filled<Insights>> {
        self.daily(Level::Adset).or_else(|| self.daily(Level::Ad))
    }

    /// The report that the metric columns of `ads` are summed from.
    pub fn rolled_up_to_ads(&self) -> Option<&Filled<Insights>> {
        self.daily(Level::Ad)
    }

    /// Whether the metric columns of any table are summed from this report.
    pub fn is_rolled_up(&self, report: &Report) -> bool {
        [self.rolled_up(), self.rolled_up_to_ads()].into_iter().flatten().any(|filled| filled.layout.report == *report)
    }

    /// The first daily report of a level without breakdowns.
    fn daily(&self, level: Level) -> Option<&Filled<Insights>> {
        self.reports.iter().find(|filled| {
            let report = &filled.layout.report;
            report.level == level && report.increment == Increment::Daily && report.breakdowns.is_empty()
        })
    }
}

/// The report whose figures people see in the metric columns: the first daily one of level ad set without breakdowns,
/// else of level ad.
pub fn rolled_up(reports: &[Report]) -> Option<&Report> {
    let daily = |level: Level| {
        reports.iter().find(|report| {
            report.level == level && report.increment == Increment::Daily && report.breakdowns.is_empty()
        })
    };
    daily(Level::Adset).or_else(|| daily(Level::Ad))
}
