//! Report runs: insights asked for now and read later, each by its plan.
use super::ctx::Ctx;
use super::error::GraphError;
use super::insights;
use super::params::Params;
use super::plan::{Life, Plan, State};
use super::query::Query;
use super::reply::Reply;
use super::result::Row;
use super::{edge, fields, route};
use crate::calendar::day_text;
use crate::json::Json;
use crate::world::Node;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Runs expire after thirty days (Meta documents it).
const KEPT_SECONDS: i64 = 30 * 86_400;

/// All runs.
#[derive(Debug, Default)]
pub struct Reports {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    plans: VecDeque<Plan>,
    always: Option<Plan>,
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
    reads: u64,
    made_at: i64,
}

/// A run as a test sees it.
#[derive(Debug, Clone, Serialize)]
pub struct RunShown {
    /// Its id.
    pub id: String,
    /// How often it was polled.
    pub polls: u64,
    /// How often its rows were asked after it was done.
    pub reads: u64,
    /// Rows that it has.
    pub rows: usize,
    /// Unix second of its making.
    pub made_at: i64,
}

impl Reports {
    /// Decides how the next run without a plan goes; plans are used up in order.
    pub fn plan(&self, plan: Plan) {
        self.lock().plans.push_back(plan);
    }

    /// Decides how all runs go for which no plan is left; `None` brings back that they are done at the second poll.
    pub fn always(&self, plan: Option<Plan>) {
        self.lock().always = plan;
    }

    /// Gives the runs that are still there, oldest first.
    pub fn list(&self) -> Vec<RunShown> {
        let show = |(id, run): (&String, &Run)| RunShown {
            id: id.clone(),
            polls: run.polls,
            reads: run.reads,
            rows: run.rows.len(),
            made_at: run.made_at,
        };
        let mut shown: Vec<RunShown> = self.lock().runs.iter().map(show).collect();
        shown.sort_by(|one, other| one.id.cmp(&other.id));
        shown
    }

    /// Gives whose insights a run reports.
    pub fn node_of(&self, id: &str) -> Option<Node> {
        self.lock().runs.get(id).map(|run| run.node)
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
        let query = Query::parse(ctx, account, node, params, true)?;
        let rows = ctx.results.rows(ctx, account, &query);
        let mut inner = self.lock();
        inner.made += 1;
        let id = (1_496_466_178_000_000 + inner.made).to_string();
        let plan = inner.plans.pop_front().or_else(|| inner.always.clone()).unwrap_or(Plan::Completes { polls: 2 });
        let made_at = ctx.world.now();
        inner.runs.insert(id.clone(), Run { node, query, rows, plan, polls: 0, reads: 0, made_at });
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
        if !run.plan.is_found(run.life(ctx)) {
            return Err(GraphError::no_object(id));
        }
        Ok(Reply::ok(run.show(ctx, id)))
    }

    fn read(&self, ctx: &Ctx<'_>, id: &str, params: &Params) -> Result<Reply, GraphError> {
        let mut inner = self.lock();
        let run = inner.runs.get_mut(id).ok_or_else(|| GraphError::no_object(id))?;
        let is_done = run.state(ctx).is_done();
        run.reads += u64::from(is_done);
        if !is_done || !run.plan.is_readable(run.life(ctx)) {
            // Reading too early (recorded text).
            return Err(GraphError::new(2601, "(#2601) Error accessing adreport job.").subcode(1_815_107));
        }
        if let Some(summary) = params.get("summary").filter(|_| !run.query.has_summary) {
            return Err(GraphError::bad(format!(
                "Cannot include {summary} in summary param because they weren't there while creating the report run. \
                 All available values are: {}",
                run.query.fields.join(", ")
            )));
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
        let rows: &[Row] = if run.plan.has_rows() { &run.rows } else { &[] };
        let mut json = Json::with_room(64 * 1024);
        let url = format!("{}/{id}/insights", ctx.base);
        let page = insights::write_page(ctx, account, (&query, rows), &url, params, &mut json)?;
        Ok(Reply::ok(json.finish()).rows(page.total, page.written).fields(query.fields.len()))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    fn life(&self, ctx: &Ctx<'_>) -> Life {
        Life { polls: self.polls, reads: self.reads, age: ctx.world.now() - self.made_at, rows: self.rows.len() }
    }

    fn state(&self, ctx: &Ctx<'_>) -> State {
        self.plan.state(self.life(ctx))
    }

    fn show(&self, ctx: &Ctx<'_>, id: &str) -> String {
        let state = self.state(ctx);
        let account = ctx.world.account_of(self.node);
        let digits = account.map(|account| edge::public_id(account, Node::Account(0))).unwrap_or_default();
        let mut json = Json::default();
        json.open('{');
        json.text_at("id", id);
        json.text_at("account_id", digits.trim_start_matches("act_"));
        json.raw_at("time_ref", &self.made_at.to_string());
        if matches!(state.status.as_str(), "Job Completed" | "Job Failed" | "Job Skipped") {
            json.raw_at("time_completed", &(self.made_at + 62).to_string());
        }
        json.text_at("async_status", &state.status);
        if state.is_running {
            // Only there while true.
            json.raw_at("is_running", "true");
        }
        json.raw_at("async_percent_completion", &state.percent.to_string());
        if let Some((first, last)) = self.query.slices.first().zip(self.query.slices.last()) {
            json.text_at("date_start", &day_text(first.0));
            json.text_at("date_stop", &day_text(last.1));
        }
        if let Some(failure) = &state.failure {
            json.raw_at("error_code", &failure.code.to_string());
            if let Some(subcode) = failure.subcode {
                json.raw_at("error_subcode", &subcode.to_string());
            }
            json.text_at("error_message", &failure.message);
            json.text_at("error_user_title", &failure.title);
            json.text_at("error_user_msg", "Check the documentation for guidance and try again.");
        }
        json.close('}');
        json.finish()
    }
}
