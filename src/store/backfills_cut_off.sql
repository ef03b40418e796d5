-- Backfills of a daemon ($1) that were asked for over HTTP, that a death or a stop (for the reasons $2) cut off within the
-- last day, and that no later one took up; with how many of the same died.
select r.id, r.request ->> 'since', r.request ->> 'until', coalesce((r.request ->> 'refresh')::boolean, false),
  coalesce(r.accounts, '{}'),
  (select count(*) from {sync_runs} p
   where p.instance = $1 and p.trigger = 'backfill' and p.request = r.request and p.accounts = r.accounts
     and p.status = 'abandoned' and p.started_at > clock_timestamp() - interval '1 day')
from {sync_runs} r
where r.instance = $1 and r.schedule is null and r.trigger = 'backfill' and r.request is not null
  and coalesce(r.finished_at, r.started_at) > clock_timestamp() - interval '1 day'
  and (r.status = 'abandoned' or (r.status = 'cancelled' and r.status_reason = any($2)))
  and not exists (
    select from {sync_runs} l
    where l.instance = $1 and l.trigger = 'backfill' and l.request = r.request and l.accounts = r.accounts and l.id > r.id
  )
order by r.id
