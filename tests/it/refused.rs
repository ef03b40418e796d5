//! What Meta refuses of a question: no figure is made up for it, what is held stays, and nothing else is lost with it.

use graph_sim::{Change, Fact, Fault, Rule, When};

use crate::support::scene::Scene;

/// The warnings of the last run with this code.
async fn warnings(scene: &Scene, code: &str) -> Vec<String> {
    let sql = format!(
        "select w->>'message' from (select warnings from sync_runs order by started_at desc limit 1) r,
         jsonb_array_elements(r.warnings) w where w->>'code' = '{code}'"
    );
    scene.db.query_text(&sql).await.concat()
}

fn refuse(scene: &Scene, fields: &[&str]) {
    for field in fields {
        let fault = Fault::RetiredField { field: (*field).to_owned() };
        scene.sim.faults().add(Rule { fault, when: When::default() });
    }
}

/// Days that are over, so that nothing moves.
async fn settled(scene: &Scene) -> Vec<Vec<String>> {
    let sql = format!(
        "select adset_id, date, trim_scale(spend), leads, purchases, trim_scale(purchase_value), actions, action_values
         from adset_insights where date < '{}' order by 1, 2",
        scene.today()
    );
    scene.db.query_text(&sql).await
}

#[tokio::test]
async fn what_is_held_of_a_field_stays_when_meta_refuses_it() {
    let scene = Scene::small().await;
    let add = Fact { form_leads: 3, purchases: 2, purchase_cents: 25_050, ..Fact::default() };
    scene.change(Change::LateConversion { id: scene.adset(0), day: scene.days_ago(2), add });
    scene.sync().await;
    let before = settled(&scene).await;
    assert!(before.iter().any(|row| row[5] == "250.5"), "{before:?}");
    refuse(&scene, &["actions", "action_values", "spend"]);
    for _ in 0..2 {
        let finished = scene.adsync(&["sync"]).run().await;
        assert!([0, 3].contains(&finished.code()), "{finished:?}");
        assert_eq!(settled(&scene).await, before);
    }
    assert_eq!(warnings(&scene, "field_refused").await.len(), 6, "three of the report's level, three of the account's");
}

#[tokio::test]
async fn what_meta_refuses_is_unknown_and_no_nought_anywhere() {
    let scene = Scene::small().await;
    refuse(&scene, &["actions", "action_values", "spend"]);
    let finished = scene.adsync(&["sync"]).run().await;
    assert!([0, 3].contains(&finished.code()), "{finished:?}");
    let known = "select count(*) > 100, count(impressions) > 100, count(spend), count(leads), count(purchases),
        count(purchase_value), count(messaging_conversations), count(landing_page_views), count(actions)
        from adset_insights";
    assert_eq!(scene.db.query_text(known).await, [["t", "t", "0", "0", "0", "0", "0", "0", "0"]]);
    // Sums of nothing known are not known, whoever sums.
    let summed = "select count(*) filter (where s.id is not null), count(impressions) > 0, count(spend), count(leads), count(cpm)
        from (select distinct adset_id as id from adset_insights) s join adsets using (id)";
    let sums = scene.db.query_text(summed).await;
    assert_eq!(sums[0][1..], ["t", "0", "0", "0"], "{sums:?}");
    let metrics = format!(
        "select count(*) > 0, count(impressions) = count(*), count(spend), count(leads), count(cpm)
         from ads_metrics('{}', '{}', 'adset')",
        scene.days_ago(5),
        scene.today()
    );
    assert_eq!(scene.db.query_text(&metrics).await, [["t", "t", "0", "0", "0"]]);
    // Two figures that nobody told do not agree with each other.
    let agreeing = "select count(*) from sync_coverage where status in ('settled', 'drift', 'explained')";
    assert_eq!(scene.value(agreeing).await, "0");
    assert!(!warnings(&scene, "not_compared").await.is_empty());

    // A version that takes the fields again reads what it lacks, and a backfill passes over none of these days.
    scene.sim.faults().clear();
    scene.db.execute("update sync_refused_fields set app_version = 'older'").await;
    let since = scene.days_ago(6).to_string();
    let finished = scene.adsync(&["backfill", "--since", &since]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    scene.sync().await;
    scene.assert_true().await;
}
