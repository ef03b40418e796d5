-- Meta's call budgets, so that a restarted process does not run into the same wall.
create table {sync_budgets} (
  account_id text not null,
  use_case text not null,
  usage_pct numeric,
  blocked_until timestamptz,
  seen_at timestamptz not null,
  primary key (account_id, use_case)
) with (fillfactor = 50);
comment on table {sync_budgets} is 'How full each of Meta''s call budgets was when last seen, and until when it is blocked; an empty account is the app';
