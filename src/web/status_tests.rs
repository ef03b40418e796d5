//! What the status page says: its one sentence, the days of accounts, what is under way.

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::tests::{HOSTILE, account, at, get, open, page, status, text};
use super::*;

fn cause(accounts: &[(&str, &str)]) -> CauseLine {
    let named = |(id, name): &(&str, &str)| Named { account_id: (*id).to_owned(), name: Some((*name).to_owned()) };
    CauseLine {
        headline: "a token does not work",
        is_error: true,
        is_pause: false,
        since: at("2026-03-01T11:15:00Z"),
        message: "the token has expired (code 190)".to_owned(),
        advice: Some("Issue a new system-user token".to_owned()),
        accounts: accounts.iter().map(named).collect(),
        run: None,
    }
}

async fn says(status: Status, sentence: &str) {
    let shown = page(open(Ok(status))).await;
    let (_, heading) = shown.split_once("<h1 class=\"sentence ").unwrap();
    let (heading, _) = heading.split_once("</h1>").unwrap();
    assert!(heading.contains(sentence), "{heading}");
}

#[tokio::test]
async fn the_sentence_tells_what_is_worst_since_when_and_what_to_do() {
    let aurora = ("act_1", "Aurora");
    let one = Status { causes: vec![cause(&[aurora])], ..status(vec![account("Aurora")]) };
    let said = "Aurora (act_1) has been failing since 08:15 America/Sao_Paulo: the token has expired (code 190). \
                Issue a new system-user token.";
    says(one.clone(), said).await;
    let three = Status { causes: vec![cause(&[aurora, ("act_2", "Boreal"), ("act_3", "Cais")])], ..one.clone() };
    says(three, "Aurora (act_1) and 2 others have been failing since 08:15").await;
    let none = Status { causes: vec![cause(&[])], ..one.clone() };
    says(none, "Since 08:15 America/Sao_Paulo, a token does not work: the token has expired").await;
    let old = CauseLine { since: at("2026-02-27T11:15:00Z"), ..cause(&[aurora]) };
    says(Status { causes: vec![old], ..one.clone() }, "failing since 2026-02-27 08:15 America/Sao_Paulo").await;
    let warning = CauseLine { is_error: false, headline: "a token ends soon", ..cause(&[]) };
    says(Status { causes: vec![warning], ..one }, "The account is fresh, but a token ends soon; next run 09:15").await;
}

#[tokio::test]
async fn the_sentence_tells_a_pause_and_reckons_no_run_of_it() {
    let mut paused = status(vec![account("Aurora"), account("Boreal")]);
    paused.schedules[0].paused = Some(PauseLine { at: paused.now, by: "Ana".to_owned(), reason: None });
    says(paused, "All 2 accounts are fresh, but recent is paused by Ana.").await;
}

#[tokio::test]
async fn a_fresh_account_whose_last_run_failed_is_no_good_news() {
    let failed = AccountLine { last_status: Some("failed".to_owned()), ..account("Aurora") };
    let page = page(open(Ok(status(vec![failed])))).await;
    assert!(page.contains("The last run of Aurora failed") && !page.contains("is fresh"), "{page}");
}

#[tokio::test]
async fn the_sentence_counts_stale_accounts() {
    let stale = AccountLine { fresh_as_of: None, ..account("Boreal") };
    says(status(vec![account("Aurora"), stale.clone()]), "1 of 2 accounts had no complete run in 26 h; next run").await;
    says(status(vec![stale]), "The account has had no complete run in 26 h; next run 09:15").await;
    says(status(vec![]), "No account has been read yet; next run 09:15").await;
}

