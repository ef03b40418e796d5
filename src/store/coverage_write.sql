-- The days of a slice that was read to its end, with the sums of their rows (:rows is the report's table).
-- What the comparison with Meta's totals came to stays only where the rows sum to what they did then. Gives every
-- day, and whether its sums are others than before; a day that is new counts where it has rows.
with before as (
  select date, rows, spend, impressions, clicks from {sync_coverage}
  where account_id = $1 and report = $2 and date between $3 and $4
), written as (
insert into {sync_coverage} as c (account_id, report, date, fetched_at, complete, rows, spend, impressions, clicks, run_id, request_hash,
  requests)
select $1, $2, d.day::date, clock_timestamp(), $5, coalesce(r.rows, 0), coalesce(r.spend, 0),
       greatest(least(coalesce(r.impressions, 0), 9223372036854775807), -9223372036854775808)::bigint,
       greatest(least(coalesce(r.clicks, 0), 9223372036854775807), -9223372036854775808)::bigint, $6, $7,
       (select a.reading::jsonb from unnest($8::date[], $9::text[]) as a(date, reading) where a.date = d.day::date)
from generate_series($3::date, $4::date, interval '1 day') as d(day)
left join (
  select date, count(*) as rows, sum(spend) as spend, sum(impressions) as impressions, sum(clicks) as clicks
  from :rows
  where account_id = $1 and date between $3::date and $4::date
  group by date
) r on r.date = d.day::date
on conflict (account_id, report, date) do update
set fetched_at = excluded.fetched_at, complete = excluded.complete, rows = excluded.rows, spend = excluded.spend,
    impressions = excluded.impressions, clicks = excluded.clicks, run_id = excluded.run_id,
    request_hash = excluded.request_hash, requests = excluded.requests,
    status = case when (c.rows, c.spend, c.impressions, c.clicks)
      is not distinct from (excluded.rows, excluded.spend, excluded.impressions, excluded.clicks) then c.status end,
    unlisted_spend = case when (c.rows, c.spend, c.impressions, c.clicks)
      is not distinct from (excluded.rows, excluded.spend, excluded.impressions, excluded.clicks) then c.unlisted_spend end
returning c.date, c.rows, c.spend, c.impressions, c.clicks
)
select w.date, w.rows, w.spend, w.impressions, w.clicks, b.date is not null as was_there, b.rows as rows_before,
       b.spend as spend_before, b.impressions as impressions_before, b.clicks as clicks_before,
       (b.rows, b.spend, b.impressions, b.clicks) is distinct from (w.rows, w.spend, w.impressions, w.clicks)
         and (b.date is not null or w.rows > 0) as has_changed
from written w
left join before b on b.date = w.date
