//! The `fields` parameter: names, nested objects and edges with their modifiers, and which names exist.
use super::error::GraphError;
use super::params::Params;

/// One asked field: `name.limit(2){id,name}`.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its modifiers as parameters of the inner edge.
    pub args: Params,
    /// The inner fields.
    pub inner: Vec<Field>,
    /// The inner fields as they were written, for links to further pages of the inner edge.
    pub inner_text: String,
}

/// Names of an ad account's fields.
pub const AD_ACCOUNT: &str = include_str!("../fields/ad_account.txt");
/// Names of a campaign's fields.
pub const CAMPAIGN: &str = include_str!("../fields/campaign.txt");
/// Names of an ad set's fields.
pub const AD_SET: &str = include_str!("../fields/ad_set.txt");
/// Names of an ad's fields.
pub const AD: &str = include_str!("../fields/ad.txt");
/// Names of a creative's fields.
pub const AD_CREATIVE: &str = include_str!("../fields/ad_creative.txt");
/// Names of insights fields.
pub const ADS_INSIGHTS: &str = include_str!("../fields/ads_insights.txt");
/// Names of a report run's fields.
pub const AD_REPORT_RUN: &str = include_str!("../fields/ad_report_run.txt");
/// Names of breakdowns, which are no fields.
pub const BREAKDOWNS: &str = include_str!("../fields/breakdowns.txt");

/// Says whether a list of names holds one.
pub fn knows(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// Reads the `fields` parameter: a comma list with nesting, or a JSON array of such.
pub fn parse(params: &Params) -> Result<Vec<Field>, GraphError> {
    let Some(text) = params.get("fields").map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    if text.starts_with('[') {
        let names = params.list("fields")?;
        return parse_list(&names.join(","));
    }
    parse_list(text)
}

/// Counts fields, nested ones too.
pub fn count(fields: &[Field]) -> usize {
    fields.iter().map(|field| 1 + count(&field.inner)).sum()
}

fn parse_list(text: &str) -> Result<Vec<Field>, GraphError> {
    let parts = split(text, ',').ok_or_else(syntax)?;
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(parse_one).collect()
}

fn parse_one(text: &str) -> Result<Field, GraphError> {
    let (head, inner) = match text.find('{') {
        // A brace inside a modifier's JSON is no nesting.
        Some(_) if text.ends_with('}') => {
            let at = outer_brace(text).ok_or_else(syntax)?;
            let (head, rest) = text.split_at_checked(at).ok_or_else(syntax)?;
            let inner = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(syntax)?;
            (head, inner)
        }
        _ => (text, ""),
    };
    let mut parts = split(head, '.').ok_or_else(syntax)?.into_iter();
    let name = parts.next().unwrap_or_default().trim().to_owned();
    let mut args = Vec::new();
    for part in parts {
        let (key, value) = part.split_once('(').ok_or_else(syntax)?;
        let value = value.strip_suffix(')').ok_or_else(syntax)?;
        args.push((key.trim().to_owned(), value.to_owned()));
    }
    if name.is_empty() {
        return Err(syntax());
    }
    Ok(Field { name, args: Params::from_pairs(args), inner: parse_list(inner)?, inner_text: inner.to_owned() })
}

/// Finds the brace that opens the inner fields: the first outside of parentheses.
fn outer_brace(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Splits at a sign that stands outside of all brackets and quotes.
fn split(text: &str, sign: char) -> Option<Vec<&str>> {
    let (mut depth, mut is_quoted, mut from) = (0_i32, false, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' | '[' | '{' if !is_quoted => depth += 1,
            ')' | ']' | '}' if !is_quoted => depth -= 1,
            c if c == sign && depth == 0 && !is_quoted => {
                parts.push(text.get(from..at)?);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(from..)?);
    (depth == 0).then_some(parts)
}

fn syntax() -> GraphError {
    GraphError::new(2500, "Syntax error \"Expected end of string\" in the fields parameter")
}

#[cfg(test)]
mod tests {
    use super::{Params, parse};

    #[test]
    fn nesting_and_modifiers_are_read() {
        let mut params = Params::default();
        params.set(
            "fields",
            "id,adsets.limit(50).effective_status([\"ACTIVE\",\"PAUSED\"]){id,insights.time_range({\"since\":\"2026-01-01\",\"until\":\"2026-01-02\"}){spend}},name"
                .to_owned(),
        );
        let fields = parse(&params).expect("fields");
        assert_eq!(fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["id", "adsets", "name"]);
        let adsets = &fields[1];
        assert_eq!(adsets.args.get("limit"), Some("50"));
        assert_eq!(adsets.args.list("effective_status").expect("list"), ["ACTIVE", "PAUSED"]);
        assert_eq!(adsets.inner[1].inner[0].name, "spend");
        assert!(adsets.inner[1].args.get("time_range").expect("range").starts_with('{'));
    }

    #[test]
    fn an_open_bracket_is_a_syntax_error() {
        let mut params = Params::default();
        params.set("fields", "id,adsets{id".to_owned());
        assert_eq!(parse(&params).expect_err("refused").code, Some(2500));
    }
}
