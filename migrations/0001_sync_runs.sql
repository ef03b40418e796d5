-- A row per run: one tick of a schedule, or one command. Heartbeats never touch it.
create table {sync_runs} (
  id uuid primary key,
  instance text not null,
  schedule text,
  trigger text not null,
  due_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  status text not null,
  status_reason text,
  accounts text[],
  since date,
  until date,
  api_calls integer,
  api_retries integer,
  throttled_ms bigint,
  usage_peak_pct numeric,
  report_runs integer,
  rows_read bigint,
  rows_inserted bigint,
  rows_updated bigint,
  rows_unchanged bigint,
  rows_deleted bigint,
  error_class text,
  error_code integer,
  error_subcode integer,
  fbtrace_id text,
  error text,
  advice text,
  warnings jsonb,
  ticks integer,
  worker text,
  app_version text,
  api_version text,
  unique (instance, schedule, due_at)
);
create index on {sync_runs} (started_at desc);
create index on {sync_runs} (instance, schedule) where status = 'running';
comment on table {sync_runs} is 'One row per run of adsync: a tick of a schedule, or a command';
comment on column {sync_runs}.instance is 'Replicas of one daemon share it';
comment on column {sync_runs}.schedule is 'The name under [schedules]; empty for commands';
comment on column {sync_runs}.trigger is 'cron, catch_up, manual, backfill or resume';
comment on column {sync_runs}.due_at is 'When the tick fell due';
comment on column {sync_runs}.status is 'running, succeeded, partial, failed, cancelled, skipped or abandoned';
comment on column {sync_runs}.status_reason is 'Why it has that status, in words';
comment on column {sync_runs}.accounts is 'The digits of the accounts that it was to sync';
comment on column {sync_runs}.since is 'First day of its window, the earliest among its accounts; each account has its own zone';
comment on column {sync_runs}.until is 'Last day of its window, the latest among its accounts';
comment on column {sync_runs}.api_calls is 'HTTP requests to Meta';
comment on column {sync_runs}.api_retries is 'Those of them that repeated a failed one';
comment on column {sync_runs}.throttled_ms is 'Wall time in milliseconds in which nothing could go on';
comment on column {sync_runs}.usage_peak_pct is 'The fullest of Meta''s call budgets, in percent';
comment on column {sync_runs}.rows_read is 'Rows that arrived, repeats included, control rows not';
comment on column {sync_runs}.rows_inserted is 'Rows of objects and insights that were new';
comment on column {sync_runs}.rows_updated is 'Rows that differed; objects marked as deleted among them';
comment on column {sync_runs}.rows_unchanged is 'Rows that were there as they are: not written';
comment on column {sync_runs}.rows_deleted is 'Insights rows that Meta no longer reports';
comment on column {sync_runs}.error is 'The first error of the worst class';
comment on column {sync_runs}.advice is 'What a person should do, one sentence';
comment on column {sync_runs}.warnings is 'List of {code, account_id, step, message, count}';
comment on column {sync_runs}.ticks is 'How many consecutive missed or skipped ticks this row stands for';
comment on column {sync_runs}.worker is 'Host and process that ran it';
