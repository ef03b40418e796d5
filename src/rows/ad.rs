//! The table `ads`: made where a report has a row per ad.

use super::entity::Entity;
use super::entity::Source::{Account, DeletedAt, Field, Raw, Within};
use super::metrics;
use super::table::Kind::{Jsonb, Text, Timestamptz};

/// An ad as a row.
pub fn entity() -> Entity {
    Entity::new(
        "ads",
        "Meta ads, one row each. Written by adsync.",
        &[
            ("id", Text, Field("id"), "Meta's id"),
            ("account_id", Text, Account, "The account's digits"),
            ("campaign_id", Text, Field("campaign_id"), "Its campaign: campaigns.id"),
            ("adset_id", Text, Field("adset_id"), "Its ad set: adsets.id"),
            ("creative_id", Text, Within("creative", "id"), "Its creative; a change of the creative is a new id"),
            ("name", Text, Field("name"), "Its current name"),
            ("status", Text, Field("status"), "What its owner set, Meta's word"),
            ("configured_status", Text, Field("configured_status"), "What its owner set, Meta's word"),
            (
                "effective_status",
                Text,
                Field("effective_status"),
                "What is in force, Meta's word; new words may appear",
            ),
            ("created_time", Timestamptz, Field("created_time"), "When it was made"),
            ("updated_at", Timestamptz, Field("updated_time"), "Meta's updated_time"),
            ("issues_info", Jsonb, Field("issues_info"), "What Meta holds against it, sorted"),
            ("raw", Jsonb, Raw, "The whole object, where database.store_raw is on"),
            ("deleted_at", Timestamptz, DeletedAt, "When adsync found it deleted or no longer readable"),
        ],
        metrics::columns(),
        vec![vec!["adset_id"], vec!["campaign_id"], vec!["account_id"]],
    )
}
