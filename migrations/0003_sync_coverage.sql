-- What is known of each account, report and day: whether it was read to its end, and whether it agrees with Meta's total.
create table {sync_coverage} (
  account_id text not null,
  report text not null,
  date date not null,
  fetched_at timestamptz not null,
  complete boolean not null,
  rows integer not null,
  spend numeric,
  impressions bigint,
  clicks bigint,
  control_spend numeric,
  control_impressions bigint,
  control_clicks bigint,
  unlisted_spend numeric,
  status text,
  run_id uuid,
  request_hash text not null,
  primary key (account_id, report, date)
);
comment on table {sync_coverage} is 'One row per account, report and day (or period): read to its end, and in agreement with Meta''s total';
comment on column {sync_coverage}.date is 'The day, in the account''s zone; for longer periods their first day';
comment on column {sync_coverage}.complete is 'Whether it was read to its end';
comment on column {sync_coverage}.rows is 'Rows of that day in the report''s table';
comment on column {sync_coverage}.spend is 'Sum of the rows, major units';
comment on column {sync_coverage}.control_spend is 'Meta''s own total of the account for that day, major units';
comment on column {sync_coverage}.unlisted_spend is 'What Meta counts but does not list: deleted objects; major units';
comment on column {sync_coverage}.status is 'settled, moving, explained, drift or not_additive; empty until compared';
comment on column {sync_coverage}.request_hash is 'What was asked: level, breakdowns, fields, increment, windows; a change makes the day stale';
