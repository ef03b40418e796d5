-- Days before those that the status page shows that are not whole, by account: not read to their end, differing from Meta's
-- total, or lacking after a day that is there. $1: the accounts' digits; $2: the first day that is shown of each; $3: its daily
-- reports, parted by commas. Each account and report is read along the index once.
select account_id, sum(days)::bigint as days, min(first) as first, max(last) as last
from (
  select w.account_id,
         case when c.is_whole then 0 else 1 end + greatest(c.next - c.date - 1, 0) as days,
         case when c.is_whole then c.date + 1 else c.date end as first,
         greatest(c.next - 1, c.date) as last
  from (
    select x.account_id, x.shown, unnest(string_to_array(x.reports, ',')) as report
    from unnest($1::text[], $2::date[], $3::text[]) as x(account_id, shown, reports)
  ) w
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
