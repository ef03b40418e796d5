-- Ends the pauses that the daemon ($1) made itself ($3) of schedules that are not at work here ($2). A replica with another
-- file may keep them: it notes that every five minutes.
update {sync_schedules}
set paused_at = null, paused_by = null, pause_reason = null, failures = 0
where instance = $1 and schedule <> all($2) and not starts_with(schedule, '(')
  and (last_beat_at is null or last_beat_at < clock_timestamp() - interval '10 minutes')
  and paused_at is not null and paused_by = $3
returning schedule
