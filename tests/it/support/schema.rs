//! Holds values against the schemas of an OpenAPI description: the part of JSON Schema that the description uses. A word of
//! a schema that is not known here is an error, so that nothing is promised that nobody looks at.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

/// A description, whose schemas refer to each other.
pub(crate) struct Description(pub(crate) Value);

/// Words that say nothing about a value.
const NOTES: [&str; 2] = ["description", "default"];

impl Description {
    /// What a reference leads to; anything else is itself.
    pub(crate) fn at<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(path) => {
                let found = self.0.pointer(path.trim_start_matches('#'));
                found.unwrap_or_else(|| panic!("{path} leads nowhere"))
            }
            None => value,
        }
    }

    /// What is wrong with a value, a line each.
    pub(crate) fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.look(schema, value, "", &mut faults);
        faults
    }

    fn look(&self, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
        let schema = self.at(schema);
        let mut fault = |what: String| faults.push(format!("{place}: {what}"));
        for (word, said) in schema.as_object().unwrap() {
            match word.as_str() {
                "type" => {
                    let types = said.as_array().map_or(vec![said], |types| types.iter().collect());
                    if !types.iter().any(|kind| is(kind.as_str().unwrap(), value)) {
                        fault(format!("{value} is no {said}"));
                    }
                }
                "enum" if !said.as_array().unwrap().contains(value) => fault(format!("{value} is none of {said}")),
                "format" if value.is_string() && !is_formed(said.as_str().unwrap(), value.as_str().unwrap()) => {
                    fault(format!("{value} is no {said}"));
                }
                "minimum" if value.is_number() && value.as_i64() < said.as_i64() => {
                    fault(format!("{value} is below {said}"))
                }
                "maximum" if value.is_number() && value.as_i64() > said.as_i64() => {
                    fault(format!("{value} is above {said}"))
                }
                "minItems" | "maxItems" | "maxLength" => {
                    let count = value.as_array().map_or(value.as_str().map(str::len), |items| Some(items.len()));
                    let (count, bound) = (count.map(|count| count as u64), said.as_u64());
                    if count.is_some() && (if word == "minItems" { count < bound } else { count > bound }) {
                        fault(format!("{word} is {said}, not {count:?}"));
                    }
                }
                "enum" | "format" | "minimum" | "maximum" | "items" | "oneOf" | "properties" | "required" => {}
                "additionalProperties" => assert_eq!(*said, Value::Bool(false), "{place}"),
                other => assert!(NOTES.contains(&other), "{place}: the word {other} is not known"),
            }
        }
        if let Some(alternatives) = schema["oneOf"].as_array() {
            let fitting = alternatives.iter().filter(|one| self.faults(one, value).is_empty()).count();
            if fitting != 1 {
                let all: Vec<String> = alternatives.iter().flat_map(|one| self.faults(one, value)).collect();
                faults.push(format!("{place}: fits {fitting} of the alternatives: {}", all.join("; ")));
            }
        }
        for item in value.as_array().into_iter().flatten().filter(|_| schema.get("items").is_some()) {
            self.look(&schema["items"], item, &format!("{place}[]"), faults);
        }
        let Some(fields) = value.as_object().filter(|_| schema.get("properties").is_some()) else { return };
        for required in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(required.as_str().unwrap()) {
                faults.push(format!("{place}: {required} is missing"));
            }
        }
        for (name, field) in fields {
            match schema["properties"].get(name) {
                Some(schema) => self.look(schema, field, &format!("{place}.{name}"), faults),
                None => faults.push(format!("{place}: {name} is not described")),
            }
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn is_formed(format: &str, text: &str) -> bool {
    match format {
        "date-time" => DateTime::parse_from_rfc3339(text).is_ok_and(|at| at.offset().local_minus_utc() == 0),
        "date" => text.parse::<NaiveDate>().is_ok() && text.len() == 10,
        "uuid" => uuid::Uuid::parse_str(text).is_ok(),
        other => panic!("{other} is no format"),
    }
}

#[test]
fn a_value_that_is_not_as_described_is_found() {
    let description = Description(serde_json::json!({
        "schemas": {
            "Day": { "type": "object", "properties": {
                "date": { "type": "string", "format": "date" }, "rows": { "type": ["integer", "null"], "minimum": 0 },
                "status": { "enum": ["settled", null] }, "of": { "oneOf": [{ "$ref": "#/schemas/Day" }, { "type": "null" }] },
            }, "required": ["date"], "additionalProperties": false },
            "Days": { "type": "array", "items": { "$ref": "#/schemas/Day" }, "maxItems": 2 },
        },
    }));
    let days = serde_json::json!({ "$ref": "#/schemas/Days" });
    let faults = |text: &str| description.faults(&days, &serde_json::from_str(text).unwrap());
    let right = r#"[{"date":"2026-11-20","rows":null,"status":null},{"date":"2026-11-21","rows":0,"of":{"date":"2026-11-20"}}]"#;
    assert_eq!(faults(right), [""; 0]);
    for (text, said) in [
        (r#"{}"#, ": {} is no \"array\""),
        (r#"[{}]"#, "[]: \"date\" is missing"),
        (r#"[{"date":"2026-11-20","day":1}]"#, "[]: day is not described"),
        (r#"[{"date":"20-11-2026"}]"#, "[].date: \"20-11-2026\" is no \"date\""),
        (r#"[{"date":"2026-11-20","rows":"3"}]"#, "[].rows: \"3\" is no [\"integer\",\"null\"]"),
        (r#"[{"date":"2026-11-20","status":"drift"}]"#, "[].status: \"drift\" is none of [\"settled\",null]"),
    ] {
        assert_eq!(faults(text), [said], "{text}");
    }
    assert_eq!(faults(r#"[{"date":"2026-11-20","of":{}}]"#).len(), 1);
    assert_eq!(faults(r#"[{"date":"2026-11-20"},{"date":"2026-11-20"},{"date":"2026-11-20"}]"#).len(), 1);
}
