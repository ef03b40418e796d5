//! How each event changes the world.
use super::account::{Account, Overlay};
use super::change::{Change, FROZEN_AFTER_DAYS, Refusal};
use super::fact::Fact;
use super::object::{Campaign, Head, Status};
use super::{Clock, Node, World};
use crate::calendar::{Day, day_of};
use chrono::NaiveDate;

impl World {
    /// Lets an event happen; gives the id of what it made.
    pub fn apply(&mut self, change: Change) -> Result<Option<String>, Refusal> {
        let now = self.now();
        let made = match change {
            Change::Pause { id } => self.set_status(&id, Status::Paused)?,
            Change::Resume { id } => self.set_status(&id, Status::Active)?,
            Change::Archive { id } => self.set_status(&id, Status::Archived)?,
            Change::Delete { id } => self.set_status(&id, Status::Deleted)?,
            Change::Rename { id, name } => {
                let head = self.head_mut(&id)?;
                head.name = name;
                head.updated = now;
                None
            }
            Change::SetDailyBudget { id, budget } => self.set_budget(&id, budget)?,
            Change::Review { id, status } => self.review(&id, &status)?,
            Change::Restate { id, since, until } => self.restate(&id, since, until)?,
            Change::LateConversion { id, day, add } => {
                let (place, ads) = self.ads_under(&id)?;
                let first = ads.first().copied().ok_or("it has no ad")?;
                self.overlay(place, first, day_of(day), |overlay| overlay.late.add(&add));
                None
            }
            Change::Vanish { id, day } => {
                let (place, ads) = self.ads_under(&id)?;
                for ad in ads {
                    self.overlay(place, ad, day_of(day), |overlay| overlay.is_gone = true);
                }
                None
            }
            Change::Plant { id, day, fact } => {
                let (place, ads) = self.ads_under(&id)?;
                for (number, ad) in ads.into_iter().enumerate() {
                    let exact = if number == 0 { fact } else { Fact::default() };
                    self.overlay(place, ad, day_of(day), |overlay| {
                        (overlay.exact, overlay.is_gone) = (Some(exact), false);
                    });
                }
                None
            }
            Change::AddCampaign { account, name, goal, daily_budget } => {
                let account = self.account_mut(&account)?;
                let place = account.add_campaign(&name, goal, Status::Active, now);
                let made = account.campaigns.get_mut(place).ok_or("not made")?;
                made.daily_budget = daily_budget;
                Some(made.head.id.to_string())
            }
            Change::AddAdset { campaign, name } => self.add_adset(&campaign, &name)?,
            Change::AddAd { adset, name } => self.add_ad(&adset, &name)?,
            Change::SetAttribution { id, click_days } => {
                let Some(Node::Adset(place, at)) = self.find(&id) else {
                    return Err(unknown(&id));
                };
                let adsets = self.accounts.get_mut(place).map(|account| &mut account.adsets);
                if let Some(adset) = adsets.and_then(|adsets| adsets.get_mut(at)) {
                    adset.click_days = click_days;
                }
                None
            }
            Change::Forbid { account, is_forbidden } => {
                self.account_mut(&account)?.is_forbidden = is_forbidden;
                None
            }
            Change::SetAccountStatus { account, status } => {
                self.account_mut(&account)?.status = status;
                None
            }
        };
        self.changed();
        Ok(made)
    }

    /// Sets a stopped clock; a running one is stopped there.
    pub fn set_now(&mut self, now: i64) {
        self.clock = Clock::Fixed(now);
        self.revision += 1;
    }

    /// Moves the clock on; a stopped one stays stopped, a running one runs on from there.
    pub fn advance(&mut self, seconds: i64) {
        self.clock = match self.clock {
            Clock::Fixed(now) => Clock::Fixed(now + seconds),
            Clock::System => Clock::Moved(seconds),
            Clock::Moved(moved) => Clock::Moved(moved + seconds),
        };
        self.revision += 1;
    }

    fn set_status(&mut self, id: &str, status: Status) -> Result<Option<String>, Refusal> {
        let now = self.now();
        let head = self.head_mut(id)?;
        head.status = status;
        head.updated = now;
        let (place, ads) = self.ads_under(id)?;
        if let Some(account) = self.accounts.get_mut(place) {
            for ad in ads {
                let is_running = matches!(account.ad_status(ad), "ACTIVE" | "WITH_ISSUES");
                if let Some(ad) = account.ads.get_mut(ad) {
                    ad.set_running(is_running, now);
                }
            }
        }
        Ok(None)
    }

    fn set_budget(&mut self, id: &str, budget: i64) -> Result<Option<String>, Refusal> {
        let now = self.now();
        match self.find(id).ok_or_else(|| unknown(id))? {
            Node::Campaign(place, at) => {
                if let Some(campaign) = self.campaign_mut(place, at) {
                    campaign.daily_budget = Some(budget);
                }
            }
            Node::Adset(place, at) => {
                let adsets = self.accounts.get_mut(place).map(|account| &mut account.adsets);
                if let Some(adset) = adsets.and_then(|adsets| adsets.get_mut(at)) {
                    adset.daily_budget = Some(budget);
                    adset.head.updated = now;
                }
            }
            _ => return Err(format!("{id} has no budget")),
        }
        Ok(None)
    }

