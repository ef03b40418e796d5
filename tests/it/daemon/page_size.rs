//! The status page of a large agency after a year: small on its way to a phone, and quickly made.

use std::time::Instant;

use graph_sim::{ACCOUNT_ID, AccountSpec, WorldSpec};
use rustix::process::Signal;

use super::stage::Stage;

/// Nothing falls due while the test runs.
const RARELY: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\ncron = \"30 3 1 1 *\"\n";

/// What a packed page may weigh, and what it is to take.
const WEIGHT: usize = 100_000;

/// 200 accounts with a year of days, and 100,000 runs; the last 2,000 with the steps of all accounts.
const YEAR: &str = "
    insert into sync_coverage (account_id, report, date, fetched_at, complete, rows, spend, control_spend, status, request_hash)
      select a.account_id, 'adset', (now() at time zone 'America/Sao_Paulo')::date - d, now() - d * interval '1 day', true, 40,
             round((random() * 5000)::numeric, 2), 0, case when random() < 0.02 then 'drift' when d = 0 then 'moving' else 'settled' end, 'x'
      from ad_accounts a, generate_series(0, 364) d where random() > 0.01;
    insert into sync_runs (id, instance, schedule, trigger, due_at, started_at, finished_at, status, accounts, api_calls,
        rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted, warnings)
      select gen_random_uuid(), 'adsync', case when n % 96 = 0 then 'settled' else 'recent' end, 'cron', now() - n * interval '5 minutes',
             now() - n * interval '5 minutes', now() - n * interval '5 minutes' + interval '40 seconds',
             case when n % 50 = 0 then 'partial' else 'succeeded' end,
             (select array_agg(account_id order by account_id) from ad_accounts), 1200, 9000, 10, 200, 8000, 3, '[]'
      from generate_series(1, 100000) n;
    insert into sync_run_steps (run_id, account_id, step, status, started_at, finished_at, api_calls, rows_read)
      select r.id, a.account_id, s.step, 'succeeded', r.started_at, r.finished_at, 2, 45
      from (select * from sync_runs order by started_at desc limit 200) r, ad_accounts a,
           unnest(array['account', 'campaigns', 'adsets', 'insights:adset', 'rollup', 'reconcile']) as s(step);
    analyze";

#[tokio::test]
async fn two_hundred_accounts_and_a_hundred_thousand_runs_make_a_small_page() {
    let account = |place| AccountSpec::new(ACCOUNT_ID + place, &format!("Clinica número {place} - Anúncios"));
    let spec = WorldSpec { campaigns: 1, adsets: 1, days: 2, ..WorldSpec::small() };
    let stage = Stage::of(spec.accounts((0..200).map(account).collect())).await;
    let adsync = |arguments: &[&str]| stage.adsync(arguments, RARELY).env("ADSYNC__META__ACCOUNTS", "all");
    assert_eq!(adsync(&["migrate"]).run().await.code(), 0);
    let accounts = format!(
        "insert into ad_accounts (id, account_id, name, currency, timezone_name)
         select 'act_' || id, id::text, 'Clinica número ' || id || ' - Anúncios', 'BRL', 'America/Sao_Paulo'
         from generate_series({ACCOUNT_ID}, {}) id",
        ACCOUNT_ID + 199
    );
    stage.db.execute(&accounts).await;
    stage.db.execute(YEAR).await;
    let daemon = adsync(&["run"]).start();
    stage.answers("/", 200, "act_1029384756103137").await;
    for path in ["/", "/now"] {
        let mut took = Vec::new();
        let mut size = 0;
        for _ in 0..15 {
            let began = Instant::now();
            size = stage.packed_size(path).await;
            took.push(began.elapsed());
        }
        took.sort();
        println!("{path}: {size} bytes packed; median {:?}, fastest {:?}", took[7], took[0]);
        assert!(size < WEIGHT, "{path}: {size} bytes");
    }
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
