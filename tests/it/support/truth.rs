//! The tables and the world's truth in the same words, so that they can be compared.

use chrono::{Days, NaiveDate};
use graph_sim::{Fact, Level, TruthRow};
use rust_decimal::Decimal;

use super::scene::{DIGITS, Scene};

const FIGURES: &str = "currency, trim_scale(spend), impressions, reach, clicks, inline_link_clicks, leads, purchases,
    trim_scale(purchase_value), messaging_conversations, landing_page_views";

impl Scene {
    /// The rows of `adset_insights`.
    pub(crate) async fn insights(&self) -> Vec<Vec<String>> {
        let sql = format!("select adset_id, date, campaign_id, {FIGURES} from adset_insights order by adset_id, date");
        self.db.query_text(&sql).await
    }

    /// What they should be, for the 28 days that a sync reads and today.
    pub(crate) fn true_insights(&self) -> Vec<Vec<String>> {
        self.true_insights_since(self.days_ago(28))
    }

    /// What they should be from a day to today.
    pub(crate) fn true_insights_since(&self, since: NaiveDate) -> Vec<Vec<String>> {
        let mut rows = self.truth_between(Level::Adset, since, self.today());
        rows.sort_by_key(|row| (row.adset_id.clone(), row.date));
        let ids = |row: &TruthRow| vec![row.adset_id.clone(), Some(row.date.to_string()), row.campaign_id.clone()];
        rows.iter().map(|row| words(row, ids(row), &self.currency())).collect()
    }

    /// The rows of `account_insights`.
    pub(crate) async fn totals(&self) -> Vec<Vec<String>> {
        self.db.query_text(&format!("select account_id, date, {FIGURES} from account_insights order by date")).await
    }

    /// What they should be.
    pub(crate) fn true_totals(&self) -> Vec<Vec<String>> {
        let rows = self.truth(Level::Account);
        let ids = |row: &TruthRow| vec![Some(row.account_id.clone()), Some(row.date.to_string())];
        rows.iter().map(|row| words(row, ids(row), &self.currency())).collect()
    }

    /// The live and archived rows of `campaigns` or `adsets`.
    pub(crate) async fn objects(&self, table: &str) -> Vec<Vec<String>> {
        let sql = format!(
            "select id, name, effective_status, extract(epoch from updated_at)::bigint from {table}
             where deleted_at is null and effective_status <> 'DELETED' order by id"
        );
        self.db.query_text(&sql).await
    }

    /// What they should be: a deleted object is not listed.
    pub(crate) fn true_objects(&self, level: Level) -> Vec<Vec<String>> {
        let objects = self.sim.world().truth_objects(DIGITS, level);
        let kept = objects.into_iter().filter(|object| object.effective_status != "DELETED");
        let mut rows: Vec<Vec<String>> = kept
            .map(|object| vec![object.id, object.name, object.effective_status.to_owned(), object.updated.to_string()])
            .collect();
        rows.sort();
        rows
    }

    /// The world's rows of a level, for the days that a sync reads.
    pub(crate) fn truth(&self, level: Level) -> Vec<TruthRow> {
        self.truth_between(level, self.today() - Days::new(28), self.today())
    }

    /// The world's rows of a level between two days.
    pub(crate) fn truth_between(&self, level: Level, since: NaiveDate, until: NaiveDate) -> Vec<TruthRow> {
        self.sim.world().truth(DIGITS, level, since, until)
    }

    fn currency(&self) -> String {
        self.sim.world().accounts[0].currency.clone()
    }
}

/// Hundredths as the server writes them without trailing zeros.
pub(crate) fn money(cents: i64) -> String {
    Decimal::new(cents, 2).normalize().to_string()
}

fn words(row: &TruthRow, ids: Vec<Option<String>>, currency: &str) -> Vec<String> {
    let fact: &Fact = &row.fact;
    // The account's own row of a day without any action has no list of actions at all: nothing is known then.
    let conversion =
        |count: i64| if row.adset_id.is_none() && !acts(fact) { "NULL".to_owned() } else { count.to_string() };
    let worth = if row.adset_id.is_none() && !acts(fact) { "NULL".to_owned() } else { money(fact.purchase_cents) };
    let figures = [
        currency.to_owned(),
        money(fact.spend_cents),
        fact.impressions.to_string(),
        row.reach.to_string(),
        fact.clicks.to_string(),
        if fact.link_clicks > 0 { fact.link_clicks.to_string() } else { "NULL".to_owned() },
        conversion(fact.leads()),
        conversion(fact.purchases),
        worth,
        conversion(fact.messages),
        conversion(fact.landing_views),
    ];
    ids.into_iter().map(|id| id.unwrap_or_default()).chain(figures).collect()
}

fn acts(fact: &Fact) -> bool {
    let lists = [fact.link_clicks, fact.engagements, fact.leads(), fact.landing_views, fact.messages, fact.purchases];
    lists.iter().any(|count| *count > 0) || fact.video_views > 0
}
