//! `adsync explain`: where a figure came from. It reads the database and asks Meta nothing.

mod json;
mod reason;
pub(super) mod request;
#[cfg(test)]
mod tests;
mod words;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::app;
use crate::config::Settings;
use crate::meta::AccountId;
use crate::meta::insights::InsightsQuery;
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment, Level, Report};
use crate::store::migrate;
use crate::store::provenance::{self, Figure, Provenance};
use crate::sync;

use super::output::say;
use super::sync::date;
use super::{Failed, quiet};

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("object").required(true)),
    after_help = "Examples:\n  adsync explain --adset 120211000000020222 --date 2026-11-20\n  adsync explain --account act_1029384756102938 --date 2026-11-20\n\nThe day is the account's own; of a report of weeks, months or windows it is one that they hold. Where there is no row,\nit says why."
)]
pub(super) struct Args {
    /// The ad whose figure it is
    #[arg(long, value_name = "ID", group = "object", value_parser = id)]
    ad: Option<String>,
    /// The ad set whose figure it is
    #[arg(long, value_name = "ID", group = "object", value_parser = id)]
    adset: Option<String>,
    /// The campaign whose figure it is
    #[arg(long, value_name = "ID", group = "object", value_parser = id)]
    campaign: Option<String>,
    /// The account whose figure it is, with or without act_
    #[arg(long, value_name = "ID", group = "object")]
    account: Option<AccountId>,
    /// The day
    #[arg(long, value_name = "DATE", value_parser = date)]
    date: NaiveDate,
    /// The report; without it, the one that the columns of adsets are summed from, for an ad the first daily one of ads
    #[arg(long, value_name = "NAME")]
    report: Option<String>,
    /// Print JSON: a list of one object, of windows one for each that holds the day
    #[arg(long)]
    json: bool,
}

/// A figure with everything that is known of it, ready to be put into words.
struct Explained<'a> {
    figure: Figure<'a>,
    /// The table's name in SQL.
    table: String,
    /// The days of the row; of a window that is not held, the day that was asked about.
    days: Days,
    /// The question that is asked for these days now.
    query: InsightsQuery,
    /// The API's version where the run's is not known.
    api_version: &'a str,
    /// Whether the day was read by the same question; `None` where it was not read.
    is_asked_alike: Option<bool>,
    found: Provenance,
    /// The account's zone.
    zone: Tz,
    /// The account's day now.
    today: NaiveDate,
}

pub(super) async fn explain(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    let (level, id) = object(args);
    let report = report(&settings, args.report.as_deref(), level)?;
    if report.level < level {
        return Err(Failed::Usage(format!(
            "the report {} has rows per {}, which know no {}: choose another one with --report",
            report.name,
            report.level.as_str(),
            level.as_str()
        )));
    }
    let db = app::connect(&settings).await?;
    migrate::must_be_made(&db).await?;
    let insights = Insights::new(report.clone());
    let figure = Figure { table: &insights.table, report: &insights.report, level, id: &id, date: args.date };
    let found = provenance::find(&db, figure).await?;
    let table = db.names.qualified(&insights.table.name);
    let now = Utc::now();
    let explained: Vec<Explained<'_>> =
        found.into_iter().map(|found| explained(figure, found, &insights, &settings, table.clone(), now)).collect();
    if args.json {
        say(&json::array(&explained)?);
    } else {
        let texts: Vec<String> =
            explained.iter().map(|explained| words::text(explained).trim_end().to_owned()).collect();
        say(&texts.join("\n\n"));
    }
    Ok(())
}

/// Puts together what was found and what the configuration says.
fn explained<'a>(
    figure: Figure<'a>,
    found: Provenance,
    insights: &Insights,
    settings: &'a Settings,
    table: String,
    now: DateTime<Utc>,
) -> Explained<'a> {
    let account = found.account.as_ref();
    let zone = account.and_then(|account| account.zone.as_deref()?.parse().ok()).unwrap_or(Tz::UTC);
    let today = now.with_timezone(&zone).date_naive();
    let days = found.days.unwrap_or(Days { since: figure.date, until: figure.date });
    let asked = account.and_then(|account| {
        let conversions = settings.sync.conversions(&account.account_id.parse().ok()?);
        Some(sync::request_hash(insights, &conversions, days))
    });
    Explained {
        figure,
        table,
        days,
        query: sync::query(insights, Days { until: days.until.min(today).max(days.since), ..days }),
        api_version: &settings.meta.api_version,
        is_asked_alike: found
            .coverage
            .as_ref()
            .zip(asked)
            .map(|(coverage, asked)| coverage.request_hash.split('/').next() == Some(&*asked)),
        zone,
        today,
        found,
    }
}

/// The report that is asked about: by its name, or the one that the metric columns are summed from.
fn report<'a>(settings: &'a Settings, name: Option<&str>, level: Level) -> Result<&'a Report, Failed> {
    let reports = &settings.sync.reports;
    let names = || reports.iter().map(|report| report.name.as_str()).collect::<Vec<_>>().join(", ");
    match name {
        Some(name) => reports.iter().find(|report| report.name == name).ok_or_else(|| {
            Failed::Usage(format!("there is no enabled report {name:?}: the configuration has {}", names()))
        }),
        None if level == Level::Ad => {
            let is_daily = |report: &&Report| report.increment == Increment::Daily && report.breakdowns.is_empty();
            reports.iter().filter(is_daily).find(|report| report.level == level).ok_or_else(|| {
                let text = "no daily report of level ad without breakdowns is configured: name one with --report";
                Failed::Usage(format!("{text} ({})", names()))
            })
        }
        None => sync::tables::rolled_up(reports).ok_or_else(|| {
            let text = "no daily report of level adset without breakdowns is configured: name one with --report";
            Failed::Usage(format!("{text} ({})", names()))
        }),
    }
}

fn object(args: &Args) -> (Level, String) {
    match (&args.ad, &args.adset, &args.campaign, &args.account) {
        (Some(id), ..) => (Level::Ad, id.clone()),
        (_, Some(id), ..) => (Level::Adset, id.clone()),
        (_, _, Some(id), _) => (Level::Campaign, id.clone()),
        (.., account) => (Level::Account, account.as_ref().map_or(String::new(), |id| id.digits().to_owned())),
    }
}

fn id(text: &str) -> Result<String, String> {
    let id = text.trim();
    let is_number = !id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit());
    if is_number { Ok(id.to_owned()) } else { Err("write the digits from Ads Manager".to_owned()) }
}
