-- Longer periods of a report that were read, beside the sum of Meta's totals of their days, today ($5) and what is to come
-- left out. A day without a total had no delivery; one whose total lacks a figure makes the sum no sum. $6: the question
-- that they were read by, where that matters.
select c.date, p.until, c.rows,
       coalesce(c.spend, 0) as spend, coalesce(c.impressions, 0) as impressions, coalesce(c.clicks, 0) as clicks,
       coalesce(sum(t.spend), 0) as total_spend,
       greatest(least(coalesce(sum(t.impressions), 0), 9223372036854775807), -9223372036854775808)::bigint as total_impressions,
       greatest(least(coalesce(sum(t.clicks), 0), 9223372036854775807), -9223372036854775808)::bigint as total_clicks,
       count(t.account_id) = count(t.spend) and count(t.account_id) = count(t.impressions)
         and count(t.account_id) = count(t.clicks) as is_comparable,
       c.control_spend, c.control_impressions, c.control_clicks, c.status,
       (select :minor_units from {ad_accounts} a where a.account_id = $1) as minor_units
from unnest($3::date[], $4::date[]) as p(since, until)
join {sync_coverage} c on c.account_id = $1 and c.report = $2 and c.date = p.since and (c.complete or p.until >= $5)
  and ($6::text is null or c.request_hash = $6)
left join {account_insights} t on t.account_id = $1 and t.date between p.since and least(p.until, $5::date - 1)
group by c.account_id, c.report, c.date, p.until
order by c.date
