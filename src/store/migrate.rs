//! Makes the database what adsync needs, or says what would have to be done.
//!
//! A migrator of our own, because `sqlx::migrate!` holds session locks and an unqualified ledger: both break behind a
//! transaction pooler. Each transaction takes a lock that ends with it and looks anew at what is there, so that two replicas
//! may start at once and one that was killed is continued. Tables are made in one transaction; what changes a table that
//! may have rows and readers has one of its own, and gives up at once where it would make readers wait.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Row};
use tokio::time::{Instant, sleep};

use crate::rows::table::Table;

use super::catalog::Catalog;
use super::db::{Db, Tx};
use super::error::{Class, Error};
use super::owner;
use super::plan::{Plan, plan};
use super::schema::VERSION;
use super::transact::{Alone, answered, latest};
use super::{Migrate, Settings};

/// How long others may be in the way in all: a command gives up within two minutes.
const PATIENCE: Duration = Duration::from_secs(80);
/// The longest that one transaction may take: the server ends a statement after half an hour, and what changes a table that
/// may be large is a transaction by itself. What is silent for longer is no server any more.
const LONGEST: Duration = Duration::from_secs(40 * 60);
/// The pauses between two tries, in which whoever was held up gets on.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// The types that our tables' columns have in the database, by our table's name and the column's.
pub type Types = HashMap<String, HashMap<String, String>>;

/// What a migration did, and what a person should know of the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Statements that ran.
    pub statements: usize,
    /// Which views and functions are not as adsync would make them, each with its cure.
    pub notes: Vec<String>,
    /// What else happens when adsync writes its tables, each with what can be done about it.
    pub cautions: Vec<String>,
}

/// How the schema stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many statements no run can do without and are yet to run.
    pub missing: usize,
    /// The version that is there; `None` where nothing is.
    pub version: Option<String>,
    /// Which views and functions are not as adsync would make them, each with its cure.
    pub notes: Vec<String>,
    /// What else happens when adsync writes its tables, each with what can be done about it.
    pub cautions: Vec<String>,
}

