//! The table `campaigns`.

use super::entity::Entity;
use super::entity::Source::{Account, DeletedAt, Field, Raw};
use super::metrics;
use super::table::Kind::{BigInt, Jsonb, Text, Timestamptz};

/// A campaign as a row.
pub fn entity() -> Entity {
    Entity::new(
        "campaigns",
        "Meta campaigns, one row each. Written by adsync.",
        &[
            ("id", Text, Field("id"), "Meta's id"),
            ("account_id", Text, Account, "The account's digits"),
            ("name", Text, Field("name"), "Its current name"),
            ("objective", Text, Field("objective"), "What it is optimised for, Meta's word"),
            ("status", Text, Field("status"), "What its owner set, Meta's word"),
            ("configured_status", Text, Field("configured_status"), "What its owner set, Meta's word"),
            (
                "effective_status",
                Text,
                Field("effective_status"),
                "What is in force, Meta's word; new words may appear",
            ),
            ("buying_type", Text, Field("buying_type"), "AUCTION or RESERVED, Meta's word"),
            ("bid_strategy", Text, Field("bid_strategy"), "Meta's word; empty without a campaign budget"),
            (
                "daily_budget",
                BigInt,
                Field("daily_budget"),
                "Minor units by Meta's offset table; empty where the ad sets have the budget",
            ),
            ("lifetime_budget", BigInt, Field("lifetime_budget"), "Minor units by Meta's offset table"),
            ("spend_cap", BigInt, Field("spend_cap"), "Minor units by Meta's offset table"),
            ("special_ad_categories", Jsonb, Field("special_ad_categories"), "Sorted list of Meta's words"),
            ("issues_info", Jsonb, Field("issues_info"), "What Meta holds against it, sorted"),
            ("start_time", Timestamptz, Field("start_time"), "From its ad sets; empty where it never had one"),
            ("stop_time", Timestamptz, Field("stop_time"), "From its ad sets; empty where open-ended"),
            ("created_time", Timestamptz, Field("created_time"), "When it was made"),
            (
                "updated_at",
                Timestamptz,
                Field("updated_time"),
                "Meta's updated_time, which a change of budget does not move",
            ),
            ("raw", Jsonb, Raw, "The whole object, where database.store_raw is on"),
            ("deleted_at", Timestamptz, DeletedAt, "When adsync found it deleted or no longer readable"),
        ],
        metrics::columns(),
        vec![vec!["account_id"]],
    )
}
