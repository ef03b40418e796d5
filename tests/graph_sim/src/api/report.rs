//! Report runs: insights asked for now and read later. A run's life is counted in polls, so that no test must wait.
use super::ctx::Ctx;
use super::error::GraphError;
use super::insights;
use super::params::Params;
use super::query::Query;
use super::reply::Reply;
use super::result::Row;
use super::{edge, fields, route};
use crate::calendar::day_text;
use crate::json::Json;
use crate::world::Node;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Runs expire after thirty days (Meta documents it).
const KEPT_SECONDS: i64 = 30 * 86_400;

/// How a run goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plan {
    /// It is done at a poll, counted from 1.
    Completes {
        /// The poll that finds it done.
        polls: u64,
    },
    /// It fails at the second poll.
    Fails {
        /// `error_code` of the run.
        code: i64,
        /// `error_subcode` of the run.
        subcode: i64,
        /// `error_message` of the run.
        message: String,
    },
    /// It expired in the queue and must be asked again.
    Skips,
    /// It runs for ever at a percentage.
    Stalls {
        /// The percentage.
        percent: i64,
    },
}

/// All runs.
#[derive(Debug, Default)]
pub struct Reports {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    plans: VecDeque<Plan>,
    runs: HashMap<String, Run>,
    made: u64,
}

/// One run: its rows are a snapshot of the moment of its making.
#[derive(Debug)]
struct Run {
    node: Node,
    query: Query,
    rows: Arc<Vec<Row>>,
    plan: Plan,
    polls: u64,
    made_at: i64,
}

impl Reports {
    /// Decides how the next run without a plan goes; plans are used up in order.
    pub fn plan(&self, plan: Plan) {
        self.lock().plans.push_back(plan);
    }

    /// Says whether an id names a run.
    pub fn has(&self, id: &str) -> bool {
        self.lock().runs.contains_key(id)
    }

    /// Answers a call that concerns report runs; nothing for any other.
    pub fn answer(
        &self,
        ctx: &Ctx<'_>,
        method: &str,
        segments: &[&str],
        params: &Params,
    ) -> Option<Result<Reply, GraphError>> {
        let is_expired = |run: &Run| ctx.world.now() - run.made_at > KEPT_SECONDS;
        self.lock().runs.retain(|_, run| !is_expired(run));
        Some(match (method, segments) {
            ("POST", [id, "insights"]) => self.start(ctx, id, params),
            ("GET", [id]) if self.has(id) => self.poll(ctx, id, params),
            ("GET", [id, "insights"]) if self.has(id) => self.read(ctx, id, params),
            ("DELETE", [id]) if self.has(id) => {
                self.lock().runs.remove(*id);
                Ok(Reply::ok("{\"success\":true}".to_owned()))
            }
            _ => return None,
        })
    }

    fn start(&self, ctx: &Ctx<'_>, id: &str, params: &Params) -> Result<Reply, GraphError> {
        let node = route::find(ctx, id)?;
        let account = ctx.world.account_of(node).ok_or_else(|| GraphError::no_object(id))?;
        let query = Query::parse(ctx, account, node, params)?;
        let rows = ctx.results.rows(ctx, account, &query);
        let mut inner = self.lock();
        inner.made += 1;
        let id = (1_496_466_178_000_000 + inner.made).to_string();
        let plan = inner.plans.pop_front().unwrap_or(Plan::Completes { polls: 2 });
        let made_at = ctx.world.now();
        inner.runs.insert(id.clone(), Run { node, query, rows, plan, polls: 0, made_at });
        Ok(Reply::ok(format!("{{\"report_run_id\":\"{id}\"}}")))
    }

