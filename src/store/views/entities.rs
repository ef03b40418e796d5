//! The views `campaigns_view`, `adsets_view` and `ads_view`: objects as a dashboard wants them.

use crate::rows::catalogue::currencies::minor_units_sql;
use crate::rows::table::Table;

use super::super::names::Names;
use super::super::schema::last_synced;
use super::offer::{Offer, ViewColumn};

/// Money of objects, which the tables keep in minor units.
const MONEY: [&str; 4] = ["daily_budget", "lifetime_budget", "bid_amount", "spend_cap"];

/// The views of those of these tables that have one.
pub(super) fn views(names: &Names, tables: &[Table]) -> Vec<Offer> {
    let mut views = Vec::new();
    for table in tables {
        let (extras, from, comment) = match table.name.as_str() {
            "campaigns" => (
                [campaign_budgets(), vec![delivery("e.start_time", "e.stop_time")]].concat(),
                include_str!("campaigns_view.sql"),
                "Campaigns for dashboards, one row each: money in major units of currency, ratios of sums.",
            ),
            "adsets" => (
                [adset_parents(), adset_budgets(), vec![delivery("e.start_time", "e.end_time")]].concat(),
                include_str!("adsets_view.sql"),
                "Ad sets for dashboards, one row each: current names, money in major units of currency, ratios of sums.",
            ),
            "ads" => (
                [adset_parents(), ad_parents(), vec![delivery("null::timestamptz", "null::timestamptz")]].concat(),
                include_str!("ads_view.sql"),
                "Ads for dashboards, one row each: current names, money in major units of currency, ratios of sums.",
            ),
            _ => continue,
        };
        let from = from.replace(":minor_units", &minor_units_sql("o.currency::text"));
        let view = format!("{}_view", table.name);
        views.push(Offer::view(names, &view, comment, columns(table, extras), &from));
    }
    views
}

/// A table's own columns, its money in major units, and what comes beside them.
fn columns(table: &Table, extras: Vec<ViewColumn>) -> Vec<ViewColumn> {
    let own = table.columns.iter().chain(&table.own_columns).filter(|column| column.name != "raw");
    let mut columns: Vec<ViewColumn> = own
        .map(|column| {
            let mut column = ViewColumn::of("e", column);
            if MONEY.contains(&column.name.as_ref()) {
                column.sql = major(&column.sql);
                column.sql_type = "numeric";
                column.comment = "Major units of currency; empty where Meta gives none or 0".into();
            }
            column
        })
        .collect();
    columns.push(ViewColumn::of("e", &last_synced()));
    let others = [account(), extras, ratios()].concat();
    for other in others {
        if columns.iter().all(|column| column.name != other.name) {
            columns.push(other);
        }
    }
    columns
}

/// Minor units as major ones; 0 and nothing are alike.
fn major(amount: &str) -> String {
    format!("trim_scale(nullif({amount}::numeric, 0) / m.minor_units)")
}

fn account() -> Vec<ViewColumn> {
    vec![
        ViewColumn::new("account_name", "text", "o.name", "The account's name in Ads Manager"),
        ViewColumn::new("label", "text", "o.label", "The account's name in adsync's configuration"),
        ViewColumn::new("client", "text", "o.client", "Whose account it is, from adsync's configuration"),
        ViewColumn::new("currency", "text", "o.currency", "ISO code of the currency of all money here"),
        ViewColumn::new("timezone_name", "text", "o.timezone_name", "IANA zone that cuts the account's days"),
        ViewColumn::new(
            "metrics_since",
            "date",
            "o.metrics_since",
            "First day of spend and the other sums, in the account's zone",
        ),
        ViewColumn::new(
            "metrics_until",
            "date",
            "o.metrics_until",
            "Last day of spend and the other sums, in the account's zone",
        ),
    ]
}

fn adset_parents() -> Vec<ViewColumn> {
    vec![
        ViewColumn::new("campaign_name", "text", "c.name", "Its campaign's current name"),
        ViewColumn::new("objective", "text", "c.objective", "Its campaign's objective, Meta's word"),
    ]
}

