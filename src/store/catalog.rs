//! What stands in the database now: tables, their columns, keys, and what would get in our way.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;

use crate::rows::table::Table;

use super::barriers::{self, Barrier};
use super::db::{Db, Tx};
use super::error::Error;
use super::names::quote;
use super::schema::{NEEDS, SCHEMA_COMMENT, checksum, number};
use super::sharing::{self, Shared};

/// The part of the database that concerns us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Whether our schema exists.
    pub schema_exists: bool,
    /// Roles that are to read, and may not use a schema that adsync made.
    pub shut_out: Vec<String>,
    /// Every relation of our schema, by its name.
    pub relations: BTreeMap<String, Relation>,
    /// Every view of our schema, by its name.
    pub views: BTreeMap<String, Held>,
    /// Every function of our schema, by its name and the types of its arguments.
    pub functions: BTreeMap<(String, Vec<String>), Held>,
    /// Names of our schema that are no relation's and that no relation can have: what each is, in words.
    pub taken: BTreeMap<String, String>,
    /// Roles of the server, as far as we grant to them or revoke from them.
    pub roles: BTreeSet<String>,
    /// The login of the daemon, where another one owns the tables.
    pub login: Option<Login>,
    /// What our ledger says was applied: name and checksum.
    pub ledger: BTreeMap<String, String>,
    /// The reports that daemons read into this schema.
    pub shared: Vec<Shared>,
}

/// The login of a daemon that owns no table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// Its role.
    pub name: String,
    /// Whether row security filters nothing that it reads.
    pub sees_all: bool,
    /// Whether it may use our schema, as far as that exists.
    pub may_use_schema: bool,
}

/// One relation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relation {
    /// `r` for a table, `p` for a partitioned one, `v` for a view, ...
    pub kind: String,
    /// Its columns, by name.
    pub columns: BTreeMap<String, CatalogColumn>,
    /// The columns of each unique index that can serve `on conflict`, the primary key first.
    pub unique_keys: Vec<Vec<String>>,
    /// The names of unique indexes that are no key yet.
    pub unique_indexes: Vec<String>,
    /// Whether it has a primary key.
    pub has_primary_key: bool,
    /// The leading columns of every index.
    pub indexes: Vec<Vec<String>>,
    /// Foreign keys: name and columns.
    pub foreign_keys: Vec<(String, Vec<String>)>,
    /// Triggers that run before a row is written, and so may change it.
    pub before_triggers: Vec<String>,
    /// Triggers that run when something was written.
    pub followers: Vec<String>,
    /// Publications that send what is written, and whether each names this table alone.
    pub publications: Vec<(String, bool)>,
    /// What the daemon's own login may not do with it: `select`, `insert`, `update`, `delete`.
    pub lacking: Vec<String>,
    /// Roles that are to read and may not read it.
    pub closed_to: Vec<String>,
    /// Its comment; empty where it has none.
    pub comment: String,
    /// What may refuse a row.
    pub barriers: Vec<Barrier>,
    /// Whether row security filters what our role sees.
    pub is_filtered: bool,
    /// Whether rows that stand in the way of the key that adsync needs hold the same one, as far as that was looked at.
    pub has_twins: bool,
    /// Whether rows stand in the way of that key because they have none.
    pub has_keyless: bool,
}

/// A view or function, as far as that decides whether it may be replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Its comment; empty where it has none.
    pub comment: String,
    /// The result of a function as the server words it.
    pub result: String,
    /// The columns of a view, in order: name and type.
    pub columns: Vec<(String, String)>,
    /// What else depends on it, in words.
    pub dependents: Vec<String>,
    /// Roles that may read or run it beside its owner; an empty name is everyone.
    pub grants: Vec<String>,
    /// Roles that are to read and may not read or run it.
    pub closed_to: Vec<String>,
}

/// One column of a relation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogColumn {
    /// Its type as the server writes it: `character varying(50)`, `timestamp with time zone`, ...
    pub sql_type: String,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// Whether the server fills it by itself.
    pub has_default: bool,
    /// Whether the server computes it.
    pub is_generated: bool,
    /// Its comment; empty where it has none.
    pub comment: String,
}

