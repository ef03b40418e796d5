//! Lists of actions: the same conversion under many names, in no fixed order.
use crate::json::Json;
use crate::world::fact::Fact;

/// How the windows of an action share its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// Happens by the click itself.
    Click,
    /// Happens at the click or on seeing the ad.
    View,
    /// Follows days later.
    Conversion,
}

/// The eight names of one purchase (recorded together).
const PURCHASE: [&str; 8] = [
    "web_in_store_purchase",
    "omni_purchase",
    "offsite_purchase_add_20_s_calls",
    "offsite_conversion.fb_pixel_purchase",
    "onsite_web_app_purchase",
    "purchase",
    "web_app_in_store_purchase",
    "onsite_web_purchase",
];

/// The names of one view of a product's page, without the widest.
const CONTENT: [&str; 4] = [
    "view_content",
    "offsite_conversion.fb_pixel_view_content",
    "onsite_web_view_content",
    "onsite_web_app_view_content",
];

/// The names of one checkout begun.
const CHECKOUT: [&str; 5] = [
    "omni_initiated_checkout",
    "initiate_checkout",
    "offsite_conversion.fb_pixel_initiate_checkout",
    "onsite_web_initiate_checkout",
    "offsite_initiate_checkout_add_20_s_calls",
];

/// The names of one registration, and the custom event that the site sends with it.
const REGISTRATION: [&str; 5] = [
    "omni_complete_registration",
    "complete_registration",
    "offsite_conversion.fb_pixel_complete_registration",
    "offsite_conversion.fb_pixel_custom.Agendou",
    "offsite_conversion.custom.4242424242",
];

type Entry = (&'static str, i64, Share);

/// Gives the counted actions of a row.
fn counted(fact: &Fact) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(20);
    let mut add = |value: i64, share: Share, names: &[&'static str]| {
        if value > 0 {
            entries.extend(names.iter().map(|name| (*name, value, share)));
        }
    };
    add(fact.link_clicks, Share::Click, &["link_click"]);
    add(fact.engagements, Share::Click, &["post_engagement", "page_engagement"]);
    add(fact.form_leads, Share::Conversion, &["onsite_conversion.lead_grouped"]);
    add(fact.leads(), Share::Conversion, &["lead"]);
    add(fact.form_leads, Share::Conversion, &["offsite_complete_registration_add_meta_leads"]);
    add(fact.pixel_leads, Share::Conversion, &["offsite_conversion.fb_pixel_lead", "onsite_web_lead"]);
    add(fact.landing_views, Share::Click, &["landing_page_view", "omni_landing_page_view"]);
    add(fact.messages, Share::Conversion, &["onsite_conversion.messaging_conversation_started_7d"]);
    add(fact.messages * 3 / 4, Share::Conversion, &["onsite_conversion.messaging_first_reply"]);
    add(fact.purchases, Share::Conversion, &PURCHASE);
    add(fact.video_views, Share::View, &["video_view"]);
    add(fact.content_views, Share::Conversion, &CONTENT);
    // The aliases of one family need not even agree (recorded).
    add(fact.content_views + fact.carts, Share::Conversion, &["omni_view_content"]);
    add(fact.carts, Share::Conversion, &["omni_add_to_cart", "add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"]);
    add(fact.checkouts, Share::Conversion, &CHECKOUT);
    add(fact.registrations, Share::Conversion, &REGISTRATION);
    entries
}

/// Gives the value of one action type in a row, nothing where it did not happen.
pub fn value_of(fact: &Fact, action: &str) -> i64 {
    counted(fact).into_iter().find(|(name, ..)| *name == action).map_or(0, |(_, value, _)| value)
}

/// Gives the raw `actions` of a fact as texts, in no order.
pub fn raw_actions(fact: &Fact) -> Vec<(&'static str, String)> {
    counted(fact).into_iter().map(|(name, value, _)| (name, value.to_string())).collect()
}

/// Gives the raw `action_values` of a fact as texts, in no order.
pub fn raw_values(fact: &Fact) -> Vec<(&'static str, String)> {
    valued(fact).into_iter().map(|(name, cents, _)| (name, crate::json::micros(cents * 10_000))).collect()
}

/// Gives the raw `conversions` of a fact as texts.
pub fn raw_conversions(fact: &Fact) -> Vec<(&'static str, String)> {
    let names = ["schedule_total", "schedule_website"].into_iter().filter(|_| fact.schedules > 0);
    names.map(|name| (name, fact.schedules.to_string())).collect()
}

