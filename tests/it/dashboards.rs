//! The example alert rules and the example dashboard ask for nothing that the daemon does not show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{TimeDelta, Utc};
use graph_sim::SettingsChange;
use rustix::process::Signal;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::support::promql::{self, Question};

/// The labels of every metric of a scrape, each with the values that it has.
type Scrape = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Reads what the daemon shows. Of a metric that has several rows, all labels count.
fn read(text: &str) -> Scrape {
    let mut scrape = Scrape::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_once([' ', '{']).unwrap();
        let labels = scrape.entry(name.to_owned()).or_default();
        let Some((inside, _)) = rest.rsplit_once('}').filter(|_| line.contains('{')) else { continue };
        for pair in inside.split("\",") {
            let (label, value) = pair.split_once("=\"").unwrap();
            labels.entry(label.to_owned()).or_default().insert(value.trim_end_matches('"').to_owned());
        }
    }
    scrape
}

/// What is wrong with a question; `further` are labels that are named beside it.
fn judge(scrape: &Scrape, expression: &str, further: &[String]) -> Vec<String> {
    let Question { metrics, groups } = match promql::parse(expression) {
        Ok(question) => question,
        Err(error) => return vec![format!("{expression}: {error}")],
    };
    let mut found = Vec::new();
    if metrics.is_empty() {
        found.push(format!("{expression}: asks for no metric"));
    }
    for (metric, matchers) in &metrics {
        let Some(labels) = scrape.get(metric) else {
            found.push(format!("{expression}: there is no {metric}"));
            continue;
        };
        for (label, value) in matchers {
            match (labels.get(label), value) {
                (None, _) => found.push(format!("{expression}: {metric} has no label {label}")),
                (Some(values), Some(value)) if !values.contains(value) => {
                    found.push(format!("{expression}: no {metric} has {label} {value}"));
                }
                _ => {}
            }
        }
        let missing = groups.iter().chain(further).filter(|label| !labels.contains_key(*label));
        found.extend(missing.map(|label| format!("{expression}: {metric} has no label {label}")));
    }
    found
}

/// The names that follow `mark` in a text: `$labels.` of an annotation, `{{` of a legend.
fn named(text: &str, mark: &str) -> Vec<String> {
    let name = |rest: &str| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    text.split(mark).skip(1).map(name).collect()
}

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)).unwrap()
}

/// The expressions of the rules, each with the labels that its words name.
fn rules() -> Vec<(String, Vec<String>)> {
    let documents = Yaml::load_from_str(&file("prometheus/alerts.yml")).unwrap();
    let groups = documents[0]["groups"].as_vec().unwrap();
    let rules: Vec<&Yaml<'_>> = groups.iter().flat_map(|group| group["rules"].as_vec().unwrap()).collect();
    let mut names = BTreeSet::new();
    rules
        .iter()
        .map(|rule| {
            let name = rule["alert"].as_str().unwrap();
            assert!(names.insert(name), "{name} is there twice");
            let severity = rule["labels"]["severity"].as_str();
            assert!(matches!(severity, Some("critical" | "warning" | "info")), "{name}: {severity:?}");
            let words = ["summary", "description"].map(|key| {
                let words = rule["annotations"][key].as_str();
                words.filter(|words| !words.is_empty()).unwrap_or_else(|| panic!("{name} has no {key}"))
            });
            (rule["expr"].as_str().unwrap().to_owned(), named(&words.concat(), "$labels."))
        })
        .collect()
}

/// The expressions of the dashboard, each with the labels that its legend names.
fn panels() -> Vec<(String, Vec<String>)> {
    let dashboard: Value = serde_json::from_str(&file("grafana/adsync.json")).unwrap();
    let mut ids = BTreeSet::new();
    let mut asked = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel} has another's id");
        for target in panel["targets"].as_array().unwrap() {
            let legend = target["legendFormat"].as_str().unwrap();
            asked.push((target["expr"].as_str().unwrap().to_owned(), named(legend, "{{")));
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap().iter().filter(|v| v["type"] == "query") {
        let inside = variable["definition"].as_str().unwrap().strip_prefix("label_values(").unwrap();
        let (metric, label) = inside.strip_suffix(')').unwrap().split_once(", ").unwrap();
        asked.push((metric.to_owned(), vec![label.to_owned()]));
    }
    asked
}

