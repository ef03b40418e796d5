//! What the configuration does, told from outside: files in a folder of their own and a map of variables.

mod random;
mod secret;
mod vocabulary;
mod wrong;
mod wrong_lines;

use std::time::Duration;

use secrecy::ExposeSecret;

use super::file::{KEYS, SECTIONS};
use super::*;
use crate::daemon::{CatchUp, Overlap};
use crate::rows::report::{Increment, Level, MetricSource};
use crate::schedule::Zone;
use crate::store::schema::MIGRATIONS;
use crate::store::{Migrate, Pooler, Tls, TouchLastSynced};
use crate::sync::{Accounts, MetricsWindow};
use crate::telemetry::Format;

const TOKEN: (&str, &str) = ("META_ACCESS_TOKEN", "EAABsbCS1iHgBO-token");
const DATABASE: (&str, &str) = ("DATABASE_URL", "postgresql://postgres:hunter2hunter2@127.0.0.1:5432/postgres");
const ACCOUNT: (&str, &str) = ("META_ACCOUNT_ID", "act_1029384756102938");
const ENOUGH: [(&str, &str); 3] = [TOKEN, DATABASE, ACCOUNT];

/// Writes files into a folder of their own.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn load_with(files: &[(&str, &str)], variables: &[(&str, &str)], needs: Needs) -> Result<Loaded, Problems> {
    load(folder(files).path(), &variables.iter().copied().collect(), needs)
}

/// The settings of a `local.toml` beside the variables that are enough.
fn settings(local: &str, variables: &[(&str, &str)]) -> Settings {
    let variables = [&ENOUGH[..], variables].concat();
    load_with(&[("local.toml", local)], &variables, Needs::EVERYTHING).unwrap().settings
}

/// The lines of what is wrong, with the folder written as `config`.
fn lines(files: &[(&str, &str)], variables: &[(&str, &str)], needs: Needs) -> Vec<String> {
    let dir = folder(files);
    match load(dir.path(), &variables.iter().copied().collect(), needs) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            let text = problems.to_string().replace(&*dir.path().to_string_lossy(), "config");
            text.lines().map(str::to_owned).collect()
        }
    }
}

fn act(digits: &str) -> crate::meta::AccountId {
    digits.parse().unwrap()
}

