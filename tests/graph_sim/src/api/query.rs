//! A question to insights, read from its parameters and judged.
use super::breakdown::{self, Breakdown};
use super::ctx::Ctx;
use super::error::GraphError;
use super::fields;
use super::filter::{self, Filter};
use super::params::Params;
use super::sort::Sort;
use crate::calendar::{Day, day_of, months, months_before, preset, retention_start};
use crate::world::Node;
use crate::world::account::Account;
use crate::world::truth::Level;
use chrono::NaiveDate;
use serde_json::Value;

/// Attribution windows that can be named.
const WINDOWS: [&str; 26] = [
    "1d_click",
    "1d_ev",
    "1d_sequenced",
    "1d_view",
    "28d_click",
    "28d_sequenced",
    "28d_view",
    "28d_view_all_conversions",
    "28d_view_first_conversion",
    "7d_click",
    "7d_sequenced",
    "7d_view",
    "7d_view_all_conversions",
    "7d_view_first_conversion",
    "custom",
    "dda",
    "default",
    "incrementality",
    "incrementality_all_conversions",
    "incrementality_first_conversion",
    "skan_click",
    "skan_click_second_postback",
    "skan_click_third_postback",
    "skan_view",
    "skan_view_second_postback",
    "skan_view_third_postback",
];

/// Action breakdowns that can be named.
const ACTION_BREAKDOWNS: [&str; 16] = [
    "action_canvas_component_name",
    "action_carousel_card_id",
    "action_carousel_card_name",
    "action_destination",
    "action_device",
    "action_reaction",
    "action_target_id",
    "action_type",
    "action_video_sound",
    "action_video_type",
    "conversion_destination",
    "is_business_ai_assisted",
    "matched_persona_id",
    "matched_persona_name",
    "signal_source_bucket",
    "standard_event_content_type",
];

/// A question.
#[derive(Debug, Clone)]
pub struct Query {
    /// Whose insights.
    pub node: Node,
    /// One row per object of this level.
    pub level: Level,
    /// The spans of days, each with rows of its own.
    pub slices: Vec<(Day, Day)>,
    /// Names of the asked fields.
    pub fields: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Breakdowns.
    pub breakdowns: Vec<Breakdown>,
    /// Attribution windows to be shown beside `value`.
    pub windows: Vec<String>,
    /// Whether a summary of all rows was asked.
    pub has_summary: bool,
    /// Fields of the summary, where it has its own.
    pub summary_fields: Vec<String>,
    /// In which order rows come, unless their own.
    pub sort: Option<Sort>,
    /// A report run asks, which still reaches what direct calls no longer do.
    pub is_async: bool,
    /// Before this day there are neither unique metrics nor hours (13 months), nor frequencies (6 months).
    pub kept_from: (Day, Day),
    /// What makes two questions the same, whatever their page and fields.
    pub key: String,
}

impl Query {
    /// Reads a question about a node.
    pub fn parse(
        ctx: &Ctx<'_>,
        account: &Account,
        node: Node,
        params: &Params,
        is_async: bool,
    ) -> Result<Self, GraphError> {
        let own = match node {
            Node::Account(_) => Level::Account,
            Node::Campaign(..) => Level::Campaign,
            Node::Adset(..) => Level::Adset,
            Node::Ad(..) => Level::Ad,
            Node::Creative(..) => return Err(GraphError::bad("Tried accessing nonexisting field (insights)")),
        };
        let level = level(params, own)?;
        let filters = filter::parse(params, level)?;
        if ctx.world.refuses_deleted_filter && filters.iter().any(Filter::names_deleted) {
            return Err(GraphError::bad("Cannot Request for Deleted Objects").subcode(1_815_001));
        }
        let breakdowns = breakdown::parse(&params.list("breakdowns")?, is_async)?;
        check_action_breakdowns(params)?;
        let windows = windows(params)?;
        let today = account.today(ctx.world.now());
        let slices = slices(params, today)?;
        let asked = |name: &str| params.get(name).unwrap_or_default().to_owned();
        let reaches_today = slices.iter().any(|(_, until)| *until >= today);
        let key = format!(
            "{}|{}|{node:?}|{level:?}|{is_async}|{}|{}|{}|{}|{slices:?}",
            ctx.world.revision(),
            if reaches_today { ctx.world.insights_as_of() } else { 0 },
            asked("filtering"),
            asked("breakdowns"),
            asked("time_increment"),
            asked("sort"),
        );
        Ok(Self {
            node,
            level,
            slices,
            fields: insights_fields(ctx, params, level)?,
            filters,
            breakdowns,
            windows,
            summary_fields: summary_fields(params)?,
            sort: Sort::parse(params)?,
            is_async,
            kept_from: (months_before(today, 13), months_before(today, 6)),
            has_summary: params.is_on("default_summary") || params.get("summary").is_some(),
            key,
        })
    }
}

