-- Runs ($1) that nobody closed: what they had under way is cancelled, and what their steps came to is what they came to.
-- A step that was cut off itself was not counted.
with closed as (
  update {sync_run_steps}
  set status = 'cancelled', finished_at = coalesce($2, clock_timestamp()), status_reason = 'it was cut off: what it did is not counted'
  where run_id = any($1) and status = 'running'
)
update {sync_runs} r
set api_calls = s.api_calls, api_retries = s.api_retries, throttled_ms = s.waited_ms, rows_read = s.rows_read,
    rows_inserted = s.rows_inserted, rows_updated = s.rows_updated, rows_unchanged = s.rows_unchanged,
    rows_deleted = s.rows_deleted
from (
  select run_id, sum(api_calls)::integer as api_calls, sum(api_retries)::integer as api_retries,
    sum(waited_ms)::bigint as waited_ms, sum(rows_read)::bigint as rows_read, sum(rows_inserted)::bigint as rows_inserted,
    sum(rows_updated)::bigint as rows_updated, sum(rows_unchanged)::bigint as rows_unchanged,
    sum(rows_deleted)::bigint as rows_deleted
  from {sync_run_steps}
  where run_id = any($1)
  group by run_id
) s
where r.id = s.run_id
