-- The ledger: which part of the schema was applied, and from what.
create table {adsync_migrations} (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null
);
comment on table {adsync_migrations} is 'What adsync applied to this schema, with the checksum of its text';
