-- Runs as an array of objects named like the table's columns: one, or the last ones. $1: its id; $2: how many at most.
select coalesce(json_agg(r), '[]')::text
from (
  select * from {sync_runs} where id = $1
  union all
  (select * from {sync_runs} where $1 is null and started_at is not null order by started_at desc, id desc limit $2)
) r
