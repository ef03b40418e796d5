//! What the columns of somebody's table are, by the names that scripts give them, in English and in Portuguese.

use crate::store::foreign::{Foreign, Reading};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// The id of an ad set.
    Adset,
    /// The id of a campaign.
    Campaign,
    /// An id of it does not say what.
    Id,
    /// The day of the row.
    Date,
    /// When the row was written.
    Written,
    /// The status that people set.
    Status,
    DailyBudget,
    LifetimeBudget,
    Spend,
    Impressions,
    Clicks,
    Leads,
    Reach,
    Ctr,
    Cpc,
    Cpm,
}

/// The names by which each is known, the likeliest first.
const NAMES: [(Holds, &[&str]); 16] = [
    (
        Holds::Adset,
        &[
            "adset_id",
            "ad_set_id",
            "adsetid",
            "adset",
            "meta_adset_id",
            "fb_adset_id",
            "facebook_adset_id",
            "conjunto_id",
        ],
    ),
    (
        Holds::Campaign,
        &["campaign_id", "campaignid", "meta_campaign_id", "fb_campaign_id", "facebook_campaign_id", "campanha_id"],
    ),
    (Holds::Id, &["id", "meta_id", "fb_id", "facebook_id", "external_id", "object_id", "id_externo"]),
    (
        Holds::Date,
        &[
            "date",
            "day",
            "date_start",
            "report_date",
            "insight_date",
            "insights_date",
            "reference_date",
            "data",
            "dia",
            "data_inicio",
        ],
    ),
    (
        Holds::Written,
        &[
            "last_synced",
            "synced_at",
            "last_sync",
            "last_synced_at",
            "fetched_at",
            "imported_at",
            "atualizado_em",
            "sincronizado_em",
        ],
    ),
    (Holds::Status, &["status", "configured_status"]),
    (Holds::DailyBudget, &["daily_budget", "orcamento_diario", "budget_daily"]),
    (Holds::LifetimeBudget, &["lifetime_budget", "orcamento_total", "orcamento_vitalicio", "budget_lifetime"]),
    (
        Holds::Spend,
        &["spend", "amount_spent", "cost", "spent", "gasto", "valor_gasto", "valor_usado", "investimento", "custo"],
    ),
    (Holds::Impressions, &["impressions", "impressoes", "impressões", "impression"]),
    (Holds::Clicks, &["clicks", "cliques", "click"]),
    (Holds::Leads, &["leads", "lead", "leads_count", "total_leads"]),
    (Holds::Reach, &["reach", "alcance"]),
    (Holds::Ctr, &["ctr"]),
    (Holds::Cpc, &["cpc", "cost_per_click", "custo_por_clique"]),
    (Holds::Cpm, &["cpm"]),
];

/// Columns that say that a row is a part of what adsync keeps as one.
const PARTS: &[&str] = &[
    "ad_id",
    "anuncio_id",
    "age",
    "idade",
    "gender",
    "genero",
    "country",
    "region",
    "publisher_platform",
    "platform",
    "platform_position",
    "device_platform",
    "impression_device",
    "hour",
    "hora",
];

/// A column that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) holds: Holds,
    /// Its own name.
    pub(super) name: String,
    /// Whether its type is one of numbers, or of days.
    pub(super) is_text: bool,
}

/// The columns of a table that were recognised, at most one for each meaning but for ids, of which any may be the one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) known: Vec<Column>,
    /// Names of the others.
    pub(super) others: Vec<String>,
    /// Columns that make a row a part of what adsync keeps as one.
    pub(super) parts: Vec<String>,
}

impl Holds {
    /// Whether it is a figure that is compared.
    pub(super) fn is_figure(self) -> bool {
        self >= Self::Spend
    }

    /// Whether it is an id.
    pub(super) fn is_id(self) -> bool {
        self <= Self::Id
    }

    /// Whether it is a quotient of others.
    pub(super) fn is_ratio(self) -> bool {
        self >= Self::Ctr
    }

    /// Whether it is an amount of money.
    pub(super) fn is_money(self) -> bool {
        matches!(self, Self::Spend | Self::Cpc | Self::Cpm)
    }

    /// How it is read.
    pub(super) fn reading(self) -> Reading {
        match self {
            Self::Date => Reading::Day,
            Self::Written => Reading::Instant,
            _ => Reading::Text,
        }
    }
}

impl Columns {
    /// Recognises the columns of a table.
    pub(super) fn of(foreign: &Foreign) -> Self {
        let mut columns = Self::default();
        for (holds, names) in NAMES {
            for name in names {
                let found = foreign.columns.iter().find(|(own, _)| own.to_lowercase() == *name);
                let Some((own, kind)) = found else { continue };
                let is_text = kind.starts_with("text") || kind.starts_with("character") || kind.starts_with("json");
                columns.known.push(Column { holds, name: own.clone(), is_text });
                if !holds.is_id() {
                    break;
                }
            }
        }
        for (name, _) in &foreign.columns {
            if PARTS.contains(&name.to_lowercase().as_str()) {
                columns.parts.push(name.clone());
            } else if !columns.known.iter().any(|column| column.name == *name) {
                columns.others.push(name.clone());
            }
        }
        columns
    }

    /// The place of what holds this among those that were recognised.
    pub(super) fn place(&self, holds: Holds) -> Option<usize> {
        self.known.iter().position(|column| column.holds == holds)
    }

    /// The name of the column that holds this.
    pub(super) fn name(&self, holds: Holds) -> &str {
        self.known.iter().find(|column| column.holds == holds).map_or("", |column| &column.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &str)]) -> Columns {
        let columns = columns.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect();
        Columns::of(&Foreign { schema: "public".to_owned(), name: "t".to_owned(), columns, is_filtered: false })
    }

    #[test]
    fn columns_are_recognised_in_two_languages_whatever_their_case() {
        let columns =
            table(&[("Id", "text"), ("Data", "date"), ("valor_gasto", "character varying(20)"), ("notes", "text")]);
        let known: Vec<(Holds, bool)> = columns.known.iter().map(|column| (column.holds, column.is_text)).collect();
        assert_eq!(known, [(Holds::Id, true), (Holds::Date, false), (Holds::Spend, true)]);
        assert_eq!(columns.others, ["notes"]);
        assert_eq!(columns.name(Holds::Spend), "valor_gasto");
    }

    #[test]
    fn the_likeliest_name_counts_and_any_id_may_be_the_one() {
        let columns = table(&[
            ("id", "uuid"),
            ("adset_id", "text"),
            ("cost", "numeric"),
            ("spend", "numeric"),
            ("ad_id", "text"),
        ]);
        let names: Vec<&str> = columns.known.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["adset_id", "id", "spend"]);
        assert_eq!(
            (columns.others.as_slice(), columns.parts.as_slice()),
            (["cost".to_owned()].as_slice(), ["ad_id".to_owned()].as_slice())
        );
    }
}
