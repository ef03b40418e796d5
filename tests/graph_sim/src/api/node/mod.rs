//! Objects as JSON: only the fields that were asked, and of those only the ones that have a value.
mod account;
mod ad;
mod adset;
mod campaign;
mod creative;

use super::ctx::Ctx;
use super::error::GraphError;
use super::fields::{self, Field};
use super::{edge, insights};
use crate::json::Json;
use crate::world::Node;
use crate::world::account::Account;
use crate::world::object::Head;

/// Writes one object.
pub fn write(ctx: &Ctx<'_>, node: Node, asked: &[Field], json: &mut Json) -> Result<(), GraphError> {
    let (names, node_type) = kind(node);
    json.open('{');
    for field in asked {
        let name = field.name.as_str();
        if ctx.is_retired(name) {
            return Err(GraphError::no_field(name, node_type));
        }
        if name == "insights" && !matches!(node, Node::Creative(..)) {
            nested_insights(ctx, node, field, json)?;
        } else if edge::is_edge(node, name) {
            nested_edge(ctx, node, field, json)?;
        } else if fields::knows(names, name) {
            write_field(ctx, node, field, json)?;
        } else {
            return Err(GraphError::no_field(name, node_type));
        }
    }
    // The id always comes, asked or not; of an account by default its digits too.
    if !asked.iter().any(|field| field.name == "id") {
        write_field(ctx, node, &plain("id"), json)?;
    }
    if asked.is_empty() && matches!(node, Node::Account(_)) {
        write_field(ctx, node, &plain("account_id"), json)?;
    }
    json.close('}');
    Ok(())
}

fn write_field(ctx: &Ctx<'_>, node: Node, field: &Field, json: &mut Json) -> Result<(), GraphError> {
    let Some(account) = ctx.world.account_of(node) else {
        return Ok(());
    };
    match node {
        Node::Account(_) => account::write(ctx, account, &field.name, json),
        Node::Campaign(_, at) => campaign::write(account, at, &field.name, json),
        Node::Adset(place, at) => adset::write(ctx, account, (place, at), field, json)?,
        Node::Ad(place, at) => ad::write(ctx, account, (place, at), field, json)?,
        Node::Creative(_, at) => creative::write(account, at, &field.name, json),
    }
    Ok(())
}

fn kind(node: Node) -> (&'static str, &'static str) {
    match node {
        Node::Account(_) => (fields::AD_ACCOUNT, "AdAccount"),
        Node::Campaign(..) => (fields::CAMPAIGN, "Campaign"),
        Node::Adset(..) => (fields::AD_SET, "AdSet"),
        Node::Ad(..) => (fields::AD, "Ad"),
        Node::Creative(..) => (fields::AD_CREATIVE, "AdCreative"),
    }
}

/// A nested edge with nothing in it leaves its key out.
fn nested_edge(ctx: &Ctx<'_>, node: Node, field: &Field, json: &mut Json) -> Result<(), GraphError> {
    let before = json.text().len();
    json.key(&field.name);
    let mut args = field.args.clone();
    args.set("fields", field.inner_text.clone());
    let page = edge::write(ctx, node, &field.name, &args, &field.inner, json)?;
    if page.written == 0 {
        json.cut_back(before);
    }
    Ok(())
}

fn nested_insights(ctx: &Ctx<'_>, node: Node, field: &Field, json: &mut Json) -> Result<(), GraphError> {
    let before = json.text().len();
    json.key("insights");
    let mut args = field.args.clone();
    args.set("fields", field.inner_text.clone());
    let page = insights::write(ctx, node, &args, json)?;
    if page.written == 0 {
        json.cut_back(before);
    }
    Ok(())
}

/// Writes an object that a field expands to; without inner fields only its id.
fn expand(ctx: &Ctx<'_>, node: Node, field: &Field, json: &mut Json) -> Result<(), GraphError> {
    json.key(&field.name);
    write(ctx, node, &field.inner, json)
}

/// Writes what all three kinds have; says whether the field was one of it.
fn head(account: &Account, head: &Head, status: &str, name: &str, json: &mut Json) -> bool {
    match name {
        "id" => json.text_at("id", &head.id.to_string()),
        "account_id" => json.text_at("account_id", &account.id.to_string()),
        "name" => json.text_at("name", &head.name),
        "status" | "configured_status" => json.text_at(name, head.status.word()),
        "effective_status" => json.text_at(name, status),
        "created_time" => json.text_at(name, &crate::calendar::stamp(head.created, account.zone)),
        "updated_time" => json.text_at(name, &crate::calendar::stamp(head.updated, account.zone)),
        "issues_info" if head.review.is_some() => json.raw_at(
            name,
            "[{\"level\":\"AD\",\"error_code\":2490427,\"error_summary\":\"Ad rejected\",\
             \"error_message\":\"Your ad was rejected in its latest review.\",\"error_type\":\"HARD_ERROR\"}]",
        ),
        _ => return false,
    }
    true
}

fn plain(name: &str) -> Field {
    Field {
        name: name.to_owned(),
        args: super::params::Params::default(),
        inner: Vec::new(),
        inner_text: String::new(),
    }
}
