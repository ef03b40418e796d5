-- The account stands in the question: act_<digits>/<edge>.
with gone as (
  delete from {sync_sizes} where question <> all($1)
)
insert into {sync_sizes} as known (account_id, question, page_size, days, runs, seen_at)
select coalesce(substring(u.question from '^act_([0-9]+)/'), ''), u.question, u.page_size, u.days, u.runs, $5
from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[]) as u(question, page_size, days, runs)
order by 1, 2
on conflict (account_id, question) do update
set page_size = excluded.page_size, days = excluded.days, runs = excluded.runs, seen_at = excluded.seen_at
where (known.page_size, known.days, known.runs) is distinct from (excluded.page_size, excluded.days, excluded.runs)
