//! Every known error as a switch (errors.json, FACTS 4).
use crate::support::{ACT, control, get};
use graph_sim::{Fault, KnownError, Sim, World};
use serde_json::Value;

#[tokio::test]
async fn every_row_of_the_list_is_answered_with_each_of_its_statuses() {
    let sim = Sim::start(World::small()).await.expect("start");
    assert_eq!(KnownError::all().len(), 85);
    for row in KnownError::all() {
        for status in &row.http_status {
            sim.faults().clear();
            sim.faults().always(Fault::row(row, Some(*status)));
            let answer = get(&sim, ACT, &[]).await;
            assert_eq!(answer.status, *status, "{row:?}");
            if row.is_bare() {
                assert!(serde_json::from_str::<Value>(&answer.body).is_err(), "{row:?}");
                continue;
            }
            let error = answer.json()["error"].clone();
            let text = |value: &Value| value.as_str().map(str::to_owned);
            assert_eq!(error["error_subcode"].as_i64(), row.subcode, "{row:?}");
            assert_eq!(text(&error["type"]), row.kind, "{row:?}");
            assert_eq!(error["is_transient"].as_bool(), row.is_transient, "{row:?}");
            assert_eq!(text(&error["error_user_title"]), row.error_user_title, "{row:?}");
            assert_eq!(text(&error["error_user_msg"]), row.error_user_msg, "{row:?}");
            if row.class != "unknown" {
                assert_eq!(error["code"].as_i64(), row.code, "{row:?}");
            }
            let message = error["message"].as_str().expect("a message");
            assert!(!message.is_empty() && !message.contains(['{', '}']), "{message}");
        }
    }
}

#[tokio::test]
async fn rows_are_chosen_by_codes_and_the_first_status_is_the_default() {
    let sim = Sim::start(World::small()).await.expect("start");
    sim.faults().times(Fault::known(190, Some(463)), ACT, 1);
    assert_eq!(get(&sim, ACT, &[]).await.error(), (400, 190, 463));
    // The permanent 5xx of the dead multi-read (FACTS 0.3) shares code 100 with eight other rows.
    let rule = "{\"fault\":{\"kind\":\"known\",\"code\":100,\"nth\":5},\"times\":1}";
    control(&sim, "POST", "faults", rule).await;
    let dead = get(&sim, ACT, &[]).await;
    assert_eq!(dead.error(), (500, 100, 0));
    assert!(dead.body.contains("ids query parameter is deprecated"));
    let throttled = "{\"fault\":{\"kind\":\"known\",\"code\":80004,\"subcode\":2446079,\"minutes\":19},\"times\":1}";
    control(&sim, "POST", "faults", throttled).await;
    let answer = get(&sim, ACT, &[]).await;
    assert_eq!(answer.error(), (400, 80_004, 2_446_079));
    assert!(answer.headers["x-business-use-case-usage"].contains("\"estimated_time_to_regain_access\":19"));
    // An error inside an answer that went well (FACTS 4, odd corners).
    control(&sim, "POST", "faults", "{\"fault\":{\"kind\":\"known\",\"code\":2,\"status\":200},\"times\":1}").await;
    assert_eq!(get(&sim, ACT, &[]).await.error(), (200, 2, 0));
    let blamed = KnownError::find(Some(1_487_901), None, 0).expect("listed");
    sim.faults().times(Fault::row(blamed, None), ACT, 1);
    let answer = get(&sim, ACT, &[]).await.json();
    assert_eq!(answer["error"]["error_data"]["blame_field_specs"][0][0], "daily_budget");
}
