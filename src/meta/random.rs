//! Answers that nobody promised, fed to every decoder beside the page's: none panics, none takes half an answer for one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::batch;
use super::error::{Class, Error};
use super::objects::Object;
use super::usage::{Usage, UseCase};

/// Real answers of every kind, to be spoiled.
const ANSWERS: [&str; 6] = [
    r#"{"id":"120211000000020111","name":"Lookalike 1%","daily_budget":"2000","bid_amount":350,"targeting":{"age_min":25}}"#,
    r#"[{"code":200,"headers":[{"name":"X-App-Usage","value":"{\"call_count\":28}"}],"body":"{\"id\":\"5\"}"},{"code":400,"headers":[],"body":"{\"error\":{\"message\":\"(#100) Missing permissions\",\"code\":100}}"},null]"#,
    r#"{"error":{"message":"(#80000) There have been too many calls","type":"OAuthException","code":80000,"error_subcode":2446079,"is_transient":false,"fbtrace_id":"A"}}"#,
    r#"{"data":{"app_id":"634900000000001","type":"SYSTEM_USER","expires_at":0,"is_valid":true,"scopes":["ads_read"],"granular_scopes":[{"scope":"ads_read","target_ids":["1"]}]}}"#,
    r#"{"report_run_id":"1496466178000001"}"#,
    r#"{"1":[{"type":"ads_insights","call_count":100,"total_cputime":41,"total_time":38,"estimated_time_to_regain_access":12}]}"#,
];

/// A real answer with a few bytes cut out, repeated or changed.
fn spoiled() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[\\x00-\\x7f🦷]{0,3}");
    (prop::sample::select(&ANSWERS[..]), prop::collection::vec(change, 0..4)).prop_map(|(answer, changes)| {
        let mut letters: Vec<char> = answer.chars().collect();
        for (from, to, put) in changes {
            let (a, b) = (from.index(letters.len() + 1), to.index(letters.len() + 1));
            letters.splice(a.min(b)..a.max(b).min(a.min(b) + 12), put.chars());
        }
        letters.into_iter().collect()
    })
}

/// Any JSON, as deep as answers are.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[a-z0-9_ ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let names = prop::sample::select(vec![
            "error", "code", "message", "body", "headers", "data", "id", "value", "name", "type",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..5)
                .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![3 => spoiled(), 2 => anything().prop_map(|value| value.to_string()), 1 => ".{0,64}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_object_is_one_only_with_its_id(body in body()) {
        if let Ok(object) = Object::decode(body.clone()) {
            let whole: Value = serde_json::from_str(&body).unwrap();
            prop_assert!(!whole["id"].is_null());
            prop_assert_eq!(object.page().len(), 1);
        }
    }

    #[test]
    fn a_batch_is_one_only_with_a_part_for_every_question(body in body(), wanted in 0_usize..4) {
        match batch::parts(&body, wanted) {
            Ok(parts) => prop_assert_eq!(parts.len(), wanted),
            // An error inside a success may be of any class; what is no answer is malformed.
            Err(error) => prop_assert!(error.class == Class::Malformed || body.contains("error")),
        }
        let told = batch::told(&body, Some("1"));
        prop_assert!(told.usage.peak_pct().is_finite());
    }

    #[test]
    fn an_error_is_read_whatever_its_parts_are(body in body(), status in 100_u16..600) {
        let error = Error::from_answer(status, &body);
        prop_assert!(!error.message.is_empty() || body.contains("message"));
        prop_assert!(matches!(status, 200..=299 | 401 | 403) || error.class != Class::Malformed);
    }

    #[test]
    fn a_usage_header_never_names_a_wait_longer_than_a_day(value in body()) {
        for name in ["x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle", "x-business-use-case-usage"] {
            let usage = Usage::read(|asked| (asked == name).then(|| value.clone()), Some("1"));
            prop_assert!(usage.peak_pct() >= 0.0);
            prop_assert!(usage.regain_in(UseCase::Insights).is_none_or(|wait| wait.as_secs() <= 86_400));
        }
    }
}
