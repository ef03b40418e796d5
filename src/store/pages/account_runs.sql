-- The last runs of an account ($1), each with how the account's part of it ended. Those of the last month are looked at, so
-- that an account without any costs little.
select r.id, r.schedule, r.trigger, r.started_at, r.finished_at, s.status
from (
  select id, schedule, trigger, status, started_at, finished_at
  from {sync_runs}
  where accounts @> array[$1] and status <> 'skipped' and started_at > now() - interval '31 days'
  order by started_at desc
  limit $2
) r
cross join lateral (
  :outcome
) s
order by r.started_at desc
