-- Days before those that the status page shows that are not whole, by account: not read to their end, differing from Meta's
-- total, or lacking after a day that is there. $1: the accounts' digits; $2: the first day that is shown of each; $3: its daily
-- reports, parted by commas. One count of all days, in whatever order they lie, tells where some lack; each day is looked at
-- there alone, and where an account's days are shown from a later one on than others'.
with wanted as (
  select x.account_id, x.shown, unnest(string_to_array(x.reports, ',')) as report
  from unnest($1::text[], $2::date[], $3::text[]) as x(account_id, shown, reports)
), least as (
  select min(shown) as shown from unnest($2::date[]) as x(shown)
), counted as materialized (
  select account_id, report, min(date) as first, count(*) filter (where complete and status is distinct from 'drift') as whole
  from {sync_coverage}
  where account_id = any($1) and date < (select shown from least)
  group by account_id, report
), lacking as materialized (
  select w.account_id, w.report, w.shown
  from wanted w
  cross join least l
  join counted c on c.account_id = w.account_id and c.report = w.report
  where l.shown - c.first > c.whole or w.shown > l.shown
)
select account_id, sum(days)::bigint as days, min(first) as first, max(last) as last
from (
  select w.account_id,
         case when c.is_whole then 0 else 1 end + greatest(c.next - c.date - 1, 0) as days,
         case when c.is_whole then c.date + 1 else c.date end as first,
         greatest(c.next - 1, c.date) as last
  from lacking w
  cross join lateral (
    select date, complete and status is distinct from 'drift' as is_whole,
           coalesce(lead(date) over (order by date), w.shown) as next
    from {sync_coverage}
    where account_id = w.account_id and report = w.report and date < w.shown
  ) c
) g
where days > 0
group by account_id
order by 2 desc, 1
