//! Meta's own words: slips are refused with what was meant, newer words are taken with a doubt.

use super::*;

/// What is refused and what is only doubted of a `local.toml`, without the file's name.
fn judged(local: &str) -> (Vec<String>, Vec<String>) {
    let dir = folder(&[("local.toml", local)]);
    let bare = |problem: &Problem| format!("{}: {}", problem.key.as_deref().unwrap_or_default(), problem.text);
    match load(dir.path(), &ENOUGH.into_iter().collect(), Needs::EVERYTHING) {
        Ok(loaded) => (Vec::new(), loaded.warnings.iter().map(bare).collect()),
        Err(problems) => (problems.iter().map(bare).collect(), Vec::new()),
    }
}

fn breakdowns(list: &str) -> (Vec<String>, Vec<String>) {
    judged(&format!("[reports.x]\nbreakdowns = [{list}]"))
}

#[test]
fn every_documented_set_is_taken_without_a_word() {
    for list in [
        r#""age", "gender""#,
        r#""gender", "age""#,
        r#""publisher_platform", "platform_position", "impression_device""#,
        r#""hourly_stats_aggregated_by_advertiser_time_zone""#,
        r#""frequency_value""#,
        r#""mmm""#,
        r#""user_segment_key""#,
    ] {
        assert_eq!(breakdowns(list), (Vec::new(), Vec::new()), "{list}");
    }
}

#[test]
fn what_meta_does_not_answer_is_refused_with_its_cure() {
    for (local, expected) in [
        (
            "[reports.x]\nbreakdowns = [\"contry\"]",
            "reports.x.breakdowns: \"contry\" is no breakdown; did you mean country?",
        ),
        (
            "[reports.x]\nbreakdowns = [\"age\", \"gender\", \"country\"]",
            "reports.x.breakdowns: Meta does not answer [\"age\", \"gender\", \"country\"] together: the nearest sets that it answers are [\"age\", \"gender\"], [\"age\"], [\"gender\"]; make a report of each",
        ),
        (
            "[reports.x]\nbreakdowns = [\"objective\"]",
            "reports.x.breakdowns: \"objective\" is a field, not a breakdown: move it to insights.extra_fields",
        ),
        (
            "[insights]\nextra_fields = [\"qualty_ranking\"]",
            "insights.extra_fields: \"qualty_ranking\" is no field of insights; did you mean quality_ranking?",
        ),
        (
            "[insights]\nextra_fields = [\"gender\"]",
            "insights.extra_fields: \"gender\" is a breakdown, not a field: move it to the breakdowns of a report",
        ),
        (
            "[insights]\nextra_fields = [\"marketing_messages_website_purchase\"]",
            "insights.extra_fields: \"marketing_messages_website_purchase\" is gone from version 26 of Meta's API: leave it out",
        ),
        (
            "[insights]\nattribution_windows = [\"inline\"]",
            "insights.attribution_windows: \"inline\" was removed by Meta in June 2025, what it counted is in the windows of a day: write \"1d_click\" and \"1d_view\"",
        ),
        (
            "[insights]\nattribution_windows = [\"28d_view_first_conversion\"]",
            "insights.attribution_windows: \"28d_view_first_conversion\" has had no data since Meta removed it in January 2026: write \"1d_view\"",
        ),
        (
            "[insights]\nattribution_windows = [\"30d_click\"]",
            "insights.attribution_windows: \"30d_click\" is no attribution window: Meta answers 1d_click, 7d_click, 28d_click, 1d_view, 1d_ev, dda, incrementality; did you mean 28d_click?",
        ),
    ] {
        assert_eq!(judged(local), (vec![expected.to_owned()], Vec::new()), "for {local}");
    }
}

#[test]
fn what_meta_may_have_added_since_is_taken_with_a_doubt() {
    for (local, expected) in [
        (
            "[reports.x]\nbreakdowns = [\"weather\"]",
            "reports.x.breakdowns: \"weather\" was no breakdown of Meta's on 2026-09-19: Meta decides whether it is one now",
        ),
        (
            "[reports.x]\nbreakdowns = [\"product_custom_label_5_breakdown\"]",
            "reports.x.breakdowns: \"product_custom_label_5_breakdown\" was no breakdown of Meta's on 2026-09-19: Meta decides whether it is one now; did you mean product_custom_label_4_breakdown?",
        ),
        (
            "[reports.x]\nbreakdowns = [\"publisher_platform\", \"device_platform\"]",
            "reports.x.breakdowns: Meta documents nothing of [\"publisher_platform\", \"device_platform\"] together: Meta decides whether it answers",
        ),
        (
            "[reports.x]\nbreakdowns = [\"app_id\", \"skan_conversion_id\"]",
            "reports.x.breakdowns: [\"app_id\", \"skan_conversion_id\"] come without actions: the columns of conversions may stay empty",
        ),
        (
            "[insights]\nextra_fields = [\"glances\"]",
            "insights.extra_fields: \"glances\" was no field of insights on 2026-09-19: Meta decides whether it is one now",
        ),
        (
            "[insights]\nattribution_windows = [\"skan_click\"]",
            "insights.attribution_windows: Meta documents nothing of \"skan_click\": Meta decides whether it answers",
        ),
    ] {
        let (refused, doubted) = judged(local);
        assert!(refused.is_empty(), "for {local}: {refused:?}");
        assert_eq!(doubted, [expected], "for {local}");
    }
}
