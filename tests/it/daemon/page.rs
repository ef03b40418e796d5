//! What the daemon tells over HTTP.

use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};
use crate::support::way::{Way, server_of};

#[tokio::test]
async fn the_page_the_metrics_and_the_health_tell_how_it_stands() {
    let (stage, logs) = (Stage::new().await, tempfile::tempdir().unwrap());
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__LOG__DIRECTORY", logs.path()).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let page = stage.answers("/", 200, "The account is fresh; next run").await;
    for text in ["Clinica Aurora - Ads", "act_1029384756102938", "BRL", "recent", "succeeded", "America/Sao_Paulo"] {
        assert!(page.contains(text), "{text} is not on the page:\n{page}");
    }
    let counted = "adsync_runs_total{schedule=\"recent\",status=\"succeeded\"}";
    let metrics = stage.answers("/metrics", 200, counted).await;
    for name in [
        "adsync_rows_total{table=\"adset_insights\",change=\"inserted\"}",
        "adsync_api_calls_total{account_id=\"act_1029384756102938\"}",
        "adsync_last_success_timestamp_seconds{account_id=\"act_1029384756102938\"}",
        "adsync_last_beat_timestamp_seconds",
        "adsync_log_lines_dropped_total 0",
    ] {
        assert!(metrics.contains(name), "{name} is not in:\n{metrics}");
    }
    stage.answers("/healthz", 200, "ok").await;
    stage.answers("/readyz", 200, "ready").await;
    for arguments in [&["health"][..], &["health", "--ready"]] {
        let asked = stage.adsync(arguments, EVERY_SECOND).run().await;
        assert_eq!(asked.code(), 0, "{asked:?}");
    }
    let token = stage.sim.token();
    assert!(!page.contains(&token) && !metrics.contains(&token));
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let file = std::fs::read_dir(logs.path()).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read_to_string(file).unwrap();
    for log in [&finished.stderr, &kept] {
        assert!(log.contains("run ended") && log.contains("the daemon stopped") && !log.contains(&token), "{log}");
    }
}

/// Nothing falls due.
const IDLE: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";

#[tokio::test]
async fn the_metrics_tell_how_full_a_budget_is_by_now_and_not_how_full_it_was() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let usage = "adsync_api_usage_ratio{account_id=\"act_1029384756102938\"}";
    for (seen, shown) in [("now() - interval '10 minutes'", "0.62"), ("now() - interval '2 hours'", "0.0")] {
        let sql = format!(
            "delete from sync_budgets;
             insert into sync_budgets (token, account_id, use_case, usage_pct, seen_at) values ('', '1029384756102938', 'ads_insights', 62, {seen});
             update sync_coverage set fetched_at = {seen}"
        );
        stage.db.execute(&sql).await;
        let daemon = stage.adsync(&["run"], IDLE).start();
        stage.answers("/metrics", 200, &format!("{usage} {shown}\n")).await;
        daemon.signal(Signal::TERM);
        assert_eq!(daemon.finish().await.code(), 0);
    }
}

#[tokio::test]
async fn the_metrics_tell_an_apps_budget_for_the_accounts_of_its_token() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let usage = "adsync_api_usage_ratio{account_id=\"act_1029384756102938\"}";
    for (rows, shown) in [
        ("('', '', 'ads_insights', 85, null, now()), ('another', '', 'ads_insights', 95, null, now())", "0.85"),
        ("('', '', 'ads_insights', 30, now() + interval '20 minutes', now() - interval '2 hours')", "1.0"),
    ] {
        stage
            .db
            .execute(&format!(
                "delete from sync_budgets;
                 insert into sync_budgets (token, account_id, use_case, usage_pct, blocked_until, seen_at)
                   values ('', '1029384756102938', 'ads_insights', 30, null, now()), {rows}"
            ))
            .await;
        let daemon = stage.adsync(&["run"], IDLE).start();
        stage.answers("/metrics", 200, &format!("{usage} {shown}\n")).await;
        daemon.signal(Signal::TERM);
        assert_eq!(daemon.finish().await.code(), 0);
    }
}

