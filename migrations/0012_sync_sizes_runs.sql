-- Which questions report runs work out, because direct calls were too much.
alter table {sync_sizes} add column runs integer;
comment on column {sync_sizes}.page_size is 'Rows of a page; empty where the configured number works';
comment on column {sync_sizes}.days is 'Days asked at once; empty where any number works';
comment on column {sync_sizes}.runs is 'Questions that report runs still work out before a direct call is tried again';
