-- What a run was asked for over HTTP: no schedule and no command line knows it, and another process may have to go on.
alter table {sync_runs} add column request jsonb;
comment on column {sync_runs}.request is 'What a backfill was asked for over HTTP: {since, until, refresh}';
