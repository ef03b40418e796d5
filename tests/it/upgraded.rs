//! A database as the first schema left it, with rows of its time, meets the adsync of today.

use crate::migrations::schema;
use crate::support::database::Database;
use crate::support::scene::{DIGITS, Scene};

/// What the first adsync made of two days of the simulator's small world, as `pg_dump --inserts` tells it.
const FIRST: &str = include_str!("../data/first_schema.sql");

/// Tables of that time, each with what its rows are called by.
const TABLES: [(&str, &str); 8] = [
    ("ad_accounts", "id"),
    ("campaigns", "id"),
    ("adsets", "id"),
    ("adset_insights", "adset_id, date"),
    ("account_insights", "account_id, date"),
    ("sync_runs", "id"),
    ("sync_run_steps", "run_id, account_id, step"),
    ("sync_coverage", "account_id, report, date"),
];

/// The rows of a table, by the columns that it had at the time.
async fn rows(scene: &Scene, table: &str, key: &str, columns: &str) -> Vec<Vec<String>> {
    scene.db.query_text(&format!("select {columns} from {table} order by {key}")).await
}

async fn columns(scene: &Scene, table: &str) -> String {
    let sql = format!(
        "select string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns
         where table_schema = 'public' and table_name = '{table}'"
    );
    scene.value(&sql).await
}

#[tokio::test]
async fn a_database_of_the_first_schema_is_brought_up_to_date_with_its_rows_and_worked_on() {
    let (scene, fresh) = (Scene::small().await, Scene::small().await);
    let by_script = Database::create().await;
    for db in [&scene.db, &by_script] {
        db.execute(FIRST).await;
    }
    let mut before = Vec::new();
    for (table, key) in TABLES {
        let columns = columns(&scene, table).await;
        let rows = rows(&scene, table, key, &columns).await;
        assert!(!rows.is_empty(), "{table} has rows of its time");
        before.push((table, key, columns, rows));
    }

    let refused = scene.adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert!(refused.code() == 1 && refused.stderr.contains("run `adsync migrate`"), "{refused:?}");
    let printed = scene.adsync(&["migrate", "--print-sql"]).run().await;
    let migrated = scene.adsync(&["migrate"]).run().await;
    assert_eq!(migrated.code(), 0, "{migrated:?}");
    for (table, key, columns, before) in &before {
        assert_eq!(rows(&scene, table, key, columns).await, *before, "{table}");
    }
    assert_eq!(fresh.adsync(&["migrate"]).run().await.code(), 0);
    // But for how full the pages of its tables are: they keep what they were made with.
    let new = schema(&fresh.db, "public").await;
    assert_eq!(schema(&scene.db, "public").await, new, "the schema is that of a new database");
    by_script.execute(&printed.stdout).await;
    assert_eq!(schema(&by_script, "public").await, new, "what is printed does the same");

    scene.sync().await;
    // This world knows nothing of June, and says so when it is asked about all that was ever read.
    scene.assert_true().await;
    let sql = format!("select count(*) from adsets where account_id = '{DIGITS}'");
    assert_eq!(scene.value(&sql).await, "36", "objects are the same ones");
    let runs = scene.adsync(&["runs", "--json"]).run().await;
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2, "{runs}");
}