impl Relation {
    /// Whether a unique index can serve `on conflict` for these columns.
    pub fn is_keyed_by(&self, key: &[&str]) -> bool {
        let sorted = |columns: &[&str]| columns.iter().map(|&column| column.to_owned()).collect::<BTreeSet<_>>();
        self.unique_keys.iter().any(|unique| unique.iter().cloned().collect::<BTreeSet<_>>() == sorted(key))
    }
}

impl Catalog {
    /// Looks into the rows of tables to adopt that lack the key that adsync needs: twins would refuse it.
    pub async fn look_for_twins(
        &mut self,
        db: &Db,
        tx: &mut Tx,
        tables: &[Table],
        adopt: &[String],
    ) -> Result<(), Error> {
        for table in tables {
            let name = db.names.relation(&table.name);
            let Some(relation) = self.relations.get_mut(name).filter(|_| adopt.iter().any(|adopted| adopted == name))
            else {
                continue;
            };
            let key: Vec<&str> = table.key_columns().collect();
            if relation.kind != "r" || relation.is_keyed_by(&key) {
                continue;
            }
            let from = db.names.qualified(&table.name);
            let (there, lacking): (Vec<&str>, Vec<&str>) =
                key.into_iter().partition(|column| relation.columns.contains_key(*column));
            let list = there.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ");
            let keyless = match lacking.len() {
                0 => there.iter().map(|column| format!("{} is null", quote(column))).collect::<Vec<_>>().join(" or "),
                _ => "true".to_owned(),
            };
            let twins = match there.len() {
                0 => "false".to_owned(),
                _ => format!("exists (select {list} from {from} group by {list} having count(*) > 1)"),
            };
            let row = db
                .query(format!("select {twins}, exists (select from {from} where {keyless})"))
                .fetch_one(&mut **tx)
                .await?;
            (relation.has_twins, relation.has_keyless) = (row.try_get(0)?, row.try_get(1)?);
        }
        Ok(())
    }

    /// The version of the schema: the newest number in the ledger.
    pub fn version(&self) -> Option<&str> {
        self.ledger.keys().filter_map(|name| number(name)).max()
    }

    /// The oldest version that may work with the schema, where a migration said so: most are such that older ones go on.
    pub fn needed(&self) -> Option<&str> {
        self.ledger.keys().filter_map(|name| name.strip_prefix(NEEDS)).max()
    }

    /// A word for how far migrations came: what they note, and what they grant to the daemon's login and to readers.
    pub fn state(&self) -> String {
        let relations = self.relations.iter();
        let lacking = relations.map(|(name, relation)| (name, &relation.lacking, &relation.closed_to));
        let lacking: Vec<_> = lacking.filter(|(_, one, other)| !one.is_empty() || !other.is_empty()).collect();
        checksum(&format!("{:?} {:?} {:?} {lacking:?}", self.ledger, self.shared, self.login))
    }

    /// Whether the daemon's login will see the rows of tables that are yet to be made, and closed by row security.
    pub fn sees_new_tables(&self) -> bool {
        self.login.as_ref().is_none_or(|login| login.sees_all)
    }

