//! Functions that lead from a row to the rows it belongs to: what PostgREST needs to embed one in the other, because
//! the tables have no foreign keys.

use crate::rows::report::Level;
use crate::rows::table::Table;

use super::super::names::Names;
use super::offer::{Offer, Shape, quoted_body};
use super::{has, is_there};

/// A parent: the function's name, its table, its key there, and where a child names it.
const PARENTS: [(&str, &str, &str, &str); 4] = [
    ("account", "ad_accounts", "t.id = 'act_' || $1.account_id", "account_id"),
    ("campaign", "campaigns", "t.id = $1.campaign_id", "campaign_id"),
    ("adset", "adsets", "t.id = $1.adset_id", "adset_id"),
    ("ad", "ads", "t.id = $1.ad_id", "ad_id"),
];

/// All functions for these tables.
pub(super) fn functions(names: &Names, tables: &[Table]) -> Vec<Offer> {
    let mut functions = Vec::new();
    for child in tables.iter().filter(|table| table.name != "ad_accounts") {
        for (word, parent, on, column) in PARENTS {
            if !is_there(tables, parent) || !has(child, column) {
                continue;
            }
            let comment = format!("The row of {parent} that a row of {} belongs to, for embedding.", child.name);
            functions.push(function(names, word, &child.name, parent, " rows 1", on, &comment));
            let is_listed = match &child.report {
                // A parent has many rows of insights: only those of its own level are its own.
                Some(report) => report.level == level_of(parent),
                None => true,
            };
            if is_listed {
                let on = match parent {
                    "ad_accounts" => "t.account_id = $1.account_id".to_owned(),
                    _ => format!("t.{column} = $1.id"),
                };
                let comment = format!("The rows of {} that belong to a row of {parent}, for embedding.", child.name);
                // PostgREST names what it embeds by the function: the name that the table has in the database.
                let name = names.relation(&child.name).to_owned();
                functions.push(function(names, &name, parent, &child.name, "", &on, &comment));
            }
        }
    }
    functions
}

fn level_of(parent: &str) -> Level {
    match parent {
        "ad_accounts" => Level::Account,
        "campaigns" => Level::Campaign,
        "adsets" => Level::Adset,
        _ => Level::Ad,
    }
}

/// A plain SQL function of one row: the planner puts it into the query as a join.
fn function(names: &Names, name: &str, from: &str, to: &str, rows: &str, on: &str, comment: &str) -> Offer {
    let (from_name, to_name) = (names.qualified(from), names.qualified(to));
    let body = quoted_body(&format!("select t.* from {to_name} t where {on}"));
    Offer {
        name: name.to_owned(),
        body: format!("({from_name}) returns setof {to_name}{rows}\nlanguage sql stable security invoker\nas {body}"),
        shape: Shape::Function { arguments: vec![names.relation(from).to_owned()], signature: from_name, result: None },
        comment: comment.to_owned(),
    }
}
