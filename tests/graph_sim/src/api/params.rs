//! The parameters of a call, from the query, a form or a JSON body.
use super::error::GraphError;
use serde_json::Value;

/// Parameters in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

/// Page size where nobody asks for one (recorded).
const DEFAULT_LIMIT: usize = 25;
/// Larger wishes are cut to this; Meta's own maximum is not documented.
const MAX_LIMIT: usize = 5_000;

impl Params {
    /// Reads a query string or form.
    pub fn parse(query: &str) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
    }

    /// Makes parameters from pairs.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// Adds those of a body: JSON, or else a form.
    pub fn add_body(&mut self, body: &str) {
        if let Ok(Value::Object(map)) = serde_json::from_str(body) {
            for (key, value) in map {
                let text = match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                self.pairs.push((key, text));
            }
        } else {
            self.pairs.extend(Self::parse(body).pairs);
        }
    }

    /// Gives a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets a parameter, in place of an earlier one.
    pub fn set(&mut self, name: &str, value: String) {
        self.pairs.retain(|(key, _)| key != name);
        self.pairs.push((name.to_owned(), value));
    }

    /// Gives the pairs that hold no secret: neither token nor proof, nor a batch, whose parts may hold them.
    pub fn harmless(&self) -> impl Iterator<Item = &(String, String)> {
        self.pairs
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "access_token" | "appsecret_proof" | "input_token" | "batch"))
    }

    /// Reads a list: a JSON array, or texts with commas between.
    pub fn list(&self, name: &str) -> Result<Vec<String>, GraphError> {
        let Some(text) = self.get(name).map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Vec::new());
        };
        if text.starts_with('[') {
            return serde_json::from_str::<Vec<Value>>(text)
                .map(|values| values.iter().map(plain).collect())
                .map_err(|_| GraphError::bad(format!("Param {name} must be an array.")));
        }
        Ok(text.split(',').map(|part| part.trim().to_owned()).collect())
    }

    /// Says whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// Reads the page size.
    pub fn limit(&self) -> Result<usize, GraphError> {
        match self.get("limit") {
            None => Ok(DEFAULT_LIMIT),
            Some(text) => match text.parse::<usize>() {
                Ok(limit) if limit > 0 => Ok(limit.min(MAX_LIMIT)),
                _ => Err(GraphError::bad("Param limit must be a positive integer.")),
            },
        }
    }

    /// Writes the link to another page of this question: every parameter, the token in it (recorded).
    pub fn link(&self, url: &str, token: &str, cursor: (&str, &str)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("access_token", token);
        for (key, value) in self.harmless().filter(|(key, _)| key != "after" && key != "before") {
            query.append_pair(key, value);
        }
        query.append_pair(cursor.0, cursor.1);
        format!("{url}?{}", query.finish())
    }
}

/// Gives a JSON value as a plain text.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
