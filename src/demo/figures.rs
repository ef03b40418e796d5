//! What the demo shows of the tables: how the account stands, and what one run made of a few days of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row as _;

use crate::store::{Alone, Db, Error};

/// A status and how many campaigns and ad sets are in it.
#[derive(Debug)]
pub struct StatusLine {
    /// Meta's word, or `deleted`; what Meta does not list but counts is `in insights only`.
    pub status: String,
    /// Campaigns.
    pub campaigns: i64,
    /// Ad sets.
    pub adsets: i64,
}

/// A campaign over some days: everything is a sum, so that ratios can be taken of it.
#[derive(Debug)]
pub struct CampaignLine {
    /// Its name.
    pub name: String,
    /// Major units.
    pub spend: Decimal,
    /// Leads.
    pub leads: i64,
    /// Conversations started.
    pub conversations: i64,
    /// Purchases.
    pub purchases: i64,
    /// What was bought, major units.
    pub purchase_value: Decimal,
}

/// How many days were read, and how many of them are known to agree with Meta's own totals.
#[derive(Debug)]
pub struct Agreement {
    /// Rows of ad sets and days.
    pub rows: i64,
    /// Days that were read to their end.
    pub days: i64,
    /// Of these, those that agree.
    pub settled: i64,
    /// Of these, those that still move.
    pub moving: i64,
}

/// An ad set's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The ad set's name.
    pub adset: String,
    /// Its campaign's name.
    pub campaign: String,
    /// Major units.
    pub spend: Decimal,
    /// Leads, conversations and purchases.
    pub results: i64,
}

/// The last days, by day and ad set, as they stand in the table.
pub type Snapshot = BTreeMap<(NaiveDate, String), Delivery>;

/// Campaigns and ad sets by status, the most common first.
pub async fn statuses(db: &Db) -> Result<Vec<StatusLine>, Error> {
    let rows = db
        .template(
            "select coalesce(case when deleted_at is not null then 'deleted' else effective_status end, 'unknown'),
               count(*) filter (where is_campaign), count(*) filter (where not is_campaign)
             from (select deleted_at, effective_status, true as is_campaign from {campaigns}
                   union all
                   select deleted_at, effective_status, false from {adsets}
                   union all
                   select distinct on (campaign_id) null::timestamptz, 'in insights only', true from {adset_insights}
                   where campaign_id not in (select id from {campaigns})
                   union all
                   select distinct on (adset_id) null::timestamptz, 'in insights only', false from {adset_insights}
                   where adset_id not in (select id from {adsets})) o
             group by 1 order by 3 desc, 2 desc, 1",
        )
        .all(db)
        .await?;
    let line = |row: &sqlx::postgres::PgRow| {
        Ok(StatusLine { status: row.try_get(0)?, campaigns: row.try_get(1)?, adsets: row.try_get(2)? })
    };
    rows.iter().map(line).collect()
}

/// Campaigns that spent in a range of days, the largest first.
pub async fn campaigns(db: &Db, since: NaiveDate, until: NaiveDate) -> Result<Vec<CampaignLine>, Error> {
    let rows = db
        .template(
            "select coalesce(max(c.name), max(i.campaign_name), max(i.campaign_id)), sum(i.spend),
               coalesce(sum(i.leads), 0)::bigint, coalesce(sum(i.messaging_conversations), 0)::bigint,
               coalesce(sum(i.purchases), 0)::bigint, coalesce(sum(i.purchase_value), 0)
             from {adset_insights} i left join {campaigns} c on c.id = i.campaign_id
             where i.date between $1 and $2 group by i.campaign_id having sum(i.spend) > 0 order by 2 desc",
        )
        .bind(since)
        .bind(until)
        .all(db)
        .await?;
    let line = |row: &sqlx::postgres::PgRow| {
        Ok(CampaignLine {
            name: row.try_get(0)?,
            spend: row.try_get(1)?,
            leads: row.try_get(2)?,
            conversations: row.try_get(3)?,
            purchases: row.try_get(4)?,
            purchase_value: row.try_get(5)?,
        })
    };
    rows.iter().map(line).collect()
}

/// How far the ad sets' days agree with Meta's own totals.
pub async fn agreement(db: &Db) -> Result<Agreement, Error> {
    let row = db
        .template(
            "select coalesce(sum(rows), 0), count(*), count(*) filter (where status in ('settled', 'explained')),
               count(*) filter (where status = 'moving')
             from {sync_coverage} where report = 'adset' and complete",
        )
        .one(db)
        .await?;
    Ok(Agreement { rows: row.try_get(0)?, days: row.try_get(1)?, settled: row.try_get(2)?, moving: row.try_get(3)? })
}

