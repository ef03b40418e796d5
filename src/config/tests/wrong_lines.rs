//! What people get wrong, and the one line that each of them gives.

/// What stands in `local.toml`, and the one line that it gives.
pub(super) const IN_A_FILE: &[(&str, &str)] = &[
    // Keys that nobody knows.
    ("[meta]\npge_size = 5", "meta.pge_size: unknown key; did you mean meta.page_size?"),
    ("[mata]\npage_size = 5", "mata: unknown section; did you mean meta?"),
    (
        "[colours]\nred = 5",
        "colours: unknown section; the sections are daemon, meta, accounts, tokens, database, tables, insights, metrics, reports, schedules, web, alerts, log",
    ),
    ("page_size = 5", "page_size: unknown key; did you mean meta.page_size?"),
    ("[meta]\nschema = \"x\"", "meta.schema: unknown key; did you mean database.schema?"),
    ("[web]\ncolour = \"x\"", "web.colour: unknown key; [web] takes listen"),
    (
        "[schedules.recent]\nlookback = 5",
        "schedules.recent.lookback: unknown key; did you mean schedules.recent.lookback_days?",
    ),
    (
        "[schedules]\ncron = \"@daily\"",
        "schedules.cron: is a table, not a value: write [schedules.cron] and its keys below it",
    ),
    ("meta = 5", "meta: is a table, not a value: write [meta] and its keys below it"),
    ("[meta.page_size]\nfirst = 5", "meta.page_size: is a single value, not a table: write key = value"),
    (
        "[meta]\n\"a[9999999999]\" = 5",
        "meta.\"a[9999999999]\": unknown key; [meta] takes base_url, api_version, accounts, exclude, page_size, request_timeout, max_concurrency, full_listing_every, max_wait",
    ),
    // Secrets.
    (
        "[meta]\naccess_token = \"x\"",
        "meta.access_token: secrets come from the environment: set META_ACCESS_TOKEN, or META_ACCESS_TOKEN_FILE to the path of a file, and delete it here",
    ),
    (
        "[meta]\napp_secret = \"x\"",
        "meta.app_secret: secrets come from the environment: set META_APP_SECRET, or META_APP_SECRET_FILE to the path of a file, and delete it here",
    ),
    (
        "[database]\nurl = \"x\"",
        "database.url: secrets come from the environment: set DATABASE_URL, or DATABASE_URL_FILE to the path of a file, and delete it here",
    ),
    (
        "DATABASE_URL = \"x\"",
        "DATABASE_URL: secrets come from the environment: set DATABASE_URL, or DATABASE_URL_FILE to the path of a file, and delete it here",
    ),
    (
        "[alerts]\nwebhook_url = \"x\"",
        "alerts.webhook_url: secrets come from the environment: set ADSYNC_WEBHOOK_URL, or ADSYNC_WEBHOOK_URL_FILE to the path of a file, and delete it here",
    ),
    (
        "[web]\nadmin_token = \"x\"",
        "web.admin_token: secrets come from the environment: set ADSYNC_ADMIN_TOKEN, or ADSYNC_ADMIN_TOKEN_FILE to the path of a file, and delete it here",
    ),
    (
        "[tokens.a]\nvariable = \"META_ACCESS_TOKEN\"\ntoken = \"x\"",
        "tokens.a.token: secrets come from the environment: delete it here and name the variable that holds it, for example tokens.aurora.variable = \"META_ACCESS_TOKEN_AURORA\"",
    ),
    // Kinds.
    ("[meta]\npage_size = \"500\"", "meta.page_size: must be a whole number from 1 to 5000, not \"500\""),
    ("[meta]\npage_size = 5001", "meta.page_size: must be a whole number from 1 to 5000, not 5001"),
    ("[meta]\npage_size = 1.5", "meta.page_size: must be a whole number from 1 to 5000, not 1.5"),
    (
        "[meta]\nrequest_timeout = 60",
        "meta.request_timeout: must be a length of time such as \"30s\", \"15m\" or \"24h\", from 1s to 1h, not 60",
    ),
    (
        "[meta]\nrequest_timeout = \"fast\"",
        "meta.request_timeout: must be a length of time such as \"30s\", \"15m\" or \"24h\", from 1s to 1h, not \"fast\"",
    ),
    ("[database]\nstore_raw = \"true\"", "database.store_raw: must be true or false without quotes, not \"true\""),
    ("[database]\nstore_raw = 1", "database.store_raw: must be true or false, not 1"),
    (
        "[database]\nsize_limit = \"8 parsecs\"",
        "database.size_limit: must be a size such as \"8GB\" or \"500MB\", or \"\" for none, not \"8 parsecs\"",
    ),
    (
        "[database]\nadopt = \"adsets\"",
        "database.adopt: must be a list of texts, [\"…\", \"…\"], or separated by commas in a variable, not \"adsets\"",
    ),
    ("[daemon]\ninstance = 5", "daemon.instance: must be a text in quotes, not 5"),
    ("[daemon]\ninstance = \"\"", "daemon.instance: must be a name of 1 to 100 bytes: write \"adsync\""),
    (
        "[reports.adset]\ntime_increment = \"dialy\"",
        "reports.adset.time_increment: must be one of daily, weekly, monthly, all_days, not \"dialy\"; did you mean daily?",
    ),
    ("[schedules.recent]\noverlap = \"stop\"", "schedules.recent.overlap: must be one of skip, queue, not \"stop\""),
    ("[database]\ntls = true", "database.tls: must be one of verify-full, require, disable, in quotes, not true"),
    // Meta.
    (
        "[meta]\nbase_url = \"http://graph.facebook.com\"",
        "meta.base_url: sends the token in the clear: write https://, plain http is for this machine only",
    ),
    (
        "[meta]\nbase_url = \"ftp://graph.facebook.com\"",
        "meta.base_url: must begin with https://: write https://graph.facebook.com",
    ),
    (
        "[meta]\nbase_url = \"graph.facebook.com\"",
        "meta.base_url: is no web address (relative URL without a base): write https://graph.facebook.com",
    ),
    (
        "[meta]\nbase_url = \"https://me:pw@graph.facebook.com\"",
        "meta.base_url: holds a user or a password: write https://graph.facebook.com",
    ),
    (
        "[meta]\nbase_url = \"https://graph.facebook.com?a=b\"",
        "meta.base_url: holds a query: write https://graph.facebook.com",
    ),
    (
        "[meta]\nbase_url = \"https://graph.facebook.com/v26.0\"",
        "meta.base_url: holds the version, which is meta.api_version: write https://graph.facebook.com",
    ),
    ("[meta]\napi_version = \"26.0\"", "meta.api_version: must look like v26.0, not \"26.0\""),
    // Accounts and tokens.
    (
        "[meta]\naccounts = \"act_5\"",
        "meta.accounts: must be a list of account ids, [\"act_…\"], or separated by commas in a variable, or \"all\", not \"act_5\"",
    ),
    (
        "[meta]\naccounts = [\"act_12a\"]",
        "meta.accounts: \"act_12a\" is no account id: write the digits from Ads Manager, with or without act_, for example act_1029384756102938",
    ),
    ("[meta]\naccounts = [\"all\"]", "meta.accounts: \"all\" stands alone, not in a list: write accounts = \"all\""),
    (
        "[meta]\naccounts = [\"act_5\"]\nexclude = [\"5\"]",
        "meta.exclude: act_5 is also in meta.accounts: take it out of one of them",
    ),
    ("[accounts.act_5]\nlabel = \"x\"", "accounts.act_5: is not in meta.accounts: add it there, or delete this table"),
    (
        "[accounts.aurora]\nlabel = \"x\"",
        "accounts.aurora: \"aurora\" is no account id: write the digits from Ads Manager, with or without act_, for example act_1029384756102938",
    ),
    (
        "[meta]\naccounts = [\"5\"]\n[accounts.5]\n[accounts.act_5]\n",
        "accounts.act_5: act_5 has another table already: keep one of them",
    ),
    (
        "[meta]\naccounts = [\"5\"]\n[accounts.5]\ntoken = \"auror\"\n[tokens.aurora]\nvariable = \"META_ACCESS_TOKEN\"",
        "accounts.5.token: \"auror\" is no token: it names a table under [tokens], never the token itself; did you mean aurora?",
    ),
    ("[tokens.aurora]", "tokens.aurora.variable: is missing: name the environment variable that holds the token"),
    (
        "[tokens.aurora]\nvariable = \"EAAxyz\"",
        "tokens.aurora.variable: is no name of a variable: write a name in capitals, such as META_ACCESS_TOKEN_AURORA, and put the secret into that variable",
    ),
    (
        "[tokens.Aurora]\nvariable = \"META_ACCESS_TOKEN\"",
        "tokens.Aurora: is no name for a token: begin with a small letter, then small letters, digits, _ and -, at most 41",
    ),
    // The database.
    ("[database]\nschema = \"\"", "database.schema: is empty: give a name"),
    ("[database]\nschema = \"pg_x\"", "database.schema: \"pg_x\" belongs to Postgres itself: choose another schema"),
    (
        "[database]\nschema = \"a234567890123456789012345678901234567890123456789012345678901234\"",
        "database.schema: has 64 bytes, Postgres cuts names at 63: choose a shorter name",
    ),
    ("[database]\ngrant_select_to = [\"\"]", "database.grant_select_to: the role \"\" is empty: give a name"),
    (
        "[database]\nadopt = [\"adset\"]",
        "database.adopt: \"adset\" cannot be adopted: no table of adsync has that name, here or under [tables]; did you mean adsets?",
    ),
    (
        "[database]\ntls_ca_file = \"/nowhere/ca.crt\"",
        "database.tls_ca_file: \"/nowhere/ca.crt\" cannot be read (entity not found): correct the path, or download the certificate (Supabase: Database settings, SSL)",
    ),
    (
        "[database]\ntls_ca_file = \"Cargo.toml\"",
        "database.tls_ca_file: holds no certificate in PEM form (-----BEGIN CERTIFICATE-----): name another file",
    ),
    (
        "[tables]\ncampaign = \"x\"",
        "tables.campaign: is no table of adsync: the key is our name, the value is yours; did you mean campaigns?",
    ),
    ("[tables]\ncampaigns = \"\"", "tables.campaigns: is empty: give a name"),
    (
        "[tables]\ncampaigns = \"adsets\"",
        "tables.campaigns: \"adsets\" is already the name of our adsets: choose another name",
    ),
    (
        "[tables]\ncampaigns = \"x\"\nadsets = \"x\"",
        "tables.campaigns: \"x\" is already the name of our adsets: choose another name",
    ),
    (
        "[tables]\nads = \"adset_actions\"",
        "tables.ads: \"adset_actions\" is already the name of our adset_actions: choose another name",
    ),
    // Insights.
    (
        "[insights]\nattribution_windows = [\"7d_view\"]",
        "insights.attribution_windows: \"7d_view\" has had no data since Meta removed it in January 2026: write \"1d_view\"",
    ),
    (
        "[insights]\nattribution_windows = [\"default\"]",
        "insights.attribution_windows: \"default\" hides what it means: write \"7d_click\" and \"1d_view\"",
    ),
    (
        "[insights]\nattribution_windows = [\"7d_clicks\"]",
        "insights.attribution_windows: \"7d_clicks\" is no attribution window: Meta answers 1d_click, 7d_click, 28d_click, 1d_view, 1d_ev, dda, incrementality; did you mean 7d_click?",
    ),
    ("[insights]\nleads = [\"\"]", "insights.leads: holds an empty text: take it out, or look for a comma too many"),
    ("[insights]\nextra_fields = [\"spend\"]", "insights.extra_fields: \"spend\" is a column already: leave it out"),
    (
        "[insights]\nextra_fields = [\"Quality Ranking\"]",
        "insights.extra_fields: \"Quality Ranking\" is no field: write Meta's name, such as \"quality_ranking\"",
    ),
    (
        "[reports.account]",
        "reports.account: would be the table account_insights, where the control totals stand: choose another name, for example account_daily",
    ),
    (
        "[reports.\"By Age\"]",
        "reports.\"By Age\": is no name for a report: begin with a small letter, then small letters, digits and _, at most 41",
    ),
    (
        "[reports.x]\nbreakdowns = [\"dma\"]",
        "reports.x.breakdowns: \"dma\" was removed by Meta: write \"comscore_market\"",
    ),
    (
        "[reports.x]\nbreakdowns = [\"\"]",
        "reports.x.breakdowns: \"\" is no breakdown: write Meta's name, such as \"publisher_platform\"",
    ),
    (
        "[reports.x]\nbreakdowns = [\"impression_device\"]",
        "reports.x.breakdowns: \"impression_device\" is never alone: put \"publisher_platform\" before it",
    ),
    (
        "[reports.x]\nbreakdowns = [\"action_type\"]",
        "reports.x.breakdowns: \"action_type\" splits actions, not rows: leave it out, the column actions has every action type",
    ),
    ("[reports.x]\nbreakdowns = [\"age\", \"age\"]", "reports.x.breakdowns: \"age\" stands there twice: leave one out"),
    (
        "[metrics.contacts]",
        "metrics.contacts.action_types: is missing: list the action types that count, for example [\"contact_total\"]",
    ),
    (
        "[metrics.contacts]\naction_types = []",
        "metrics.contacts.action_types: is empty: list the action types that count, for example [\"contact_total\"]",
    ),
    (
        "[metrics.contacts]\naction_types = [\"a\"]\nsum = [\"b\"]",
        "metrics.contacts.sum: cannot stand beside action_types: keep action_types for names of one event, sum for events that do not overlap",
    ),
    (
        "[metrics.contacts]\nsum = 5",
        "metrics.contacts.sum: must be a list of texts, [\"…\", \"…\"], or separated by commas in a variable, not 5",
    ),
    (
        "[metrics.spend]\nsum = [\"a\"]",
        "metrics.spend: is a column of the insights tables already: choose another name, for example my_spend",
    ),
    (
        "[metrics.age]\nsum = [\"a\"]\n[reports.x]\nbreakdowns = [\"age\"]",
        "metrics.age: is a column of the insights tables already: choose another name, for example my_age",
    ),
    (
        "[metrics.Contacts]\nsum = [\"a\"]",
        "metrics.Contacts: is no name for a column: begin with a small letter, then small letters, digits and _, at most 41",
    ),
    // Schedules.
    (
        "[schedules.nightly]",
        "schedules.nightly.cron: is missing: write 5 fields, minute hour day month weekday, as in \"30 3 * * *\"",
    ),
    ("[schedules.recent]\ncron = 5", "schedules.recent.cron: must be a text in quotes, not 5"),
    (
        "[schedules.recent]\ncron = \"0 0 30 2 *\"",
        "schedules.recent.cron: \"0 0 30 2 *\" never falls due: choose a day that exists",
    ),
    (
        "[schedules.recent]\ntimezone = \"Sao Paulo\"",
        "schedules.recent.timezone: `Sao Paulo` is not a time zone; did you mean \"America/Sao_Paulo\"?",
    ),
    (
        "[schedules.recent]\ntimezone = \"\"",
        "schedules.recent.timezone: no time zone is named: write \"account\" or a name such as \"America/Sao_Paulo\"",
    ),
    (
        "[schedules.recent]\nlookback_days = 1101",
        "schedules.recent.lookback_days: must be a whole number from 0 to 1100, not 1101",
    ),
    (
        "[schedules.recent]\nreports = [\"adsets\"]",
        "schedules.recent.reports: \"adsets\" is no report: there are adset; did you mean adset?",
    ),
    (
        "[schedules.recent]\nreports = []",
        "schedules.recent.reports: is empty: leave it out for all reports, or set enabled = false",
    ),
    (
        "[schedules.recent]\naccounts = [\"5\"]",
        "schedules.recent.accounts: act_5 is not in meta.accounts: add it there, or leave it out here",
    ),
    (
        "[schedules.Recent]\ncron = \"@daily\"",
        "schedules.Recent: is no name for a schedule: begin with a small letter, then small letters, digits, _ and -, at most 41",
    ),
    // The rest.
    (
        "[web]\nlisten = \"localhost:8080\"",
        "web.listen: must be an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080, not \"localhost:8080\"",
    ),
    (
        "[log]\nlevel = \"inof\"",
        "log.level: must be a level (error, warn, info, debug, trace, off), or levels by module as in info,adsync=debug, not \"inof\"; did you mean info?",
    ),
];

