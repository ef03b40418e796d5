//! Campaigns, ad sets and ads that insights name and no listing shows: read by their ids, or written from what the rows say.

use std::collections::BTreeMap;

use crate::meta::objects::Edge;
use crate::meta::page::Page;
use crate::rows::entity::Entity;
use crate::rows::report::{Days, Level};
use crate::store::orphans::{self, Orphaned};

use super::account::AccountRun;
use super::entities::BY_ID;
use super::named::{Listed, Named};
use super::report::{AccountReport, Failure, Status};
use super::run::Work;
use super::step::Step;
use super::tables::Filled;

/// Parents that one run reads at the most; the next one goes on.
const MOST: usize = 500;

impl AccountRun<'_> {
    /// Gives a row to every campaign, ad set and ad that the insights of some days name. Each is asked for once: afterwards it
    /// has its row, be it Meta's or a stub. What is known to name nothing else is not looked at. Returns whether any was found.
    pub(super) async fn find_parents(
        &self,
        step: &mut Step,
        days: Days,
        report: &AccountReport,
        known: &Named,
    ) -> Result<bool, Failure> {
        let tables = &self.engine.tables;
        let edges = [(Edge::Campaigns, &tables.campaigns), (Edge::Adsets, &tables.adsets)];
        let ads = tables.ads.as_ref().map(|ads| (Edge::Ads, ads));
        // Where the listing did not come to its end nothing is known of what it would have shown.
        let is_listed =
            |name: &str| report.steps.iter().any(|step| step.step == name && step.status == Status::Succeeded);
        // A comparison on demand lists nothing, and takes what it holds for the listing.
        let is_looked_at = |edge: Edge| self.work == Work::Reconcile || is_listed(edge.as_str());
        let edges: Vec<_> = edges.into_iter().chain(ads).filter(|(edge, _)| is_looked_at(*edge)).collect();
        let mut orphaned: BTreeMap<&str, BTreeMap<String, Orphaned>> = BTreeMap::new();
        for report in self.reports {
            let named = edges.iter().filter(|(edge, _)| report.layout.report.level >= level(*edge));
            let named: Vec<&str> = named.map(|(edge, _)| edge.as_str()).collect();
            let (db, account_id) = (&self.engine.db, self.account.digits());
            let name = &report.layout.report.name;
            for days in known.unseen(name, days) {
                let found = orphans::found(db, &report.layout, &named, account_id, days, MOST).await?;
                for (table, found) in named.iter().zip(found) {
                    orphaned.entry(table).or_default().extend(found.into_iter().map(|found| (found.id.clone(), found)));
                }
            }
        }
        let is_any = orphaned.values().any(|orphaned| !orphaned.is_empty());
        for (edge, filled) in edges {
            if let Some(orphaned) = orphaned.get(edge.as_str()) {
                self.find(step, edge, filled, orphaned).await?;
            }
        }
        Ok(is_any)
    }

    async fn find(
        &self,
        step: &mut Step,
        edge: Edge,
        filled: &Filled<Entity>,
        orphaned: &BTreeMap<String, Orphaned>,
    ) -> Result<(), Failure> {
        let ids: Vec<String> = orphaned.keys().take(MOST).cloned().collect();
        let now = self.clock.now();
        for ids in ids.chunks(BY_ID) {
            let gone = self.read_missing(step, edge, filled, ids, now).await?;
            let stubs: Vec<serde_json::Value> = gone.iter().filter_map(|id| orphaned.get(id)).map(stub).collect();
            if stubs.is_empty() {
                continue;
            }
            let page = Page::decode(serde_json::json!({"data": stubs}).to_string())?;
            let batch =
                self.batch_of(&mut step.tally.warnings, &filled.layout, &page, Some(now), &mut Listed::default())?;
            step.tally.counts.add(self.write(&filled.upsert, &batch).await?);
        }
        Ok(())
    }
}

const fn level(edge: Edge) -> Level {
    match edge {
        Edge::Campaigns => Level::Campaign,
        Edge::Adsets => Level::Adset,
        Edge::Ads => Level::Ad,
    }
}

/// What a row of insights knows of its parent, as Meta would have told it. Its status is left out: nobody told it.
fn stub(orphaned: &Orphaned) -> serde_json::Value {
    let mut object = serde_json::json!({"id": orphaned.id});
    let known = [("name", &orphaned.name), ("campaign_id", &orphaned.campaign_id), ("adset_id", &orphaned.adset_id)];
    for (field, value) in known {
        if let (Some(value), Some(object)) = (value, object.as_object_mut()) {
            object.insert(field.to_owned(), value.clone().into());
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_says_what_the_row_said_and_nothing_more() {
        let orphaned =
            Orphaned { id: "404".to_owned(), name: Some("a \"b\" 🦷".to_owned()), campaign_id: None, adset_id: None };
        assert_eq!(stub(&orphaned), serde_json::json!({"id": "404", "name": "a \"b\" 🦷"}));
    }
}
