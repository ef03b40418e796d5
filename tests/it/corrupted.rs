//! Pages of Meta that lack rows or hold a wrong figure, without any sign of it: Meta's own totals give them away.

use std::collections::BTreeSet;

use adsync::sync::{Engine, Window};
use chrono::{Days, NaiveDate};
use graph_sim::{Fault, Level, Rule, TruthRow, When, World};

use crate::support::reference::coverage::assert_agrees;
use crate::support::reference::reports::VARIABLES;
use crate::support::reference::{LOOKBACK, Reference, today};
use crate::support::scene::{DIGITS, Scene};

/// The questions that are met. The first of them is that of the report `adset`.
const ADSET_ROWS: &str = "level=adset";

struct Damaged {
    scene: Scene,
    engine: Engine,
    reference: Reference,
}

impl Damaged {
    /// A random world with deleted and archived objects that have days.
    async fn of(seed: u64) -> Self {
        let scene = Scene::of(World::random(seed)).await;
        let engine = scene.engine(&VARIABLES).await;
        Self { scene, engine, reference: Reference::new(DIGITS) }
    }

    /// Arms a fault for pages of ad set rows, for the first of them or for all.
    fn arm(&self, fault: Fault, times: Option<u64>) {
        let when = When { path: Some(ADSET_ROWS.to_owned()), times, ..When::default() };
        self.scene.sim.faults().add(Rule { fault, when });
    }

    async fn sync(&mut self) {
        self.scene.sync_at(&self.engine, Window::Lookback(LOOKBACK)).await;
        self.reference.sync(&self.scene.sim.world());
    }

    async fn assert_whole(&self, context: &str) {
        let today = today(&self.scene.sim.world(), DIGITS);
        self.reference.assert_kept(&self.scene, context).await;
        assert_agrees(&self.scene, DIGITS, today, context).await;
    }

    /// The days of `adset` whose rows do not sum to what happened, today left out.
    async fn wrong_days(&self) -> BTreeSet<String> {
        let sql = "select date, sum(spend), sum(impressions), sum(clicks) from adset_insights group by date";
        let held: BTreeSet<Vec<String>> = self.scene.db.query_text(sql).await.into_iter().collect();
        let today = self.scene.today();
        let row = |row: TruthRow| {
            let fact = row.fact;
            let spend = format!("{:.2}", rust_decimal::Decimal::new(fact.spend_cents, 2));
            vec![row.date.to_string(), spend, fact.impressions.to_string(), fact.clicks.to_string()]
        };
        let true_days = self.scene.truth_between(Level::Account, today - Days::new(28), today - Days::new(1));
        let counts = |row: &Vec<String>| {
            (row[0].clone(), row[1].parse::<rust_decimal::Decimal>().unwrap(), row[2].clone(), row[3].clone())
        };
        let held: BTreeSet<_> = held.iter().map(counts).collect();
        let is_wrong = |row: &Vec<String>| {
            let is_empty = row[1] == "0.00" && row[2] == "0" && row[3] == "0";
            !is_empty && !held.contains(&counts(row))
        };
        true_days.into_iter().map(row).filter(is_wrong).map(|row| row[0].clone()).collect()
    }

    async fn drifting(&self) -> BTreeSet<String> {
        let sql = "select date from sync_coverage where report = 'adset' and status = 'drift'";
        self.scene.db.query_text(sql).await.into_iter().flatten().collect()
    }

    async fn unsettled(&self) -> Vec<Vec<String>> {
        let sql = "select report, date, status, rows, spend, control_spend, impressions, control_impressions
            from sync_coverage where status not in ('settled', 'not_additive')";
        self.scene.db.query_text(sql).await
    }

    async fn told(&self) -> Vec<Vec<String>> {
        let sql = "select w->>'message', w->>'count' from
            (select warnings from sync_runs order by started_at desc, id desc limit 1) r, jsonb_array_elements(r.warnings) w
            where w->>'code' = 'drift' and w->>'message' like '%adset_insights%'";
        self.scene.db.query_text(sql).await
    }
}

fn dropped(rows: usize) -> Fault {
    Fault::DropRows { from: 0, rows }
}

fn altered(row: Option<usize>) -> Fault {
    Fault::SetField { field: "spend".to_owned(), json: "\"77777.25\"".to_owned(), row }
}

#[tokio::test]
async fn a_page_that_was_wrong_once_leaves_no_trace() {
    for (seed, fault) in [(31, dropped(3)), (32, altered(Some(4))), (33, dropped(1_000)), (34, altered(None))] {
        let mut world = Damaged::of(seed).await;
        world.arm(fault.clone(), Some(1));
        world.sync().await;
        assert_eq!(world.scene.sim.faults().fired(), 1);
        let context = format!("seed {seed}, {fault:?}");
        assert_eq!(world.wrong_days().await, BTreeSet::new(), "{context}");
        assert!(world.drifting().await.is_empty() && world.told().await.is_empty(), "{context}");
        // Today is judged by nobody yet: the next sync reads it in any case.
        world.sync().await;
        world.assert_whole(&context).await;
    }
}

#[tokio::test]
async fn a_page_that_stays_wrong_is_told_day_by_day_and_mended_when_meta_is() {
    for (seed, fault) in [
        (41, dropped(1)),
        (42, altered(Some(0))),
        (43, dropped(2)),
        (44, altered(None)),
        (45, dropped(1)),
        (46, dropped(1)),
        (47, dropped(4)),
    ] {
        let context = format!("seed {seed}, {fault:?}");
        let mut world = Damaged::of(seed).await;
        world.arm(fault.clone(), None);
        world.sync().await;
        let wrong = world.wrong_days().await;
        assert!(!wrong.is_empty(), "{context}");
        assert_eq!(
            world.drifting().await,
            wrong,
            "{context}: every day that is wrong says so, and no other: {:?}",
            world.unsettled().await
        );
        let told = world.told().await;
        let first: &String = wrong.first().unwrap();
        assert!(told.len() == 1 && told[0][1] == wrong.len().to_string(), "{context}: {told:?}");
        assert!(told[0][0].contains(first.as_str()), "{context}: {told:?}");
        let first: NaiveDate = first.parse().unwrap();
        assert!(first < world.scene.today());

        world.scene.sim.faults().clear();
        world.sync().await;
        world.assert_whole(&context).await;
        assert!(world.told().await.is_empty(), "{context}");
    }
}
