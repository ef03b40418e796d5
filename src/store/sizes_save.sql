-- The account stands in the question: act_<digits>/<edge>.
with gone as (
  delete from {sync_sizes} where question <> all($1)
)
insert into {sync_sizes} as known (account_id, question, page_size, seen_at)
select coalesce(substring(u.question from '^act_([0-9]+)/'), ''), u.question, u.page_size, $3
from unnest($1::text[], $2::integer[]) as u(question, page_size)
on conflict (account_id, question) do update set page_size = excluded.page_size, seen_at = excluded.seen_at
where known.page_size is distinct from excluded.page_size
