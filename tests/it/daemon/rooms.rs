//! The pages of a run and of an account, where the tables are not what adsync itself would have made and filled.

use rustix::process::Signal;

use super::stage::Stage;

/// A daemon that does nothing by itself.
const IDLE: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";
const ACCOUNT: &str = "/accounts/act_1029384756102938";

async fn stop(daemon: crate::support::binary::Running) {
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_meant_has_a_page_that_says_so() {
    let stage = Stage::new().await;
    let daemon = stage.adsync(&["run"], IDLE).env("ADSYNC_READ_TOKEN", "reads").start();
    stage.answers("/readyz", 200, "ready").await;
    for path in [ACCOUNT, "/runs/00000000-0000-0000-0000-000000000000", "/runs/none"] {
        let (status, page) = stage.get(path).await.unwrap();
        assert!(status == 401 && page.contains("<form"), "{path}: {status} {page}");
    }
    stop(daemon).await;
    let daemon = stage.daemon(IDLE);
    stage.answers("/readyz", 200, "ready").await;
    // It is configured, and no run has read it.
    for path in [ACCOUNT, "/accounts/1029384756102938", &format!("{ACCOUNT}?show=adsets")] {
        let page = stage.answers(path, 200, "act_1029384756102938").await;
        assert!(page.contains("No day of any report has been read yet."), "{page}");
    }
    for (path, status, said) in [
        ("/accounts/act_17", 404, "there is no account act_17"),
        ("/accounts/none", 404, "an account is its digits"),
        ("/accounts/%ff", 404, "an account is its digits"),
        (&format!("{ACCOUNT}?sort=xyz"), 400, "sort must be one of these"),
        (&format!("{ACCOUNT}?page=-1"), 400, "page must be 1 to"),
        (&format!("{ACCOUNT}?page=2"), 404, "there is no page 2"),
        (&format!("{ACCOUNT}?name=%00"), 400, "name must be"),
        (&format!("{ACCOUNT}?nam=a"), 400, "nam"),
        (&format!("{ACCOUNT}?%ff=%ff"), 400, "cannot be meant"),
        (&format!("{ACCOUNT}?report=none"), 404, "no day of a report"),
        ("/runs/none", 404, "there is no such run"),
        ("/runs/%ff", 404, "there is no such run"),
        ("/runs/00000000-0000-0000-0000-000000000000", 404, "there is no run 00000000"),
        ("/runs/00000000-0000-0000-0000-000000000000?page=0", 400, "page must be 1 to"),
        ("/runs/00000000-0000-0000-0000-000000000000?page=1&account=1", 400, "not both"),
        ("/runs/00000000-0000-0000-0000-000000000000?account=x", 400, "an account is its digits"),
    ] {
        let (given, page) = stage.get(path).await.unwrap();
        assert!(given == status && page.contains(said) && page.contains("<main"), "{path}: {given} {page}");
    }
    stop(daemon).await;
}

#[tokio::test]
async fn tables_that_were_taken_over_or_have_other_names_are_shown_as_they_are() {
    let stage = Stage::new().await;
    stage
        .db
        .execute(
            "create table meta_sets (id varchar(64) primary key, name varchar, status varchar(40), leads integer,
               impressions numeric, notes text default 'mine');
             insert into meta_sets (id, name, impressions) values ('old-1', 'of another script', 'NaN')",
        )
        .await;
    let config =
        format!("{IDLE}[database]\nadopt = [\"meta_sets\"]\n[tables]\nadsets = \"meta_sets\"\nad_accounts = \"a\"\n");
    assert_eq!(stage.adsync(&["sync"], &config).run().await.code(), 0);
    stage.db.execute("update meta_sets set account_id = '1029384756102938' where id = 'old-1'").await;
    let daemon = stage.daemon(&config);
    let page = stage.answers(&format!("{ACCOUNT}?show=adsets&sort=impressions"), 200, "37 ad sets").await;
    let names = stage.db.query_text("select name, trim_scale(spend)::text from meta_sets where spend > 0").await;
    assert!(names.len() > 20 && names.iter().all(|row| page.contains(&row[0])), "{page}");
    assert!(page.contains("of another script") && page.contains("NaN"), "{page}");
    let sums = stage.db.query_text("select sum(impressions), sum(clicks), sum(leads) from campaigns").await.remove(0);
    let shown = page.replace(',', "");
    assert!(sums.iter().all(|sum| shown.contains(&format!(">{sum}<"))), "{sums:?} are not in {page}");
    stop(daemon).await;
}

#[tokio::test]
async fn a_report_that_is_missing_or_is_none_of_days_breaks_no_page() {
    let stage = Stage::new().await;
    let config = format!(
        "{IDLE}[reports.adset]\nenabled = false\n[reports.week]\nlevel = \"campaign\"\ntime_increment = \"weekly\"\n"
    );
    assert_eq!(stage.adsync(&["sync"], &config).run().await.code(), 0);
    let daemon = stage.daemon(&config);
    let page = stage.answers(ACCOUNT, 200, "Nothing is summed up yet").await;
    assert!(page.contains("week") && page.contains("Campaigns"), "{page}");
    let run = stage.db.query_text("select id from sync_runs").await.remove(0).remove(0);
    stage.answers(&format!("/runs/{run}?account=1029384756102938"), 200, "insights:week").await;
    stage.answers(&format!("/runs/{run}?account=17"), 404, "did nothing in this run").await;
    stop(daemon).await;
}

#[tokio::test]
async fn a_run_that_was_cut_off_leads_to_the_one_that_went_on_and_back() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["sync"], IDLE).run().await.code(), 0);
    let id = |place: u32| format!("0000000{place}-0000-7000-8000-000000000000");
    for (place, trigger, status, accounts) in [
        (1, "cron", "abandoned", "{1,2}"),
        (2, "cron", "succeeded", "{3}"),
        (3, "resume", "succeeded", "{2}"),
        (4, "cron", "cancelled", "{3}"),
        (5, "cron", "succeeded", "{1,2,3}"),
    ] {
        let at = format!("now() - interval '{} minutes'", 60 - place);
        stage
            .db
            .execute(&format!(
                "insert into sync_runs (id, instance, schedule, trigger, started_at, finished_at, status, accounts)
                 values ('{}', 'adsync', 'recent', '{trigger}', {at}, {at}, '{status}', '{accounts}')",
                id(place)
            ))
            .await;
    }
    let daemon = stage.daemon(IDLE);
    let cut_off = stage.answers(&format!("/runs/{}", id(1)), 200, "went on with it").await;
    assert!(cut_off.contains(&format!("href=\"/runs/{}\"", id(3))), "{cut_off}");
    let resume = stage.answers(&format!("/runs/{}", id(3)), 200, "was cut off").await;
    assert!(resume.contains(&format!("href=\"/runs/{}\"", id(1))), "{resume}");
    let left = stage.answers(&format!("/runs/{}", id(4)), 200, "was cancelled").await;
    assert!(!left.contains("went on with it"), "the next tick did it over: {left}");
    stop(daemon).await;
}
