-- How schedules stand, with the last tick of each. $1: the daemon's name; $2: the schedules.
select w.schedule, s.last_beat_at, s.paused_at, s.paused_by, s.pause_reason, coalesce(s.failures, 0) as failures,
       r.id as run, r.status, r.due_at, coalesce(r.error, r.status_reason) as reason
from unnest($2::text[]) with ordinality as w(schedule, place)
left join {sync_schedules} s on s.instance = $1 and s.schedule = w.schedule
left join lateral (
  select id, status, due_at, error, status_reason
  from {sync_runs}
  where instance = $1 and schedule = w.schedule and due_at is not null
  order by due_at desc
  limit 1
) r on true
order by w.place
