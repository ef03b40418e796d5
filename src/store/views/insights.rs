//! The view `<report>_insights_view`: a report's rows with the current names of what they are about.

use crate::rows::report::{Level, Report};
use crate::rows::table::Table;

use super::super::names::Names;
use super::super::schema::last_synced;
use super::is_there;
use super::offer::{Offer, ViewColumn};

/// A level: its name's column, and where the current name is found.
const NAMES: [(Level, &str, &str, &str); 4] = [
    (Level::Account, "account_name", "ad_accounts", "left join {ad_accounts} o on o.id = 'act_' || i.account_id"),
    (Level::Campaign, "campaign_name", "campaigns", "left join {campaigns} c on c.id = i.campaign_id"),
    (Level::Adset, "adset_name", "adsets", "left join {adsets} s on s.id = i.adset_id"),
    (Level::Ad, "ad_name", "ads", "left join {ads} d on d.id = i.ad_id"),
];

/// The view of one report.
pub(super) fn view(names: &Names, table: &Table, report: &Report, tables: &[Table]) -> Offer {
    let mut columns: Vec<ViewColumn> =
        table.columns.iter().chain([&last_synced()]).map(|column| ViewColumn::of("i", column)).collect();
    let mut from = format!("from {{{}}} i", table.name);
    let joined = NAMES.iter().filter(|(level, _, parent, _)| *level <= report.level && is_there(tables, parent));
    for (level, name, _, join) in joined {
        from.push('\n');
        from.push_str(join);
        for column in columns.iter_mut().filter(|column| column.name == *name) {
            column.sql = format!("coalesce({}.name::text, i.{name})", alias(*level));
            column.comment = "The current name; the table has the one of that day".into();
        }
    }
    let comment = format!(
        "The rows of {} with current names. Money is major units of the account's currency, without tax. Reach, frequency \
         and ratios do not add up.",
        table.name
    );
    Offer::view(names, &format!("{}_view", table.name), &comment, columns, &from)
}

const fn alias(level: Level) -> &'static str {
    match level {
        Level::Account => "o",
        Level::Campaign => "c",
        Level::Adset => "s",
        Level::Ad => "d",
    }
}
