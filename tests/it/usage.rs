//! What people get wrong, through the real binary: one line for each thing, its cure, and the right exit status.

use chrono::{Days, Utc};
use sqlx::Connection;

use crate::support::binary::{Binary, Finished};
use crate::support::free_port;
use crate::support::scene::{ACT, Scene};

/// Set up as a person would, with addresses where nobody listens.
fn configured(arguments: &[&str]) -> Binary {
    Binary::adsync(arguments)
        .env("META_ACCESS_TOKEN", "EAABtoken")
        .env("DATABASE_URL", format!("postgres://user:pass-word@127.0.0.1:{}/postgres", free_port()))
        .env("ADSYNC__META__BASE_URL", format!("http://127.0.0.1:{}", free_port()))
        .env("ADSYNC__META__ACCOUNTS", ACT)
        .env("ADSYNC__LOG__DIRECTORY", "")
}

fn complaints(finished: &Finished) -> Vec<&str> {
    finished.stderr.lines().collect()
}

#[tokio::test]
async fn every_problem_of_the_configuration_is_told_at_once_in_a_line_of_its_own() {
    let wrong = "[meta]\naccounts = [\"act_5\"]\npge_size = 5\nmax_concurrency = 0\naccess_token = \"EAABinafile\"\n\n[schedules.recent]\ncron = \"61 * * * *\"\n\n[schedules.never]\ncron = \"0 0 30 2 *\"\n\n[database]\nschema = \"pg_mine\"\ntls = \"maybe\"\n\n[reports.Adset]\nlevel = \"adset\"\n\n[reports.placement]\nlevel = \"galaxy\"\n\n[tokens.aurora]\nvariable = \"META_ACCESS_TOKEN_AURORA\"\n\n[colours]\nred = 1\n";
    let binary = Binary::adsync(&["sync"]).config("default.toml", wrong).env("ADSYNC__WEB__LISTEN", "nowhere");
    let finished = binary.env("ADSYNC__META__REQEST_TIMEOUT", "5s").run().await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    let lines = complaints(&finished);
    for (place, key) in [
        ("default.toml", "meta.pge_size"),
        ("default.toml", "meta.max_concurrency"),
        ("default.toml", "meta.access_token"),
        ("default.toml", "schedules.recent.cron"),
        ("default.toml", "schedules.never.cron"),
        ("default.toml", "database.schema"),
        ("default.toml", "database.tls"),
        ("default.toml", "reports.Adset"),
        ("default.toml", "reports.placement.level"),
        ("default.toml", "colours"),
        ("ADSYNC__WEB__LISTEN", "web.listen"),
        ("ADSYNC__META__REQEST_TIMEOUT", "meta.reqest_timeout"),
        ("META_ACCESS_TOKEN: ", ""),
        ("META_ACCESS_TOKEN_AURORA: ", ""),
        ("DATABASE_URL: ", ""),
    ] {
        let told = lines.iter().filter(|line| line.contains(place) && line.contains(key)).count();
        assert_eq!(told, 1, "{place} {key} is missing in:\n{}", finished.stderr);
    }
    assert!(lines.iter().all(|line| line.contains(": ") && line.len() > 30), "{}", finished.stderr);
    assert!(!finished.stderr.contains("EAABinafile") && finished.stdout.is_empty(), "{finished:?}");
}

#[tokio::test]
async fn a_file_that_is_no_toml_is_named_with_its_line() {
    let finished = configured(&["sync"]).config("local.toml", "[meta]\npage_size = = 5\n").run().await;
    assert_eq!((finished.code(), complaints(&finished).len()), (2, 1), "{finished:?}");
    assert!(finished.stderr.contains("local.toml:2"), "{}", finished.stderr);
}

#[tokio::test]
async fn a_file_that_an_explicit_environment_names_must_exist() {
    let finished = configured(&["sync"]).env("ADSYNC_ENV", "staging").run().await;
    assert_eq!((finished.code(), complaints(&finished).len()), (2, 1), "{finished:?}");
    assert!(finished.stderr.contains("staging.toml"), "{}", finished.stderr);
}

