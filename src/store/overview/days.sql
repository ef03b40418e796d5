-- What is known of the last days of accounts, over their daily reports: a row for each day of which anything is known.
-- $1: their digits; $2: each one's own today; $3: its daily reports, parted by commas; $4: the report whose sums count as
-- spend, before Meta's own total; $5: how many days before today.
select c.account_id, c.date,
       count(*) as reports,
       bool_and(c.complete) as complete,
       bool_or(c.status = 'drift') as drifts,
       bool_and(coalesce(c.status in ('settled', 'explained', 'not_additive'), false)) as reconciled,
       coalesce(max(c.spend) filter (where c.complete and c.report = $4), max(c.control_spend) filter (where c.complete)) as spend
from unnest($1::text[], $2::date[], $3::text[]) as w(account_id, today, reports)
join {sync_coverage} c
  on c.account_id = w.account_id and c.report = any(string_to_array(w.reports, ',')) and c.date between w.today - $5::integer and w.today
group by c.account_id, c.date
order by c.account_id, c.date
