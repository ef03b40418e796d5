//! Objects and listings.
use crate::support::{ACT, all, get};
use graph_sim::{Change, Level, Sim, World, WorldSpec};

async fn mixed() -> Sim {
    Sim::start(WorldSpec::small().statuses(200, 150, 150).build()).await.expect("start")
}

fn by_status(sim: &Sim, status: &str) -> Vec<String> {
    let objects = sim.world().truth_objects(ACT, Level::Adset);
    objects.into_iter().filter(|object| object.effective_status == status).map(|object| object.id).collect()
}

#[tokio::test]
async fn a_page_holds_25_rows_and_the_last_one_still_has_cursors() {
    let sim = Sim::start(World::small()).await.expect("start");
    let first = get(&sim, &format!("{ACT}/adsets"), &[("fields", "id,name"), ("summary", "total_count")]).await.json();
    assert_eq!(first["data"].as_array().expect("data").len(), 25);
    assert_eq!(first["summary"]["total_count"], 36);
    let next = first["paging"]["next"].as_str().expect("next");
    assert!(next.contains("access_token=EAABsimTokenDoNotLog") && !next.contains("limit="), "{next}");
    let after = first["paging"]["cursors"]["after"].as_str().expect("after");
    assert!(after.starts_with("QVFI") && !after.contains('='));
    let last = get(&sim, &format!("{ACT}/adsets"), &[("after", after)]).await.json();
    assert_eq!(last["data"].as_array().expect("data").len(), 11);
    assert!(last["paging"]["next"].is_null());
    assert!(last["paging"]["cursors"]["after"].is_string());
}

#[tokio::test]
async fn archived_and_deleted_objects_stay_out_of_a_listing_that_names_no_status() {
    let sim = mixed().await;
    let listed = all(&sim, &format!("{ACT}/adsets"), &[("fields", "effective_status"), ("limit", "5")]).await;
    let shown = by_status(&sim, "ACTIVE").len() + by_status(&sim, "PAUSED").len();
    assert_eq!(listed.len(), shown);
    assert!(!by_status(&sim, "DELETED").is_empty() && !by_status(&sim, "ARCHIVED").is_empty());
    let archived = all(&sim, &format!("{ACT}/adsets"), &[("effective_status", "[\"ARCHIVED\"]")]).await;
    assert_eq!(archived.len(), by_status(&sim, "ARCHIVED").len());
    let filter = "[{\"field\":\"adset.effective_status\",\"operator\":\"IN\",\"value\":[\"ARCHIVED\",\"ACTIVE\"]}]";
    let both = all(&sim, &format!("{ACT}/adsets"), &[("filtering", filter)]).await;
    assert_eq!(both.len(), by_status(&sim, "ARCHIVED").len() + by_status(&sim, "ACTIVE").len());
}

#[tokio::test]
async fn naming_deleted_on_an_edge_is_refused_and_the_object_still_reads_by_id() {
    let sim = mixed().await;
    let by_param = get(&sim, &format!("{ACT}/campaigns"), &[("effective_status", "[\"ACTIVE\",\"DELETED\"]")]).await;
    assert_eq!(by_param.error(), (400, 100, 1_815_001));
    let filter = "[{\"field\":\"effective_status\",\"operator\":\"IN\",\"value\":[\"DELETED\"]}]";
    let by_filter = get(&sim, &format!("{ACT}/adsets"), &[("filtering", filter)]).await;
    assert_eq!(by_filter.error(), (400, 100, 1_815_001));
    let deleted = by_status(&sim, "DELETED");
    let read = get(&sim, &deleted[0], &[("fields", "id,effective_status,campaign{name}")]).await.json();
    assert_eq!(read["effective_status"], "DELETED");
    assert!(read["campaign"]["name"].is_string());
}

#[tokio::test]
async fn an_unknown_field_an_unknown_id_and_the_dead_multi_read_are_refused() {
    let sim = Sim::start(World::small()).await.expect("start");
    let field = get(&sim, &format!("{ACT}/campaigns"), &[("fields", "id,colour")]).await;
    assert_eq!(field.error(), (400, 100, 0));
    assert!(field.body.contains("nonexisting field (colour) on node type (Campaign)"));
    assert_eq!(get(&sim, "120211000000099999", &[]).await.error(), (400, 100, 33));
    assert_eq!(get(&sim, "", &[("ids", "1,2")]).await.error(), (500, 100, 0));
    assert_eq!(get(&sim, "some_page", &[]).await.error(), (404, 803, 0));
    assert_eq!(get(&sim, &format!("{ACT}/nonsense"), &[]).await.error(), (400, 2500, 0));
}

