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

/// A function from a row to the rows it belongs to, or that belong to it.
pub(super) struct Link<'a> {
    /// The function's name in the database.
    pub(super) name: String,
    /// The table whose row it is given, by our name.
    pub(super) from: &'a str,
    /// The table whose rows it gives, by our name.
    pub(super) to: &'a str,
    /// Whether it gives one at the most.
    pub(super) is_to_one: bool,
    on: String,
    comment: String,
}

/// All of them for these tables.
pub(super) fn links<'a>(names: &Names, tables: &'a [Table]) -> Vec<Link<'a>> {
    let mut links = Vec::new();
    for child in tables.iter().filter(|table| table.name != "ad_accounts") {
        for (word, parent, on, column) in PARENTS {
            if !is_there(tables, parent) || !has(child, column) {
                continue;
            }
            links.push(Link {
                name: word.to_owned(),
                from: &child.name,
                to: parent,
                is_to_one: true,
                on: on.to_owned(),
                comment: format!("The row of {parent} that a row of {} belongs to, for embedding.", child.name),
            });
            let is_listed = match &child.report {
                // A parent has many rows of insights: only those of its own level are its own.
                Some(report) => report.level == level_of(parent),
                None => true,
            };
            if is_listed {
                links.push(Link {
                    // PostgREST names what it embeds by the function: the name that the table has in the database.
                    name: names.relation(&child.name).to_owned(),
                    from: parent,
                    to: &child.name,
                    is_to_one: false,
                    on: match parent {
                        "ad_accounts" => "t.account_id = $1.account_id".to_owned(),
                        _ => format!("t.{column} = $1.id"),
                    },
                    comment: format!("The rows of {} that belong to a row of {parent}, for embedding.", child.name),
                });
            }
        }
    }
    links
}

/// All functions for these tables.
pub(super) fn functions(names: &Names, tables: &[Table]) -> Vec<Offer> {
    links(names, tables).iter().map(|link| function(names, link)).collect()
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
fn function(names: &Names, link: &Link<'_>) -> Offer {
    let (from_name, to_name) = (names.qualified(link.from), names.qualified(link.to));
    let body = quoted_body(&format!("select t.* from {to_name} t where {}", link.on));
    let rows = if link.is_to_one { " rows 1" } else { "" };
    Offer {
        name: link.name.clone(),
        body: format!("({from_name}) returns setof {to_name}{rows}\nlanguage sql stable security invoker\nas {body}"),
        shape: Shape::Function {
            arguments: vec![names.relation(link.from).to_owned()],
            signature: from_name,
            result: None,
        },
        comment: link.comment.clone(),
    }
}
