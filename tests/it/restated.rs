//! A second look back over the same days writes what changed and nothing else: proven by every row's version in every table.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use graph_sim::dice::Dice;
use graph_sim::{Change, Level, TruthRow};

use crate::support::reference::LOOKBACK;
use crate::support::reference::reports::{REPORTS, TOTALS, VARIABLES};
use crate::support::scene::{DIGITS, Scene, spec};

/// What a row is until somebody touches it: its place, who wrote it, who locked it.
type Versions = BTreeMap<String, BTreeSet<String>>;

/// Every row of every table.
async fn versions(scene: &Scene) -> Versions {
    let tables = scene.db.query_text("select tablename from pg_tables where schemaname = 'public'").await.concat();
    let mut all = Versions::new();
    for table in tables {
        let sql = format!("select ctid || ' ' || xmin || ' ' || xmax from {table}");
        all.insert(table, scene.db.query_text(&sql).await.into_iter().flatten().collect());
    }
    all
}

/// How many rows of each table are not as they were, new ones included; tables without any are left out.
fn written(before: &Versions, after: &Versions) -> BTreeMap<String, usize> {
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let counts = after.iter().map(|(table, rows)| (table.clone(), rows.difference(&before[table]).count()));
    counts.filter(|(_, count)| *count > 0).collect()
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(table, count)| (table.to_owned(), count)).collect()
}

/// An account with forty days behind it, so that the window is full; two syncs see the same today.
async fn scene() -> Scene {
    Scene::of(spec().objects(4, 20, 1).days(40).statuses(150, 100, 100).build()).await
}

/// `adsync sync` with these variables.
async fn sync(scene: &Scene, variables: &[(&str, &str)]) {
    let sync = variables.iter().fold(scene.adsync(&["sync"]), |sync, (name, value)| sync.env(name, value));
    let finished = sync.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

/// The true rows of the window by object and day.
fn truth(scene: &Scene, level: Level) -> BTreeMap<(Option<String>, String), TruthRow> {
    let rows = scene.truth(level).into_iter();
    rows.map(|row| ((row.adset_id.clone().or(row.campaign_id.clone()), row.date.to_string()), row)).collect()
}

/// The objects and days whose rows are not as they were.
fn changed(
    before: &BTreeMap<(Option<String>, String), TruthRow>,
    scene: &Scene,
    level: Level,
) -> BTreeSet<Vec<String>> {
    let after = truth(scene, level);
    assert!(before.keys().eq(after.keys()), "rows came or went");
    let differing = after.into_iter().filter(|(key, row)| before[key] != *row);
    differing.map(|((id, day), _)| [id.unwrap_or_else(|| DIGITS.to_owned()), day].to_vec()).collect()
}

#[tokio::test]
async fn a_second_look_back_over_unchanged_days_touches_no_row_of_data() {
    let scene = scene().await;
    let variables = [&VARIABLES[..], &[("ADSYNC__META__FULL_LISTING_EVERY", "24h")]].concat();
    sync(&scene, &variables).await;
    let before = versions(&scene).await;
    let size = |table: &str| before[table].len();
    assert!(size("adset_insights") > 350 && size("people_insights") > 5_000, "the world is not empty");
    sync(&scene, &variables).await;
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
    let mut written = written(&before, &versions(&scene).await);
    // The book of what was read when: a day of a daily report, a week, a month, a window.
    let since = scene.today() - Days::new(u64::from(LOOKBACK));
    let of_reports = REPORTS.iter().filter(|report| report.table != TOTALS);
    let periods: usize = of_reports.map(|report| report.spans(since, scene.today()).len()).sum();
    assert_eq!(written.remove("sync_coverage"), Some(periods));
    // Who asked for the window, and when.
    assert_eq!(written.remove("sync_windows"), Some(1));
    // The run itself: its row, its steps; its lease, given back; what Meta's allowance came to.
    assert_eq!(written.remove("sync_runs"), Some(1));
    let steps: usize = scene.value("select count(*) from sync_run_steps").await.parse().unwrap();
    assert_eq!(written.remove("sync_run_steps"), Some(steps / 2));
    // Whose turn it is to look at the token today: a lock.
    assert_eq!(written.remove("sync_listings"), Some(1));
    let own_state = ["sync_budgets", "sync_leases", "sync_sizes"];
    written.retain(|table, _| !own_state.contains(&table.as_str()));
    assert_eq!(written, BTreeMap::new(), "a table of data, or one that only changes with it, was written");
}

#[tokio::test]
async fn of_a_tenth_restated_exactly_these_rows_are_written() {
    let scene = scene().await;
    let variables = [("ADSYNC__REPORTS__CAMPAIGN__LEVEL", "campaign")];
    sync(&scene, &variables).await;
    let (adsets, campaigns, totals) =
        (truth(&scene, Level::Adset), truth(&scene, Level::Campaign), truth(&scene, Level::Account));
    let mut dice = Dice::new(&[3, 10]);
    for (id, day) in adsets.keys().filter(|_| dice.chance(100)) {
        let day = day.parse().unwrap();
        scene.change(Change::Restate { id: id.clone().unwrap(), since: day, until: day });
    }
    let restated = changed(&adsets, &scene, Level::Adset);
    let share = 1000 * restated.len() / adsets.len();
    assert!((60..140).contains(&share), "{share} in a thousand rows were restated");

    let before = versions(&scene).await;
    scene.db.execute("create table marks as select adset_id, date, xmin::text as version from adset_insights").await;
    sync(&scene, &variables).await;

    let sql = "select a.adset_id, a.date from adset_insights a left join marks m using (adset_id, date)
        where m.version is distinct from a.xmin::text";
    let touched: BTreeSet<Vec<String>> = scene.db.query_text(sql).await.into_iter().collect();
    assert_eq!(touched, restated, "the rows that were written are those that Meta restated");
    let step = |name: &str| {
        format!(
            "select rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted from sync_run_steps
             where step = '{name}' order by started_at desc limit 1"
        )
    };
    let told = |all: usize, updated: usize| [all, 0, updated, all - updated, 0].map(|count| count.to_string()).to_vec();
    let of_campaigns = changed(&campaigns, &scene, Level::Campaign).len();
    assert_eq!(scene.db.query_text(&step("insights:adset")).await, [told(adsets.len(), restated.len())]);
    assert_eq!(scene.db.query_text(&step("insights:campaign")).await, [told(campaigns.len(), of_campaigns)]);

    scene.db.execute("drop table marks").await;
    let mut after = written(&before, &versions(&scene).await);
    after.retain(|table, _| !table.starts_with("sync_"));
    let of_account = changed(&totals, &scene, Level::Account).len();
    // The sums of the last days follow.
    let summed = |level: Level| -> BTreeSet<String> {
        let since = scene.days_ago(7).to_string();
        let changed = if level == Level::Adset { restated.clone() } else { changed(&campaigns, &scene, level) };
        changed.into_iter().filter(|row| row[1] >= since).map(|row| row[0].clone()).collect()
    };
    let expected = counts([
        ("account_insights", of_account),
        ("adset_insights", restated.len()),
        ("adsets", summed(Level::Adset).len()),
        ("campaign_insights", of_campaigns),
        ("campaigns", summed(Level::Campaign).len()),
    ]);
    assert_eq!(after, expected);
    scene.assert_true().await;
    assert_eq!(scene.value("select count(*) from sync_coverage where status = 'drift'").await, "0");
}