#[tokio::test]
async fn an_unreachable_database_is_one_sentence_and_its_advice() {
    let finished = configured(&["sync"]).run().await;
    assert_eq!((finished.code(), complaints(&finished).len()), (1, 1), "{finished:?}");
    assert!(finished.stderr.contains("127.0.0.1") && finished.stderr.contains("DATABASE_URL"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("pass-word"), "{}", finished.stderr);
}

#[tokio::test]
async fn a_wrong_password_is_one_sentence_without_the_password() {
    let scene = Scene::small().await;
    let mut wrong = url::Url::parse(scene.db.url()).unwrap();
    wrong.set_password(Some("not-the-password")).unwrap();
    if sqlx::PgConnection::connect(wrong.as_str()).await.is_ok() {
        // This server asks for none.
        return;
    }
    let finished = scene.adsync(&["sync"]).env("DATABASE_URL", wrong.as_str()).run().await;
    assert_eq!((finished.code(), complaints(&finished).len()), (1, 1), "{finished:?}");
    assert!(!finished.stderr.contains("not-the-password"), "{}", finished.stderr);
}

#[tokio::test]
async fn an_unreachable_meta_fails_the_run_and_says_so() {
    let scene = Scene::small().await;
    let port = free_port();
    let binary = scene.adsync(&["check"]).env("ADSYNC__META__BASE_URL", format!("http://127.0.0.1:{port}"));
    let finished = binary.run().await;
    assert_eq!((finished.code(), complaints(&finished).len()), (1, 1), "{finished:?}");
    assert!(finished.stderr.contains("reached"), "{}", finished.stderr);
}

#[tokio::test]
async fn the_settings_in_force_are_shown_with_their_origin_and_without_their_secrets() {
    let binary = Binary::adsync(&["config"]).config("default.toml", "[meta]\npage_size = 50\n");
    let binary = binary.config("local.toml", "[meta]\nmax_concurrency = 3\n").env("ADSYNC__META__MAX_WAIT", "7m");
    let finished = binary.env("META_ACCESS_TOKEN", "EAABsecret").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    for (key, value, origin) in [
        ("meta.page_size", "50", "default.toml"),
        ("meta.max_concurrency", "3", "local.toml"),
        ("meta.max_wait", "7m", "ADSYNC__META__MAX_WAIT"),
        ("database.schema", "public", "built-in"),
        ("META_ACCESS_TOKEN", "[set]", ""),
        ("DATABASE_URL", "[missing]", ""),
        ("META_APP_SECRET", "[missing]", ""),
    ] {
        let is_shown =
            |line: &str| line.split_whitespace().next() == Some(key) && line.contains(value) && line.contains(origin);
        assert!(finished.stdout.lines().any(is_shown), "{key} {value} {origin}\n{}", finished.stdout);
    }
    assert!(!finished.stdout.contains("EAABsecret"));
}

#[tokio::test]
async fn ranges_that_cannot_be_are_refused_before_anything_is_reached() {
    let future = (Utc::now().date_naive() + Days::new(3)).to_string();
    for arguments in [
        vec!["sync", "--since", "2026-11-20", "--until", "2026-11-10"],
        vec!["sync", "--since", &future],
        vec!["sync", "--since", "2026-11-01", "--until", &future],
        vec!["backfill", "--since", "2026-11-20", "--until", "2026-11-10"],
        vec!["backfill", "--since", &future],
        vec!["sync", "--since", "yesterday"],
        vec!["sync", "--since", "2026-02-30"],
        vec!["sync", "--until", "2026-11-10"],
        vec!["backfill"],
        vec!["sync", "--account", "act_5"],
        vec!["sync", "--account", "act_x"],
        vec!["sync", "--account", ""],
        vec!["sync", "--schedule", "recnt"],
        vec!["sync", "--report", "adsets"],
        vec!["snyc"],
        vec!["runs", "--limit", "0"],
        vec!["runs", "not-a-run"],
    ] {
        let finished = configured(&arguments).run().await;
        assert_eq!(finished.code(), 2, "{arguments:?}: {finished:?}");
        assert!(!finished.stderr.trim().is_empty(), "{arguments:?}");
    }
    let finished = configured(&["sync", "--schedule", "recnt"]).run().await;
    assert!(finished.stderr.contains("recent"), "{}", finished.stderr);
}

#[tokio::test]
async fn the_account_may_come_from_the_environment_with_or_without_its_prefix() {
    for id in [ACT, "1029384756102938", " 1029384756102938 "] {
        let scene = Scene::small().await;
        let binary = Binary::adsync(&["sync"]).env("META_ACCESS_TOKEN", scene.sim.token()).env("META_ACCOUNT_ID", id);
        let binary = binary.env("DATABASE_URL", scene.db.url()).env("ADSYNC__META__BASE_URL", scene.sim.url());
        let finished = binary.run().await;
        assert_eq!(finished.code(), 0, "{id:?}: {finished:?}");
        assert_eq!(scene.value("select id from ad_accounts").await, ACT);
    }
}

#[tokio::test]
async fn an_account_may_be_named_on_the_command_line_with_or_without_its_prefix() {
    let scene = Scene::small().await;
    for id in [ACT, "1029384756102938"] {
        let finished =
            scene.adsync(&["sync", "--account", id, "--schedule", "recent", "--report", "adset"]).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(scene.last_run("schedule, trigger, until - since").await, ["recent", "manual", "3"]);
    }
}

#[tokio::test]
async fn secrets_may_come_from_files() {
    let scene = Scene::small().await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, format!("{}\n", scene.sim.token())).unwrap();
    let binary = Binary::adsync(&["sync"]).env("META_ACCESS_TOKEN_FILE", &token).env("META_ACCOUNT_ID", ACT);
    let binary = binary.env("DATABASE_URL", scene.db.url()).env("ADSYNC__META__BASE_URL", scene.sim.url());
    assert_eq!(binary.run().await.code(), 0);
    let both = scene.adsync(&["sync"]).env("META_ACCESS_TOKEN_FILE", &token).run().await;
    assert_eq!((both.code(), complaints(&both).len()), (2, 1), "{both:?}");
}

#[tokio::test]
async fn a_field_that_adsync_does_not_know_yet_is_doubted_aloud_and_hinders_nothing() {
    let scene = Scene::small().await;
    let finished = scene.adsync(&["sync"]).env("ADSYNC__INSIGHTS__EXTRA_FIELDS", "glances").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let doubt =
        "warning: ADSYNC__INSIGHTS__EXTRA_FIELDS: insights.extra_fields: \"glances\" was no field of insights on";
    assert!(finished.stderr.starts_with(doubt), "{}", finished.stderr);
    scene.assert_true().await;
}

#[tokio::test]
async fn a_config_folder_that_was_named_and_is_not_there_is_told() {
    let finished = Binary::adsync(&["config", "--config-dir", "/nowhere/adsync"]).run().await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(finished.stderr.contains("the config folder /nowhere/adsync does not exist: correct --config-dir"));
}
