//! What a world shall look like before it is made.
use super::object::Status;
use super::{Clock, UnfilteredLists, World};
use crate::dice::Dice;
use chrono_tz::Tz;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct AccountSpec {
    /// Digits without `act_`.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Three letters.
    pub currency: String,
    /// Its zone.
    pub zone: Tz,
    /// 1 is active.
    pub status: i64,
}

impl AccountSpec {
    /// Describes an active account in reais and in São Paulo.
    pub fn new(id: u64, name: &str) -> Self {
        Self { id, name: name.to_owned(), currency: "BRL".to_owned(), zone: chrono_tz::America::Sao_Paulo, status: 1 }
    }
}

/// A world to be made; every account gets the same numbers of objects.
#[derive(Debug, Clone)]
pub struct WorldSpec {
    /// Everything follows from it.
    pub seed: u64,
    /// What time it is.
    pub clock: Clock,
    /// The accounts.
    pub accounts: Vec<AccountSpec>,
    /// Campaigns per account.
    pub campaigns: usize,
    /// Ad sets per account, dealt out evenly to the campaigns.
    pub adsets: usize,
    /// Ads in each ad set.
    pub ads_per_adset: usize,
    /// Days of history, today included.
    pub days: i32,
    /// Days on which an ad set delivers, in permille.
    pub delivery_permille: i64,
    /// Ad sets that are paused, in permille.
    pub paused_permille: i64,
    /// Ad sets that are archived, in permille.
    pub archived_permille: i64,
    /// Ad sets that are deleted, in permille.
    pub deleted_permille: i64,
    /// Which rows an unfiltered insights listing holds.
    pub unfiltered_lists: UnfilteredLists,
}

/// Meta's example account.
pub const ACCOUNT_ID: u64 = 1_029_384_756_102_938;

/// 2026-11-23 at noon in São Paulo.
pub const NOON: i64 = 1_795_446_000;

impl Default for WorldSpec {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: Clock::Fixed(NOON),
            accounts: vec![AccountSpec::new(ACCOUNT_ID, "Clinica Aurora - Ads")],
            campaigns: 5,
            adsets: 36,
            ads_per_adset: 2,
            days: 7,
            delivery_permille: 850,
            paused_permille: 0,
            archived_permille: 0,
            deleted_permille: 0,
            unfiltered_lists: UnfilteredLists::All,
        }
    }
}

impl WorldSpec {
    /// Describes 5 campaigns, 36 ad sets, 7 days: about 215 ad set rows.
    pub fn small() -> Self {
        Self::default()
    }

    /// Describes 200 campaigns, 2,000 ad sets, 30 days: about 50,000 ad set rows.
    pub fn medium() -> Self {
        Self { campaigns: 200, adsets: 2_000, ads_per_adset: 1, days: 30, ..Self::default() }
    }

    /// Describes 2,000 campaigns, 20,000 ad sets, 30 days: about 500,000 ad set rows.
    pub fn large() -> Self {
        Self { campaigns: 2_000, adsets: 20_000, ..Self::medium() }
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Stops the clock at a unix second.
    #[must_use]
    pub fn now(self, now: i64) -> Self {
        self.clock(Clock::Fixed(now))
    }

    /// Replaces the accounts.
    #[must_use]
    pub fn accounts(mut self, accounts: Vec<AccountSpec>) -> Self {
        self.accounts = accounts;
        self
    }

    /// Sets how many campaigns, ad sets and ads per ad set each account has.
    #[must_use]
    pub fn objects(mut self, campaigns: usize, adsets: usize, ads_per_adset: usize) -> Self {
        (self.campaigns, self.adsets, self.ads_per_adset) = (campaigns, adsets, ads_per_adset);
        self
    }

    /// Sets the days of history, today included.
    #[must_use]
    pub fn days(mut self, days: i32) -> Self {
        self.days = days;
        self
    }

    /// Sets the share of days with delivery.
    #[must_use]
    pub fn delivery_permille(mut self, permille: i64) -> Self {
        self.delivery_permille = permille;
        self
    }

    /// Sets the shares of paused, archived and deleted ad sets.
    #[must_use]
    pub fn statuses(mut self, paused: i64, archived: i64, deleted: i64) -> Self {
        (self.paused_permille, self.archived_permille, self.deleted_permille) = (paused, archived, deleted);
        self
    }

    /// Sets which rows an unfiltered insights listing holds.
    #[must_use]
    pub fn unfiltered_lists(mut self, lists: UnfilteredLists) -> Self {
        self.unfiltered_lists = lists;
        self
    }

    /// Makes the world.
    pub fn build(self) -> World {
        super::build::build(self)
    }

    /// Draws the status of an object.
    pub(super) fn status(&self, dice: &mut Dice) -> Status {
        let throw = dice.below(1000);
        let (paused, archived) = (self.paused_permille, self.archived_permille);
        if throw < paused {
            Status::Paused
        } else if throw < paused + archived {
            Status::Archived
        } else if throw < paused + archived + self.deleted_permille {
            Status::Deleted
        } else {
            Status::Active
        }
    }
}
