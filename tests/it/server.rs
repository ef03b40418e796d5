//! The private PostgreSQL server: it starts, keeps, stops, and outlives nobody.

use std::fs::Permissions;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::server::{DataDir, Server, ServerError, find_programs};

/// Tells [`holds_a_server_until_it_is_killed`] that it was started for that.
const HOLD: &str = "ADSYNC_TEST_HOLD_A_SERVER";

async fn start(data: &DataDir) -> Result<Server, ServerError> {
    Server::start(&find_programs(|_| {}).await?, data).await
}

fn folder(mode: u32) -> tempfile::TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempdir().unwrap()
}

async fn ask(url: &str, sql: &str) -> sqlx::Result<i32> {
    let mut connection = PgConnection::connect(url).await?;
    let answer = connection.fetch_one(sqlx::raw_sql(AssertSqlSafe(sql))).await?.try_get_unchecked(0);
    connection.close().await?;
    answer
}

#[tokio::test]
async fn a_temporary_server_asks_for_its_password_and_leaves_nothing() {
    let server = start(&DataDir::Temporary).await.unwrap();
    let url = server.url().expose_secret().to_owned();
    assert_eq!(ask(&url, "select 7").await.unwrap(), 7);
    let mut wrong = url::Url::parse(&url).unwrap();
    wrong.set_password(Some("guess")).unwrap();
    assert!(ask(wrong.as_str(), "select 7").await.is_err());
    assert!(!format!("{server:?}").contains(&url), "the password is not shown");

    let folder = server.folder().to_owned();
    assert!(folder.exists());
    server.stop().await;
    assert!(!folder.exists());
    assert!(ask(&url, "select 7").await.is_err());
}

#[tokio::test]
async fn a_kept_folder_is_found_again_even_after_a_kill() {
    let home = folder(0o755);
    let data = DataDir::Kept(home.path().join("kept"));
    let server = start(&data).await.unwrap();
    let url = server.url().expose_secret().to_owned();
    ask(&url, "create table t as select 7 as a; select a from t").await.unwrap();
    let mark = server.folder().join("data/postmaster.pid");
    let left_behind = std::fs::read_to_string(&mark).unwrap();
    server.stop().await;

    // As after a restart of the machine, when another program has the number of the server that was killed.
    let (_, rest) = left_behind.split_once('\n').unwrap();
    std::fs::write(&mark, format!("{}\n{rest}", std::process::id())).unwrap();
    let server = start(&data).await.unwrap();
    assert_eq!(ask(server.url().expose_secret(), "select a from t").await.unwrap(), 7);

    let error = start(&data).await.unwrap_err();
    assert!(matches!(error, ServerError::InUse { .. }), "{error}");
    server.stop().await;

    let version = home.path().join("kept/data/PG_VERSION");
    std::fs::write(version, "9\n").unwrap();
    let error = start(&data).await.unwrap_err();
    assert!(error.to_string().contains("was made by PostgreSQL 9"), "{error}");
}

#[tokio::test]
async fn a_folder_with_other_files_is_left_alone() {
    let home = folder(0o755);
    std::fs::write(home.path().join("thesis.tex"), "").unwrap();
    let error = start(&DataDir::Kept(home.path().to_owned())).await.unwrap_err();
    assert!(matches!(error, ServerError::Foreign { .. }), "{error}");
    assert_eq!(home.path().read_dir().unwrap().count(), 1);
}

#[tokio::test]
async fn root_hears_which_folder_is_closed_to_the_servers_user() {
    if !geteuid().is_root() {
        return;
    }
    let (closed, open) = (folder(0o700), folder(0o755));
    let error = start(&DataDir::Kept(closed.path().join("kept"))).await.unwrap_err();
    let ServerError::Closed { folder, .. } = &error else { panic!("{error}") };
    assert_eq!(folder, closed.path());
    assert_eq!(closed.path().read_dir().unwrap().count(), 0, "nothing is made where nothing can be");

    let server = start(&DataDir::Kept(open.path().join("made/on/the/way"))).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_server_stops_when_its_process_is_killed() {
    let mut holder = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "server::holds_a_server_until_it_is_killed", "--ignored", "--nocapture"])
        .env(HOLD, "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let folder = loop {
        let line = lines.next_line().await.unwrap().expect("the server starts");
        if let Some((_, folder)) = line.split_once("the server is in ") {
            break PathBuf::from(folder);
        }
    };
    let mark = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let port: u16 = mark.lines().nth(3).unwrap().parse().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    kill_process(Pid::from_raw(holder.id().unwrap().cast_signed()).unwrap(), Signal::KILL).unwrap();
    holder.wait().await.unwrap();

    let patience = Instant::now() + Duration::from_secs(30);
    while folder.exists() || TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < patience, "{} is still there", folder.display());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
#[ignore = "the other half of a_server_stops_when_its_process_is_killed"]
async fn holds_a_server_until_it_is_killed() {
    if std::env::var_os(HOLD).is_none() {
        return;
    }
    let server = start(&DataDir::Temporary).await.unwrap();
    println!("the server is in {}", server.folder().display());
    std::future::pending::<()>().await;
}
