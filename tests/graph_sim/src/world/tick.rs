//! Moves the demo's world a step: now and then somebody at the agency, or Meta, does something.
use super::World;
use super::change::Change;
use super::fact::Fact;
use super::goal::Goal;
use super::object::Status;
use crate::calendar::{Day, date_of};
use crate::dice::Dice;

impl World {
    /// Lets a little time's events happen and says what they were. Today's delivery grows with the clock by itself.
    pub fn tick(&mut self) -> Vec<Change> {
        self.ticks += 1;
        let mut dice = Dice::new(&[self.seed, 404, self.ticks]);
        let mut events = Vec::new();
        for place in 0..self.accounts.len() {
            events.extend(self.draw(place, &mut dice));
        }
        // An event that meets a world that moved on is no event.
        events.retain(|event| self.apply(event.clone()).is_ok());
        events
    }

    fn draw(&self, place: usize, dice: &mut Dice) -> Vec<Change> {
        let Some(account) = self.accounts.get(place) else {
            return Vec::new();
        };
        let today = account.today(self.now());
        let past = |dice: &mut Dice, days: i64| -> Day { today - i32::try_from(dice.between(1, days)).unwrap_or(1) };
        let running: Vec<usize> =
            (0..account.adsets.len()).filter(|adset| account.adset_status(*adset) == "ACTIVE").collect();
        let adset = dice.pick(&running).and_then(|at| account.adsets.get(*at));
        let Some(adset) = adset else {
            return Vec::new();
        };
        let id = adset.head.id.to_string();
        let mut events = Vec::new();
        if dice.chance(500) {
            let from = past(dice, 4);
            events.push(Change::Restate { id: id.clone(), since: date_of(from), until: date_of(from) });
        }
        if dice.chance(400) {
            let add = match adset.goal {
                Goal::Purchases => {
                    Fact { purchases: 1, purchase_cents: dice.between(90, 490) * 100 - 10, ..Fact::default() }
                }
                Goal::Messages => Fact { messages: 1, ..Fact::default() },
                Goal::FormLeads => Fact { form_leads: 1, ..Fact::default() },
                Goal::SiteLeads | Goal::Traffic => Fact { pixel_leads: 1, ..Fact::default() },
            };
            events.push(Change::LateConversion { id: id.clone(), day: date_of(past(dice, 6)), add });
        }
        if dice.chance(120) {
            let throw = dice.between(30, 120);
            // Where the campaign has the budget, its ad sets have none: it is trimmed or raised by up to a third.
            let campaign = account.campaigns.get(adset.campaign);
            let (owner, budget) = match campaign.and_then(|campaign| Some((campaign.head.id, campaign.daily_budget?))) {
                Some((campaign, current)) => (campaign, current * (70 + throw / 2) / 100 / account.offset),
                None => (adset.head.id, throw),
            };
            let (owner, budget) = (owner.to_string(), budget.max(10) * account.offset);
            events.push(Change::SetDailyBudget { id: owner, budget });
        }
        if dice.chance(60)
            && let Some(campaign) = account.campaigns.get(adset.campaign)
        {
            let number = campaign.adsets.len() + 1;
            events.push(Change::AddAdset {
                campaign: campaign.head.id.to_string(),
                name: format!("{number:02} | Teste novo público"),
            });
        }
        // Never fewer than thirty ad sets run, so that the demo stays lively.
        if dice.chance(50) && running.len() > 30 {
            events.push(Change::Pause { id });
        } else if dice.chance(50) {
            let paused = (account.adsets.iter()).find(|adset| adset.head.status == Status::Paused);
            events.extend(paused.map(|adset| Change::Resume { id: adset.head.id.to_string() }));
        }
        events
    }
}
