//! One call from its path to its answer: version, faults, token, allowance, API.
use super::allowance::Bucket;
use super::batch;
use super::calls::Call;
use super::fault::Fault;
use super::faults::Seen;
use super::spent::Spent;
use super::state::State;
use super::usage::Counted;
use crate::api::ctx::{Ctx, Tweaks};
use crate::api::error::GraphError;
use crate::api::params::Params;
use crate::api::reply::Reply;
use crate::api::{auth, route};
use crate::world::World;
use std::time::Duration;

/// The version that serves every call.
const VERSION: &str = "v26.0";

/// A call as it came in.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its parameters.
    pub params: Params,
    /// Its `Authorization` header.
    pub authorization: Option<String>,
    /// It is a part of a batch.
    pub is_part: bool,
    /// The door that it came by.
    pub door: u64,
}

/// What becomes of a call.
#[derive(Debug)]
pub(super) enum Outcome {
    /// An answer.
    Reply(Reply),
    /// An answer after a while.
    Later(Duration, Reply),
    /// An answer that breaks off.
    Cut(Reply),
    /// A connection that closes.
    Drop,
    /// Nothing, ever.
    Hang,
}

/// Answers a call and keeps a record of it.
pub(super) fn answer(state: &State, call: &Incoming) -> Outcome {
    let presented = auth::presented(&call.params, call.authorization.as_deref());
    let query: Vec<String> = call.params.harmless().map(|(key, value)| format!("{key}={value}")).collect();
    let mut record = Call {
        number: 0,
        method: call.method.clone(),
        path: call.path.clone(),
        query: query.join("&"),
        is_by_header: presented.as_ref().is_some_and(|presented| presented.is_by_header),
        has_proof: call.params.get("appsecret_proof").is_some(),
        is_part: call.is_part,
        door: call.door,
        at_ms: chrono::Utc::now().timestamp_millis(),
        at: state.world().now(),
        status: 0,
    };
    let outcome = judge(state, call, &record.query, presented.as_ref());
    if let Outcome::Reply(reply) | Outcome::Later(_, reply) | Outcome::Cut(reply) = &outcome {
        record.status = reply.status;
    }
    state.calls.keep(record);
    outcome
}

fn judge(state: &State, call: &Incoming, query: &str, presented: Option<&auth::Presented>) -> Outcome {
    let segments: Vec<&str> = call.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let (asked, segments) = match segments.split_first() {
        Some((first, rest)) if is_version(first) => (Some(*first), rest),
        _ => (None, segments.as_slice()),
    };
    // A batch holds the world only while each of its parts is answered.
    let is_batch = call.method == "POST" && segments.is_empty();
    let (account, active_ads, now) = {
        let world = state.world();
        let account = account_of(state, &world, segments);
        let active = account.and_then(|id| world.account(id)).map_or(0, |account| account.active_ads);
        (account, active, world.now())
    };
    let target = format!("{}?{query}", call.path);
    let faults = state.faults.meet(Seen {
        method: &call.method,
        target: &target,
        account,
        has_cursor: call.params.get("after").is_some(),
        is_part: call.is_part,
    });
    if faults.contains(&Fault::Drop) || faults.contains(&Fault::NullPart) {
        return Outcome::Drop;
    }
    if faults.contains(&Fault::Hang) {
        return Outcome::Hang;
    }
    let is_insights = segments.contains(&"insights") || segments.first().is_some_and(|id| state.reports.has(id));
    let settings = state.settings();
    // A batch counts by its parts.
    let counted = Counted { account, is_insights, active_ads };
    let mut spent = (!is_batch).then(|| state.usage().spend(counted, &settings.allowance, now));
    let result = check_version(asked, segments)
        .and_then(|()| {
            faults.iter().try_for_each(|fault| match throttle(fault, account) {
                Some((blocked, error)) => {
                    spent = Some(blocked);
                    Err(error)
                }
                None => fault.error().map_or(Ok(()), Err),
            })
        })
        .and_then(|()| auth::check(&settings.access, &call.params, presented, &segments.join("/"), now))
        .and_then(|()| spent.as_ref().and_then(Spent::refusal).map_or(Ok(()), Err))
        .and_then(|()| {
            if is_batch {
                return batch::answer(state, call, asked.unwrap_or(VERSION));
            }
            let mut tweaks = Tweaks::default();
            faults.iter().for_each(|fault| fault.tweak(&mut tweaks));
            let world = state.world();
            let ctx = Ctx {
                world: &world,
                results: &state.results,
                access: &settings.access,
                base: format!("{}/{VERSION}", state.url),
                tweaks,
            };
            state
                .reports
                .answer(&ctx, &call.method, segments, &call.params)
                .unwrap_or_else(|| route::answer(&ctx, &call.method, segments, &call.params))
        });
    let mut reply = result.unwrap_or_else(|error| error.reply());
    for fault in &faults {
        reply = fault.spoil(reply);
    }
    reply.headers.extend(standing_headers(asked));
    if let Some(spent) = spent {
        reply.headers.extend(spent.headers());
    }
    if faults.contains(&Fault::Cut) {
        return Outcome::Cut(reply);
    }
    let slow: u64 = faults.iter().map(|fault| if let Fault::Slow { ms } = fault { *ms } else { 0 }).sum();
    if slow > 0 {
        return Outcome::Later(Duration::from_millis(slow), reply);
    }
    Outcome::Reply(reply)
}

