-- A database as the first adsync made it, of the migrations 0000 to 0009: two days of the simulator's small world in June 2026,
-- by `adsync sync --since 2026-06-08 --until 2026-06-09` and `pg_dump --inserts --no-owner --no-privileges`. Never to be edited: it
-- is what databases out there look like.

CREATE TABLE public.account_insights (
    account_id text NOT NULL,
    account_name text,
    date date NOT NULL,
    currency text,
    spend numeric,
    impressions bigint,
    reach bigint,
    frequency numeric,
    clicks bigint,
    inline_link_clicks bigint,
    ctr numeric,
    cpc numeric,
    cpm numeric,
    leads bigint,
    purchases bigint,
    purchase_value numeric,
    messaging_conversations bigint,
    landing_page_views bigint,
    result_type text,
    results numeric,
    cost_per_result numeric,
    actions jsonb,
    action_values jsonb,
    conversions jsonb,
    conversion_values jsonb,
    extra jsonb,
    attribution_setting text,
    last_synced timestamp with time zone
);

COMMENT ON TABLE public.account_insights IS 'Meta insights, one row per account and day. Money is major units of the account''s currency, without tax. Reach, frequency and ratios do not add up. Written by adsync.';

COMMENT ON COLUMN public.account_insights.account_id IS 'The account''s digits';

COMMENT ON COLUMN public.account_insights.account_name IS 'The account''s name on that day';

COMMENT ON COLUMN public.account_insights.date IS 'First day of the row, in the account''s zone';

COMMENT ON COLUMN public.account_insights.currency IS 'ISO code of the account''s currency';

COMMENT ON COLUMN public.account_insights.spend IS 'Media cost, major units, without tax, as in Ads Manager; additive';

COMMENT ON COLUMN public.account_insights.impressions IS 'Times shown; additive';

COMMENT ON COLUMN public.account_insights.reach IS 'People reached; not additive over days or objects';

COMMENT ON COLUMN public.account_insights.frequency IS 'impressions / reach of the row; not additive';

COMMENT ON COLUMN public.account_insights.clicks IS 'All clicks; additive';

COMMENT ON COLUMN public.account_insights.inline_link_clicks IS 'Clicks on links; additive';

COMMENT ON COLUMN public.account_insights.ctr IS 'Percent; not additive: recompute from sums';

COMMENT ON COLUMN public.account_insights.cpc IS 'Major units; not additive: recompute from sums';

COMMENT ON COLUMN public.account_insights.cpm IS 'Major units; not additive: recompute from sums';

COMMENT ON COLUMN public.account_insights.leads IS 'Conversions by the first present name of insights.leads; additive';

COMMENT ON COLUMN public.account_insights.purchases IS 'Conversions by the first present name of insights.purchases; additive';

COMMENT ON COLUMN public.account_insights.purchase_value IS 'Value of the same action type as purchases, major units; additive';

COMMENT ON COLUMN public.account_insights.messaging_conversations IS 'Conversations started; additive';

COMMENT ON COLUMN public.account_insights.landing_page_views IS 'Landing pages seen; additive';

COMMENT ON COLUMN public.account_insights.result_type IS 'What counts as a result here: Meta''s indicator';

COMMENT ON COLUMN public.account_insights.results IS 'Results by result_type; add up only rows of one result_type';

COMMENT ON COLUMN public.account_insights.cost_per_result IS 'Major units; not additive';

COMMENT ON COLUMN public.account_insights.actions IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.account_insights.action_values IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.account_insights.conversions IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.account_insights.conversion_values IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.account_insights.extra IS 'insights.extra_fields, and numbers too large for their column';

COMMENT ON COLUMN public.account_insights.attribution_setting IS 'Which attribution setting the conversions follow, Meta''s word';

COMMENT ON COLUMN public.account_insights.last_synced IS 'When adsync last wrote this row; unchanged rows are not written';

CREATE TABLE public.ad_accounts (
    id text NOT NULL,
    account_id text,
    name text,
    label text,
    client text,
    currency text,
    timezone_name text,
    account_status integer,
    disable_reason integer,
    amount_spent bigint,
    balance bigint,
    spend_cap bigint,
    business_id text,
    created_time timestamp with time zone,
    raw jsonb,
    metrics_since date,
    metrics_until date,
    last_synced timestamp with time zone
);

COMMENT ON TABLE public.ad_accounts IS 'Meta ad accounts, one row each. Written by adsync.';

COMMENT ON COLUMN public.ad_accounts.id IS 'The account''s id with its prefix, act_...';

COMMENT ON COLUMN public.ad_accounts.account_id IS 'The account''s digits; every other table joins on this';

COMMENT ON COLUMN public.ad_accounts.name IS 'Name in Ads Manager';

COMMENT ON COLUMN public.ad_accounts.label IS 'Name given in adsync''s configuration';

COMMENT ON COLUMN public.ad_accounts.client IS 'Whose account it is, from adsync''s configuration; read policies go by it';

COMMENT ON COLUMN public.ad_accounts.currency IS 'ISO code of the currency of all its money';

COMMENT ON COLUMN public.ad_accounts.timezone_name IS 'IANA zone that cuts its days';

COMMENT ON COLUMN public.ad_accounts.account_status IS 'Meta''s number: 1 active, 2 disabled, 3 unsettled, 101 closed, ...';

COMMENT ON COLUMN public.ad_accounts.disable_reason IS 'Meta''s number for why it is disabled; 0 is none';

COMMENT ON COLUMN public.ad_accounts.amount_spent IS 'Minor units by Meta''s offset table; counts against spend_cap, not lifetime spend';

COMMENT ON COLUMN public.ad_accounts.balance IS 'Bill due, minor units by Meta''s offset table';

COMMENT ON COLUMN public.ad_accounts.spend_cap IS 'Minor units by Meta''s offset table; 0 is none';

COMMENT ON COLUMN public.ad_accounts.business_id IS 'The business that owns it';

COMMENT ON COLUMN public.ad_accounts.created_time IS 'When it was made';

COMMENT ON COLUMN public.ad_accounts.raw IS 'The whole object, where database.store_raw is on';

COMMENT ON COLUMN public.ad_accounts.metrics_since IS 'First day of the metric columns of adsets and campaigns, in the account''s zone';

COMMENT ON COLUMN public.ad_accounts.metrics_until IS 'Last day of the metric columns of adsets and campaigns, in the account''s zone';

COMMENT ON COLUMN public.ad_accounts.last_synced IS 'When adsync last wrote this row; unchanged rows are not written';

CREATE TABLE public.adset_insights (
    account_id text,
    campaign_id text,
    campaign_name text,
    adset_id text NOT NULL,
    adset_name text,
    account_name text,
    date date NOT NULL,
    currency text,
    spend numeric,
    impressions bigint,
    reach bigint,
    frequency numeric,
    clicks bigint,
    inline_link_clicks bigint,
    ctr numeric,
    cpc numeric,
    cpm numeric,
    leads bigint,
    purchases bigint,
    purchase_value numeric,
    messaging_conversations bigint,
    landing_page_views bigint,
    result_type text,
    results numeric,
    cost_per_result numeric,
    actions jsonb,
    action_values jsonb,
    conversions jsonb,
    conversion_values jsonb,
    extra jsonb,
    attribution_setting text,
    last_synced timestamp with time zone
);

COMMENT ON TABLE public.adset_insights IS 'Meta insights, one row per adset and day. Money is major units of the account''s currency, without tax. Reach, frequency and ratios do not add up. Written by adsync.';

COMMENT ON COLUMN public.adset_insights.account_id IS 'The account''s digits';

COMMENT ON COLUMN public.adset_insights.campaign_id IS 'Meta''s id';

COMMENT ON COLUMN public.adset_insights.campaign_name IS 'The name on that day: group by id';

COMMENT ON COLUMN public.adset_insights.adset_id IS 'Meta''s id';

COMMENT ON COLUMN public.adset_insights.adset_name IS 'The name on that day: group by id';

COMMENT ON COLUMN public.adset_insights.account_name IS 'The account''s name on that day';

COMMENT ON COLUMN public.adset_insights.date IS 'First day of the row, in the account''s zone';

COMMENT ON COLUMN public.adset_insights.currency IS 'ISO code of the account''s currency';

COMMENT ON COLUMN public.adset_insights.spend IS 'Media cost, major units, without tax, as in Ads Manager; additive';

COMMENT ON COLUMN public.adset_insights.impressions IS 'Times shown; additive';

COMMENT ON COLUMN public.adset_insights.reach IS 'People reached; not additive over days or objects';

COMMENT ON COLUMN public.adset_insights.frequency IS 'impressions / reach of the row; not additive';

COMMENT ON COLUMN public.adset_insights.clicks IS 'All clicks; additive';

COMMENT ON COLUMN public.adset_insights.inline_link_clicks IS 'Clicks on links; additive';

COMMENT ON COLUMN public.adset_insights.ctr IS 'Percent; not additive: recompute from sums';

COMMENT ON COLUMN public.adset_insights.cpc IS 'Major units; not additive: recompute from sums';

COMMENT ON COLUMN public.adset_insights.cpm IS 'Major units; not additive: recompute from sums';

COMMENT ON COLUMN public.adset_insights.leads IS 'Conversions by the first present name of insights.leads; additive';

COMMENT ON COLUMN public.adset_insights.purchases IS 'Conversions by the first present name of insights.purchases; additive';

