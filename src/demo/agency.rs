//! The agency whose account the demo syncs: a simulated world that goes on while nobody looks.
//!
//! The world follows from a seed, the instant of its beginning and the instants at which something happened. These are
//! kept in a file beside the database, so that a second start on the same folder finds the same world, grown older.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, Utc};
use graph_sim::calendar::date_of;
use graph_sim::world::Node;
use graph_sim::{ACCOUNT_ID, Change, Clock, Fact, Settings, Sim, World};

use super::Error;
use super::server::LEDGER;
use super::settings::EVERY_SECONDS;

/// The days back from today within which the world changes what it once said.
pub const LOOKBACK_DAYS: u32 = 7;

const SEED: u64 = 20;

/// The simulator at work, and the record of its world.
#[derive(Debug)]
pub(super) struct Agency {
    sim: Sim,
    ledger: PathBuf,
}

impl Agency {
    /// Makes the world, or makes it again as the folder's record tells, and starts the simulator.
    pub(super) async fn open(folder: &Path) -> Result<Self, Error> {
        let ledger = folder.join(LEDGER);
        let failed = |source| Error::Ledger { path: ledger.display().to_string(), source };
        let mut world = match fs::read_to_string(&ledger) {
            Ok(text) => {
                let whole = whole_lines(&text);
                if whole.len() < text.len() {
                    fs::write(&ledger, whole).map_err(failed)?;
                }
                replay(whole).ok_or_else(|| Error::Garbled(ledger.display().to_string()))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let now = Utc::now().timestamp();
                fs::write(&ledger, format!("{SEED} {now}\n")).map_err(failed)?;
                World::demo(SEED, Clock::Fixed(now))
            }
            Err(error) => return Err(failed(error)),
        };
        world.clock = Clock::System;
        // Every run is to find today a little further on.
        world.refresh_seconds = EVERY_SECONDS.into();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let sim = Sim::start_on(address, world, Settings::default()).await.map_err(Error::Listen)?;
        Ok(Self { sim, ledger })
    }

    pub(super) fn url(&self) -> String {
        self.sim.url()
    }

    pub(super) fn token(&self) -> String {
        self.sim.token()
    }

    pub(super) fn account_id(&self) -> String {
        format!("act_{ACCOUNT_ID}")
    }

    /// The account's name, currency and zone.
    pub(super) fn account(&self) -> String {
        let world = self.sim.world();
        world.account(ACCOUNT_ID).map_or_else(String::new, |account| {
            format!("{} (act_{ACCOUNT_ID}, {}, {})", account.name, account.currency, account.zone)
        })
    }

    /// The account's own today.
    pub(super) fn today(&self) -> NaiveDate {
        let world = self.sim.world();
        world.account(ACCOUNT_ID).map_or_else(NaiveDate::default, |account| date_of(account.today(world.now())))
    }

    /// Lets something happen, and tells it in sentences.
    pub(super) fn tick(&self) -> Result<Vec<String>, Error> {
        let mut world = self.sim.world();
        // The clock stands still for a moment, so that this can be told again exactly.
        let now = world.now();
        // Noted first: what was noted and did not happen happens at the next start, the reverse would be forgotten.
        let noted = OpenOptions::new().append(true).open(&self.ledger).and_then(|mut file| writeln!(file, "{now}"));
        noted.map_err(|source| Error::Ledger { path: self.ledger.display().to_string(), source })?;
        world.clock = Clock::Fixed(now);
        let events = world.tick();
        world.clock = Clock::System;
        Ok(events.iter().map(|event| tell(&world, event)).collect())
    }
}

/// Makes the world again: `seed beginning` on the first line, the instant of a tick on each one after it.
fn replay(text: &str) -> Option<World> {
    let (head, ticks) = text.split_once('\n')?;
    let (seed, began) = head.split_once(' ')?;
    let mut world = World::demo(seed.parse().ok()?, Clock::Fixed(began.parse().ok()?));
    for line in ticks.lines() {
        world.clock = Clock::Fixed(line.parse().ok()?);
        world.tick();
    }
    Some(world)
}

