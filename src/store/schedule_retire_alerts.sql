-- Ends what the daemon ($1) told of its own schedules where it is over at $2: of those that are neither at work here ($3)
-- nor kept by a replica with another file; of a refused token where no schedule is paused for that ($4); of backfills that
-- die ($5) once later ones read all their accounts, or after a day.
update {sync_alerts} a
set resolved_at = $2
where a.instance = $1 and a.resolved_at is null
  and (
    a.kind in ('schedule_paused', 'runs_die')
      and exists (
        select from {sync_schedules} s
        where s.instance = $1 and s.schedule <> all($3) and not starts_with(s.schedule, '(')
          and (s.last_beat_at is null or s.last_beat_at < clock_timestamp() - interval '10 minutes')
          and a.dedupe_id = a.kind || ':' || s.schedule || '@' || $1
      )
    or a.kind = 'schedule_paused' and a.told_as <> a.dedupe_id
      and not exists (
        select from {sync_schedules} s
        where s.instance = $1 and s.paused_at is not null and starts_with(s.pause_reason, $4)
      )
    or a.dedupe_id = $5
      and (
        a.last_at < clock_timestamp() - interval '1 day'
        or cardinality(a.accounts) > 0 and not exists (
          select from unnest(a.accounts) account
          where not exists (
            select from {sync_runs} r
            where r.instance = $1 and r.trigger = 'backfill' and r.status in ('succeeded', 'partial')
              and account = any(r.accounts) and r.finished_at > a.first_at
          )
        )
      )
  )
