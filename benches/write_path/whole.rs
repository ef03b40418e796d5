//! The ceiling: all rows in one binary `COPY` into an equal table with equal indexes, with no question asked.

use futures_util::StreamExt;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{Executor, PgPool};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::Outcome;
use super::meter::{Cost, Meter};
use super::scene::Database;

/// Copies the rows of `adset_insights`, in the order in which they lie there.
pub(crate) async fn copy(database: &Database) -> Outcome<Cost> {
    let pool = PgPool::connect(database.url()).await?;
    pool.execute("create table bare (like adset_insights including all)").await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("rows");
    let mut file = File::create(&path).await?;
    let mut rows = pool.copy_out_raw("copy adset_insights to stdout (format binary)").await?;
    while let Some(chunk) = rows.next().await {
        file.write_all(&chunk?).await?;
    }
    file.flush().await?;
    drop(rows);
    let mut copy = pool.copy_in_raw("copy bare from stdin (format binary)").await?;
    let meter = Meter::start(database.url(), false).await?;
    copy.read_from(tokio::io::BufReader::with_capacity(1 << 18, File::open(&path).await?)).await?;
    let rows = copy.finish().await?;
    let cost = meter.stop(usize::try_from(rows)?, 0).await?;
    pool.execute("drop table bare").await?;
    pool.close().await;
    Ok(cost)
}
