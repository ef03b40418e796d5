//! The control API under `/_sim`: what a test in another process may do to the world, the faults and the record.
//!
//! `world` (GET, POST switches), `change`, `tick`, `happen`, `clock`, `truth?account&level&since&until&raw`,
//! `objects?account&level`, `calls?with&after` (GET, DELETE), `faults` (GET, POST, DELETE), `settings`,
//! `reports` (GET runs, POST plans), `reports/always`, `usage` (GET, DELETE), `block`.
use super::allowance::Bucket;
use super::faults::Rule;
use super::settings::SettingsChange;
use super::state::State;
use super::usage::Usage;
use crate::api::params::Params;
use crate::api::plan::Plan;
use crate::api::reply::Reply;
use crate::calendar::stamp;
use crate::json::quote;
use crate::world::change::Change;
use crate::world::truth::{Level, TruthRow};
use crate::world::{Clock, UnfilteredLists};
use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One thing or many of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Many<T> {
    All(Vec<T>),
    One(T),
}

/// How to set the world's clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    /// An RFC 3339 instant.
    now: Option<String>,
    /// Seconds to move on.
    advance_seconds: Option<i64>,
    /// Follow the machine's clock.
    #[serde(default)]
    system: bool,
    /// Follow the machine's clock, moved by so many seconds.
    moved_seconds: Option<i64>,
}

/// Switches of the world itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldSwitches {
    unfiltered_lists: Option<UnfilteredLists>,
    refresh_seconds: Option<i64>,
    refuses_deleted_filter: Option<bool>,
    has_opted_in: Option<bool>,
}

/// A bucket to be blocked from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    bucket: Bucket,
    /// Digits, with or without `act_`.
    #[serde(default)]
    account: String,
    seconds: i64,
}

/// Answers a control call; `path` is what follows `/_sim/`.
pub(super) fn answer(state: &State, method: &str, path: &str, query: &Params, body: &str) -> Reply {
    let result = match (method, path) {
        ("GET", "world") => Ok(world(state)),
        ("POST", "world") => read(body).map(|switches| set_world(state, &switches)),
        ("POST", "change") => read(body).and_then(|changes| change(state, changes)),
        ("POST", "tick") => Ok(json!({ "events": state.world_mut().tick() })),
        ("POST", "happen") => Ok(json!({ "event": state.world_mut().happen() })),
        ("POST", "clock") => read(body).and_then(|clock| set_clock(state, &clock)),
        ("GET", "truth") => truth(state, query),
        ("GET", "objects") => level(query).map(
            |level| json!({ "objects": state.world().truth_objects(query.get("account").unwrap_or_default(), level) }),
        ),
        ("GET", "calls") => Ok(calls(state, query)),
        ("DELETE", "calls") => {
            state.calls.clear();
            Ok(json!({}))
        }
        ("GET", "faults") => Ok(json!({ "faults": state.faults.show(), "fired": state.faults.fired() })),
        ("POST", "faults") => read(body).map(|rules: Many<Rule>| {
            all(rules).into_iter().for_each(|rule| state.faults.add(rule));
            json!({})
        }),
        ("DELETE", "faults") => {
            state.faults.clear();
            Ok(json!({}))
        }
        ("POST", "settings") => read(body).map(|change: SettingsChange| {
            state.settings_mut().change(change);
            json!({})
        }),
        ("POST", "reports") => read(body).map(|plans: Many<Plan>| {
            all(plans).into_iter().for_each(|plan| state.reports.plan(plan));
            json!({})
        }),
        ("POST", "reports/always") => read(body).map(|plan: Option<Plan>| {
            state.reports.always(plan);
            json!({})
        }),
        ("GET", "reports") => Ok(json!({ "runs": state.reports.list() })),
        ("GET", "usage") => Ok(json!({ "buckets": state.usage().list() })),
        ("DELETE", "usage") => {
            *state.usage() = Usage::default();
            Ok(json!({}))
        }
        ("POST", "block") => read(body).and_then(|block: Block| {
            let digits = block.account.trim_start_matches("act_");
            let account = if digits.is_empty() { Ok(0) } else { digits.parse() };
            state.block(block.bucket, account.map_err(|_| "account must be digits")?, block.seconds);
            Ok(json!({}))
        }),
        _ => Err(format!("no control call {method} /_sim/{path}")),
    };
    match result {
        Ok(value) => Reply::ok(value.to_string()),
        Err(text) => Reply::new(400, format!("{{\"error\":{}}}", quote(&text))),
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| error.to_string())
}

