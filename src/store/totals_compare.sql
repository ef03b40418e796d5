-- Counts must agree exactly, money within half a cent a row and a cent. A day without a total had no delivery.
with compared as (
  select c.date, c.rows, c.spend, c.impressions, c.clicks,
         coalesce(t.spend, 0) as control_spend,
         coalesce(t.impressions, 0) as control_impressions,
         coalesce(t.clicks, 0) as control_clicks
  from {sync_coverage} c
  left join {account_insights} t on t.account_id = c.account_id and t.date = c.date
  where c.account_id = $1 and c.report = $2 and c.date between $3 and $4 and c.complete
), judged as (
  select *,
         case when date >= $5 then 'moving'
              when impressions = control_impressions and clicks = control_clicks
                   and abs(spend - control_spend) <= 0.005 * rows + 0.01 then 'settled'
              else 'drift' end as verdict
  from compared
), noted as (
  update {sync_coverage} c
  set control_spend = j.control_spend, control_impressions = j.control_impressions, control_clicks = j.control_clicks,
      status = j.verdict
  from judged j
  where c.account_id = $1 and c.report = $2 and c.date = j.date
    and (c.control_spend, c.control_impressions, c.control_clicks, c.status)
        is distinct from (j.control_spend, j.control_impressions, j.control_clicks, j.verdict)
)
select date, control_spend - spend, control_impressions - impressions, control_clicks - clicks
from judged where verdict = 'drift' order by date
