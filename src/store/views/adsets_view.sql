from {adsets} e
left join {campaigns} c on c.id = e.campaign_id
left join {ad_accounts} o on o.id = 'act_' || e.account_id
-- Without its account's currency an amount cannot be told.
cross join lateral (select case when o.currency is not null then :minor_units end as minor_units) m
cross join lateral (
  select trim_scale(nullif(e.daily_budget::numeric, 0) / m.minor_units) as own_daily,
         trim_scale(nullif(e.lifetime_budget::numeric, 0) / m.minor_units) as own_lifetime,
         trim_scale(nullif(c.daily_budget::numeric, 0) / m.minor_units) as campaign_daily,
         trim_scale(nullif(c.lifetime_budget::numeric, 0) / m.minor_units) as campaign_lifetime,
         case
           when e.daily_budget <> 0 or e.lifetime_budget <> 0 then 'adset'
           when c.daily_budget <> 0 or c.lifetime_budget <> 0 then 'campaign'
         end as level
) b
