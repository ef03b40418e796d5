-- What is known of the days of each report of an account ($1), whose own today $2 is.
select report, min(date) as since, max(date) as until, count(*) as days,
       count(*) filter (where not complete and status is distinct from 'moving') as incomplete,
       count(*) filter (where status in ('settled', 'explained')) as agreeing,
       count(*) filter (where status = 'drift') as drift,
       max(fetched_at) filter (where complete) as fetched_at,
       max(fetched_at) filter (where complete and date between $2 - 1 and $2) as fresh_as_of
from {sync_coverage}
where account_id = $1
group by report
order by report
