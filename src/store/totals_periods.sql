-- Weeks or months of a report that were read to their end, beside the sum of Meta's totals of their days. A day without a
-- total had no delivery; one whose total lacks a figure makes the sum no sum.
select c.date, c.rows,
       coalesce(c.spend, 0) as spend, coalesce(c.impressions, 0) as impressions, coalesce(c.clicks, 0) as clicks,
       coalesce(sum(t.spend), 0) as total_spend, coalesce(sum(t.impressions), 0)::bigint as total_impressions,
       coalesce(sum(t.clicks), 0)::bigint as total_clicks,
       count(t.account_id) = count(t.spend) and count(t.account_id) = count(t.impressions)
         and count(t.account_id) = count(t.clicks) as is_comparable,
       c.control_spend, c.control_impressions, c.control_clicks, c.status,
       (select :minor_units from {ad_accounts} a where a.account_id = $1) as minor_units
from unnest($3::date[], $4::date[]) as p(since, until)
join {sync_coverage} c on c.account_id = $1 and c.report = $2 and c.date = p.since and c.complete
left join {account_insights} t on t.account_id = $1 and t.date between p.since and p.until
group by c.account_id, c.report, c.date
order by c.date
