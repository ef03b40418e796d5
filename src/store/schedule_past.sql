-- The runs of a schedule ($1, $2) of the last day that a daemon did, newest first, each with the accounts that did not come
-- to their last step, the run that it went on with, and whether it is under way. $3: why a run ended that a stop cut off.
select id, trigger = 'resume', status = 'abandoned',
  status = 'abandoned' or (status = 'cancelled' and status_reason = any($3)), coalesce(accounts, '{}'),
  array(
    select account from unnest(accounts) account
    where not exists (
      select from {sync_run_steps} s
      where s.run_id = r.id and s.account_id = account and s.step = 'reconcile' and s.status in ('succeeded', 'skipped')
    )
  ),
  case when trigger = 'resume' then request ->> 'resumes' end, status = 'running'
from {sync_runs} r
where instance = $1 and schedule = $2 and status <> 'skipped'
  and (due_at is not null or trigger = 'resume' or request is not null)
  and started_at > clock_timestamp() - interval '1 day'
order by id desc
limit 200
