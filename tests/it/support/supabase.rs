//! A server that is made up as a Supabase project: its roles, and its default privileges, which grant everything on a new
//! table of `public` to the roles of the anonymous key. A server of its own, since roles belong to the whole server.

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

use super::database::Database;
use super::server::{DataDir, Server, find_programs};

/// One server for all projects of this process, which its keeper stops when the process ends.
static SERVER: OnceCell<Server> = OnceCell::const_new();

const ROLES: &str = "create role anon nologin noinherit; create role authenticated nologin noinherit;
     create role service_role nologin noinherit bypassrls;
     create role project_owner login password 'owner-password' createdb createrole replication bypassrls";
/// What the owner of a project finds in its database.
const PROJECT: &str = "grant usage on schema public to anon, authenticated, service_role;
     alter default privileges for role project_owner in schema public grant all on tables to anon, authenticated, service_role;
     alter default privileges for role project_owner in schema public grant all on functions to anon, authenticated, service_role;
     alter default privileges for role project_owner in schema public grant all on sequences to anon, authenticated, service_role;
     create publication supabase_realtime;
     create schema auth; grant usage on schema auth to anon, authenticated, service_role;
     create function auth.jwt() returns jsonb language sql stable
     as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$";

/// A new database of such a server. Its owner is `project_owner`, no superuser; the test itself is one.
pub(crate) async fn project() -> Database {
    let server = SERVER.get_or_init(|| async {
        let programs = find_programs(|line| eprintln!("{line}")).await.unwrap();
        let server = Server::start(&programs, &DataDir::Temporary).await.unwrap();
        let mut admin = PgConnection::connect(server.url().expose_secret()).await.unwrap();
        admin.execute(sqlx::raw_sql(ROLES)).await.unwrap();
        admin.close().await.unwrap();
        server
    });
    let db = Database::create_on(server.await.url().expose_secret(), None).await;
    let name = db.query_text("select current_database()").await.remove(0).remove(0);
    db.execute(&format!("alter database {name} owner to project_owner")).await;
    db.execute(PROJECT).await;
    db
}

/// The database's address for its owner.
pub(crate) fn owner_url(db: &Database) -> String {
    login_url(db, "project_owner", "owner-password")
}

/// The database's address for any login.
pub(crate) fn login_url(db: &Database, user: &str, password: &str) -> String {
    let mut url = url::Url::parse(db.direct_url()).unwrap();
    url.set_username(user).unwrap();
    url.set_password(Some(password)).unwrap();
    url.into()
}

/// What somebody gets who acts as a role, as Supabase's API does: every row as text, or the server's refusal.
pub(crate) async fn acting_as(db: &Database, role: &str, claims: &str, sql: &str) -> Result<Vec<String>, String> {
    asking(db.direct_url(), &format!("set role {role}; set request.jwt.claims = '{claims}'; {sql}")).await
}

/// What the login of an address gets: the first value of every row as text, or the server's refusal.
pub(crate) async fn asking(url: &str, sql: &str) -> Result<Vec<String>, String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let answer = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await;
    connection.close().await.unwrap();
    let text =
        |row: &sqlx::postgres::PgRow| sqlx::Row::try_get_raw(row, 0).unwrap().as_str().unwrap_or("NULL").to_owned();
    answer.map(|rows| rows.iter().map(text).collect()).map_err(|error| error.to_string())
}
