//! One row of insights as JSON: numbers as strings, what has no value left out.
use super::actions::{self, ratio};
use super::breakdown::{self, Breakdown};
use super::query::Query;
use super::result::Row;
use crate::calendar::{Day, date_of};
use crate::json::Json;
use crate::world::account::Account;
use crate::world::fact::Sum;
use crate::world::object::{Ad, Adset, Campaign, Head};
use crate::world::truth::Level;
use std::fmt::Write as _;

/// What a row is about: the objects of its own level and above.
struct Line<'a> {
    account: &'a Account,
    campaign: Option<&'a Campaign>,
    adset: Option<&'a Adset>,
    ad: Option<&'a Ad>,
}

impl<'a> Line<'a> {
    fn of(account: &'a Account, level: Level, ad: usize) -> Self {
        let ad = account.ads.get(ad);
        let adset = ad.and_then(|ad| account.adsets.get(ad.adset));
        let campaign = adset.and_then(|adset| account.campaigns.get(adset.campaign));
        Self {
            account,
            campaign: campaign.filter(|_| level >= Level::Campaign),
            adset: adset.filter(|_| level >= Level::Adset),
            ad: ad.filter(|_| level >= Level::Ad),
        }
    }

    fn head(&self) -> Option<&'a Head> {
        (self.ad.map(|ad| &ad.head))
            .or(self.adset.map(|adset| &adset.head))
            .or(self.campaign.map(|campaign| &campaign.head))
    }
}

/// Writes a row.
pub fn write(account: &Account, query: &Query, row: &Row, json: &mut Json) {
    json.open('{');
    let line = Line::of(account, query.level, row.ad);
    // The order of actions differs from row to row.
    let turn = row.place * 7 + row.slice * 3;
    for name in &query.fields {
        if !identity(&line, name, json) {
            if row.is_mixed && query.windows.is_empty() && is_attributed(name) {
                continue;
            }
            if is_past_retention(query, row, name) {
                continue;
            }
            counts(&line, query, &row.sum, name, turn, json);
        }
    }
    let slice = query.slices.get(row.slice).copied().unwrap_or_default();
    dates(slice, json);
    for (name, value) in breakdown::values(&query.breakdowns, row.part) {
        json.text_at(name, value);
    }
    json.close('}');
}

/// Says whether a field depends on the attribution setting: it is missing where several meet in one row and the
/// question names no windows (Meta documents it).
fn is_attributed(name: &str) -> bool {
    matches!(name, "actions" | "action_values" | "cost_per_action_type" | "conversions" | "results" | "cost_per_result")
}

/// Says whether a field is silently missing because the slice is too old (Meta documents it).
fn is_past_retention(query: &Query, row: &Row, name: &str) -> bool {
    let since = query.slices.get(row.slice).map_or(0, |slice| slice.0);
    if since >= query.kept_from.0 {
        return false;
    }
    let is_reach = matches!(name, "reach" | "frequency" | "cpp");
    name.contains("unique_") || is_reach && !query.breakdowns.is_empty() && !query.is_async
}

/// Writes the summary of all rows: the fields it was asked for, or those of the rows, without any object's identity.
pub fn write_summary(account: &Account, query: &Query, sum: &Sum, json: &mut Json) {
    let line = Line { account, campaign: None, adset: None, ad: None };
    json.open('{');
    let named = if query.summary_fields.is_empty() { &query.fields } else { &query.summary_fields };
    for name in named.iter().filter(|name| !name.ends_with("_id") && !name.ends_with("_name")) {
        counts(&line, query, sum, name, 0, json);
    }
    let first = query.slices.iter().map(|slice| slice.0).min().unwrap_or_default();
    let last = query.slices.iter().map(|slice| slice.1).max().unwrap_or_default();
    dates((first, last), json);
    json.close('}');
}

fn dates((since, until): (Day, Day), json: &mut Json) {
    json.key("date_start");
    json.raw(&format!("\"{}\"", date_of(since)));
    json.key("date_stop");
    json.raw(&format!("\"{}\"", date_of(until)));
}

/// Writes what tells whose row it is; says whether the field was such.
fn identity(line: &Line<'_>, name: &str, json: &mut Json) -> bool {
    let id = |head: Option<&Head>, json: &mut Json| {
        if let Some(head) = head {
            json.number_at(name, i64::try_from(head.id).unwrap_or(0));
        }
    };
    let text = |text: Option<&str>, json: &mut Json| {
        if let Some(text) = text {
            json.text_at(name, text);
        }
    };
    let (campaign, adset, ad) = (line.campaign, line.adset, line.ad);
    match name {
        "account_id" => json.number_at(name, i64::try_from(line.account.id).unwrap_or(0)),
        "account_name" => json.text_at(name, &line.account.name),
        "account_currency" => json.text_at(name, &line.account.currency),
        "campaign_id" => id(campaign.map(|object| &object.head), json),
        "adset_id" => id(adset.map(|object| &object.head), json),
        "ad_id" => id(ad.map(|object| &object.head), json),
        "campaign_name" => text(campaign.map(|object| object.head.name.as_str()), json),
        "adset_name" => text(adset.map(|object| object.head.name.as_str()), json),
        "ad_name" => text(ad.map(|object| object.head.name.as_str()), json),
        "objective" => text(campaign.map(|object| object.goal.objective()), json),
        "buying_type" => text(campaign.map(|_| "AUCTION"), json),
        "optimization_goal" => text(adset.map(|object| object.goal.optimization()), json),
        "attribution_setting" => {
            text(adset.map(|adset| if adset.click_days == 1 { "1d_click_1d_view" } else { "7d_click_1d_view" }), json)
        }
        // Dates only, unlike on objects (recorded).
        "created_time" => text(line.head().map(|head| day(line, head.created)).as_deref(), json),
        "updated_time" => text(line.head().map(|head| day(line, head.updated)).as_deref(), json),
        _ => return false,
    }
    true
}

