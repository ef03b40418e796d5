//! Makes a world of even, unremarkable accounts from its spec.
use super::account::Account;
use super::goal::Goal;
use super::object::Status;
use super::spec::{AccountSpec, WorldSpec};
use super::{Clock, World};
use crate::calendar::start_of;
use crate::dice::Dice;
use std::collections::HashMap;

/// Currencies whose minor unit is the major one: Meta's own table, not ISO 4217.
const WHOLE: [&str; 11] = ["CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"];

/// Makes the world.
pub(super) fn build(spec: WorldSpec) -> World {
    let mut world = World::empty(spec.seed, spec.clock, spec.unfiltered_lists);
    for account in &spec.accounts {
        let mut made = empty_account(&world, account, spec.delivery_permille);
        fill(&mut made, &spec, spec.clock.now());
        world.accounts.push(made);
    }
    world.changed();
    world
}

/// Makes an account with nothing in it.
pub(super) fn empty_account(world: &World, spec: &AccountSpec, delivery_permille: i64) -> Account {
    let number = u64::try_from(world.accounts.len()).unwrap_or(0);
    Account {
        id: spec.id,
        name: spec.name.clone(),
        currency: spec.currency.clone(),
        offset: if WHOLE.contains(&spec.currency.as_str()) { 1 } else { 100 },
        zone: spec.zone,
        status: spec.status,
        created: world.clock.now() - 500 * 86_400,
        is_forbidden: false,
        campaigns: Vec::new(),
        adsets: Vec::new(),
        ads: Vec::new(),
        creatives: Vec::new(),
        overlays: HashMap::new(),
        number,
        delivery_permille,
        seed: Dice::new(&[world.seed, spec.id]).throw(),
        active_ads: 0,
        has_funnel: false,
    }
}

fn fill(account: &mut Account, spec: &WorldSpec, now: i64) {
    let mut dice = Dice::new(&[account.seed, 1]);
    let first_day = account.today(now) - (spec.days - 1).max(0);
    let begin = start_of(first_day, account.zone);
    for number in 0..spec.campaigns {
        let goal = dice.pick(&Goal::ALL).copied().unwrap_or(Goal::Traffic);
        let name = format!("Campaign {:04} | {}", number + 1, goal.objective());
        let place = account.add_campaign(&name, goal, Status::Active, begin);
        // Every other campaign holds the budget itself.
        if let Some(campaign) = account.campaigns.get_mut(place).filter(|_| number % 2 == 0) {
            campaign.daily_budget = Some(dice.between(50, 400) * account.offset);
        }
    }
    for number in 0..spec.adsets {
        let campaign = number % spec.campaigns.max(1);
        let status = spec.status(&mut dice);
        let name = format!("Ad set {:05}", number + 1);
        let adset = account.add_adset(campaign, &name, status, begin);
        let stopped = if status == Status::Active {
            i64::MAX
        } else {
            // It ran for a part of the history, so that its days count in the totals.
            begin + (now - begin) * dice.between(300, 900) / 1000
        };
        if let Some(adset) = account.adsets.get_mut(adset).filter(|_| stopped < i64::MAX) {
            adset.head.updated = stopped;
        }
        for letter in 0..spec.ads_per_adset {
            let name = format!("Ad {:05}-{}", number + 1, letter + 1);
            account.add_ad(adset, &name, Status::Active, begin, stopped);
        }
    }
}

impl Clock {
    /// Reads the clock, in unix seconds.
    pub fn now(self) -> i64 {
        match self {
            Self::Fixed(now) => now,
            Self::System => chrono::Utc::now().timestamp(),
            Self::Moved(seconds) => chrono::Utc::now().timestamp() + seconds,
        }
    }
}
