//! One ad account: its objects, where they hang, and the days that differ from the plan.
use super::delivery::Profile;
use super::fact::Fact;
use super::goal::Goal;
use super::object::{Ad, Adset, Campaign, Creative, Head, Status};
use crate::calendar::{Day, day_at, start_of};
use crate::dice::Dice;
use chrono_tz::Tz;
use std::collections::HashMap;

/// How one ad's day differs from its profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overlay {
    /// How often the day was restated.
    pub version: u32,
    /// Conversions that landed later.
    pub late: Fact,
    /// The row vanished.
    pub is_gone: bool,
    /// The exact fact, instead of everything else.
    pub exact: Option<Fact>,
}

/// An ad account with everything in it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Digits without the prefix `act_`.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Three letters.
    pub currency: String,
    /// Minor units in a major one by Meta's own table: 100 or 1.
    pub offset: i64,
    /// Its zone, which cuts its days.
    pub zone: Tz,
    /// 1 active, 2 disabled, 3 unsettled, 101 closed.
    pub status: i64,
    /// Unix second of its making.
    pub created: i64,
    /// The token may not read it: calls end in code 200.
    pub is_forbidden: bool,
    /// Its campaigns; places in this list never change.
    pub campaigns: Vec<Campaign>,
    /// Its ad sets.
    pub adsets: Vec<Adset>,
    /// Its ads.
    pub ads: Vec<Ad>,
    /// Its creatives.
    pub creatives: Vec<Creative>,
    /// Days that differ, by ad and day.
    pub overlays: HashMap<(usize, Day), Overlay>,
    /// Place of the account in the world, part of its objects' ids.
    pub number: u64,
    /// Share of days with delivery that new ad sets get.
    pub delivery_permille: i64,
    /// Seed of the account.
    pub seed: u64,
    /// Ads that run now: the allowance of calls grows with them.
    pub active_ads: u64,
    /// Sites report what comes before a purchase too: views, carts, checkouts, registrations.
    pub has_funnel: bool,
}

/// A day with its borders in unix seconds.
#[derive(Debug, Clone, Copy)]
pub struct DayBorders {
    /// The day.
    pub day: Day,
    /// Its first second.
    pub start: i64,
    /// The first second after it.
    pub end: i64,
}

impl Account {
    /// Gives the account's today.
    pub fn today(&self, now: i64) -> Day {
        day_at(now, self.zone)
    }

    /// Gives the borders of a day.
    pub fn borders(&self, day: Day) -> DayBorders {
        DayBorders { day, start: start_of(day, self.zone), end: start_of(day + 1, self.zone) }
    }

    /// Gives what an ad did on a day, as known at an instant; empty for a day without a row.
    pub fn fact(&self, place: usize, day: &DayBorders, as_of: i64) -> Fact {
        let Some(ad) = self.ads.get(place) else {
            return Fact::default();
        };
        let overlay =
            if ad.has_overlays { self.overlays.get(&(place, day.day)).copied() } else { None }.unwrap_or_default();
        if overlay.is_gone || as_of <= day.start {
            return Fact::default();
        }
        if let Some(exact) = overlay.exact {
            return exact;
        }
        let ran = ad.seconds_within(day.start, day.end.min(as_of));
        let mut fact = if ran == 0 {
            Fact::default()
        } else {
            ad.profile.whole_day(day.day, overlay.version).part(ran, day.end - day.start)
        };
        fact.add(&overlay.late);
        // Parts of a day and restatements are whole amounts too, where a currency has no smaller ones.
        let step = self.step_cents();
        fact.spend_cents -= fact.spend_cents % step;
        fact.purchase_cents -= fact.purchase_cents % step;
        fact
    }