COMMENT ON COLUMN public.adset_insights.purchase_value IS 'Value of the same action type as purchases, major units; additive';

COMMENT ON COLUMN public.adset_insights.messaging_conversations IS 'Conversations started; additive';

COMMENT ON COLUMN public.adset_insights.landing_page_views IS 'Landing pages seen; additive';

COMMENT ON COLUMN public.adset_insights.result_type IS 'What counts as a result here: Meta''s indicator';

COMMENT ON COLUMN public.adset_insights.results IS 'Results by result_type; add up only rows of one result_type';

COMMENT ON COLUMN public.adset_insights.cost_per_result IS 'Major units; not additive';

COMMENT ON COLUMN public.adset_insights.actions IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.adset_insights.action_values IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.adset_insights.conversions IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.adset_insights.conversion_values IS 'Everything Meta gave, by action type; one event stands under several names: never add them up';

COMMENT ON COLUMN public.adset_insights.extra IS 'insights.extra_fields, and numbers too large for their column';

COMMENT ON COLUMN public.adset_insights.attribution_setting IS 'Which attribution setting the conversions follow, Meta''s word';

COMMENT ON COLUMN public.adset_insights.last_synced IS 'When adsync last wrote this row; unchanged rows are not written';

CREATE TABLE public.adsets (
    id text NOT NULL,
    name text,
    status text,
    effective_status text,
    campaign_id text,
    created_time timestamp with time zone,
    updated_at timestamp with time zone,
    start_time timestamp with time zone,
    end_time timestamp with time zone,
    daily_budget bigint,
    lifetime_budget bigint,
    optimization_goal text,
    billing_event text,
    targeting jsonb,
    account_id text,
    configured_status text,
    bid_strategy text,
    bid_amount bigint,
    attribution_spec jsonb,
    promoted_object jsonb,
    destination_type text,
    learning_stage_info jsonb,
    issues_info jsonb,
    raw jsonb,
    deleted_at timestamp with time zone,
    spend numeric,
    impressions bigint,
    clicks bigint,
    inline_link_clicks bigint,
    leads bigint,
    purchases bigint,
    purchase_value numeric,
    messaging_conversations bigint,
    ctr numeric,
    cpc numeric,
    cpm numeric,
    last_synced timestamp with time zone
);

COMMENT ON TABLE public.adsets IS 'Meta ad sets, one row each. Written by adsync.';

COMMENT ON COLUMN public.adsets.id IS 'Meta''s id';

COMMENT ON COLUMN public.adsets.name IS 'Its current name';

COMMENT ON COLUMN public.adsets.status IS 'What its owner set, Meta''s word';

COMMENT ON COLUMN public.adsets.effective_status IS 'What is in force, Meta''s word; new words may appear';

COMMENT ON COLUMN public.adsets.campaign_id IS 'Its campaign: campaigns.id';

COMMENT ON COLUMN public.adsets.created_time IS 'When it was made';

COMMENT ON COLUMN public.adsets.updated_at IS 'Meta''s updated_time';

COMMENT ON COLUMN public.adsets.start_time IS 'When it begins';

COMMENT ON COLUMN public.adsets.end_time IS 'When it ends; empty where open-ended';

COMMENT ON COLUMN public.adsets.daily_budget IS 'Minor units by Meta''s offset table; 0 or empty where the campaign has the budget';

COMMENT ON COLUMN public.adsets.lifetime_budget IS 'Minor units by Meta''s offset table; 0 or empty alike';

COMMENT ON COLUMN public.adsets.optimization_goal IS 'Meta''s word';

COMMENT ON COLUMN public.adsets.billing_event IS 'Meta''s word';

COMMENT ON COLUMN public.adsets.targeting IS 'Whom it reaches, lists sorted';

COMMENT ON COLUMN public.adsets.account_id IS 'The account''s digits';

COMMENT ON COLUMN public.adsets.configured_status IS 'What its owner set, Meta''s word';

COMMENT ON COLUMN public.adsets.bid_strategy IS 'Meta''s word';

COMMENT ON COLUMN public.adsets.bid_amount IS 'Minor units by Meta''s offset table';

COMMENT ON COLUMN public.adsets.attribution_spec IS 'Which conversions it counts, sorted';

COMMENT ON COLUMN public.adsets.promoted_object IS 'What it promotes';

COMMENT ON COLUMN public.adsets.destination_type IS 'Meta''s word';

COMMENT ON COLUMN public.adsets.learning_stage_info IS 'How far Meta''s learning is';

COMMENT ON COLUMN public.adsets.issues_info IS 'What Meta holds against it, sorted';

COMMENT ON COLUMN public.adsets.raw IS 'The whole object, where database.store_raw is on';

COMMENT ON COLUMN public.adsets.deleted_at IS 'When adsync found it deleted or no longer readable';

COMMENT ON COLUMN public.adsets.spend IS 'Sum over the window in ad_accounts.metrics_since/until, major units of the account''s currency';

COMMENT ON COLUMN public.adsets.impressions IS 'Sum over the window';

COMMENT ON COLUMN public.adsets.clicks IS 'Sum over the window, all clicks';

COMMENT ON COLUMN public.adsets.inline_link_clicks IS 'Sum over the window, clicks on links';

COMMENT ON COLUMN public.adsets.leads IS 'Sum over the window, by the first present name of insights.leads';

COMMENT ON COLUMN public.adsets.purchases IS 'Sum over the window, by the first present name of insights.purchases';

COMMENT ON COLUMN public.adsets.purchase_value IS 'Sum over the window, major units, of the same action type as purchases';

COMMENT ON COLUMN public.adsets.messaging_conversations IS 'Sum over the window, conversations started';

COMMENT ON COLUMN public.adsets.ctr IS '100 * clicks / impressions of the window, percent; not additive';

COMMENT ON COLUMN public.adsets.cpc IS 'spend / clicks of the window, major units; not additive';

COMMENT ON COLUMN public.adsets.cpm IS '1000 * spend / impressions of the window, major units; not additive';

COMMENT ON COLUMN public.adsets.last_synced IS 'When adsync last wrote this row; unchanged rows are not written';

