//! Every tick has one fate: what was missed is folded and caught up with once, what is on time runs.

use super::*;

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

fn tick(minute: i64, accounts: &[&'static str]) -> Tick<&'static str> {
    Tick { due_at: at(minute), accounts: accounts.to_vec() }
}

fn skip(reason: Reason, accounts: &[&'static str], ticks: u32, first: i64, last: i64) -> Fate<&'static str> {
    Fate::Skip(Fold { reason, accounts: accounts.to_vec(), ticks, first: at(first), last: at(last) })
}

fn run(trigger: &'static str, minute: i64, accounts: &[&'static str]) -> Fate<&'static str> {
    Fate::Run { trigger, tick: tick(minute, accounts) }
}

#[test]
fn nothing_due_is_nothing_to_do() {
    assert_eq!(judge::<&str>(Vec::new(), 0, at(0), CatchUp::Latest, false, None), []);
    assert_eq!(judge::<&str>(Vec::new(), 0, at(0), CatchUp::Latest, true, None), []);
}

#[test]
fn a_tick_on_time_runs_even_when_the_beat_is_a_little_late() {
    let late = at(0) + TimeDelta::seconds(60);
    assert_eq!(judge(vec![tick(0, &["a"])], 0, late, CatchUp::None, false, None), [run("cron", 0, &["a"])]);
}

#[test]
fn of_missed_ticks_the_latest_runs_and_the_others_are_one_record() {
    let ticks = vec![tick(0, &["a"]), tick(15, &["a"]), tick(30, &["a"])];
    assert_eq!(
        judge(ticks.clone(), 7, at(40), CatchUp::Latest, false, None),
        [skip(Reason::Missed, &["a"], 9, 0, 15), run("catch_up", 30, &["a"])]
    );
    assert_eq!(judge(ticks, 0, at(40), CatchUp::None, false, None), [skip(Reason::Missed, &["a"], 3, 0, 30)]);
}

#[test]
fn of_a_tick_every_second_those_before_the_last_minute_are_missed_and_counted() {
    let every_second = crate::schedule::Cron::parse("* * * * * *").unwrap();
    let due = crate::schedule::due_ticks(
        &every_second,
        crate::schedule::Zone::Account,
        &[("a", chrono_tz::UTC)],
        at(0),
        at(10),
    );
    let fates = judge(due.ticks, due.older, at(10), CatchUp::Latest, false, None);
    let [Fate::Skip(missed), on_time @ ..] = fates.as_slice() else { panic!("nothing is missed: {fates:?}") };
    assert_eq!((missed.ticks, missed.last), (539, at(9) - TimeDelta::seconds(1)));
    assert_eq!(on_time.len(), 61);
}

#[test]
fn a_tick_on_time_does_the_work_of_those_that_were_missed() {
    let ticks = vec![tick(0, &["a", "b"]), tick(15, &["a", "b"]), tick(30, &["a"])];
    assert_eq!(
        judge(ticks, 0, at(30), CatchUp::Latest, false, None),
        [skip(Reason::Missed, &["a", "b"], 1, 0, 0), run("catch_up", 15, &["b"]), run("cron", 30, &["a"])]
    );
}

#[test]
fn accounts_of_several_zones_are_each_caught_up_with() {
    let ticks = vec![tick(0, &["berlin"]), tick(240, &["sao_paulo"]), tick(1_440, &["berlin"])];
    assert_eq!(
        judge(ticks, 0, at(1_500), CatchUp::Latest, false, None),
        [
            skip(Reason::Missed, &["berlin"], 1, 0, 0),
            run("catch_up", 240, &["sao_paulo"]),
            run("catch_up", 1_440, &["berlin"])
        ]
    );
}

#[test]
fn a_tick_that_is_the_latest_for_some_has_its_row_once() {
    let ticks = vec![tick(0, &["a", "b"]), tick(15, &["b"])];
    assert_eq!(
        judge(ticks, 0, at(40), CatchUp::Latest, false, None),
        [run("catch_up", 0, &["a"]), run("catch_up", 15, &["b"])]
    );
}

#[test]
fn a_paused_schedule_only_records() {
    let ticks = vec![tick(0, &["b"]), tick(30, &["a", "b"])];
    assert_eq!(judge(ticks, 0, at(30), CatchUp::Latest, true, None), [skip(Reason::Paused, &["a", "b"], 2, 0, 30)]);
}

#[test]
fn one_run_may_queue_behind_another_and_no_more() {
    assert_eq!([0, 1, 2].map(|under_way| overlaps(Overlap::Skip, under_way)), [false, true, true]);
    assert_eq!([0, 1, 2].map(|under_way| overlaps(Overlap::Queue, under_way)), [false, false, true]);
}

#[test]
fn of_ticks_that_fell_due_while_no_rows_were_taken_the_latest_is_caught_up_with_at_once() {
    let ticks = vec![tick(0, &["a"]), tick(1, &["a"]), tick(2, &["a"])];
    let now = at(2) + TimeDelta::seconds(5);
    assert_eq!(
        judge(ticks.clone(), 0, now, CatchUp::Latest, false, Some(at(2))),
        [skip(Reason::NoRows, &["a"], 2, 0, 1), run("catch_up", 2, &["a"])]
    );
    assert_eq!(
        judge(ticks, 0, now, CatchUp::Latest, false, Some(at(1))),
        [skip(Reason::NoRows, &["a"], 2, 0, 1), run("cron", 2, &["a"])]
    );
}
