//! Pages of Meta that lack rows or hold a wrong figure, without any sign of it: Meta's own totals give them away.

use std::collections::BTreeSet;

use adsync::sync::{Engine, Window};
use chrono::{Days, NaiveDate};
use graph_sim::{Fault, Level, Rule, TruthRow, When, World, WorldSpec};

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

/// Everything that a report's table holds, but when it was written.
async fn rows_of(scene: &Scene, report: &str) -> Vec<Vec<String>> {
    let sql = format!("select to_jsonb(r) - 'last_synced' from {report}_insights r order by 1");
    scene.db.query_text(&sql).await
}

/// The status of every day or longer period of a report, oldest first.
async fn statuses(scene: &Scene, report: &str) -> Vec<String> {
    let sql = format!("select coalesce(status, 'none') from sync_coverage where report = '{report}' order by date");
    scene.db.query_text(&sql).await.concat()
}

/// What may be wrong with one row of a page.
fn wrongs(row: usize) -> [Fault; 5] {
    let set =
        |field: &str, json: &str| Fault::SetField { field: field.to_owned(), json: json.to_owned(), row: Some(row) };
    [
        Fault::DropRows { from: row, rows: 1 },
        set("spend", "\"77777.25\""),
        set("impressions", "\"3\""),
        set("clicks", "\"70000\""),
        Fault::RepeatRow { row },
    ]
}

#[tokio::test]
async fn a_row_that_is_lost_altered_or_doubled_is_seen_on_any_page_at_any_place() {
    const PAGE: usize = 40;
    let scene = Scene::of(WorldSpec::small().objects(3, 12, 1).days(20).statuses(100, 100, 100).build()).await;
    // One question after the other, so that its pages can be told.
    let engine = scene.engine(&[("ADSYNC__META__PAGE_SIZE", "40"), ("ADSYNC__META__MAX_CONCURRENCY", "1")]).await;
    scene.sync_at(&engine, Window::Lookback(LOOKBACK)).await;
    let truth = rows_of(&scene, "adset").await;
    // Meta lists them in this order.
    let rows = scene.truth(Level::Adset);
    let pages = rows.len().div_ceil(PAGE);
    assert!(pages >= 4 && truth.len() == rows.len(), "{} rows", rows.len());
    let (mut seen, mut unseen) = (0, 0);
    for page in [0, pages / 2, pages - 1] {
        let length = (rows.len() - page * PAGE).min(PAGE);
        for place in [0, length / 2, length - 1] {
            for fault in wrongs(place) {
                let context = format!("page {page}, place {place}, {fault:?}");
                let wrong = &rows[page * PAGE + place];
                let skip = u64::try_from(page).unwrap();
                let when = When { path: Some(ADSET_ROWS.to_owned()), skip, times: Some(1), ..When::default() };
                scene.sim.faults().clear();
                scene.sim.faults().add(Rule { fault: fault.clone(), when });
                scene.sim.record().clear();
                scene.sync_at(&engine, Window::Lookback(LOOKBACK)).await;
                assert_eq!(scene.sim.faults().fired(), 1, "{context}");
                let asked = scene.sim.calls_with(ADSET_ROWS).iter().filter(|call| !call.is_part).count();
                if matches!(fault, Fault::RepeatRow { .. }) {
                    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
                    assert_eq!(asked, pages, "{context}");
                } else if wrong.date < scene.today() {
                    assert!(asked > pages, "{context}: nothing was read again");
                    seen += 1;
                } else {
                    // Today moves, and is read again by the next run in any case.
                    scene.sync_at(&engine, Window::Lookback(LOOKBACK)).await;
                    unseen += 1;
                }
                assert!(rows_of(&scene, "adset").await == truth, "{context}");
                let statuses = statuses(&scene, "adset").await;
                let (moving, settled) = statuses.split_last().unwrap();
                assert!(
                    moving == "moving" && settled.iter().all(|status| status == "settled"),
                    "{context}: {statuses:?}"
                );
                assert_eq!(scene.last_run("warnings").await, ["[]"], "{context}");
            }
        }
    }
    assert!(seen >= 24, "{seen} of {} places were of days that are judged", seen + unseen);
}

