//! What happens in the account between two syncs: the second brings exactly that.

use graph_sim::{Change, Fact};

use crate::support::scene::Scene;

async fn counts(scene: &Scene) -> Vec<String> {
    scene.last_run("rows_inserted, rows_updated, rows_deleted").await
}

#[tokio::test]
async fn restated_days_update_exactly_their_rows() {
    let scene = Scene::small().await;
    scene.sync().await;
    let before = scene.true_insights();
    let (since, until) = (scene.days_ago(3), scene.days_ago(2));
    scene.change(Change::Restate { id: scene.campaign(1), since, until });
    let after = scene.true_insights();
    let differing = after.iter().filter(|row| !before.contains(row)).count();
    assert!(differing > 3 && after.len() == before.len(), "the world did not restate anything");
    scene.sync().await;
    assert_eq!(counts(&scene).await, ["0", &differing.to_string(), "0"]);
    scene.assert_true().await;
}

#[tokio::test]
async fn a_row_that_vanished_at_meta_is_deleted_and_its_day_stays_covered() {
    let scene = Scene::small().await;
    scene.sync().await;
    let gone = scene.insights().await.into_iter().find(|row| row[1] == scene.days_ago(2).to_string()).unwrap();
    scene.change(Change::Vanish { id: gone[0].clone(), day: scene.days_ago(2) });
    scene.sync().await;
    assert_eq!(counts(&scene).await, ["0", "0", "1"]);
    scene.assert_true().await;
    let sql = format!(
        "select c.complete, c.status, c.rows = (select count(*) from adset_insights i where i.date = c.date),
           c.spend = (select sum(spend) from adset_insights i where i.date = c.date)
         from sync_coverage c where date = '{}'",
        gone[1]
    );
    assert_eq!(scene.db.query_text(&sql).await, [["t", "settled", "t", "t"]]);
}

#[tokio::test]
async fn a_day_that_vanished_altogether_leaves_no_row_and_no_total() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene.change(Change::Vanish { id: crate::support::scene::ACT.to_owned(), day: scene.days_ago(2) });
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.totals().await, scene.true_totals());
}

#[tokio::test]
async fn a_late_conversion_makes_a_row_where_nothing_was_delivered() {
    let scene = Scene::small().await;
    scene.sync().await;
    let add = Fact { form_leads: 3, purchases: 1, purchase_cents: 28_990, ..Fact::default() };
    scene.change(Change::LateConversion { id: scene.adset(4), day: scene.days_ago(20), add });
    scene.sync().await;
    assert_eq!(counts(&scene).await[0], "1");
    scene.assert_true().await;
    let sql = format!(
        "select spend, leads, trim_scale(purchase_value), cpc, ctr from adset_insights where date = '{}'",
        scene.days_ago(20)
    );
    assert_eq!(scene.db.query_text(&sql).await[0][..3], ["0", "3", "289.9"]);
}

#[tokio::test]
async fn a_new_budget_is_noticed_although_the_campaign_s_updated_time_stands_still() {
    let scene = Scene::small().await;
    scene.sync().await;
    let id = scene.campaign(0);
    let sql = format!("select daily_budget, updated_at from campaigns where id = '{id}'");
    let before = scene.db.query_text(&sql).await;
    scene.change(Change::SetDailyBudget { id, budget: 123_400 });
    scene.sync().await;
    assert_eq!(counts(&scene).await, ["0", "1", "0"]);
    let after = scene.db.query_text(&sql).await;
    assert_eq!((after[0][0].as_str(), &after[0][1]), ("123400", &before[0][1]));
}

#[tokio::test]
async fn deleted_objects_get_their_mark_once_and_archived_ones_their_status() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (deleted, archived, paused) = (scene.adset(3), scene.adset(4), scene.campaign(1));
    scene.change(Change::Delete { id: deleted.clone() });
    scene.change(Change::Archive { id: archived.clone() });
    scene.change(Change::Pause { id: paused });
    scene.sync().await;
    scene.assert_true().await;
    let sql = format!(
        "select id, effective_status, deleted_at is not null, deleted_at from adsets where id in ('{deleted}', '{archived}') order by id"
    );
    let rows = scene.db.query_text(&sql).await;
    assert_eq!(rows[0][..3], [deleted.as_str(), "DELETED", "t"]);
    assert_eq!(rows[1][..3], [archived.as_str(), "ARCHIVED", "f"]);
    scene.sync().await;
    assert_eq!(counts(&scene).await, ["0", "0", "0"]);
    assert_eq!(scene.db.query_text(&sql).await, rows, "the mark moved");

    scene.change(Change::Resume { id: archived });
    scene.sync().await;
    scene.assert_true().await;
}

