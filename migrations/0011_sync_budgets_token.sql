-- Each token may be of another app, whose budgets are its own. What stood there was an hour old at most.
drop table {sync_budgets};
create table {sync_budgets} (
  token text not null,
  account_id text not null,
  use_case text not null,
  usage_pct numeric,
  blocked_until timestamptz,
  seen_at timestamptz not null,
  primary key (token, account_id, use_case)
) with (fillfactor = 50);
comment on table {sync_budgets} is 'How full each of Meta''s call budgets was when last seen, and until when it is blocked; an empty account is the app';
comment on column {sync_budgets}.token is 'The name under [tokens]; empty for the token from META_ACCESS_TOKEN';
