-- The living backfill of a daemon ($1) that was asked for with the same words ($2) for the same accounts ($3). $4: workers
-- whose process is known to be gone.
select r.id
from {sync_runs} r
where r.instance = $1 and r.status = 'running' and r.trigger = 'backfill' and r.request - 'first_run' - 'resumes' = $2::jsonb
  and r.accounts @> $3 and r.accounts <@ $3
  and exists (
    select from {sync_leases} l
    where l.run_id = r.id and greatest(l.heartbeat_at, pg_postmaster_start_time()) >= clock_timestamp() - interval '30 seconds'
      and l.worker_id <> all($4)
  )
limit 1
