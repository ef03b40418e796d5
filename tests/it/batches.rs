//! Batches of rows: what is new, what differs and what is there as it is, counted exactly, whatever was expected of them.

use std::slice;

use adsync::meta::page::Page;
use adsync::rows::insights::Insights;
use adsync::rows::report::{Conversions, Days, Increment, Level, Report};
use adsync::rows::value::Warnings;
use adsync::store::{Counts, Db, TouchLastSynced, Upsert, migrate};
use adsync::sync::tables::definitions;
use chrono::NaiveDate;

use crate::support::database::Database;

/// The day of every row here.
const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();

/// What a row of the crowd says: with 600 of them a batch is larger than two messages.
const CROWD: &str = r#""clicks":"5","campaign_name":"as long as names are in accounts whose people call things by all that they are about: city, audience, format, version, week and whoever made them, one behind the other, until nobody can read them any more, which is what happens to names; then it goes on for a while""#;
/// How many they are: none, or enough for a copy.
const CROWDS: [u32; 2] = [0, 600];

/// Notes the first word of every statement that came to its end.
const NOTED: &str = "create table words (word text);
    create function note() returns trigger language plpgsql as
      $$ begin insert into words values (split_part(current_query(), ' ', 1)); return null; end $$;
    create trigger noted after insert on adset_insights for each statement execute function note()";

/// A table of insights and the statements that write it.
struct Table {
    db: Db,
    insights: Insights,
    upsert: Upsert,
    /// Dropped last.
    database: Database,
}

impl Table {
    async fn create() -> Self {
        let report = Report {
            name: "adset".to_owned(),
            level: Level::Adset,
            breakdowns: Vec::new(),
            increment: Increment::Daily,
            attribution_windows: Vec::new(),
            extra_fields: Vec::new(),
            metrics: Vec::new(),
        };
        let tables = definitions(slice::from_ref(&report));
        let (database, insights) = (Database::create().await, Insights::new(report));
        let settings = database.settings();
        let db = Db::connect(&settings).await.unwrap();
        let types = migrate::prepare(&db, &settings, &tables).await.unwrap();
        let upsert = Upsert::new(&db, &insights.table, &types["adset_insights"], TouchLastSynced::OnChange);
        Self { db, insights, upsert, database }
    }

    /// Writes ad sets with what more each row says.
    async fn write(&self, upsert: &Upsert, rows: &[(u32, &str)]) -> Counts {
        let row = |(id, more): &(u32, &str)| format!("{{\"adset_id\":\"{id}\",\"date_start\":\"{DAY}\",{more}}}");
        let rows: Vec<String> = rows.iter().map(row).collect();
        let page = Page::decode(format!("{{\"data\":[{}]}}", rows.join(","))).unwrap();
        let (asked, account) = (Days { since: DAY, until: DAY }, "1".parse().unwrap());
        let conversions = Conversions { leads: Vec::new(), purchases: Vec::new() };
        let mut batch = self.insights.table.batch(rows.len());
        for row in page.iter() {
            let row = self.insights.row(&row, asked, &account, &conversions, &mut Warnings::default());
            batch.push(&row.unwrap().cells);
        }
        upsert.write(&self.db, &batch).await.unwrap()
    }

    /// The rows without the crowd.
    async fn held(&self) -> Vec<Vec<String>> {
        let sql = "select adset_id, clicks, reach from adset_insights where length(adset_id) = 1 order by adset_id";
        self.database.query_text(sql).await
    }
}

/// These rows and a crowd of so many others: few are inserted, many are copied, in several messages.
fn among<'a>(rows: &[(u32, &'a str)], crowd: u32) -> Vec<(u32, &'a str)> {
    let others = (1_000..1_000 + crowd).map(|id| (id, CROWD));
    let (before, after): (Vec<_>, Vec<_>) = others.partition(|(id, _)| id % 2 == 0);
    [before, rows.to_vec(), after].concat()
}

