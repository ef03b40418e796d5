//! A sync that is killed at random instants: the next one ends as if nothing had happened, and reads hardly anything twice.
//!
//! Instants are messages to the database, of which a sync has hundreds, and calls of Meta: before one, in the middle of
//! one, and between one and its answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use graph_sim::{ACCOUNT_ID, AccountSpec, Door};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::binary::{Binary, Running};
use crate::support::chance::Chance;
use crate::support::scene::{Scene, spec};
use crate::support::until;
use crate::support::wire::{Fate, Wire};

/// Slices of one account side by side.
const ABREAST: [usize; 2] = [1, 3];
/// The second of two accounts, in a zone of its own.
const OTHER: u64 = 77;

/// A scene whose syncs are killed.
struct Mortal {
    scene: Scene,
    wire: Wire,
    abreast: usize,
    /// What a sync that nobody disturbs leaves.
    expected: Vec<String>,
    /// How many messages and calls such a sync has.
    messages: u64,
    calls: u64,
    chance: Chance,
}

/// A slice: its account's digits and its days.
type Slice = (String, BTreeSet<String>);

/// A sync that is over.
struct Past {
    /// The way by which it alone came: what it asked as it died Meta may answer when the next one is at work.
    door: Door,
    /// The days that were complete when it began.
    complete: BTreeSet<(String, String)>,
}

impl Mortal {
    async fn of(abreast: usize, accounts: usize) -> Self {
        let zone = spec().accounts[0].zone;
        let both = [ACCOUNT_ID, OTHER].map(|id| AccountSpec { zone, ..AccountSpec::new(id, "Clinica Aurora - Ads") });
        let world = spec().statuses(100, 100, 100).accounts(both[..accounts].to_vec());
        let scene = Scene::of(world.build()).await;
        scene.adsync(&["migrate"]).run().await;
        let wire = Wire::to(scene.db.url()).await;
        let chance = Chance::new();
        let mut mortal = Self { scene, wire, abreast, expected: Vec::new(), messages: 0, calls: 0, chance };
        let door = mortal.scene.sim.door().await.unwrap();
        let finished = mortal.sync(&door).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        mortal.expected = mortal.scene.left().await;
        mortal.messages = mortal.wire.messages();
        mortal.calls = mortal.scene.sim.counts().total;
        mortal
    }

    fn sync(&self, door: &Door) -> Binary {
        let binary = self.scene.adsync(&["sync"]).env("DATABASE_URL", self.wire.url(self.scene.db.url()));
        let accounts = self.scene.sim.world().accounts.iter().map(|account| account.id.to_string()).collect::<Vec<_>>();
        binary
            .env("ADSYNC__META__BASE_URL", door.url())
            .env("ADSYNC__META__ACCOUNTS", accounts.join(","))
            .env("ADSYNC__META__PAGE_SIZE", "10")
            .env("ADSYNC__META__MAX_CONCURRENCY", self.abreast.to_string())
    }

    /// Starts a sync that dies at an instant of chance, and waits for its end. Tells whether it died.
    async fn is_killed(&mut self, door: &Door) -> bool {
        let by_message = self.chance.pick(&[true, true, false]);
        if !by_message {
            let at = self.chance.between(1, self.calls);
            let before = self.scene.sim.counts().total;
            self.wire.holds();
            let running = self.sync(door).start();
            until("enough calls", async || self.scene.sim.counts().total >= before + at || running.has_ended()).await;
            return died(running).await;
        }
        let torn = Fate::Torn(u16::try_from(self.chance.between(1, 999)).unwrap());
        let fate = self.chance.pick(&[Fate::Unsaid, torn, Fate::Unheard]);
        let victim = Arc::<OnceLock<u32>>::default();
        let killer = Arc::clone(&victim);
        self.wire.breaks_at(self.chance.between(1, self.messages), fate, move || kill(*killer.wait()));
        let running = self.sync(door).start();
        victim.set(running.id()).unwrap();
        until("its end", async || running.has_ended()).await;
        died(running).await
    }

    /// The slices that a sync asked for.
    fn slices_of(&self, sync: &Past) -> Vec<Slice> {
        let calls = self.scene.sim.calls_with("level=adset");
        let slices: BTreeMap<(String, String), Slice> = calls
            .iter()
            .filter(|asked| asked.door == sync.door.number())
            .filter_map(|asked| {
                let account = asked.path.split("act_").nth(1)?.split('/').next()?.to_owned();
                let range = asked.param("time_range")?.to_owned();
                let days = days_between(&range);
                Some(((account.clone(), range), (account, days)))
            })
            .collect();
        slices.into_values().collect()
    }