#[tokio::test]
async fn the_map_says_in_words_which_days_are_not_whole() {
    let mut line = account("Aurora");
    let states =
        [DayState::Reconciled, DayState::Reconciled, DayState::Partial, DayState::Drifting, DayState::Complete];
    let days = states.iter().enumerate().map(|(back, state)| DayLine {
        date: line.today - Days::new(u64::try_from(states.len() - 1 - back).unwrap()),
        state: *state,
        spend: None,
    });
    line.days = days.collect();
    let shown = page(open(Ok(Status { days_before: 6, days_promised: 6, ..status(vec![line]) }))).await;
    for said in [
        "aria-label=\"Aurora: 3 of 7 days complete; partial 27 Feb; drifting 28 Feb; missing 23 to 24 Feb\"",
        "reconciled</strong> 2 days",
        "missing</strong> 2 days",
    ] {
        assert!(shown.contains(said), "{said} is not in {shown}");
    }
    for class in ["full", "open", "half", "drift", "none"] {
        assert!(shown.contains(&format!("<path class=\"{class}\"")), "{class}");
    }
}

#[tokio::test]
async fn an_account_whose_day_has_not_begun_lacks_nothing_of_it() {
    let east = account("East");
    let west = AccountLine { today: east.today - Days::new(1), ..account("West") };
    let west = AccountLine { days: vec![DayLine { date: west.today, ..east.days[0].clone() }], ..west };
    let shown = page(open(Ok(Status { days_before: 1, days_promised: 1, ..status(vec![east, west]) }))).await;
    assert!(shown.contains("West: 1 of 1 days complete\"") && shown.contains("missing 28 Feb"), "{shown}");
}

#[tokio::test]
async fn a_day_that_nobody_wanted_to_know_of_is_no_gap_but_one_within_what_was_read_is() {
    let mut line = account("Aurora");
    line.days.insert(0, DayLine { date: line.today - Days::new(5), ..line.days[0].clone() });
    let shown = page(open(Ok(Status { days_promised: 2, ..status(vec![line]) }))).await;
    assert!(shown.contains("Aurora: 2 of 6 days complete; missing 25 to 28 Feb\""), "{shown}");
}

#[tokio::test]
async fn a_day_that_differs_is_said_although_nobody_told_of_it_yet() {
    let mut line = account("Aurora");
    line.days[0].state = DayState::Drifting;
    says(status(vec![line]), "The account is fresh, but 1 day differs from Meta&#39;s total; next run 09:15").await;
}

#[tokio::test]
async fn many_accounts_without_a_gap_are_folded_and_those_with_one_come_first() {
    let whole =
        |number: u64| AccountLine { account_id: format!("act_{number}"), ..account(&format!("Whole {number}")) };
    let mut accounts: Vec<AccountLine> = (1..=40).map(whole).collect();
    accounts.push(AccountLine { days: vec![], ..account("Holes") });
    let shown = page(open(Ok(Status { days_before: 0, days_promised: 0, ..status(accounts) }))).await;
    assert!(shown.contains("11 more accounts without a gap"), "{shown}");
    assert!(shown.find("Holes: 0 of 1").unwrap() < shown.find("Whole 1: 1 of 1").unwrap());
}

#[tokio::test]
async fn what_lacks_before_the_days_of_the_map_is_counted_and_its_accounts_are_named() {
    let day = |text: &str| text.parse().unwrap();
    let line = |place: u64, days| OlderLine {
        account: Named { account_id: format!("act_{place}"), name: Some(format!("Clinica {place}")) },
        days,
        first: day("2025-01-03"),
        last: day("2025-06-30"),
    };
    let shown = page(open(Ok(Status {
        older: (1..8).map(|place| line(place, place)).collect(),
        ..status(vec![account("Aurora")])
    })))
    .await;
    let said =
        "28 days of 7 accounts are missing, partial or drifting: the first on 2025-01-03, the last on 2025-06-30.";
    assert!(shown.contains(said) && shown.contains("Clinica 5") && shown.contains("and 2 more"), "{shown}");
    assert!(!shown.contains("Clinica 6"));
    let one = OlderLine { last: day("2025-01-03"), ..line(1, 1) };
    let shown = page(open(Ok(Status { older: vec![one], ..status(vec![account("Aurora")]) }))).await;
    assert!(shown.contains("1 day of 1 account is missing, partial or drifting: on 2025-01-03."), "{shown}");
    assert!(!page(open(Ok(status(vec![account("Aurora")])))).await.contains("Before these days"));
}

