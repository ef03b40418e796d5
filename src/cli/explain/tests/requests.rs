//! How Meta was asked: the question that was kept, never another one.

use super::*;
use crate::store::provenance::Later;
use crate::store::requests::{Answered, Reading, Request};

const SINCE: &str = r#"{"since":"<since>","until":"<until>"}"#;

fn request(hash: &str, manner: &str, path: &str, more: &[(&str, &str)]) -> Request {
    let mut parameters: std::collections::BTreeMap<&str, &str> =
        [("level", "adset"), ("fields", "adset_id,spend"), ("time_range", SINCE)].into();
    parameters.extend(more.iter().copied());
    Request {
        hash: hash.to_owned(),
        manner: manner.to_owned(),
        api_version: "v25.0".to_owned(),
        path: path.to_owned(),
        parameters: serde_json::json!(parameters).to_string(),
    }
}

fn answered(request: &str, rows: u64, objects: Option<&[&str]>) -> Answered {
    Answered {
        request: request.to_owned(),
        since: day("2026-11-01"),
        until: day("2026-11-20"),
        rows,
        objects: objects.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
    }
}

/// What is found where these questions were answered.
fn read_with(asked: Vec<Answered>) -> Provenance {
    let reading = Reading { run: uuid::Uuid::nil(), step: "insights:mine".to_owned(), asked };
    let requests = vec![
        request("listing", "direct", "act_<account_id>/insights", &[]),
        request(
            "hidden",
            "report_run",
            "act_<account_id>/insights",
            &[("filtering", "[ARCHIVED]"), ("fields", "spend")],
        ),
        request("single", "batch", "<id>/insights", &[]),
    ];
    let coverage = Coverage { reading: Some(reading), ..coverage() };
    Provenance { coverage: Some(coverage), requests, ..found() }
}

#[test]
fn the_request_is_the_one_that_was_kept_with_its_own_days_fields_and_version() {
    let text =
        with(read_with(vec![answered("listing", 31, None), answered("hidden", 0, None)]), "2026-11-20", words::text);
    assert_eq!(text.matches("request ").count(), 1, "{text}");
    let told = line(&text, "request");
    for part in [
        "GET /v25.0/act_102/insights with",
        "(2 fields)",
        "level=adset",
        r#"{"since":"2026-11-01","until":"2026-11-20"}"#,
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.ends_with("each ad set's own attribution setting"), "{told}");
    assert!(line(&text, "fields").ends_with("adset_id,spend"), "{text}");
    assert!(!text.contains("asked like this today") && !text.contains("filtering"), "{text}");

    let further = read_with(vec![answered("listing", 30, None), answered("hidden", 1, Some(&["7"]))]);
    let text = with(further, "2026-11-20", words::text);
    let told = line(&text, "request");
    assert!(told.contains("POST /v25.0") && told.contains("filtering=[ARCHIVED]"), "{told}");
    assert!(told.ends_with("worked out by a report run") && line(&text, "fields").ends_with(" spend"), "{text}");
    let by_id = with(read_with(vec![answered("single", 1, None)]), "2026-11-20", words::text);
    assert!(line(&by_id, "request").contains("GET /v25.0/<id>/insights with"), "{by_id}");
}

#[test]
fn where_several_requests_may_have_shown_the_row_all_are_told_and_no_one_is_picked() {
    let many = || read_with(vec![answered("listing", 300, None), answered("hidden", 200, None)]);
    let text = with(many(), "2026-11-20", words::text);
    assert!(line(&text, "request").contains("one of these 2"), "{text}");
    assert!(text.contains("GET /v25.0") && text.contains("POST /v25.0"), "{text}");
    let json = |found| with(found, "2026-11-20", |explained| json::array(std::slice::from_ref(explained)).unwrap());
    let told: serde_json::Value = serde_json::from_str(&json(many())).unwrap();
    assert_eq!((&told[0]["request"], told[0]["requests"].as_array().unwrap().len()), (&().into(), 2));
    let one: serde_json::Value = serde_json::from_str(&json(read_with(vec![answered("listing", 31, None)]))).unwrap();
    assert_eq!(one[0]["request"]["manner"], "direct");
    assert_eq!(one[0]["request"]["parameters"]["fields"], "adset_id,spend");
    assert_eq!(one[0]["request"]["parameters"]["time_range"], r#"{"since":"2026-11-01","until":"2026-11-20"}"#);
}

#[test]
fn a_row_that_a_broken_reading_wrote_is_not_said_to_come_from_the_last_whole_one() {
    let step = Step { status: "failed".to_owned(), requests: vec!["hidden".to_owned()], ..found().step.unwrap() };
    let written_at = "2026-11-22T09:00:00Z".parse().unwrap();
    let later = |step| Some(Later { written_at, step });
    let found = read_with(vec![answered("listing", 31, None)]);
    let run = uuid::Uuid::max();
    let text = with(Provenance { later: later(Some((run, step))), ..found.clone() }, "2026-11-20", words::text);
    let told = line(&text, "since then");
    assert!(
        told.contains("2026-11-22 06:00:00") && told.contains(&run.to_string()) && told.ends_with("failed"),
        "{told}"
    );
    assert!(text.contains("it asked POST /v25.0/act_102/insights"), "{text}");
    let text = with(Provenance { later: later(None), ..found }, "2026-11-20", words::text);
    assert!(line(&text, "since then").contains("no record shows which"), "{text}");
}