fn check_action_breakdowns(params: &Params) -> Result<(), GraphError> {
    match params.list("action_breakdowns")?.iter().find(|name| !ACTION_BREAKDOWNS.contains(&name.as_str())) {
        None => Ok(()),
        Some(wrong) => {
            Err(GraphError::bad(format!("action_breakdowns[0] must be one of the known values - got \"{wrong}\"")))
        }
    }
}

fn level(params: &Params, own: Level) -> Result<Level, GraphError> {
    let level = match params.get("level") {
        None => own,
        Some("account") => Level::Account,
        Some("campaign") => Level::Campaign,
        Some("adset") => Level::Adset,
        Some("ad") => Level::Ad,
        Some(other) => {
            return Err(GraphError::bad(format!(
                "level must be one of the following values: ad, adset, campaign, account - got \"{other}\""
            )));
        }
    };
    if level < own {
        // A level above the node's own is recorded as an unknown error.
        return Err(GraphError::new(1, "An unknown error occurred").subcode(99).status(500));
    }
    Ok(level)
}

fn insights_fields(ctx: &Ctx<'_>, params: &Params, level: Level) -> Result<Vec<String>, GraphError> {
    let asked: Vec<String> = fields::parse(params)?.into_iter().map(|field| field.name).collect();
    for name in &asked {
        if ctx.is_retired(name) {
            return Err(GraphError::no_field(name, "AdsInsights"));
        }
        if !fields::knows(fields::ADS_INSIGHTS, name) {
            // A breakdown is asked by its own parameter, as a field it is unknown like any other.
            return Err(GraphError::bad(format!(
                "{name} is not valid for fields param. please check \
                 https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values"
            )));
        }
    }
    if !asked.is_empty() {
        return Ok(asked);
    }
    let ids = [
        (Level::Account, "account_id"),
        (Level::Campaign, "campaign_id"),
        (Level::Adset, "adset_id"),
        (Level::Ad, "ad_id"),
    ];
    let ids = ids.into_iter().filter(|(at, _)| *at <= level).map(|(_, name)| name);
    Ok(ids.chain(["impressions", "spend"]).map(str::to_owned).collect())
}

fn summary_fields(params: &Params) -> Result<Vec<String>, GraphError> {
    let asked = params.list("summary")?;
    if params.is_on("default_summary") || asked.iter().any(|name| matches!(name.as_str(), "true" | "1")) {
        return Ok(Vec::new());
    }
    match asked.iter().find(|name| !fields::knows(fields::ADS_INSIGHTS, name)) {
        None => Ok(asked),
        Some(wrong) => Err(GraphError::bad(format!("{wrong} is not valid for summary param"))),
    }
}

fn windows(params: &Params) -> Result<Vec<String>, GraphError> {
    let windows = params.list("action_attribution_windows")?;
    match windows.iter().find(|window| !WINDOWS.contains(&window.as_str())) {
        None => Ok(windows),
        Some(wrong) => Err(GraphError::bad(format!(
            "action_attribution_windows[0] must be one of the known values - got \"{wrong}\""
        ))),
    }
}

fn slices(params: &Params, today: Day) -> Result<Vec<(Day, Day)>, GraphError> {
    if let Some(text) = params.get("time_ranges") {
        let ranges: Vec<Value> =
            serde_json::from_str(text).map_err(|_| GraphError::bad("Param time_ranges must be an array."))?;
        return ranges.iter().map(|range| span(range, today)).collect();
    }
    let (since, until) = match params.get("time_range") {
        Some(text) => {
            let range: Value = serde_json::from_str(text)
                .map_err(|_| GraphError::bad("Param time_range must be a valid JSON object with since and until"))?;
            span(&range, today)?
        }
        None => {
            let name = params.get("date_preset").unwrap_or("last_30d");
            preset(name, today).ok_or_else(|| {
                GraphError::bad(format!("date_preset must be one of the known values - got \"{name}\""))
            })?
        }
    };
    match params.get("time_increment").unwrap_or("all_days") {
        "all_days" => Ok(vec![(since, until)]),
        "monthly" => Ok(months(since, until)),
        days => {
            let days: i32 = days.parse().ok().filter(|days| (1..=90).contains(days)).ok_or_else(|| {
                GraphError::bad("time_increment must be an integer from 1 to 90, monthly or all_days")
            })?;
            let starts = (since..=until).step_by(usize::try_from(days).unwrap_or(1));
            Ok(starts.map(|from| (from, until.min(from + days - 1))).collect())
        }
    }
}

fn span(range: &Value, today: Day) -> Result<(Day, Day), GraphError> {
    let day = |key: &str| {
        range
            .get(key)
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<NaiveDate>().ok())
            .map(day_of)
            .ok_or_else(|| GraphError::bad(format!("Must be a date representation in the format YYYY-MM-DD: {key}")))
    };
    let (since, until) = (day("since")?, day("until")?);
    if since > until {
        return Err(GraphError::bad("The start date must be before the end date"));
    }
    if since < retention_start(today) {
        return Err(GraphError::new(
            3018,
            "(#3018) The start date of the time range cannot be beyond 37 months from the current date",
        ));
    }
    // What lies ahead has no rows, and need not be walked.
    Ok((since, until.min(since.max(today + 400))))
}
