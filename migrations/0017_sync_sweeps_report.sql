-- A report is swept by the schedule that looks back furthest at it: how far that is, is a report's. What stood there was
-- what one month's sweep had yet to do; it begins anew.
drop table {sync_sweeps};
create table {sync_sweeps} (
  account_id text not null,
  report text not null,
  month date not null,
  pending date[] not null,
  looked_at timestamptz not null,
  primary key (account_id, report)
);
comment on table {sync_sweeps} is 'The monthly comparison of all that was ever read with Meta''s totals, per account and report';
comment on column {sync_sweeps}.report is 'The report that is compared';
comment on column {sync_sweeps}.month is 'First day of the month whose sweep was begun, in the account''s zone';
comment on column {sync_sweeps}.pending is 'Days, or first days of longer periods, that moved and are yet to be read again';