    fn poll(&self, ctx: &Ctx<'_>, id: &str, params: &Params) -> Result<Reply, GraphError> {
        for field in fields::parse(params)? {
            if !fields::knows(fields::AD_REPORT_RUN, &field.name) {
                return Err(GraphError::no_field(&field.name, "AdReportRun"));
            }
        }
        let mut inner = self.lock();
        let run = inner.runs.get_mut(id).ok_or_else(|| GraphError::no_object(id))?;
        run.polls += 1;
        Ok(Reply::ok(run.show(ctx, id)))
    }

    fn read(&self, ctx: &Ctx<'_>, id: &str, params: &Params) -> Result<Reply, GraphError> {
        let inner = self.lock();
        let run = inner.runs.get(id).ok_or_else(|| GraphError::no_object(id))?;
        if run.status().0 != "Job Completed" {
            // Reading too early (recorded text).
            return Err(GraphError::new(2601, "(#2601) Error accessing adreport job.").subcode(1_815_107));
        }
        let account = ctx.world.account_of(run.node).ok_or_else(|| GraphError::no_object(id))?;
        // The run keeps its own parameters; only the fields may be narrowed while reading.
        let mut query = run.query.clone();
        let asked: Vec<String> = fields::parse(params)?.into_iter().map(|field| field.name).collect();
        if let Some(missing) = asked.iter().find(|name| !query.fields.contains(name)) {
            return Err(GraphError::bad(format!("{missing} was not there while creating the report run")));
        }
        if !asked.is_empty() {
            query.fields = asked;
        }
        let mut json = Json::with_room(64 * 1024);
        let url = format!("{}/{id}/insights", ctx.base);
        let page = insights::write_page(ctx, account, (&query, &run.rows), &url, params, &mut json)?;
        Ok(Reply::ok(json.finish()).rows(page.total, page.written))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    fn status(&self) -> (&'static str, i64) {
        match (&self.plan, self.polls) {
            (Plan::Skips, _) => ("Job Skipped", 0),
            (_, 0) => ("Job Not Started", 0),
            (Plan::Completes { polls }, now) if now >= *polls => ("Job Completed", 100),
            (Plan::Completes { .. } | Plan::Fails { .. }, 1) => ("Job Started", 0),
            (Plan::Completes { polls }, now) => {
                let share = now.saturating_mul(100) / (*polls).max(1);
                ("Job Running", i64::try_from(share).unwrap_or(99).min(99))
            }
            (Plan::Fails { .. }, _) => ("Job Failed", 0),
            (Plan::Stalls { percent }, _) => ("Job Running", *percent),
        }
    }

    fn show(&self, ctx: &Ctx<'_>, id: &str) -> String {
        let (status, percent) = self.status();
        let account = ctx.world.account_of(self.node);
        let digits = account.map(|account| edge::public_id(account, Node::Account(0))).unwrap_or_default();
        let mut json = Json::default();
        json.open('{');
        json.text_at("id", id);
        json.text_at("account_id", digits.trim_start_matches("act_"));
        json.raw_at("time_ref", &self.made_at.to_string());
        let is_over = matches!(status, "Job Completed" | "Job Failed" | "Job Skipped");
        if is_over {
            json.raw_at("time_completed", &(self.made_at + 62).to_string());
        }
        json.text_at("async_status", status);
        if !is_over && status != "Job Not Started" {
            // Only there while true.
            json.raw_at("is_running", "true");
        }
        json.raw_at("async_percent_completion", &percent.to_string());
        if let Some((first, last)) = self.query.slices.first().zip(self.query.slices.last()) {
            json.text_at("date_start", &day_text(first.0));
            json.text_at("date_stop", &day_text(last.1));
        }
        if let (Plan::Fails { code, subcode, message }, "Job Failed") = (&self.plan, status) {
            json.raw_at("error_code", &code.to_string());
            json.raw_at("error_subcode", &subcode.to_string());
            json.text_at("error_message", message);
            json.text_at("error_user_title", message);
            json.text_at("error_user_msg", "Check the documentation for guidance and try again.");
        }
        json.close('}');
        json.finish()
    }
}
