//! An ad's fields.
use super::{Ctx, expand, head};
use crate::api::error::GraphError;
use crate::api::fields::Field;
use crate::json::Json;
use crate::world::Node;
use crate::world::account::Account;

/// Writes one field of an ad.
pub(super) fn write(
    ctx: &Ctx<'_>,
    account: &Account,
    (place, at): (usize, usize),
    field: &Field,
    json: &mut Json,
) -> Result<(), GraphError> {
    let Some(ad) = account.ads.get(at) else {
        return Ok(());
    };
    let name = field.name.as_str();
    if head(account, &ad.head, account.ad_status(at), name, json) {
        return Ok(());
    }
    let adset = account.adsets.get(ad.adset);
    let campaign = adset.map_or(usize::MAX, |adset| adset.campaign);
    match name {
        "adset_id" => json.text_at(name, &adset.map_or(0, |adset| adset.head.id).to_string()),
        "campaign_id" => {
            let campaign = account.campaigns.get(campaign);
            json.text_at(name, &campaign.map_or(0, |campaign| campaign.head.id).to_string());
        }
        "adset" => expand(ctx, Node::Adset(place, ad.adset), field, json)?,
        "campaign" => expand(ctx, Node::Campaign(place, campaign), field, json)?,
        "creative" => expand(ctx, Node::Creative(place, ad.creative), field, json)?,
        "bid_type" => json.text_at(name, "ABSOLUTE_OCPM"),
        "source_ad_id" => json.text_at(name, "0"),
        "last_updated_by_app_id" => json.text_at(name, "119211728144504"),
        "tracking_specs" => {
            json.raw_at(name, "[{\"action.type\":[\"post_engagement\"],\"page\":[\"112000000000001\"]}]")
        }
        "preview_shareable_link" => json.text_at(name, "https://fb.me/2example"),
        _ => {}
    }
    Ok(())
}
