-- Takes every lease that is free, ours already, lapsed, or held by a process known to be gone ($9).
-- While the server was down nobody could beat: a lease has its time anew.
-- In one order for all, so that two runs that want the same accounts wait instead of dying.
insert into {sync_leases} as held
  (account_id, report, run_id, worker_id, worker, boot_id, pid, process_started, acquired_at, heartbeat_at)
select $1, report, $3, $4, $5, $6, $7, $8, clock_timestamp(), clock_timestamp()
from unnest($2::text[]) as wanted(report)
order by report
on conflict (account_id, report) do update
set run_id = excluded.run_id, worker_id = excluded.worker_id, worker = excluded.worker, boot_id = excluded.boot_id,
    pid = excluded.pid, process_started = excluded.process_started, acquired_at = excluded.acquired_at,
    heartbeat_at = excluded.heartbeat_at
where held.run_id = excluded.run_id
   or greatest(held.heartbeat_at, pg_postmaster_start_time()) < clock_timestamp() - interval '30 seconds'
   or held.worker_id = any($9)
returning report
