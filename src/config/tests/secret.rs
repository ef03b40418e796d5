//! Secrets: where they are read from, and that they are seen nowhere.

use super::*;

#[test]
fn a_secret_may_stand_in_a_file_and_is_trimmed() {
    let dir = folder(&[("token", "  EAAfromfile\n")]);
    let path = dir.path().join("token");
    let variables = [("META_ACCESS_TOKEN_FILE", path.to_str().unwrap()), DATABASE, ACCOUNT];
    let loaded = load_with(&[], &variables, Needs::EVERYTHING).unwrap();
    assert_eq!(loaded.settings.sync.credentials[""].token.expose_secret(), "EAAfromfile");
    let entry = loaded.entries.iter().find(|e| e.key == "META_ACCESS_TOKEN").unwrap();
    assert_eq!((entry.value.as_str(), entry.origin.to_string().as_str()), ("[set]", "META_ACCESS_TOKEN_FILE"));
}

#[test]
fn what_is_wrong_with_a_secret_is_said_without_it() {
    let dir = folder(&[("empty", " \n"), ("token", "EAAfromfile")]);
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (empty, token) = (file("empty"), file("token"));
    let cases: [(&[(&str, &str)], &str); 13] = [
        (
            &[("META_ACCESS_TOKEN", "EAAsecret1"), ("META_ACCESS_TOKEN_FILE", &token)],
            "META_ACCESS_TOKEN: is set and so is META_ACCESS_TOKEN_FILE: unset one of them",
        ),
        (&[("META_ACCESS_TOKEN", " ")], "META_ACCESS_TOKEN: is empty: give it its value, or unset it"),
        (
            &[("META_ACCESS_TOKEN_FILE", &empty)],
            "META_ACCESS_TOKEN_FILE: names an empty file: write the secret into it, or unset the variable",
        ),
        (
            &[("META_ACCESS_TOKEN_FILE", "/nowhere/EAAsecret1")],
            "META_ACCESS_TOKEN_FILE: names a file that cannot be read (entity not found): correct the path, or let this process read it",
        ),
        (
            &[("META_ACCESS_TOKEN", "EAAsec ret1")],
            "META_ACCESS_TOKEN: holds a space, a line break or a character that no token has: copy it again, without quotes",
        ),
        (&[("ADSYNC_ADMIN_TOKEN", "")], "ADSYNC_ADMIN_TOKEN: is empty: give it its value, or unset it"),
        (
            &[("ADSYNC_WEBHOOK_URL", "hooks/secret1")],
            "ADSYNC_WEBHOOK_URL: is no web address (relative URL without a base): copy it again, it begins with https://",
        ),
        (
            &[("DATABASE_URL", "postgres://u:sec#ret1@db.example:5432/p")],
            "DATABASE_URL: does not parse (invalid port number): in the password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F and % as %25",
        ),
        (
            &[("DATABASE_URL", "postgres://u:[YOUR-PASSWORD]@db.example:5432/p")],
            "DATABASE_URL: still holds the placeholder for the password: put the database password in its place",
        ),
        (
            &[("DATABASE_URL", "https://secret1.supabase.co")],
            "DATABASE_URL: is a web address, not a database: copy the connection string (Supabase: Connect), it looks like postgresql://user:password@host:5432/postgres",
        ),
        (
            &[("DATABASE_URL", "mysql://u:secret1@db/p")],
            "DATABASE_URL: must begin with postgresql:// or postgres://, as in postgresql://user:password@host:5432/postgres",
        ),
        (
            &[("DATABASE_URL", "host=db password=secret1")],
            "DATABASE_URL: is no URL: it looks like postgresql://user:password@host:5432/postgres",
        ),
        (
            &[("DATABASE_URL", "postgres:///secret1")],
            "DATABASE_URL: names no host: it looks like postgresql://user:password@host:5432/postgres",
        ),
    ];
    for (variables, expected) in cases {
        let found = lines(&[], variables, Needs::NOTHING);
        assert_eq!(found, [expected]);
        assert!(!found[0].contains("secret1") && !found[0].contains("ret1"), "{found:?}");
    }
}

#[test]
fn a_missing_secret_is_named_with_its_cure() {
    let found = lines(&[], &[ACCOUNT], Needs::EVERYTHING);
    assert_eq!(
        found,
        [
            "DATABASE_URL: is not set: put the connection string of the database there (Supabase: Connect), or set DATABASE_URL_FILE to the path of a file that holds it",
            "META_ACCESS_TOKEN: is not set: make a token for a system user with ads_read (Business settings, System users) and put it there, or set META_ACCESS_TOKEN_FILE to the path of a file that holds it",
        ]
    );
}

