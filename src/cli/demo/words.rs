//! The demo's words and tables: what it is about to do, what is in the tables, and which doors are open.

use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use secrecy::ExposeSecret;

use crate::cli::Failed;
use crate::cli::output::{complain, lines, say, table};
use crate::demo::figures::{self, CampaignLine};
use crate::demo::{EVERY_SECONDS, Stage};
use crate::store::Db;
use crate::store::runs::Totals;

/// The first lines.
pub(super) const WHAT_IT_DOES: &str = "\
adsync demo: a simulated Meta account is kept in a PostgreSQL of its own. Nothing leaves this machine.";

/// What the load came to.
pub(super) fn show_load(runs: &[(Totals, TimeDelta)]) {
    let sum = |figure: fn(&Totals) -> u64| runs.iter().map(|(totals, _)| figure(totals)).sum::<u64>();
    let took: TimeDelta = runs.iter().map(|(_, took)| *took).sum();
    say(&format!(
        "Loaded in {:.1} s with {} calls: {} rows inserted, {} updated, {} unchanged.",
        took.to_std().unwrap_or_default().as_secs_f64(),
        sum(|totals| totals.api_calls),
        sum(|totals| totals.counts.inserted),
        sum(|totals| totals.counts.updated),
        sum(|totals| totals.counts.unchanged),
    ));
}

/// What is in the tables now.
pub(super) async fn show_tables(db: &Db, today: NaiveDate) -> Result<(), Failed> {
    let agreement = figures::agreement(db).await?;
    say(&format!(
        "adset_insights: {} rows of {} days. {} of these days agree with Meta's own totals to the cent, {} still move.",
        agreement.rows, agreement.days, agreement.settled, agreement.moving
    ));
    let mut rows = table(&["status", "campaigns", "ad sets"], 1);
    for line in figures::statuses(db).await? {
        rows.add_row([line.status, count(line.campaigns), count(line.adsets)]);
    }
    say(&format!("\n{}", lines(&rows)));

    let since = today.checked_sub_days(Days::new(6)).unwrap_or(today);
    let mut rows = table(
        &["last 7 days", "spend BRL", "leads", "chats", "purchases", "cost per lead", "cost per chat", "ROAS"],
        1,
    );
    for line in figures::campaigns(db, since, today).await? {
        rows.add_row(row(&line));
    }
    say(&format!("\n{}\n", lines(&rows)));
    Ok(())
}

/// The doors through which a person can look while the daemon runs.
pub(super) fn show_doors(stage: &Stage, programs: &Path) {
    let url = stage.database_url().expose_secret();
    complain(&format!("The daemon runs: every {EVERY_SECONDS} seconds it reads what moved. ctrl-c ends it."));
    say(&format!("  the status page    http://{}/", stage.settings().web.listen));
    match psql(programs) {
        Some(psql) => say(&format!(
            "  the tables         {} '{url}' \\\n                       -c 'select name, spend, leads, round(cpc, 2) as cpc from adsets order by spend desc nulls last limit 5'",
            psql.display()
        )),
        None => say(&format!("  the tables         {url}")),
    }
    say("");
}

/// The `psql` that a shell would find, or the one beside the server.
fn psql(programs: &Path) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&folders).any(|folder| folder.join("psql").is_file()) {
        return Some("psql".into());
    }
    Some(programs.join("psql")).filter(|program| program.is_file())
}

fn row(line: &CampaignLine) -> [String; 8] {
    [
        line.name.clone(),
        format!("{:.2}", line.spend),
        count(line.leads),
        count(line.conversations),
        count(line.purchases),
        ratio(line.spend, Decimal::from(line.leads)),
        ratio(line.spend, Decimal::from(line.conversations)),
        // A return on a campaign that sells nothing would be a nought that means nothing.
        if line.purchases == 0 { "-".to_owned() } else { ratio(line.purchase_value, line.spend) },
    ]
}

fn count(count: i64) -> String {
    if count == 0 { "-".to_owned() } else { count.to_string() }
}

fn ratio(of: Decimal, by: Decimal) -> String {
    of.checked_div(by).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_of_sums_and_left_out_where_there_is_nothing_to_divide_by() {
        let line = CampaignLine {
            name: "Vendas".to_owned(),
            spend: Decimal::new(20000, 2),
            leads: 0,
            conversations: 8,
            purchases: 3,
            purchase_value: Decimal::new(65000, 2),
        };
        assert_eq!(row(&line), ["Vendas", "200.00", "-", "8", "3", "-", "25.00", "3.25"]);
        let nothing = CampaignLine { purchases: 0, conversations: 0, ..line };
        assert_eq!(row(&nothing)[4..], ["-", "-", "-", "-"]);
    }
}
