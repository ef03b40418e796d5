//! Random events, one at a time: what people and Meta do to an account, restatements and vanished days included.
use super::World;
use super::account::Account;
use super::change::{Change, FROZEN_AFTER_DAYS};
use super::fact::Fact;
use super::goal::Goal;
use super::object::{Head, Status};
use crate::calendar::date_of;
use crate::dice::Dice;
use chrono::NaiveDate;

impl World {
    /// Lets the next random event happen and says what it was. The same seed gives the same events.
    pub fn happen(&mut self) -> Option<Change> {
        // An event that meets a world in which it cannot be is drawn again.
        for _ in 0..100 {
            self.steps += 1;
            let mut dice = Dice::new(&[self.seed, 505, self.steps]);
            let Some(change) = self.draw_event(&mut dice) else {
                continue;
            };
            if self.apply(change.clone()).is_ok() {
                return Some(change);
            }
        }
        None
    }

    fn draw_event(&self, dice: &mut Dice) -> Option<Change> {
        let account = dice.pick(&self.accounts)?;
        let today = account.today(self.now());
        let back = i32::try_from(dice.between(0, i64::from(FROZEN_AFTER_DAYS))).unwrap_or(0);
        let day = date_of(today - back);
        match dice.below(10) {
            0..=2 => restated(account, day, dice),
            3..=4 => Some(Change::LateConversion { id: ad(account, dice)?, day, add: late(dice) }),
            5 => Some(Change::Vanish { id: ad(account, dice)?, day }),
            // Meta pays back: the day's money may fall below zero.
            6 => {
                let cents = dice.between(1, 900) * account.step_cents();
                let fact = Fact { spend_cents: -cents, ..Fact::default() };
                Some(Change::Plant { id: ad(account, dice)?, day, fact })
            }
            7 => status(account, dice),
            8 => edited(account, dice),
            _ => added(account, dice),
        }
    }
}

impl Account {
    /// Gives the smallest amount of money, in hundredths of the major unit.
    pub(crate) fn step_cents(&self) -> i64 {
        100 / self.offset.max(1)
    }
}

fn restated(account: &Account, day: NaiveDate, dice: &mut Dice) -> Option<Change> {
    let days = chrono::Days::new(u64::try_from(dice.between(0, 6)).unwrap_or(0));
    let until = day.checked_add_days(days)?;
    Some(Change::Restate { id: any(account, dice)?.id.to_string(), since: day, until })
}

fn late(dice: &mut Dice) -> Fact {
    match dice.below(4) {
        0 => Fact { purchases: 1, purchase_cents: dice.between(90, 490) * 100, ..Fact::default() },
        1 => Fact { form_leads: dice.between(1, 2), ..Fact::default() },
        2 => Fact { pixel_leads: 1, schedules: 1, ..Fact::default() },
        _ => Fact { messages: 1, ..Fact::default() },
    }
}

fn status(account: &Account, dice: &mut Dice) -> Option<Change> {
    let head = any(account, dice)?;
    let id = head.id.to_string();
    if head.status == Status::Deleted {
        // Nothing comes back from there.
        return None;
    }
    Some(match dice.below(4) {
        0 => Change::Pause { id },
        1 => Change::Archive { id },
        2 => Change::Delete { id },
        _ => Change::Resume { id },
    })
}

fn edited(account: &Account, dice: &mut Dice) -> Option<Change> {
    let head = any(account, dice)?;
    if dice.chance(500) {
        return Some(Change::Rename { id: head.id.to_string(), name: format!("{} ✎", head.name) });
    }
    let campaign = dice.pick(&account.campaigns)?;
    let budget = dice.between(10, 400) * account.offset;
    Some(Change::SetDailyBudget { id: campaign.head.id.to_string(), budget })
}

fn added(account: &Account, dice: &mut Dice) -> Option<Change> {
    let goal = dice.pick(&Goal::ALL).copied()?;
    let campaign = dice.pick(&account.campaigns)?.head.id.to_string();
    let adset = dice.pick(&account.adsets)?.head.id.to_string();
    Some(match dice.below(3) {
        0 => Change::AddCampaign {
            account: format!("act_{}", account.id),
            name: "Added 🆕".to_owned(),
            goal,
            daily_budget: None,
        },
        1 => Change::AddAdset { campaign, name: "Added ad set".to_owned() },
        _ => Change::AddAd { adset, name: "Added ad".to_owned() },
    })
}

fn ad(account: &Account, dice: &mut Dice) -> Option<String> {
    dice.pick(&account.ads).map(|ad| ad.head.id.to_string())
}

fn any<'a>(account: &'a Account, dice: &mut Dice) -> Option<&'a Head> {
    match dice.below(3) {
        0 => dice.pick(&account.campaigns).map(|object| &object.head),
        1 => dice.pick(&account.adsets).map(|object| &object.head),
        _ => dice.pick(&account.ads).map(|object| &object.head),
    }
}
