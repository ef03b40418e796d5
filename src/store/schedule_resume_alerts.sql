-- Ends the alert of a schedule's own pause ($1), and those of refused tokens where no other schedule of the daemon ($3) is
-- paused for that ($4).
update {sync_alerts}
set resolved_at = $2
where resolved_at is null and kind = 'schedule_paused'
  and (
    dedupe_id = $1
    or dedupe_id like 'schedule\_paused:auth%' and told_as <> dedupe_id and right(dedupe_id, length($3) + 1) = '@' || $3
      and not exists (select from {sync_schedules} s where s.instance = $3 and s.paused_at is not null and starts_with(s.pause_reason, $4))
  )
