-- The accounts that did something in a run ($1): those that failed first, then those that took longest. $2: one of them
-- alone. $3 and $4: how many, from which.
select s.account_id, a.name::text as name, a.currency::text as currency, a.timezone_name::text as zone,
       s.days_changed, count(*) over () as all_accounts
from (
  select account_id,
         bool_or(status in ('failed', 'throttled')) as has_failed,
         max(coalesce(finished_at, clock_timestamp())) - min(started_at) as took,
         case when bool_or(days_changed is not null) then sum(days_changed) end as days_changed
  from {sync_run_steps}
  where run_id = $1 and ($2::text is null or account_id = $2)
  group by account_id
) s
left join {ad_accounts} a on a.id = 'act_' || s.account_id
order by s.has_failed desc, s.took desc nulls last, s.account_id
limit $3 offset $4
