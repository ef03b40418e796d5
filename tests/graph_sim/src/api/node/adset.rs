//! An ad set's fields.
use super::{Ctx, expand, head};
use crate::api::error::GraphError;
use crate::api::fields::Field;
use crate::calendar::stamp;
use crate::json::Json;
use crate::world::Node;
use crate::world::account::Account;
use crate::world::goal::Goal;

/// Writes one field of an ad set.
pub(super) fn write(
    ctx: &Ctx<'_>,
    account: &Account,
    (place, at): (usize, usize),
    field: &Field,
    json: &mut Json,
) -> Result<(), GraphError> {
    let Some(adset) = account.adsets.get(at) else {
        return Ok(());
    };
    let name = field.name.as_str();
    if head(account, &adset.head, account.adset_status(at), name, json) {
        return Ok(());
    }
    match name {
        "campaign_id" => {
            let campaign = account.campaigns.get(adset.campaign);
            json.text_at(name, &campaign.map_or(0, |campaign| campaign.head.id).to_string());
        }
        "campaign" => expand(ctx, Node::Campaign(place, adset.campaign), field, json)?,
        "optimization_goal" => json.text_at(name, adset.goal.optimization()),
        "billing_event" => json.text_at(name, "IMPRESSIONS"),
        "destination_type" => json.text_at(name, adset.goal.destination()),
        "bid_strategy" if adset.bid_amount.is_some() => json.text_at(name, "LOWEST_COST_WITH_BID_CAP"),
        "bid_strategy" if adset.daily_budget.is_some() => json.text_at(name, "LOWEST_COST_WITHOUT_CAP"),
        // The bid is a real number, budgets are text (recorded).
        "bid_amount" => {
            if let Some(bid) = adset.bid_amount {
                json.raw_at(name, &bid.to_string());
            }
        }
        "daily_budget" => {
            if let Some(budget) = adset.daily_budget {
                json.number_at(name, budget);
            }
        }
        "lifetime_budget" if adset.daily_budget.is_some() => json.text_at(name, "0"),
        "budget_remaining" => json.number_at(name, adset.daily_budget.unwrap_or(0)),
        "start_time" => json.text_at(name, &stamp(adset.head.created, account.zone)),
        "end_time" => {
            if let Some(end) = adset.end_time {
                json.text_at(name, &stamp(end, account.zone));
            }
        }
        "attribution_spec" => json.raw_at(
            name,
            &format!(
                "[{{\"event_type\":\"CLICK_THROUGH\",\"window_days\":{}}},\
                 {{\"event_type\":\"VIEW_THROUGH\",\"window_days\":1}}]",
                adset.click_days
            ),
        ),
        "promoted_object" => json.raw_at(name, promoted(adset.goal)),
        "targeting" => json.raw_at(
            name,
            "{\"age_min\":25,\"age_max\":55,\"geo_locations\":{\"countries\":[\"BR\"],\
             \"location_types\":[\"home\",\"recent\"]},\"targeting_automation\":{\"advantage_audience\":0}}",
        ),
        "learning_stage_info" => json.raw_at(name, "{\"status\":\"SUCCESS\",\"conversions\":52}"),
        "is_dynamic_creative" => json.raw_at(name, "false"),
        "pacing_type" => json.raw_at(name, "[\"standard\"]"),
        "lifetime_imps" => json.raw_at(name, "0"),
        "source_adset_id" => json.text_at(name, "0"),
        _ => {}
    }
    Ok(())
}

fn promoted(goal: Goal) -> &'static str {
    match goal {
        Goal::FormLeads => "{\"page_id\":\"112000000000001\"}",
        Goal::Messages => "{\"page_id\":\"112000000000001\",\"whatsapp_phone_number\":\"5511990000001\"}",
        Goal::SiteLeads => "{\"pixel_id\":\"917000000000001\",\"custom_event_type\":\"LEAD\"}",
        Goal::Purchases => "{\"pixel_id\":\"917000000000001\",\"custom_event_type\":\"PURCHASE\"}",
        Goal::Traffic => "{\"pixel_id\":\"917000000000001\"}",
    }
}
