//! Two daemons with different reports on one schema: what readers get covers both, and neither replaces the other's work.

use crate::support::binary::Binary;
use crate::support::scene::Scene;

const ONE: &str = "[metrics.contacts]\nsum = [\"contact_total\"]\n";
const OTHER: &str = "[daemon]\ninstance = \"other\"\n[reports.adset]\nbreakdowns = []\n[reports.creative]\nlevel = \"ad\"\n\
     [reports.weeks]\nlevel = \"campaign\"\ntime_increment = \"weekly\"\n[metrics.clicked]\nsum = [\"link_click\"]\n";
/// What both make: it changes with every replacement.
const MADE: &str = "select string_agg(c.oid || ' ' || c.relname, ',' order by c.oid) from pg_class c
                    where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
                    union all
                    select string_agg(p.oid || ' ' || p.xmin || ' ' || p.proname, ',' order by p.oid) from pg_proc p
                    where p.pronamespace = 'public'::regnamespace";

fn adsync(scene: &Scene, arguments: &[&str], toml: &str) -> Binary {
    scene.adsync(arguments).config("default.toml", toml)
}

#[tokio::test]
async fn two_daemons_with_different_reports_do_not_replace_each_others_views() {
    let scene = Scene::small().await;
    for toml in [ONE, OTHER, ONE] {
        let finished = adsync(&scene, &["sync"], toml).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
    let made = scene.db.query_text(MADE).await;
    for toml in [OTHER, ONE, OTHER, ONE] {
        let printed = adsync(&scene, &["migrate", "--print-sql"], toml).run().await;
        assert!(printed.stdout.starts_with("-- nothing to do"), "{}", printed.stdout);
        assert_eq!(adsync(&scene, &["sync"], toml).run().await.code(), 0);
        let checked = adsync(&scene, &["check"], toml).run().await;
        assert!(checked.code() == 0 && !checked.stderr.contains("newer definition"), "{checked:?}");
    }
    assert_eq!(scene.db.query_text(MADE).await, made, "nothing was replaced");

    let days = "'2000-01-01', '2100-01-01'";
    for level in ["account", "campaign", "adset", "ad"] {
        let sql = format!("select count(*) > 0, sum(spend) > 0 from ads_metrics({days}, '{level}')");
        assert_eq!(scene.db.query_text(&sql).await, [["t", "t"]], "{level}");
    }
    // Each metric is known of the rows of the daemon that has it.
    let sql = format!(
        "select (select sum(clicked) from ads_metrics({days}, 'ad')) = (select sum(clicked) from creative_insights)"
    );
    assert_eq!(scene.value(&sql).await, "t");
    let sql = "select string_agg(report, ',' order by report) from account_freshness";
    assert_eq!(scene.value(sql).await, "adset,creative,weeks");
    assert_eq!(scene.value("select count(contacts) + count(clicked) > 0 from adset_insights_view").await, "t");
}

#[tokio::test]
async fn a_daemon_that_is_gone_for_a_month_is_forgotten_and_a_report_that_is_dropped_at_once() {
    let scene = Scene::small().await;
    for toml in [ONE, OTHER, ONE] {
        assert_eq!(adsync(&scene, &["migrate"], toml).run().await.code(), 0);
    }
    let by_ad = "select count(*) from pg_proc where proname = 'ads_metrics' and prosrc like '%creative_insights%'";
    assert_eq!(scene.value(by_ad).await, "1");
    scene.db.execute("update sync_reports set noted_at = now() - interval '32 days' where instance = 'other'").await;
    assert!(adsync(&scene, &["migrate"], ONE).run().await.stdout.starts_with("Applied "));
    assert_eq!(scene.value(by_ad).await, "0");
    // At work, it counts again.
    let run = "insert into sync_runs (id, instance, trigger, status, started_at)
               values (gen_random_uuid(), 'other', 'manual', 'succeeded', now())";
    scene.db.execute(run).await;
    assert!(adsync(&scene, &["migrate"], ONE).run().await.stdout.starts_with("Applied "));
    assert_eq!(scene.value(by_ad).await, "1");
    let without = OTHER.replace("level = \"ad\"", "level = \"ad\"\nenabled = false");
    for toml in [without.as_str(), ONE] {
        assert_eq!(adsync(&scene, &["migrate"], toml).run().await.code(), 0);
    }
    assert_eq!(scene.value(by_ad).await, "0");
    let sql = "select string_agg(report, ',' order by report) from sync_reports where instance = 'other'";
    assert_eq!(scene.value(sql).await, "account,adset,weeks");
}
