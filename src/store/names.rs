//! The names of our tables in the database, quoted once, right, and nowhere else.

use std::collections::BTreeMap;

/// The schema and the names that `[tables]` gives.
#[derive(Debug, Clone, Default)]
pub struct Names {
    schema: String,
    others: BTreeMap<String, String>,
}

impl Names {
    /// Takes the schema and the other names, by our name.
    pub fn new(schema: &str, others: &BTreeMap<String, String>) -> Self {
        Self { schema: schema.to_owned(), others: others.clone() }
    }

    /// The schema, unquoted.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The name that one of our tables has in the database, unquoted.
    pub fn relation<'a>(&'a self, table: &'a str) -> &'a str {
        self.others.get(table).map_or(table, String::as_str)
    }

    /// One of our tables as SQL writes it: `"schema"."name"`.
    pub fn qualified(&self, table: &str) -> String {
        format!("{}.{}", quote(&self.schema), quote(self.relation(table)))
    }

    /// Puts the names of our tables into a template: `{sync_runs}` becomes `"public"."sync_runs"`.
    pub fn fill(&self, template: &str) -> String {
        let mut sql = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            sql.push_str(before);
            match after.split_once('}') {
                Some((name, then)) if is_plain(name) => {
                    sql.push_str(&self.qualified(name));
                    rest = then;
                }
                _ => {
                    sql.push('{');
                    rest = after;
                }
            }
        }
        sql + rest
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// An identifier as SQL writes it.
pub fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// A text as SQL writes it. Only for names of roles and comments; values travel as parameters.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_other_names_are_used_everywhere() {
        let others = BTreeMap::from([("campaigns".to_owned(), "meta \"c\"".to_owned())]);
        let names = Names::new("My Schema", &others);
        assert_eq!(
            names.fill("select '{}' from {campaigns}, {adsets}"),
            "select '{}' from \"My Schema\".\"meta \"\"c\"\"\", \"My Schema\".\"adsets\""
        );
        assert_eq!(names.fill("{ {a b} {"), "{ {a b} {");
    }
}
