//! How an ad delivers: every day's fact follows from the ad's seed, the day and how often it was restated.
use super::fact::Fact;
use super::goal::Goal;
use crate::calendar::Day;
use crate::dice::Dice;

/// Share of an ordinary day's delivery by weekday, Monday first, in permille.
const WEEKDAYS: [i64; 7] = [1060, 1090, 1080, 1040, 990, 880, 860];

/// What decides an ad's delivery.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Seed of the ad.
    pub seed: u64,
    /// Seed of its ad set, which decides whether a day delivers at all.
    pub adset_seed: u64,
    /// The first ad of its ad set delivers on every day that the ad set does.
    pub is_first: bool,
    /// What it is paid for.
    pub goal: Goal,
    /// Spend of an ordinary day, in cents.
    pub daily_cents: i64,
    /// Price of a thousand impressions, in cents.
    pub cpm_cents: i64,
    /// Link clicks per 100,000 impressions.
    pub link_rate: i64,
    /// Days with delivery, in permille.
    pub delivery_permille: i64,
    /// Smallest amount of money, in cents: 100 for a currency without decimals.
    pub cents_step: i64,
    /// The site reports what comes before a purchase too.
    pub has_funnel: bool,
}

impl Profile {
    /// Gives the whole day's fact; an empty one where nothing happened.
    pub fn whole_day(&self, day: Day, version: u32) -> Fact {
        let number = u64::from(day.unsigned_abs());
        let delivers = Dice::new(&[self.adset_seed, number]).chance(self.delivery_permille);
        let mut dice = Dice::new(&[self.seed, number]);
        if !delivers {
            return self.straggler(&mut dice);
        }
        if !self.is_first && !dice.chance(750) {
            return Fact::default();
        }
        let fact = self.delivered(day, &mut dice);
        if version == 0 {
            return fact;
        }
        self.restated(fact, number, version)
    }

    fn delivered(&self, day: Day, dice: &mut Dice) -> Fact {
        let weekday = usize::try_from((day - 1).rem_euclid(7)).unwrap_or(0);
        let weekday = WEEKDAYS.get(weekday).copied().unwrap_or(1000);
        let week = u64::from(day.div_euclid(7).unsigned_abs());
        // A slow drift by week stands for seasons and tired creatives.
        let week = Dice::new(&[self.seed, 11, week]).between(880, 1120);
        let noise = dice.between(850, 1150);
        let spend = self.daily_cents * weekday / 1000 * week / 1000 * noise / 1000;
        let spend = (spend / self.cents_step).max(1) * self.cents_step;
        let cpm = (self.cpm_cents * dice.between(900, 1100) / 1000).max(1);
        let impressions = (spend * 1000 / cpm).max(1);
        let reach = (impressions * dice.between(760, 950) / 1000).max(1);
        let link_clicks = dice.round(impressions * self.link_rate, 100_000).min(impressions);
        let clicks = (link_clicks + dice.round(link_clicks * 35, 100)).min(impressions);
        let video_views = impressions * dice.between(60, 240) / 1000;
        let reactions = dice.round(impressions * 4, 1000);
        let mut fact = Fact {
            spend_cents: spend,
            impressions,
            reach,
            clicks,
            link_clicks,
            engagements: link_clicks + reactions + video_views,
            video_views,
            ..Fact::default()
        };
        self.convert(&mut fact, dice);
        fact
    }

    fn convert(&self, fact: &mut Fact, dice: &mut Dice) {
        // An hour's luck: what a result costs moves by 40 % from day to day.
        let cost = (self.goal.cost_cents() * dice.between(800, 1200) / 1000).max(1);
        let results = dice.round(fact.spend_cents, cost);
        match self.goal {
            Goal::FormLeads => fact.form_leads = results,
            Goal::SiteLeads => {
                fact.landing_views = fact.link_clicks * 7 / 10;
                fact.pixel_leads = results.min(fact.link_clicks);
                fact.schedules = dice.round(fact.pixel_leads, 4);
                if self.has_funnel {
                    fact.registrations = dice.between(0, 2);
                }
            }
            Goal::Messages => {
                fact.messages = results;
                fact.schedules = dice.round(results, 9);
            }
            Goal::Purchases => {
                fact.landing_views = fact.link_clicks * 8 / 10;
                self.purchase(fact, results.min(fact.link_clicks), dice);
                if self.has_funnel {
                    fact.checkouts = fact.purchases + dice.round(fact.purchases, 2);
                    fact.carts = fact.checkouts + dice.between(0, 4);
                    fact.content_views = fact.landing_views;
                }
            }
            Goal::Traffic => fact.landing_views = fact.link_clicks * 8 / 10,
        }
    }

    fn purchase(&self, fact: &mut Fact, count: i64, dice: &mut Dice) {
        fact.purchases = count;
        for _ in 0..count {
            let ticket = dice.between(8_990, 48_990) / self.cents_step * self.cents_step;
            fact.purchase_cents += ticket;
        }
    }

    /// Off-Meta conversions are dated by conversion time (Meta documents it): a day without delivery may have one.
    fn straggler(&self, dice: &mut Dice) -> Fact {
        let mut fact = Fact::default();
        if dice.chance(25) {
            match self.goal {
                Goal::Purchases => self.purchase(&mut fact, 1, dice),
                Goal::SiteLeads => fact.pixel_leads = 1,
                _ => {}
            }
        }
        fact
    }

    /// Meta takes back invalid traffic and finds conversions later: all counts shift a little, some leads appear.
    fn restated(&self, mut fact: Fact, day: u64, version: u32) -> Fact {
        let mut dice = Dice::new(&[self.seed, day, u64::from(version)]);
        let permille = dice.between(955, 1004);
        let shift = |value: i64| value * permille / 1000;
        fact.spend_cents = (shift(fact.spend_cents) / self.cents_step).max(1) * self.cents_step;
        fact.impressions = shift(fact.impressions).max(1);
        fact.reach = shift(fact.reach).clamp(1, fact.impressions);
        fact.clicks = shift(fact.clicks).max(fact.link_clicks).min(fact.impressions);
        match self.goal {
            Goal::FormLeads => fact.form_leads += dice.between(0, 1),
            Goal::SiteLeads => fact.pixel_leads += dice.between(0, 1),
            Goal::Messages => fact.messages += dice.between(0, 1),
            Goal::Purchases => {
                let count = dice.between(0, 1);
                let mut more = Fact::default();
                self.purchase(&mut more, count, &mut dice);
                fact.add(&more);
            }
            Goal::Traffic => {}
        }
        fact
    }
}
