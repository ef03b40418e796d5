-- Accounts that no sync has read to its end since an instant. $1: the digits of those that are looked at; $2: the instant.
-- A run may have begun up to a week before it ended. Old days that drift stop no account from being read, a closed account
-- that was left out on purpose is not waited for, and neither history nor a mere comparison makes anything fresh. Of an
-- account that is well the latest run tells it, so that nothing else is read.
with silent as materialized (
  select w.account_id
  from unnest($1::text[]) as w(account_id)
  left join lateral (
    select true as is_there
    from {sync_runs} r
    cross join lateral (
      select bool_or(s.step = 'campaigns' and s.status = 'succeeded' or s.step = 'account' and s.status = 'skipped')
          and bool_and(s.status in ('succeeded', 'skipped') or coalesce(s.error_class, '') = 'drift') as is_whole
      from {sync_run_steps} s
      where s.run_id = r.id and s.account_id = w.account_id
    ) part
    where r.accounts @> array[w.account_id] and r.started_at > $2 - interval '7 days' and r.finished_at > $2
      and r.trigger <> 'backfill' and part.is_whole
    order by r.started_at desc
    limit 1
  ) success on true
  where success.is_there is null
)
select account_id,
  exists (select from {sync_runs} r
    where r.accounts @> array[account_id] and r.status = 'running' and r.started_at > now() - interval '10 minutes')
  -- A process that dies soon after every start begins a run each time.
  and (select count(*) from {sync_runs} r
    where r.accounts @> array[account_id] and r.status = 'abandoned' and r.started_at > now() - interval '1 hour') < 2
from silent
where exists (select from {sync_runs} r
  where r.accounts @> array[account_id] and r.started_at < $2 and r.started_at > $2 - interval '31 days')
order by account_id
