-- Accounts that no sync has read to its end since an instant. $1: the digits of those that are looked at; $2: the instant.
-- A run may have begun up to a week before it ended. Old days that drift stop no account from being read, a closed account
-- that was left out on purpose is not waited for, and neither history nor a mere comparison makes anything fresh.
with tried as (
  select distinct unnest(accounts) as account_id
  from {sync_runs}
  where started_at < $2 and started_at > $2 - interval '31 days'
), reading as (
  select distinct unnest(accounts) as account_id
  from {sync_runs}
  where status = 'running' and started_at > now() - interval '10 minutes'
), part as (
  select s.account_id,
    bool_or(s.step = 'campaigns' and s.status = 'succeeded' or s.step = 'account' and s.status = 'skipped')
      and bool_and(s.status in ('succeeded', 'skipped') or coalesce(s.error_class, '') = 'drift') as is_whole
  from {sync_runs} r
  join {sync_run_steps} s on s.run_id = r.id
  where r.started_at > $2 - interval '7 days' and r.finished_at > $2 and r.trigger <> 'backfill'
    and s.account_id = any($1)
  group by r.id, s.account_id
)
select w.account_id, exists (select from reading where reading.account_id = w.account_id)
from unnest($1::text[]) as w(account_id)
where exists (select from tried where tried.account_id = w.account_id)
  and not exists (select from part where part.account_id = w.account_id and part.is_whole)
order by w.account_id
