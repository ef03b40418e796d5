-- Who still keeps an alert's account, and whether its cause comes and goes.
alter table {sync_alerts} add column seen_at timestamptz;
alter table {sync_alerts} add column comebacks smallint not null default 0;
comment on column {sync_alerts}.seen_at is 'When a daemon that syncs its account last found it open, by the database''s clock, to ten minutes';
comment on column {sync_alerts}.comebacks is 'How often its message''s cause came back within six hours of its end; from two on its end is told six hours late';
