//! Which path is answered by what.
use super::ctx::Ctx;
use super::edge;
use super::error::GraphError;
use super::fields;
use super::params::Params;
use super::reply::Reply;
use super::{insights, node, token};
use crate::json::Json;

/// Answers a call; `segments` are the parts of the path after the version.
pub fn answer(ctx: &Ctx<'_>, method: &str, segments: &[&str], params: &Params) -> Result<Reply, GraphError> {
    if params.get("date_format").is_some() {
        return Err(GraphError::bad("The date_format query parameter is deprecated in v26.0+."));
    }
    match (method, segments) {
        // Dead on every version, with a status that invites retries (recorded).
        ("GET", []) if params.get("ids").is_some() => {
            Err(GraphError::bad("The ids query parameter is deprecated in v26.0+.").status(500))
        }
        ("GET", ["me"]) => Ok(token::me()),
        ("GET", ["me", "adaccounts"]) => token::ad_accounts(ctx, params),
        ("GET", ["debug_token"]) => token::debug(ctx, params),
        ("GET", [id]) => read(ctx, id, params),
        ("GET", [id, edge]) => list(ctx, id, edge, params),
        _ => Err(unknown_path(segments)),
    }
}

fn read(ctx: &Ctx<'_>, id: &str, params: &Params) -> Result<Reply, GraphError> {
    let node = find(ctx, id)?;
    let fields = fields::parse(params)?;
    let mut json = Json::default();
    node::write(ctx, node, &fields, &mut json)?;
    Ok(Reply::ok(json.finish()).rows(1, 1).fields(fields::count(&fields)))
}

fn list(ctx: &Ctx<'_>, id: &str, edge: &str, params: &Params) -> Result<Reply, GraphError> {
    let node = find(ctx, id)?;
    let mut json = Json::with_room(64 * 1024);
    let page = if edge == "insights" {
        insights::write(ctx, node, params, &mut json)?
    } else if edge::is_edge(node, edge) {
        edge::write(ctx, node, edge, params, &fields::parse(params)?, &mut json)?
    } else {
        return Err(unknown_path(&[edge]));
    };
    Ok(Reply::ok(json.finish()).rows(page.total, page.written).fields(fields::count(&fields::parse(params)?)))
}

/// Finds an object that the token may read.
pub fn find(ctx: &Ctx<'_>, id: &str) -> Result<crate::world::Node, GraphError> {
    if !id.trim_start_matches("act_").bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(
            GraphError::new(803, format!("(#803) Some of the aliases you requested do not exist: {id}")).status(404)
        );
    }
    let node = ctx.world.find(id).ok_or_else(|| GraphError::no_object(id))?;
    if ctx.world.account_of(node).is_some_and(|account| account.is_forbidden) {
        return Err(GraphError::new(
            200,
            "(#200) Ad account owner has NOT grant ads_management or ads_read permission",
        )
        .status(403));
    }
    Ok(node)
}

fn unknown_path(segments: &[&str]) -> GraphError {
    GraphError::new(2500, format!("Unknown path components: /{}", segments.join("/")))
}
