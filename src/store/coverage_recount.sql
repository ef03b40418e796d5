-- The sums of days that were read to their end, taken from the rows as they stand (:rows is the report's table). The rows
-- are summed once by themselves: a planner without statistics would go through them once for every day.
with counted as materialized (
  select r.date, count(*) as rows, coalesce(sum(r.spend), 0) as spend,
         greatest(least(coalesce(sum(r.impressions), 0), 9223372036854775807), -9223372036854775808)::bigint as impressions,
         greatest(least(coalesce(sum(r.clicks), 0), 9223372036854775807), -9223372036854775808)::bigint as clicks
  from :rows r
  where r.account_id = $1 and r.date between $3 and $4
  group by r.date
), summed as materialized (
  select d.date, coalesce(n.rows, 0) as rows, coalesce(n.spend, 0) as spend, coalesce(n.impressions, 0) as impressions,
         coalesce(n.clicks, 0) as clicks
  from {sync_coverage} d
  left join counted n on n.date = d.date
  where d.account_id = $1 and d.report = $2 and d.date between $3 and $4 and d.complete
)
update {sync_coverage} c
set rows = n.rows, spend = n.spend, impressions = n.impressions, clicks = n.clicks, status = null, unlisted_spend = null
from summed n
where c.account_id = $1 and c.report = $2 and c.date = n.date
  and (c.rows, c.spend, c.impressions, c.clicks) is distinct from (n.rows, n.spend, n.impressions, n.clicks)
