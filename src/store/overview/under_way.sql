-- The runs that are under way, with how far they are. A step has its row when it begins, and its figures when it ends; an
-- account is done with its last step, or with its first where that stood in its way.
select r.id, r.schedule, r.trigger, r.started_at, r.since, r.until, coalesce(cardinality(r.accounts), 0) as accounts,
       s.done, s.steps, s.api_calls, s.rows_read, s.rows_changed, s.at_account, s.at_name, s.at_step, s.others
from {sync_runs} r
left join lateral (
  select count(distinct s.account_id) filter (where s.finished_at is not null
           and (s.step = 'reconcile' or s.step = 'account' and s.status <> 'succeeded')) as done,
         count(*) filter (where s.finished_at is not null) as steps,
         coalesce(sum(s.api_calls), 0)::bigint as api_calls,
         coalesce(sum(s.rows_read), 0)::bigint as rows_read,
         coalesce(sum(s.rows_inserted + s.rows_updated + s.rows_deleted), 0)::bigint as rows_changed,
         (array_agg(s.account_id order by s.started_at, s.account_id) filter (where s.finished_at is null))[1] as at_account,
         (array_agg(a.name::text order by s.started_at, s.account_id) filter (where s.finished_at is null))[1] as at_name,
         (array_agg(s.step order by s.started_at, s.account_id) filter (where s.finished_at is null))[1] as at_step,
         greatest(count(*) filter (where s.finished_at is null) - 1, 0) as others
  from {sync_run_steps} s
  left join {ad_accounts} a on a.account_id = s.account_id
  where s.run_id = r.id
) s on true
where r.status = 'running'
order by r.started_at, r.id
