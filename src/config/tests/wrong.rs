//! Everything that can be wrong: each gives exactly one line, and all of them are told at once.

use super::wrong_lines::{IN_A_FILE, IN_A_VARIABLE};
use super::*;

#[test]
fn each_wrong_thing_in_a_file_gives_exactly_one_line_with_its_cure() {
    for (text, expected) in IN_A_FILE {
        let found = lines(&[("local.toml", text)], &ENOUGH, Needs::EVERYTHING);
        assert_eq!(found, [format!("config/local.toml: {expected}")], "for {text}");
    }
}

#[test]
fn each_wrong_variable_gives_exactly_one_line_with_its_cure() {
    for (variable, value, expected) in IN_A_VARIABLE {
        let found = lines(&[], &[&ENOUGH[..], &[(variable, value)]].concat(), Needs::EVERYTHING);
        assert_eq!(found, [*expected], "for {variable}={value}");
    }
}

#[test]
fn a_cron_that_does_not_parse_is_told_with_the_reason() {
    let cases = [
        ("61 * * * *", "the minute field `61` cannot be read"),
        ("* * * *", "this has 4; write 5 fields"),
        ("@nonsense", "`@nonsense` is not a name for a cron expression"),
        ("", "is missing: write 5 fields"),
    ];
    for (cron, expected) in cases {
        let local = format!("[schedules.recent]\ncron = \"{cron}\"");
        let found = lines(&[("local.toml", &local)], &ENOUGH, Needs::EVERYTHING);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("config/local.toml: schedules.recent.cron: "), "{found:?}");
        assert!(found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn a_named_token_that_is_not_set_is_missing() {
    let local = "[tokens.aurora]\nvariable = \"TOKEN_AURORA\"";
    let missing = "TOKEN_AURORA: is not set: tokens.aurora.variable names it, put the secret there, or set TOKEN_AURORA_FILE to the path of a file that holds it";
    assert_eq!(lines(&[("local.toml", local)], &ENOUGH, Needs::EVERYTHING), [missing]);
    assert!(lines(&[("local.toml", local)], &[DATABASE], Needs::DATABASE).is_empty());
}

#[test]
fn no_account_from_anywhere_is_told_with_the_three_ways_out() {
    let found = lines(&[], &[TOKEN, DATABASE], Needs::EVERYTHING);
    let text = "built-in: meta.accounts: names no account: list them, as in [\"act_1029384756102938\"], write \"all\" for every account of the token (`adsync accounts` shows them), or set META_ACCOUNT_ID";
    assert_eq!(found, [text]);
    let found = lines(&[], &[TOKEN, DATABASE, ("META_ACCOUNT_ID", "5,x")], Needs::EVERYTHING);
    let text = "META_ACCOUNT_ID: \"x\" is no account id: write the digits from Ads Manager, with or without act_, for example act_1029384756102938";
    assert_eq!(found, [text]);
}

#[test]
fn everything_wrong_is_told_at_once() {
    // Each of the wrong things that can stand in one file together, each of the variables, and a broken file.
    let local = "[meta]\npge_size = 5\npage_size = 0\nbase_url = \"http://example.com\"\n[database]\nurl = \"x\"\nschema = \"\"\n\
                 [colours]\nred = 1\n[schedules.recent]\ncron = \"0 0 30 2 *\"\ntimezone = \"Mars\"\n[metrics.spend]\nsum = [\"x\"]\n\
                 [reports.account]\n[log]\nlevel = \"loud\"\n";
    let variables = [
        ("ADSYNC__META__MAX_WAIT", "soon"),
        ("ADSYNC__META__ACCOUNTS", "act_5,act_x"),
        ("DATABASE_URL", "nonsense"),
        ("META_ACCESS_TOKEN_FILE", "/nowhere"),
    ];
    let found = lines(&[("default.toml", "[meta\n"), ("local.toml", local)], &variables, Needs::EVERYTHING);
    let beginnings = [
        "config/default.toml:1: no valid TOML: ",
        "config/local.toml: colours: unknown section",
        "config/local.toml: database.schema: is empty",
        "config/local.toml: database.url: secrets come from",
        "config/local.toml: log.level: must be a level",
        "config/local.toml: meta.base_url: sends the token in the clear",
        "config/local.toml: meta.page_size: must be a whole number",
        "config/local.toml: meta.pge_size: unknown key",
        "config/local.toml: metrics.spend: is a column",
        "config/local.toml: reports.account: would be the table",
        "config/local.toml: schedules.recent.cron: \"0 0 30 2 *\" never falls due",
        "config/local.toml: schedules.recent.timezone: `Mars` is not a time zone",
        "ADSYNC__META__ACCOUNTS: meta.accounts: \"act_x\" is no account id",
        "ADSYNC__META__MAX_WAIT: meta.max_wait: must be a length of time",
        "DATABASE_URL: is no URL",
        "META_ACCESS_TOKEN_FILE: names a file that cannot be read",
    ];
    assert_eq!(found.len(), beginnings.len(), "{found:#?}");
    for (line, beginning) in found.iter().zip(beginnings) {
        assert!(line.starts_with(beginning), "{line}\ndoes not begin with\n{beginning}");
    }
}

#[test]
fn what_may_stand_in_a_broken_file_is_not_said_to_be_missing() {
    let local = "[accounts.act_5]\ntoken = \"aurora\"\n[schedules.nightly]\nreports = [\"by_age\"]\n[tables]\nby_age_insights = \"x\"";
    let found = lines(&[("default.toml", "= 5"), ("local.toml", local)], &[TOKEN, DATABASE], Needs::EVERYTHING);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_mistake_in_an_earlier_file_is_told_even_where_a_later_one_says_it_right() {
    let files = [
        ("default.toml", "meta = 1\n[log]\nlevle = \"info\""),
        ("local.toml", "[meta]\npage_size = 5\n[log]\nlevel = \"info\""),
    ];
    let found = lines(&files, &ENOUGH, Needs::EVERYTHING);
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_file_that_is_no_text_or_cannot_be_read_is_told() {
    let dir = folder(&[]);
    std::fs::write(dir.path().join("default.toml"), [0xff, 0xfe]).unwrap();
    std::fs::create_dir(dir.path().join("local.toml")).unwrap();
    let problems = load(dir.path(), &ENOUGH.into_iter().collect(), Needs::EVERYTHING).unwrap_err().to_string();
    assert!(problems.contains("default.toml: is not UTF-8: save it as UTF-8 text"), "{problems}");
    assert!(problems.contains("local.toml: cannot be read (is a directory): let this process read it"), "{problems}");
}

#[test]
fn a_file_that_is_longer_than_any_configuration_is_not_read_to_its_end() {
    let dir = folder(&[("default.toml", &"# long\n".repeat(200_000)), ("local.toml", &"# long\n".repeat(100_000))]);
    let problems = load(dir.path(), &ENOUGH.into_iter().collect(), Needs::EVERYTHING).unwrap_err().to_string();
    assert!(problems.contains("default.toml: is longer than 1 MB"), "{problems}");
    assert!(!problems.contains("local.toml"), "{problems}");
}
