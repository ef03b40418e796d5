-- Who works on what. A row whose heartbeat lapsed belongs to a dead process.
create table {sync_leases} (
  account_id text not null,
  report text not null,
  run_id uuid not null,
  worker_id uuid not null,
  worker text not null,
  boot_id text not null,
  pid integer not null,
  process_started bigint not null,
  acquired_at timestamptz not null,
  heartbeat_at timestamptz not null,
  primary key (account_id, report)
) with (fillfactor = 50);
create index on {sync_leases} (run_id);
comment on table {sync_leases} is 'Which run works on which account and report right now; an empty account is the run itself';
comment on column {sync_leases}.heartbeat_at is 'Moved every 5 seconds; 30 seconds without one and the holder counts as dead';
comment on column {sync_leases}.boot_id is 'The boot and process namespace of the holder''s machine: there a holder whose process is gone is dead at once';
