-- What needs a person, a row per cause: what is worst speaks for the others, what is about the cause as a whole before
-- what is about one account. $1: the daemon's name.
with open as (
  select coalesce(told_as, dedupe_id) as cause, *
  from {sync_alerts}
  where resolved_at is null and coalesce(instance, $1) = $1 and kind <> 'test'
)
select o.cause, min(o.first_at) as first_at, max(o.run_id::text)::uuid as run,
       (array_agg(o.message order by o.urgency desc, o.account_id is not null, o.first_at))[1] as message,
       (array_agg(o.advice order by o.urgency desc, o.account_id is not null, o.first_at))[1] as advice,
       (array_agg(o.kind order by o.urgency desc, o.account_id is not null, o.first_at))[1] as kind,
       (select coalesce(array_agg(distinct x.account_id), '{}')
        from open p, unnest(array_append(p.accounts, p.account_id)) as x(account_id)
        where p.cause = o.cause and x.account_id is not null) as accounts
from open o
group by o.cause
order by min(o.first_at)
