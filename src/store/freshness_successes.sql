-- When the last run of each account ended in which none of its steps failed. $1: the accounts' digits. Runs of the last month
-- are looked at, so that an account without any costs little.
select a.account_id, r.finished_at
from unnest($1::text[]) a(account_id)
cross join lateral (
  select r.finished_at
  from {sync_runs} r
  where r.accounts @> array[a.account_id] and r.started_at > now() - interval '31 days' and r.finished_at is not null
    and (select bool_or(s.status = 'succeeded') and bool_and(s.status in ('succeeded', 'skipped'))
         from {sync_run_steps} s where s.run_id = r.id and s.account_id = a.account_id)
  order by r.started_at desc
  limit 1
) r
