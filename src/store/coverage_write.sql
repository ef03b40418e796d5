-- The days of a slice that was read to its end, with the sums of their rows (:rows is the report's table).
-- What Meta's totals said before no longer belongs to these rows: the day is compared anew.
insert into {sync_coverage} (account_id, report, date, fetched_at, complete, rows, spend, impressions, clicks, run_id, request_hash)
select $1, $2, d.day::date, clock_timestamp(), $5, count(r.date), coalesce(sum(r.spend), 0), coalesce(sum(r.impressions), 0)::bigint,
       coalesce(sum(r.clicks), 0)::bigint, $6, $7
from generate_series($3::date, $4::date, interval '1 day') as d(day)
left join :rows r on r.account_id = $1 and r.date = d.day::date
group by d.day
on conflict (account_id, report, date) do update
set fetched_at = excluded.fetched_at, complete = excluded.complete, rows = excluded.rows, spend = excluded.spend,
    impressions = excluded.impressions, clicks = excluded.clicks, run_id = excluded.run_id,
    request_hash = excluded.request_hash, status = null, unlisted_spend = null
