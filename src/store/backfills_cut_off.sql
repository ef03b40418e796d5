-- Backfills of a daemon ($1) that were asked for over HTTP, that a death or a stop (for the reasons $2) cut off within the
-- last day, and that no later one took up; with how many of the same died, the run that the first of them was, when that
-- began, and those of its accounts that no later backfill read. A run that goes on where others were names the first,
-- and the one before it: by its id that may be the later of the two, where a clock ran ahead.
with backfill as (
  select id, started_at, finished_at, status, status_reason, coalesce(accounts, '{}') as accounts,
    coalesce(request ->> 'first_run', id::text) as first_run, request ->> 'resumes' as resumes,
    request - 'first_run' - 'resumes' as asked
  from {sync_runs}
  where instance = $1 and schedule is null and trigger = 'backfill' and request is not null
)
select r.id, r.asked ->> 'since', r.asked ->> 'until', coalesce((r.asked ->> 'refresh')::boolean, false), r.accounts,
  (select count(*) from backfill p
   where (p.first_run = r.first_run or p.asked = r.asked and p.accounts @> r.accounts and p.accounts <@ r.accounts)
     and p.status = 'abandoned' and p.started_at > clock_timestamp() - interval '1 day'),
  r.first_run, (select min(p.started_at) from backfill p where p.first_run = r.first_run),
  array(
    select account from unnest(r.accounts) account
    where not exists (
      select from {sync_runs} l
      where l.instance = $1 and l.trigger = 'backfill' and l.status in ('succeeded', 'partial')
        and account = any(l.accounts) and l.finished_at > coalesce(r.finished_at, r.started_at)
    )
  )
from backfill r
-- What somebody stopped waits over a long week-end; what died that long ago is no longer what anybody waits for.
where coalesce(r.finished_at, r.started_at)
  > clock_timestamp() - case r.status when 'cancelled' then interval '30 days' else interval '1 day' end
  and (r.status = 'abandoned' or (r.status = 'cancelled' and r.status_reason = any($2)))
  and not exists (
    select from backfill l
    where l.resumes = r.id::text
      or l.id > r.id and l.first_run = r.first_run
        and not exists (select from backfill n where n.resumes = l.id::text)
      or l.id > r.id and l.first_run <> r.first_run and l.asked = r.asked
        and l.accounts @> r.accounts and l.accounts <@ r.accounts
  )
order by r.id
