//! Why a row is missing: what a reading without it says, and what it does not.

use super::*;

#[test]
fn each_missing_row_has_its_own_reason_and_cure() {
    let none = |coverage: Option<Coverage>| Provenance { rows: Vec::new(), sums: Sums::default(), coverage, ..found() };
    let reason = |found, date| with(found, date, reason::reason).unwrap();
    let told = reason(Provenance::default(), "2026-11-20");
    assert!(told.contains("is not known") && told.contains("check the id"), "{told}");
    let told = reason(none(None), "2026-11-27");
    assert!(told.contains("has not begun in America/Sao_Paulo") && told.contains("2026-11-26"), "{told}");
    let told = reason(none(None), "2026-10-01");
    assert!(told.contains("adsync sync --since 2026-10-01 --until 2026-10-01 --account act_102"), "{told}");
    let told = reason(none(None), "2023-10-25");
    assert!(told.contains("37 months") && told.contains("2023-10-26"), "{told}");
    assert!(!reason(none(None), "2023-10-26").contains("37 months"));
    let told = reason(none(Some(coverage())), "2026-11-20");
    assert!(told.contains("reported no delivery") && told.contains("31 rows"), "{told}");
    let told = reason(none(Some(Coverage { complete: false, ..coverage() })), "2026-11-20");
    assert!(told.contains("not to its end"), "{told}");
    assert_eq!(with(found(), "2026-11-20", reason::reason), None);
    // One sentence, and nothing of a request to an account that is not known.
    let text = with(Provenance::default(), "2026-11-20", words::text);
    assert!(!text.contains("request") && text.contains("no row"), "{text}");
}

/// Why there is no row, of a reading with this status of an object in this state.
fn missing(insights: &Insights, state: State, change: impl FnOnce(Coverage) -> Coverage) -> String {
    let coverage = change(coverage());
    let total = Some(crate::rows::figures::Figures { spend: Decimal::new(123_457, 2), impressions: 9_000, clicks: 41 });
    let date = coverage.date.to_string();
    let days = Some(Days { since: coverage.date, until: coverage.date + chrono::Days::new(2) });
    let none =
        Provenance { rows: Vec::new(), sums: Sums::default(), state, days, total, coverage: Some(coverage), ..found() };
    with_report(insights, none, &date, reason::reason).unwrap()
}

#[test]
fn only_a_total_that_agrees_or_a_complete_listing_says_that_nothing_is_missing() {
    const SURE: &str = "so nothing is missing";
    const FIGURES: &str = "no spend, impression or click";
    let status = |status: &str| {
        let status = status.to_owned();
        move |coverage| Coverage { status: Some(status), unlisted_spend: Some(Decimal::new(5_000, 2)), ..coverage }
    };
    let days = report(Increment::Daily, &[]);
    let told = |state, word| missing(&days, state, status(word));
    assert!(told(State::Live, "settled").contains(SURE));
    for hidden in [State::Archived, State::Deleted, State::Unknown] {
        let told = told(hidden, "settled");
        assert!(told.contains(FIGURES) && told.contains("a conversion without") && !told.contains(SURE), "{told}");
    }
    for known in [State::Live, State::Archived] {
        assert!(told(known, "explained").contains("which this one is not, so no spend"), "{known:?}");
    }
    for unlisted in [State::Deleted, State::Unknown] {
        let told = told(unlisted, "explained");
        assert!(told.contains("but Meta counts 50.00 BRL more of deleted objects") && !told.contains(SURE), "{told}");
    }
    for (word, says) in [("drift", "may be missing"), ("moving", "so a row may come yet")] {
        for state in [State::Live, State::Deleted] {
            let told = told(state, word);
            assert!(told.contains(says) && !told.contains(SURE) && !told.contains(FIGURES), "{told}");
        }
    }
    // What was not compared yet says nothing, unless the total is known all the same.
    let open = |control: i64| move |coverage| Coverage { status: None, impressions: Some(control), ..coverage };
    assert!(missing(&days, State::Live, open(9_000)).contains(SURE));
    let told = missing(&days, State::Deleted, open(8_000));
    assert!(told.contains("no total tells") && told.contains("may be missing"), "{told}");
}

#[test]
fn where_rows_are_no_parts_of_a_total_only_what_is_listed_is_sure_to_have_none() {
    let assets = report(Increment::Daily, &["image_asset"]);
    let not_additive = |coverage| Coverage { status: Some("not_additive".to_owned()), ..coverage };
    let told = missing(&assets, State::Live, not_additive);
    assert!(told.contains("leave out only what was archived or deleted, which this one is not"), "{told}");
    for hidden in [State::Archived, State::Deleted, State::Unknown] {
        let told = missing(&assets, hidden, not_additive);
        assert!(told.contains("the row may be missing") && !told.contains("nothing is missing"), "{told}");
    }
    // Meta may be silent without an error.
    let silent = report(Increment::Daily, &["frequency_value"]);
    let told = missing(&silent, State::Live, |coverage| Coverage { rows: 0, ..not_additive(coverage) });
    assert!(
        told.contains("without a row of any object") && told.contains("nothing says that there was none"),
        "{told}"
    );
    // The rows of an ad set's ads may be hidden although the ad set is not.
    let ads = Insights::new(Report { level: Level::Ad, ..assets.report });
    assert!(missing(&ads, State::Live, not_additive).contains("the row may be missing"));
}

#[test]
fn a_missing_week_is_told_and_read_again_as_a_whole() {
    let week = report(Increment::Weekly, &[]);
    let of_week = |coverage| Coverage { date: day("2026-11-16"), status: Some("not_additive".to_owned()), ..coverage };
    let told = missing(&week, State::Live, of_week);
    assert!(told.contains("from 2026-11-16 to 2026-11-22, which was read to its end"), "{told}");
    assert!(
        told.contains("adsync sync --since 2026-11-16 --until 2026-11-22 --account act_102 --report mine"),
        "{told}"
    );
    assert!(told.contains("agree with Meta's total, so nothing is missing"), "the totals of its days: {told}");
}