/// The record without a last line that a kill cut short.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n').and_then(|end| text.get(..=end)).unwrap_or_default()
}

/// An event as a sentence.
fn tell(world: &World, event: &Change) -> String {
    let name = |id: &str| name(world, id);
    match event {
        Change::Pause { id } => format!("{} was paused", name(id)),
        Change::Resume { id } => format!("{} runs again", name(id)),
        Change::Restate { id, since, .. } => format!("Meta restated {since} of {}", name(id)),
        Change::LateConversion { id, day, add } => {
            format!("Meta credited {} on {day} to {}", result(*add), name(id))
        }
        Change::SetDailyBudget { id, budget } => {
            format!("the daily budget of {} was set to {}.{:02}", name(id), budget / 100, budget % 100)
        }
        Change::AddAdset { campaign, name: new } => format!("\"{new}\" was added to {}", name(campaign)),
        _ => "something changed in the account".to_owned(),
    }
}

fn result(add: Fact) -> &'static str {
    match add {
        Fact { purchases: 1.., .. } => "a late purchase",
        Fact { messages: 1.., .. } => "a late conversation",
        _ => "a late lead",
    }
}

/// The name of an object, an ad set's with its campaign's.
fn name(world: &World, id: &str) -> String {
    let node = world.find(id);
    let account = node.and_then(|node| world.account_of(node));
    let campaign = |at: usize| Some(format!("\"{}\"", account?.campaigns.get(at)?.head.name));
    let known = match node {
        Some(Node::Campaign(_, at)) => campaign(at),
        Some(Node::Adset(_, at)) => account.and_then(|account| {
            let adset = account.adsets.get(at)?;
            Some(format!("\"{}\" in {}", adset.head.name, campaign(adset.campaign)?))
        }),
        _ => None,
    };
    known.unwrap_or_else(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_446_000;

    #[test]
    fn a_world_is_made_again_with_all_that_happened_in_it() {
        let mut world = World::demo(SEED, Clock::Fixed(NOON));
        let mut ledger = format!("{SEED} {NOON}\n");
        for tick in 1..200 {
            let now = NOON + tick * 1000;
            world.clock = Clock::Fixed(now);
            world.tick();
            ledger.push_str(&format!("{now}\n"));
        }
        let again = replay(&ledger).unwrap();
        let account = ACCOUNT_ID.to_string();
        let days = |world: &World| {
            let until = date_of(world.accounts[0].today(world.now()));
            world.truth_adset_rows(&account, until - chrono::Days::new(100), until)
        };
        assert_eq!(days(&world), days(&again));
        let objects = |world: &World| world.truth_objects(&account, graph_sim::Level::Adset);
        assert_eq!(objects(&world), objects(&again));
    }

    #[test]
    fn a_record_that_was_cut_short_is_read_as_far_as_it_goes() {
        assert_eq!(whole_lines("20 179\n180\n18"), "20 179\n180\n");
        assert!(replay(&format!("20 {NOON}\n{NOON}\n")).is_some());
        assert!(replay("").is_none());
        assert!(replay("once upon a time\n").is_none());
        assert!(replay(&format!("20 {NOON}\nthen\n")).is_none());
    }

    #[test]
    fn events_are_told_with_the_names_of_what_they_happened_to() {
        let mut world = World::demo(SEED, Clock::Fixed(NOON));
        let told: Vec<String> = (0..300)
            .flat_map(|_| {
                let events = world.tick();
                events.iter().map(|event| tell(&world, event)).collect::<Vec<_>>()
            })
            .collect();
        for words in
            ["was paused", "runs again", "Meta restated 2026-11-", "a late purchase", "daily budget", "was added to"]
        {
            assert!(told.iter().any(|sentence| sentence.contains(words)), "nothing {words}");
        }
        assert!(told.iter().all(|sentence| !sentence.contains("something changed") && !sentence.contains("12020")));
    }
}
