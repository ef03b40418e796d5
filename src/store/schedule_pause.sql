-- Pauses a schedule ($1, $2) at $3, by $4, because of $5. A pause that is there stays as whoever came first left it.
insert into {sync_schedules} as s (instance, schedule, paused_at, paused_by, pause_reason)
values ($1, $2, $3, $4, $5)
on conflict (instance, schedule) do update set
  paused_at = coalesce(s.paused_at, excluded.paused_at),
  paused_by = case when s.paused_at is null then excluded.paused_by else s.paused_by end,
  pause_reason = case when s.paused_at is null then excluded.pause_reason else s.pause_reason end
returning schedule, last_beat_at, paused_at, paused_by, pause_reason, failures
