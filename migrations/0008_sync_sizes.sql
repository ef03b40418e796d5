-- Which size of a question worked.
create table {sync_sizes} (
  account_id text not null,
  question text not null,
  page_size integer,
  days integer,
  seen_at timestamptz not null,
  primary key (account_id, question)
);
comment on table {sync_sizes} is 'The size of page and window that Meta last answered, per account and question';
