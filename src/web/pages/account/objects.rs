//! The table of an account's campaigns or ad sets: its heads that sort, its filters, its rows.

use chrono::{DateTime, Utc};

use super::super::super::moment::distance;
use super::super::super::number::{amount, grouped, unsigned};
use super::super::super::words::{counted, shortened};
use super::asked::{AskedAccount, sort_of};
use crate::store::pages::objects::{Kind, Listing, Object, PAGE, Sort};

/// The table with what leads to others like it.
pub(super) struct ObjectsView {
    pub(super) is_adsets: bool,
    pub(super) campaigns: String,
    pub(super) adsets: String,
    pub(super) heads: Vec<Head>,
    pub(super) rows: Vec<Row>,
    /// What the form holds.
    pub(super) name: String,
    pub(super) statuses: Vec<Status>,
    pub(super) orders: Vec<Order>,
    pub(super) campaign_id: Option<String>,
    pub(super) campaign: Option<String>,
    pub(super) report: Option<String>,
    pub(super) is_filtered: bool,
    pub(super) unfiltered: String,
    pub(super) words: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// The head of a column.
pub(super) struct Head {
    pub(super) name: &'static str,
    pub(super) path: String,
    /// What `aria-sort` says; empty where the table is sorted by another.
    pub(super) order: &'static str,
    pub(super) is_figure: bool,
}

/// A status that can be chosen.
pub(super) struct Status {
    pub(super) status: String,
    pub(super) words: String,
    pub(super) is_chosen: bool,
}

/// An order that can be chosen.
pub(super) struct Order {
    pub(super) sort: String,
    pub(super) words: String,
    pub(super) is_chosen: bool,
}

/// One object.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    /// What it is part of.
    pub(super) campaign: Option<String>,
    /// Where its own parts are.
    pub(super) path: Option<String>,
    pub(super) status: String,
    pub(super) tone: &'static str,
    /// When it was last written, and the run that was at work then.
    pub(super) written: Option<(String, Option<String>)>,
    /// Each figure under its head.
    pub(super) figures: Vec<(&'static str, String)>,
}

impl ObjectsView {
    pub(super) fn new(listing: Listing, asked: &AskedAccount, now: DateTime<Utc>) -> Self {
        let wanted = &asked.wanted;
        let of = |kind| {
            asked.with(|wanted| {
                wanted.kind = kind;
                wanted.campaign_id = None;
                wanted.status = None;
            })
        };
        let pages = (u32::try_from(listing.count.max(1)).unwrap_or(u32::MAX) - 1) / PAGE + 1;
        let to = |page: u32| asked.with(|wanted| wanted.page = page);
        let (one, many) = match wanted.kind {
            Kind::Campaigns => ("campaign", "campaigns"),
            Kind::Adsets => ("ad set", "ad sets"),
        };
        let mut words = counted(unsigned(listing.count), one, many);
        if pages > 1 {
            words = format!("{words}, page {} of {}", wanted.page + 1, grouped(&pages.to_string()));
        }
        let chosen = |status: &str| wanted.status.as_deref() == Some(status);
        let mut statuses: Vec<Status> = listing
            .statuses
            .into_iter()
            .map(|(status, count)| Status {
                words: format!("\u{2068}{}\u{2069} ({})", shortened(&status), grouped(&count.to_string())),
                is_chosen: chosen(&status),
                status,
            })
            .filter(|status| !status.status.is_empty())
            .collect();
        // One that no object has stays chosen: else the form would say what is not so.
        if let Some(status) =
            wanted.status.clone().filter(|wanted| statuses.iter().all(|known| known.status != *wanted))
        {
            statuses.push(Status { words: shortened(&status), is_chosen: true, status });
        }
        Self {
            is_adsets: wanted.kind == Kind::Adsets,
            campaigns: of(Kind::Campaigns),
            adsets: of(Kind::Adsets),
            heads: Sort::ALL.into_iter().map(|sort| Head::new(sort, asked)).collect(),
            rows: listing.objects.into_iter().map(|object| Row::new(object, asked, now)).collect(),
            name: wanted.name.clone().unwrap_or_default(),
            statuses,
            orders: orders(asked),
            campaign_id: wanted.campaign_id.clone(),
            campaign: listing.campaign.map(|name| shortened(&name)),
            report: asked.report.clone(),
            is_filtered: wanted.name.is_some() || wanted.status.is_some() || wanted.campaign_id.is_some(),
            unfiltered: of(wanted.kind).to_owned(),
            words,
            before: wanted.page.checked_sub(1).map(to),
            after: (wanted.page + 1 < pages).then(|| to(wanted.page + 1)),
        }
    }
}

impl Head {
    fn new(sort: Sort, asked: &AskedAccount) -> Self {
        let is_sorted = asked.wanted.sort == sort;
        // A click turns the order round; of a figure the greatest comes first.
        let ascending = if is_sorted { !asked.wanted.ascending } else { sort.is_word() };
        Self {
            name: name_of(sort),
            path: asked.with(|wanted| (wanted.sort, wanted.ascending) = (sort, ascending)),
            order: match (is_sorted, asked.wanted.ascending) {
                (false, _) => "",
                (true, true) => "ascending",
                (true, false) => "descending",
            },
            is_figure: !sort.is_word(),
        }
    }
}

impl Row {
    fn new(object: Object, asked: &AskedAccount, now: DateTime<Utc>) -> Self {
        let path = (asked.wanted.kind == Kind::Campaigns).then(|| {
            asked.with(|wanted| {
                wanted.kind = Kind::Adsets;
                (wanted.name, wanted.status) = (None, None);
                wanted.campaign_id = Some(object.id.clone());
            })
        });
        let status = object.status.unwrap_or_default();
        let figures = Sort::figures().zip(object.figures).map(|(sort, figure)| {
            let shown = figure.map(|figure| match sort {
                Sort::Spend | Sort::Cpc | Sort::Cpm => amount(&figure),
                _ => grouped(&figure),
            });
            (name_of(sort), shown.unwrap_or_else(|| "-".to_owned()))
        });
        Self {
            name: object
                .name
                .as_deref()
                .filter(|name| !name.trim().is_empty())
                .map_or_else(|| object.id.clone(), shortened),
            id: object.id,
            campaign: object.campaign.map(|name| shortened(&name)),
            path,
            written: object.last_synced.map(|at| (distance(at - now), object.run_id.map(|run| run.to_string()))),
            tone: if status == "ACTIVE" {
                "good"
            } else if is_trouble(&status) {
                "bad"
            } else {
                "idle"
            },
            status: shortened(&status),
            figures: figures.collect(),
        }
    }
}

/// Each column as people mean it, and the order that is in force.
fn orders(asked: &AskedAccount) -> Vec<Order> {
    let wanted = &asked.wanted;
    let natural = Sort::ALL.map(|sort| (sort, sort.is_word()));
    let other = Some((wanted.sort, wanted.ascending)).filter(|order| !natural.contains(order));
    natural
        .into_iter()
        .chain(other)
        .map(|(sort, ascending)| {
            let order = match (sort.is_word(), ascending) {
                (true, true) => "a to z",
                (true, false) => "z to a",
                (false, true) => "least first",
                (false, false) => "most first",
            };
            Order {
                sort: sort_of(sort, ascending),
                words: format!("{}, {order}", name_of(sort)),
                is_chosen: (sort, ascending) == (wanted.sort, wanted.ascending),
            }
        })
        .collect()
}

/// What keeps an object from running although nobody stopped it.
fn is_trouble(status: &str) -> bool {
    matches!(status, "WITH_ISSUES" | "DISAPPROVED" | "PENDING_BILLING_INFO")
}

fn name_of(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "Name",
        Sort::Status => "Status",
        Sort::Spend => "Spend",
        Sort::Impressions => "Impressions",
        Sort::Clicks => "Clicks",
        Sort::Ctr => "CTR %",
        Sort::Cpc => "CPC",
        Sort::Cpm => "CPM",
        Sort::Leads => "Leads",
        Sort::Purchases => "Purchases",
        Sort::Conversations => "Conversations",
    }
}