#[test]
fn a_socket_may_stand_for_the_host() {
    assert!(lines(&[], &[("DATABASE_URL", "postgres:///db?host=/run/postgresql")], Needs::DATABASE).is_empty());
}

#[test]
fn no_secret_is_seen_in_the_settings_or_their_entries() {
    let variables = [
        TOKEN,
        DATABASE,
        ACCOUNT,
        ("META_APP_SECRET", "0123456789abcdef-app"),
        ("ADSYNC_MIGRATE_DATABASE_URL", "postgres://owner:ownerpassword@127.0.0.1/p"),
        ("ADSYNC_ADMIN_TOKEN", "admin-token-value"),
        ("ADSYNC_READ_TOKEN", "read-token-value"),
        ("ADSYNC_WEBHOOK_URL", "https://hooks.example/T000/B000"),
        ("ADSYNC_HEARTBEAT_URL", "https://beat.example/uuid"),
        // By mistake.
        ("ADSYNC__DAEMON__INSTANCE", "ownerpassword"),
    ];
    let environment: Environment = variables.iter().copied().collect();
    let loaded = load(folder(&[]).path(), &environment, Needs::EVERYTHING).unwrap();
    let entries = format!("{:?}", loaded.entries);
    let mut settings = loaded.settings;
    for instance in [&mut settings.daemon.instance, &mut settings.database.instance] {
        assert_eq!(std::mem::take(instance), "ownerpassword");
    }
    for text in [format!("{settings:?}"), entries, format!("{environment:?}")] {
        for (name, value) in variables.iter().filter(|(name, _)| *name != "META_ACCOUNT_ID") {
            assert!(!text.contains(value), "the value of {name} is seen in {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn no_secret_is_seen_in_a_problem_wherever_it_was_put() {
    let token = "EAABsbCS1iHgBO0123456789abcdefghijklmnopqrstuv";
    let local = format!(
        "[meta]\naccess_token = \"{token}\"\nbase_url = \"https://x/?access_token={token}\"\naccounts = [\"{token}\"]\n\
         api_version = \"{token}\"\npage_size = \"{token}\"\nexclude = \"{token}\"\n[accounts.{token}]\n[tokens.a]\nvariable = \"{token}\"\n\
         token = \"{token}\"\n[schedules.recent]\ncron = \"{token}\"\ntimezone = \"{token}\"\nreports = [\"{token}\"]\n\
         [reports.{token}]\nlevel = \"{token}\"\nbreakdowns = [\"-{token}\"]\n[{token}]\nx = 1\n[tables]\n{token} = \"x\"\n\
         [web]\nlisten = \"{token}\"\n[log]\nlevel = \"{token}\"\n[database]\nurl = \"postgres://u:{token}@h/p\"\n\
         adopt = [\"{token}\"]\ntls_ca_file = \"/x/{token}\"\nschema = \"{token}{token}\"\n[metrics.{token}]\nsumm = 1\nx = 1\n"
    );
    // Once as nobody knows the token, once as the environment has it.
    for variables in [&[][..], &[("META_ACCESS_TOKEN", token)]] {
        let found = lines(&[("local.toml", &local)], variables, Needs::NOTHING);
        assert!(found.len() >= 20, "{found:#?}");
        for line in &found {
            assert!(!line.contains("BsbCS1iHgBO"), "{line}");
        }
    }
    // A file that is no TOML is not quoted either.
    let broken = format!("[meta]\npage_size = 5\naccess_token = {token}\n");
    let found = lines(&[("local.toml", &broken)], &[], Needs::NOTHING);
    assert!(found.len() == 1 && found[0].starts_with("config/local.toml:3: no valid TOML: "), "{found:?}");
    assert!(!found[0].contains("BsbCS1iHgBO"), "{found:?}");
}

#[test]
fn a_page_for_other_machines_without_a_token_is_doubted() {
    let doubts = |listen: &str, variables: &[(&str, &str)]| {
        let local = format!("[web]\nlisten = \"{listen}\"\n");
        let loaded =
            load_with(&[("local.toml", &local)], &[&ENOUGH[..], variables].concat(), Needs::EVERYTHING).unwrap();
        loaded.warnings.iter().map(|doubt| doubt.text.clone()).collect::<Vec<_>>()
    };
    let doubt =
        "can be reached from other machines, and ADSYNC_READ_TOKEN is not set: until it is, the page shows nothing";
    assert_eq!(doubts("0.0.0.0:8080", &[]), [doubt]);
    assert_eq!(doubts("0.0.0.0:8080", &[("ADSYNC_READ_TOKEN", "a-word")]), [""; 0]);
    assert_eq!(doubts("127.0.0.1:8080", &[]), [""; 0]);
}
