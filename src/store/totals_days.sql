-- Every day of a report that was read to its end, beside Meta's total of it. A day without a total had no delivery. A
-- figure that a total lacks, or that could not be read, is nothing only where the rows have nothing of it either: else
-- the day cannot be compared.
select c.date, c.date as until, c.rows,
       coalesce(c.spend, 0) as spend, coalesce(c.impressions, 0) as impressions, coalesce(c.clicks, 0) as clicks,
       case when t.account_id is null then 0 else coalesce(t.spend, c.spend, 0) end as total_spend,
       case when t.account_id is null then 0 else coalesce(t.impressions, c.impressions, 0) end as total_impressions,
       case when t.account_id is null then 0 else coalesce(t.clicks, c.clicks, 0) end as total_clicks,
       t.account_id is null
         or (t.spend is not null or c.rows > 0 and coalesce(c.spend, 0) = 0)
         and (t.impressions is not null or c.rows > 0 and coalesce(c.impressions, 0) = 0)
         and (t.clicks is not null or c.rows > 0 and coalesce(c.clicks, 0) = 0) as is_comparable,
       c.control_spend, c.control_impressions, c.control_clicks, c.status,
       (select :minor_units from {ad_accounts} a where a.account_id = $1) as minor_units
from {sync_coverage} c
left join {account_insights} t on t.account_id = c.account_id and t.date = c.date
where c.account_id = $1 and c.report = $2 and c.date between $3 and $4 and c.complete
order by c.date
