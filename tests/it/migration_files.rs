//! The script as a file for the migrations folder of Supabase's CLI.

use std::fs;
use std::path::{Path, PathBuf};

use crate::migrations::schema;
use crate::support::binary::{Binary, Finished};
use crate::support::database::Database;
use crate::support::supabase::asking;

fn printing(db: &Database, output: &Path) -> Binary {
    let output = output.to_str().unwrap();
    Binary::adsync(&["migrate", "--print-sql", "--output", output]).env("DATABASE_URL", db.url())
}

fn sql_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn succeeded(finished: &Finished) {
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[tokio::test]
async fn each_migration_is_a_file_under_the_next_name_and_all_of_them_make_the_schema() {
    let (db, folder) = (Database::create().await, tempfile::tempdir().unwrap());
    fs::write(folder.path().join("20991231235958_of_the_app.sql"), "create table adsets (id text primary key);")
        .unwrap();
    db.execute("create table adsets (id text primary key)").await;
    let adopting = || printing(&db, folder.path()).env("ADSYNC__DATABASE__ADOPT", "adsets");
    let finished = adopting().run().await;
    succeeded(&finished);
    let files = sql_in(folder.path());
    let name = files[1].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("20991231235959_adsync_0"), "{name}");
    assert!(finished.stdout.contains(name) && finished.stdout.ends_with("written\n"), "{finished:?}");
    assert!(finished.stderr.contains("ADSYNC_MIGRATE_DATABASE_URL is not set"), "it grants nothing: {finished:?}");
    let by_owner = Binary::adsync(&["migrate", "--print-sql"]).env("DATABASE_URL", db.url());
    let by_owner =
        by_owner.env("ADSYNC_MIGRATE_DATABASE_URL", db.url()).env("ADSYNC__DATABASE__ADOPT", "adsets").run().await;
    assert!(by_owner.code() == 0 && by_owner.stderr.is_empty(), "{by_owner:?}");
    let text = fs::read_to_string(&files[1]).unwrap();
    let printed = Binary::adsync(&["migrate", "--print-sql"]).env("DATABASE_URL", db.url());
    let printed = printed.env("ADSYNC__DATABASE__ADOPT", "adsets").run().await;
    assert_eq!(printed.stdout, text, "the file is what is printed");

    let again = adopting().run().await;
    succeeded(&again);
    assert!(again.stdout.contains("has it already") && sql_in(folder.path()).len() == 2, "{again:?}");
    let toml = "[reports.creative]\nlevel = \"ad\"\n";
    let early = adopting().config("default.toml", toml).run().await;
    assert_eq!(early.code(), 2, "{early:?}");
    assert!(early.stderr.contains(name) && early.stderr.contains("is not applied yet"), "{early:?}");

    db.execute(&text).await;
    let nothing = adopting().run().await;
    succeeded(&nothing);
    assert!(nothing.stdout.starts_with("nothing to do"), "{nothing:?}");
    succeeded(&adopting().config("default.toml", toml).run().await);
    let files = sql_in(folder.path());
    assert_eq!(files.len(), 3);
    assert!(files[2].file_name().unwrap().to_str().unwrap().starts_with("21000101000000_adsync_0"), "{files:?}");

    // As `supabase db reset` does: all of them, in the order of their names, into an empty database.
    let replayed = Database::create().await;
    for file in files {
        replayed.execute(&fs::read_to_string(file).unwrap()).await;
    }
    let check = Binary::adsync(&["migrate", "--print-sql"]).env("DATABASE_URL", replayed.url());
    let check = check.config("default.toml", toml).env("ADSYNC__DATABASE__ADOPT", "adsets").run().await;
    assert!(check.stdout.starts_with("-- nothing to do"), "{}", check.stdout);
}

#[tokio::test]
async fn a_file_that_is_named_is_written_once_and_never_over_another() {
    let (db, folder) = (Database::create().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("adsync.sql");
    succeeded(&printing(&db, &file).run().await);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("-- adsync ") && text.contains("create table \"public\".\"sync_runs\""));
    succeeded(&printing(&db, &file).run().await);
    fs::write(&file, "mine").unwrap();
    for (output, says) in
        [(file.clone(), "exists with another content"), (folder.path().join("none/x.sql"), "not found")]
    {
        let finished = printing(&db, &output).run().await;
        assert_eq!((finished.code(), finished.stderr.lines().count()), (2, 1), "{finished:?}");
        assert!(finished.stderr.contains(says), "{finished:?}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let finished = Binary::adsync(&["migrate", "--output", "x.sql"]).env("DATABASE_URL", db.url()).run().await;
    assert_eq!(finished.code(), 2, "without --print-sql it would mean nothing: {finished:?}");
}

/// A transaction that reads a table, and so is in the way of whoever changes it.
async fn reading(db: &Database, table: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut reading = db.pool().begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("select count(*) from {table}"))).execute(&mut *reading).await.unwrap();
    reading
}

#[tokio::test]
async fn a_file_that_a_busy_table_stopped_half_way_is_removed_and_printed_again_as_it_says() {
    let (db, undisturbed) = (Database::create().await, Database::create().await);
    let folder = tempfile::tempdir().unwrap();
    let print = async |toml: &str| {
        let printed = printing(&db, folder.path()).config("default.toml", toml);
        printed.env("ADSYNC__DATABASE__ADOPT", "adsets,campaigns").run().await
    };
    for db in [&db, &undisturbed] {
        db.execute("create table adsets (id text primary key); create table campaigns (id text primary key)").await;
    }
    // Of a schema that is new to adsync, and of one where only columns come to tables that it knows: there nothing but the
    // tables tells how far the file came.
    let new_metric = "[metrics.contacts]\nsum = [\"contact_total\"]\n";
    for toml in ["", new_metric] {
        succeeded(&print(toml).await);
        let file = sql_in(folder.path()).pop().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let head = text.split("begin;").next().unwrap();
        assert!(head.contains("remove this file, print it again"), "{head}");
        undisturbed.execute(&text).await;

        let (before, _) = text.rsplit_once("\" add column").expect("a table that is there gets columns");
        let (_, busy) = before.rsplit_once('"').unwrap();
        let reader = reading(&db, busy).await;
        let stopped = asking(db.direct_url(), &text).await.unwrap_err();
        assert!(stopped.contains("lock timeout"), "{stopped}");
        reader.rollback().await.unwrap();
        let half = schema(&db, "public").await;
        let again = asking(db.direct_url(), &text).await.unwrap_err();
        assert!(again.contains("already exists"), "{again}");
        assert_eq!(schema(&db, "public").await, half);
        if !toml.is_empty() {
            let refused = print(toml).await;
            assert!(refused.code() == 2 && refused.stderr.contains("stopped half way, remove it"), "{refused:?}");
        }
        fs::remove_file(&file).unwrap();
        succeeded(&print(toml).await);
        let rest = fs::read_to_string(sql_in(folder.path()).pop().unwrap()).unwrap();
        asking(db.direct_url(), &rest).await.unwrap();
        assert_eq!(schema(&db, "public").await, schema(&undisturbed, "public").await);
        assert!(print(toml).await.stdout.starts_with("nothing to do"));
    }
}
