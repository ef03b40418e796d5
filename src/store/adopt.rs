//! Whether an existing table of the user's app can be taken over, and what would mend it where it cannot.

use crate::rows::table::{Kind, Table};

use super::catalog::Relation;
use super::names::quote;

/// Why a table cannot be taken over, and the statement that would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is in the way.
    pub reason: String,
    /// The statement, or the words, that would mend it.
    pub cure: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; mend it by: {}", self.reason, self.cure)
    }
}

/// Judges an existing relation against the table that adsync needs. `qualified` is its name in SQL, `login` the daemon's
/// role where another one owns the tables.
pub fn judge(table: &Table, qualified: &str, relation: &Relation, login: Option<&str>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut refuse = |reason: String, cure: String| refusals.push(Refusal { reason, cure });
    if relation.kind != "r" {
        // Of a row in a partition the server does not tell whether it was new.
        let what =
            if relation.kind == "p" { "is partitioned, which adsync cannot count its rows in" } else { "is no table" };
        refuse(
            format!("{qualified} {what}"),
            format!(
                "rename it, or give adsync's table another name under [tables]: {} = \"meta_{}\"",
                table.name, table.name
            ),
        );
        return refusals;
    }
    let last_synced = super::schema::last_synced();
    for column in table.columns.iter().chain(&table.own_columns).chain([&last_synced]) {
        let Some(there) = relation.columns.get(column.name.as_ref()) else { continue };
        let name = quote(&column.name);
        if there.is_generated {
            refuse(
                format!("{qualified}.{name} is computed by the server"),
                format!("alter table {qualified} alter column {name} drop expression;"),
            );
        } else if !takes(column.kind, &there.sql_type, table.is_key(&column.name)) {
            let wanted = column.kind.sql();
            refuse(
                format!("{qualified}.{name} is {} and would lose data of type {wanted}", there.sql_type),
                format!("alter table {qualified} alter column {name} type {wanted} using {name}::{wanted};"),
            );
        }
        // Meta leaves out what it has no value for: only the key is always there.
        if there.not_null && !there.is_generated && !table.is_key(&column.name) {
            refuse(
                format!("{qualified}.{name} refuses NULL, and Meta may leave it out"),
                format!("alter table {qualified} alter column {name} drop not null;"),
            );
        }
    }
    for (name, there) in &relation.columns {
        let is_ours =
            name == "last_synced" || table.columns.iter().chain(&table.own_columns).any(|ours| ours.name == *name);
        if !is_ours && there.not_null && !there.has_default && !there.is_generated {
            let name = quote(name);
            refuse(
                format!("{qualified}.{name} refuses NULL and has no default, so adsync could add no row"),
                format!("alter table {qualified} alter column {name} drop not null;"),
            );
        }
    }
    for (name, columns) in &relation.foreign_keys {
        if let Some(ours) = columns.iter().find(|column| table.columns.iter().any(|c| c.name == **column)) {
            refuse(
                format!(
                    "the foreign key {} on {qualified}.{} would refuse rows whose parent Meta no longer lists",
                    quote(name),
                    quote(ours)
                ),
                format!("alter table {qualified} drop constraint {};", quote(name)),
            );
        }
    }
    for trigger in &relation.before_triggers {
        refuse(
            format!(
                "the trigger {} may change what adsync writes to {qualified}, which would then be written again for ever",
                quote(trigger)
            ),
            format!("drop trigger {} on {qualified};", quote(trigger)),
        );
    }
    let key: Vec<String> = table.key_columns().map(quote).collect();
    if relation.has_keyless {
        // A column that is lacking is added, and then empty in every row.
        let missing = table.key_columns().map(|column| match relation.columns.contains_key(column) {
            true => format!("{} is null", quote(column)),
            false => "true".to_owned(),
        });
        let missing: Vec<String> = missing.collect();
        refuse(
            format!("rows of {qualified} have no {}, so it cannot be the key", key.join(", ")),
            format!("delete from {qualified} where {};", missing.join(" or ")),
        );
    }
    if relation.has_twins {
        let same: Vec<String> = key.iter().map(|column| format!("a.{column} = b.{column}")).collect();
        refuse(
            format!("rows of {qualified} have the same {}, so it cannot be the key", key.join(", ")),
            // Of rows with one key the one that was stored last stays.
            format!("delete from {qualified} a using {qualified} b where {} and a.ctid < b.ctid;", same.join(" and ")),
        );
    }
    if relation.is_filtered {
        refusals.push(filtered(qualified, login));
    }
    refusals
}

