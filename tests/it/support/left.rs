//! What a sync leaves behind, for comparisons: two that came through leave the same, whatever happened on the way.

use super::scene::Scene;

/// The tables of data, and what is known of their days.
const DATA: [&str; 8] = [
    "ad_accounts",
    "campaigns",
    "adsets",
    "adset_insights",
    "account_insights",
    "sync_coverage",
    "sync_ladders",
    "sync_sizes",
];

impl Scene {
    /// Every row of data but for its times and the run that brought it.
    pub(crate) async fn left(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in DATA {
            let without =
                "'last_synced' - 'fetched_at' - 'run_id' - 'requests' - 'deleted_at' - 'seen_at' - 'updated_at'";
            let sql = format!("select '{table}' || (to_jsonb(t) - {without})::text from {table} t order by 1");
            all.extend(self.db.query_text(&sql).await.into_iter().flatten());
        }
        all
    }

    /// The records of runs and steps but for their times.
    pub(crate) async fn records(&self) -> Vec<Vec<String>> {
        let figures = "api_calls, api_retries, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted";
        let sql = format!(
            "select '' as account_id, 'run' as step, status, {figures}, error_class, warnings::text from sync_runs
             union all
             select account_id, step, status, {figures}, error_class, status_reason from sync_run_steps order by 1, 2"
        );
        self.db.query_text(&sql).await
    }

    /// Fails where a run, a step or a lease is left as if somebody worked on it.
    pub(crate) async fn nothing_is_left_running(&self) {
        let left = "select 'run ' || id from sync_runs where status = 'running'
             union all select 'step ' || step from sync_run_steps where status = 'running'
             union all select 'lease of ' || account_id from sync_leases";
        assert_eq!(self.db.query_text(left).await, [[""; 1]; 0]);
    }

    /// Empties every table, as before the first sync, and forgets all calls.
    pub(crate) async fn start_over(&self) {
        let tables = "select string_agg(format('%I', tablename), ', ') from pg_tables
            where schemaname = 'public' and tablename <> 'adsync_migrations'";
        let tables = self.value(tables).await;
        self.db.execute(&format!("truncate {tables}")).await;
        self.sim.record().clear();
        self.sim.forget_usage();
    }
}
