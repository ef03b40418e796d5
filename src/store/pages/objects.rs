//! The campaigns or ad sets of an account, with the metric columns as the tables have them: filtered, sorted, a page of them.

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::db::{Db, Tx};
use super::super::error::Error;

/// Objects on one page.
pub const PAGE: u32 = 50;

/// Which objects are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Campaigns.
    #[default]
    Campaigns,
    /// Ad sets.
    Adsets,
}

/// What they are sorted by: the columns of the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By `name`.
    Name,
    /// By `effective_status`.
    Status,
    /// By `spend`.
    #[default]
    Spend,
    /// By `impressions`.
    Impressions,
    /// By `clicks`.
    Clicks,
    /// By `ctr`.
    Ctr,
    /// By `cpc`.
    Cpc,
    /// By `cpm`.
    Cpm,
    /// By `leads`.
    Leads,
    /// By `purchases`.
    Purchases,
    /// By `messaging_conversations`.
    Conversations,
}

/// Which of them are wanted, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Campaigns or ad sets.
    pub kind: Kind,
    /// What they are sorted by.
    pub sort: Sort,
    /// Whether the least comes first.
    pub ascending: bool,
    /// Those of this status alone; `DELETED` for those that are marked so.
    pub status: Option<String>,
    /// Those whose name or id holds this text, in whatever case.
    pub name: Option<String>,
    /// Ad sets of this campaign alone.
    pub campaign_id: Option<String>,
    /// Which page, counted from 0.
    pub page: u32,
}

/// A page of objects.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Statuses with how many there are of each whose name was meant, the most frequent first.
    pub statuses: Vec<(String, i64)>,
    /// How many are meant in all.
    pub count: i64,
    /// Those of the page.
    pub objects: Vec<Object>,
    /// The name of the campaign whose ad sets are listed.
    pub campaign: Option<String>,
}

/// One campaign or ad set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object {
    /// Meta's id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its effective status; `DELETED` where it is marked so.
    pub status: Option<String>,
    /// The current name of an ad set's campaign.
    pub campaign: Option<String>,
    /// When its row was last written.
    pub last_synced: Option<DateTime<Utc>>,
    /// The run of which a step that writes such rows of the account was at work then, where its record is kept still.
    pub run_id: Option<Uuid>,
    /// Its figures in the order of `Sort::ALL`, from spend on, as the table has them; ratios to two decimals.
    pub figures: [Option<String>; 9],
}

impl Kind {
    /// The name of the table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Campaigns => "campaigns",
            Self::Adsets => "adsets",
        }
    }
}

impl Sort {
    /// All of them, in the order of the page's columns.
    pub const ALL: [Self; 11] = [
        Self::Name,
        Self::Status,
        Self::Spend,
        Self::Impressions,
        Self::Clicks,
        Self::Ctr,
        Self::Cpc,
        Self::Cpm,
        Self::Leads,
        Self::Purchases,
        Self::Conversations,
    ];

    /// Its column in the tables.
    pub fn column(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Status => "status",
            Self::Spend => "spend",
            Self::Impressions => "impressions",
            Self::Clicks => "clicks",
            Self::Ctr => "ctr",
            Self::Cpc => "cpc",
            Self::Cpm => "cpm",
            Self::Leads => "leads",
            Self::Purchases => "purchases",
            Self::Conversations => "messaging_conversations",
        }
    }

    /// Those that are figures.
    pub fn figures() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|sort| !sort.is_word())
    }

    /// Its column as text: an adopted table may hold numbers that are none of ours.
    fn text(self) -> String {
        let column = self.column();
        match self {
            Self::Ctr | Self::Cpc | Self::Cpm => format!("round(o.{column}::numeric, 2)::text as {column}"),
            _ => format!("o.{column}::text"),
        }
    }

    /// Whether it is a word, of which the least comes first unless somebody says otherwise.
    pub fn is_word(self) -> bool {
        matches!(self, Self::Name | Self::Status)
    }
}

/// The status of an object: that of Meta, or that it is gone.
const STATUS: &str =
    "case when o.deleted_at is not null then 'DELETED' else coalesce(o.effective_status, o.status, '')::text end";

/// What the clocks of the database, which says when a row was written, and of the process, which says when a step was at
/// work, may be apart. Of several steps the one that is nearest counts.
const SLACK: &str = "2 seconds";

