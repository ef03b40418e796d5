-- When the newest day of each report of each account was read: as account_freshness says it, by the key, a row each. $1: the
-- accounts' digits; $2: the reports. A week or month that still runs is not complete, and still fresh.
select a.account_id, r.report, c.fetched_at
from unnest($1::text[]) a(account_id)
cross join unnest($2::text[]) r(report)
left join lateral (
  select fetched_at
  from {sync_coverage} c
  where c.account_id = a.account_id and c.report = r.report and (c.complete or c.status = 'moving')
  order by c.date desc
  limit 1
) c on true
