//! The world behind the API: accounts, what hangs in them, what happened on which day, and what time it is.
pub mod account;
mod apply;
mod build;
pub mod change;
pub mod delivery;
mod demo;
mod event;
pub mod fact;
pub mod goal;
pub mod object;
mod random;
pub mod spec;
mod tick;
pub mod truth;

use account::Account;
use serde::{Deserialize, Serialize};
use spec::WorldSpec;
use std::collections::HashMap;

/// What time it is in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// A stopped clock, at a unix second.
    Fixed(i64),
    /// The machine's clock.
    System,
    /// The machine's clock, moved by so many seconds.
    Moved(i64),
}

/// Which objects' rows an insights listing without `filtering` holds. Sources disagree: Meta documents that
/// archived and deleted objects count where nothing is filtered, practice reports rows that are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnfilteredLists {
    /// Rows of all objects, as documented.
    #[default]
    All,
    /// Rows of deleted objects are missing, though parents count them.
    NoDeleted,
    /// Rows of archived objects are missing, those of deleted ones are not.
    NoArchived,
    /// Rows of archived and deleted objects are missing.
    ActiveAndPausedOnly,
}

/// Something with an id, by the places of its account and of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// An ad account.
    Account(usize),
    /// A campaign of an account.
    Campaign(usize, usize),
    /// An ad set of an account.
    Adset(usize, usize),
    /// An ad of an account.
    Ad(usize, usize),
    /// A creative of an account.
    Creative(usize, usize),
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// What time it is.
    pub clock: Clock,
    /// Which rows an unfiltered listing holds.
    pub unfiltered_lists: UnfilteredLists,
    /// Insights are as old as the last multiple of this many seconds: Meta refreshes them about every 15 minutes.
    pub refresh_seconds: i64,
    /// Insights refuse a filter that names `DELETED`, as object edges do. Sources disagree: Meta documents it as the
    /// way to reach deleted objects.
    pub refuses_deleted_filter: bool,
    /// The accounts have opted in to the breakdowns that need it; without it their answers are empty.
    pub has_opted_in: bool,
    /// The accounts.
    pub accounts: Vec<Account>,
    seed: u64,
    ticks: u64,
    pub(crate) steps: u64,
    revision: u64,
    by_id: HashMap<u64, Node>,
}

impl World {
    /// Starts describing a world.
    pub fn builder() -> WorldSpec {
        WorldSpec::default()
    }

    /// Makes 5 campaigns, 36 ad sets, 7 days: about 215 ad set rows.
    pub fn small() -> Self {
        WorldSpec::small().build()
    }

    /// Makes 200 campaigns, 2,000 ad sets, 30 days: about 50,000 ad set rows.
    pub fn medium() -> Self {
        WorldSpec::medium().build()
    }

    /// Makes 2,000 campaigns, 20,000 ad sets, 30 days: about 500,000 ad set rows.
    pub fn large() -> Self {
        WorldSpec::large().build()
    }

    /// Makes a believable Brazilian clinic with 90 days behind it.
    pub fn demo(seed: u64, clock: Clock) -> Self {
        demo::world(seed, clock)
    }

    /// Makes a small world of all kinds of things by chance: see `random`.
    pub fn random(seed: u64) -> Self {
        random::world(seed, &random::NAMES, 1)
    }

    /// Makes a random world of several accounts, each with a zone and a currency of its own; their ids count up from
    /// `ACCOUNT_ID`.
    pub fn random_accounts(seed: u64, accounts: u64) -> Self {
        random::world(seed, &random::NAMES, accounts)
    }

    /// Makes a random world whose names also hold what hardly any program takes: zero bytes and half pairs.
    pub fn wild(seed: u64) -> Self {
        random::world(seed, &random::WILD_NAMES, 1)
    }

    fn empty(seed: u64, clock: Clock, unfiltered_lists: UnfilteredLists) -> Self {
        Self {
            clock,
            unfiltered_lists,
            refresh_seconds: 1,
            refuses_deleted_filter: false,
            has_opted_in: true,
            accounts: Vec::new(),
            seed,
            ticks: 0,
            steps: 0,
            revision: 0,
            by_id: HashMap::new(),
        }
    }

    /// Gives the instant, in unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Gives the instant that insights know of.
    pub fn insights_as_of(&self) -> i64 {
        let now = self.now();
        now - now.rem_euclid(self.refresh_seconds.max(1))
    }

    /// Gives a number that moves with every change of the world.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Finds what an id names: digits, with `act_` before those of an account.
    pub fn find(&self, id: &str) -> Option<Node> {
        if let Some(digits) = id.strip_prefix("act_") {
            let id = digits.parse().ok()?;
            return match self.by_id.get(&id)? {
                node @ Node::Account(_) => Some(*node),
                _ => None,
            };
        }
        match self.by_id.get(&id.parse().ok()?)? {
            Node::Account(_) => None,
            node => Some(*node),
        }
    }

    /// Gives an account by its digits.
    pub fn account(&self, id: u64) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// Gives the account that a node belongs to.
    pub fn account_of(&self, node: Node) -> Option<&Account> {
        let (Node::Account(place)
        | Node::Campaign(place, _)
        | Node::Adset(place, _)
        | Node::Ad(place, _)
        | Node::Creative(place, _)) = node;
        self.accounts.get(place)
    }

    /// Tells the world that objects or days were changed by hand; the methods that change it do so themselves.
    pub fn changed(&mut self) {
        self.revision += 1;
        for (place, account) in self.accounts.iter_mut().enumerate() {
            let running = (0..account.ads.len()).filter(|ad| account.ad_status(*ad) == "ACTIVE");
            account.active_ads = u64::try_from(running.count()).unwrap_or(0);
            self.by_id.insert(account.id, Node::Account(place));
            for (at, object) in account.campaigns.iter().enumerate() {
                self.by_id.insert(object.head.id, Node::Campaign(place, at));
            }
            for (at, object) in account.adsets.iter().enumerate() {
                self.by_id.insert(object.head.id, Node::Adset(place, at));
            }
            for (at, object) in account.ads.iter().enumerate() {
                self.by_id.insert(object.head.id, Node::Ad(place, at));
            }
            for (at, object) in account.creatives.iter().enumerate() {
                self.by_id.insert(object.id, Node::Creative(place, at));
            }
        }
    }
}