/// Makes the schema current as the configuration allows, and returns the columns' types.
pub async fn prepare(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Types, Error> {
    let may_apply = settings.migrate == Migrate::Auto;
    let (plan, catalog) = match look(db, settings, tables).await {
        // The daemon's login may lack a right that the owner's gives it.
        Err(error) if error.class == Class::Privilege && may_apply && settings.migrate_url.is_some() => {
            apply(db, settings, tables).await?;
            look(db, settings, tables).await?
        }
        looked => looked?,
    };
    for note in &plan.notes {
        tracing::warn!(note, "a view or function is not as adsync would make it");
    }
    let missing = plan.required().count();
    if missing == 0 {
        let behind = behind(&plan);
        if plan.all().next().is_none() || (!may_apply && behind.is_none()) {
            return Ok(types(db, tables, &catalog));
        }
        // Readers' views are no reason to stand still.
        let replaced = match may_apply {
            false => Err(Error::plain(Class::Schema, behind.unwrap_or_default())),
            true => apply_within(Duration::ZERO, db, settings, tables).await.map(drop),
        };
        if let Err(error) = replaced {
            tracing::warn!(%error, advice = error.class.advice(), "views or functions stay as they are");
        }
        return Ok(types(db, tables, &catalog));
    }
    if !may_apply {
        let message = format!("the schema lacks {missing} changes, and database.migrate = \"check\" applies none");
        return Err(Error::plain(
            Class::Schema,
            format!("{message}: run `adsync migrate` with a login that owns the tables"),
        ));
    }
    apply(db, settings, tables).await?;
    let (_, catalog) = look(db, settings, tables).await?;
    Ok(types(db, tables, &catalog))
}

/// What a schema that works lacks, in words.
fn behind(plan: &Plan) -> Option<String> {
    if !plan.replacements.is_empty() {
        let count = plan.replacements.len();
        return Some(format!("{count} views or functions have a newer definition: `adsync migrate` replaces them"));
    }
    if !plan.grants.is_empty() {
        let count = plan.grants.len();
        return Some(format!(
            "roles in database.grant_select_to lack {count} rights to read what adsync made: `adsync migrate` grants them"
        ));
    }
    plan.registration.is_some().then(|| {
        "sync_reports has other reports of this daemon.instance than the configuration: `adsync migrate` notes them, so \
         that the views of every daemon here cover them"
            .to_owned()
    })
}

/// Applies what is missing, with the owner's login where one is configured. Returns what it ran.
///
/// Without such a login it runs on what is connected: a session pooler may let in no second client.
pub async fn apply(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Applied, Error> {
    apply_within(PATIENCE, db, settings, tables).await
}

async fn apply_within(patience: Duration, db: &Db, settings: &Settings, tables: &[Table]) -> Result<Applied, Error> {
    let login = login(db, settings).await?;
    let owner = owner::connect(db, settings).await?;
    let on = owner.as_ref().unwrap_or(db);
    let applied = apply_on(on, settings, tables, login.as_deref(), patience).await;
    if let Some(owner) = owner {
        owner.close().await;
    }
    applied
}

/// Fails where nothing was made in the schema yet.
///
/// # Errors
///
/// With what makes it.
pub async fn must_be_made(db: &Db) -> Result<(), Error> {
    let row = db.query("select to_regclass($1) is null").bind(db.names.qualified("sync_runs")).one(db).await?;
    if !row.try_get::<bool, _>(0)? {
        return Ok(());
    }
    let message =
        format!("nothing was synced into the schema {} yet: `adsync sync` makes its tables", db.names.schema());
    Err(Error::plain(Class::Schema, message))
}

/// The role of the daemon, where another one owns the tables.
async fn login(db: &Db, settings: &Settings) -> Result<Option<String>, Error> {
    if settings.migrate_url.is_none() {
        return Ok(None);
    }
    Ok(Some(db.query("select current_user::text").one(db).await?.try_get(0)?))
}

async fn apply_on(
    db: &Db,
    settings: &Settings,
    tables: &[Table],
    login: Option<&str>,
    patience: Duration,
) -> Result<Applied, Error> {
    let (mut began, mut pause) = (Instant::now(), PAUSES.0);
    let mut statements = 0;
    let mut last: Vec<String> = Vec::new();
    loop {
        let (plan, ran) = match answered(LONGEST, Box::pin(step(db, settings, tables, login))).await {
            Ok(done) => done,
            Err(error) if error.class == Class::Conflict && began.elapsed() < patience => {
                tracing::warn!(%error, "another transaction is in the way of a change of the schema: it is tried again");
                sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
                continue;
            }
            Err(error) => return Err(error),
        };
        if ran.is_empty() {
            return Ok(Applied { statements, notes: plan.notes, cautions: plan.cautions });
        }
        if ran == last {
            let first = ran.first().map(|statement| first_line(statement)).unwrap_or_default();
            let message = format!("the database took a change and does not have it (in: {first})");
            return Err(Error::plain(Class::Statement, message));
        }
        statements += ran.len();
        last = ran;
        // However long a step took that came through: the next one has its own time.
        (began, pause) = (Instant::now(), PAUSES.0);
    }
}

/// Looks at what is there and runs the first transaction of what is missing. Returns its statements.
async fn step(
    db: &Db,
    settings: &Settings,
    tables: &[Table],
    login: Option<&str>,
) -> Result<(Plan, Vec<String>), Error> {
    let mut tx = begin(db).await?;
    let (plan, _) = judged(db, &mut tx, settings, tables, login).await?;
    let first = plan.transactions().into_iter().next().unwrap_or_default();
    let statements: Vec<String> = first.into_iter().cloned().collect();
    // Hundreds of them in one message: far from the server each by itself would take its round trip.
    if let Err(error) = run(&mut tx, &statements.join(";\n")).await {
        let [_, _, ..] = statements.as_slice() else {
            return Err(within(error, statements.first().map_or("", String::as_str)));
        };
        // The server does not tell which of them it was.
        tx.rollback().await.ok();
        tx = begin(db).await?;
        for statement in &statements {
            run(&mut tx, statement).await.map_err(|error| within(error, statement))?;
        }
    }
    tx.commit().await?;
    Ok((plan, statements))
}

/// Begins a transaction that nobody else changes the schema beside. Whoever does is waited for as long as it takes: an index
/// of a large table may be under way.
async fn begin(db: &Db) -> Result<Tx, Error> {
    let mut is_told = false;
    loop {
        let mut tx = db.begin().await?;
        let alone = db.query("select pg_try_advisory_xact_lock(hashtextextended($1, 0))").bind(lock(db.names.schema()));
        if !is_told && !alone.fetch_one(&mut *tx).await?.try_get::<bool, _>(0)? {
            tracing::warn!("another adsync changes the schema at this moment: waiting until it is done");
            is_told = true;
        }
        match run(&mut tx, &opening(db.names.schema())).await {
            Err(error) if error.class == Class::Conflict => tx.rollback().await?,
            opened => return opened.map(|()| tx),
        }
    }
}

async fn run(tx: &mut Tx, sql: &str) -> Result<(), Error> {
    Ok(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut **tx).await.map(drop)?)
}

/// Names the statement that failed.
fn within(error: Error, statement: &str) -> Error {
    Error { message: format!("{} (in: {})", error.message, first_line(statement)), ..error }
}

/// What a migration would run, as a script that does the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The statements, by transaction; `None` where nothing is missing.
    pub sql: Option<String>,
    /// From which state of the schema it starts: it changes when a migration ran.
    pub state: String,
    /// Which views and functions are not as adsync would make them, each with its cure.
    pub notes: Vec<String>,
}

