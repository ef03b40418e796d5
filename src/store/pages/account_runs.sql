-- The last runs of an account ($1), each with how the account's part of it ended. Those of the last month are looked at, so
-- that an account without any costs little.
select r.id, r.schedule, r.trigger, r.started_at, r.finished_at,
       case when r.status in ('running', 'cancelled', 'abandoned') then r.status else coalesce(s.status, r.status) end as status
from (
  select id, schedule, trigger, status, started_at, finished_at
  from {sync_runs}
  where accounts @> array[$1] and status <> 'skipped' and started_at > now() - interval '31 days'
  order by started_at desc
  limit $2
) r
cross join lateral (
  select case
           when count(*) = 0 then null
           when bool_or(step = 'account' and status in ('failed', 'throttled', 'skipped'))
             then min(status) filter (where step = 'account')
           when bool_or(status in ('failed', 'throttled')) then 'partial'
           else 'succeeded'
         end as status
  from {sync_run_steps}
  where run_id = r.id and account_id = $1
) s
order by r.started_at desc
