//! The table `adsets`: the columns that the user's app already reads, by its names and types, then ours.

use super::entity::Entity;
use super::entity::Source::{Account, DeletedAt, Field, Raw};
use super::metrics;
use super::table::Kind::{BigInt, Jsonb, Text, Timestamptz};

/// An ad set as a row.
pub fn entity() -> Entity {
    Entity::new(
        "adsets",
        "Meta ad sets, one row each. Written by adsync.",
        &[
            ("id", Text, Field("id"), "Meta's id"),
            ("name", Text, Field("name"), "Its current name"),
            ("status", Text, Field("status"), "What its owner set, Meta's word"),
            (
                "effective_status",
                Text,
                Field("effective_status"),
                "What is in force, Meta's word; new words may appear",
            ),
            ("campaign_id", Text, Field("campaign_id"), "Its campaign: campaigns.id"),
            ("created_time", Timestamptz, Field("created_time"), "When it was made"),
            ("updated_at", Timestamptz, Field("updated_time"), "Meta's updated_time"),
            ("start_time", Timestamptz, Field("start_time"), "When it begins"),
            ("end_time", Timestamptz, Field("end_time"), "When it ends; empty where open-ended"),
            (
                "daily_budget",
                BigInt,
                Field("daily_budget"),
                "Minor units by Meta's offset table; 0 or empty where the campaign has the budget",
            ),
            (
                "lifetime_budget",
                BigInt,
                Field("lifetime_budget"),
                "Minor units by Meta's offset table; 0 or empty alike",
            ),
            ("optimization_goal", Text, Field("optimization_goal"), "Meta's word"),
            ("billing_event", Text, Field("billing_event"), "Meta's word"),
            ("targeting", Jsonb, Field("targeting"), "Whom it reaches, lists sorted"),
            ("account_id", Text, Account, "The account's digits"),
            ("configured_status", Text, Field("configured_status"), "What its owner set, Meta's word"),
            ("bid_strategy", Text, Field("bid_strategy"), "Meta's word"),
            ("bid_amount", BigInt, Field("bid_amount"), "Minor units by Meta's offset table"),
            ("attribution_spec", Jsonb, Field("attribution_spec"), "Which conversions it counts, sorted"),
            ("promoted_object", Jsonb, Field("promoted_object"), "What it promotes"),
            ("destination_type", Text, Field("destination_type"), "Meta's word"),
            ("learning_stage_info", Jsonb, Field("learning_stage_info"), "How far Meta's learning is"),
            ("issues_info", Jsonb, Field("issues_info"), "What Meta holds against it, sorted"),
            ("raw", Jsonb, Raw, "The whole object, where database.store_raw is on"),
            ("deleted_at", Timestamptz, DeletedAt, "When adsync found it deleted or no longer readable"),
        ],
        metrics::columns(),
        vec![vec!["campaign_id"], vec!["account_id"]],
    )
}
