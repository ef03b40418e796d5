-- Which reports each daemon reads that shares this schema: views and functions cover those of all, whoever makes them.
create table {sync_reports} (
  instance text not null,
  report text not null,
  level text not null,
  time_increment text not null,
  breakdowns text[] not null,
  metrics text[] not null,
  noted_at timestamptz not null,
  primary key (instance, report)
);
comment on table {sync_reports} is 'The reports of every daemon that shares this schema, so that its views cover them all';
comment on column {sync_reports}.instance is 'daemon.instance of the configuration that has the report';
comment on column {sync_reports}.report is 'The name under [reports]; account is Meta''s own totals';
comment on column {sync_reports}.level is 'account, campaign, adset or ad';
comment on column {sync_reports}.time_increment is 'daily, weekly, monthly or all_days';
comment on column {sync_reports}.breakdowns is 'Its breakdowns, in the order of the key';
comment on column {sync_reports}.metrics is 'The names under [metrics] that it has columns for';
comment on column {sync_reports}.noted_at is 'When this was noted. Views forget a daemon that has neither been noted nor run for 31 days';
