//! The objects of an account and what their statuses mean together.
use super::delivery::Profile;
use super::goal::Goal;
use serde::{Deserialize, Serialize};

/// The status that somebody set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Running.
    Active,
    /// Halted by hand.
    Paused,
    /// Put away; hidden from listings by default.
    Archived,
    /// Thrown away; only readable by its id.
    Deleted,
}

impl Status {
    /// Gives Meta's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Archived => "ARCHIVED",
            Self::Deleted => "DELETED",
        }
    }
}

/// What campaigns, ad sets and ads have in common.
#[derive(Debug, Clone)]
pub struct Head {
    /// Eighteen digits.
    pub id: u64,
    /// The name people gave it.
    pub name: String,
    /// The status that somebody set.
    pub status: Status,
    /// A status that Meta set over it, such as `WITH_ISSUES` or `DISAPPROVED`.
    pub review: Option<&'static str>,
    /// Unix second of its making.
    pub created: i64,
    /// Unix second of its last change, as Meta tells it.
    pub updated: i64,
}

/// A campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Id, name, status.
    pub head: Head,
    /// What it is paid for.
    pub goal: Goal,
    /// Budget of the campaign in minor units; none when its ad sets have theirs.
    pub daily_budget: Option<i64>,
    /// Cap on its spend in minor units.
    pub spend_cap: Option<i64>,
    /// Places of its ad sets in the account.
    pub adsets: Vec<usize>,
}

/// An ad set.
#[derive(Debug, Clone)]
pub struct Adset {
    /// Id, name, status.
    pub head: Head,
    /// Place of its campaign.
    pub campaign: usize,
    /// What it is paid for.
    pub goal: Goal,
    /// Its own daily budget in minor units; none under a campaign budget.
    pub daily_budget: Option<i64>,
    /// Its bid in minor units.
    pub bid_amount: Option<i64>,
    /// Unix second at which it ends.
    pub end_time: Option<i64>,
    /// Places of its ads.
    pub ads: Vec<usize>,
    /// Days after a click whose conversions count.
    pub click_days: i64,
    /// Seed that its ads share.
    pub seed: u64,
}

/// An ad.
#[derive(Debug, Clone)]
pub struct Ad {
    /// Id, name, status.
    pub head: Head,
    /// Place of its ad set.
    pub adset: usize,
    /// Place of its creative.
    pub creative: usize,
    /// When it ran, as pairs of unix seconds; a running ad's last pair ends at `i64::MAX`.
    pub ran: Vec<(i64, i64)>,
    /// How it delivers.
    pub profile: Profile,
    /// Whether any of its days differs from what the profile says.
    pub has_overlays: bool,
}

impl Ad {
    /// Gives the seconds of a span during which it ran.
    pub fn seconds_within(&self, from: i64, to: i64) -> i64 {
        self.ran.iter().map(|(start, stop)| (to.min(*stop) - from.max(*start)).max(0)).sum()
    }

    /// Opens or closes its running time at an instant.
    pub fn set_running(&mut self, is_running: bool, at: i64) {
        match self.ran.last_mut() {
            Some(last) if last.1 == i64::MAX && !is_running => last.1 = at.max(last.0),
            Some(last) if last.1 == i64::MAX => {}
            _ if is_running => self.ran.push((at, i64::MAX)),
            _ => {}
        }
    }
}

/// A creative: it has neither a time of making nor of change (Meta documents it).
#[derive(Debug, Clone)]
pub struct Creative {
    /// Eighteen digits.
    pub id: u64,
    /// Its name in the library.
    pub name: String,
    /// Headline.
    pub title: String,
    /// Text.
    pub body: String,
    /// Button.
    pub call_to_action: &'static str,
    /// A film, or else a picture.
    pub is_video: bool,
}
