//! The token's own facts and the accounts it sees.
use super::ctx::Ctx;
use super::error::GraphError;
use super::params::Params;
use super::reply::Reply;
use super::{edge, fields};
use crate::json::{Json, quote};
use crate::world::Node;

/// Answers `/me`.
pub fn me() -> Reply {
    Reply::ok("{\"id\":\"122000000000001\",\"name\":\"Lucky Sync\"}".to_owned())
}

/// Answers `/me/adaccounts`: the accounts that the token's user was given.
pub fn ad_accounts(ctx: &Ctx<'_>, params: &Params) -> Result<Reply, GraphError> {
    let fields = fields::parse(params)?;
    let nodes: Vec<Node> = (0..ctx.world.accounts.len()).map(Node::Account).collect();
    let mut json = Json::default();
    let url = format!("{}/me/adaccounts", ctx.base);
    edge::write_list(ctx, &url, &nodes, |_| true, params, &fields, &mut json)?;
    Ok(Reply::ok(json.finish()))
}

/// Answers `/debug_token`: a wrong token is no error but `is_valid` false inside an answer that went well.
pub fn debug(ctx: &Ctx<'_>, params: &Params) -> Result<Reply, GraphError> {
    let Some(asked) = params.get("input_token") else {
        return Err(GraphError::bad("The parameter input_token is required"));
    };
    if asked != ctx.access.token {
        return Ok(Reply::ok(
            "{\"data\":{\"error\":{\"code\":190,\"message\":\"Invalid OAuth access token - Cannot parse access token\"},\
             \"is_valid\":false,\"scopes\":[]}}"
                .to_owned(),
        ));
    }
    if ctx.access.has_expired(ctx.world.now()) {
        return Ok(Reply::ok(format!(
            "{{\"data\":{{\"error\":{{\"code\":190,\"message\":\"Session has expired\",\"subcode\":463}},\
             \"expires_at\":{},\"is_valid\":false,\"scopes\":[]}}}}",
            ctx.access.expires_at
        )));
    }
    let scopes: Vec<String> = ctx.access.scopes.iter().map(|scope| quote(scope)).collect();
    let targets: Vec<String> = ctx.world.accounts.iter().map(|account| format!("\"{}\"", account.id)).collect();
    let granular: Vec<String> =
        (scopes.iter()).map(|scope| format!("{{\"scope\":{scope},\"target_ids\":[{}]}}", targets.join(","))).collect();
    Ok(Reply::ok(format!(
        "{{\"data\":{{\"app_id\":\"634900000000001\",\"type\":\"SYSTEM_USER\",\"application\":\"Lucky Sync\",\
         \"data_access_expires_at\":0,\"expires_at\":{},\"is_valid\":true,\"issued_at\":1790000000,\
         \"scopes\":[{}],\"granular_scopes\":[{}],\"user_id\":\"122000000000001\"}}}}",
        ctx.access.expires_at,
        scopes.join(","),
        granular.join(",")
    )))
}
