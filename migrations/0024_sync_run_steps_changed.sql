-- What a step changed of the figures: the sums of each day before and after, noted where coverage is written.
alter table {sync_run_steps} add column days_changed integer;
alter table {sync_run_steps} add column changed_days jsonb;
comment on column {sync_run_steps}.days_changed is 'Days (or periods) of reports whose sums it changed, or read for the first time and found rows';
comment on column {sync_run_steps}.changed_days is 'The newest hundred of them: list of {report, date, rows, spend, impressions, clicks}, each figure as [before, after] of the day''s sum, before null where the day was new; spend in major units';
