-- Fields that Meta refused, so that they are left out at once until an upgrade.
create table {sync_refused_fields} (
  question text not null,
  field text not null,
  api_version text not null,
  app_version text not null,
  seen_at timestamptz not null,
  primary key (question, field)
);
comment on table {sync_refused_fields} is 'Fields that Meta refuses, by what was asked; asked for again by another version of the API or of adsync';
