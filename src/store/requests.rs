//! The table `sync_requests`: how Meta was asked for insights, each question once. Coverage and steps name them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::db::{Db, Tx};
use super::error::Error;
use super::transact::latest;

/// One question, without its account, days and ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it is named by.
    pub hash: String,
    /// `direct`, `report_run` or `batch`.
    pub manner: String,
    /// The API's version.
    pub api_version: String,
    /// The path below the version, with `<account_id>` or `<id>` in it.
    pub path: String,
    /// A JSON object of texts; `<since>`, `<until>` and `<ids>` stand for days and ids.
    pub parameters: String,
}

/// What `sync_coverage.requests` says of a day or longer period: who read it, and the questions in the order in which they
/// were answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The run. Where the row names another one, a version that knew of no questions read the day since.
    pub run: Uuid,
    /// The run's step.
    pub step: String,
    /// The questions. Each took the place of what the ones before it had shown of the same row.
    pub asked: Vec<Answered>,
}

/// A question that was answered to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The question's hash.
    pub request: String,
    /// The first day that it asked for.
    pub since: NaiveDate,
    /// The last.
    pub until: NaiveDate,
    /// How many rows of the period it showed, repeats included.
    pub rows: u64,
    /// Whose rows these were; `None` where no other question showed any, or where they are too many to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<Vec<String>>,
}

impl Reading {
    /// The questions that may have shown the row of an object: the last that did, and those after it that may have.
    pub fn of_object(&self, id: &str) -> Vec<&Answered> {
        let mut possible = Vec::new();
        for answered in self.asked.iter().rev().filter(|answered| answered.rows > 0) {
            match &answered.objects {
                Some(objects) if objects.iter().any(|object| object == id) => {
                    possible.push(answered);
                    break;
                }
                Some(_) => {}
                None => possible.push(answered),
            }
        }
        possible.reverse();
        possible
    }
}

/// Keeps questions that are not kept yet, within a transaction that names them.
pub(super) async fn keep(db: &Db, tx: &mut Tx, requests: &[Request]) -> Result<(), Error> {
    if requests.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Request) -> &String| requests.iter().map(|request| of(request).clone()).collect::<Vec<_>>();
    // One order for all writers: two that keep the same questions wait for each other instead of dying.
    db.template(
        "insert into {sync_requests} (hash, manner, api_version, path, parameters, first_asked_at)
         select r.hash, r.manner, r.api_version, r.path, r.parameters::jsonb, now()
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
           as r(hash, manner, api_version, path, parameters)
         where not exists (select from {sync_requests} k where k.hash = r.hash)
         order by r.hash
         on conflict (hash) do nothing",
    )
    .bind(column(|request| &request.hash))
    .bind(column(|request| &request.manner))
    .bind(column(|request| &request.api_version))
    .bind(column(|request| &request.path))
    .bind(column(|request| &request.parameters))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The questions of these hashes, as far as they are kept.
pub(super) async fn find(db: &Db, tx: &mut Tx, hashes: Vec<String>) -> Result<Vec<Request>, Error> {
    let rows = db
        .template(
            "select hash, manner, api_version, path, parameters::text from {sync_requests}
             where hash = any($1)
             order by path, parameters ->> 'level', parameters ->> 'breakdowns' nulls first, parameters ->> 'filtering' nulls first,
               manner, hash",
        )
        .bind(hashes)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(request_of).collect()
}

/// The questions of some steps.
pub async fn of_hashes(db: &Db, hashes: Vec<String>) -> Result<Vec<Request>, Error> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    db.transact(latest, |mut tx| async {
        let found = find(db, &mut tx, hashes.clone()).await?;
        Ok((tx, found))
    })
    .await
}

fn request_of(row: &PgRow) -> Result<Request, Error> {
    Ok(Request {
        hash: row.try_get(0)?,
        manner: row.try_get(1)?,
        api_version: row.try_get(2)?,
        path: row.try_get(3)?,
        parameters: row.try_get(4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(asked: &[(&str, u64, Option<&[&str]>)]) -> Reading {
        let day = NaiveDate::default();
        let answered = |(request, rows, objects): &(&str, u64, Option<&[&str]>)| Answered {
            request: (*request).to_owned(),
            since: day,
            until: day,
            rows: *rows,
            objects: objects.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        };
        Reading { run: Uuid::nil(), step: "insights:x".to_owned(), asked: asked.iter().map(answered).collect() }
    }

    #[test]
    fn a_row_came_with_the_last_question_that_showed_its_object() {
        let of = |reading: &Reading, id: &str| {
            reading.of_object(id).iter().map(|answered| answered.request.clone()).collect::<Vec<_>>()
        };
        let one = reading(&[("listing", 30, None), ("status", 0, None)]);
        assert_eq!(of(&one, "7"), ["listing"], "a question that showed nothing showed no row");
        let two = reading(&[("listing", 30, None), ("status", 2, Some(&["7", "8"])), ("id", 1, Some(&["8"]))]);
        assert_eq!((of(&two, "1"), of(&two, "7")), (vec!["listing".to_owned()], vec!["status".to_owned()]));
        assert_eq!(of(&two, "8"), ["id"], "the later answer is the newer one");
        let many = reading(&[("listing", 300, None), ("status", 200, None), ("id", 1, Some(&["8"]))]);
        assert_eq!(
            (of(&many, "7"), of(&many, "8")),
            (vec!["listing".to_owned(), "status".to_owned()], vec!["id".to_owned()])
        );
        let named = reading(&[("listing", 1, Some(&["7"])), ("status", 200, None)]);
        assert_eq!(of(&named, "7"), ["listing", "status"], "it may have come again");
        assert_eq!(of(&named, "9"), ["status"]);
    }

    #[test]
    fn what_is_not_named_is_not_written() {
        let text = serde_json::to_string(&reading(&[("a", 30, None), ("b", 1, Some(&["7"]))])).unwrap();
        assert_eq!(text.matches("objects").count(), 1, "{text}");
        assert_eq!(serde_json::from_str::<Reading>(&text).unwrap().asked.len(), 2);
    }
}
