-- A run is asked to stop where it beats: whoever works on it, on whatever machine, sees it within five seconds.
alter table {sync_leases} add column stop_by text;
alter table {sync_leases} add column stop_reason text;
comment on column {sync_leases}.stop_by is 'Who asked the run to stop; on the row without an account';
comment on column {sync_leases}.stop_reason is 'Why, in words';
