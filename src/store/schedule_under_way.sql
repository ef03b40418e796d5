-- Living runs of a schedule ($1, $2), of its ticks or in their place, that share an account with $3. $4: workers whose process is known to be gone.
select count(*)
from {sync_runs} r
where r.instance = $1 and r.schedule = $2 and r.status = 'running' and (r.due_at is not null or r.trigger = 'resume') and r.accounts && $3
  and exists (
    select from {sync_leases} l
    where l.run_id = r.id and greatest(l.heartbeat_at, pg_postmaster_start_time()) >= clock_timestamp() - interval '30 seconds'
      and l.worker_id <> all($4)
  )
