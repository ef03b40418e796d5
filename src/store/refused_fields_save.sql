-- Fields of another version are asked for again, so they are forgotten as soon as this one has run.
with gone as (
  delete from {sync_refused_fields} where (api_version, app_version) is distinct from ($3, $4)
    and (question, field) not in (select * from unnest($1::text[], $2::text[]))
)
insert into {sync_refused_fields} as known (question, field, api_version, app_version, seen_at)
select u.question, u.field, $3, $4, $5
from unnest($1::text[], $2::text[]) as u(question, field)
order by 1, 2
on conflict (question, field) do update
set api_version = excluded.api_version, app_version = excluded.app_version, seen_at = excluded.seen_at
where (known.api_version, known.app_version) is distinct from (excluded.api_version, excluded.app_version)
