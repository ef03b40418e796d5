//! Whatever stands in files and variables, loading answers and never panics.

use proptest::prelude::*;

use super::super::file::{KEYS, SECTIONS, Shape};
use super::*;

/// Values that look right, look nearly right, and look like nothing.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<f32>().prop_map(|f| format!("{f:?}")),
        "[-*/,0-9 LW#?@A-Z]{0,20}".prop_map(|s| format!("{s:?}")),
        "[0-9]{1,30}(s|m|h|d|y|GB|KiB|.5h)?".prop_map(|s| format!("{s:?}")),
        "(postgres|https|http|[a-z]{0,3})://[a-z@:/?#%\\[\\]]{0,20}".prop_map(|s| format!("{s:?}")),
        "[a-z_]{0,12}(=|,|/|::)?[a-z]{0,8}".prop_map(|s| format!("{s:?}")),
        any::<String>().prop_map(|s| toml::Value::from(s).to_string()),
        prop::collection::vec(any::<String>(), 0..4).prop_map(|list| toml::Value::from(list).to_string()),
        Just("[[1], {a = 1}]".to_owned()),
        Just("{a = 1, b = {c = [2]}}".to_owned()),
        Just("2026-01-01T00:00:00Z".to_owned()),
    ]
}

/// A known key with a value, written as TOML and as a variable.
fn pair() -> impl Strategy<Value = (String, String, String)> {
    (0..KEYS.len(), prop_oneof!["[a-z]{1,8}", "act_[0-9]{1,22}", Just("recent".to_owned())], value()).prop_map(
        |(n, name, value)| {
            let key = &KEYS[n];
            let shape = SECTIONS.iter().find(|s| s.name == key.section).unwrap().shape;
            let word = if key.name == "*" { name.as_str() } else { key.name };
            let path = match shape {
                Shape::Named => vec![key.section, &name, word],
                Shape::Fixed | Shape::Free => vec![key.section, word],
            };
            let variable = format!("ADSYNC__{}", path.join("__").to_uppercase());
            (path.join("."), variable, value)
        },
    )
}

fn answers(files: &[(&str, &str)], variables: &[(String, String)]) {
    let environment: Environment = variables.iter().cloned().collect();
    for needs in [Needs::NOTHING, Needs::EVERYTHING] {
        if let Err(problems) = load(folder(files).path(), &environment, needs) {
            let lines = problems.to_string().lines().count();
            assert!(lines > 0 && lines == problems.iter().count(), "{problems}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_values_of_known_keys_are_answered(pairs in prop::collection::vec(pair(), 0..12)) {
        let text: String = pairs.iter().map(|(path, _, value)| format!("{path} = {value}\n")).collect();
        let variables: Vec<_> =
            pairs.iter().map(|(_, variable, value)| (variable.clone(), value.trim_matches('"').to_owned())).collect();
        answers(&[("default.toml", &text)], &[]);
        answers(&[], &variables);
        for (path, _, value) in &pairs {
            answers(&[("local.toml", &format!("{path} = {value}\n"))], &variables);
        }
    }

    #[test]
    fn any_text_in_a_file_is_answered(text in any::<String>(), lines in prop::collection::vec("[\\[\\]a-z.\"'= 0-9{}#]{0,30}", 0..6)) {
        answers(&[("local.toml", &text)], &[]);
        answers(&[("local.toml", &lines.join("\n"))], &[]);
    }

    #[test]
    fn any_variables_are_answered(pairs in prop::collection::vec(("ADSYNC_{1,3}[A-Z_\\[\\]0-9.]{0,30}", any::<String>()), 0..6), other in any::<String>()) {
        let mut variables = pairs;
        for name in ["ADSYNC_ENV", "DATABASE_URL", "META_ACCOUNT_ID", "META_ACCESS_TOKEN", "META_ACCESS_TOKEN_FILE", "ADSYNC_WEBHOOK_URL"] {
            variables.push((name.to_owned(), other.clone()));
        }
        answers(&[], &variables);
    }
}