/// Gives the usage and the refusal of a fault that throttles and says for how long.
fn throttle(fault: &Fault, account: Option<u64>) -> Option<(Spent, GraphError)> {
    let (bucket, minutes) = match fault {
        Fault::ThrottleInsights { minutes } | Fault::Known { code: Some(80_000), minutes: Some(minutes), .. } => {
            (Bucket::AdsInsights, *minutes)
        }
        Fault::ThrottleManagement { minutes } | Fault::Known { code: Some(80_004), minutes: Some(minutes), .. } => {
            (Bucket::AdsManagement, *minutes)
        }
        _ => return None,
    };
    let spent = Spent::blocked(account.unwrap_or(0), bucket, minutes);
    let error = fault.error().or_else(|| Spent::blocked(0, bucket, 1).refusal())?;
    Some((spent, error))
}

/// Old versions are dead for Marketing; only the newest serves, and the one before is upgraded to it.
fn check_version(asked: Option<&str>, segments: &[&str]) -> Result<(), GraphError> {
    let is_marketing = !matches!(segments.first(), None | Some(&("me" | "debug_token")));
    let major = asked.and_then(|asked| asked.strip_prefix('v')).and_then(|asked| asked.split('.').next());
    match major.map(str::parse::<u32>) {
        Some(Ok(25..=26)) => Ok(()),
        // Unversioned calls of the Graph take a default, of Marketing they fail.
        None if !is_marketing => Ok(()),
        _ => Err(GraphError::new(
            2635,
            format!(
                "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: {VERSION}."
            ),
        )),
    }
}

fn standing_headers(asked: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("facebook-api-version", VERSION.to_owned()),
        ("x-fb-trace-id", "AsimTrace01".to_owned()),
        ("x-fb-request-id", "AsimRequest0000000001".to_owned()),
        ("x-fb-rev", "1030000000".to_owned()),
    ];
    if asked == Some("v25.0") {
        let warning = "The call has been auto-upgraded to v26.0 as v25.0 will be deprecated.";
        headers.push(("x-ad-api-version-warning", warning.to_owned()));
    }
    headers
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn account_of(state: &State, world: &World, segments: &[&str]) -> Option<u64> {
    let id = segments.first()?;
    // Polls and reads of a report run count for the account that it reports.
    let node = world.find(id).or_else(|| state.reports.node_of(id))?;
    world.account_of(node).map(|account| account.id)
}
