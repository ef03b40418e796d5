-- Who is told of an alert, and how far that came. Alerts of one cause are one message.
alter table {sync_alerts}
  add column instance text,
  add column told_as text,
  add column accounts text[],
  add column schedule text,
  add column advice text,
  add column run_id uuid,
  add column urgency smallint not null default 0,
  add column told_urgency smallint,
  add column attempts integer not null default 0,
  add column next_try_at timestamptz,
  add column resolved_sent_at timestamptz;
comment on column {sync_alerts}.instance is 'The daemon that tells it; daemons that share a database have receivers of their own';
comment on column {sync_alerts}.told_as is 'The dedupe id of the message that tells it, which all alerts of one cause share';
comment on column {sync_alerts}.accounts is 'Accounts that it is about beside account_id, by their digits';
comment on column {sync_alerts}.schedule is 'The schedule whose next success ends it; empty for commands; null where any success does';
comment on column {sync_alerts}.advice is 'What a person should do, where the message does not say it';
comment on column {sync_alerts}.run_id is 'The run that met it last';
comment on column {sync_alerts}.urgency is 'Grows as it becomes worse or nearer; what was told is told again when it grows';
comment on column {sync_alerts}.told_urgency is 'The urgency that was told last';
comment on column {sync_alerts}.sent_at is 'When it was last told, by the database''s clock';
comment on column {sync_alerts}.attempts is 'How often its message was tried since it was last told';
comment on column {sync_alerts}.next_try_at is 'When its message may be tried next; ahead while some process is at it';
comment on column {sync_alerts}.resolved_sent_at is 'When it was told that it is over';