    /// The days that are complete.
    async fn complete(&self) -> BTreeSet<(String, String)> {
        let complete = "select account_id, date from sync_coverage where report = 'adset' and complete";
        let rows = self.scene.db.query_text(complete).await.into_iter();
        rows.map(|row| (row[0].clone(), row[1].clone())).collect()
    }

    /// Kills so many syncs. Each is followed by one that is let alone or killed as well.
    async fn kill(&mut self, kills: u32) {
        let mut killed = 0;
        while killed < kills {
            self.scene.start_over().await;
            let mut past = Vec::new();
            loop {
                let (door, complete) = (self.scene.sim.door().await.unwrap(), self.complete().await);
                let spared = killed == kills || (killed > 0 && self.chance.pick(&[true, false]));
                let died = if spared {
                    self.wire.holds();
                    let finished = self.sync(&door).run().await;
                    assert_eq!(finished.code(), 0, "{finished:?}");
                    false
                } else {
                    self.is_killed(&door).await
                };
                past.push(Past { door, complete });
                killed += u32::from(died);
                // A process may die between its run's success and its own end: the next sync is a new one then.
                let succeeded = "select from sync_runs where status = 'succeeded'";
                if !died || !self.scene.db.query_text(succeeded).await.is_empty() {
                    break;
                }
            }
            for (place, killed) in past.iter().enumerate() {
                self.assert_hardly_anything_is_read_twice(killed, &past[place + 1..]);
            }
            assert_eq!(self.scene.left().await, self.expected);
            self.scene.nothing_is_left_running().await;
            let odd = "select status from sync_runs where status not in ('abandoned', 'succeeded')";
            assert_eq!(self.scene.db.query_text(odd).await, [[""; 1]; 0]);
        }
    }

    /// What was complete when a sync was killed no later one reads again, and of what it had asked for no more than one slice
    /// of each that it read side by side, in each account.
    fn assert_hardly_anything_is_read_twice(&self, killed: &Past, then: &[Past]) {
        let Some(Past { complete, .. }) = then.first() else { return };
        let then: Vec<Slice> = then.iter().flat_map(|later| self.slices_of(later)).collect();
        let killed = self.slices_of(killed);
        let asked = |account: &str, day: &str| then.iter().any(|(of, days)| of == account && days.contains(day));
        let again: Vec<_> = complete.iter().filter(|(account, day)| asked(account, day)).collect();
        assert!(again.is_empty(), "days that were complete were read again: {again:?}");
        let mut twice = BTreeMap::<&str, usize>::new();
        for (account, days) in &killed {
            *twice.entry(account).or_default() += usize::from(days.iter().any(|day| asked(account, day)));
        }
        assert!(
            twice.values().all(|slices| *slices <= self.abreast),
            "{twice:?} slices were read twice: {killed:?}, then {then:?}, while {complete:?} were complete"
        );
    }
}

fn kill(id: u32) {
    kill_process(Pid::from_raw(id.cast_signed()).unwrap(), Signal::KILL).unwrap();
}

/// Kills what has not ended by itself. Tells whether it was killed.
async fn died(running: Running) -> bool {
    running.signal(Signal::KILL);
    let finished = running.finish().await;
    assert!([0, 137].contains(&finished.code()), "{finished:?}");
    finished.code() == 137
}

/// The days of a `time_range`.
fn days_between(range: &str) -> BTreeSet<String> {
    let range: serde_json::Value = serde_json::from_str(range).unwrap();
    let day = |name: &str| range[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
    day("since").iter_days().take_while(|at| *at <= day("until")).map(|at| at.to_string()).collect()
}

#[tokio::test]
async fn ten_kills_at_any_instant_change_nothing_and_cost_a_slice_each_at_the_most() {
    Mortal::of(1, 1).await.kill(5).await;
    Mortal::of(3, 2).await.kill(5).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo test --test it -- --ignored fifty_kills`"]
async fn fifty_kills_at_any_instant_change_nothing_and_cost_a_slice_each_at_the_most() {
    for abreast in ABREAST {
        for accounts in [1, 2] {
            Mortal::of(abreast, accounts).await.kill(50).await;
        }
    }
}
