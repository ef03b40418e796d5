-- A running run whose own lease, the one without an account, does not beat is dead. $1: workers whose process is known to
-- be gone; $2: runs that are known to live. While the server was down nobody could beat: they have their time anew.
update {sync_runs} r
set status = 'abandoned', finished_at = clock_timestamp(), status_reason = 'its process died'
where r.status = 'running'
  and r.id <> all($2)
  and not exists (
    select from {sync_leases} l
    where l.run_id = r.id and l.account_id = '' and greatest(l.heartbeat_at, pg_postmaster_start_time()) >= clock_timestamp() - interval '30 seconds' and l.worker_id <> all($1)
  )
returning r.id
