-- Steps of a schedule that something cut off since the last one that came to its end: Meta's budget, a kill or a stop, the
-- database. Of the last day: a budget rolls over an hour, and what was read yesterday is worth reading again.
with same as (
  select s.run_id, s.status, s.started_at,
         s.status in ('throttled', 'cancelled')
           or s.error_class in ('database_unavailable', 'database_busy', 'database_read_only', 'database_login') as cut_off
  from {sync_run_steps} s
  join {sync_runs} r on r.id = s.run_id
  where r.instance = $1 and r.schedule = $2 and s.account_id = $3 and s.step = $4
    and r.started_at > clock_timestamp() - interval '1 day'
)
select run_id from same
where cut_off
  and started_at > coalesce((select max(started_at) from same where status in ('succeeded', 'skipped')), '-infinity')
