-- Whether a living run, other than $1, waits for the account $2: its first step there is under way and it holds nothing of
-- the account. One that reads history itself waits as long as it takes.
select exists (
  select from {sync_runs} r
  join {sync_leases} l on l.run_id = r.id and l.account_id = ''
  join {sync_run_steps} s on s.run_id = r.id and s.account_id = $2 and s.step = 'account' and s.status = 'running'
  where r.id <> $1 and r.status = 'running' and r.trigger <> 'backfill'
    and l.heartbeat_at >= clock_timestamp() - interval '30 seconds'
    and not exists (select from {sync_leases} h where h.run_id = r.id and h.account_id = $2)
)