/// Writes `actions`; `turn` decides the order, which is not fixed.
pub fn write_actions(fact: &Fact, windows: &[String], turn: usize, json: &mut Json) {
    let mut entries = counted(fact);
    rotate(&mut entries, turn);
    list("actions", &entries, json, |(name, value, share), json| {
        json.text_at("action_type", name);
        json.number_at("value", *value);
        for window in windows {
            let part = in_window(*value, *share, fact.link_clicks, window);
            // A window without anything leaves its key out.
            if part > 0 {
                json.number_at(window, part);
            }
        }
    });
}

/// Gives the values of purchases: seven of the eight names, one with a ten thousandth of the value (recorded).
fn valued(fact: &Fact) -> Vec<Entry> {
    PURCHASE
        .into_iter()
        .filter(|name| *name != "offsite_purchase_add_20_s_calls")
        .map(|name| {
            let tiny = name == "web_app_in_store_purchase";
            (name, if tiny { fact.purchase_cents / 10_000 } else { fact.purchase_cents }, Share::Conversion)
        })
        .filter(|(_, cents, _)| *cents > 0)
        .collect()
}

/// Writes `action_values`.
pub fn write_values(fact: &Fact, windows: &[String], turn: usize, json: &mut Json) {
    let mut entries = valued(fact);
    rotate(&mut entries, turn);
    list("action_values", &entries, json, |(name, cents, share), json| {
        json.text_at("action_type", name);
        json.micros_at("value", cents * 10_000);
        for window in windows {
            let part = in_window(*cents, *share, 0, window);
            if part > 0 {
                json.micros_at(window, part * 10_000);
            }
        }
    });
}

/// Writes `cost_per_action_type`: spend divided by each count.
pub fn write_costs(fact: &Fact, turn: usize, json: &mut Json) {
    let mut entries = counted(fact);
    rotate(&mut entries, turn + 3);
    list("cost_per_action_type", &entries, json, |(name, value, _), json| {
        json.text_at("action_type", name);
        json.micros_at("value", ratio(fact.spend_cents * 10_000, *value));
    });
}

/// Writes `conversions`, where Meta lists appointments instead of under `actions`.
pub fn write_conversions(fact: &Fact, json: &mut Json) {
    let names = ["schedule_total", "schedule_website"];
    let entries: Vec<Entry> = (names.into_iter())
        .filter(|_| fact.schedules > 0)
        .map(|name| (name, fact.schedules, Share::Conversion))
        .collect();
    list("conversions", &entries, json, |(name, value, _), json| {
        json.text_at("action_type", name);
        json.number_at("value", *value);
    });
}

/// Writes a list with one entry, or nothing for nothing.
pub fn write_single(key: &str, action: &str, micros: i64, json: &mut Json) {
    if micros > 0 {
        list(key, &[()], json, |(), json| {
            json.text_at("action_type", action);
            json.micros_at("value", micros);
        });
    }
}

/// Divides and rounds half away from zero.
pub fn ratio(numerator: i64, denominator: i64) -> i64 {
    if denominator == 0 {
        return 0;
    }
    (numerator + numerator.signum() * (denominator / 2)) / denominator
}

fn list<T>(key: &str, entries: &[T], json: &mut Json, mut write: impl FnMut(&T, &mut Json)) {
    if entries.is_empty() {
        return;
    }
    json.key(key);
    json.open('[');
    for entry in entries {
        json.open('{');
        write(entry, json);
        json.close('}');
    }
    json.close(']');
}

fn rotate(entries: &mut [Entry], turn: usize) {
    if !entries.is_empty() {
        entries.rotate_left(turn % entries.len());
    }
}

/// Says how much of a value belongs to a window. `7d_view` and `28d_view` are dead without any error.
fn in_window(value: i64, share: Share, link_clicks: i64, window: &str) -> i64 {
    let viewed = match share {
        Share::Click => 0,
        Share::View => value - value.min(link_clicks),
        Share::Conversion => value / 10,
    };
    let clicked = value - viewed;
    match window {
        "1d_view" => viewed,
        "7d_click" | "28d_click" => clicked,
        "1d_click" if share == Share::Conversion => (clicked * 2 + 2) / 3,
        "1d_click" => clicked,
        "default" => value,
        _ => 0,
    }
}
