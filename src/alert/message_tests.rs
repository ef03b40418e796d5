//! What a message says: its fields, its text, and what it never does to a channel.

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn told(dedupe_id: &str, account: Option<&str>, message: &str) -> Told {
    Told {
        dedupe_id: dedupe_id.to_owned(),
        kind: "failed".to_owned(),
        accounts: account.into_iter().map(str::to_owned).collect(),
        is_of_account: account.is_some(),
        message: message.to_owned(),
        advice: Some("Assign the account.".to_owned()),
        run_id: None,
        urgency: 2,
        first_at: at("2026-11-26T13:15:00Z"),
        resolved_at: None,
        comebacks: 0,
    }
}

fn telling(told_as: &str, alerts: Vec<Told>) -> Telling {
    let is_over = alerts.iter().all(|alert| alert.resolved_at.is_some());
    Telling { told_as: told_as.to_owned(), is_over, attempts: 1, now: at("2026-11-26T14:00:00Z"), alerts }
}

fn named(accounts: &[(&str, &str)]) -> HashMap<String, Named> {
    let zone = Some("America/Sao_Paulo".to_owned());
    let named = |name: &str| Named { name: Some(name.to_owned()), zone: zone.clone() };
    accounts.iter().map(|(digits, name)| ((*digits).to_owned(), named(name))).collect()
}

fn body(telling: &Telling, names: &[(&str, &str)]) -> Value {
    serde_json::from_str(&Message::of(telling, "adsync", &named(names)).body).unwrap()
}

fn text(body: &Value) -> &str {
    body["text"].as_str().unwrap()
}

#[test]
fn a_message_names_the_cause_the_accounts_the_time_in_their_zone_and_the_cure() {
    let alerts = vec![told("failed:permission:1@adsync", Some("1"), "(#200) no access (code 200)")];
    let body = body(&telling("permission:META_ACCESS_TOKEN@adsync", alerts), &[("1", "Clinica Aurora")]);
    assert_eq!(
        text(&body),
        "adsync: the token may not read some accounts: (#200) no access (code 200). Assign the account.\n\
         Account: Clinica Aurora (act_1).\nSince 2026-11-26 10:15 (America/Sao_Paulo)."
    );
    let expected = json!({
        "version": 1, "text": text(&body), "dedupe_id": "permission:META_ACCESS_TOKEN@adsync", "state": "firing",
        "cause": "permission", "severity": "error", "run_status": "failed", "instance": "adsync",
        "message": "(#200) no access (code 200)", "advice": "Assign the account.",
        "accounts": [{"id": "act_1", "name": "Clinica Aurora"}], "accounts_total": 1, "run_id": null,
        "since": "2026-11-26T13:15:00Z", "resolved_at": null, "comes_and_goes": false,
    });
    assert_eq!(body, expected);
}

#[test]
fn the_end_has_the_same_id_and_says_how_long_it_lasted() {
    let mut alert = told("stale:1@adsync", Some("1"), "no sync");
    alert.resolved_at = Some(at("2026-11-26T15:20:00Z"));
    let body = body(&telling("stale@adsync", vec![alert]), &[("1", "Aurora")]);
    assert_eq!((&body["state"], &body["dedupe_id"]), (&json!("resolved"), &json!("stale@adsync")));
    assert_eq!(body["resolved_at"], "2026-11-26T15:20:00Z");
    assert_eq!(
        text(&body),
        "adsync: over: data is stale.\nAccount: Aurora (act_1).\n\
         It lasted 2 h 5 min, from 2026-11-26 10:15 to 2026-11-26 12:20 (America/Sao_Paulo)."
    );
}

#[test]
fn what_is_about_the_cause_as_a_whole_and_what_is_worst_speaks_for_the_others() {
    let mut partial = told("failed:auth:1@adsync", Some("1"), "one account");
    (partial.kind, partial.urgency) = ("partial".to_owned(), 1);
    let mut whole = told("token_trouble:META_ACCESS_TOKEN@adsync", None, "the token is not valid");
    (whole.kind, whole.urgency) = ("token_trouble".to_owned(), 1);
    let dead = telling("token_trouble:META_ACCESS_TOKEN@adsync", vec![partial.clone(), whole]);
    assert_eq!(body(&dead, &[])["message"], "the token is not valid");
    let failed = told("failed:auth:2@adsync", Some("2"), "a whole run");
    let worst = body(&telling("failed:invalid:100@adsync", vec![partial.clone(), failed]), &[]);
    assert_eq!((&worst["message"], &worst["run_status"]), (&json!("a whole run"), &json!("failed")));
    let partial = body(&telling("failed:invalid:100@adsync", vec![partial]), &[]);
    assert_eq!((&partial["severity"], &partial["run_status"]), (&json!("warning"), &json!("partial")));
    assert!(text(&partial).starts_with("adsync: a sync is incomplete: one account."), "{}", text(&partial));
}

#[test]
fn no_name_of_an_account_calls_a_channel_or_forges_a_link() {
    let hostile = "<!channel> @everyone <https://evil.example|here> & \u{202e}x\ny\u{7}";
    let alerts = vec![told("failed:permission:1@adsync", Some("1"), hostile)];
    let body = body(&telling("permission:x@adsync", alerts), &[("1", hostile)]);
    let text = text(&body);
    assert!(!text.contains('<') && !text.contains("@everyone") && !text.contains('\u{202e}'), "{text}");
    assert!(text.contains("&lt;!channel&gt;") && text.contains("x y"), "{text}");
    assert_eq!(body["accounts"][0]["name"], "<!channel> @everyone <https://evil.example|here> & x y");
}

#[test]
fn two_hundred_accounts_and_a_long_reason_are_one_text_that_every_receiver_takes() {
    let alerts = (100..300).map(|id| told(&format!("failed:{id}"), Some(&id.to_string()), &"<é>".repeat(2_000)));
    let body = body(&telling("meta_unavailable@adsync", alerts.collect()), &[("100", &"n".repeat(300))]);
    let text = text(&body);
    assert!(text.chars().count() <= 1_900, "{}", text.chars().count());
    assert_eq!((&body["accounts_total"], body["accounts"].as_array().unwrap().len()), (&json!(200), 200));
}

#[test]
fn a_text_names_ten_accounts_and_counts_the_others_and_another_instance_says_its_name() {
    let alerts = (10..23).map(|id| told(&format!("failed:{id}"), Some(&id.to_string()), "unwell"));
    let telling = telling("meta_unavailable@shop", alerts.collect());
    let body: Value = serde_json::from_str(&Message::of(&telling, "shop", &HashMap::new()).body).unwrap();
    assert!(text(&body).starts_with("adsync (shop): Meta cannot be read: unwell."), "{}", text(&body));
    assert!(text(&body).contains("Accounts: act_10, act_11, ") && text(&body).contains("act_19 and 3 more."));
    assert!(text(&body).ends_with("Since 2026-11-26 13:15 (UTC)."), "{}", text(&body));
}

#[test]
fn lengths_of_time_are_told_in_their_largest_units() {
    let told = [20, 60 * 59, 3_600 * 3 + 60, 86_400 * 2 + 3_600 * 5].map(|seconds| lasted(TimeDelta::seconds(seconds)));
    assert_eq!(told, ["less than a minute", "59 min", "3 h 1 min", "2 d 5 h"]);
}
