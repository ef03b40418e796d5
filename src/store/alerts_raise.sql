-- Notes causes that are there. $1 to $5: their ids, kinds, accounts, messages and advice; $6: now; $7 to $12: their instances,
-- the ids that they are told by, further accounts with commas between, schedules, runs and urgencies. A cause that had ended
-- begins anew and is to be told again, unless it was away so briefly that nobody was told of its end; one that goes on only
-- moves its last instant. Whether it comes and goes is its message's: each time another account may meet the same cause.
insert into {sync_alerts} as a
  (dedupe_id, kind, account_id, message, advice, first_at, last_at, instance, told_as, accounts, schedule, run_id, urgency,
   comebacks)
select w.dedupe_id, w.kind, w.account_id, w.message, w.advice, $6, $6, w.instance, w.told_as,
  string_to_array(w.accounts, ','), w.schedule, w.run_id, w.urgency,
  case when before.is_open then before.comebacks else least(before.comebacks + 1, 1000) end
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::uuid[], $12::smallint[])
  as w(dedupe_id, kind, account_id, message, advice, instance, told_as, accounts, schedule, run_id, urgency)
cross join lateral (
  select coalesce(bool_or(o.resolved_at is null), false) as is_open, coalesce(max(o.comebacks), -1) as comebacks
  from {sync_alerts} o
  where o.instance = w.instance and o.told_as = w.told_as
    and coalesce(o.resolved_at > $6 - interval '6 hours', true)
) before
on conflict (dedupe_id) do update set
  kind = excluded.kind,
  account_id = excluded.account_id,
  message = excluded.message,
  advice = excluded.advice,
  -- Daemons that share a database may both lose an account: the first tells it, and its end.
  instance = case when a.resolved_at is null then coalesce(a.instance, excluded.instance) else excluded.instance end,
  told_as = case when a.resolved_at is null then coalesce(a.told_as, excluded.told_as) else excluded.told_as end,
  accounts = excluded.accounts,
  schedule = excluded.schedule,
  run_id = excluded.run_id,
  urgency = excluded.urgency,
  first_at = case when a.resolved_at is null then a.first_at else excluded.first_at end,
  last_at = greatest(a.last_at, excluded.last_at),
  sent_at = case when a.resolved_at is null or (a.resolved_sent_at is null and a.resolved_at > $6 - case
    when a.comebacks >= 2 then interval '6 hours' else interval '1 hour' end) then a.sent_at end,
  told_urgency = case when a.resolved_at is null or (a.resolved_sent_at is null and a.resolved_at > $6 - case
    when a.comebacks >= 2 then interval '6 hours' else interval '1 hour' end) then a.told_urgency end,
  comebacks = case when a.resolved_at is null then a.comebacks else excluded.comebacks end,
  attempts = case when a.resolved_at is null then a.attempts else 0 end,
  next_try_at = case when a.resolved_at is null then a.next_try_at end,
  resolved_at = null,
  resolved_sent_at = null
returning a.dedupe_id, a.first_at = $6