CREATE TABLE public.adsync_migrations (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.adsync_migrations IS 'What adsync applied to this schema, with the checksum of its text';

CREATE TABLE public.campaigns (
    id text NOT NULL,
    account_id text,
    name text,
    objective text,
    status text,
    configured_status text,
    effective_status text,
    buying_type text,
    bid_strategy text,
    daily_budget bigint,
    lifetime_budget bigint,
    spend_cap bigint,
    special_ad_categories jsonb,
    issues_info jsonb,
    start_time timestamp with time zone,
    stop_time timestamp with time zone,
    created_time timestamp with time zone,
    updated_at timestamp with time zone,
    raw jsonb,
    deleted_at timestamp with time zone,
    spend numeric,
    impressions bigint,
    clicks bigint,
    inline_link_clicks bigint,
    leads bigint,
    purchases bigint,
    purchase_value numeric,
    messaging_conversations bigint,
    ctr numeric,
    cpc numeric,
    cpm numeric,
    last_synced timestamp with time zone
);

COMMENT ON TABLE public.campaigns IS 'Meta campaigns, one row each. Written by adsync.';

COMMENT ON COLUMN public.campaigns.id IS 'Meta''s id';

COMMENT ON COLUMN public.campaigns.account_id IS 'The account''s digits';

COMMENT ON COLUMN public.campaigns.name IS 'Its current name';

COMMENT ON COLUMN public.campaigns.objective IS 'What it is optimised for, Meta''s word';

COMMENT ON COLUMN public.campaigns.status IS 'What its owner set, Meta''s word';

COMMENT ON COLUMN public.campaigns.configured_status IS 'What its owner set, Meta''s word';

COMMENT ON COLUMN public.campaigns.effective_status IS 'What is in force, Meta''s word; new words may appear';

COMMENT ON COLUMN public.campaigns.buying_type IS 'AUCTION or RESERVED, Meta''s word';

COMMENT ON COLUMN public.campaigns.bid_strategy IS 'Meta''s word; empty without a campaign budget';

COMMENT ON COLUMN public.campaigns.daily_budget IS 'Minor units by Meta''s offset table; empty where the ad sets have the budget';

COMMENT ON COLUMN public.campaigns.lifetime_budget IS 'Minor units by Meta''s offset table';

COMMENT ON COLUMN public.campaigns.spend_cap IS 'Minor units by Meta''s offset table';

COMMENT ON COLUMN public.campaigns.special_ad_categories IS 'Sorted list of Meta''s words';

COMMENT ON COLUMN public.campaigns.issues_info IS 'What Meta holds against it, sorted';

COMMENT ON COLUMN public.campaigns.start_time IS 'From its ad sets; empty where it never had one';

COMMENT ON COLUMN public.campaigns.stop_time IS 'From its ad sets; empty where open-ended';

COMMENT ON COLUMN public.campaigns.created_time IS 'When it was made';

COMMENT ON COLUMN public.campaigns.updated_at IS 'Meta''s updated_time, which a change of budget does not move';

COMMENT ON COLUMN public.campaigns.raw IS 'The whole object, where database.store_raw is on';

COMMENT ON COLUMN public.campaigns.deleted_at IS 'When adsync found it deleted or no longer readable';

COMMENT ON COLUMN public.campaigns.spend IS 'Sum over the window in ad_accounts.metrics_since/until, major units of the account''s currency';

COMMENT ON COLUMN public.campaigns.impressions IS 'Sum over the window';

COMMENT ON COLUMN public.campaigns.clicks IS 'Sum over the window, all clicks';

COMMENT ON COLUMN public.campaigns.inline_link_clicks IS 'Sum over the window, clicks on links';

COMMENT ON COLUMN public.campaigns.leads IS 'Sum over the window, by the first present name of insights.leads';

COMMENT ON COLUMN public.campaigns.purchases IS 'Sum over the window, by the first present name of insights.purchases';

COMMENT ON COLUMN public.campaigns.purchase_value IS 'Sum over the window, major units, of the same action type as purchases';

COMMENT ON COLUMN public.campaigns.messaging_conversations IS 'Sum over the window, conversations started';

COMMENT ON COLUMN public.campaigns.ctr IS '100 * clicks / impressions of the window, percent; not additive';

COMMENT ON COLUMN public.campaigns.cpc IS 'spend / clicks of the window, major units; not additive';

COMMENT ON COLUMN public.campaigns.cpm IS '1000 * spend / impressions of the window, major units; not additive';

COMMENT ON COLUMN public.campaigns.last_synced IS 'When adsync last wrote this row; unchanged rows are not written';

CREATE TABLE public.sync_alerts (
    dedupe_id text NOT NULL,
    kind text NOT NULL,
    account_id text,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    resolved_at timestamp with time zone,
    message text NOT NULL
);

COMMENT ON TABLE public.sync_alerts IS 'Alerts by cause: when it began, when it was told, when it ended';

CREATE TABLE public.sync_budgets (
    account_id text NOT NULL,
    use_case text NOT NULL,
    usage_pct numeric,
    blocked_until timestamp with time zone,
    seen_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.sync_budgets IS 'How full each of Meta''s call budgets was when last seen, and until when it is blocked; an empty account is the app';

CREATE TABLE public.sync_coverage (
    account_id text NOT NULL,
    report text NOT NULL,
    date date NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    complete boolean NOT NULL,
    rows integer NOT NULL,
    spend numeric,
    impressions bigint,
    clicks bigint,
    control_spend numeric,
    control_impressions bigint,
    control_clicks bigint,
    unlisted_spend numeric,
    status text,
    run_id uuid,
    request_hash text NOT NULL
);

COMMENT ON TABLE public.sync_coverage IS 'One row per account, report and day (or period): read to its end, and in agreement with Meta''s total';

COMMENT ON COLUMN public.sync_coverage.date IS 'The day, in the account''s zone; for longer periods their first day';

COMMENT ON COLUMN public.sync_coverage.complete IS 'Whether it was read to its end';

COMMENT ON COLUMN public.sync_coverage.rows IS 'Rows of that day in the report''s table';

COMMENT ON COLUMN public.sync_coverage.spend IS 'Sum of the rows, major units';

COMMENT ON COLUMN public.sync_coverage.control_spend IS 'Meta''s own total of the account for that day, major units';

COMMENT ON COLUMN public.sync_coverage.unlisted_spend IS 'What Meta counts but does not list: deleted objects; major units';

COMMENT ON COLUMN public.sync_coverage.status IS 'settled, moving, explained, drift or not_additive; empty until compared';

COMMENT ON COLUMN public.sync_coverage.request_hash IS 'What was asked: level, breakdowns, fields, increment, windows; a change makes the day stale';

CREATE TABLE public.sync_leases (
    account_id text NOT NULL,
    report text NOT NULL,
    run_id uuid NOT NULL,
    worker_id uuid NOT NULL,
    worker text NOT NULL,
    boot_id text NOT NULL,
    pid integer NOT NULL,
    process_started bigint NOT NULL,
    acquired_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.sync_leases IS 'Which run works on which account and report right now; an empty account is the run itself';

COMMENT ON COLUMN public.sync_leases.boot_id IS 'The boot and process namespace of the holder''s machine: there a holder whose process is gone is dead at once';

COMMENT ON COLUMN public.sync_leases.heartbeat_at IS 'Moved every 5 seconds; 30 seconds without one and the holder counts as dead';

CREATE TABLE public.sync_listings (
    account_id text NOT NULL,
    entity text NOT NULL,
    full_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.sync_listings IS 'When archived objects of an account were last listed';

CREATE TABLE public.sync_run_steps (
    run_id uuid NOT NULL,
    account_id text NOT NULL,
    step text NOT NULL,
    status text NOT NULL,
    status_reason text,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    api_calls integer,
    api_retries integer,
    batch_parts integer,
    splits integer,
    waited_ms bigint,
    rows_read bigint,
    rows_inserted bigint,
    rows_updated bigint,
    rows_unchanged bigint,
    rows_deleted bigint,
    error_class text,
    error_code integer,
    error_subcode integer,
    fbtrace_id text,
    error text,
    advice text
);

COMMENT ON TABLE public.sync_run_steps IS 'One row per step of a run and account';

COMMENT ON COLUMN public.sync_run_steps.step IS 'account, campaigns, adsets, ads, insights:<report>, rollup or reconcile';

COMMENT ON COLUMN public.sync_run_steps.status IS 'running, succeeded, failed, throttled, skipped or cancelled';

COMMENT ON COLUMN public.sync_run_steps.batch_parts IS 'Questions sent inside batches; Meta counts each as a call';

COMMENT ON COLUMN public.sync_run_steps.splits IS 'Times that a question was made smaller because Meta found it too large';

COMMENT ON COLUMN public.sync_run_steps.waited_ms IS 'Milliseconds in which the step waited for a call budget';

CREATE TABLE public.sync_runs (
    id uuid NOT NULL,
    instance text NOT NULL,
    schedule text,
    trigger text NOT NULL,
    due_at timestamp with time zone,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    status text NOT NULL,
    status_reason text,
    accounts text[],
    since date,
    until date,
    api_calls integer,
    api_retries integer,
    throttled_ms bigint,
    usage_peak_pct numeric,
    report_runs integer,
    rows_read bigint,
    rows_inserted bigint,
    rows_updated bigint,
    rows_unchanged bigint,
    rows_deleted bigint,
    error_class text,
    error_code integer,
    error_subcode integer,
    fbtrace_id text,
    error text,
    advice text,
    warnings jsonb,
    ticks integer,
    worker text,
    app_version text,
    api_version text
);

COMMENT ON TABLE public.sync_runs IS 'One row per run of adsync: a tick of a schedule, or a command';

COMMENT ON COLUMN public.sync_runs.instance IS 'Replicas of one daemon share it';

COMMENT ON COLUMN public.sync_runs.schedule IS 'The name under [schedules]; empty for commands';

COMMENT ON COLUMN public.sync_runs.trigger IS 'cron, catch_up, manual, backfill or resume';

COMMENT ON COLUMN public.sync_runs.due_at IS 'When the tick fell due';

COMMENT ON COLUMN public.sync_runs.status IS 'running, succeeded, partial, failed, cancelled, skipped or abandoned';

COMMENT ON COLUMN public.sync_runs.status_reason IS 'Why it has that status, in words';

COMMENT ON COLUMN public.sync_runs.accounts IS 'The digits of the accounts that it was to sync';

COMMENT ON COLUMN public.sync_runs.since IS 'First day of its window, the earliest among its accounts; each account has its own zone';

COMMENT ON COLUMN public.sync_runs.until IS 'Last day of its window, the latest among its accounts';

COMMENT ON COLUMN public.sync_runs.api_calls IS 'HTTP requests to Meta';

COMMENT ON COLUMN public.sync_runs.api_retries IS 'Those of them that repeated a failed one';

COMMENT ON COLUMN public.sync_runs.throttled_ms IS 'Wall time in milliseconds in which nothing could go on';

COMMENT ON COLUMN public.sync_runs.usage_peak_pct IS 'The fullest of Meta''s call budgets, in percent';

COMMENT ON COLUMN public.sync_runs.rows_read IS 'Rows that arrived, repeats included, control rows not';

COMMENT ON COLUMN public.sync_runs.rows_inserted IS 'Rows of objects and insights that were new';

COMMENT ON COLUMN public.sync_runs.rows_updated IS 'Rows that differed; objects marked as deleted among them';

COMMENT ON COLUMN public.sync_runs.rows_unchanged IS 'Rows that were there as they are: not written';

COMMENT ON COLUMN public.sync_runs.rows_deleted IS 'Insights rows that Meta no longer reports';

COMMENT ON COLUMN public.sync_runs.error IS 'The first error of the worst class';

COMMENT ON COLUMN public.sync_runs.advice IS 'What a person should do, one sentence';

COMMENT ON COLUMN public.sync_runs.warnings IS 'List of {code, account_id, step, message, count}';

COMMENT ON COLUMN public.sync_runs.ticks IS 'How many consecutive missed or skipped ticks this row stands for';

COMMENT ON COLUMN public.sync_runs.worker IS 'Host and process that ran it';

CREATE TABLE public.sync_schedules (
    instance text NOT NULL,
    schedule text NOT NULL,
    last_beat_at timestamp with time zone,
    paused_at timestamp with time zone,
    paused_by text,
    pause_reason text,
    failures integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.sync_schedules IS 'Per schedule: up to when its ticks are accounted for, and whether it is paused';

COMMENT ON COLUMN public.sync_schedules.last_beat_at IS 'Every tick due up to then has its row in sync_runs';

CREATE TABLE public.sync_sizes (
    account_id text NOT NULL,
    question text NOT NULL,
    page_size integer,
    days integer,
    seen_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.sync_sizes IS 'The size of page and window that Meta last answered, per account and question';

INSERT INTO public.account_insights VALUES ('1029384756102938', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 1572.4, 75589, 35577, 2.124659, 1400, 1036, 1.852121, 1.123143, 20.801969, 52, 6, 1591.19, 20, 382, NULL, NULL, NULL, '{"lead": 52, "purchase": 6, "link_click": 1036, "video_view": 10754, "omni_purchase": 6, "onsite_web_lead": 15, "page_engagement": 12097, "post_engagement": 12097, "landing_page_view": 382, "onsite_web_purchase": 6, "web_in_store_purchase": 6, "omni_landing_page_view": 382, "onsite_web_app_purchase": 6, "web_app_in_store_purchase": 6, "onsite_conversion.lead_grouped": 37, "offsite_purchase_add_20_s_calls": 6, "offsite_conversion.fb_pixel_lead": 15, "offsite_conversion.fb_pixel_purchase": 6, "onsite_conversion.messaging_first_reply": 15, "offsite_complete_registration_add_meta_leads": 37, "onsite_conversion.messaging_conversation_started_7d": 20}', '{"purchase": 1591.19, "omni_purchase": 1591.19, "onsite_web_purchase": 1591.19, "web_in_store_purchase": 1591.19, "onsite_web_app_purchase": 1591.19, "web_app_in_store_purchase": 0.15, "offsite_conversion.fb_pixel_purchase": 1591.19}', '{"schedule_total": 7, "schedule_website": 7}', NULL, NULL, NULL, '2026-11-26 18:03:22.738552+00');
INSERT INTO public.account_insights VALUES ('1029384756102938', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 1854.18, 100730, 47747, 2.109661, 1898, 1402, 1.884245, 0.976913, 18.407426, 75, 8, 2324.44, 52, 354, NULL, NULL, NULL, '{"lead": 75, "purchase": 8, "link_click": 1402, "video_view": 14032, "omni_purchase": 8, "onsite_web_lead": 10, "page_engagement": 15835, "post_engagement": 15835, "landing_page_view": 354, "onsite_web_purchase": 8, "web_in_store_purchase": 8, "omni_landing_page_view": 354, "onsite_web_app_purchase": 8, "web_app_in_store_purchase": 8, "onsite_conversion.lead_grouped": 65, "offsite_purchase_add_20_s_calls": 8, "offsite_conversion.fb_pixel_lead": 10, "offsite_conversion.fb_pixel_purchase": 8, "onsite_conversion.messaging_first_reply": 39, "offsite_complete_registration_add_meta_leads": 65, "onsite_conversion.messaging_conversation_started_7d": 52}', '{"purchase": 2324.44, "omni_purchase": 2324.44, "onsite_web_purchase": 2324.44, "web_in_store_purchase": 2324.44, "onsite_web_app_purchase": 2324.44, "web_app_in_store_purchase": 0.23, "offsite_conversion.fb_pixel_purchase": 2324.44}', '{"schedule_total": 7, "schedule_website": 7}', NULL, NULL, NULL, '2026-11-26 18:03:22.738552+00');

INSERT INTO public.ad_accounts VALUES ('act_1029384756102938', '1029384756102938', 'Clinica Aurora - Ads', NULL, NULL, 'BRL', 'America/Sao_Paulo', 1, 0, 18844210, 12034, 0, '2938475610293847', '2025-01-26 18:00:00+00', NULL, '2026-11-19', '2026-11-26', '2026-11-26 18:03:22.735379+00');

INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000010123', 'Ad set 00001', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 77.95, 4784, 3589, 1.332962, 73, 54, 1.52592, 1.067808, 16.293896, 5, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 5, 15.59, '{"lead": 5, "link_click": 54, "video_view": 377, "page_engagement": 451, "post_engagement": 451, "onsite_conversion.lead_grouped": 5, "offsite_complete_registration_add_meta_leads": 5}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000010123', 'Ad set 00001', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 54.19, 4679, 4398, 1.063893, 71, 52, 1.517418, 0.763239, 11.581535, 3, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 3, 18.063333, '{"lead": 3, "link_click": 52, "video_view": 865, "page_engagement": 936, "post_engagement": 936, "onsite_conversion.lead_grouped": 3, "offsite_complete_registration_add_meta_leads": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000020130', 'Ad set 00002', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 51.02, 3372, 2547, 1.32391, 65, 48, 1.927639, 0.784923, 15.130486, 0, 0, 0, 0, 37, 'actions:offsite_conversion.fb_pixel_purchase', NULL, NULL, '{"link_click": 48, "video_view": 569, "page_engagement": 631, "post_engagement": 631, "landing_page_view": 37, "omni_landing_page_view": 37}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000020130', 'Ad set 00002', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 58.42, 3803, 2975, 1.278319, 75, 56, 1.972127, 0.778933, 15.361557, 0, 2, 619.36, 0, 44, 'actions:offsite_conversion.fb_pixel_purchase', 2, 29.21, '{"purchase": 2, "link_click": 56, "video_view": 532, "omni_purchase": 2, "page_engagement": 604, "post_engagement": 604, "landing_page_view": 44, "onsite_web_purchase": 2, "web_in_store_purchase": 2, "omni_landing_page_view": 44, "onsite_web_app_purchase": 2, "web_app_in_store_purchase": 2, "offsite_purchase_add_20_s_calls": 2, "offsite_conversion.fb_pixel_purchase": 2}', '{"purchase": 619.36, "omni_purchase": 619.36, "onsite_web_purchase": 619.36, "web_in_store_purchase": 619.36, "onsite_web_app_purchase": 619.36, "web_app_in_store_purchase": 0.06, "offsite_conversion.fb_pixel_purchase": 619.36}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000030137', 'Ad set 00003', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 33.93, 1395, 1072, 1.301306, 17, 13, 1.218638, 1.995882, 24.322581, 0, 0, 0, 4, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 4, 8.4825, '{"link_click": 13, "video_view": 214, "page_engagement": 232, "post_engagement": 232, "onsite_conversion.messaging_first_reply": 3, "onsite_conversion.messaging_conversation_started_7d": 4}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000040144', 'Ad set 00004', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 75.09, 2408, 1929, 1.248315, 56, 42, 2.325581, 1.340893, 31.183555, 3, 0, 0, 0, 29, 'actions:offsite_conversion.fb_pixel_lead', 3, 25.03, '{"lead": 3, "link_click": 42, "video_view": 439, "onsite_web_lead": 3, "page_engagement": 491, "post_engagement": 491, "landing_page_view": 29, "omni_landing_page_view": 29, "offsite_conversion.fb_pixel_lead": 3}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000050151', 'Ad set 00005', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 25.17, 2046, 1604, 1.275561, 34, 25, 1.661779, 0.740294, 12.302053, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 12.585, '{"lead": 2, "link_click": 25, "video_view": 429, "page_engagement": 462, "post_engagement": 462, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000050151', 'Ad set 00005', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 80.72, 6176, 4520, 1.366372, 95, 70, 1.538212, 0.849684, 13.069948, 7, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 7, 11.531429, '{"lead": 7, "link_click": 70, "video_view": 588, "page_engagement": 683, "post_engagement": 683, "onsite_conversion.lead_grouped": 7, "offsite_complete_registration_add_meta_leads": 7}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000060158', 'Ad set 00006', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 18.76, 946, 771, 1.226978, 23, 17, 2.43129, 0.815652, 19.830867, 1, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 1, 18.76, '{"lead": 1, "link_click": 17, "video_view": 168, "page_engagement": 189, "post_engagement": 189, "onsite_conversion.lead_grouped": 1, "offsite_complete_registration_add_meta_leads": 1}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000060158', 'Ad set 00006', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 34.91, 2166, 1652, 1.311138, 39, 29, 1.800554, 0.895128, 16.117267, 3, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 3, 11.636667, '{"lead": 3, "link_click": 29, "video_view": 364, "page_engagement": 402, "post_engagement": 402, "onsite_conversion.lead_grouped": 3, "offsite_complete_registration_add_meta_leads": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000070165', 'Ad set 00007', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 42.73, 2957, 2664, 1.109985, 65, 48, 2.198174, 0.657385, 14.450457, 0, 0, 0, 0, 38, 'actions:offsite_conversion.fb_pixel_purchase', NULL, NULL, '{"link_click": 48, "video_view": 428, "page_engagement": 488, "post_engagement": 488, "landing_page_view": 38, "omni_landing_page_view": 38}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000140214', 'Ad set 00014', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 78.52, 3357, 2711, 1.238288, 70, 52, 2.085195, 1.121714, 23.389931, 3, 0, 0, 0, 35, 'actions:offsite_conversion.fb_pixel_lead', 3, 26.173333, '{"lead": 3, "link_click": 52, "video_view": 558, "onsite_web_lead": 3, "page_engagement": 624, "post_engagement": 624, "landing_page_view": 35, "omni_landing_page_view": 35, "offsite_conversion.fb_pixel_lead": 3}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000070165', 'Ad set 00007', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 69.66, 4345, 3527, 1.231925, 93, 69, 2.140391, 0.749032, 16.032221, 0, 2, 704.94, 0, 55, 'actions:offsite_conversion.fb_pixel_purchase', 2, 34.83, '{"purchase": 2, "link_click": 69, "video_view": 629, "omni_purchase": 2, "page_engagement": 714, "post_engagement": 714, "landing_page_view": 55, "onsite_web_purchase": 2, "web_in_store_purchase": 2, "omni_landing_page_view": 55, "onsite_web_app_purchase": 2, "web_app_in_store_purchase": 2, "offsite_purchase_add_20_s_calls": 2, "offsite_conversion.fb_pixel_purchase": 2}', '{"purchase": 704.94, "omni_purchase": 704.94, "onsite_web_purchase": 704.94, "web_in_store_purchase": 704.94, "onsite_web_app_purchase": 704.94, "web_app_in_store_purchase": 0.07, "offsite_conversion.fb_pixel_purchase": 704.94}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000090179', 'Ad set 00009', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 53.65, 2135, 1646, 1.297084, 27, 20, 1.264637, 1.987037, 25.128806, 1, 0, 0, 0, 13, 'actions:offsite_conversion.fb_pixel_lead', 1, 53.65, '{"lead": 1, "link_click": 20, "video_view": 364, "onsite_web_lead": 1, "page_engagement": 393, "post_engagement": 393, "landing_page_view": 13, "omni_landing_page_view": 13, "offsite_conversion.fb_pixel_lead": 1}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000090179', 'Ad set 00009', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 54.73, 2446, 1974, 1.239108, 32, 23, 1.308258, 1.710313, 22.375307, 1, 0, 0, 0, 15, 'actions:offsite_conversion.fb_pixel_lead', 1, 54.73, '{"lead": 1, "link_click": 23, "video_view": 428, "onsite_web_lead": 1, "page_engagement": 461, "post_engagement": 461, "landing_page_view": 15, "omni_landing_page_view": 15, "offsite_conversion.fb_pixel_lead": 1}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000100186', 'Ad set 00010', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 70.55, 5012, 4255, 1.177908, 92, 68, 1.835595, 0.766848, 14.076217, 6, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 6, 11.758333, '{"lead": 6, "link_click": 68, "video_view": 391, "page_engagement": 479, "post_engagement": 479, "onsite_conversion.lead_grouped": 6, "offsite_complete_registration_add_meta_leads": 6}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000110193', 'Ad set 00011', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 65.25, 5099, 3909, 1.304426, 85, 63, 1.666994, 0.767647, 12.796627, 3, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 3, 21.75, '{"lead": 3, "link_click": 63, "video_view": 881, "page_engagement": 964, "post_engagement": 964, "onsite_conversion.lead_grouped": 3, "offsite_complete_registration_add_meta_leads": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000110193', 'Ad set 00011', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 71.3, 5677, 4320, 1.31412, 95, 70, 1.673419, 0.750526, 12.55945, 6, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 6, 11.883333, '{"lead": 6, "link_click": 70, "video_view": 1144, "page_engagement": 1236, "post_engagement": 1236, "onsite_conversion.lead_grouped": 6, "offsite_complete_registration_add_meta_leads": 6}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000120200', 'Ad set 00012', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 89.43, 3438, 2514, 1.367542, 75, 55, 2.181501, 1.1924, 26.012216, 0, 2, 628.11, 0, 44, 'actions:offsite_conversion.fb_pixel_purchase', 2, 44.715, '{"purchase": 2, "link_click": 55, "video_view": 368, "omni_purchase": 2, "page_engagement": 436, "post_engagement": 436, "landing_page_view": 44, "onsite_web_purchase": 2, "web_in_store_purchase": 2, "omni_landing_page_view": 44, "onsite_web_app_purchase": 2, "web_app_in_store_purchase": 2, "offsite_purchase_add_20_s_calls": 2, "offsite_conversion.fb_pixel_purchase": 2}', '{"purchase": 628.11, "omni_purchase": 628.11, "onsite_web_purchase": 628.11, "web_in_store_purchase": 628.11, "onsite_web_app_purchase": 628.11, "web_app_in_store_purchase": 0.06, "offsite_conversion.fb_pixel_purchase": 628.11}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000120200', 'Ad set 00012', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 40.66, 1351, 1261, 1.071372, 30, 22, 2.220577, 1.355333, 30.096225, 0, 1, 135.53, 0, 17, 'actions:offsite_conversion.fb_pixel_purchase', 1, 40.66, '{"purchase": 1, "link_click": 22, "video_view": 83, "omni_purchase": 1, "page_engagement": 110, "post_engagement": 110, "landing_page_view": 17, "onsite_web_purchase": 1, "web_in_store_purchase": 1, "omni_landing_page_view": 17, "onsite_web_app_purchase": 1, "web_app_in_store_purchase": 1, "offsite_purchase_add_20_s_calls": 1, "offsite_conversion.fb_pixel_purchase": 1}', '{"purchase": 135.53, "omni_purchase": 135.53, "onsite_web_purchase": 135.53, "web_in_store_purchase": 135.53, "onsite_web_app_purchase": 135.53, "web_app_in_store_purchase": 0.01, "offsite_conversion.fb_pixel_purchase": 135.53}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000130207', 'Ad set 00013', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 85.21, 2929, 2246, 1.304096, 59, 44, 2.014339, 1.444237, 29.09184, 0, 0, 0, 12, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 12, 7.100833, '{"link_click": 44, "video_view": 462, "page_engagement": 518, "post_engagement": 518, "onsite_conversion.messaging_first_reply": 9, "onsite_conversion.messaging_conversation_started_7d": 12}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000130207', 'Ad set 00013', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 102.73, 3596, 2785, 1.291203, 74, 55, 2.057842, 1.388243, 28.567853, 0, 0, 0, 13, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 13, 7.902308, '{"link_click": 55, "video_view": 579, "page_engagement": 649, "post_engagement": 649, "onsite_conversion.messaging_first_reply": 9, "onsite_conversion.messaging_conversation_started_7d": 13}', NULL, '{"schedule_total": 2, "schedule_website": 2}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000140214', 'Ad set 00014', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 81.64, 3230, 2555, 1.264188, 66, 49, 2.043344, 1.23697, 25.275542, 2, 0, 0, 0, 33, 'actions:offsite_conversion.fb_pixel_lead', 2, 40.82, '{"lead": 2, "link_click": 49, "video_view": 443, "onsite_web_lead": 2, "page_engagement": 504, "post_engagement": 504, "landing_page_view": 33, "omni_landing_page_view": 33, "offsite_conversion.fb_pixel_lead": 2}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000150221', 'Ad set 00015', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 80.51, 4604, 3504, 1.313927, 100, 74, 2.172024, 0.8051, 17.486968, 5, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 5, 16.102, '{"lead": 5, "link_click": 74, "video_view": 445, "page_engagement": 538, "post_engagement": 538, "onsite_conversion.lead_grouped": 5, "offsite_complete_registration_add_meta_leads": 5}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000160228', 'Ad set 00016', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 56.79, 2156, 1639, 1.315436, 37, 27, 1.716141, 1.534865, 26.340445, 4, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 4, 14.1975, '{"lead": 4, "link_click": 27, "video_view": 306, "page_engagement": 342, "post_engagement": 342, "onsite_conversion.lead_grouped": 4, "offsite_complete_registration_add_meta_leads": 4}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000160228', 'Ad set 00016', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 28.45, 892, 805, 1.108075, 16, 12, 1.793722, 1.778125, 31.894619, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 14.225, '{"lead": 2, "link_click": 12, "video_view": 82, "page_engagement": 98, "post_engagement": 98, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000170235', 'Ad set 00017', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 101.02, 5031, 4073, 1.235207, 121, 90, 2.405088, 0.834876, 20.079507, 0, 2, 385.8, 0, 71, 'actions:offsite_conversion.fb_pixel_purchase', 2, 50.51, '{"purchase": 2, "link_click": 90, "video_view": 662, "omni_purchase": 2, "page_engagement": 772, "post_engagement": 772, "landing_page_view": 71, "onsite_web_purchase": 2, "web_in_store_purchase": 2, "omni_landing_page_view": 71, "onsite_web_app_purchase": 2, "web_app_in_store_purchase": 2, "offsite_purchase_add_20_s_calls": 2, "offsite_conversion.fb_pixel_purchase": 2}', '{"purchase": 385.8, "omni_purchase": 385.8, "onsite_web_purchase": 385.8, "web_in_store_purchase": 385.8, "onsite_web_app_purchase": 385.8, "web_app_in_store_purchase": 0.03, "offsite_conversion.fb_pixel_purchase": 385.8}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000180242', 'Ad set 00018', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 11.22, 918, 864, 1.0625, 12, 9, 1.30719, 0.935, 12.222222, 0, 0, 0, 1, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 1, 11.22, '{"link_click": 9, "video_view": 163, "page_engagement": 175, "post_engagement": 175, "onsite_conversion.messaging_conversation_started_7d": 1}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000180242', 'Ad set 00018', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 41.42, 2553, 1953, 1.30722, 34, 25, 1.331767, 1.218235, 16.22405, 0, 0, 0, 8, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 8, 5.1775, '{"link_click": 25, "video_view": 397, "page_engagement": 433, "post_engagement": 433, "onsite_conversion.messaging_first_reply": 6, "onsite_conversion.messaging_conversation_started_7d": 8}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000190249', 'Ad set 00019', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 39.84, 2241, 2061, 1.087336, 50, 37, 2.231147, 0.7968, 17.777778, 1, 0, 0, 0, 25, 'actions:offsite_conversion.fb_pixel_lead', 1, 39.84, '{"lead": 1, "link_click": 37, "video_view": 208, "onsite_web_lead": 1, "page_engagement": 254, "post_engagement": 254, "landing_page_view": 25, "omni_landing_page_view": 25, "offsite_conversion.fb_pixel_lead": 1}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000190249', 'Ad set 00019', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 65.21, 3699, 2775, 1.332973, 87, 64, 2.351987, 0.74954, 17.629089, 2, 0, 0, 0, 44, 'actions:offsite_conversion.fb_pixel_lead', 2, 32.605, '{"lead": 2, "link_click": 64, "video_view": 361, "onsite_web_lead": 2, "page_engagement": 440, "post_engagement": 440, "landing_page_view": 44, "omni_landing_page_view": 44, "offsite_conversion.fb_pixel_lead": 2}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000200256', 'Ad set 00020', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 30.07, 1398, 1080, 1.294444, 29, 21, 2.074392, 1.036897, 21.509299, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 15.035, '{"lead": 2, "link_click": 21, "video_view": 288, "page_engagement": 314, "post_engagement": 314, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000200256', 'Ad set 00020', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 28.34, 1325, 1079, 1.227989, 29, 21, 2.188679, 0.977241, 21.388679, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 14.17, '{"lead": 2, "link_click": 21, "video_view": 217, "page_engagement": 243, "post_engagement": 243, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000210263', 'Ad set 00021', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 50.4, 1685, 1242, 1.356683, 41, 30, 2.433234, 1.229268, 29.910979, 3, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 3, 16.8, '{"lead": 3, "link_click": 30, "video_view": 225, "page_engagement": 262, "post_engagement": 262, "onsite_conversion.lead_grouped": 3, "offsite_complete_registration_add_meta_leads": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000210263', 'Ad set 00021', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 49.89, 1646, 1306, 1.260337, 41, 30, 2.490887, 1.216829, 30.309842, 4, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 4, 12.4725, '{"lead": 4, "link_click": 30, "video_view": 214, "page_engagement": 251, "post_engagement": 251, "onsite_conversion.lead_grouped": 4, "offsite_complete_registration_add_meta_leads": 4}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000220270', 'Ad set 00022', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 54.65, 2537, 1960, 1.294388, 23, 17, 0.906583, 2.376087, 21.54119, 0, 1, 232, 0, 13, 'actions:offsite_conversion.fb_pixel_purchase', 1, 54.65, '{"purchase": 1, "link_click": 17, "video_view": 216, "omni_purchase": 1, "page_engagement": 243, "post_engagement": 243, "landing_page_view": 13, "onsite_web_purchase": 1, "web_in_store_purchase": 1, "omni_landing_page_view": 13, "onsite_web_app_purchase": 1, "web_app_in_store_purchase": 1, "offsite_purchase_add_20_s_calls": 1, "offsite_conversion.fb_pixel_purchase": 1}', '{"purchase": 232, "omni_purchase": 232, "onsite_web_purchase": 232, "web_in_store_purchase": 232, "onsite_web_app_purchase": 232, "web_app_in_store_purchase": 0.02, "offsite_conversion.fb_pixel_purchase": 232}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000220270', 'Ad set 00022', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 39.37, 1620, 1393, 1.162958, 17, 12, 1.049383, 2.315882, 24.302469, 0, 1, 478.81, 0, 9, 'actions:offsite_conversion.fb_pixel_purchase', 1, 39.37, '{"purchase": 1, "link_click": 12, "video_view": 187, "omni_purchase": 1, "page_engagement": 206, "post_engagement": 206, "landing_page_view": 9, "onsite_web_purchase": 1, "web_in_store_purchase": 1, "omni_landing_page_view": 9, "onsite_web_app_purchase": 1, "web_app_in_store_purchase": 1, "offsite_purchase_add_20_s_calls": 1, "offsite_conversion.fb_pixel_purchase": 1}', '{"purchase": 478.81, "omni_purchase": 478.81, "onsite_web_purchase": 478.81, "web_in_store_purchase": 478.81, "onsite_web_app_purchase": 478.81, "web_app_in_store_purchase": 0.04, "offsite_conversion.fb_pixel_purchase": 478.81}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000230277', 'Ad set 00023', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 55.32, 2561, 2082, 1.230067, 51, 38, 1.99141, 1.084706, 21.600937, 0, 0, 0, 10, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 10, 5.532, '{"link_click": 38, "video_view": 240, "page_engagement": 288, "post_engagement": 288, "onsite_conversion.messaging_first_reply": 7, "onsite_conversion.messaging_conversation_started_7d": 10}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000240284', 'Ad set 00024', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 88.26, 3865, 3230, 1.196594, 85, 63, 2.199224, 1.038353, 22.835705, 3, 0, 0, 0, 44, 'actions:offsite_conversion.fb_pixel_lead', 3, 29.42, '{"lead": 3, "link_click": 63, "video_view": 751, "onsite_web_lead": 3, "page_engagement": 829, "post_engagement": 829, "landing_page_view": 44, "omni_landing_page_view": 44, "offsite_conversion.fb_pixel_lead": 3}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000240284', 'Ad set 00024', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 95.68, 4444, 3442, 1.29111, 97, 72, 2.182718, 0.986392, 21.530153, 4, 0, 0, 0, 50, 'actions:offsite_conversion.fb_pixel_lead', 4, 23.92, '{"lead": 4, "link_click": 72, "video_view": 576, "onsite_web_lead": 4, "page_engagement": 666, "post_engagement": 666, "landing_page_view": 50, "omni_landing_page_view": 50, "offsite_conversion.fb_pixel_lead": 4}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000250291', 'Ad set 00025', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 36.39, 1344, 1209, 1.111663, 29, 21, 2.157738, 1.254828, 27.075893, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 18.195, '{"lead": 2, "link_click": 21, "video_view": 264, "page_engagement": 291, "post_engagement": 291, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000250291', 'Ad set 00025', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 97.11, 5710, 4853, 1.176592, 153, 114, 2.67951, 0.634706, 17.007005, 8, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 8, 12.13875, '{"lead": 8, "link_click": 114, "video_view": 385, "page_engagement": 522, "post_engagement": 522, "onsite_conversion.lead_grouped": 8, "offsite_complete_registration_add_meta_leads": 8}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000260298', 'Ad set 00026', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 43.58, 2190, 1645, 1.331307, 37, 28, 1.689498, 1.177838, 19.899543, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 21.79, '{"lead": 2, "link_click": 28, "video_view": 235, "page_engagement": 272, "post_engagement": 272, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000260298', 'Ad set 00026', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 52.49, 2555, 1930, 1.323834, 45, 33, 1.761252, 1.166444, 20.544031, 4, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 4, 13.1225, '{"lead": 4, "link_click": 33, "video_view": 487, "page_engagement": 530, "post_engagement": 530, "onsite_conversion.lead_grouped": 4, "offsite_complete_registration_add_meta_leads": 4}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000270305', 'Ad set 00027', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 108.74, 4264, 3356, 1.27056, 82, 61, 1.923077, 1.326098, 25.501876, 0, 2, 517.29, 0, 48, 'actions:offsite_conversion.fb_pixel_purchase', 2, 54.37, '{"purchase": 2, "link_click": 61, "video_view": 816, "omni_purchase": 2, "page_engagement": 895, "post_engagement": 895, "landing_page_view": 48, "onsite_web_purchase": 2, "web_in_store_purchase": 2, "omni_landing_page_view": 48, "onsite_web_app_purchase": 2, "web_app_in_store_purchase": 2, "offsite_purchase_add_20_s_calls": 2, "offsite_conversion.fb_pixel_purchase": 2}', '{"purchase": 517.29, "omni_purchase": 517.29, "onsite_web_purchase": 517.29, "web_in_store_purchase": 517.29, "onsite_web_app_purchase": 517.29, "web_app_in_store_purchase": 0.05, "offsite_conversion.fb_pixel_purchase": 517.29}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000280312', 'Ad set 00028', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 18.47, 875, 672, 1.302083, 18, 13, 2.057143, 1.026111, 21.108571, 0, 0, 0, 3, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 3, 6.156667, '{"link_click": 13, "video_view": 106, "page_engagement": 123, "post_engagement": 123, "onsite_conversion.messaging_first_reply": 2, "onsite_conversion.messaging_conversation_started_7d": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000280312', 'Ad set 00028', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 85.15, 6127, 4618, 1.326765, 107, 79, 1.746369, 0.795794, 13.897503, 0, 0, 0, 14, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 14, 6.082143, '{"link_click": 79, "video_view": 847, "page_engagement": 950, "post_engagement": 950, "onsite_conversion.messaging_first_reply": 10, "onsite_conversion.messaging_conversation_started_7d": 14}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000290319', 'Ad set 00029', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 58.93, 2010, 1577, 1.274572, 36, 27, 1.791045, 1.636944, 29.318408, 3, 0, 0, 0, 18, 'actions:offsite_conversion.fb_pixel_lead', 3, 19.643333, '{"lead": 3, "link_click": 27, "video_view": 148, "onsite_web_lead": 3, "page_engagement": 182, "post_engagement": 182, "landing_page_view": 18, "omni_landing_page_view": 18, "offsite_conversion.fb_pixel_lead": 3}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000290319', 'Ad set 00029', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 25.36, 949, 732, 1.296448, 18, 13, 1.896733, 1.408889, 26.722866, 1, 0, 0, 0, 9, 'actions:offsite_conversion.fb_pixel_lead', 1, 25.36, '{"lead": 1, "link_click": 13, "video_view": 207, "onsite_web_lead": 1, "page_engagement": 224, "post_engagement": 224, "landing_page_view": 9, "omni_landing_page_view": 9, "offsite_conversion.fb_pixel_lead": 1}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000300326', 'Ad set 00030', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 67.29, 4360, 3531, 1.234778, 53, 39, 1.215596, 1.269623, 15.433486, 5, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 5, 13.458, '{"lead": 5, "link_click": 39, "video_view": 482, "page_engagement": 539, "post_engagement": 539, "onsite_conversion.lead_grouped": 5, "offsite_complete_registration_add_meta_leads": 5}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000300326', 'Ad set 00030', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 31.3, 1089, 993, 1.096677, 16, 12, 1.469238, 1.95625, 28.741965, 2, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 2, 15.65, '{"lead": 2, "link_click": 12, "video_view": 223, "page_engagement": 239, "post_engagement": 239, "onsite_conversion.lead_grouped": 2, "offsite_complete_registration_add_meta_leads": 2}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000310333', 'Ad set 00031', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 73.55, 5094, 4098, 1.243045, 94, 69, 1.845308, 0.782447, 14.438555, 5, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 5, 14.71, '{"lead": 5, "link_click": 69, "video_view": 975, "page_engagement": 1063, "post_engagement": 1063, "onsite_conversion.lead_grouped": 5, "offsite_complete_registration_add_meta_leads": 5}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000020130', 'Campaign 0002 | OUTCOME_SALES', '120200200000320340', 'Ad set 00032', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 37.55, 1726, 1532, 1.126632, 50, 37, 2.896871, 0.751, 21.755504, 0, 1, 213.79, 0, 29, 'actions:offsite_conversion.fb_pixel_purchase', 1, 37.55, '{"purchase": 1, "link_click": 37, "video_view": 331, "omni_purchase": 1, "page_engagement": 375, "post_engagement": 375, "landing_page_view": 29, "onsite_web_purchase": 1, "web_in_store_purchase": 1, "omni_landing_page_view": 29, "onsite_web_app_purchase": 1, "web_app_in_store_purchase": 1, "offsite_purchase_add_20_s_calls": 1, "offsite_conversion.fb_pixel_purchase": 1}', '{"purchase": 213.79, "omni_purchase": 213.79, "onsite_web_purchase": 213.79, "web_in_store_purchase": 213.79, "onsite_web_app_purchase": 213.79, "web_app_in_store_purchase": 0.02, "offsite_conversion.fb_pixel_purchase": 213.79}', NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000330347', 'Ad set 00033', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 34.21, 1575, 1167, 1.349614, 42, 31, 2.666667, 0.814524, 21.720635, 0, 0, 0, 4, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 4, 8.5525, '{"link_click": 31, "video_view": 314, "page_engagement": 352, "post_engagement": 352, "onsite_conversion.messaging_first_reply": 3, "onsite_conversion.messaging_conversation_started_7d": 4}', NULL, '{"schedule_total": 1, "schedule_website": 1}', NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000030137', 'Campaign 0003 | OUTCOME_ENGAGEMENT', '120200200000330347', 'Ad set 00033', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 32.18, 1433, 1171, 1.22374, 39, 28, 2.721563, 0.825128, 22.456385, 0, 0, 0, 3, 0, 'actions:onsite_conversion.messaging_conversation_started_7d', 3, 10.726667, '{"link_click": 28, "video_view": 260, "page_engagement": 293, "post_engagement": 293, "onsite_conversion.messaging_first_reply": 2, "onsite_conversion.messaging_conversation_started_7d": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000340354', 'Ad set 00034', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 46.2, 1730, 1389, 1.2455, 20, 15, 1.156069, 2.31, 26.705202, 1, 0, 0, 0, 9, 'actions:offsite_conversion.fb_pixel_lead', 1, 46.2, '{"lead": 1, "link_click": 15, "video_view": 192, "onsite_web_lead": 1, "page_engagement": 214, "post_engagement": 214, "landing_page_view": 9, "omni_landing_page_view": 9, "offsite_conversion.fb_pixel_lead": 1}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000040144', 'Campaign 0004 | OUTCOME_LEADS', '120200200000340354', 'Ad set 00034', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 16.2, 761, 617, 1.233387, 15, 11, 1.971091, 1.08, 21.287779, 0, 0, 0, 0, 7, 'actions:offsite_conversion.fb_pixel_lead', NULL, NULL, '{"link_click": 11, "video_view": 146, "page_engagement": 160, "post_engagement": 160, "landing_page_view": 7, "omni_landing_page_view": 7}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000350361', 'Ad set 00035', 'Clinica Aurora - Ads', '2026-06-08', 'BRL', 46.52, 2640, 2299, 1.148325, 24, 18, 0.909091, 1.938333, 17.621212, 3, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 3, 15.506667, '{"lead": 3, "link_click": 18, "video_view": 221, "page_engagement": 250, "post_engagement": 250, "onsite_conversion.lead_grouped": 3, "offsite_complete_registration_add_meta_leads": 3}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000050151', 'Campaign 0005 | OUTCOME_LEADS', '120200200000350361', 'Ad set 00035', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 74.86, 3563, 2577, 1.382615, 47, 35, 1.319113, 1.592766, 21.010385, 5, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 5, 14.972, '{"lead": 5, "link_click": 35, "video_view": 611, "page_engagement": 661, "post_engagement": 661, "onsite_conversion.lead_grouped": 5, "offsite_complete_registration_add_meta_leads": 5}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');
INSERT INTO public.adset_insights VALUES ('1029384756102938', '120200100000010123', 'Campaign 0001 | OUTCOME_LEADS', '120200200000360368', 'Ad set 00036', 'Clinica Aurora - Ads', '2026-06-09', 'BRL', 107.84, 5802, 4116, 1.409621, 92, 68, 1.58566, 1.172174, 18.586694, 8, 0, 0, 0, 0, 'actions:onsite_conversion.lead_grouped', 8, 13.48, '{"lead": 8, "link_click": 68, "video_view": 695, "page_engagement": 786, "post_engagement": 786, "onsite_conversion.lead_grouped": 8, "offsite_complete_registration_add_meta_leads": 8}', NULL, NULL, NULL, NULL, '7d_click_1d_view', '2026-11-26 18:03:22.725001+00');

INSERT INTO public.adsets VALUES ('120200200000010123', 'Ad set 00001', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000020130', 'Ad set 00002', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 2700, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITH_BID_CAP', 540, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000030137', 'Ad set 00003', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000040144', 'Ad set 00004', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 8000, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000050151', 'Ad set 00005', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000060158', 'Ad set 00006', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000070165', 'Ad set 00007', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 4000, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000080172', 'Ad set 00008', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000090179', 'Ad set 00009', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 7900, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000100186', 'Ad set 00010', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000110193', 'Ad set 00011', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000120200', 'Ad set 00012', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 2100, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000130207', 'Ad set 00013', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000140214', 'Ad set 00014', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 8000, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000150221', 'Ad set 00015', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000160228', 'Ad set 00016', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000170235', 'Ad set 00017', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 6400, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000180242', 'Ad set 00018', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000190249', 'Ad set 00019', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 8200, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000200256', 'Ad set 00020', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000210263', 'Ad set 00021', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000220270', 'Ad set 00022', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 9000, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000230277', 'Ad set 00023', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000240284', 'Ad set 00024', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 6600, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000250291', 'Ad set 00025', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000260298', 'Ad set 00026', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000270305', 'Ad set 00027', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 3500, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000280312', 'Ad set 00028', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000290319', 'Ad set 00029', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 3900, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000300326', 'Ad set 00030', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000310333', 'Ad set 00031', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000320340', 'Ad set 00032', 'ACTIVE', 'ACTIVE', '120200100000020130', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 5300, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "PURCHASE"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000330347', 'Ad set 00033', 'ACTIVE', 'ACTIVE', '120200100000030137', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'CONVERSATIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001", "whatsapp_phone_number": "5511990000001"}', 'WHATSAPP', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000340354', 'Ad set 00034', 'ACTIVE', 'ACTIVE', '120200100000040144', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, 3600, 0, 'OFFSITE_CONVERSIONS', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', 'LOWEST_COST_WITHOUT_CAP', NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"pixel_id": "917000000000001", "custom_event_type": "LEAD"}', 'WEBSITE', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000350361', 'Ad set 00035', 'ACTIVE', 'ACTIVE', '120200100000050151', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');
INSERT INTO public.adsets VALUES ('120200200000360368', 'Ad set 00036', 'ACTIVE', 'ACTIVE', '120200100000010123', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, NULL, 'LEAD_GENERATION', 'IMPRESSIONS', '{"age_max": 55, "age_min": 25, "geo_locations": {"countries": ["BR"], "location_types": ["home", "recent"]}, "targeting_automation": {"advantage_audience": 0}}', '1029384756102938', 'ACTIVE', NULL, NULL, '[{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]', '{"page_id": "112000000000001"}', 'ON_AD', '{"status": "SUCCESS", "conversions": 52}', NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.732012+00');

INSERT INTO public.adsync_migrations VALUES ('0000_adsync_migrations', '1666617bd1babbc332cf5b8843f1da62', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('table:ad_accounts', 'aa667553259dc3e4d2a44dfe8653ba83', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('table:campaigns', 'aa667553259dc3e4d2a44dfe8653ba83', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('table:adsets', 'aa667553259dc3e4d2a44dfe8653ba83', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('table:adset_insights', 'f9ec4649275ba9bab218fc3982be60b0', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('table:account_insights', '3839bb4e14ec8cc940ebbd80abe36928', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0001_sync_runs', '580967abf7edf27b0c441ef5dcc5b266', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0002_sync_run_steps', '72a1892267a976462422a84f35c674dc', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0003_sync_coverage', 'a8dc34e8e2b87896750d8d5e32eaf1c2', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0004_sync_leases', '1e34b0f475783dbb289ffed1ee3e3cde', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0005_sync_schedules', '066eaa7208836cc183a67f0a07508fd0', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0006_sync_listings', 'bcd6ffdc7260f5fc637cc9a788d06a11', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0007_sync_budgets', 'ae84385bc19ad57f2be77d399cb48c6d', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0008_sync_sizes', '8bab783b3e596d1e22dbfe5532926a67', '2026-11-26 18:03:22.415394+00');
INSERT INTO public.adsync_migrations VALUES ('0009_sync_alerts', '10db0ffb74c1f528dee2294f14a6200d', '2026-11-26 18:03:22.415394+00');

INSERT INTO public.campaigns VALUES ('120200100000010123', '1029384756102938', 'Campaign 0001 | OUTCOME_LEADS', 'OUTCOME_LEADS', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'AUCTION', 'LOWEST_COST_WITHOUT_CAP', 35800, NULL, NULL, '[]', NULL, '2026-06-04 03:00:00+00', NULL, '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.733613+00');
INSERT INTO public.campaigns VALUES ('120200100000020130', '1029384756102938', 'Campaign 0002 | OUTCOME_SALES', 'OUTCOME_SALES', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'AUCTION', NULL, NULL, NULL, NULL, '[]', NULL, '2026-06-04 03:00:00+00', NULL, '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.733613+00');
INSERT INTO public.campaigns VALUES ('120200100000030137', '1029384756102938', 'Campaign 0003 | OUTCOME_ENGAGEMENT', 'OUTCOME_ENGAGEMENT', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'AUCTION', 'LOWEST_COST_WITHOUT_CAP', 14600, NULL, NULL, '[]', NULL, '2026-06-04 03:00:00+00', NULL, '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.733613+00');
INSERT INTO public.campaigns VALUES ('120200100000040144', '1029384756102938', 'Campaign 0004 | OUTCOME_LEADS', 'OUTCOME_LEADS', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'AUCTION', NULL, NULL, NULL, NULL, '[]', NULL, '2026-06-04 03:00:00+00', NULL, '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.733613+00');
INSERT INTO public.campaigns VALUES ('120200100000050151', '1029384756102938', 'Campaign 0005 | OUTCOME_LEADS', 'OUTCOME_LEADS', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'AUCTION', 'LOWEST_COST_WITHOUT_CAP', 26700, NULL, NULL, '[]', NULL, '2026-06-04 03:00:00+00', NULL, '2026-06-04 03:00:00+00', '2026-06-04 03:00:00+00', NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, '2026-11-26 18:03:22.733613+00');

INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-23', '2026-11-26 18:03:22.721021+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-21', '2026-11-26 18:03:22.721151+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-19', '2026-11-26 18:03:22.72116+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-20', '2026-11-26 18:03:22.721165+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-26', '2026-11-26 18:03:22.721169+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-24', '2026-11-26 18:03:22.721173+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-25', '2026-11-26 18:03:22.721178+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-11-22', '2026-11-26 18:03:22.721182+00', true, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-06-08', '2026-11-26 18:03:22.730256+00', true, 29, 1572.40, 75589, 1400, 1572.4, 75589, 1400, NULL, 'settled', '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');
INSERT INTO public.sync_coverage VALUES ('1029384756102938', 'adset', '2026-06-09', '2026-11-26 18:03:22.730214+00', true, 31, 1854.18, 100730, 1898, 1854.18, 100730, 1898, NULL, 'settled', '01a21906-c078-7101-b750-7916a9d49029', 'a026cccbc18b9f5ec5c97e67006c7c7f');

INSERT INTO public.sync_listings VALUES ('1029384756102938', 'campaigns', '2026-11-26 18:03:22.647857+00');
INSERT INTO public.sync_listings VALUES ('1029384756102938', 'adsets', '2026-11-26 18:03:22.653764+00');

INSERT INTO public.sync_run_steps VALUES ('01a21906-c078-7101-b750-7916a9d49029', '1029384756102938', 'account', 'succeeded', NULL, '2026-11-26 18:03:22.616931+00', '2026-11-26 18:03:22.646656+00', 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.sync_run_steps VALUES ('01a21906-c078-7101-b750-7916a9d49029', '1029384756102938', 'campaigns', 'succeeded', NULL, '2026-11-26 18:03:22.647383+00', '2026-11-26 18:03:22.652943+00', 2, 0, 0, 0, 0, 5, 5, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.sync_run_steps VALUES ('01a21906-c078-7101-b750-7916a9d49029', '1029384756102938', 'adsets', 'succeeded', NULL, '2026-11-26 18:03:22.653413+00', '2026-11-26 18:03:22.676611+00', 2, 0, 0, 0, 0, 36, 36, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.sync_run_steps VALUES ('01a21906-c078-7101-b750-7916a9d49029', '1029384756102938', 'insights:adset', 'succeeded', NULL, '2026-11-26 18:03:22.677755+00', '2026-11-26 18:03:22.694215+00', 2, 0, 0, 0, 0, 60, 60, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.sync_run_steps VALUES ('01a21906-c078-7101-b750-7916a9d49029', '1029384756102938', 'rollup', 'succeeded', NULL, '2026-11-26 18:03:22.694793+00', '2026-11-26 18:03:22.699474+00', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.sync_run_steps VALUES ('01a21906-c078-7101-b750-7916a9d49029', '1029384756102938', 'reconcile', 'succeeded', NULL, '2026-11-26 18:03:22.699958+00', '2026-11-26 18:03:22.706122+00', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.sync_runs VALUES ('01a21906-c078-7101-b750-7916a9d49029', 'adsync', NULL, 'manual', NULL, '2026-11-26 18:03:22.616722+00', '2026-11-26 18:03:22.706923+00', 'succeeded', NULL, '{1029384756102938}', '2026-06-08', '2026-06-09', 8, 0, 0, 0, 0, 102, 102, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, 'host:1', '0.1.0', 'v26.0');

ALTER TABLE ONLY public.account_insights
    ADD CONSTRAINT account_insights_pkey PRIMARY KEY (account_id, date);

ALTER TABLE ONLY public.ad_accounts
    ADD CONSTRAINT ad_accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.adset_insights
    ADD CONSTRAINT adset_insights_pkey PRIMARY KEY (adset_id, date);

ALTER TABLE ONLY public.adsets
    ADD CONSTRAINT adsets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.adsync_migrations
    ADD CONSTRAINT adsync_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT campaigns_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sync_alerts
    ADD CONSTRAINT sync_alerts_pkey PRIMARY KEY (dedupe_id);

ALTER TABLE ONLY public.sync_budgets
    ADD CONSTRAINT sync_budgets_pkey PRIMARY KEY (account_id, use_case);

ALTER TABLE ONLY public.sync_coverage
    ADD CONSTRAINT sync_coverage_pkey PRIMARY KEY (account_id, report, date);

ALTER TABLE ONLY public.sync_leases
    ADD CONSTRAINT sync_leases_pkey PRIMARY KEY (account_id, report);

ALTER TABLE ONLY public.sync_listings
    ADD CONSTRAINT sync_listings_pkey PRIMARY KEY (account_id, entity);

ALTER TABLE ONLY public.sync_run_steps
    ADD CONSTRAINT sync_run_steps_pkey PRIMARY KEY (run_id, account_id, step);

ALTER TABLE ONLY public.sync_runs
    ADD CONSTRAINT sync_runs_instance_schedule_due_at_key UNIQUE (instance, schedule, due_at);

ALTER TABLE ONLY public.sync_runs
    ADD CONSTRAINT sync_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sync_schedules
    ADD CONSTRAINT sync_schedules_pkey PRIMARY KEY (instance, schedule);

ALTER TABLE ONLY public.sync_sizes
    ADD CONSTRAINT sync_sizes_pkey PRIMARY KEY (account_id, question);

CREATE INDEX account_insights_account_id_date_idx ON public.account_insights USING btree (account_id, date);

CREATE INDEX ad_accounts_account_id_idx ON public.ad_accounts USING btree (account_id);

CREATE INDEX adset_insights_account_id_date_idx ON public.adset_insights USING btree (account_id, date);

CREATE INDEX adset_insights_campaign_id_date_idx ON public.adset_insights USING btree (campaign_id, date);

CREATE INDEX adsets_account_id_idx ON public.adsets USING btree (account_id);

CREATE INDEX adsets_campaign_id_idx ON public.adsets USING btree (campaign_id);

CREATE INDEX campaigns_account_id_idx ON public.campaigns USING btree (account_id);

CREATE INDEX sync_leases_run_id_idx ON public.sync_leases USING btree (run_id);

CREATE INDEX sync_runs_instance_schedule_idx ON public.sync_runs USING btree (instance, schedule) WHERE (status = 'running'::text);

CREATE INDEX sync_runs_started_at_idx ON public.sync_runs USING btree (started_at DESC);

ALTER TABLE public.account_insights ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ad_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.adset_insights ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.adsets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.adsync_migrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.campaigns ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_coverage ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_leases ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_listings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_run_steps ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_sizes ENABLE ROW LEVEL SECURITY;

