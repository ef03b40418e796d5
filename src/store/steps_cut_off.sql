-- Runs of a schedule that something cut off in this account since the last one that came through: Meta's budget, a kill or a
-- stop, the database. Of the last day: a budget rolls over an hour, and what was read yesterday is worth reading again.
with same as (
  select s.run_id, min(s.started_at) as started_at,
    bool_or(
      s.status in ('throttled', 'cancelled')
      or coalesce(starts_with(s.error_class, 'database_'), false)
    ) as was_cut_off,
    bool_and(s.status in ('succeeded', 'skipped')) as came_through
  from {sync_run_steps} s
  join {sync_runs} r on r.id = s.run_id
  where r.instance = $1 and r.schedule = $2 and s.account_id = $3 and s.run_id <> $4
    and r.started_at > clock_timestamp() - interval '1 day'
  group by s.run_id
)
select run_id from same
where was_cut_off
  and started_at > coalesce((select max(started_at) from same where came_through), '-infinity')
