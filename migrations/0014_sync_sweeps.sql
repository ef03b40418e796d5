-- The monthly look at what should no longer change.
create table {sync_sweeps} (
  account_id text primary key,
  month date not null,
  pending date[] not null,
  looked_at timestamptz not null
);
comment on table {sync_sweeps} is 'The monthly comparison of all covered days with Meta''s totals, per account';
comment on column {sync_sweeps}.month is 'First day of the month whose sweep was begun, in the account''s zone';
comment on column {sync_sweeps}.pending is 'Days that moved and are yet to be read again';
