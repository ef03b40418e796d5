-- When everything of a kind was last listed, archived objects included: that is asked rarely.
create table {sync_listings} (
  account_id text not null,
  entity text not null,
  full_at timestamptz not null,
  primary key (account_id, entity)
);
comment on table {sync_listings} is 'When archived objects of an account were last listed';
