//! A role with a name that no other test has: roles belong to the whole server.

use std::fmt::Write;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::database::Database;

const PASSWORD: &str = "role-password-of-a-test";

/// A role that may log in and nothing else. Dropped before its database.
pub(crate) struct Role {
    name: String,
    database: PgConnectOptions,
}

impl Role {
    /// Creates it.
    pub(crate) async fn create(db: &Database) -> Self {
        let name = format!("adsync_role_{}", uuid::Uuid::now_v7().simple());
        db.execute(&format!("create role {name} login password '{PASSWORD}'")).await;
        Self { name, database: PgConnectOptions::from_str(db.direct_url()).unwrap() }
    }

    /// Lets the server expect another password of it than its addresses hold.
    pub(crate) async fn change_password(&self, db: &Database) {
        db.execute(&format!("alter role {} password 'another-{PASSWORD}'", self.name)).await;
    }

    /// Lets the server expect the password that its addresses hold.
    pub(crate) async fn change_password_back(&self, db: &Database) {
        db.execute(&format!("alter role {} password '{PASSWORD}'", self.name)).await;
    }

    /// Its name, which needs no quotes.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The database's address for this role.
    pub(crate) fn url(&self, db: &Database) -> String {
        self.in_place_of_the_login(db.url())
    }

    /// The same, past any pooler.
    pub(crate) fn direct_url(&self, db: &Database) -> String {
        self.in_place_of_the_login(db.direct_url())
    }

    fn in_place_of_the_login(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some(PASSWORD)).unwrap();
        url.into()
    }

    /// What it gets for a query: the only value as text, or the server's refusal.
    pub(crate) async fn sees(&self, db: &Database, sql: &str) -> String {
        let mut connection = PgConnection::connect(&self.direct_url(db)).await.unwrap();
        let answer = connection.fetch_one(sqlx::raw_sql(AssertSqlSafe(sql))).await;
        let mut text = String::new();
        match answer {
            Ok(row) => text.push_str(row.try_get_raw(0).unwrap().as_str().unwrap()),
            Err(error) => write!(text, "{error}").unwrap(),
        }
        connection.close().await.unwrap();
        text
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let (database, name) = (self.database.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                let mut connection = PgConnection::connect_with(&database).await?;
                let sql = format!("reassign owned by {name} to current_user; drop owned by {name}; drop role {name}");
                connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
                connection.close().await
            })
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("the role {} could not be dropped: {error}", self.name);
        }
    }
}
