-- Notes causes that are there. $1 to $4: their ids, kinds, accounts and messages; $5: now. A cause that had ended begins
-- anew and is to be told again; one that goes on only moves its last instant.
insert into {sync_alerts} as a (dedupe_id, kind, account_id, message, first_at, last_at)
select w.dedupe_id, w.kind, w.account_id, w.message, $5, $5
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as w(dedupe_id, kind, account_id, message)
on conflict (dedupe_id) do update set
  kind = excluded.kind,
  account_id = excluded.account_id,
  message = excluded.message,
  first_at = case when a.resolved_at is null then a.first_at else excluded.first_at end,
  last_at = greatest(a.last_at, excluded.last_at),
  sent_at = case when a.resolved_at is null then a.sent_at end,
  resolved_at = null
returning a.dedupe_id, a.first_at = $5