    /// Gives the status that a campaign has in effect.
    pub fn campaign_status(&self, place: usize) -> &'static str {
        self.campaigns.get(place).map_or("DELETED", |campaign| own(&campaign.head))
    }

    /// Gives the status that an ad set has in effect: what hangs above it counts.
    pub fn adset_status(&self, place: usize) -> &'static str {
        let Some(adset) = self.adsets.get(place) else {
            return "DELETED";
        };
        below(own(&adset.head), self.campaign_status(adset.campaign), "CAMPAIGN_PAUSED")
    }

    /// Gives the status that an ad has in effect.
    pub fn ad_status(&self, place: usize) -> &'static str {
        let Some(ad) = self.ads.get(place) else {
            return "DELETED";
        };
        below(own(&ad.head), self.adset_status(ad.adset), "ADSET_PAUSED")
    }

    /// Adds a campaign and gives its place.
    pub fn add_campaign(&mut self, name: &str, goal: Goal, status: Status, created: i64) -> usize {
        let place = self.campaigns.len();
        let id = self.object_id(1, place);
        self.campaigns.push(Campaign {
            head: head(id, name, status, created),
            goal,
            daily_budget: None,
            spend_cap: None,
            adsets: Vec::new(),
        });
        place
    }

    /// Adds an ad set to a campaign and gives its place.
    pub fn add_adset(&mut self, campaign: usize, name: &str, status: Status, created: i64) -> usize {
        let place = self.adsets.len();
        let id = self.object_id(2, place);
        let mut goal = Goal::Traffic;
        let mut has_budget = false;
        if let Some(parent) = self.campaigns.get_mut(campaign) {
            parent.adsets.push(place);
            goal = parent.goal;
            has_budget = parent.daily_budget.is_some();
        }
        let mut dice = Dice::new(&[self.seed, 2, id]);
        let budget = dice.between(20, 90) * 100 * self.offset / 100;
        self.adsets.push(Adset {
            head: head(id, name, status, created),
            campaign,
            goal,
            daily_budget: (!has_budget).then_some(budget),
            bid_amount: (!has_budget && dice.chance(150)).then(|| dice.between(200, 900)),
            end_time: None,
            click_days: 7,
            ads: Vec::new(),
            seed: dice.throw(),
        });
        place
    }

    /// Adds an ad that runs from `created` to `stopped` (`i64::MAX`: still runs) and gives its place.
    pub fn add_ad(&mut self, adset: usize, name: &str, status: Status, created: i64, stopped: i64) -> usize {
        let place = self.ads.len();
        let id = self.object_id(3, place);
        let mut dice = Dice::new(&[self.seed, 3, id]);
        let (seed, goal, is_first) = match self.adsets.get_mut(adset) {
            Some(parent) => {
                parent.ads.push(place);
                (parent.seed, parent.goal, parent.ads.len() == 1)
            }
            None => (0, Goal::Traffic, true),
        };
        let creative = self.add_creative(name, goal, &mut dice);
        self.ads.push(Ad {
            head: head(id, name, status, created),
            adset,
            creative,
            ran: if stopped > created { vec![(created, stopped)] } else { Vec::new() },
            profile: Profile {
                seed: dice.throw(),
                adset_seed: seed,
                is_first,
                goal,
                daily_cents: dice.between(1_200, 5_200),
                cpm_cents: dice.between(1_100, 3_200),
                link_rate: dice.between(600, 2_200),
                delivery_permille: self.delivery_permille,
                cents_step: 100 / self.offset.max(1),
                has_funnel: self.has_funnel,
            },
            has_overlays: false,
        });
        place
    }

    fn add_creative(&mut self, name: &str, goal: Goal, dice: &mut Dice) -> usize {
        // The same creative often serves several ads.
        let count = self.creatives.len();
        if count > 0 && dice.chance(120) {
            return count - 1;
        }
        let id = self.object_id(4, count);
        self.creatives.push(Creative {
            id,
            name: format!("{name} {:08x}", dice.throw() >> 32),
            title: self.name.clone(),
            body: "Agende sua avaliação".to_owned(),
            call_to_action: goal.call_to_action(),
            is_video: dice.chance(400),
        });
        count
    }

    /// Makes eighteen digits that tell the account, the kind and the place apart.
    fn object_id(&self, kind: u64, place: usize) -> u64 {
        let place = u64::try_from(place).unwrap_or(0);
        120_200_000_000_000_000 + self.number * 1_000_000_000_000 + kind * 100_000_000_000 + place * 10_007 + 10_123
    }
}

fn head(id: u64, name: &str, status: Status, created: i64) -> Head {
    Head { id, name: name.to_owned(), status, review: None, created, updated: created }
}

/// A status set by Meta shows only on what would run.
fn own(head: &Head) -> &'static str {
    match (head.status, head.review) {
        (Status::Active, Some(review)) => review,
        (status, _) => status.word(),
    }
}

fn below(own: &'static str, above: &'static str, when_paused: &'static str) -> &'static str {
    match (own, above) {
        ("DELETED", _) | (_, "DELETED") => "DELETED",
        ("ARCHIVED", _) | (_, "ARCHIVED") => "ARCHIVED",
        ("PAUSED", _) => "PAUSED",
        (_, "PAUSED") => when_paused,
        (_, "CAMPAIGN_PAUSED") => "CAMPAIGN_PAUSED",
        (own, _) => own,
    }
}
