//! What Meta answers: a page is read whole or refused, its rows become cells, an error gets a class, and nothing panics.
#![no_main]

use std::sync::LazyLock;

use adsync::meta::page::Page;
use adsync::meta::usage::Usage;
use adsync::meta::{AccountId, Error};
use adsync::rows::entity::Given;
use adsync::rows::insights::Insights;
use adsync::rows::report::{Conversions, Days, Increment, Level, Report};
use adsync::rows::value::Warnings;
use adsync::rows::{account, ad, adset, campaign};
use axum::http::{HeaderMap, HeaderValue};
use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;

/// Reports whose rows are read in different ways.
static REPORTS: LazyLock<Vec<Insights>> = LazyLock::new(|| {
    let report = |level, breakdowns: &[&str], increment| Report {
        name: "fuzzed".to_owned(),
        level,
        breakdowns: breakdowns.iter().map(|name| (*name).to_owned()).collect(),
        increment,
        attribution_windows: vec!["7d_click".to_owned()],
        extra_fields: vec!["social_spend".to_owned()],
        metrics: Vec::new(),
    };
    vec![
        Insights::new(report(Level::Adset, &[], Increment::Daily)),
        Insights::new(report(Level::Account, &[], Increment::Weekly)),
        Insights::new(report(Level::Ad, &["age", "gender"], Increment::Daily)),
        Insights::new(report(Level::Campaign, &[], Increment::AllDays)),
    ]
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data).into_owned();
    let status = [200, 400, 403, 500][data.len() % 4];
    let error = Error::from_answer(status, &text);
    assert!(!error.advice().is_empty());
    usage(data, &text);
    let Ok(page) = Page::decode(text) else { return };
    let rows = page.rows().expect("a page that was decoded has rows");
    assert_eq!(rows.len(), page.len());
    let account: AccountId = "act_1029384756102938".parse().unwrap();
    let given = Given { account: &account, texts: &[], deleted_at: None, store_raw: true };
    let conversions = Conversions { leads: vec!["lead".to_owned()], purchases: vec!["purchase".to_owned()] };
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let asked = Days { since: day - chrono::Days::new(6), until: day };
    for row in &rows {
        let mut warnings = Warnings::default();
        for entity in [account::entity(), campaign::entity(), adset::entity(), ad::entity()] {
            if let Some((id, cells)) = entity.row(row, given, &mut warnings) {
                assert!(!id.is_empty() && cells.len() == entity.table.columns.len());
            }
        }
        for insights in REPORTS.iter() {
            if let Some(filled) = insights.row(row, asked, &account, &conversions, &mut warnings) {
                assert_eq!(filled.cells.len(), insights.table.columns.len());
                insights.figures(&filled);
            }
        }
    }
});

/// The usage headers, each with the whole text.
fn usage(data: &[u8], text: &str) {
    let Ok(value) = HeaderValue::from_str(text).or_else(|_| HeaderValue::from_bytes(data)) else { return };
    let names = [
        "x-app-usage",
        "x-ad-account-usage",
        "x-fb-ads-insights-throttle",
        "x-fb-ads-insights-reach-throttle",
        "x-business-use-case-usage",
    ];
    let mut headers = HeaderMap::new();
    for name in names {
        headers.insert(name, value.clone());
    }
    let usage = Usage::from_headers(&headers, Some("1029384756102938"));
    assert!(!usage.peak_pct().is_nan());
}
