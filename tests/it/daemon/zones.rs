//! A schedule in the accounts' own zones: each account has its own due times.

use chrono::{DateTime, Timelike, Utc};
use graph_sim::{ACCOUNT_ID, AccountSpec, WorldSpec};
use rustix::process::Signal;

use super::stage::Stage;

#[tokio::test]
async fn a_schedule_in_the_account_s_zone_falls_due_for_the_accounts_where_it_is_that_time() {
    // A quarter of an hour before and after the full hour: the same minute never comes to both within minutes.
    let zones = [chrono_tz::Asia::Kathmandu, chrono_tz::UTC];
    let spec =
        |(place, zone): (u64, chrono_tz::Tz)| AccountSpec { zone, ..AccountSpec::new(ACCOUNT_ID + place, "Here") };
    let accounts: Vec<_> = (0..).zip(zones).map(spec).collect();
    let stage = Stage::of(WorldSpec::small().accounts(accounts)).await;
    let now: DateTime<chrono_tz::Tz> = Utc::now().with_timezone(&zones[0]);
    let minutes: Vec<String> = (0..4).map(|later| ((now.minute() + later) % 60).to_string()).collect();
    let config = |zone: &str| {
        format!(
            "[schedules.recent]\ncron = \"* {} * * * *\"\ntimezone = \"{zone}\"\n[schedules.settled]\nenabled = false\n",
            minutes.join(",")
        )
    };
    let both = format!("{ACCOUNT_ID},{}", ACCOUNT_ID + 1);
    let done = "select 1 from sync_runs where status = 'succeeded' having count(*) >= 2";
    let daemon = stage.adsync(&["run"], &config("account")).env("ADSYNC__META__ACCOUNTS", &both).start();
    stage.db.rows_of(done).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    let accounts = "select distinct accounts::text from sync_runs";
    assert_eq!(stage.db.query_text(accounts).await, [[format!("{{{ACCOUNT_ID}}}")]]);

    // In one zone for all it falls due for both at once.
    stage.db.execute("delete from sync_runs; delete from sync_schedules").await;
    let daemon = stage.adsync(&["run"], &config("Asia/Kathmandu")).env("ADSYNC__META__ACCOUNTS", &both).start();
    stage.db.rows_of(done).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    assert_eq!(stage.db.query_text(accounts).await, [[format!("{{{ACCOUNT_ID},{}}}", ACCOUNT_ID + 1)]]);
}
