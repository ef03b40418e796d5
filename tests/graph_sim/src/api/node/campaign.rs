//! A campaign's fields.
use super::head;
use crate::calendar::stamp;
use crate::json::Json;
use crate::world::account::Account;

/// Writes one field of a campaign; what it has no value for stays out.
pub(super) fn write(account: &Account, at: usize, name: &str, json: &mut Json) {
    let Some(campaign) = account.campaigns.get(at) else {
        return;
    };
    if head(account, &campaign.head, account.campaign_status(at), name, json) {
        return;
    }
    match name {
        "objective" => json.text_at(name, campaign.goal.objective()),
        "buying_type" => json.text_at(name, "AUCTION"),
        // Without a budget of its own it has neither budget nor strategy, and "0" remaining (recorded).
        "bid_strategy" if campaign.daily_budget.is_some() => json.text_at(name, "LOWEST_COST_WITHOUT_CAP"),
        "daily_budget" => {
            if let Some(budget) = campaign.daily_budget {
                json.number_at(name, budget);
            }
        }
        "budget_remaining" => json.number_at(name, campaign.daily_budget.unwrap_or(0) / 2),
        "spend_cap" => {
            if let Some(cap) = campaign.spend_cap {
                json.number_at(name, cap);
            }
        }
        "special_ad_categories" => json.raw_at(name, "[]"),
        "pacing_type" => json.raw_at(name, "[\"standard\"]"),
        "source_campaign_id" => json.text_at(name, "0"),
        "smart_promotion_type" => json.text_at(name, "GUIDED_CREATION"),
        "is_adset_budget_sharing_enabled" => json.raw_at(name, "false"),
        "start_time" => {
            // A campaign that never had an ad set starts a second before the epoch (recorded).
            if campaign.adsets.is_empty() {
                json.text_at(name, "1969-12-31T15:59:59-0800");
            } else {
                json.text_at(name, &stamp(campaign.head.created, account.zone));
            }
        }
        _ => {}
    }
}