/// What else happens when adsync writes a table that is there: it is sent to whoever listens, or triggers run.
pub fn cautions(qualified: &str, relation: &Relation) -> Vec<String> {
    let published = relation.publications.iter().map(|(name, is_alone)| {
        let cure = match is_alone {
            true => format!("alter publication {} drop table {qualified};", quote(name)),
            false => format!("publish tables by name in {}, without it", quote(name)),
        };
        format!(
            "{qualified} is in the publication {}: every row that adsync writes is sent to all who listen (a first load is \
             thousands); if nobody needs that: {cure}",
            quote(name)
        )
    });
    let followers = relation.followers.iter().map(|trigger| {
        format!(
            "the trigger {} on {qualified} runs whenever adsync writes (a first load is thousands of rows), and what it raises \
             ends the run's write; if it calls others or is slow, narrow it by `when (...)`, or: drop trigger {0} on {qualified};",
            quote(trigger)
        )
    });
    published.chain(followers).collect()
}

/// Row security filters what adsync's role sees of a table.
pub fn filtered(qualified: &str, login: Option<&str>) -> Refusal {
    let role = login.map_or("<the role of DATABASE_URL>".to_owned(), quote);
    Refusal {
        reason: format!(
            "row security hides rows of {qualified} from adsync's role, which would take every row for new"
        ),
        cure: format!("alter role {role} bypassrls; or make it the owner of {qualified}"),
    }
}

/// Whether a column of the database can hold what ours holds.
fn takes(kind: Kind, actual: &str, is_key: bool) -> bool {
    match kind {
        Kind::Text => match actual.strip_prefix("character varying") {
            Some(limit) if is_key => {
                limit.is_empty() || limit.trim_matches(['(', ')']).parse::<u32>().is_ok_and(|n| n >= 24)
            }
            Some(_) => true,
            None => actual == "text" || is_citext(actual),
        },
        Kind::Integer => matches!(actual, "integer" | "bigint" | "numeric"),
        Kind::BigInt => matches!(actual, "integer" | "bigint" | "numeric"),
        Kind::Numeric => actual == "numeric" || actual.starts_with("numeric("),
        Kind::Date => actual == "date",
        Kind::Timestamptz => actual.starts_with("timestamp") && actual.ends_with("with time zone"),
        Kind::Jsonb => matches!(actual, "jsonb" | "json"),
    }
}

/// Whether it is the extension's type, which is named with its schema where that is not on the search path.
pub(super) fn is_citext(actual: &str) -> bool {
    actual.rsplit('.').next() == Some("citext")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;
    use crate::store::catalog::CatalogColumn;

    fn column(sql_type: &str) -> CatalogColumn {
        CatalogColumn { sql_type: sql_type.to_owned(), ..CatalogColumn::default() }
    }

    fn existing(columns: &[(&str, &str)]) -> Relation {
        Relation {
            kind: "r".to_owned(),
            columns: columns.iter().map(|(name, sql_type)| ((*name).to_owned(), column(sql_type))).collect(),
            ..Relation::default()
        }
    }

    fn judged(relation: &Relation) -> Vec<String> {
        let refusals = judge(&rows::adset::entity().table, "\"public\".\"adsets\"", relation, None);
        refusals.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn narrow_but_sufficient_types_are_taken_as_they_are() {
        let relation = existing(&[
            ("id", "character varying(64)"),
            ("name", "character varying(120)"),
            ("leads", "integer"),
            ("spend", "numeric(12,2)"),
            ("targeting", "json"),
            ("created_time", "timestamp(3) with time zone"),
            ("notes", "text"),
        ]);
        assert_eq!(judged(&relation), Vec::<String>::new());
    }

    #[test]
    fn what_would_lose_data_is_refused_with_the_statement_that_mends_it() {
        for (name, actual, cure) in [
            ("spend", "integer", "alter column \"spend\" type numeric using \"spend\"::numeric"),
            ("spend", "double precision", "type numeric"),
            ("id", "character varying(10)", "type text"),
            ("id", "bigint", "type text"),
            ("status", "adset_status", "type text"),
            ("created_time", "timestamp without time zone", "type timestamptz"),
            ("leads", "smallint", "type bigint"),
        ] {
            let found = judged(&existing(&[(name, actual)]));
            assert!(found.len() == 1 && found[0].contains(cure), "{name} {actual}: {found:?}");
        }
    }

    #[test]
    fn what_would_break_or_change_our_rows_is_refused() {
        let mut relation = existing(&[("id", "text"), ("campaign_id", "text"), ("owner", "uuid")]);
        relation.columns.get_mut("owner").unwrap().not_null = true;
        relation.foreign_keys.push(("adsets_campaign_fk".to_owned(), vec!["campaign_id".to_owned()]));
        relation.foreign_keys.push(("adsets_owner_fk".to_owned(), vec!["owner".to_owned()]));
        relation.before_triggers.push("set_updated_at".to_owned());
        relation.is_filtered = true;
        let found = judged(&relation);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("\"owner\" drop not null"));
        assert!(found[1].contains("drop constraint \"adsets_campaign_fk\""));
        assert!(found[2].contains("drop trigger \"set_updated_at\""));
        assert!(found[3].contains("bypassrls"));
    }
}