#[test]
fn without_any_file_the_built_in_defaults_are_those_of_the_documentation() {
    let loaded = load_with(&[], &ENOUGH, Needs::EVERYTHING).unwrap();
    let Settings { daemon, meta, sync, database, schedules, web, alerts, log } = loaded.settings;
    assert_eq!(daemon.instance, "adsync");
    assert_eq!(daemon.shutdown_grace, Duration::from_secs(30));
    assert_eq!(daemon.retention_days, 400);
    assert_eq!(meta.base_url.as_str(), "https://graph.facebook.com/");
    assert_eq!(meta.api_version, "v26.0");
    assert_eq!((meta.page_size, meta.max_concurrency), (500, 8));
    assert_eq!(meta.request_timeout, Duration::from_secs(60));
    assert_eq!(meta.max_wait, Duration::from_secs(900));
    assert_eq!(sync.accounts, Accounts::Listed(vec![act("1029384756102938")]));
    assert_eq!(sync.full_listing_every, Duration::from_secs(86_400));
    assert_eq!(sync.adset_metrics, MetricsWindow::Last7dAndToday);
    assert_eq!(sync.conversions.leads.first().unwrap(), "lead");
    assert_eq!(sync.conversions.purchases.len(), 3);
    assert_eq!(sync.credentials.keys().collect::<Vec<_>>(), [""]);
    assert_eq!(sync.reports.len(), 1);
    assert_eq!(sync.reports[0].name, "adset");
    assert_eq!((sync.reports[0].level, sync.reports[0].increment), (Level::Adset, Increment::Daily));
    assert_eq!(database.schema, "public");
    assert_eq!(database.max_connections, 2);
    assert_eq!(database.tls, None);
    assert_eq!((database.pooler, database.migrate), (Pooler::Transaction, Migrate::Auto));
    assert_eq!(database.touch_last_synced, TouchLastSynced::OnChange);
    assert_eq!(database.grant_select_to, ["service_role"]);
    assert_eq!((database.size_limit, database.store_raw), (None, false));
    let named: Vec<_> = schedules.iter().map(|s| (s.name.as_str(), s.lookback_days, s.enabled)).collect();
    assert_eq!(named, [("recent", 3, true), ("settled", 28, true)]);
    assert_eq!(schedules[1].zone, Zone::Account);
    assert_eq!(schedules[1].deadline, Duration::from_secs(7_200));
    assert_eq!((schedules[1].overlap, schedules[1].catch_up), (Overlap::Skip, CatchUp::Latest));
    assert_eq!(web.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(alerts.stale_after, Duration::from_secs(26 * 3_600));
    assert_eq!(log.directory.unwrap().to_str(), Some("logs"));
    assert_eq!((log.files_kept, log.format, log.level.as_str()), (14, Format::Json, "info"));
}

#[test]
fn the_file_with_every_default_changes_nothing() {
    let text = include_str!("../../../config/default.toml");
    let plain = load_with(&[], &ENOUGH, Needs::EVERYTHING).unwrap();
    let from_file = load_with(&[("default.toml", text)], &ENOUGH, Needs::EVERYTHING).unwrap();
    assert_eq!(format!("{:?}", from_file.settings), format!("{:?}", plain.settings));
    let shown = |loaded: &Loaded| loaded.entries.iter().map(|e| (e.key.clone(), e.value.clone())).collect::<Vec<_>>();
    assert_eq!(shown(&from_file), shown(&plain));
    // What has a default stands there uncommented, so nothing is left to the program.
    let left: Vec<_> = from_file
        .entries
        .iter()
        .filter(|e| e.origin == Origin::BuiltIn && e.value != "[missing]" && e.key != "database.tls")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_file_with_every_default_shows_every_key_and_its_examples_are_right() {
    // Taking the comment signs off the examples gives a file that is right too.
    let text: String = include_str!("../../../config/default.toml")
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let table: toml::Table = toml::from_str(&text).unwrap();
    for key in KEYS.iter().filter(|key| key.name != "*") {
        let section = table[key.section].as_table().unwrap();
        let is_there = section.contains_key(key.name)
            || section.values().filter_map(toml::Value::as_table).any(|named| named.contains_key(key.name));
        assert!(is_there, "{}.{} is not shown in default.toml", key.section, key.name);
    }
    assert!(SECTIONS.iter().all(|section| table.contains_key(section.name)));
    let variables = [TOKEN, DATABASE, ("META_ACCESS_TOKEN_AURORA", "EAAx"), ("META_APP_SECRET_AURORA", "0123abcd")];
    // The account of the example has to be among the accounts, and a metric is one of two things.
    let text = text.replacen("accounts = []", "accounts = [\"1029384756102938\"]", 1).replacen(
        "sum = [\"contact_website\"",
        "# sum = [\"contact_website\"",
        1,
    );
    let loaded = load_with(&[("default.toml", &text)], &variables, Needs::EVERYTHING).unwrap();
    let account = loaded.settings.sync.account.get(&act("1029384756102938")).unwrap();
    assert_eq!(account.label.as_deref(), Some("Clinica Aurora"));
    assert_eq!(account.token.as_deref(), Some("aurora"));
    assert_eq!(
        loaded.settings.sync.reports[0].metrics[0].source,
        MetricSource::First(vec!["contact_total".to_owned()])
    );
}

#[test]
fn the_files_for_a_trial_and_for_production_are_right() {
    let files = [
        ("default.toml", include_str!("../../../config/default.toml")),
        ("local.toml", include_str!("../../../config/local.toml")),
        ("production.toml", include_str!("../../../config/production.toml")),
    ];
    let local = load_with(&files, &ENOUGH, Needs::EVERYTHING).unwrap().settings;
    assert_eq!((local.log.directory, local.log.format), (None, Format::Text));
    let variables = [&ENOUGH[..], &[("ADSYNC_ENV", "production")]].concat();
    let production = load_with(&files, &variables, Needs::EVERYTHING).unwrap().settings;
    assert_eq!(production.web.listen.to_string(), "0.0.0.0:8080");
    assert_eq!((production.log.directory, production.log.format), (None, Format::Json));
    assert_eq!(production.database.tls, Some(Tls::VerifyFull));
}

#[test]
fn each_source_goes_over_the_one_before_and_is_remembered() {
    let files = [
        ("default.toml", "[meta]\npage_size = 100\nmax_concurrency = 2\nmax_wait = \"1m\""),
        ("prod.toml", "[meta]\npage_size = 200\nmax_concurrency = 3"),
        ("local.toml", "[meta]\npage_size = 999"),
    ];
    let variables = [&ENOUGH[..], &[("ADSYNC_ENV", "prod"), ("ADSYNC__META__PAGE_SIZE", "300")]].concat();
    let loaded = load_with(&files, &variables, Needs::EVERYTHING).unwrap();
    let meta = &loaded.settings.meta;
    assert_eq!((meta.page_size, meta.max_concurrency, meta.max_wait), (300, 3, Duration::from_secs(60)));
    let entry = |key: &str| loaded.entries.iter().find(|entry| entry.key == key).unwrap();
    assert_eq!(entry("meta.page_size").value, "300");
    assert_eq!(entry("meta.page_size").origin, Origin::Variable("ADSYNC__META__PAGE_SIZE".to_owned()));
    assert!(matches!(&entry("meta.max_concurrency").origin, Origin::File(name) if name.ends_with("prod.toml")));
    assert!(matches!(&entry("meta.max_wait").origin, Origin::File(name) if name.ends_with("default.toml")));
    assert_eq!(entry("meta.max_wait").value, "\"1m\"");
    assert_eq!(entry("meta.request_timeout").origin, Origin::BuiltIn);
    assert_eq!(entry("meta.accounts").value, "[\"act_1029384756102938\"]");
    assert_eq!(entry("meta.accounts").origin, Origin::Variable("META_ACCOUNT_ID".to_owned()));
    assert_eq!(entry("DATABASE_URL").value, "[set]");
    assert_eq!(entry("ADSYNC_ADMIN_TOKEN").value, "[missing]");
}

#[test]
fn numbers_and_lists_in_variables_stay_what_the_key_wants() {
    let variables = [
        ("ADSYNC__META__ACCOUNTS", "1029384756102938, act_2029384756102938,1029384756102938"),
        ("ADSYNC__SCHEDULES__RECENT__CRON", "0,15,30,45 8-18 * * 1,2,3"),
        ("ADSYNC__SCHEDULES__RECENT__ENABLED", "false"),
        ("ADSYNC__ACCOUNTS__ACT_1029384756102938__LABEL", "007"),
        ("ADSYNC__INSIGHTS__LEADS", ""),
        ("ADSYNC__DATABASE__SIZE_LIMIT", "8GB"),
        ("ADSYNC__TABLES__CAMPAIGNS", "1"),
    ];
    let settings = settings("", &variables);
    assert_eq!(settings.sync.accounts, Accounts::Listed(vec![act("1029384756102938"), act("2029384756102938")]));
    assert_eq!(settings.sync.account[&act("1029384756102938")].label.as_deref(), Some("007"));
    assert!(settings.sync.conversions.leads.is_empty());
    assert!(!settings.schedules[0].enabled);
    assert_eq!(settings.database.size_limit, Some(8_000_000_000));
    assert_eq!(settings.database.table_names["campaigns"], "1");
}

#[test]
fn account_ids_may_be_bare_numbers_in_a_file() {
    let local = "[meta]\naccounts = [1029384756102938, \"act_1029384756102938\", \"2029384756102938\"]";
    let listed = Accounts::Listed(vec![act("1029384756102938"), act("2029384756102938")]);
    assert_eq!(settings(local, &[]).sync.accounts, listed);
}

#[test]
fn all_accounts_may_be_asked_for_by_file_or_variable() {
    assert_eq!(settings("[meta]\naccounts = \"all\"\nexclude = [\"12\"]", &[]).sync.exclude, [act("12")]);
    assert_eq!(settings("", &[("ADSYNC__META__ACCOUNTS", "all")]).sync.accounts, Accounts::All);
}

#[test]
fn all_accounts_need_no_default_token_where_another_is_named() {
    let aurora = "[meta]\naccounts = \"all\"\n[tokens.aurora]\nvariable = \"META_ACCESS_TOKEN_AURORA\"";
    let variables = [DATABASE, ("META_ACCESS_TOKEN_AURORA", "EAAx")];
    let loaded = load_with(&[("local.toml", aurora)], &variables, Needs::EVERYTHING).unwrap();
    assert_eq!(loaded.settings.sync.credentials.keys().collect::<Vec<_>>(), ["aurora"]);
    let none = load_with(&[("local.toml", "[meta]\naccounts = \"all\"")], &[DATABASE], Needs::EVERYTHING).unwrap_err();
    assert!(none.to_string().contains("META_ACCESS_TOKEN: is not set"), "{none}");
}

#[test]
fn the_variable_with_accounts_counts_only_where_the_configuration_names_none() {
    let local = "[meta]\naccounts = [\"5\"]";
    assert_eq!(settings(local, &[]).sync.accounts, Accounts::Listed(vec![act("5")]));
    let variables = [TOKEN, DATABASE, ("META_ACCOUNT_ID", "7, act_8,")];
    let loaded = load_with(&[], &variables, Needs::EVERYTHING).unwrap();
    assert_eq!(loaded.settings.sync.accounts, Accounts::Listed(vec![act("7"), act("8")]));
}

#[test]
fn a_built_in_schedule_is_changed_key_by_key() {
    let local = "[schedules.recent]\ncron = \"@hourly\"\n[schedules.settled]\nenabled = false\n\
                 [schedules.weekly]\ncron = \"0 0 6 * * 1\"\ntimezone = \"America/Sao_Paulo\"\nreports = [\"adset\"]";
    let schedules = settings(local, &[]).schedules;
    let named: Vec<_> = schedules.iter().map(|s| (s.name.as_str(), s.lookback_days, s.enabled)).collect();
    assert_eq!(named, [("recent", 3, true), ("settled", 28, false), ("weekly", 28, true)]);
    assert_eq!(schedules[2].zone, Zone::Named(chrono_tz::America::Sao_Paulo));
    assert_eq!(schedules[2].reports.as_deref(), Some(&["adset".to_owned()][..]));
}

#[test]
fn a_disabled_report_is_read_by_nobody() {
    let local = "[reports.adset]\nenabled = false\n[reports.by_age]\nbreakdowns = [\"age\", \"gender\"]\nlevel = \"ad\"\n\
                 [schedules.recent]\nreports = [\"by_age\", \"adset\"]\n[metrics.contacts]\nsum = [\"a\", \"b\"]\nvalue = true";
    let settings = settings(local, &[]);
    assert_eq!(settings.sync.reports.len(), 1);
    assert_eq!(settings.sync.reports[0].breakdowns, ["age", "gender"]);
    assert_eq!(settings.sync.reports[0].metrics[0].source, MetricSource::Sum(vec!["a".to_owned(), "b".to_owned()]));
    assert!(settings.sync.reports[0].metrics[0].value);
    assert_eq!(settings.schedules[0].reports.as_deref(), Some(&["by_age".to_owned()][..]));
}

#[test]
fn a_report_has_a_row_per_day_week_month_or_window() {
    let local = "[reports.a]\ntime_increment = \"weekly\"\n[reports.b]\ntime_increment = \"monthly\"\n\
                 [reports.c]\ntime_increment = \"all_days\"\nlevel = \"ad\"\n[reports.d]\ntime_increment = \"daily\"";
    let increments: Vec<_> = settings(local, &[]).sync.reports.iter().map(|report| report.increment).collect();
    // The built-in one, of days, stands between them.
    let wanted = [Increment::Weekly, Increment::Daily, Increment::Monthly, Increment::AllDays, Increment::Daily];
    assert_eq!(increments, wanted);
}

#[test]
fn plain_http_is_for_this_machine() {
    for local in ["http://127.0.0.1:9/x", "http://[::1]:9", "http://localhost:9", "https://proxy.example/graph"] {
        assert_eq!(
            settings(&format!("[meta]\nbase_url = \"{local}\""), &[]).meta.base_url.as_str().get(..4),
            local.get(..4)
        );
    }
}

#[test]
fn tls_is_unset_unless_somebody_says_it() {
    assert_eq!(settings("", &[]).database.tls, None);
    assert_eq!(settings("[database]\ntls = \"disable\"", &[]).database.tls, Some(Tls::Disable));
    assert_eq!(settings("", &[("ADSYNC__DATABASE__TLS", "require")]).database.tls, Some(Tls::Require));
}

#[test]
fn a_command_may_do_without_what_it_does_not_need() {
    let loaded = load_with(&[], &[], Needs::NOTHING).unwrap();
    assert!(loaded.settings.database.url.is_none() && loaded.settings.sync.credentials.is_empty());
    assert!(load_with(&[], &[DATABASE], Needs::DATABASE).is_ok());
    assert!(load_with(&[], &[TOKEN], Needs::META).is_ok());
    assert_eq!(lines(&[], &[], Needs::DATABASE).len(), 1);
    assert_eq!(lines(&[], &[], Needs::EVERYTHING).len(), 3);
}

#[test]
fn the_first_token_is_not_needed_where_every_account_names_its_own() {
    let local = "[meta]\naccounts = [\"5\"]\n[accounts.act_5]\ntoken = \"a\"\n[tokens.a]\nvariable = \"TOKEN_A\"";
    let loaded = load_with(&[("local.toml", local)], &[DATABASE, ("TOKEN_A", "EAAa")], Needs::EVERYTHING).unwrap();
    let credentials = &loaded.settings.sync.credentials;
    assert_eq!(credentials.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(credentials["a"].token.expose_secret(), "EAAa");
}

#[test]
fn variables_of_others_are_left_alone() {
    let variables = [
        ("ADSYNC_SERVICE_HOST", "10.0.0.1"),
        ("ADSYNC_PORT", "tcp://10.0.0.1:8080"),
        ("ADSYNC_TEST_DATABASE_URL", "x"),
    ];
    settings("", &variables);
}

#[test]
fn every_table_of_our_own_can_have_another_name() {
    let ours = MIGRATIONS.iter().map(|(_, table, _)| *table).chain(["adsync_migrations"]);
    for table in ours {
        let toml = format!("[tables]\n{table} = \"other\"\n");
        assert_eq!(settings(&toml, &[]).database.table_names[table], "other");
    }
}
