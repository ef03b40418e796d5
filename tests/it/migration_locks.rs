//! Changes of tables that people read meanwhile: nobody waits for long, and nothing reads a whole table while others wait.

use crate::support::scene::Scene;

const ADSETS: &str = "create table adsets (id text not null, name text);
     insert into adsets select 'of the app ' || n, 'x' from generate_series(1, 1000) n";

#[tokio::test]
async fn who_waits_for_a_table_does_not_keep_its_readers_waiting() {
    let scene = Scene::small().await;
    scene.db.execute(ADSETS).await;
    let mut reading = scene.db.pool().begin().await.unwrap();
    sqlx::raw_sql("select count(*) from adsets").execute(&mut *reading).await.unwrap();
    let mut migrating = scene.adsync(&["migrate"]).env("ADSYNC__DATABASE__ADOPT", "adsets").start();
    let waits =
        "select 1 from pg_locks where not granted and relation = 'adsets'::regclass and mode = 'AccessExclusiveLock'
                   and database = (select oid from pg_database where datname = current_database())";
    scene.db.rows_of(waits).await;
    // A second reader queues behind it, and gets on while the first one still reads, within the patience that Supabase
    // gives to people who are signed in.
    let mut second = scene.db.pool().begin().await.unwrap();
    let patient = "set local statement_timeout = '8s'; select count(*) from adsets";
    sqlx::raw_sql(patient).execute(&mut *second).await.unwrap();
    second.rollback().await.unwrap();
    migrating.line_with("another transaction is in the way of a change of the schema").await;
    reading.rollback().await.unwrap();
    let finished = migrating.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(*) from adsets where account_id is null").await, "1000");
}

#[tokio::test]
async fn an_index_of_a_table_that_is_there_is_made_when_no_reader_has_to_wait_for_it() {
    let scene = Scene::small().await;
    scene.db.execute(ADSETS).await;
    let printed = scene.adsync(&["migrate", "--print-sql"]).env("ADSYNC__DATABASE__ADOPT", "adsets").run().await;
    let transactions: Vec<&str> = printed.stdout.split("begin;\n").filter(|text| text.contains("\"adsets\"")).collect();
    let with = |what: &str| transactions.iter().filter(|text| text.contains(what)).copied().collect::<Vec<_>>();
    let altering = with("alter table \"public\".\"adsets\" add column");
    assert_eq!(altering.len(), 1, "{}", printed.stdout);
    assert!(!altering[0].contains("index") && altering[0].matches("alter table").count() == 1, "{}", altering[0]);
    let indexing = with("index on \"public\".\"adsets\"");
    assert_eq!(indexing.len(), 2, "{}", printed.stdout);
    assert!(indexing.iter().all(|text| !text.contains("alter table")), "{indexing:?}");
    // The key takes a lock that readers wait for, for a word in the catalog: the index is there already.
    let key = with("primary key using index");
    assert_eq!(key.len(), 1, "{}", printed.stdout);
    assert_eq!(scene.adsync(&["migrate"]).env("ADSYNC__DATABASE__ADOPT", "adsets").run().await.code(), 0);
    let keyed = "select indisprimary, indisvalid from pg_index where indrelid = 'adsets'::regclass and indisunique";
    assert_eq!(scene.db.query_text(keyed).await, [["t", "t"]]);
}

#[tokio::test]
async fn a_migration_that_was_killed_half_way_is_continued() {
    let scene = Scene::small().await;
    scene.db.execute(ADSETS).await;
    let mut reading = scene.db.pool().begin().await.unwrap();
    sqlx::raw_sql("select count(*) from adsets").execute(&mut *reading).await.unwrap();
    let adsync = |arguments: &[&str]| scene.adsync(arguments).env("ADSYNC__DATABASE__ADOPT", "adsets");
    let mut migrating = adsync(&["migrate"]).start();
    migrating.line_with("another transaction is in the way").await;
    migrating.signal(rustix::process::Signal::KILL);
    migrating.finish().await;
    reading.rollback().await.unwrap();
    let checking = adsync(&["sync"]).env("ADSYNC__DATABASE__MIGRATE", "check").run().await;
    assert!(checking.code() != 0 && checking.stderr.contains("adsync migrate"), "{checking:?}");
    assert_eq!(adsync(&["sync"]).run().await.code(), 0);
    assert_eq!(scene.insights().await, scene.true_insights());
    assert!(adsync(&["migrate"]).run().await.stdout.contains("nothing to do"));
}

#[tokio::test]
async fn one_that_changes_the_schema_is_waited_for_by_all_others() {
    let scene = Scene::small().await;
    let mut changing = scene.db.pool().begin().await.unwrap();
    let lock = "select pg_advisory_xact_lock(hashtextextended('adsync:public', 0))";
    sqlx::raw_sql(lock).execute(&mut *changing).await.unwrap();
    let mut migrating = scene.adsync(&["migrate"]).start();
    migrating.line_with("another adsync changes the schema at this moment").await;
    changing.rollback().await.unwrap();
    let finished = migrating.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[tokio::test]
async fn an_index_that_is_made_stays_while_a_reader_keeps_it_from_becoming_the_key() {
    let scene = Scene::small().await;
    scene.db.execute(ADSETS).await;
    let adsync = || scene.adsync(&["migrate"]).env("ADSYNC__DATABASE__ADOPT", "adsets");
    assert_eq!(adsync().run().await.code(), 0);
    // As after a first step, before the second one.
    let half = "alter table adsets drop constraint adsets_adsync_key;
                create unique index adsets_adsync_key on adsets (id)";
    scene.db.execute(half).await;
    let index = "select indexrelid, indisprimary from pg_index where indexrelid = 'adsets_adsync_key'::regclass";
    let before = scene.db.query_text(index).await;
    let mut reading = scene.db.pool().begin().await.unwrap();
    sqlx::raw_sql("select count(*) from adsets").execute(&mut *reading).await.unwrap();
    let mut migrating = adsync().start();
    migrating.line_with("another transaction is in the way of a change of the schema").await;
    reading.rollback().await.unwrap();
    assert_eq!(migrating.finish().await.code(), 0);
    let after = scene.db.query_text(index).await;
    assert_eq!((&after[0][0], after[0][1].as_str()), (&before[0][0], "t"), "the same index, and it is the key now");
}
