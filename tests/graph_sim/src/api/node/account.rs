//! An ad account's fields.
use super::Ctx;
use crate::calendar::stamp;
use crate::json::Json;
use crate::world::account::Account;
use chrono::{DateTime, Offset as _, Utc};

/// Writes one field of an account.
pub(super) fn write(ctx: &Ctx<'_>, account: &Account, name: &str, json: &mut Json) {
    match name {
        "id" => json.text_at(name, &format!("act_{}", account.id)),
        "account_id" => json.text_at(name, &account.id.to_string()),
        "name" => json.text_at(name, &account.name),
        "currency" => json.text_at(name, &account.currency),
        "timezone_name" => json.text_at(name, account.zone.name()),
        "timezone_id" => json.raw_at(name, "25"),
        "timezone_offset_hours_utc" => {
            let now = DateTime::<Utc>::from_timestamp(ctx.world.now(), 0).unwrap_or_default();
            let seconds = i64::from(now.with_timezone(&account.zone).offset().fix().local_minus_utc());
            json.raw_at(name, &crate::json::micros(seconds * 1_000_000 / 3600));
        }
        // The status is a number, money is text in minor units, the least budget a number again.
        "account_status" => json.raw_at(name, &account.status.to_string()),
        "disable_reason" => json.raw_at(name, if account.status == 2 { "1" } else { "0" }),
        "amount_spent" => json.number_at(name, 188_442 * account.offset + 10),
        "balance" => json.number_at(name, 120 * account.offset + 34),
        "spend_cap" => json.text_at(name, "0"),
        "min_daily_budget" => json.raw_at(name, &(account.offset * 6 - 9).max(1).to_string()),
        "min_campaign_group_spend_cap" => json.number_at(name, account.offset * 100),
        "age" => {
            let days_e6 = (ctx.world.now() - account.created) * 1_000_000 / 86_400;
            json.raw_at(name, &crate::json::micros(days_e6));
        }
        "created_time" => json.text_at(name, &stamp(account.created, account.zone)),
        "owner" => json.text_at(name, "2938475610293847"),
        "business" => json.raw_at(name, "{\"id\":\"2938475610293847\",\"name\":\"Aurora Marketing\"}"),
        "funding_source" => json.text_at(name, "7788990011223344"),
        "is_personal" => json.raw_at(name, "0"),
        "is_prepay_account" => json.raw_at(name, "true"),
        "end_advertiser" => json.text_at(name, "2938475610293847"),
        "user_tasks" => json.raw_at(name, "[\"ANALYZE\"]"),
        "capabilities" => json.raw_at(name, "[]"),
        _ => {}
    }
}
