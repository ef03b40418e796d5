-- Runs of the same arguments and window that were killed, stopped or failed by the database, newer than the last one of
-- them that came to its end. Accounts of several zones share a run: its window may be a day wider than one account's.
with same as (
  select id, status, started_at,
         status in ('abandoned', 'cancelled') or starts_with(error_class, 'database_') as cut_off
  from {sync_runs}
  where id <> $1 and instance = $2 and schedule is not distinct from $3 and trigger = $4 and accounts = $5
    and since between $6::date - 1 and $6::date and until between $7::date and $7::date + 1
)
select id from same
where cut_off
  and started_at > coalesce((select max(started_at) from same where cut_off is not true and status <> 'running'), '-infinity')
