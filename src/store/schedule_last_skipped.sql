-- The last tick of a schedule ($1, $2), where it came to nothing for the reason $3.
select id, coalesce(ticks, 1), started_at, starts_with(status_reason, $3 || ': at least ')
from (
  select id, ticks, started_at, status, status_reason
  from {sync_runs}
  where instance = $1 and schedule = $2 and due_at is not null
  order by due_at desc
  limit 1
) last
where status = 'skipped' and starts_with(status_reason, $3)
