-- Runs as they are shown; what follows says which.
select id, schedule, trigger, due_at, started_at, finished_at,
trigger = 'manual' and (select bool_or(step = 'reconcile') and not bool_or(step = 'campaigns')
  from {sync_run_steps} where run_id = id) is true as is_comparison, status, status_reason, accounts, since, until,
api_calls, rows_inserted, rows_updated, rows_unchanged, rows_deleted, error, advice,
array(select w ->> 'account_id' from jsonb_array_elements(case jsonb_typeof(warnings) when 'array' then warnings else '[]' end) w) as warned,
array(select w ->> 'message' from jsonb_array_elements(case jsonb_typeof(warnings) when 'array' then warnings else '[]' end) w) as warnings
from {sync_runs}
