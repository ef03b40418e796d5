-- How Meta was asked for insights, each question once: what a figure came from is told by it.
create table {sync_requests} (
  hash text primary key,
  manner text not null,
  api_version text not null,
  path text not null,
  parameters jsonb not null,
  first_asked_at timestamptz not null
);
comment on table {sync_requests} is 'How Meta was asked for insights: each question once, without its account, days and ids, and never with a token';
comment on column {sync_requests}.hash is 'What sync_coverage.requests and sync_run_steps.requests name it by';
comment on column {sync_requests}.manner is 'direct: a call; report_run: worked out by Meta, then read; batch: of up to 50 objects in one call';
comment on column {sync_requests}.api_version is 'The version that was asked for';
comment on column {sync_requests}.first_asked_at is 'When it was asked first';
comment on column {sync_requests}.path is 'The path below the version; <account_id> and <id> stand for digits';
comment on column {sync_requests}.parameters is 'As they were sent; <since>, <until> and <ids> stand for days and ids. Pages are left out';
alter table {sync_coverage} add column requests jsonb;
comment on column {sync_coverage}.requests is 'What it was read with: {run, step, asked}; asked lists the questions of sync_requests in their order, each with its days, the rows it showed, and the objects where several showed some and these are few. Empty where an earlier version read it';
alter table {sync_run_steps} add column requests text[];
comment on column {sync_run_steps}.requests is 'The questions about insights that it asked: hashes of sync_requests';
comment on column {sync_ladders}.rung is 'status: all statuses named; delivery: by delivery_info; id: deleted objects by their ids. Refused, and not asked again for 30 days: deleted_refused (deleted objects named among the statuses), status_refused, delivery_refused';
