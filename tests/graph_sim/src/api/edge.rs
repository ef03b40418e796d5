//! Listings: which objects hang below a node, which of them are shown, and pages of them.
use super::ctx::Ctx;
use super::error::GraphError;
use super::fields::Field;
use super::filter::{self, Filter};
use super::params::Params;
use super::{cursor, node};
use crate::json::Json;
use crate::world::Node;
use crate::world::account::Account;
use crate::world::truth::Level;

/// Statuses that a listing may be asked for; naming `DELETED` is refused.
const STATUSES: [&str; 11] = [
    "ACTIVE",
    "PAUSED",
    "PENDING_REVIEW",
    "DISAPPROVED",
    "PREAPPROVED",
    "PENDING_BILLING_INFO",
    "CAMPAIGN_PAUSED",
    "ARCHIVED",
    "ADSET_PAUSED",
    "IN_PROCESS",
    "WITH_ISSUES",
];

/// What a page held.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Rows on this page.
    pub written: usize,
    /// Rows of the whole question, where that is known.
    pub total: usize,
}

/// Says whether a node has an edge of this name.
pub fn is_edge(node: Node, name: &str) -> bool {
    match node {
        Node::Account(_) => matches!(name, "campaigns" | "adsets" | "ads" | "adcreatives"),
        Node::Campaign(..) => matches!(name, "adsets" | "ads"),
        Node::Adset(..) => matches!(name, "ads" | "adcreatives"),
        Node::Ad(..) => name == "adcreatives",
        Node::Creative(..) => false,
    }
}

/// Writes one page of an edge.
pub fn write(
    ctx: &Ctx<'_>,
    above: Node,
    name: &str,
    params: &Params,
    fields: &[Field],
    json: &mut Json,
) -> Result<Page, GraphError> {
    let Some(account) = ctx.world.account_of(above) else {
        return Err(GraphError::no_object(name));
    };
    let level = match name {
        "campaigns" => Level::Campaign,
        "adsets" => Level::Adset,
        _ => Level::Ad,
    };
    let choice = Choice::parse(params, level)?;
    let below = below(account, above, name);
    let shown = |node: &Node| choice.takes(account, *node);
    let url = format!("{}/{}/{name}", ctx.base, public_id(account, above));
    write_list(ctx, &url, &below, shown, params, fields, json)
}

/// Writes one page of any list of nodes.
pub fn write_list(
    ctx: &Ctx<'_>,
    url: &str,
    nodes: &[Node],
    shown: impl Fn(&Node) -> bool,
    params: &Params,
    fields: &[Field],
    json: &mut Json,
) -> Result<Page, GraphError> {
    let limit = ctx.limit(params.limit()?);
    let from = match params.get("after").filter(|after| !after.is_empty()) {
        None => 0,
        Some(after) => start_after(ctx, nodes, after)?,
    };
    let mut rest = nodes.iter().skip(from).filter(|node| shown(node));
    let mut page: Vec<Node> = rest.by_ref().take(limit).copied().collect();
    let mut has_next = rest.next().is_some();
    let mut cursors = page.first().zip(page.last()).map(|(first, last)| {
        let id = |node: &Node| cursor::of_object(number(ctx, *node));
        (id(first), id(last))
    });
    if ctx.tweaks.is_empty_page && !page.is_empty() {
        let here = params.get("after").map_or_else(|| cursor::of_object(0), str::to_owned);
        page.clear();
        cursors = Some((here.clone(), here));
        has_next = true;
    }
    json.open('{');
    json.key("data");
    json.open('[');
    for node in &page {
        node::write(ctx, *node, fields, json)?;
    }
    json.close(']');
    if let Some((before, after)) = cursors {
        paging(ctx, url, params, (&before, &after), has_next, json);
    }
    let mut total = page.len();
    if matches!(params.get("summary"), Some("true" | "1"))
        || params.get("summary").is_some_and(|text| text.contains("total_count"))
    {
        total = nodes.iter().filter(|node| shown(node)).count();
        json.raw_at("summary", &format!("{{\"total_count\":{total}}}"));
    }
    json.close('}');
    Ok(Page { written: page.len(), total })
}

/// Writes the paging block: cursors on the last page too, `next` with the token only where more follows.
pub fn paging(ctx: &Ctx<'_>, url: &str, params: &Params, cursors: (&str, &str), has_next: bool, json: &mut Json) {
    let (before, after) = cursors;
    json.key("paging");
    json.open('{');
    json.key("cursors");
    json.open('{');
    json.text_at("before", before);
    json.text_at("after", after);
    json.close('}');
    if has_next {
        json.text_at("next", &params.link(url, &ctx.access.token, ("after", after)));
    }
    if params.get("after").is_some() {
        json.text_at("previous", &params.link(url, &ctx.access.token, ("before", before)));
    }
    json.close('}');
}

