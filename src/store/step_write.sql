-- A step is written when it begins and again when it ends.
insert into {sync_run_steps}
  (run_id, account_id, step, status, status_reason, started_at, finished_at, api_calls, api_retries, batch_parts, splits,
   waited_ms, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted, error_class, error_code, error_subcode,
   fbtrace_id, error, advice, requests, days_changed, changed_days)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, nullif($24::text[], '{}'),
  $25, $26::jsonb)
on conflict (run_id, account_id, step) do update
set status = excluded.status, status_reason = excluded.status_reason, finished_at = excluded.finished_at,
    api_calls = excluded.api_calls, api_retries = excluded.api_retries, batch_parts = excluded.batch_parts,
    splits = excluded.splits, waited_ms = excluded.waited_ms, rows_read = excluded.rows_read,
    rows_inserted = excluded.rows_inserted, rows_updated = excluded.rows_updated,
    rows_unchanged = excluded.rows_unchanged, rows_deleted = excluded.rows_deleted,
    error_class = excluded.error_class, error_code = excluded.error_code, error_subcode = excluded.error_subcode,
    fbtrace_id = excluded.fbtrace_id, error = excluded.error, advice = excluded.advice, requests = excluded.requests,
    days_changed = excluded.days_changed, changed_days = excluded.changed_days