#[tokio::test]
async fn every_metric_and_label_of_the_rules_and_the_dashboard_is_in_a_scrape() {
    let stage = Stage::new().await;
    let ends = (Utc::now() + TimeDelta::days(9)).timestamp();
    stage.sim.set(SettingsChange { expires_at: Some(ends), ..SettingsChange::default() });
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__DATABASE__SIZE_LIMIT", "8GB").start();
    // What a run ends with is shown after its record is closed, and the look at tokens and database goes beside it.
    stage.answers("/metrics", 200, "adsync_fresh_as_of_timestamp_seconds{").await;
    stage.answers("/metrics", 200, "change=\"unchanged\"").await;
    stage.answers("/metrics", 200, "adsync_schedule_paused{").await;
    let text = stage.answers("/metrics", 200, "adsync_token_days_left{").await;
    let mut scrape = read(&text);
    // Nothing is deleted and hardly anything is updated while this runs: such rows have no line before there are some.
    let changes = scrape.get_mut("adsync_rows_total").unwrap().get_mut("change").unwrap();
    changes.extend(["updated", "deleted"].map(str::to_owned));
    let asked: Vec<(String, Vec<String>)> = rules().into_iter().chain(panels()).collect();
    let wrong: Vec<String> = asked.iter().flat_map(|(expression, labels)| judge(&scrape, expression, labels)).collect();
    assert!(wrong.is_empty(), "{}\n{text}", wrong.join("\n"));
    // And nothing is shown that nobody looks at.
    let named: BTreeSet<String> = asked
        .iter()
        .flat_map(|(expression, _)| promql::parse(expression).unwrap().metrics)
        .map(|(name, _)| name)
        .collect();
    let parts = ["_sum", "_count"];
    let unseen: Vec<&String> =
        scrape.keys().filter(|name| !named.contains(*name) && !parts.iter().any(|part| name.ends_with(part))).collect();
    assert_eq!(unseen, Vec::<&String>::new());
    assert!(text.contains("adsync_database_size_limit_bytes 8000000000"), "{text}");
    assert!(
        text.contains("adsync_database_up 1") && text.contains("adsync_token_days_left{token=\"META_ACCESS_TOKEN\"} 8"),
        "{text}"
    );
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);

    // The next process shows at once what the database knows, before any run of its own.
    let rarely = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";
    let daemon = stage.daemon(rarely);
    let text = stage.answers("/metrics", 200, "adsync_last_success_timestamp_seconds{").await;
    let account = "account_id=\"act_1029384756102938\"";
    for line in [
        &format!("adsync_fresh_as_of_timestamp_seconds{{{account},report=\"adset\"}} "),
        &format!("adsync_drift_days{{{account},report=\"adset\"}} 0"),
        "adsync_runs_total{schedule=\"recent\",status=\"failed\"} 0",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert!(!text.contains("adsync_api_calls_total{"), "no run of its own: {text}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}

#[test]
fn a_question_for_what_is_not_shown_is_found() {
    let scrape = read("# TYPE x\nadsync_runs_total{schedule=\"recent\",status=\"failed\"} 1\nadsync_database_up 1\n");
    let judge = |expression: &str, further: &[&str]| {
        judge(&scrape, expression, &further.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())
    };
    let nothing: [&str; 0] = [];
    assert_eq!(judge("sum by (schedule) (rate(adsync_runs_total{status=\"failed\"}[1h])) > 0", &["schedule"]), nothing);
    assert_eq!(judge("adsync_database_up == 0", &[]), nothing);
    for (expression, further, said) in [
        ("adsync_gone == 0", [].as_slice(), "there is no adsync_gone"),
        ("adsync_runs_total{state=\"failed\"}", &[], "has no label state"),
        ("adsync_runs_total{status=\"lost\"}", &[], "has status lost"),
        ("sum by (account_id) (adsync_runs_total)", &[], "has no label account_id"),
        ("adsync_runs_total", &["report"], "has no label report"),
        ("sum(adsync_runs_total", &[], "is not closed"),
        ("summ(adsync_runs_total)", &[], "no function summ"),
        ("1 + 1", &[], "asks for no metric"),
    ] {
        let found = judge(expression, further);
        assert!(found.len() == 1 && found[0].contains(said), "{expression}: {found:?}");
    }
}
