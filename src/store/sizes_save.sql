-- Only what this process knows of changes: other processes learn of other questions. The account stands in the question:
-- act_<digits>/<edge>.
with known as (
  select * from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[]) as u(question, page_size, days, runs)
), gone as (
  delete from {sync_sizes} s using known u
  where s.question = u.question and coalesce(u.page_size, u.days, u.runs) is null
)
insert into {sync_sizes} as held (account_id, question, page_size, days, runs, seen_at)
select coalesce(substring(u.question from '^act_([0-9]+)/'), ''), u.question, u.page_size, u.days, u.runs, $5
from known u
where coalesce(u.page_size, u.days, u.runs) is not null
order by 1, 2
on conflict (account_id, question) do update
set page_size = excluded.page_size, days = excluded.days, runs = excluded.runs, seen_at = excluded.seen_at
where (held.page_size, held.days, held.runs) is distinct from (excluded.page_size, excluded.days, excluded.runs)
