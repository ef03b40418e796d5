from {ads} e
left join {adsets} s on s.id = e.adset_id
left join {campaigns} c on c.id = e.campaign_id
left join {ad_accounts} o on o.id = 'act_' || e.account_id
-- Without its account's currency an amount cannot be told.
cross join lateral (select case when o.currency is not null then :minor_units end as minor_units) m
