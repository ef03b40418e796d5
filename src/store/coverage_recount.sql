-- The sums of days that were read to their end, taken from the rows as they stand (:rows is the report's table).
with counted as (
  select d.date, count(r.date) as rows, coalesce(sum(r.spend), 0) as spend,
         greatest(least(coalesce(sum(r.impressions), 0), 9223372036854775807), -9223372036854775808)::bigint as impressions,
         greatest(least(coalesce(sum(r.clicks), 0), 9223372036854775807), -9223372036854775808)::bigint as clicks
  from {sync_coverage} d
  left join :rows r on r.account_id = d.account_id and r.date = d.date and r.date between $3 and $4
  where d.account_id = $1 and d.report = $2 and d.date between $3 and $4 and d.complete
  group by d.date
)
update {sync_coverage} c
set rows = n.rows, spend = n.spend, impressions = n.impressions, clicks = n.clicks, status = null, unlisted_spend = null
from counted n
where c.account_id = $1 and c.report = $2 and c.date = n.date
  and (c.rows, c.spend, c.impressions, c.clicks) is distinct from (n.rows, n.spend, n.impressions, n.clicks)
