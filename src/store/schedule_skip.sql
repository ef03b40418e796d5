-- A row for ticks that come to nothing: due at the last of them ($4), from the first ($8) to the last.
insert into {sync_runs}
  (id, instance, schedule, trigger, due_at, started_at, finished_at, status, status_reason, accounts, ticks, app_version)
values ($1, $2, $3, 'cron', $4, $8, $4, 'skipped', $5, $6, $7, $9)
on conflict (instance, schedule, due_at) do nothing