fn day(line: &Line<'_>, instant: i64) -> String {
    crate::calendar::day_text(crate::calendar::day_at(instant, line.account.zone))
}

fn counts(line: &Line<'_>, query: &Query, sum: &Sum, name: &str, turn: usize, json: &mut Json) {
    let fact = &sum.fact;
    let spend = fact.spend_cents * 10_000;
    let is_hourly = query.breakdowns.iter().any(Breakdown::is_hourly);
    let rate = |numerator: i64, denominator: i64, json: &mut Json| {
        // A ratio over nothing is absent.
        if denominator > 0 {
            json.micros_at(name, ratio(numerator, denominator));
        }
    };
    match name {
        // Unsupported by the hour: films do not come at all, people come as 0 (Meta documents it).
        _ if is_hourly && name.starts_with("video_") => {}
        _ if is_hourly && (name == "reach" || name.starts_with("unique_")) => json.number_at(name, 0),
        "spend" => json.micros_at(name, spend),
        "impressions" => json.number_at(name, fact.impressions),
        "reach" => json.number_at(name, sum.reach()),
        "frequency" => rate(fact.impressions * 1_000_000, sum.reach(), json),
        "clicks" => json.number_at(name, fact.clicks),
        "unique_ctr" => rate(fact.clicks * 94 / 100 * 100_000_000, sum.reach(), json),
        "unique_inline_link_clicks" => json.number_at(name, fact.link_clicks * 96 / 100),
        "cost_per_unique_click" => rate(spend, fact.clicks * 94 / 100, json),
        "unique_clicks" => json.number_at(name, fact.clicks * 94 / 100),
        "inline_link_clicks" if fact.link_clicks > 0 => json.number_at(name, fact.link_clicks),
        "inline_post_engagement" if fact.engagements > 0 => json.number_at(name, fact.engagements),
        "ctr" => rate(fact.clicks * 100_000_000, fact.impressions.max(1), json),
        "inline_link_click_ctr" if fact.link_clicks > 0 => rate(fact.link_clicks * 100_000_000, fact.impressions, json),
        "cpc" => rate(spend, fact.clicks, json),
        "cpm" => rate(spend * 1000, fact.impressions, json),
        "cpp" => rate(spend * 1000, sum.reach(), json),
        "cost_per_inline_link_click" => rate(spend, fact.link_clicks, json),
        "cost_per_inline_post_engagement" => rate(spend, fact.engagements, json),
        "actions" => actions::write_actions(fact, &query.windows, turn, json),
        "action_values" => actions::write_values(fact, &query.windows, turn, json),
        "cost_per_action_type" => actions::write_costs(fact, turn, json),
        "conversions" => actions::write_conversions(fact, json),
        "outbound_clicks" => actions::write_single(name, "outbound_click", fact.landing_views * 1_000_000, json),
        "video_play_actions" => actions::write_single(name, "video_view", fact.video_views * 2_000_000, json),
        "video_thruplay_watched_actions" => {
            actions::write_single(name, "video_view", fact.video_views / 4 * 1_000_000, json);
        }
        "purchase_roas" if fact.spend_cents > 0 => {
            actions::write_single(
                name,
                "omni_purchase",
                ratio(fact.purchase_cents * 1_000_000, fact.spend_cents),
                json,
            );
        }
        "website_purchase_roas" if fact.spend_cents > 0 => {
            let roas = ratio(fact.purchase_cents * 1_000_000, fact.spend_cents);
            actions::write_single(name, "offsite_conversion.fb_pixel_purchase", roas, json);
        }
        "results" | "cost_per_result" => results(line, sum, name, json),
        // Unknown below 500 impressions (recorded value).
        "quality_ranking" | "engagement_rate_ranking" | "conversion_rate_ranking" if line.ad.is_some() => {
            json.text_at(name, if fact.impressions < 500 { "UNKNOWN" } else { "AVERAGE" });
        }
        _ => {}
    }
}

/// Writes `results` or its cost: the indicator follows the goal, and without results it stands there without values.
fn results(line: &Line<'_>, sum: &Sum, name: &str, json: &mut Json) {
    let Some(campaign) = line.campaign else {
        return;
    };
    // It depends on the ad set, so that the indicator differs from row to row.
    let action = line.adset.map_or(campaign.goal, |adset| adset.goal).result_action();
    let count = actions::value_of(&sum.fact, action);
    let is_cost = name == "cost_per_result";
    let prefix = if is_cost { "cost_per_action_type" } else { "actions" };
    json.key(name);
    let mut text = format!("[{{\"indicator\":\"{prefix}:{action}\"");
    if count > 0 {
        let micros = if is_cost { ratio(sum.fact.spend_cents * 10_000, count) } else { count * 1_000_000 };
        let value = crate::json::micros(micros);
        // Writing into a String cannot fail.
        let _never = write!(text, ",\"values\":[{{\"value\":\"{value}\",\"attribution_windows\":[\"default\"]}}]");
    }
    text.push_str("}]");
    json.raw(&text);
}