/// The days from `since` on as they stand in the table.
pub async fn snapshot(db: &Db, since: NaiveDate) -> Result<Snapshot, Error> {
    let rows = db
        .template(
            "select i.date, i.adset_id, coalesce(a.name, i.adset_name, i.adset_id),
               coalesce(c.name, i.campaign_name, i.campaign_id), coalesce(i.spend, 0),
               coalesce(i.leads, 0) + coalesce(i.messaging_conversations, 0) + coalesce(i.purchases, 0)
             from {adset_insights} i
             left join {adsets} a on a.id = i.adset_id left join {campaigns} c on c.id = i.campaign_id
             where i.date >= $1",
        )
        .bind(since)
        .all(db)
        .await?;
    let entry = |row: &sqlx::postgres::PgRow| {
        let delivery = Delivery {
            adset: row.try_get(2)?,
            campaign: row.try_get(3)?,
            spend: row.try_get(4)?,
            results: row.try_get(5)?,
        };
        Ok(((row.try_get(0)?, row.try_get(1)?), delivery))
    };
    rows.iter().map(entry).collect()
}

/// What changed between two looks, in sentences: first today's spend of the campaign that moved most, then days that
/// were restated, credited or new.
pub fn changes(before: &Snapshot, after: &Snapshot, today: NaiveDate) -> Vec<String> {
    let mut told = Vec::new();
    let (was, is) = (spend_by_campaign(before, today), spend_by_campaign(after, today));
    let mut moved: Vec<(&str, Decimal, Decimal)> = is
        .iter()
        .map(|(name, spend)| (*name, was.get(name).copied().unwrap_or_default(), *spend))
        .filter(|(_, was, is)| was != is)
        .collect();
    moved.sort_by_key(|(name, was, is)| (*was - *is, *name));
    if let Some((name, was, is)) = moved.first() {
        let others = match moved.len() - 1 {
            0 => String::new(),
            1 => ", and of one more campaign".to_owned(),
            others => format!(", and of {others} more campaigns"),
        };
        told.push(format!("today's spend of \"{name}\": {was:.2} → {is:.2}{others}"));
    }
    for ((date, id), now) in after.iter().filter(|((date, _), _)| *date < today) {
        let what = format!("{date} of \"{}\" in \"{}\"", now.adset, now.campaign);
        match before.get(&(*date, id.clone())) {
            None => told.push(format!("{what}: new")),
            Some(was) => {
                let spend = format!("spend {:.2} → {:.2}", was.spend, now.spend);
                let results = format!("results {} → {}", was.results, now.results);
                match (was.spend == now.spend, was.results == now.results) {
                    (true, true) => {}
                    (false, true) => told.push(format!("{what}: {spend}")),
                    (true, false) => told.push(format!("{what}: {results}")),
                    (false, false) => told.push(format!("{what}: {spend}, {results}")),
                }
            }
        }
    }
    told
}

fn spend_by_campaign(snapshot: &Snapshot, day: NaiveDate) -> BTreeMap<&str, Decimal> {
    let mut sums = BTreeMap::new();
    for (_, delivery) in snapshot.iter().filter(|((date, _), _)| *date == day) {
        *sums.entry(delivery.campaign.as_str()).or_default() += delivery.spend;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, adset: &str, spend: i64, results: i64) -> ((NaiveDate, String), Delivery) {
        let delivery = Delivery {
            adset: format!("ad set {adset}"),
            campaign: "Leads".to_owned(),
            spend: Decimal::new(spend, 2),
            results,
        };
        ((date.parse().unwrap(), adset.to_owned()), delivery)
    }

    #[test]
    fn changes_are_told_of_today_by_campaign_and_of_days_before_it_by_ad_set() {
        let before = Snapshot::from([
            day("2026-11-22", "1", 1000, 2),
            day("2026-11-22", "2", 700, 0),
            day("2026-11-23", "1", 4120, 1),
        ]);
        let after = Snapshot::from([
            day("2026-11-21", "2", 55, 0),
            day("2026-11-22", "1", 985, 3),
            day("2026-11-22", "2", 700, 1),
            day("2026-11-23", "1", 4400, 1),
            day("2026-11-23", "2", 85, 1),
        ]);
        let today = "2026-11-23".parse().unwrap();
        assert_eq!(
            changes(&before, &after, today),
            [
                "today's spend of \"Leads\": 41.20 → 44.85",
                "2026-11-21 of \"ad set 2\" in \"Leads\": new",
                "2026-11-22 of \"ad set 1\" in \"Leads\": spend 10.00 → 9.85, results 2 → 3",
                "2026-11-22 of \"ad set 2\" in \"Leads\": results 0 → 1",
            ]
        );
        assert_eq!(changes(&after, &after, today), [""; 0]);
    }
}
