-- The living run of a schedule ($1, $2) that was asked for by hand. $3: workers whose process is known to be gone.
select r.id
from {sync_runs} r
where r.instance = $1 and r.schedule = $2 and r.status = 'running' and r.trigger = 'manual'
  and exists (
    select from {sync_leases} l
    where l.run_id = r.id and greatest(l.heartbeat_at, pg_postmaster_start_time()) >= clock_timestamp() - interval '30 seconds'
      and l.worker_id <> all($3)
  )
limit 1
