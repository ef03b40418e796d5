//! What can happen to a world: one command per event, the same from a test and over the control API.
use super::fact::Fact;
use super::goal::Goal;
use crate::calendar::Day;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Days after which Meta's insights stop changing.
pub const FROZEN_AFTER_DAYS: Day = 28;

/// One event. Ids are what the API shows: `act_<digits>` for an account, digits for everything else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Pauses a campaign, ad set or ad; its delivery of today stays as it is.
    Pause {
        /// What to pause.
        id: String,
    },
    /// Sets it active again.
    Resume {
        /// What to resume.
        id: String,
    },
    /// Archives it: hidden from listings, counted in its parents.
    Archive {
        /// What to archive.
        id: String,
    },
    /// Deletes it: only its id finds it, its days stay counted.
    Delete {
        /// What to delete.
        id: String,
    },
    /// Renames it.
    Rename {
        /// What to rename.
        id: String,
        /// The new name.
        name: String,
    },
    /// Sets a budget. A campaign's `updated_time` does not move with it (Meta documents it).
    SetDailyBudget {
        /// A campaign or ad set.
        id: String,
        /// Minor units of the account's currency.
        budget: i64,
    },
    /// Lets Meta set a status over the own one: `WITH_ISSUES`, `DISAPPROVED`, `PENDING_REVIEW`, or `ACTIVE` to lift it.
    Review {
        /// What was reviewed.
        id: String,
        /// Meta's word.
        status: String,
    },
    /// Restates delivered days; days older than 28 days are frozen and stay.
    Restate {
        /// Whose days: an account, campaign, ad set or ad.
        id: String,
        /// First day.
        since: NaiveDate,
        /// Last day.
        until: NaiveDate,
    },
    /// Lands conversions on a day, where nothing need have been delivered.
    LateConversion {
        /// An ad, or something whose first ad takes them.
        id: String,
        /// The day that they are dated.
        day: NaiveDate,
        /// What is added.
        add: Fact,
    },
    /// Takes a day away from all ads beneath.
    Vanish {
        /// Whose row vanishes.
        id: String,
        /// The day.
        day: NaiveDate,
    },
    /// Sets a day of an ad to exact numbers; of anything larger, to those numbers in its first ad and nothing in the others.
    Plant {
        /// Whose row it is.
        id: String,
        /// The day.
        day: NaiveDate,
        /// The numbers.
        fact: Fact,
    },
    /// Adds a campaign.
    AddCampaign {
        /// `act_<digits>`.
        account: String,
        /// Its name.
        name: String,
        /// What it is paid for.
        goal: Goal,
        /// A budget of the campaign, in minor units.
        daily_budget: Option<i64>,
    },
    /// Adds an ad set with one ad; it delivers from now on.
    AddAdset {
        /// Its campaign.
        campaign: String,
        /// Its name.
        name: String,
    },
    /// Adds an ad; it delivers from now on.
    AddAd {
        /// Its ad set.
        adset: String,
        /// Its name.
        name: String,
    },
    /// Sets the days after a click that count for an ad set: 7 or 1.
    SetAttribution {
        /// An ad set.
        id: String,
        /// The days.
        click_days: i64,
    },
    /// Takes the token's access to an account away (code 200) or gives it back.
    Forbid {
        /// `act_<digits>`.
        account: String,
        /// Whether reading ends in code 200.
        is_forbidden: bool,
    },
    /// Sets an account's status: 1 active, 2 disabled, 3 unsettled, 101 closed.
    SetAccountStatus {
        /// `act_<digits>`.
        account: String,
        /// Meta's number.
        status: i64,
    },
}

/// Says why an event could not happen.
pub type Refusal = String;
