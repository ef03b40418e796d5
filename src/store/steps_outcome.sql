-- How an account's (:account) part of a run (r) went: as its steps did, where the run came to its end.
select case
         when r.status in ('running', 'cancelled', 'abandoned') or count(*) = 0 then r.status
         when bool_or(step = 'account' and status in ('failed', 'throttled', 'skipped'))
           then min(status) filter (where step = 'account')
         when bool_or(status in ('failed', 'throttled')) then 'partial'
         else 'succeeded'
       end as status
from {sync_run_steps}
where run_id = r.id and account_id = :account
