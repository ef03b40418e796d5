-- Takes the next message that is to be told, for a minute: whoever took it and died is followed by another. $1: the instance;
-- $2: causes whose further accounts are news. Alerts with one told_as are one message; what is to be told of it: that it is
-- there, that it became worse, that it reached further accounts (once an hour at most), that it is over; where it comes and goes, once it has stayed away for six hours.
with alert as (
  select *, split_part(split_part(told_as, '@', 1), ':', 1) = any($2) as is_by_account,
    sent_at is not null and resolved_at is not null and resolved_sent_at is null as is_untold_end
  from {sync_alerts}
  where instance = $1 and told_as is not null
), message as (
  select told_as,
    bool_or(resolved_at is null) as is_open,
    min(first_at) filter (where resolved_at is null) as first_at,
    max(next_try_at) as next_try_at,
    max(urgency) filter (where resolved_at is null) as urgency,
    max(told_urgency) filter (where resolved_at is null and sent_at is not null) as told_urgency,
    bool_or(is_by_account and resolved_at is null and sent_at is null) as has_more,
    max(sent_at) as told_at,
    -- An end that nobody could be told of for a day is history.
    coalesce(bool_or(is_untold_end and resolved_at > now() - interval '1 day')
      and (max(comebacks) filter (where is_untold_end) < 2
        or max(resolved_at) filter (where is_untold_end) < now() - interval '6 hours'), false) as is_unfinished
  from alert
  group by told_as
), due as (
  select told_as, is_open
  from message
  where coalesce(next_try_at <= now(), true)
    and case
      when is_open then
        told_urgency is null or urgency > told_urgency or (has_more and told_at < now() - interval '1 hour')
      else is_unfinished
    end
  order by first_at, told_as
  limit 1
)
update {sync_alerts} a
set next_try_at = now() + interval '60 seconds', attempts = a.attempts + 1
from due d
where a.instance = $1 and a.told_as = d.told_as
  and case
    when d.is_open then a.resolved_at is null
    else a.sent_at is not null and a.resolved_at is not null and a.resolved_sent_at is null
  end
returning a.dedupe_id, a.kind, a.account_id, a.accounts, a.message, a.advice, a.run_id, a.urgency, a.first_at,
  a.resolved_at, a.attempts, a.told_as, a.comebacks, now() as now
