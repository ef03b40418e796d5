-- Only what changed is written. A row that is there is kept up to date even where the budget is empty by now.
insert into {sync_budgets} as known (token, account_id, use_case, usage_pct, blocked_until, seen_at)
select u.token, u.account_id, u.use_case, u.usage_pct, u.blocked_until, $5
from unnest($6::text[], $1::text[], $2::text[], $3::numeric[], $4::timestamptz[])
  as u(token, account_id, use_case, usage_pct, blocked_until)
where u.usage_pct >= 25 or u.blocked_until is not null
   or exists (
     select from {sync_budgets} k
     where k.token = u.token and k.account_id = u.account_id and k.use_case = u.use_case
   )
order by 1, 2, 3
on conflict (token, account_id, use_case) do update
set usage_pct = excluded.usage_pct, blocked_until = excluded.blocked_until, seen_at = excluded.seen_at
where (round(known.usage_pct), known.blocked_until) is distinct from (round(excluded.usage_pct), excluded.blocked_until)