    /// Reads the catalog within a transaction. `login` is the role of the daemon, where another one owns the tables, and
    /// `readers` are the roles that are to read.
    pub async fn read(db: &Db, tx: &mut Tx, login: Option<&str>, readers: &[String]) -> Result<Self, Error> {
        let schema = db.names.schema().to_owned();
        let mut catalog = Self::default();
        let sql = "select nspname is not null, array(
                     select r.rolname::text from pg_roles r
                     where r.rolname = any($2::text[]) and obj_description(n.oid, 'pg_namespace') = $3
                       and not has_schema_privilege(r.oid, n.oid, 'usage') order by 1
                   ) from (select $1) as s(name) left join pg_namespace n on n.nspname = s.name";
        let query = db.query(sql).bind(schema.clone()).bind(readers.to_vec()).bind(SCHEMA_COMMENT);
        let row = query.fetch_one(&mut **tx).await?;
        (catalog.schema_exists, catalog.shut_out) = (row.try_get(0)?, row.try_get(1)?);
        for row in db.query("select rolname::text from pg_roles").fetch_all(&mut **tx).await? {
            catalog.roles.insert(row.try_get(0)?);
        }
        if let Some(login) = login {
            // Who may act as the owner sees what is the owner's. Asked by itself it cannot know: the owner will tell.
            let sql = "select rolsuper or rolbypassrls or pg_has_role(oid, current_user, 'usage'),
                         (select bool_and(has_schema_privilege($1, oid, 'usage')) from pg_namespace where nspname = $2)
                       from pg_roles where rolname = $1";
            let query = db.query(sql).bind(login.to_owned()).bind(schema.clone());
            let row = query.fetch_one(&mut **tx).await?;
            catalog.login = Some(Login {
                name: login.to_owned(),
                sees_all: row.try_get(0)?,
                may_use_schema: row.try_get::<Option<bool>, _>(1)?.unwrap_or(false),
            });
        }
        for row in db.query(include_str!("catalog_names.sql")).bind(schema.clone()).fetch_all(&mut **tx).await? {
            catalog.taken.insert(row.try_get(0)?, row.try_get(1)?);
        }
        let columns = db.query(include_str!("catalog_columns.sql")).bind(schema.clone()).bind(login.map(str::to_owned));
        for row in columns.bind(readers.to_vec()).fetch_all(&mut **tx).await? {
            let relation = catalog.relations.entry(row.try_get(0)?).or_default();
            relation.kind = row.try_get(1)?;
            relation.is_filtered = row.try_get(2)?;
            relation.lacking = row.try_get(8)?;
            relation.closed_to = row.try_get(9)?;
            relation.comment = row.try_get(10)?;
            if let Some(column) = row.try_get::<Option<String>, _>(3)? {
                let facts = CatalogColumn {
                    sql_type: row.try_get(4)?,
                    not_null: row.try_get(5)?,
                    has_default: row.try_get(6)?,
                    is_generated: row.try_get(7)?,
                    comment: row.try_get(11)?,
                };
                relation.columns.insert(column, facts);
            }
        }
        for row in db.query(include_str!("catalog_keys.sql")).bind(schema.clone()).fetch_all(&mut **tx).await? {
            let Some(relation) = catalog.relations.get_mut(&row.try_get::<String, _>(0)?) else { continue };
            let (what, name): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            let columns: Vec<String> = row.try_get(3)?;
            match what.as_str() {
                "primary" => {
                    relation.has_primary_key = true;
                    relation.unique_keys.insert(0, columns.clone());
                    relation.indexes.push(columns);
                }
                "unique" => {
                    relation.unique_indexes.push(name);
                    relation.unique_keys.push(columns.clone());
                    relation.indexes.push(columns);
                }
                "index" => relation.indexes.push(columns),
                "foreign" => relation.foreign_keys.push((name, columns)),
                "trigger" => relation.before_triggers.push(name),
                "follower" => relation.followers.push(name),
                "published" => relation.publications.push((name, true)),
                "published with others" => relation.publications.push((name, false)),
                _ => {}
            }
        }
        for (name, barrier) in barriers::read(db, tx).await? {
            catalog.relations.entry(name).or_default().barriers.push(barrier);
        }
        let views = db.query(include_str!("catalog_views.sql")).bind(schema.clone()).bind(readers.to_vec());
        for row in views.fetch_all(&mut **tx).await? {
            let (names, types): (Vec<String>, Vec<String>) = (row.try_get(3)?, row.try_get(4)?);
            let held = Held { columns: names.into_iter().zip(types).collect(), ..held(&row)? };
            catalog.views.insert(row.try_get(0)?, held);
        }
        let functions = db.query(include_str!("catalog_functions.sql")).bind(schema).bind(readers.to_vec());
        for row in functions.fetch_all(&mut **tx).await? {
            catalog.functions.insert((row.try_get(0)?, row.try_get(3)?), held(&row)?);
        }
        if catalog.relations.contains_key(db.names.relation("adsync_migrations")) {
            for row in db.template("select name, checksum from {adsync_migrations}").fetch_all(&mut **tx).await? {
                catalog.ledger.insert(row.try_get(0)?, row.try_get(1)?);
            }
        }
        if catalog.relations.contains_key(db.names.relation("sync_reports"))
            && catalog.ledger.contains_key("0018_sync_reports")
        {
            catalog.shared = sharing::read(db, tx).await?;
        }
        Ok(catalog)
    }
}

/// What the questions about views and functions tell alike.
fn held(row: &sqlx::postgres::PgRow) -> Result<Held, Error> {
    Ok(Held {
        comment: row.try_get(1)?,
        result: row.try_get(2)?,
        columns: Vec::new(),
        dependents: row.try_get(5)?,
        grants: row.try_get(6)?,
        closed_to: row.try_get(7)?,
    })
}