    fn review(&mut self, id: &str, status: &str) -> Result<Option<String>, Refusal> {
        const WORDS: [&str; 6] =
            ["WITH_ISSUES", "DISAPPROVED", "PENDING_REVIEW", "PENDING_BILLING_INFO", "PREAPPROVED", "IN_PROCESS"];
        let word = WORDS.into_iter().find(|word| *word == status);
        if word.is_none() && status != "ACTIVE" {
            return Err(format!("{status} is not a status that Meta sets"));
        }
        self.head_mut(id)?.review = word;
        Ok(None)
    }

    fn restate(&mut self, id: &str, since: NaiveDate, until: NaiveDate) -> Result<Option<String>, Refusal> {
        let (place, ads) = self.ads_under(id)?;
        let today = self.accounts.get(place).map_or(0, |account| account.today(self.now()));
        for day in day_of(since).max(today - FROZEN_AFTER_DAYS)..=day_of(until).min(today) {
            for ad in &ads {
                self.overlay(place, *ad, day, |overlay| overlay.version += 1);
            }
        }
        Ok(None)
    }

    fn add_adset(&mut self, campaign: &str, name: &str) -> Result<Option<String>, Refusal> {
        let now = self.now();
        let Some(Node::Campaign(place, at)) = self.find(campaign) else {
            return Err(unknown(campaign));
        };
        let account = self.accounts.get_mut(place).ok_or_else(|| unknown(campaign))?;
        let adset = account.add_adset(at, name, Status::Active, now);
        let stopped = if account.adset_status(adset) == "ACTIVE" { i64::MAX } else { now };
        account.add_ad(adset, &format!("{name} - 01"), Status::Active, now, stopped);
        Ok(account.adsets.get(adset).map(|adset| adset.head.id.to_string()))
    }

    fn add_ad(&mut self, adset: &str, name: &str) -> Result<Option<String>, Refusal> {
        let now = self.now();
        let Some(Node::Adset(place, at)) = self.find(adset) else {
            return Err(unknown(adset));
        };
        let account = self.accounts.get_mut(place).ok_or_else(|| unknown(adset))?;
        // Beneath what does not run it waits.
        let stopped = if account.adset_status(at) == "ACTIVE" { i64::MAX } else { now };
        let ad = account.add_ad(at, name, Status::Active, now, stopped);
        Ok(account.ads.get(ad).map(|ad| ad.head.id.to_string()))
    }

    fn overlay(&mut self, place: usize, ad: usize, day: Day, change: impl FnOnce(&mut Overlay)) {
        if let Some(account) = self.accounts.get_mut(place) {
            if let Some(ad) = account.ads.get_mut(ad) {
                ad.has_overlays = true;
            }
            change(account.overlays.entry((ad, day)).or_default());
        }
    }

    fn ads_under(&self, id: &str) -> Result<(usize, Vec<usize>), Refusal> {
        let node = self.find(id).ok_or_else(|| unknown(id))?;
        let account = self.account_of(node).ok_or_else(|| unknown(id))?;
        let of = |adset: &usize| account.adsets.get(*adset).map(|adset| adset.ads.clone());
        Ok(match node {
            Node::Account(place) => (place, (0..account.ads.len()).collect()),
            Node::Campaign(place, at) => {
                let adsets = account.campaigns.get(at).map(|campaign| campaign.adsets.as_slice());
                (place, adsets.unwrap_or_default().iter().filter_map(of).flatten().collect())
            }
            Node::Adset(place, at) => (place, of(&at).unwrap_or_default()),
            Node::Ad(place, at) => (place, vec![at]),
            Node::Creative(..) => return Err(format!("{id} is a creative")),
        })
    }

    fn head_mut(&mut self, id: &str) -> Result<&mut Head, Refusal> {
        let head = match self.find(id) {
            Some(Node::Campaign(place, at)) => self.campaign_mut(place, at).map(|object| &mut object.head),
            Some(Node::Adset(place, at)) => self
                .accounts
                .get_mut(place)
                .and_then(|account| account.adsets.get_mut(at))
                .map(|object| &mut object.head),
            Some(Node::Ad(place, at)) => {
                self.accounts.get_mut(place).and_then(|account| account.ads.get_mut(at)).map(|object| &mut object.head)
            }
            _ => None,
        };
        head.ok_or_else(|| unknown(id))
    }

    fn campaign_mut(&mut self, place: usize, at: usize) -> Option<&mut Campaign> {
        self.accounts.get_mut(place)?.campaigns.get_mut(at)
    }

    fn account_mut(&mut self, id: &str) -> Result<&mut Account, Refusal> {
        match self.find(id) {
            Some(Node::Account(place)) => self.accounts.get_mut(place).ok_or_else(|| unknown(id)),
            _ => Err(unknown(id)),
        }
    }
}

fn unknown(id: &str) -> Refusal {
    format!("nothing in this world has the id {id}")
}
