-- Alerts that were sent, so that one cause is told once.
create table {sync_alerts} (
  dedupe_id text primary key,
  kind text not null,
  account_id text,
  first_at timestamptz not null,
  last_at timestamptz not null,
  sent_at timestamptz,
  resolved_at timestamptz,
  message text not null
);
comment on table {sync_alerts} is 'Alerts by cause: when it began, when it was told, when it ended';
