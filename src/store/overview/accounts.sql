-- Accounts at a glance. $1: their digits, in the order of the page; $2: each one's own today. Runs of the last month are
-- looked at, so that an account without any costs little.
select w.account_id, a.name::text as name, a.currency::text as currency, r.id as last_run, r.started_at as last_at,
       case
         when r.status in ('running', 'cancelled', 'abandoned') then r.status
         else coalesce(s.status, r.status)
       end as last_status,
       c.fresh_as_of
from unnest($1::text[], $2::date[]) with ordinality as w(account_id, today, place)
left join {ad_accounts} a on a.account_id = w.account_id
left join lateral (
  select id, status, started_at
  from {sync_runs}
  where accounts @> array[w.account_id] and status <> 'skipped' and started_at > now() - interval '31 days'
  order by started_at desc
  limit 1
) r on true
left join lateral (
  select case
           when count(*) = 0 then null
           when bool_or(step = 'account' and status in ('failed', 'throttled', 'skipped'))
             then min(status) filter (where step = 'account')
           when bool_or(status in ('failed', 'throttled')) then 'partial'
           else 'succeeded'
         end as status
  from {sync_run_steps}
  where run_id = r.id and account_id = w.account_id
) s on true
left join lateral (
  select max(fetched_at) filter (where complete) as fresh_as_of
  from {sync_coverage}
  where account_id = w.account_id and date between w.today - 1 and w.today
) c on true
order by w.place
