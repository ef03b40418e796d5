//! Runs whose process died or stopped under them: who goes on with them, and when nobody does any more.
//!
//! The run that takes up another names it in its record, so that the same question asked again has another answer, also
//! where the other was begun by a clock that ran ahead: by its id it then stays the newest for as long as that.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::alert::{BACKFILL, Cause};
use crate::store::alerts::{self, Alert};
use crate::store::runs::Opening;
use crate::store::schedules::Past;
use crate::sync::{Engine, Request};

/// So often one tick is taken up whose runs die; then the next tick has to do.
pub(super) const TRIES: usize = 3;

/// That runs were found dead: whoever keeps the schedules looks at all of them at once. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Deaths(Arc<AtomicBool>);

impl Deaths {
    /// Notes that some were found.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether some were found since it was last asked.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// A run that something cut off and nobody did over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CutOff {
    /// The run.
    pub run: Uuid,
    /// The digits of the accounts that it did not finish.
    pub accounts: Vec<String>,
    /// Whether it was taken up so often that it is the run that kills its process.
    pub is_given_up: bool,
}

impl CutOff {
    /// The record of the run that goes on with it.
    pub(super) fn opening(&self, request: &Request, engine: &Engine, now: DateTime<Utc>) -> Opening {
        let request_kept = serde_json::json!({ "resumes": self.run }).to_string();
        Opening { request: Some(request_kept), ..request.opening(engine, now) }
    }
}

/// The runs newest first, each after the one that went on with it, whatever the clock showed that began it.
fn in_order(past: &[Past]) -> Vec<&Past> {
    let mut ordered: Vec<&Past> = Vec::with_capacity(past.len());
    let mut early: Vec<&Past> = Vec::new();
    for (place, run) in past.iter().enumerate() {
        let comes_later = |other: &&Past| other.resumes == Some(run.id);
        if past.iter().skip(place + 1).any(|other| comes_later(&other)) || early.iter().any(comes_later) {
            early.push(run);
            continue;
        }
        let mut next = Some(run);
        while let Some(run) = next {
            ordered.push(run);
            let found = early.iter().position(|other| run.resumes == Some(other.id));
            next = found.map(|place| early.remove(place));
        }
    }
    ordered
}

/// The runs that were cut off, of a schedule's last ones, newest first: those whose accounts no later one has.
pub(super) fn cut_off(past: &[Past]) -> Vec<CutOff> {
    let past = in_order(past);
    let mut served: BTreeSet<&String> = BTreeSet::new();
    let mut found = Vec::new();
    for (place, run) in past.iter().enumerate() {
        let is_served = run.accounts.iter().any(|account| served.contains(account));
        served.extend(&run.accounts);
        if !run.is_cut_off || is_served || run.left.is_empty() {
            continue;
        }
        let before = past.iter().skip(place);
        let chain = before.filter(|older| older.accounts.iter().any(|account| run.accounts.contains(account)));
        let tries =
            chain.take_while(|older| older.is_cut_off && older.is_resume).filter(|older| older.has_died).count();
        let (run, accounts) = (run.id, run.left.clone());
        found.push(CutOff { run, accounts, is_given_up: tries >= TRIES });
    }
    found
}

/// How many of the last runs of a schedule died one after another, however they were begun: a process that dies soon after
/// each start may begin a new tick each time, and take up none. Of those that are under way, which this process may just have
/// begun, nobody knows yet how they end.
pub(super) fn died_in_a_row(past: &[Past]) -> usize {
    let ended = in_order(past).into_iter().filter(|run| !run.is_under_way);
    ended.take_while(|run| run.has_died).count()
}

/// What to do where runs die.
const CURE: &str = "Look at the end of the log before each death and at the memory that the process may take.";

/// Tells, once, that the runs of a schedule die however often they are taken up.
pub(super) async fn tell(engine: &Engine, schedule: &str, now: DateTime<Utc>) {
    let message = format!(
        "runs of the schedule {schedule} die again and again: the process of each of the last {} died under it. What one \
         tick left is taken up {TRIES} times, then the next tick tries anew. {CURE}",
        TRIES + 1
    );
    raise(engine, schedule, Alert { message, ..Alert::default() }, now).await;
}

/// Tells, once, that backfills of some accounts, by their digits, die however often they are taken up.
pub(super) async fn tell_of_backfills(engine: &Engine, accounts: Vec<String>, now: DateTime<Utc>) {
    let message = format!(
        "a backfill dies again and again and is given up: {TRIES} went on where the one before had died, and died as well. \
         {CURE} This ends once another backfill has read the accounts, or after a day."
    );
    raise(engine, BACKFILL, Alert { message, accounts, ..Alert::default() }, now).await;
}

async fn raise(engine: &Engine, schedule: &str, alert: Alert, now: DateTime<Utc>) {
    let alert = Alert {
        dedupe_id: alert_id(schedule, &engine.instance),
        kind: Cause::RunsDie.as_str(),
        instance: engine.instance.clone(),
        ..alert
    };
    match alerts::raise(&engine.db, std::slice::from_ref(&alert), now).await {
        Ok(new) if new.is_empty() => {}
        Ok(_) => tracing::warn!(schedule, trouble = alert.message, "runs die again and again"),
        Err(error) => tracing::warn!(schedule, %error, trouble = alert.message, "runs die again and again"),
    }
}

