-- Who may read what, for dashboards that sign people in with Supabase. A sample: copy it, keep what you need, and run it
-- in the SQL editor after the first sync. It may be run again at any time.
--
-- adsync's tables have row level security and no policy, so nobody but the roles in database.grant_select_to reads them.
-- The policies below let a signed-in person (the role `authenticated`) read the accounts that are theirs:
--
--   by client   app_metadata {"client": "aurora"}: every account whose [accounts."act_..."] client = "aurora"
--   by account  app_metadata {"account_ids": ["1029384756102938"]}: these accounts, digits without act_
--
-- app_metadata is set by your server (service_role) alone; never use user_metadata here, which people change themselves.
-- The names are those of the default configuration: schema public, no [tables], the report adset.

begin;

-- An account is theirs by its client, or by its number.
drop policy if exists "their accounts" on public.ad_accounts;
create policy "their accounts" on public.ad_accounts for select to authenticated
using (
  client = (select auth.jwt() -> 'app_metadata' ->> 'client')
  or (select auth.jwt() -> 'app_metadata' -> 'account_ids') ? account_id
);

-- Everything else follows its account: the list below holds only what the policy above lets them see.
drop policy if exists "of their accounts" on public.campaigns;
create policy "of their accounts" on public.campaigns for select to authenticated
using (account_id in (select a.account_id from public.ad_accounts a));

drop policy if exists "of their accounts" on public.adsets;
create policy "of their accounts" on public.adsets for select to authenticated
using (account_id in (select a.account_id from public.ad_accounts a));

-- One for each report's table.
drop policy if exists "of their accounts" on public.adset_insights;
create policy "of their accounts" on public.adset_insights for select to authenticated
using (account_id in (select a.account_id from public.ad_accounts a));

drop policy if exists "of their accounts" on public.account_insights;
create policy "of their accounts" on public.account_insights for select to authenticated
using (account_id in (select a.account_id from public.ad_accounts a));

-- For the view account_freshness.
drop policy if exists "of their accounts" on public.sync_coverage;
create policy "of their accounts" on public.sync_coverage for select to authenticated
using (account_id in (select a.account_id from public.ad_accounts a));

grant select on
  public.ad_accounts, public.campaigns, public.adsets, public.adset_insights, public.account_insights, public.sync_coverage,
  -- Views show each reader what the tables show that reader.
  public.campaigns_view, public.adsets_view, public.adset_insights_view, public.account_insights_view, public.adset_actions,
  public.account_actions, public.account_freshness
to authenticated;

grant execute on function
  public.ads_metrics(date, date, text, text[]),
  -- For embedding: supabase.from('adsets').select('name, campaign(name)').
  public.account(public.campaigns), public.account(public.adsets), public.account(public.adset_insights),
  public.campaign(public.adsets), public.campaign(public.adset_insights), public.adset(public.adset_insights),
  public.campaigns(public.ad_accounts), public.adsets(public.ad_accounts), public.adsets(public.campaigns),
  public.adset_insights(public.adsets)
to authenticated;

commit;
