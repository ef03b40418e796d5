-- A row per run, account and step: what took the time.
create table {sync_run_steps} (
  run_id uuid not null,
  account_id text not null,
  step text not null,
  status text not null,
  status_reason text,
  started_at timestamptz,
  finished_at timestamptz,
  api_calls integer,
  api_retries integer,
  batch_parts integer,
  splits integer,
  waited_ms bigint,
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
  primary key (run_id, account_id, step)
);
comment on table {sync_run_steps} is 'One row per step of a run and account';
comment on column {sync_run_steps}.step is 'account, campaigns, adsets, ads, insights:<report>, rollup or reconcile';
comment on column {sync_run_steps}.status is 'running, succeeded, failed, throttled, skipped or cancelled';
comment on column {sync_run_steps}.batch_parts is 'Questions sent inside batches; Meta counts each as a call';
comment on column {sync_run_steps}.splits is 'Times that a question was made smaller because Meta found it too large';
comment on column {sync_run_steps}.waited_ms is 'Milliseconds in which the step waited for a call budget';
