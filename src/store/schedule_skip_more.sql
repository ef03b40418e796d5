-- More ticks that come to nothing, in the row of those before them. Where the last one has a row already, that one counts.
update {sync_runs}
set due_at = greatest(due_at, $4), finished_at = greatest(due_at, $4), started_at = least(started_at, $8),
    status_reason = $5, ticks = $7, app_version = $9,
    accounts = array(select distinct account from unnest(accounts || $6) as account order by account)
where id = $1
  and not exists (select from {sync_runs} o where o.instance = $2 and o.schedule = $3 and o.due_at = $4)
