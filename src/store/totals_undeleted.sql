-- The rows of some days whose objects are not held as deleted (:rows is the report's table, :objects that of its level).
select r.date, count(*) as rows, coalesce(sum(r.spend), 0) as spend,
       least(coalesce(sum(r.impressions), 0), 9223372036854775807)::bigint as impressions,
       least(coalesce(sum(r.clicks), 0), 9223372036854775807)::bigint as clicks
from :rows r
left join :objects o on o.id = r.:id
where r.account_id = $1 and r.date = any($2) and o.deleted_at is null
group by r.date
