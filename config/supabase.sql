-- A login of adsync's own, for a Supabase project or any other PostgreSQL: it reads and writes adsync's tables, sees nothing
-- of yours, and cannot change the shape of any table. Run it as the owner (Supabase: the SQL editor, or psql as postgres); it
-- may be run again at any time. The names are those of the default configuration: for a role or schema of another name,
-- replace them here.
--
--   1. psql "$OWNER_URL" -f config/supabase.sql
--   2. psql "$OWNER_URL" -c '\password adsync'    asks for the password and sends only its hash. In the SQL editor it is
--                                                 alter role adsync password '...', which the server's log may keep.
--   3. adsync migrate                             with DATABASE_URL of this login (Supabase's pooler: adsync.<ref>) and
--                                                 ADSYNC_MIGRATE_DATABASE_URL of the owner, who makes the tables and
--                                                 grants this login what it needs of them
--   4. adsync run                                 with DATABASE_URL alone and database.migrate = "check"
--
-- After an upgrade and after a new report: step 3 again.
-- To undo: grant adsync to current_user; drop owned by adsync; drop role adsync;

begin;

do $$
declare
  cure text;
begin
  -- Row level security is on for every table of adsync's, without a policy, and may be on for an adopted one with policies
  -- of yours. It would hide all rows from an ordinary role, adsync would take each for new, and add it again. Supabase's
  -- postgres may give bypassrls. Elsewhere a role that has it and may create roles does, but on PostgreSQL 15 only a superuser.
  begin
    if not exists (select from pg_roles where rolname = 'adsync') then
      cure := 'create role adsync login bypassrls';
      execute cure;
    elsif not (select rolbypassrls from pg_roles where rolname = 'adsync') then
      cure := 'alter role adsync bypassrls';
      execute cure;
    end if;
  exception when insufficient_privilege then
    raise exception '%; let a superuser do that, and run this file again: %', sqlerrm, cure;
  end;
  -- A role sees of bypassrls no more than the tables that are granted to it.
  execute format('grant connect on database %I to adsync', current_database());
end
$$;

-- adsync sets these for each of its transactions, and these hold for whatever else this login is used for.
alter role adsync set statement_timeout = '120s';
alter role adsync set lock_timeout = '20s';
alter role adsync set idle_in_transaction_session_timeout = '60s';

-- The schema of database.schema, where it is there already. Rights on tables are granted by `adsync migrate`, table by
-- table: default privileges of a schema would open every later table of yours, too.
grant usage on schema public to adsync;

commit;
