-- What is known of each schedule beyond its configuration.
create table {sync_schedules} (
  instance text not null,
  schedule text not null,
  last_beat_at timestamptz,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  failures integer not null default 0,
  primary key (instance, schedule)
) with (fillfactor = 50);
comment on table {sync_schedules} is 'Per schedule: up to when its ticks are accounted for, and whether it is paused';
comment on column {sync_schedules}.last_beat_at is 'Every tick due up to then has its row in sync_runs';