/// Gives the id of a node as the API shows it.
pub fn public_id(account: &Account, node: Node) -> String {
    match node {
        Node::Account(_) => format!("act_{}", account.id),
        Node::Campaign(_, at) => account.campaigns.get(at).map_or(0, |object| object.head.id).to_string(),
        Node::Adset(_, at) => account.adsets.get(at).map_or(0, |object| object.head.id).to_string(),
        Node::Ad(_, at) => account.ads.get(at).map_or(0, |object| object.head.id).to_string(),
        Node::Creative(_, at) => account.creatives.get(at).map_or(0, |object| object.id).to_string(),
    }
}

/// Which objects a listing shows.
struct Choice {
    statuses: Vec<String>,
    filters: Vec<Filter>,
    updated_since: Option<i64>,
    level: Level,
}

impl Choice {
    fn parse(params: &Params, level: Level) -> Result<Self, GraphError> {
        let statuses = params.list("effective_status")?;
        let filters = filter::parse(params, level)?;
        if statuses.iter().any(|status| status == "DELETED") || filters.iter().any(Filter::names_deleted) {
            return Err(GraphError::bad("Cannot Request for Deleted Objects").subcode(1_815_001));
        }
        if let Some(wrong) = statuses.iter().find(|status| !STATUSES.contains(&status.as_str())) {
            return Err(GraphError::bad(format!(
                "Param effective_status[0] must be one of {{{}}} - got \"{wrong}\".",
                STATUSES.join(", ")
            )));
        }
        let updated_since = params.get("updated_since").map(str::parse).transpose();
        Ok(Self {
            statuses,
            filters,
            updated_since: updated_since.map_err(|_| GraphError::bad("Param updated_since must be an integer"))?,
            level,
        })
    }

    fn takes(&self, account: &Account, node: Node) -> bool {
        let (status, updated) = match node {
            Node::Campaign(_, at) => (account.campaign_status(at), account.campaigns.get(at).map(|o| o.head.updated)),
            Node::Adset(_, at) => (account.adset_status(at), account.adsets.get(at).map(|o| o.head.updated)),
            Node::Ad(_, at) => (account.ad_status(at), account.ads.get(at).map(|o| o.head.updated)),
            Node::Account(_) | Node::Creative(..) => return true,
        };
        // Archived and deleted objects stay out of a listing that names no status.
        let is_chosen = if !self.statuses.is_empty() {
            self.statuses.iter().any(|wanted| wanted == status)
        } else {
            !matches!(status, "ARCHIVED" | "DELETED")
                || self.filters.iter().any(|filter| filter.lifts_default(self.level, status))
        };
        is_chosen
            && self.updated_since.is_none_or(|since| updated.is_some_and(|updated| updated >= since))
            && self.filters.iter().all(|filter| filter.takes(account, node))
    }
}

fn below(account: &Account, above: Node, name: &str) -> Vec<Node> {
    let ads_of = |adset: usize| account.adsets.get(adset).map(|adset| adset.ads.clone()).unwrap_or_default();
    match (above, name) {
        (Node::Account(place), "campaigns") => {
            (0..account.campaigns.len()).map(|at| Node::Campaign(place, at)).collect()
        }
        (Node::Account(place), "adsets") => (0..account.adsets.len()).map(|at| Node::Adset(place, at)).collect(),
        (Node::Account(place), "ads") => (0..account.ads.len()).map(|at| Node::Ad(place, at)).collect(),
        (Node::Account(place), "adcreatives") => {
            (0..account.creatives.len()).map(|at| Node::Creative(place, at)).collect()
        }
        (Node::Campaign(place, at), "adsets" | "ads") => {
            let adsets = account.campaigns.get(at).map(|campaign| campaign.adsets.clone()).unwrap_or_default();
            if name == "adsets" {
                adsets.into_iter().map(|at| Node::Adset(place, at)).collect()
            } else {
                adsets.into_iter().flat_map(ads_of).map(|at| Node::Ad(place, at)).collect()
            }
        }
        (Node::Adset(place, at), "ads") => ads_of(at).into_iter().map(|at| Node::Ad(place, at)).collect(),
        (Node::Adset(place, at), _) => {
            let mut creatives: Vec<usize> =
                ads_of(at).iter().filter_map(|ad| account.ads.get(*ad)).map(|ad| ad.creative).collect();
            creatives.dedup();
            creatives.into_iter().map(|at| Node::Creative(place, at)).collect()
        }
        (Node::Ad(place, at), _) => {
            account.ads.get(at).map(|ad| Node::Creative(place, ad.creative)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn start_after(ctx: &Ctx<'_>, nodes: &[Node], after: &str) -> Result<usize, GraphError> {
    let id = cursor::object(after)?;
    if id == "0" {
        return Ok(0);
    }
    let last = ctx.world.find(&id).or_else(|| ctx.world.find(&format!("act_{id}"))).ok_or_else(cursor::invalid)?;
    let at = nodes.iter().position(|node| *node == last).ok_or_else(cursor::invalid)?;
    Ok(at + 1)
}

fn number(ctx: &Ctx<'_>, node: Node) -> u64 {
    let id = ctx.world.account_of(node).map(|account| public_id(account, node)).unwrap_or_default();
    id.trim_start_matches("act_").parse().unwrap_or(0)
}