/// What `adsync migrate` would run.
pub async fn script(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Script, Error> {
    let login = login(db, settings).await?;
    let owner = owner::connect(db, settings).await?;
    let looked = look_as(owner.as_ref().unwrap_or(db), settings, tables, login.as_deref()).await;
    if let Some(owner) = owner {
        owner.close().await;
    }
    let (plan, catalog) = looked?;
    let opening = opening(db.names.schema());
    let texts = plan.transactions().into_iter().map(|statements| {
        let body: String = statements.iter().map(|statement| format!("{statement};\n")).collect();
        format!("begin;\n{opening};\n{body}commit;\n")
    });
    let sql: String = texts.collect();
    Ok(Script { sql: (!sql.is_empty()).then_some(sql), state: catalog.state(), notes: plan.notes })
}

/// How the schema stands.
pub async fn survey(db: &Db, settings: &Settings, tables: &[Table]) -> Result<Survey, Error> {
    let (mut plan, catalog) = look(db, settings, tables).await?;
    plan.notes.extend(behind(&plan));
    Ok(Survey {
        missing: plan.required().count(),
        version: catalog.version().map(str::to_owned),
        notes: plan.notes,
        cautions: plan.cautions,
    })
}

/// Whether anything is missing: what readiness asks.
pub async fn is_current(db: &Db, settings: &Settings, tables: &[Table]) -> Result<bool, Error> {
    Ok(look(db, settings, tables).await?.0.required().next().is_none())
}

async fn look(db: &Db, settings: &Settings, tables: &[Table]) -> Result<(Plan, Catalog), Error> {
    let login = login(db, settings).await?;
    look_as(db, settings, tables, login.as_deref()).await
}

async fn look_as(
    db: &Db,
    settings: &Settings,
    tables: &[Table],
    login: Option<&str>,
) -> Result<(Plan, Catalog), Error> {
    db.transact(latest, |mut tx| async {
        let looked = judged(db, &mut tx, settings, tables, login).await?;
        Ok((tx, looked))
    })
    .await
}

/// Plans within a transaction, and fails where some table cannot be used.
async fn judged(
    db: &Db,
    tx: &mut Tx,
    settings: &Settings,
    tables: &[Table],
    login: Option<&str>,
) -> Result<(Plan, Catalog), Error> {
    let mut catalog = Catalog::read(db, tx, login, &settings.grant_select_to).await?;
    if let Some(needed) = catalog.needed().filter(|needed| *needed > VERSION) {
        return Err(Error::plain(
            Class::Schema,
            format!(
                "a newer adsync changed the schema so that only version {needed} and later can work with it, and this one knows \
                 {VERSION}: start the newer adsync again, or restore the database as it was before its upgrade"
            ),
        ));
    }
    catalog.look_for_twins(db, tx, tables, &settings.adopt).await?;
    let plan = plan(&db.names, settings, tables, &catalog);
    if plan.refusals.is_empty() {
        Ok((plan, catalog))
    } else {
        Err(Error::plain(Class::Refused, plan.refusals.join("\n")))
    }
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

/// How each transaction of a migration begins. Whoever waits for a table keeps all its readers waiting who come later: so
/// it waits a second and tries again. An index of a large table takes its time, and readers do not notice.
fn opening(schema: &str) -> String {
    let lock = super::names::literal(&lock(schema));
    format!(
        "select pg_advisory_xact_lock(hashtextextended({lock}, 0));\nset local lock_timeout = '1s';\nset local statement_timeout = '30min'"
    )
}

/// What the lock that keeps others from changing the schema is called.
fn lock(schema: &str) -> String {
    format!("adsync:{schema}")
}

/// The version that this adsync makes, and the one that is there where that is another.
pub fn version_in_words(there: Option<&str>) -> String {
    match there {
        Some(there) if there == VERSION => format!("version {VERSION}"),
        Some(there) => format!("version {there}, of this adsync {VERSION}"),
        None => format!("nothing yet, of this adsync version {VERSION}"),
    }
}

fn first_line(statement: &str) -> &str {
    statement.lines().next().unwrap_or_default()
}
