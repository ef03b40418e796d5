//! The machine's clock goes wrong, and two nights of the year are an hour too long or too short.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use graph_sim::{ACCOUNT_ID, AccountSpec, Clock, WorldSpec};
use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};
use crate::support::binary::Running;
use crate::support::faketime::{Faketime, away};
use crate::support::until;

/// In each account's own zone, half past both hours that these nights skip or repeat.
const NIGHTLY: &str =
    "[schedules.recent]\ncron = \"30 1,2 * * *\"\ntimezone = \"account\"\n[schedules.settled]\nenabled = false\n";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn stop(daemon: Running) {
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

/// A daemon for an account in London and one in Berlin, shortly before an instant.
struct Night {
    stage: Stage,
    clock: Faketime,
    daemon: Running,
}

impl Night {
    async fn before(instant: &str) -> Self {
        let zones = [chrono_tz::Europe::London, chrono_tz::Europe::Berlin];
        let spec =
            |(place, zone): (u64, chrono_tz::Tz)| AccountSpec { zone, ..AccountSpec::new(ACCOUNT_ID + place, "Here") };
        let accounts: Vec<_> = (0..).zip(zones).map(spec).collect();
        let by = away(at(instant));
        let stage = Stage::at(WorldSpec::small().accounts(accounts), Clock::Moved(by.num_seconds())).await;
        let clock = Faketime::moved(by);
        let both = format!("{ACCOUNT_ID},{}", ACCOUNT_ID + 1);
        let daemon = clock.of(stage.adsync(&["run"], NIGHTLY)).env("ADSYNC__META__ACCOUNTS", both).start();
        stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
        Self { stage, clock, daemon }
    }

    /// Goes to an instant and through the seconds after it.
    async fn through(&self, instant: &str) {
        let by = away(at(instant));
        self.stage.sim.world().clock = Clock::Moved(by.num_seconds());
        self.clock.move_by(by);
        let past = at(instant).timestamp() + 4;
        loop {
            let (_, metrics) = self.stage.get("/metrics").await.unwrap();
            let beat = metrics.lines().find_map(|line| line.strip_prefix("adsync_last_beat_timestamp_seconds "));
            if beat.is_some_and(|beat| beat.parse::<i64>().unwrap() > past) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Every tick that the night had: when it fell due in UTC, for whom, and what became of it.
    async fn ticks(self, count: usize) -> Vec<Vec<String>> {
        let done = format!("select 1 from sync_runs where status = 'succeeded' having count(*) >= {count}");
        self.stage.db.rows_of(&done).await;
        stop(self.daemon).await;
        let ticks = format!(
            "select to_char(due_at at time zone 'UTC', 'HH24:MI:SS'), status,
                    array_to_string(array(select case account when '{ACCOUNT_ID}' then 'London' else 'Berlin' end
                                          from unnest(accounts) account order by account), ' ')
             from sync_runs order by due_at"
        );
        self.stage.db.query_text(&ticks).await
    }
}

#[tokio::test]
async fn a_time_that_the_night_repeats_runs_the_first_time_only() {
    let night = Night::before("2026-10-25T00:10:00Z").await;
    for instant in ["2026-10-25T00:29:58Z", "2026-10-25T01:29:58Z", "2026-10-25T02:29:58Z"] {
        night.through(instant).await;
    }
    // Half past one in London's summer time is half past two in Berlin's; at 01:30 it is that time again, in both.
    assert_eq!(night.ticks(2).await, [["00:30:00", "succeeded", "London Berlin"], ["02:30:00", "succeeded", "London"]]);
}

#[tokio::test]
async fn a_time_that_the_night_skips_runs_once_at_the_end_of_the_gap() {
    let night = Night::before("2026-03-29T00:40:00Z").await;
    for instant in ["2026-03-29T00:59:58Z", "2026-03-29T01:29:58Z", "2026-03-29T02:29:58Z"] {
        night.through(instant).await;
    }
    // Both gaps end at 01:00: London has no half past one, Berlin no half past two.
    assert_eq!(night.ticks(2).await, [["01:00:00", "succeeded", "London Berlin"], ["01:30:00", "succeeded", "London"]]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_and_right_again_costs_no_tick_and_doubles_none() {
    let stage = Stage::new().await;
    let clock = Faketime::moved(TimeDelta::zero());
    let daemon = clock.of(stage.adsync(&["run"], EVERY_SECOND)).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    clock.move_by(TimeDelta::hours(-2));
    // It goes on at once, not when the clock is again where it was.
    let back = "select 1 from sync_runs where status = 'succeeded' and due_at < now() - interval '90 minutes'";
    stage.db.rows_of(back).await;
    clock.move_by(TimeDelta::zero());
    // What fell due in between was missed, and the work goes on behind it.
    let right = "select 1 from sync_runs missed, sync_runs run
                 where starts_with(missed.status_reason, 'missed, ') and missed.ticks > 1000
                   and run.status = 'succeeded' and run.due_at > missed.due_at";
    stage.db.rows_of(right).await;
    stop(daemon).await;
    let doubled = "select due_at::text from sync_runs where due_at is not null group by due_at having count(*) > 1";
    assert_eq!(stage.db.query_text(doubled).await, [[""; 1]; 0]);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_ahead_leaves_one_record_and_one_run() {
    let stage = Stage::new().await;
    let clock = Faketime::moved(TimeDelta::zero());
    // Half an hour away: nothing falls due but by the jump.
    let minute = (Utc::now().minute() + 30) % 60;
    let config = format!(
        "[schedules.recent]\ncron = \"{minute} * * * *\"\ntimezone = \"UTC\"\n[schedules.settled]\nenabled = false\n"
    );
    let daemon = clock.of(stage.adsync(&["run"], &config)).start();
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    let day = TimeDelta::days(1);
    stage.sim.world().clock = Clock::Moved(day.num_seconds());
    clock.move_by(day);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    stop(daemon).await;
    let rows = "select status, trigger, coalesce(ticks, 1), extract(epoch from due_at - lag(due_at) over (order by due_at))::int
                from sync_runs order by due_at";
    assert_eq!(
        stage.db.query_text(rows).await,
        [["skipped", "cron", "23", "NULL"], ["succeeded", "catch_up", "1", "3600"]]
    );
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn after_the_machine_slept_alerts_are_told_in_the_time_that_it_is() {
    let stage = Stage::new().await;
    let clock = Faketime::moved(TimeDelta::zero());
    let mut daemon = clock.of(stage.adsync(&["run"], EVERY_SECOND)).start();
    daemon.line_with("the daemon is ready").await;
    clock.move_by(TimeDelta::days(1));
    let pause = "insert into sync_schedules (instance, schedule, paused_at, paused_by) values ('adsync', 'recent', now(), 'ana')
                 on conflict (instance, schedule) do update set paused_at = now(), paused_by = 'ana'";
    stage.db.execute(pause).await;
    let told =
        "select first_at > now() + interval '23 hours' from sync_alerts where dedupe_id = 'paused:recent@adsync'";
    assert_eq!(stage.db.rows_of(told).await, [["t"]]);
    stop(daemon).await;
}

#[tokio::test]
async fn the_log_begins_a_file_every_utc_day_and_removes_the_oldest() {
    let stage = Stage::new().await;
    let clock = Faketime::moved(TimeDelta::zero());
    let logs = tempfile::tempdir().unwrap();
    let daemon = clock.of(stage.adsync(&["run"], "[log]\nfiles_kept = 2\n"));
    let daemon = daemon.env("ADSYNC__LOG__DIRECTORY", logs.path().to_str().unwrap()).start();
    stage.answers("/readyz", 200, "ready").await;
    let day_after = |days| Utc::now() + TimeDelta::days(days);
    let name = |days| format!("adsync.{}.log", day_after(days).format("%Y-%m-%d"));
    for days in 1..=3 {
        clock.move_by(TimeDelta::days(days));
        // A day's file begins with its first line; a hangup makes the daemon say something.
        until("the day's file", async || {
            daemon.signal(Signal::HUP);
            logs.path().join(name(days)).exists()
        })
        .await;
    }
    stop(daemon).await;
    let mut left: Vec<String> =
        std::fs::read_dir(logs.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, [name(2), name(3)]);
}
