//! Insights: pages of rows with cursors that count rows.
use super::ctx::Ctx;
use super::edge::{Page, paging, public_id};
use super::error::GraphError;
use super::params::Params;
use super::query::Query;
use super::result::Row;
use super::{cursor, row};
use crate::json::Json;
use crate::world::Node;
use crate::world::account::Account;
use crate::world::fact::Sum;

/// Writes one page of a node's insights.
pub fn write(ctx: &Ctx<'_>, node: Node, params: &Params, json: &mut Json) -> Result<Page, GraphError> {
    let Some(account) = ctx.world.account_of(node) else {
        return Err(GraphError::no_object("insights"));
    };
    let query = Query::parse(ctx, account, node, params, false)?;
    let rows = ctx.results.rows(ctx, account, &query);
    let url = format!("{}/{}/insights", ctx.base, public_id(account, node));
    write_page(ctx, account, (&query, &rows), &url, params, json)
}

/// Writes one page of rows that are there already.
pub fn write_page(
    ctx: &Ctx<'_>,
    account: &Account,
    (query, rows): (&Query, &[Row]),
    url: &str,
    params: &Params,
    json: &mut Json,
) -> Result<Page, GraphError> {
    let limit = ctx.limit(params.limit()?);
    let from = match params.get("after").filter(|after| !after.is_empty()) {
        None => 0,
        Some(after) => usize::try_from(cursor::row(after)? + 1).map_err(|_| cursor::invalid())?,
    };
    let mut page = rows.get(from..rows.len().min(from.saturating_add(limit))).unwrap_or_default();
    let mut has_next = from + page.len() < rows.len();
    let index = |at: usize| cursor::of_row(i64::try_from(at).unwrap_or(0));
    let mut cursors = (!page.is_empty()).then(|| (index(from), index(from + page.len() - 1)));
    if ctx.tweaks.is_empty_page && !page.is_empty() {
        let here = cursor::of_row(i64::try_from(from).unwrap_or(0) - 1);
        (page, has_next, cursors) = (&[], true, Some((here.clone(), here)));
    }
    json.open('{');
    json.key("data");
    json.open('[');
    for one in page {
        row::write(account, query, one, json);
    }
    json.close(']');
    if let Some((before, after)) = cursors {
        paging(ctx, url, params, (&before, &after), has_next, json);
    }
    if query.has_summary {
        let mut sum = Sum::default();
        for one in rows {
            sum.merge(&one.sum);
        }
        json.key("summary");
        row::write_summary(account, query, &sum, json);
    }
    json.close('}');
    Ok(Page { written: page.len(), total: rows.len() })
}