#[tokio::test]
async fn spend_is_drawn_and_said_in_words() {
    let mut line = account("Aurora");
    let yesterday = line.today - Days::new(1);
    line.days.insert(0, DayLine { date: yesterday, state: DayState::Reconciled, spend: Some("99.9".parse().unwrap()) });
    let shown = page(open(Ok(status(vec![line])))).await;
    assert!(shown.contains("26 Feb unknown, 27 Feb unknown, 28 Feb 99.90, 1 Mar 1,234.50\""), "{shown}");
}

fn running(now: DateTime<Utc>) -> RunningLine {
    let named = Named { account_id: "act_9".to_owned(), name: Some(HOSTILE.to_owned()) };
    RunningLine {
        run: uuid::Uuid::nil(),
        name: "recent".to_owned(),
        trigger: "catch_up".to_owned(),
        started_at: now - TimeDelta::minutes(2),
        window: Some(("2026-02-26".parse().unwrap(), "2026-03-01".parse().unwrap())),
        accounts: 12,
        done: 3,
        steps: 21,
        api_calls: 45,
        rows_read: 1_234,
        rows_changed: 17,
        at: Some((named, "insights:adset".to_owned())),
        others: 1,
    }
}

#[tokio::test]
async fn a_first_load_is_no_bad_news() {
    let unread = |name| AccountLine { fresh_as_of: None, days: vec![], last_status: None, ..account(name) };
    let mut first = status(vec![unread("Aurora"), unread("Boreal")]);
    first.live.runs = vec![running(first.now)];
    says(first, "2 accounts are being read for the first time; 3 done.").await;
}

#[tokio::test]
async fn what_is_under_way_is_told_by_itself_and_on_the_page() {
    let mut busy = status(vec![account("Aurora")]);
    busy.live.runs = vec![running(busy.now)];
    let router = router(open(Ok(busy)));
    for path in ["/", "/now"] {
        let shown = text(get(&router, path).await).await;
        for said in [
            "3 of 12 accounts done",
            "21 steps ended",
            "45 calls, 1,234 rows read, 17 changed",
            "insights:adset of",
            "and 1 other step",
            "catch up, began 2 min ago, days 2026-02-26 to 2026-03-01",
            "aria-valuenow=\"25\"",
            "data-every=\"2\"",
        ] {
            assert!(shown.contains(said), "{path}: {said} is not in {shown}");
        }
        assert!(!shown.contains("<script>"));
    }
}

#[tokio::test]
async fn a_name_of_thousands_of_letters_leaves_room_for_the_others() {
    let name = format!("{}{HOSTILE}", "x".repeat(5_000));
    let mut line = account(&name);
    line.label = None;
    let shown = page(open(Ok(status(vec![line])))).await;
    assert!(shown.len() < 30_000 && !shown.contains(&"x".repeat(100)), "{}", shown.len());
}

#[tokio::test]
async fn what_a_name_begins_and_does_not_end_stays_within_it() {
    let name = format!("\u{2067}\u{202e}{}", "a".repeat(5_000));
    let mut shown = status(vec![AccountLine { label: None, ..account(&name) }]);
    shown.causes = vec![CauseLine { message: name.clone(), advice: Some(name.clone()), ..cause(&[("act_1", &name)]) }];
    shown.runs[0].error = Some(name.clone());
    shown.runs[0].advice = Some(name);
    let shown = page(State { admin_token: Some("acts".to_owned().into()), ..open(Ok(shown)) }).await;
    assert!(shown.contains("<option value=\"act_1\">"), "{shown}");
    let turns = shown.chars().filter(|letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    assert_eq!(turns.count(), 0, "{shown}");
    assert_eq!(shown.matches("&#x2068;").count(), shown.matches("&#x2069;").count());
}

#[tokio::test]
async fn what_moves_asks_for_the_token_as_the_page_does() {
    let answer = get(&router(super::tests::locked()), "/now").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