#[tokio::test]
async fn a_page_of_totals_that_lies_alters_nothing() {
    let scene = Scene::of(WorldSpec::small().objects(3, 12, 1).days(20).build()).await;
    let engine = scene.engine(&[]).await;
    scene.sync_at(&engine, Window::Lookback(LOOKBACK)).await;
    let (truth, totals) = (rows_of(&scene, "adset").await, scene.true_totals());
    for place in [0, 9, 18] {
        for fault in wrongs(place) {
            let when = When { path: Some("level=account".to_owned()), times: Some(1), ..When::default() };
            scene.sim.faults().clear();
            scene.sim.faults().add(Rule { fault: fault.clone(), when });
            scene.sync_at(&engine, Window::Lookback(LOOKBACK)).await;
            assert_eq!(scene.sim.faults().fired(), 1);
            assert!(rows_of(&scene, "adset").await == truth, "{fault:?}");
            assert_eq!(scene.totals().await, totals, "{fault:?}");
            assert!(
                statuses(&scene, "adset").await.iter().rev().skip(1).all(|status| status == "settled"),
                "{fault:?}"
            );
        }
    }
}

/// Reports of breakdowns, weeks, months and windows: what their questions are told by.
const OTHERS: [(&str, &str); 4] = [
    ("people", "breakdowns=age"),
    ("week", "time_increment=7"),
    ("month", "time_increment=monthly"),
    ("window", "all_days"),
];

/// An account with two months behind it, and these reports of it.
async fn with_others() -> (Scene, Engine) {
    let scene = Scene::of(WorldSpec::small().objects(3, 12, 1).days(60).build()).await;
    let own = |name: &&(&str, &str)| {
        ["PEOPLE", "WEEK", "MONTH", "WINDOW"]
            .iter()
            .any(|report| name.0.starts_with(&format!("ADSYNC__REPORTS__{report}__")))
    };
    let variables: Vec<(&str, &str)> = VARIABLES.iter().filter(own).copied().collect();
    let engine = scene.engine(&variables).await;
    (scene, engine)
}

/// Days that are over: so is a window of them.
fn over(scene: &Scene) -> Window {
    Window::Dates { since: scene.days_ago(28), until: Some(scene.days_ago(1)) }
}

#[tokio::test]
async fn a_wrong_page_of_breakdowns_weeks_months_or_windows_leaves_no_trace() {
    let (scene, engine) = with_others().await;
    scene.sync_at(&engine, over(&scene)).await;
    for (report, question) in OTHERS {
        let truth = rows_of(&scene, report).await;
        assert!(truth.len() > 10, "{report} is not empty");
        for fault in wrongs(0) {
            let when = When { path: Some(question.to_owned()), times: Some(1), ..When::default() };
            scene.sim.faults().clear();
            scene.sim.faults().add(Rule { fault: fault.clone(), when });
            scene.sync_at(&engine, over(&scene)).await;
            assert_eq!(scene.sim.faults().fired(), 1, "{report}, {fault:?}");
            assert!(rows_of(&scene, report).await == truth, "{report}, {fault:?}");
            assert_eq!(scene.last_run("warnings").await, ["[]"], "{report}, {fault:?}");
        }
        let statuses = statuses(&scene, report).await;
        let is_right = |status: &String| status == "settled" || status == "moving";
        assert!(statuses[0] == "settled" && statuses.iter().all(is_right), "{report}: {statuses:?}");
    }
}

#[tokio::test]
async fn a_week_month_or_window_that_stays_wrong_is_told_once_read_again_and_mended_when_meta_is() {
    let (scene, engine) = with_others().await;
    // Of a report with many pages another row is hit each time, by however it is asked.
    for (report, question) in OTHERS.into_iter().filter(|(report, _)| *report != "people") {
        for fault in [altered(Some(0)), dropped(1)] {
            let context = format!("{report}, {fault:?}");
            let when = When { path: Some(question.to_owned()), ..When::default() };
            scene.sim.faults().clear();
            scene.sim.faults().add(Rule { fault, when });
            scene.sync_at(&engine, over(&scene)).await;
            assert_eq!(statuses(&scene, report).await[0], "drift", "{context}");
            let told = format!(
                "select w->>'message' from (select warnings from sync_runs order by started_at desc, id desc limit 1) r,
                 jsonb_array_elements(r.warnings) w where w->>'code' = 'drift' and w->>'message' like '% {report}_insights %'"
            );
            assert_eq!(scene.db.query_text(&told).await.len(), 1, "{context}");
            // What was judged is not asked about again.
            scene.sim.record().clear();
            scene.sync_at(&engine, over(&scene)).await;
            assert_eq!(scene.sim.calls_with("level=account").len(), 1, "{context}");
            assert_eq!(scene.db.query_text(&told).await.len(), 1, "{context}: the warning stays");

            scene.sim.faults().clear();
            scene.sync_at(&engine, over(&scene)).await;
            let statuses = statuses(&scene, report).await;
            assert!(statuses.iter().all(|status| status == "settled" || status == "moving"), "{context}: {statuses:?}");
            assert_eq!(scene.last_run("warnings").await, ["[]"], "{context}");
        }
    }
}