fn counts(inserted: u64, updated: u64, unchanged: u64) -> Counts {
    Counts { inserted, updated, unchanged, deleted: 0 }
}

#[tokio::test]
async fn rows_that_were_expected_to_be_new_and_are_not_are_compared_all_the_same() {
    for crowd in CROWDS {
        let table = Table::create().await;
        let (new, all) = (table.upsert.of_new_rows(), u64::from(crowd));
        let clicks = [(1, r#""clicks":"10""#), (2, r#""clicks":"20""#)];
        assert_eq!(table.write(&new, &among(&clicks, crowd)).await, counts(2 + all, 0, 0));
        let later = [(1, r#""clicks":"10""#), (2, r#""clicks":"21""#), (3, r#""clicks":"30""#)];
        assert_eq!(table.write(&new, &among(&later, crowd)).await, counts(1, 1, 1 + all));
        assert_eq!(table.write(&table.upsert, &among(&later, crowd)).await, counts(0, 0, 3 + all));
        assert_eq!(table.held().await, [["1", "10", "NULL"], ["2", "21", "NULL"], ["3", "30", "NULL"]]);
    }
}

#[tokio::test]
async fn new_rows_hold_what_they_said_and_when_they_were_written() {
    let said =
        r#""campaign_name":"a \"b\" 🦷","spend":"-0.04","clicks":"7","actions":[{"action_type":"lead","value":"2"}]"#;
    for crowd in CROWDS {
        let table = Table::create().await;
        table.database.execute(NOTED).await;
        let before = table.database.query_text("select clock_timestamp()").await;
        table.write(&table.upsert.of_new_rows(), &among(&[(1, said)], crowd)).await;
        let word = if crowd == 0 { "with" } else { "copy" };
        assert_eq!(table.database.query_text("select word from words").await, [[word]], "{crowd}");
        let sql = format!(
            "select date, campaign_name, spend, clicks, ctr, actions ->> 'lead',
               last_synced between '{}' and clock_timestamp()
             from adset_insights where adset_id = '1'",
            before[0][0]
        );
        let held = table.database.query_text(&sql).await;
        assert_eq!(held, [["2026-11-20", "a \"b\" 🦷", "-0.04", "7", "NULL", "2", "t"]]);
        let others = "select count(*), count(distinct adset_id), count(distinct last_synced), sum(clicks)
                      from adset_insights where adset_id <> '1'";
        let sum = if crowd == 0 { "NULL".to_owned() } else { (5 * crowd).to_string() };
        let (all, at_once) = (crowd.to_string(), u32::from(crowd > 0).to_string());
        assert_eq!(table.database.query_text(others).await, [[all.clone(), all, at_once, sum]]);
        let again = table.write(&table.upsert, &among(&[(1, said)], crowd)).await;
        assert_eq!(again, counts(0, 0, 1 + u64::from(crowd)));
    }
}

#[tokio::test]
async fn what_counts_people_stays_on_days_of_which_meta_no_longer_tells_it() {
    let table = Table::create().await;
    let told = [(1, r#""clicks":"1","reach":"100""#), (2, r#""clicks":"1","reach":"200""#)];
    table.write(&table.upsert.of_new_rows(), &told).await;
    let untold = [(1, r#""clicks":"1""#), (2, r#""clicks":"2""#)];
    let later = table.upsert.with_unique_metrics_since(DAY.succ_opt().unwrap());
    assert_eq!(table.write(&later, &untold).await, counts(0, 1, 1));
    assert_eq!(table.write(&later.of_new_rows(), &untold).await, counts(0, 0, 2));
    assert_eq!(table.held().await, [["1", "1", "100"], ["2", "2", "200"]]);
    let still_told = table.upsert.with_unique_metrics_since(DAY);
    assert_eq!(table.write(&still_told, &untold).await, counts(0, 2, 0));
    assert_eq!(table.held().await, [["1", "1", "NULL"], ["2", "2", "NULL"]]);
}
