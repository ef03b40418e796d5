-- Every day of a report that was read to its end, beside Meta's total of it. A day without a total had no delivery; a
-- figure that a total lacks cannot be compared and counts as agreeing.
select c.date, c.rows,
       coalesce(c.spend, 0) as spend, coalesce(c.impressions, 0) as impressions, coalesce(c.clicks, 0) as clicks,
       case when t.account_id is null then 0 else coalesce(t.spend, c.spend, 0) end as total_spend,
       case when t.account_id is null then 0 else coalesce(t.impressions, c.impressions, 0) end as total_impressions,
       case when t.account_id is null then 0 else coalesce(t.clicks, c.clicks, 0) end as total_clicks,
       c.control_spend, c.control_impressions, c.control_clicks, c.status
from {sync_coverage} c
left join {account_insights} t on t.account_id = c.account_id and t.date = c.date
where c.account_id = $1 and c.report = $2 and c.date between $3 and $4 and c.complete
order by c.date
