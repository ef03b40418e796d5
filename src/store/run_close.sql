-- Completes a run's row. A run that another process took for dead meanwhile stays as that one left it. Where somebody asked
-- it to stop, its lease says who and why.
update {sync_runs}
set finished_at = $2, status = $3,
    status_reason = coalesce(
      (select 'stopped by ' || l.stop_by || coalesce(': ' || l.stop_reason, '')
       from {sync_leases} l
       where l.run_id = $1 and l.account_id = '' and l.stop_by is not null and $3 = 'cancelled'),
      $4),
    api_calls = $5, api_retries = $6, throttled_ms = $7,
    usage_peak_pct = $8, report_runs = $21, rows_read = $9, rows_inserted = $10, rows_updated = $11,
    rows_unchanged = $12, rows_deleted = $13, error_class = $14, error_code = $15, error_subcode = $16, fbtrace_id = $17,
    error = $18, advice = $19, warnings = $20::jsonb
where id = $1 and status = 'running'