/// What tells the alert of runs that die apart from every other; a run of the schedule that comes to its end ends it.
pub(super) fn alert_id(schedule: &str, instance: &str) -> String {
    format!("runs_die:{schedule}@{instance}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(trigger: &str, end: &str, accounts: &[&str]) -> Past {
        let accounts: Vec<String> = accounts.iter().map(|account| (*account).to_owned()).collect();
        Past {
            id: Uuid::now_v7(),
            resumes: None,
            is_resume: trigger == "resume",
            has_died: end == "died",
            is_under_way: end == "under way",
            is_cut_off: !["over", "under way"].contains(&end),
            left: accounts.clone(),
            accounts,
        }
    }

    fn found(past: &[Past]) -> Vec<(Vec<String>, bool)> {
        cut_off(past).into_iter().map(|cut_off| (cut_off.accounts, cut_off.is_given_up)).collect()
    }

    #[test]
    fn a_run_is_taken_up_unless_a_later_one_has_one_of_its_accounts() {
        let died = || run("cron", "died", &["1", "2"]);
        let both = || vec!["1".to_owned(), "2".to_owned()];
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[died()]), [(both(), false)]);
        assert_eq!(found(&[run("cron", "stopped", &["1", "2"])]), [(both(), false)]);
        assert_eq!(found(&[run("resume", "over", &["1"]), died()]), []);
        assert_eq!(found(&[run("cron", "over", &["3"]), died()]), [(both(), false)], "of another zone");
        let another = run("cron", "died", &["3"]);
        assert_eq!(found(&[another, died()]), [(vec!["3".to_owned()], false), (both(), false)]);
    }

    #[test]
    fn a_run_that_a_clock_ahead_began_is_taken_up_once_and_keeps_no_later_one_from_it() {
        let ahead = run("cron", "died", &["1"]);
        let of = |before: &Past, end: &str| Past { resumes: Some(before.id), ..run("resume", end, &["1"]) };
        let over = of(&ahead, "over");
        assert_eq!(found(&[ahead.clone(), over.clone(), run("cron", "over", &["1"])]), []);
        let tick = run("cron", "died", &["1"]);
        let again = [ahead.clone(), tick.clone(), over];
        assert_eq!(cut_off(&again).iter().map(|cut_off| cut_off.run).collect::<Vec<_>>(), [tick.id]);
        let first = of(&ahead, "died");
        let second = of(&first, "died");
        let third = of(&second, "died");
        let given_up = |past: &[Past]| cut_off(past).iter().map(|of| (of.run, of.is_given_up)).collect::<Vec<_>>();
        let two = [ahead.clone(), second.clone(), first.clone()];
        assert_eq!(given_up(&two), [(second.id, false)]);
        assert_eq!(given_up(&[second.clone(), ahead.clone(), third.clone(), first.clone()]), [(third.id, true)]);
    }

    #[test]
    fn deaths_in_a_row_count_whatever_began_the_runs() {
        let (tick, resume) = (run("cron", "died", &["1"]), run("resume", "died", &["1"]));
        assert_eq!(died_in_a_row(&[]), 0);
        assert_eq!(died_in_a_row(&[tick.clone(), tick.clone(), resume.clone(), tick.clone()]), 4);
        assert_eq!(died_in_a_row(&[tick.clone(), run("cron", "over", &["1"]), tick.clone()]), 1);
        assert_eq!(died_in_a_row(&[run("cron", "stopped", &["1"]), resume.clone(), tick.clone()]), 0);
        let begun = run("cron", "under way", &["1"]);
        assert_eq!(died_in_a_row(&[begun, tick.clone(), resume, tick]), 3, "what this process began has yet to end");
    }

    #[test]
    fn accounts_that_were_finished_are_not_taken_up() {
        let cut_off = |left: &[&str]| Past { left: run("", "", left).accounts, ..run("cron", "stopped", &["1", "2"]) };
        assert_eq!(found(&[cut_off(&["2"])]), [(vec!["2".to_owned()], false)]);
        assert_eq!(found(&[cut_off(&[])]), []);
        assert_eq!(found(&[run("resume", "over", &["2"]), cut_off(&["2"])]), []);
    }

    #[test]
    fn a_run_that_kills_its_process_is_taken_up_three_times_and_one_that_is_stopped_always() {
        let (died, stopped) = (|| run("resume", "died", &["1"]), || run("resume", "stopped", &["1"]));
        let tick = || run("cron", "died", &["1"]);
        let of = |resumes: Vec<Past>| found(&[resumes, vec![tick()]].concat())[0].1;
        assert!(!of(vec![died(), died()]));
        assert!(of(vec![died(), died(), died()]));
        assert!(of(vec![died(), run("cron", "over", &["3"]), died(), died()]));
        assert!(!of(vec![stopped(), stopped(), stopped(), stopped()]));
        assert!(!found(&[vec![tick()], vec![died(), died(), died()]].concat())[0].1, "the next tick begins anew");
    }
}