#[tokio::test]
async fn what_was_archived_and_then_deleted_is_noticed_at_the_next_full_listing() {
    let scene = Scene::small().await;
    let (campaign, adset, stays) = (scene.campaign(2), scene.adset(0), scene.adset(1));
    for id in [&campaign, &adset, &stays] {
        scene.change(Change::Archive { id: id.clone() });
    }
    scene.sync().await;
    for id in [&campaign, &adset] {
        scene.change(Change::Delete { id: id.clone() });
    }
    let marked = "select count(*) from (select deleted_at from campaigns union all select deleted_at from adsets) o
                  where deleted_at is not null";
    scene.sync().await;
    assert_eq!(scene.value(marked).await, "0", "archived objects are listed rarely");
    scene.db.execute("update sync_listings set full_at = full_at - interval '25 hours'").await;
    scene.sync().await;
    for (table, id, is_deleted) in [("campaigns", &campaign, "t"), ("adsets", &adset, "t"), ("adsets", &stays, "f")] {
        let sql = format!("select deleted_at is not null from {table} where id = '{id}'");
        assert_eq!(scene.value(&sql).await, is_deleted, "{table} {id}");
    }
    scene.sync().await;
    assert_eq!(scene.last_run("rows_updated").await, ["0"]);
}

#[tokio::test]
async fn a_deleted_campaign_takes_its_ad_sets_along() {
    let scene = Scene::small().await;
    scene.sync().await;
    let campaign = scene.campaign(2);
    scene.change(Change::Delete { id: campaign.clone() });
    scene.sync().await;
    scene.assert_true().await;
    let sql = format!("select count(*), count(deleted_at) from adsets where campaign_id = '{campaign}'");
    let rows = scene.db.query_text(&sql).await;
    assert_eq!(rows[0][0], rows[0][1]);
    assert_eq!(
        scene.value(&format!("select deleted_at is not null from campaigns where id = '{campaign}'")).await,
        "t"
    );
    assert_eq!(scene.last_run("status").await, ["succeeded"]);
}

#[tokio::test]
async fn new_objects_and_odd_names_arrive_letter_by_letter() {
    let scene = Scene::small().await;
    scene.sync().await;
    let name = "Promoção 🦷 \"50%\" \\ 'é' \u{202e}\u{7f}\t\n \\u0000 \\ud83d <b> ; drop table adsets; -- {adsets} $1";
    let campaign = scene.change(Change::AddCampaign {
        account: crate::support::scene::ACT.to_owned(),
        name: name.to_owned(),
        goal: graph_sim::Goal::Messages,
        daily_budget: Some(1),
    });
    let adset = scene.change(Change::AddAdset { campaign, name: name.to_owned() });
    scene.change(Change::Rename { id: scene.adset(0), name: name.repeat(40) });
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.value(&format!("select count(*) from adsets where id = '{adset}'")).await, "1");
    let warnings = scene.last_run("warnings").await;
    assert_eq!(warnings, ["[]"]);
}

#[tokio::test]
async fn a_zero_character_becomes_the_replacement_character_and_is_counted() {
    let scene = Scene::small().await;
    scene.change(Change::Rename { id: scene.adset(0), name: "a\0b".to_owned() });
    scene.sync().await;
    let sql = format!("select name from adsets where id = '{}'", scene.adset(0));
    assert_eq!(scene.value(&sql).await, "a\u{fffd}b");
    let warnings = scene.last_run("warnings").await;
    assert!(warnings[0].contains("replaced_character"), "{warnings:?}");
    scene.sync().await;
    assert_eq!(counts(&scene).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn what_was_archived_and_is_deleted_then_gets_its_mark_by_the_next_full_listing() {
    let scene = Scene::small().await;
    let adset = scene.adset(4);
    scene.change(Change::Archive { id: adset.clone() });
    scene.sync().await;
    let status = format!("select effective_status, deleted_at is not null from adsets where id = '{adset}'");
    assert_eq!(scene.db.query_text(&status).await, [["ARCHIVED", "f"]]);
    scene.change(Change::Delete { id: adset });
    scene.sync().await;
    assert_eq!(scene.db.query_text(&status).await, [["ARCHIVED", "f"]], "archived ones are listed once a day");
    scene.db.execute("update sync_listings set full_at = full_at - interval '24 hours'").await;
    scene.sync().await;
    assert_eq!(scene.db.query_text(&status).await, [["DELETED", "t"]]);
}
