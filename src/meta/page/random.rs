//! Bodies that nobody promised: whatever arrives, nothing panics, and no row of a page is lost in silence.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Text as names have it: letters, halves of surrogate pairs as escapes, U+0000, quotes, emoji.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9 |_-]{0,8}",
        Just("\\u0000".to_owned()),
        Just("\\ud83d".to_owned()),
        Just("\\ude00".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("\\u00e7".to_owned()),
        Just("\\\\u0000".to_owned()),
        Just("\\\\\\ud83d".to_owned()),
        Just("\\/\\\"\\n".to_owned()),
        Just("🦷ã".to_owned()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// The rows of a page as JSON: objects, and rarely something else.
fn row() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        4 => text().prop_map(|text| format!("\"{text}\"")),
        1 => Just("{\"a\":[1,{\"b\":null}]}".to_owned()),
        1 => Just("[{\"action_type\":\"lead\",\"value\":\"3\"}]".to_owned()),
        1 => Just("-12.50e3".to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("99999999999999999999999999".to_owned()),
    ];
    let field = (text(), value).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    proptest::collection::vec(field, 0..5).prop_map(|fields| format!("{{{}}}", fields.join(",")))
}

fn body() -> impl Strategy<Value = (String, usize, bool)> {
    let paging = prop_oneof![
        Just((String::new(), false)),
        Just((",\"paging\":{\"cursors\":{\"before\":\"MAZDZD\",\"after\":\"MjQZD\"}}".to_owned(), false)),
        Just((
            ",\"paging\":{\"cursors\":{\"after\":\"MjQZD\"},\"next\":\"https:\\/\\/x\\/?after=MjQZD\"}".to_owned(),
            true
        )),
        Just((",\"paging\":{\"next\":\"https://x/?a=1&after=Mj\"},\"summary\":{\"total_count\":5}".to_owned(), true)),
    ];
    (proptest::collection::vec(row(), 0..6), paging).prop_map(|(rows, (paging, has_next))| {
        (format!("{{\"data\":[{}]{paging}}}", rows.join(",")), rows.len(), has_next)
    })
}

/// What stands in a body by another reader, where it is a listing of objects.
fn claimed(body: &str) -> Option<usize> {
    let whole: Value = serde_json::from_str(body).ok()?;
    let data = whole.get("data")?.as_array()?;
    data.iter().all(Value::is_object).then_some(data.len())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_of_a_page_arrives((body, rows, has_next) in body()) {
        let page = Page::decode(body.clone()).map_err(|error| TestCaseError::fail(format!("{error}: {body}")))?;
        prop_assert_eq!(page.len(), rows);
        prop_assert_eq!(page.rows().unwrap().len(), rows);
        prop_assert_eq!(page.after().is_some(), has_next);
        for row in page.rows().unwrap() {
            for (_, raw) in row.fields() {
                // What a database text cannot hold is gone, so that every value can be read.
                let read: Value = serde_json::from_str(raw.get()).unwrap();
                prop_assert!(read.as_str().is_none_or(|text| !text.contains('\0')));
            }
        }
    }

    #[test]
    fn a_page_that_lost_or_gained_bytes_is_whole_or_refused(
        (body, _, _) in body(), cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4)
    ) {
        let mut bytes = body.into_bytes();
        for (at, byte, how) in cuts {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match how {
                0 => bytes.truncate(at),
                1 if !bytes.is_empty() => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(page) = Page::decode(body.clone()) {
            let rows = page.rows().unwrap().len();
            prop_assert_eq!(rows, page.len());
            if let Some(claimed) = claimed(&body) {
                prop_assert_eq!(rows, claimed, "{}", body);
            }
        }
    }

    #[test]
    fn noise_is_never_an_empty_listing(noise in "\\PC{0,200}") {
        let decoded = Page::decode(noise.clone());
        prop_assert!(decoded.is_err() || claimed(&noise).is_some(), "{}", noise);
    }

    #[test]
    fn json_of_any_shape_is_a_listing_or_an_error(shape in shapes()) {
        let body = shape.to_string();
        match Page::decode(body.clone()) {
            Ok(page) => prop_assert_eq!(Some(page.len()), claimed(&body), "{}", body),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

/// JSON with the API's own words in unexpected places.
fn shapes() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("https://x/?after=1")),
        Just(json!({"message": "x", "code": "2"})),
        Just(json!([])),
    ];
    let words = prop::sample::select(vec!["data", "paging", "cursors", "after", "next", "error", "id", "x"]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::hash_map(words.clone(), inner, 0..4).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}