/// A page of an account's objects.
pub(super) async fn list(db: &Db, tx: &mut Tx, account_id: &str, wanted: &Wanted) -> Result<Listing, Error> {
    let table = db.names.qualified(wanted.kind.table());
    let is_adset = wanted.kind == Kind::Adsets;
    let campaign_id = wanted.campaign_id.clone().filter(|_| is_adset);
    let of_campaign = if is_adset { "o.campaign_id::text" } else { "null::text" };
    let meant = format!(
        "o.account_id = $1 and ($2::text is null or strpos(lower(o.name::text), lower($2)) > 0 or o.id::text = $2)
         and ($3::text is null or {of_campaign} = $3)"
    );
    let sql = format!("select {STATUS} as status, count(*) from {table} o where {meant} group by 1 order by 2 desc, 1");
    let rows = db
        .query(sql)
        .bind(account_id.to_owned())
        .bind(wanted.name.clone())
        .bind(campaign_id.clone())
        .fetch_all(&mut **tx)
        .await?;
    let statuses: Vec<(String, i64)> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Error>>()?;
    let is_meant = |status: &str| wanted.status.as_deref().is_none_or(|only| only == status);
    let count = statuses.iter().filter(|(status, _)| is_meant(status)).map(|(_, count)| count).sum();
    let way = if wanted.ascending { "asc" } else { "desc" };
    let by = match wanted.sort {
        Sort::Name => "lower(o.name::text)".to_owned(),
        Sort::Status => STATUS.to_owned(),
        figure => format!("o.{}", figure.column()),
    };
    let campaigns = db.names.qualified("campaigns");
    let (runs, steps) = (db.names.qualified("sync_runs"), db.names.qualified("sync_run_steps"));
    let figures = Sort::figures().map(Sort::text).collect::<Vec<_>>().join(", ");
    // The keys alone are sorted: of the rest of the rows a page of them is enough.
    let sql = format!(
        "with page as (
           select id, row_number() over () as place from (
             select o.id from {table} o where {meant} and ($4::text is null or {STATUS} = $4)
             order by {by} {way} nulls last, o.id limit $5 offset $6
           ) o
         )
         select o.id::text, o.name::text, {STATUS} as status, o.last_synced::timestamptz, {figures}, c.name::text as campaign,
           r.run_id
         from page p
         join {table} o on o.id = p.id
         left join {campaigns} c on c.id = {of_campaign}
         left join lateral (
           select s.run_id
           from (select o.last_synced::timestamptz as at) w
           join {runs} r on r.started_at between w.at - interval '1 day' and w.at + interval '{SLACK}'
             and coalesce(r.finished_at, 'infinity') >= w.at - interval '{SLACK}'
             and r.status <> 'skipped' and r.accounts @> array[$1]
           join {steps} s on s.run_id = r.id and s.account_id = $1 and s.step in ('campaigns', 'adsets', 'rollup', 'reconcile')
             and s.started_at <= w.at + interval '{SLACK}'
             and coalesce(s.finished_at, 'infinity') >= w.at - interval '{SLACK}'
           order by greatest(s.started_at - w.at, w.at - coalesce(s.finished_at, w.at), interval '0'),
             s.step = 'reconcile', s.started_at desc
           limit 1
         ) r on true
         order by p.place"
    );
    let rows = db
        .query(sql)
        .bind(account_id.to_owned())
        .bind(wanted.name.clone())
        .bind(campaign_id.clone())
        .bind(wanted.status.clone())
        .bind(i64::from(PAGE))
        .bind(i64::from(wanted.page) * i64::from(PAGE))
        .fetch_all(&mut **tx)
        .await?;
    let objects = rows.iter().map(object).collect::<Result<Vec<_>, Error>>()?;
    let campaign = match campaign_id {
        None => None,
        Some(id) => {
            let sql =
                format!("select coalesce(name::text, id::text) from {campaigns} where id = $1 and account_id = $2");
            let row = db.query(sql).bind(id).bind(account_id.to_owned()).fetch_optional(&mut **tx).await?;
            row.map(|row| row.try_get(0)).transpose()?
        }
    };
    Ok(Listing { statuses, count, objects, campaign })
}

fn object(row: &PgRow) -> Result<Object, Error> {
    let mut figures: [Option<String>; 9] = Default::default();
    for (figure, sort) in figures.iter_mut().zip(Sort::figures()) {
        *figure = row.try_get(sort.column())?;
    }
    Ok(Object {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        status: row.try_get("status")?,
        campaign: row.try_get("campaign")?,
        last_synced: row.try_get("last_synced")?,
        run_id: row.try_get("run_id")?,
        figures,
    })
}
