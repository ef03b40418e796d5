-- Which windows were asked for, and by whom: a newer window takes the place of those of the same asker alone.
create table {sync_windows} (
  account_id text not null,
  report text not null,
  asked_by text not null,
  date date not null,
  date_stop date not null,
  run_id uuid not null,
  asked_at timestamptz not null,
  primary key (account_id, report, asked_by, date, date_stop)
);
comment on table {sync_windows} is 'The windows of reports with time_increment = "all_days" that were asked for, and by whom';
comment on column {sync_windows}.asked_by is 'A schedule, or the window that a command asked for';
comment on column {sync_windows}.date is 'First day of the window, in the account''s zone';
comment on column {sync_windows}.date_stop is 'Last day of the window, in the account''s zone';
