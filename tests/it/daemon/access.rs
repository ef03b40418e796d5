//! What the daemon does about its tokens: looks at them itself, keeps the accounts of each apart, tells what was lost.

use chrono::{TimeDelta, Utc};
use graph_sim::{AccountSpec, Clock, Fault, Rule, SettingsChange, Sim, When, WorldSpec};
use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};
use crate::support::tokens::ByToken;

#[tokio::test]
async fn the_daemon_looks_at_its_token_once_and_every_run_warns_of_its_end() {
    let stage = Stage::new().await;
    let end = (Utc::now() + TimeDelta::days(5) + TimeDelta::hours(1)).timestamp();
    stage.sim.set(SettingsChange { expires_at: Some(end), ..SettingsChange::default() });
    let mut daemon = stage.daemon(EVERY_SECOND);
    let told = daemon.line_with("a token needs attention").await;
    assert!(told.contains("ends in 5 days, on ") && told.contains("token_ends"), "{told}");
    let warned = "select 1 from sync_runs where trigger = 'cron' and warnings -> 0 ->> 'code' = 'token_ends'";
    stage.db.rows_of(warned).await;
    stage.answers("/metrics", 200, "adsync_token_days_left{token=\"META_ACCESS_TOKEN\"} 5").await;
    let command = stage.adsync(&["sync"], EVERY_SECOND).run().await;
    assert_eq!(command.code(), 0, "{command:?}");
    let manual = "select warnings -> 0 ->> 'code' from sync_runs where trigger = 'manual'";
    assert_eq!(stage.db.query_text(manual).await, [["token_ends"]]);
    assert_eq!(stage.sim.calls_with("debug_token").len(), 1, "a command beside the daemon knows it from the daemon");
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!((finished.code(), finished.stderr.matches("a token needs attention").count()), (0, 1), "{finished:?}");
}

#[tokio::test]
async fn a_token_that_fails_at_the_start_leaves_the_accounts_of_the_other_at_work() {
    let stage = Stage::new().await;
    let aurora = WorldSpec::small().clock(Clock::System).accounts(vec![AccountSpec::new(77, "Aurora")]);
    let aurora = Sim::start(aurora.build()).await.unwrap();
    let way = ByToken::open(&[(&stage.sim, "EAABdefault"), (&aurora, "EAABaurora")]).await;
    let config = format!("{EVERY_SECOND}[tokens.aurora]\nvariable = \"TOKEN_AURORA\"\n");
    let adsync = |arguments: &[&str]| {
        let binary = stage.adsync(arguments, &config).env("ADSYNC__META__BASE_URL", &way.url);
        let binary = binary.env("META_ACCESS_TOKEN", "EAABdefault").env("TOKEN_AURORA", "EAABaurora");
        binary.env("ADSYNC__META__ACCOUNTS", "all")
    };
    let daemon = adsync(&["run"]).start();
    let both = "select 1 from sync_runs where status = 'succeeded' and cardinality(accounts) = 2";
    stage.db.rows_of(both).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);

    aurora.faults().add(Rule { fault: Fault::ExpiredToken, when: When::default() });
    let mut daemon = adsync(&["run"]).start();
    let told = daemon.line_with("a token does not list its accounts").await;
    assert!(told.contains("tokens.aurora") && told.contains("system-user token"), "{told}");
    let apart = "select 1 from sync_run_steps s join sync_runs r on r.id = s.run_id
                 where r.status = 'partial' and s.step = 'account'
                 having bool_and(case s.account_id when '77' then s.status = 'failed' and s.advice is not null
                                 else s.status = 'succeeded' end) and count(distinct s.account_id) = 2";
    stage.db.rows_of(apart).await;
    assert_eq!(stage.db.query_text("select kind from sync_alerts where kind = 'lost_access'").await, [[""; 1]; 0]);
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(finished.stderr.matches("a token does not list its accounts").count(), 1, "{}", finished.stderr);
}

#[tokio::test]
async fn the_daemon_tells_of_a_lost_account_once_and_goes_on_with_the_others() {
    let stage = Stage::new().await;
    let mut accounts = WorldSpec::small().accounts;
    accounts.push(AccountSpec::new(77, "Other"));
    let both = Sim::start(WorldSpec::small().clock(Clock::System).accounts(accounts).build()).await.unwrap();
    let all = |arguments: &[&str]| stage.adsync(arguments, EVERY_SECOND).env("ADSYNC__META__ACCOUNTS", "all");
    let first = all(&["sync"]).env("ADSYNC__META__BASE_URL", both.url()).run().await;
    assert_eq!(first.code(), 0, "{first:?}");

    let mut daemon = all(&["run"]).start();
    let told = daemon.line_with("access to an account was lost").await;
    assert!(told.contains("\"77\""), "{told}");
    let warned = "select 1 from sync_runs where status = 'succeeded' and accounts = array['1029384756102938']
                  and warnings -> 0 ->> 'code' = 'lost_access' having count(*) >= 2";
    stage.db.rows_of(warned).await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(
        (finished.code(), finished.stderr.matches("access to an account was lost").count()),
        (0, 1),
        "{finished:?}"
    );
    assert_eq!(stage.db.query_text("select count(*) from sync_alerts where resolved_at is null").await, [["1"]]);
}
