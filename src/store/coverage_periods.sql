-- The periods of a slice that was read to its end, with the sums of their rows (:rows is the report's table). One that
-- still runs ($8 is today) is not complete, and moves. What the comparison with Meta's totals came to stays only where the
-- same question brought rows that sum to what they did then. Gives those whose sums are others than before, as
-- coverage_write.sql does.
with before as (
  select date, rows, spend, impressions, clicks from {sync_coverage}
  where account_id = $1 and report = $2 and date = any($3::date[])
), written as (
insert into {sync_coverage} as c (account_id, report, date, fetched_at, complete, rows, spend, impressions, clicks, status, run_id,
  request_hash, requests)
select $1, $2, p.since, clock_timestamp(), $5 and p.until < $8, count(r.date), coalesce(sum(r.spend), 0),
       greatest(least(coalesce(sum(r.impressions), 0), 9223372036854775807), -9223372036854775808)::bigint,
       greatest(least(coalesce(sum(r.clicks), 0), 9223372036854775807), -9223372036854775808)::bigint,
       case when p.until >= $8 then 'moving' end, $6, $7,
       (select a.reading::jsonb from unnest($9::date[], $10::text[]) as a(date, reading) where a.date = p.since)
from unnest($3::date[], $4::date[]) as p(since, until)
left join :rows r on r.account_id = $1 and r.date = p.since and r.date = any($3::date[]) and r.date_stop = p.until
group by p.since, p.until
on conflict (account_id, report, date) do update
set fetched_at = excluded.fetched_at, complete = excluded.complete, rows = excluded.rows, spend = excluded.spend,
    impressions = excluded.impressions, clicks = excluded.clicks, run_id = excluded.run_id,
    request_hash = excluded.request_hash, requests = excluded.requests,
    status = case when excluded.status is not null then excluded.status
      when c.status <> 'moving' and (c.request_hash, c.rows, c.spend, c.impressions, c.clicks)
        is not distinct from (excluded.request_hash, excluded.rows, excluded.spend, excluded.impressions, excluded.clicks)
        then c.status end,
    unlisted_spend = case when (c.request_hash, c.rows, c.spend, c.impressions, c.clicks)
      is not distinct from (excluded.request_hash, excluded.rows, excluded.spend, excluded.impressions, excluded.clicks)
      then c.unlisted_spend end
returning c.date, c.rows, c.spend, c.impressions, c.clicks
)
select w.date, w.rows, w.spend, w.impressions, w.clicks, b.date is not null as was_there, b.rows as rows_before,
       b.spend as spend_before, b.impressions as impressions_before, b.clicks as clicks_before
from written w
left join before b on b.date = w.date
where (b.rows, b.spend, b.impressions, b.clicks) is distinct from (w.rows, w.spend, w.impressions, w.clicks)
  and (b.date is not null or w.rows > 0)