fn ad_parents() -> Vec<ViewColumn> {
    vec![ViewColumn::new("adset_name", "text", "s.name", "Its ad set's current name")]
}

const BUDGET_LEVEL: &str = "Where the budget is: adset, campaign, or empty where none is known";

fn adset_budgets() -> Vec<ViewColumn> {
    vec![
        ViewColumn::new("budget_level", "text", "b.level", BUDGET_LEVEL),
        ViewColumn::new(
            "effective_daily_budget",
            "numeric",
            "case b.level when 'adset' then b.own_daily when 'campaign' then b.campaign_daily end",
            "What may be spent a day, major units of currency: its own daily budget, or its campaign's, which all ad sets \
             of the campaign share: not additive under a campaign budget. Empty under a lifetime budget",
        ),
        ViewColumn::new(
            "effective_lifetime_budget",
            "numeric",
            "case b.level when 'adset' then b.own_lifetime when 'campaign' then b.campaign_lifetime end",
            "What may be spent in all, major units of currency: its own lifetime budget, or its campaign's, which all ad \
             sets of the campaign share: not additive under a campaign budget",
        ),
    ]
}

fn campaign_budgets() -> Vec<ViewColumn> {
    vec![
        ViewColumn::new("budget_level", "text", "b.level", BUDGET_LEVEL),
        ViewColumn::new(
            "effective_daily_budget",
            "numeric",
            "case b.level when 'campaign' then b.own_daily when 'adset' then b.adsets_daily end",
            "What may be spent a day, major units of currency: its own daily budget, or the sum of its ad sets' that are \
             switched on and have not ended. Empty under a lifetime budget; additive",
        ),
    ]
}

/// One word for people. What its owner or Meta stopped comes before what the calendar says.
fn delivery(start: &str, end: &str) -> ViewColumn {
    let sql = format!(
        "case
             when e.deleted_at is not null or e.effective_status = 'DELETED' then 'deleted'
             when e.effective_status = 'ARCHIVED' then 'archived'
             when e.effective_status in ('PAUSED', 'CAMPAIGN_PAUSED', 'ADSET_PAUSED') then 'paused'
             when {end} <= now() then 'ended'
             when e.effective_status = 'WITH_ISSUES' then 'issues'
             when e.effective_status = 'DISAPPROVED' then 'rejected'
             when e.effective_status = 'PENDING_REVIEW' then 'review'
             when e.effective_status = 'PENDING_BILLING_INFO' then 'billing'
             when e.effective_status = 'IN_PROCESS' then 'processing'
             when e.effective_status in ('ACTIVE', 'PREAPPROVED') and {start} > now() then 'scheduled'
             when e.effective_status in ('ACTIVE', 'PREAPPROVED') then 'active'
             else lower(e.effective_status)
           end"
    );
    ViewColumn::new(
        "delivery",
        "text",
        sql,
        "Whether it runs, in one word: active, scheduled, ended, paused, issues, rejected, review, billing, processing, \
         archived or deleted; a new word of Meta's in small letters",
    )
}

fn ratios() -> Vec<ViewColumn> {
    vec![
        ViewColumn::new(
            "cost_per_lead",
            "numeric",
            "e.spend / nullif(e.leads, 0)",
            "spend / leads of the window, major units; empty without leads; not additive",
        ),
        ViewColumn::new(
            "cost_per_purchase",
            "numeric",
            "e.spend / nullif(e.purchases, 0)",
            "spend / purchases of the window, major units; empty without purchases; not additive",
        ),
        ViewColumn::new(
            "cost_per_conversation",
            "numeric",
            "e.spend / nullif(e.messaging_conversations, 0)",
            "spend / messaging_conversations of the window, major units; empty without any; not additive",
        ),
        ViewColumn::new(
            "roas",
            "numeric",
            "e.purchase_value / nullif(e.spend, 0)",
            "purchase_value / spend of the window; empty without spend; not additive",
        ),
    ]
}
