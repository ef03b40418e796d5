-- The days whose sums a run ($1) changed, of some accounts ($2), the newest first.
select s.account_id, d.report, d.date, (d.rows ->> 0)::bigint as rows_before, (d.rows ->> 1)::bigint as rows,
       (d.spend ->> 0)::numeric as spend_before, (d.spend ->> 1)::numeric as spend,
       (d.impressions ->> 0)::bigint as impressions_before, (d.impressions ->> 1)::bigint as impressions,
       (d.clicks ->> 0)::bigint as clicks_before, (d.clicks ->> 1)::bigint as clicks
from {sync_run_steps} s
cross join lateral jsonb_to_recordset(case jsonb_typeof(s.changed_days) when 'array' then s.changed_days else '[]' end)
  as d(report text, date date, rows jsonb, spend jsonb, impressions jsonb, clicks jsonb)
where s.run_id = $1 and s.account_id = any($2)
order by s.account_id, d.date desc, d.report
