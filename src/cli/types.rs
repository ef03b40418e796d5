//! `adsync types`: the tables, views and functions as they are configured, as TypeScript types for supabase-js. No database
//! is asked.
//!
//! The shape is what `supabase gen types typescript` writes, and so are the types: PostgREST gives every number of SQL as a
//! JSON number and jsonb as it is, and Supabase's own generator types `smallint` to `bigint` and `numeric` as `number`, dates,
//! instants and UUIDs as `string` (supabase/postgres-meta, src/server/templates/typescript.ts, `pgTypeToTsType`).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::config::Settings;
use crate::store::outline::{Field, Function, Outline, outline};
use crate::sync::tables::definitions;

use super::Failed;
use super::output::say;

/// Arguments of `types`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync types                          > src/database.types.ts
  adsync --config-dir /etc/adsync types

It follows the configuration: reports, their breakdowns, [metrics] and [tables]. In the app:

  import { createClient } from '@supabase/supabase-js'
  import type { Database } from './database.types'
  const supabase = createClient<Database>(url, key)

Columns that are yours in an adopted table are not among them. Numbers are JSON numbers: beyond 2^53 a browser rounds them.")]
pub(super) struct Args {}

pub(super) fn types(settings: &Settings) -> Result<(), Failed> {
    say(typescript(&outline(&settings.database, &definitions(&settings.sync.reports))).trim_end());
    Ok(())
}

/// All of it as one module.
fn typescript(outline: &Outline) -> String {
    let mut text = format!(
        "// Written by `adsync types` (adsync {}) from its configuration; write it anew when that changes.\n\n\
         export type Json = string | number | boolean | null | {{ [key: string]: Json | undefined }} | Json[]\n\n\
         export type Database = {{\n  {}: {{\n    Tables: {{\n",
        env!("CARGO_PKG_VERSION"),
        name(&outline.schema)
    );
    for (table, fields) in &outline.tables {
        writeln!(text, "      {}: {{\n        Row: {{", name(table)).ok();
        members(&mut text, fields, |_| "");
        text.push_str("        }\n        Insert: {\n");
        members(&mut text, &plain(fields), |field| if field.is_nullable || field.has_default { "?" } else { "" });
        text.push_str("        }\n        Update: {\n");
        members(&mut text, &plain(fields), |_| "?");
        text.push_str("        }\n        Relationships: []\n      }\n");
    }
    text.push_str("    }\n    Views: {\n");
    views(&mut text, &outline.views);
    text.push_str("    }\n    Functions: {\n");
    match &outline.sums {
        Some(sums) => function(&mut text, sums),
        None => text.push_str("      [_ in never]: never\n"),
    }
    text.push_str("    }\n    Enums: {\n      [_ in never]: never\n    }\n    CompositeTypes: {\n      [_ in never]: never\n    }\n  }\n}\n");
    text
}

fn views(text: &mut String, views: &BTreeMap<String, Vec<Field>>) {
    for (view, fields) in views {
        writeln!(text, "      {}: {{\n        Row: {{", name(view)).ok();
        members(text, fields, |_| "");
        text.push_str("        }\n        Relationships: []\n      }\n");
    }
}

fn function(text: &mut String, function: &Function) {
    writeln!(text, "      {}: {{\n        Args: {{", name(&function.name)).ok();
    members(text, &function.arguments, |argument| if argument.has_default { "?" } else { "" });
    text.push_str("        }\n        Returns: {\n");
    members(text, &function.result, |_| "");
    text.push_str("        }[]\n      }\n");
}

fn members(text: &mut String, fields: &[Field], mark: impl Fn(&Field) -> &'static str) {
    for field in fields {
        if !field.comment.is_empty() {
            writeln!(text, "          /** {} */", field.comment.replace("*/", "* /")).ok();
        }
        let null = if field.is_nullable { " | null" } else { "" };
        writeln!(text, "          {}{}: {}{null}", name(&field.name), mark(field), type_of(&field.sql_type)).ok();
    }
}

/// The same fields without their words, which stand beside the row.
fn plain(fields: &[Field]) -> Vec<Field> {
    fields.iter().map(|field| Field { comment: String::new(), ..field.clone() }).collect()
}

/// A type of SQL as supabase-js delivers it.
fn type_of(sql: &str) -> String {
    if let Some(item) = sql.strip_suffix("[]") {
        return format!("{}[]", type_of(item));
    }
    match sql {
        "smallint" | "integer" | "bigint" | "numeric" => "number",
        "boolean" => "boolean",
        "text" | "date" | "timestamptz" | "uuid" => "string",
        "jsonb" => "Json",
        _ => "unknown",
    }
    .to_owned()
}

/// A name as a key of an object.
fn name(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.chars().all(is_plain) && !name.starts_with(|first: char| first.is_ascii_digit()) {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_are_typescripts() {
        assert_eq!(["adsets", "my table", "2x", "a\"b"].map(name), ["adsets", "\"my table\"", "\"2x\"", "\"a\\\"b\""]);
        let types = ["bigint", "numeric", "date", "jsonb", "text[]", "date[]", "box"].map(type_of);
        assert_eq!(types, ["number", "number", "string", "Json", "string[]", "string[]", "unknown"]);
    }
}
