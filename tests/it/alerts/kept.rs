//! Who ends an alert: whoever keeps its account, or anybody once nobody does; and how long a run may hold one back.

use adsync::store::alerts::{self, Alert};
use adsync::store::migrate::prepare;
use adsync::store::{Db, freshness, tellings};
use chrono::{TimeDelta, Utc};

use crate::support::database::Database;

async fn store() -> (Database, Db) {
    let database = Database::create().await;
    let settings = database.settings();
    let db = Db::connect(&settings).await.unwrap();
    prepare(&db, &settings, &[]).await.unwrap();
    (database, db)
}

fn stale(account: &str) -> Alert {
    Alert {
        dedupe_id: format!("stale:{account}@adsync"),
        kind: "stale",
        instance: "adsync".to_owned(),
        account_id: Some(account.to_owned()),
        ..Alert::default()
    }
}

#[tokio::test]
async fn an_alert_of_an_account_ends_by_who_keeps_the_account_or_an_hour_after_nobody_does() {
    let (database, db) = store().await;
    let now = Utc::now();
    let open = || database.query_text("select account_id from sync_alerts where resolved_at is null order by 1");
    let keep = async |accounts: &[&str], found: &[Alert]| {
        let accounts: Vec<String> = accounts.iter().map(|account| (*account).to_owned()).collect();
        alerts::keep(&db, "adsync", &["stale"], &accounts, found, now).await.unwrap();
        if !accounts.is_empty() {
            alerts::forget_others(&db, "adsync", &accounts, &[], now).await.unwrap();
            alerts::keep_in_sight(&db, "adsync", &accounts).await.unwrap();
        }
    };
    alerts::raise(&db, &[stale("1"), stale("2")], now).await.unwrap();
    alerts::keep_in_sight(&db, "adsync", &["2".to_owned()]).await.unwrap();
    keep(&[], &[]).await;
    assert_eq!(open().await, [["1"], ["2"]], "a daemon that starts while Meta hangs knows of no account");
    for _ in 0..2 {
        keep(&["1"], &[stale("1")]).await;
        keep(&["2"], &[stale("2")]).await;
    }
    assert_eq!(open().await, [["1"], ["2"]], "two replicas with other accounts");
    database.execute("update sync_alerts set seen_at = now() - interval '61 minutes'").await;
    keep(&["1"], &[stale("1")]).await;
    assert_eq!(open().await, [["1"]], "nobody keeps the other any more");
    keep(&["1"], &[]).await;
    assert!(open().await.is_empty());
}

#[tokio::test]
async fn a_process_that_dies_soon_after_each_start_holds_no_alert_back_for_ever() {
    let (database, db) = store().await;
    let run = async |status: &str, ago: &str| {
        let sql = format!(
            "insert into sync_runs (id, instance, trigger, status, accounts, started_at)
             values (gen_random_uuid(), 'adsync', 'cron', '{status}', '{{1}}', now() - interval '{ago}')"
        );
        database.execute(&sql).await;
    };
    let since = Utc::now() - TimeDelta::hours(26);
    let is_being_read = async || freshness::stale(&db, &["1".to_owned()], since).await.unwrap().remove(0).is_being_read;
    run("failed", "30 hours").await;
    assert!(!is_being_read().await);
    run("running", "1 minute").await;
    assert!(is_being_read().await, "it may mend it");
    run("abandoned", "20 minutes").await;
    assert!(is_being_read().await);
    run("abandoned", "10 minutes").await;
    assert!(!is_being_read().await);
}

#[tokio::test]
async fn an_absence_that_is_told_past_the_database_is_over_at_once_however_often_it_returns() {
    let (_database, db) = store().await;
    let told_as = "database_unavailable@adsync".to_owned();
    let away = Alert {
        dedupe_id: told_as.clone(),
        kind: "database_unavailable",
        instance: "adsync".to_owned(),
        ..Alert::default()
    };
    for _ in 0..4 {
        alerts::raise(&db, std::slice::from_ref(&away), Utc::now()).await.unwrap();
        tellings::told_past(&db, "adsync", &told_as).await.unwrap();
        alerts::resolve(&db, std::slice::from_ref(&told_as), Utc::now()).await.unwrap();
        let telling = tellings::claim(&db, "adsync", &[]).await.unwrap().expect("its end is to be told");
        assert!(telling.is_over && telling.alerts[0].comebacks < 2, "{telling:?}");
        tellings::arrived(&db, &telling).await.unwrap();
    }
}
