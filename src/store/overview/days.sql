-- What is known of the last days of accounts: a row for each daily report and day. $1: their digits; $2: each one's own today;
-- $3: its daily reports, parted by commas; $4: the report whose sums count as spend, before Meta's own total; $5: how many
-- days before today. Each account and report is looked up by itself: the index then leads to these days and no others.
select w.place::integer as place, c.date, c.complete, c.status, c.fetched_at,
       case when c.report = $4 then c.spend end as spend, c.control_spend
from (
  select x.account_id, x.today, x.place, unnest(string_to_array(x.reports, ',')) as report
  from unnest($1::text[], $2::date[], $3::text[]) with ordinality as x(account_id, today, reports, place)
) w
cross join lateral (
  select *
  from {sync_coverage}
  where account_id = w.account_id and report = w.report and date between w.today - $5::integer and w.today
  offset 0
) c
