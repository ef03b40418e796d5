//! What a campaign is paid for, and the words Meta has for it.
use serde::{Deserialize, Serialize};

/// The five kinds of campaign of the simulated accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Leads from instant forms on Meta.
    FormLeads,
    /// Leads on the advertiser's site, seen by the pixel.
    SiteLeads,
    /// Conversations on WhatsApp.
    Messages,
    /// Purchases on the site.
    Purchases,
    /// Visits of the site.
    Traffic,
}

impl Goal {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::FormLeads, Self::SiteLeads, Self::Messages, Self::Purchases, Self::Traffic];

    /// Gives the campaign's objective.
    pub fn objective(self) -> &'static str {
        match self {
            Self::FormLeads | Self::SiteLeads => "OUTCOME_LEADS",
            Self::Messages => "OUTCOME_ENGAGEMENT",
            Self::Purchases => "OUTCOME_SALES",
            Self::Traffic => "OUTCOME_TRAFFIC",
        }
    }

    /// Gives the ad set's optimization goal.
    pub fn optimization(self) -> &'static str {
        match self {
            Self::FormLeads => "LEAD_GENERATION",
            Self::SiteLeads | Self::Purchases => "OFFSITE_CONVERSIONS",
            Self::Messages => "CONVERSATIONS",
            Self::Traffic => "LANDING_PAGE_VIEWS",
        }
    }

    /// Gives the ad set's destination.
    pub fn destination(self) -> &'static str {
        match self {
            Self::FormLeads => "ON_AD",
            Self::Messages => "WHATSAPP",
            Self::SiteLeads | Self::Purchases | Self::Traffic => "WEBSITE",
        }
    }

    /// Gives the call to action of its creatives.
    pub fn call_to_action(self) -> &'static str {
        match self {
            Self::FormLeads => "SIGN_UP",
            Self::SiteLeads => "BOOK_NOW",
            Self::Messages => "WHATSAPP_MESSAGE",
            Self::Purchases => "SHOP_NOW",
            Self::Traffic => "LEARN_MORE",
        }
    }

    /// Gives the action type that `results` counts.
    pub fn result_action(self) -> &'static str {
        match self {
            Self::FormLeads => "onsite_conversion.lead_grouped",
            Self::SiteLeads => "offsite_conversion.fb_pixel_lead",
            Self::Messages => "onsite_conversion.messaging_conversation_started_7d",
            Self::Purchases => "offsite_conversion.fb_pixel_purchase",
            Self::Traffic => "landing_page_view",
        }
    }

    /// Gives the usual price of one result, in cents.
    pub fn cost_cents(self) -> i64 {
        match self {
            Self::FormLeads => 1_450,
            Self::SiteLeads => 2_900,
            Self::Messages => 720,
            Self::Purchases => 6_400,
            Self::Traffic => 90,
        }
    }
}