#[tokio::test]
async fn a_budget_edit_leaves_the_updated_time_of_a_campaign_alone() {
    let sim = Sim::start(World::small()).await.expect("start");
    let id = sim.world().truth_objects(ACT, Level::Campaign)[0].id.clone();
    let fields = [("fields", "updated_time,daily_budget,name")];
    let before = get(&sim, &id, &fields).await.json();
    sim.world().apply(Change::SetDailyBudget { id: id.clone(), budget: 77_700 }).expect("set");
    let after = get(&sim, &id, &fields).await.json();
    assert_eq!(after["daily_budget"], "77700");
    assert_eq!(after["updated_time"], before["updated_time"]);
    sim.world().apply(Change::Rename { id: id.clone(), name: "Other".into() }).expect("rename");
    let renamed = get(&sim, &id, &fields).await.json();
    assert_ne!(renamed["updated_time"], before["updated_time"]);
}

#[tokio::test]
async fn a_listing_can_be_cut_by_ids_and_by_time_of_change() {
    let sim = Sim::start(World::small()).await.expect("start");
    let objects = sim.world().truth_objects(ACT, Level::Adset);
    let (one, two) = (&objects[0].id, &objects[7].id);
    let filter = format!("[{{\"field\":\"adset.id\",\"operator\":\"IN\",\"value\":[\"{one}\",\"{two}\"]}}]");
    assert_eq!(all(&sim, &format!("{ACT}/adsets"), &[("filtering", &filter)]).await.len(), 2);
    let filter = "[{\"field\":\"campaign.id\",\"operator\":\"NOT_IN\",\"value\":[\"1\"]}]";
    assert_eq!(all(&sim, &format!("{ACT}/adsets"), &[("filtering", filter)]).await.len(), 36);
    sim.world().apply(Change::Pause { id: one.clone() }).expect("pause");
    let since = (graph_sim::NOON - 60).to_string();
    let filter = format!("[{{\"field\":\"adset.updated_time\",\"operator\":\"GREATER_THAN\",\"value\":{since}}}]");
    assert_eq!(all(&sim, &format!("{ACT}/adsets"), &[("filtering", &filter)]).await.len(), 1);
    assert_eq!(all(&sim, &format!("{ACT}/adsets"), &[("updated_since", &since)]).await.len(), 1);
}

#[tokio::test]
async fn nested_edges_page_on_their_own_and_empty_ones_leave_their_key_out() {
    let sim = Sim::start(World::small()).await.expect("start");
    let made = sim.world().apply(Change::AddCampaign {
        account: ACT.into(),
        name: "Empty".into(),
        goal: graph_sim::Goal::Traffic,
        daily_budget: None,
    });
    let empty = made.expect("made").expect("an id");
    let fields = [("fields", "name,start_time,daily_budget,adsets.limit(2){id,ads{id}}")];
    let rows = all(&sim, &format!("{ACT}/campaigns"), &fields).await;
    assert_eq!(rows[0]["adsets"]["data"].as_array().expect("adsets").len(), 2);
    assert!(rows[0]["adsets"]["data"][0]["ads"]["data"].is_array());
    assert!(rows[0]["adsets"]["paging"]["next"].as_str().expect("next").contains("fields=id%2Cads"));
    let row = rows.iter().find(|row| row["id"] == empty.as_str()).expect("listed");
    assert!(row.get("adsets").is_none() && row.get("daily_budget").is_none());
    assert_eq!(row["start_time"], "1969-12-31T15:59:59-0800");
}

#[tokio::test]
async fn creatives_have_no_times_and_times_have_no_colon_in_the_offset() {
    let sim = Sim::start(World::small()).await.expect("start");
    let creatives = all(&sim, &format!("{ACT}/adcreatives"), &[("fields", "id,name,object_type")]).await;
    assert!(!creatives.is_empty());
    let refused = get(&sim, &format!("{ACT}/adcreatives"), &[("fields", "created_time")]).await;
    assert_eq!(refused.error(), (400, 100, 0));
    let ads = get(&sim, &format!("{ACT}/ads"), &[("fields", "created_time,creative"), ("limit", "1")]).await.data();
    assert!(ads[0]["created_time"].as_str().expect("time").ends_with("-0300"));
    assert!(ads[0]["creative"]["id"].is_string());
}
