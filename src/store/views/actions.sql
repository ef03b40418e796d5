from :rows i
-- A value may come without a count, and a count without a value.
cross join lateral (
  select 'actions' as source, coalesce(n.key, m.key) as action_type, n.value as counted, m.value as worth
  from jsonb_each(case jsonb_typeof(i.actions) when 'object' then i.actions end) n
  full join jsonb_each(case jsonb_typeof(i.action_values) when 'object' then i.action_values end) m on m.key = n.key
  union all
  select 'conversions', coalesce(n.key, m.key), n.value, m.value
  from jsonb_each(case jsonb_typeof(i.conversions) when 'object' then i.conversions end) n
  full join jsonb_each(case jsonb_typeof(i.conversion_values) when 'object' then i.conversion_values end) m on m.key = n.key
) a
