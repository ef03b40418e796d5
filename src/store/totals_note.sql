-- What the comparison of some days came to; only what differs from what stands there is written.
update {sync_coverage} c
set control_spend = v.spend, control_impressions = v.impressions, control_clicks = v.clicks, status = v.status,
    unlisted_spend = v.unlisted
from unnest($3::date[], $4::text[], $5::numeric[], $6::bigint[], $7::bigint[], $8::numeric[])
  as v(date, status, spend, impressions, clicks, unlisted)
where c.account_id = $1 and c.report = $2 and c.date = v.date
  and (c.control_spend, c.control_impressions, c.control_clicks, c.status, c.unlisted_spend)
      is distinct from (v.spend, v.impressions, v.clicks, v.status, v.unlisted)
