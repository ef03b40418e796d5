//! Campaigns and ad sets that only insights name.

use crate::support::scene::{Scene, spec};
use graph_sim::Change;

#[tokio::test]
async fn objects_deleted_before_the_first_sync_are_read_by_their_ids_once() {
    let scene = Scene::of(spec().statuses(0, 0, 200).build()).await;
    scene.change(Change::Delete { id: scene.campaign(1) });
    scene.sync().await;
    let orphans = "select count(*) from adset_insights i
        where not exists (select from adsets a where a.id = i.adset_id) or not exists (select from campaigns c where c.id = i.campaign_id)";
    assert_eq!(scene.value(orphans).await, "0");
    let sql = format!(
        "select effective_status, deleted_at is not null, name is not null, spend > 0 from campaigns where id = '{}'",
        scene.campaign(1)
    );
    assert_eq!(scene.db.query_text(&sql).await, [["DELETED", "t", "t", "t"]]);
    let deleted = "select count(*) > 3, bool_and(deleted_at is not null), bool_and(campaign_id is not null) from adsets
        where effective_status = 'DELETED'";
    assert_eq!(scene.db.query_text(deleted).await, [["t", "t", "t"]]);
    scene.assert_true().await;

    scene.sim.record().clear();
    scene.sync().await;
    assert!(!scene.sim.calls().iter().any(|call| call.is_part), "what is known is not asked for again");
    assert_eq!(scene.last_run("rows_inserted, rows_updated, rows_deleted").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_campaign_s_budget_is_noticed_at_every_run() {
    let scene = Scene::small().await;
    scene.sync().await;
    let id = scene.campaign(0);
    let sql = format!("select daily_budget, updated_at from campaigns where id = '{id}'");
    let before = scene.db.query_text(&sql).await.remove(0);
    for budget in [5_000, 7_500] {
        scene.change(Change::SetDailyBudget { id: id.clone(), budget });
        scene.sync().await;
        let after = scene.db.query_text(&sql).await.remove(0);
        assert_eq!((&after[0], &after[1]), (&budget.to_string(), &before[1]), "Meta does not move updated_time");
    }
}