#[tokio::test]
async fn the_sums_and_costs_of_an_account_are_those_that_readers_get_of_ads_metrics() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let figures = "
        select m.spend, round(m.cost_per_lead, 2), round(m.cost_per_purchase, 2), round(m.cost_per_conversation, 2), m.purchase_value
        from ad_accounts a, ads_metrics(a.metrics_since, a.metrics_until, 'account', array[a.id]) m";
    let figures = stage.db.query_text(figures).await.remove(0);
    let daemon = stage.adsync(&["run"], IDLE).start();
    let page = stage.answers("/accounts/act_1029384756102938", 200, "Sums of").await.replace(',', "");
    let names = ["Spend", "Cost per lead", "Cost per purchase", "Cost per conversation", "Purchase value"];
    let known: Vec<_> = names.iter().zip(&figures).filter(|(_, figure)| !figure.is_empty()).collect();
    assert!(known.len() > 1, "{figures:?}");
    for (name, figure) in known {
        let said = format!("<dt>{name}</dt><dd class=\"figure\">{figure} BRL</dd>");
        assert!(page.contains(&said), "{said} is not in:\n{page}");
    }
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn an_object_leads_to_the_run_that_wrote_it_and_to_none_that_read_other_things_meanwhile() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let run = stage.db.query_text("select id from sync_runs").await.remove(0).remove(0);
    // It began later, and read insights of the same account while the rows were written.
    let another = "01890000-0000-7000-8000-000000000001";
    let meanwhile = format!(
        "insert into sync_runs (id, instance, trigger, started_at, finished_at, status, accounts)
           select '{another}', 'another', 'backfill', min(last_synced) - interval '1 millisecond', max(last_synced) + interval '1 hour',
             'succeeded', '{{1029384756102938}}' from campaigns;
         insert into sync_run_steps (run_id, account_id, step, status, started_at, finished_at)
           select id, '1029384756102938', 'insights:adset', status, started_at, finished_at from sync_runs where id = '{another}'"
    );
    stage.db.execute(&meanwhile).await;
    let daemon = stage.adsync(&["run"], IDLE).start();
    let page = stage.answers("/accounts/act_1029384756102938", 200, "written").await;
    let link =
        |run: &str| page.matches(&format!("<a href=\"/runs/{run}?account=act_1029384756102938\">written")).count();
    assert!(link(&run) > 1 && link(another) == 0, "{page}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn gaps_before_the_days_of_the_map_are_named_below_it() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    // The map shows fourteen days. Before them: a hole of three days, one that was not read to its end, one that differs.
    let past = "
        delete from sync_coverage where date < current_date - 10;
        insert into sync_coverage (account_id, report, date, fetched_at, complete, rows, status, request_hash)
          select '1029384756102938', 'adset', current_date - d, now(), d <> 50, 1, case d when 60 then 'drift' else 'settled' end, 'x'
          from generate_series(11, 100) d where d not between 70 and 72";
    stage.db.execute(past).await;
    let days = stage
        .db
        .query_text("select to_char(current_date - 72, 'YYYY-MM-DD'), to_char(current_date - 50, 'YYYY-MM-DD')")
        .await;
    let daemon = stage.adsync(&["run"], IDLE).start();
    let page = stage.answers("/", 200, "Before these days").await;
    let said = format!(
        "Before these days, 5 days of 1 account are missing, partial or drifting: the first on {}, the last on {}.",
        days[0][0], days[0][1]
    );
    assert!(page.contains(&said), "{said} is not in:\n{page}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn a_database_that_goes_away_makes_the_daemon_unready_and_comes_back() {
    let stage = Stage::new().await;
    let server = server_of(stage.db.url());
    let way = Way::open(0, server.clone()).await;
    let url = way.url(stage.db.url());
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("DATABASE_URL", url).start();
    stage.answers("/readyz", 200, "ready").await;
    let port = way.port;
    drop(way);
    stage.answers("/readyz", 503, "the database does not answer: the database cannot be reached").await;
    stage.answers("/healthz", 200, "ok").await;
    let _way = Way::open(port, server).await;
    stage.answers("/readyz", 200, "ready").await;
    let ran = "select 1 from sync_runs where status = 'succeeded' and started_at > now() - interval '2 seconds'";
    stage.db.rows_of(ran).await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[tokio::test]
async fn what_is_said_deep_inside_a_run_tells_whose_it_is() {
    let stage = Stage::new().await;
    stage.sim.faults().times(graph_sim::Fault::TooManyRows { rows: 20 }, "level=adset", 1);
    let mut sync = stage.adsync(&["sync"], EVERY_SECOND).start();
    let line = sync.line_with("a question was too much").await;
    assert_eq!(sync.finish().await.code(), 0);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let run = stage.db.query_text("select id::text from sync_runs").await.remove(0).remove(0);
    let spans: Vec<&serde_json::Value> = line["spans"].as_array().unwrap().iter().collect();
    let told = [&spans[0]["run_id"], &spans[1]["account_id"], &spans[2]["step"]];
    assert_eq!(told, [&run, "1029384756102938", "insights:adset"]);
    assert_eq!(spans.len(), 3);
}
