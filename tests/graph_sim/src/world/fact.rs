//! What one ad did on one day, and sums of such days. Money is whole cents; nothing here is a float.
use serde::{Deserialize, Serialize};

/// The counts of one ad on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fact {
    /// Money spent, in hundredths of the currency's major unit.
    pub spend_cents: i64,
    /// Times shown.
    pub impressions: i64,
    /// People reached.
    pub reach: i64,
    /// All clicks.
    pub clicks: i64,
    /// Clicks on the link.
    pub link_clicks: i64,
    /// Reactions, comments, shares and clicks on the post.
    pub engagements: i64,
    /// Views of three seconds.
    pub video_views: i64,
    /// Landing pages that loaded.
    pub landing_views: i64,
    /// Leads from instant forms.
    pub form_leads: i64,
    /// Leads seen by the pixel.
    pub pixel_leads: i64,
    /// Purchases seen by the pixel.
    pub purchases: i64,
    /// Their value in hundredths.
    pub purchase_cents: i64,
    /// Conversations started.
    pub messages: i64,
    /// Appointments, which Meta lists under `conversions`.
    pub schedules: i64,
    /// Pages of products seen.
    pub content_views: i64,
    /// Things put into a cart.
    pub carts: i64,
    /// Checkouts begun.
    pub checkouts: i64,
    /// Registrations on the site.
    pub registrations: i64,
}

impl Fact {
    /// Says that nothing happened: such a day has no row.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes the part of the day that has passed, rounding every count down.
    #[must_use]
    pub fn part(&self, elapsed: i64, length: i64) -> Self {
        if elapsed >= length {
            return *self;
        }
        let mut part = self.map(|value| value * elapsed.max(0) / length.max(1));
        if part.impressions == 0 {
            // Money is only spent on impressions.
            part.spend_cents = 0;
        }
        if part.purchases == 0 {
            part.purchase_cents = 0;
        }
        part
    }

    /// Adds another fact, count by count.
    pub fn add(&mut self, other: &Self) {
        let mut values = other.values().into_iter();
        *self = self.map(|value| value + values.next().unwrap_or(0));
    }

    /// Takes away another fact, count by count.
    pub fn subtract(&mut self, other: &Self) {
        let mut values = other.values().into_iter();
        *self = self.map(|value| value - values.next().unwrap_or(0));
    }

    /// Applies one function to every count, in the order of the fields.
    #[must_use]
    pub fn map(&self, mut change: impl FnMut(i64) -> i64) -> Self {
        Self {
            spend_cents: change(self.spend_cents),
            impressions: change(self.impressions),
            reach: change(self.reach),
            clicks: change(self.clicks),
            link_clicks: change(self.link_clicks),
            engagements: change(self.engagements),
            video_views: change(self.video_views),
            landing_views: change(self.landing_views),
            form_leads: change(self.form_leads),
            pixel_leads: change(self.pixel_leads),
            purchases: change(self.purchases),
            purchase_cents: change(self.purchase_cents),
            messages: change(self.messages),
            schedules: change(self.schedules),
            content_views: change(self.content_views),
            carts: change(self.carts),
            checkouts: change(self.checkouts),
            registrations: change(self.registrations),
        }
    }

    /// Takes away what happened on the advertiser's site, seen by the pixel.
    #[must_use]
    pub fn on_meta(&self) -> Self {
        Self {
            pixel_leads: 0,
            purchases: 0,
            purchase_cents: 0,
            schedules: 0,
            content_views: 0,
            carts: 0,
            checkouts: 0,
            registrations: 0,
            ..*self
        }
    }

    /// Gives all leads: forms and pixel, which never overlap here.
    pub fn leads(&self) -> i64 {
        self.form_leads + self.pixel_leads
    }

    fn values(&self) -> [i64; 18] {
        [
            self.spend_cents,
            self.impressions,
            self.reach,
            self.clicks,
            self.link_clicks,
            self.engagements,
            self.video_views,
            self.landing_views,
            self.form_leads,
            self.pixel_leads,
            self.purchases,
            self.purchase_cents,
            self.messages,
            self.schedules,
            self.content_views,
            self.carts,
            self.checkouts,
            self.registrations,
        ]
    }
}

/// Several facts in one row of insights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Count by count, the sum; its `reach` is only the sum of reaches.
    pub fact: Fact,
    reach_max: i64,
    parts: i64,
}

impl Sum {
    /// Adds one ad's day.
    pub fn add(&mut self, fact: &Fact) {
        self.fact.add(fact);
        self.reach_max = self.reach_max.max(fact.reach);
        self.parts += 1;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.fact.add(&other.fact);
        self.reach_max = self.reach_max.max(other.reach_max);
        self.parts += other.parts;
    }

    /// Gives the people reached. Reach does not add up (Meta documents it): people overlap.
    pub fn reach(&self) -> i64 {
        if self.parts <= 1 {
            return self.fact.reach;
        }
        // The more ads and days meet, the more often they meet the same people.
        let permille = (1000 - 90 * i64::from(self.parts.ilog2())).max(250);
        self.reach_max.max(self.fact.reach * permille / 1000)
    }

    /// Says that there is no row.
    pub fn is_empty(&self) -> bool {
        self.fact.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Fact, Sum};

    #[test]
    fn reach_is_not_additive() {
        let mut sum = Sum::default();
        for reach in [100, 100] {
            sum.add(&Fact { reach, impressions: 120, ..Fact::default() });
        }
        assert_eq!(sum.fact.impressions, 240);
        assert_eq!(sum.reach(), 182);
    }

    #[test]
    fn adding_and_subtracting_cancel() {
        let a = Fact { spend_cents: 5, schedules: 2, ..Fact::default() };
        let mut b = a;
        b.add(&a);
        b.subtract(&a);
        assert_eq!(a, b);
    }
}
