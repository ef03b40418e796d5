//! Makes the database what adsync needs, or says what would have to be done.
//!
//! A migrator of our own, because `sqlx::migrate!` holds session locks and an unqualified ledger: both break behind a
//! transaction pooler. All runs in one transaction under a transaction-level lock, so that two replicas may start at once.

use std::collections::HashMap;
use std::time::Duration;

use crate::rows::table::Table;

use super::catalog::Catalog;
use super::db::{Db, Tx};
use super::error::{Class, Error};
use super::schema::{Plan, plan};
use super::transact::latest;
use super::{Migrate, Settings};

/// The longest that all changes together take: each of them the server ends after two minutes.
const LONGEST: Duration = Duration::from_secs(3600);

/// The types that our tables' columns have in the database, by our table's name and the column's.
pub type Types = HashMap<String, HashMap<String, String>>;

/// Makes the schema current as the configuration allows, and returns the columns' types.
pub async fn prepare(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Types, Error> {
    let (plan, catalog) = look(db, settings, tables).await?;
    for note in &plan.notes {
        tracing::warn!(note, "a view or function is not as adsync would make it");
    }
    if plan.statements.is_empty() {
        if plan.replacements.is_empty() {
            return Ok(types(db, tables, &catalog));
        }
        // Readers' views are no reason to stand still.
        let replaced = match settings.migrate {
            Migrate::Check => Err(Error::plain(Class::Schema, behind(&plan))),
            Migrate::Auto => apply(db, settings, tables).await.map(drop),
        };
        if let Err(error) = replaced {
            tracing::warn!(%error, advice = error.class.advice(), "views or functions stay as an older version made them");
        }
        return Ok(types(db, tables, &catalog));
    }
    if settings.migrate == Migrate::Check {
        let message = format!(
            "the schema lacks {} changes, and database.migrate = \"check\" applies none",
            plan.statements.len()
        );
        return Err(Error::plain(
            Class::Schema,
            format!("{message}: run `adsync migrate` with a login that owns the tables"),
        ));
    }
    apply(db, settings, tables).await?;
    let (_, catalog) = look(db, settings, tables).await?;
    Ok(types(db, tables, &catalog))
}

fn behind(plan: &Plan) -> String {
    format!("{} views or functions have a newer definition: `adsync migrate` replaces them", plan.replacements.len())
}

/// Applies what is missing, with the owner's login where one is configured. Returns what it ran.
///
/// Without such a login it runs on what is connected: a session pooler may let in no second client.
pub async fn apply(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Plan, Error> {
    let owner = Db::connect_for_migration(settings).await?;
    let plan = apply_on(owner.as_ref().unwrap_or(db), settings, tables).await;
    if let Some(owner) = owner {
        owner.close().await;
    }
    plan
}

async fn apply_on(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Plan, Error> {
    // What a first try ran its repetition finds done.
    let together = |earlier, _| earlier;
    db.transact_within(LONGEST, together, |mut tx| async {
        let plan = apply_in(db, &mut tx, settings, tables).await?;
        Ok((tx, plan))
    })
    .await
}

async fn apply_in(db: &Db, tx: &mut Tx, settings: &Settings, tables: &[Table]) -> Result<Plan, Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock(db.names.schema()))).execute(&mut **tx).await?;
    let mut catalog = Catalog::read(db, tx).await?;
    catalog.look_for_twins(db, tx, tables, &settings.adopt).await?;
    let plan = judged(plan(&db.names, settings, tables, &catalog))?;
    for statement in plan.all() {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone())).execute(&mut **tx).await.map_err(|error| {
            let error = Error::from(error);
            Error { message: format!("{} (in: {})", error.message, first_line(statement)), ..error }
        })?;
    }
    Ok(plan)
}

/// What `adsync migrate` would run, as a script that does the same.
pub async fn script(db: &Db, settings: &Settings, tables: &[Table]) -> Result<String, Error> {
    let (plan, _) = look(db, settings, tables).await?;
    let notes: String = plan.notes.iter().map(|note| format!("-- {note}\n")).collect();
    if plan.all().next().is_none() {
        return Ok(format!("-- nothing to do: the schema is current\n{notes}"));
    }
    let body: String = plan.all().map(|statement| format!("{statement};\n")).collect();
    Ok(format!("{notes}begin;\n{};\n{body}commit;\n", lock(db.names.schema())))
}

/// Which views and functions are not as adsync would make them, each with its cure.
pub async fn notes(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Vec<String>, Error> {
    let mut plan = look(db, settings, tables).await?.0;
    if !plan.replacements.is_empty() {
        plan.notes.push(behind(&plan));
    }
    Ok(plan.notes)
}

/// Whether anything is missing: what readiness asks.
pub async fn is_current(db: &Db, settings: &Settings, tables: &[Table]) -> Result<bool, Error> {
    Ok(look(db, settings, tables).await?.0.statements.is_empty())
}

async fn look(db: &Db, settings: &Settings, tables: &[Table]) -> Result<(Plan, Catalog), Error> {
    let catalog = db
        .transact(latest, |mut tx| async {
            let mut catalog = Catalog::read(db, &mut tx).await?;
            catalog.look_for_twins(db, &mut tx, tables, &settings.adopt).await?;
            Ok((tx, catalog))
        })
        .await?;
    Ok((judged(plan(&db.names, settings, tables, &catalog))?, catalog))
}

fn judged(plan: Plan) -> Result<Plan, Error> {
    if plan.refusals.is_empty() { Ok(plan) } else { Err(Error::plain(Class::Refused, plan.refusals.join("\n"))) }
}

fn types(db: &Db, tables: &[Table], catalog: &Catalog) -> Types {
    let of = |table: &Table| {
        let relation = catalog.relations.get(db.names.relation(&table.name))?;
        let columns = relation.columns.iter().map(|(name, column)| (name.clone(), canonical(&column.sql_type)));
        Some((table.name.clone(), columns.collect()))
    };
    tables.iter().filter_map(of).collect()
}

/// The server's long name of a type as our short one, so that a column of our own type needs no cast.
pub(super) fn canonical(sql_type: &str) -> String {
    if sql_type == "timestamp with time zone" { "timestamptz".to_owned() } else { sql_type.to_owned() }
}

fn lock(schema: &str) -> String {
    format!("select pg_advisory_xact_lock(hashtextextended({}, 0))", super::names::literal(&format!("adsync:{schema}")))
}

fn first_line(statement: &str) -> &str {
    statement.lines().next().unwrap_or_default()
}
