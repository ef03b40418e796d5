from {campaigns} e
left join {ad_accounts} o on o.id = 'act_' || e.account_id
-- Without its account's currency an amount cannot be told.
cross join lateral (select case when o.currency is not null then :minor_units end as minor_units) m
cross join lateral (
  select bool_or(s.daily_budget <> 0 or s.lifetime_budget <> 0) filter (where s.deleted_at is null) as have_budgets,
         sum(nullif(s.daily_budget::numeric, 0))
           filter (where s.deleted_at is null and s.status = 'ACTIVE' and (s.end_time is null or s.end_time > now())) as daily
  from {adsets} s
  where s.campaign_id = e.id
) s
cross join lateral (
  select trim_scale(nullif(e.daily_budget::numeric, 0) / m.minor_units) as own_daily,
         trim_scale(s.daily / m.minor_units) as adsets_daily,
         case
           when e.daily_budget <> 0 or e.lifetime_budget <> 0 then 'campaign'
           when s.have_budgets then 'adset'
         end as level
) b