fn all<T>(many: Many<T>) -> Vec<T> {
    match many {
        Many::All(all) => all,
        Many::One(one) => vec![one],
    }
}

fn world(state: &State) -> Value {
    let world = state.world();
    let accounts: Vec<Value> = (world.accounts.iter())
        .map(|account| {
            json!({
                "id": format!("act_{}", account.id),
                "name": account.name,
                "currency": account.currency,
                "timezone_name": account.zone.name(),
                "now": stamp(world.now(), account.zone),
                "campaigns": account.campaigns.len(),
                "adsets": account.adsets.len(),
                "ads": account.ads.len(),
                "active_ads": account.active_ads,
            })
        })
        .collect();
    json!({ "now": world.now(), "unfiltered_lists": world.unfiltered_lists, "accounts": accounts })
}

fn set_world(state: &State, switches: &WorldSwitches) -> Value {
    let mut world = state.world_mut();
    if let Some(lists) = switches.unfiltered_lists {
        world.unfiltered_lists = lists;
    }
    if let Some(seconds) = switches.refresh_seconds {
        world.refresh_seconds = seconds;
    }
    world.refuses_deleted_filter = switches.refuses_deleted_filter.unwrap_or(world.refuses_deleted_filter);
    world.has_opted_in = switches.has_opted_in.unwrap_or(world.has_opted_in);
    world.changed();
    json!({})
}

fn change(state: &State, changes: Many<Change>) -> Result<Value, String> {
    let mut world = state.world_mut();
    let made: Result<Vec<_>, String> = all(changes).into_iter().map(|change| world.apply(change)).collect();
    Ok(json!({ "made": made? }))
}

fn set_clock(state: &State, clock: &ClockChange) -> Result<Value, String> {
    let mut world = state.world_mut();
    if clock.system {
        world.clock = Clock::System;
        world.changed();
    }
    if let Some(seconds) = clock.moved_seconds {
        world.clock = Clock::Moved(seconds);
        world.changed();
    }
    if let Some(text) = &clock.now {
        let now = DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
        world.set_now(now.timestamp());
    }
    if let Some(seconds) = clock.advance_seconds {
        world.advance(seconds);
    }
    Ok(json!({ "now": world.now() }))
}

fn truth(state: &State, query: &Params) -> Result<Value, String> {
    let day = |name: &str| {
        let text = query.get(name).ok_or_else(|| format!("{name} is missing"))?;
        text.parse::<NaiveDate>().map_err(|error| format!("{name}: {error}"))
    };
    let (since, until) = (day("since")?, day("until")?);
    let level = level(query)?;
    let account = query.get("account").ok_or("account is missing")?;
    let rows = state.world().truth(account, level, since, until);
    if !query.is_on("raw") {
        return Ok(json!({ "rows": rows }));
    }
    let raw = |row: &TruthRow| {
        json!({
            "row": row,
            "spend": row.spend(),
            "actions": row.actions(),
            "action_values": row.action_values(),
            "conversions": row.conversions(),
        })
    };
    Ok(json!({ "rows": rows.iter().map(raw).collect::<Vec<_>>() }))
}

fn level(query: &Params) -> Result<Level, String> {
    match query.get("level") {
        Some(word) => serde_json::from_value(Value::String(word.to_owned())).map_err(|error| error.to_string()),
        None => Ok(Level::Adset),
    }
}

fn calls(state: &State, query: &Params) -> Value {
    let calls = match query.get("with") {
        Some(text) => state.calls.with(text),
        None => state.calls.list(),
    };
    let after: u64 = query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let calls: Vec<_> = calls.into_iter().filter(|call| call.number > after).collect();
    json!({ "counts": state.calls.counts(), "calls": calls })
}