/// A variable, and the line that it gives.
pub(super) const IN_A_VARIABLE: &[(&str, &str, &str)] = &[
    ("ADSYNC__META__PGE_SIZE", "5", "ADSYNC__META__PGE_SIZE: meta.pge_size: unknown key; did you mean meta.page_size?"),
    ("ADSYNC__META", "5", "ADSYNC__META: meta: is a table, not a value: add the key, as in ADSYNC__META__KEY"),
    (
        "ADSYNC__META__PAGE_SIZE",
        "",
        "ADSYNC__META__PAGE_SIZE: meta.page_size: must be a whole number from 1 to 5000, not \"\"",
    ),
    (
        "ADSYNC__META__PAGE_SIZE",
        "1e2",
        "ADSYNC__META__PAGE_SIZE: meta.page_size: must be a whole number from 1 to 5000, not \"1e2\"",
    ),
    (
        "ADSYNC__DATABASE__STORE_RAW",
        "yes",
        "ADSYNC__DATABASE__STORE_RAW: database.store_raw: must be true or false, not \"yes\"",
    ),
    (
        "ADSYNC__META__ACCESS_TOKEN",
        "x",
        "ADSYNC__META__ACCESS_TOKEN: meta.access_token: secrets come from the environment: set META_ACCESS_TOKEN, or META_ACCESS_TOKEN_FILE to the path of a file, and delete it here",
    ),
    (
        "ADSYNC__SCHEDULES__EXTRA__TIMEZONE",
        "account",
        "ADSYNC__SCHEDULES__EXTRA__TIMEZONE: schedules.extra.cron: is missing: write 5 fields, minute hour day month weekday, as in \"30 3 * * *\"",
    ),
    (
        "ADSYNC_META__PAGE_SIZE",
        "5",
        "ADSYNC_META__PAGE_SIZE: has one underscore after ADSYNC, settings have two: rename it to ADSYNC__META__PAGE_SIZE",
    ),
    ("ADSYNC_ADMIN_TOKN", "x", "ADSYNC_ADMIN_TOKN: unknown variable; did you mean ADSYNC_ADMIN_TOKEN?"),
    (
        "ADSYNC_ENV",
        "prod",
        "config/prod.toml: does not exist, but ADSYNC_ENV names it: make the file, or name another with ADSYNC_ENV",
    ),
    (
        "ADSYNC_ENV",
        "../prod.toml",
        "ADSYNC_ENV: \"../prod.toml\" is no name of a config file: write the name without folder and ending, for example production",
    ),
];
