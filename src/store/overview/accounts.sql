-- Accounts at a glance. $1: their digits, in the order of the page. Most share the latest runs; of the others those of the
-- last month are looked at, so that an account without any costs little.
with latest as (
  select id, status, started_at, accounts
  from {sync_runs}
  where status <> 'skipped' and started_at > now() - interval '31 days'
  order by started_at desc
  limit 8
), shared as (
  select distinct on (x.account_id) x.account_id, l.id, l.status, l.started_at
  from latest l, unnest(l.accounts) as x(account_id)
  order by x.account_id, l.started_at desc
)
select w.account_id, a.name::text as name, a.currency::text as currency, r.id as last_run, r.started_at as last_at,
       s.status as last_status
from unnest($1::text[]) with ordinality as w(account_id, place)
left join {ad_accounts} a on a.account_id = w.account_id
left join shared h on h.account_id = w.account_id
left join lateral (
  select h.id, h.status, h.started_at
  where h.id is not null
  union all
  (select id, status, started_at
   from {sync_runs}
   where h.id is null and accounts @> array[w.account_id] and status <> 'skipped' and started_at > now() - interval '31 days'
   order by started_at desc
   limit 1)
) r on true
left join lateral (
  :outcome
) s on true
order by w.place
