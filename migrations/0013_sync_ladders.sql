-- By which further questions rows were found that an unfiltered listing of insights leaves out.
create table {sync_ladders} (
  account_id text not null,
  level text not null,
  rung text not null,
  seen_at timestamptz not null,
  primary key (account_id, level, rung)
);
comment on table {sync_ladders} is 'Which further questions showed rows that Meta counts and its listings leave out, per account and level';
comment on column {sync_ladders}.rung is 'status: all statuses named; delivery: by delivery_info; id: deleted objects by their ids';
comment on column {sync_ladders}.seen_at is 'When it last showed such a row; after 30 days it is no longer asked';
