//! The table `ad_accounts`.

use super::entity::Entity;
use super::entity::Source::{Account, Field, Given, Raw, Within};
use super::table::Column;
use super::table::Kind::{BigInt, Date, Integer, Jsonb, Text, Timestamptz};

/// An ad account as a row.
pub fn entity() -> Entity {
    Entity::new(
        "ad_accounts",
        "Meta ad accounts, one row each. Written by adsync.",
        &[
            ("id", Text, Field("id"), "The account's id with its prefix, act_..."),
            ("account_id", Text, Account, "The account's digits; every other table joins on this"),
            ("name", Text, Field("name"), "Name in Ads Manager"),
            ("label", Text, Given("label"), "Name given in adsync's configuration"),
            (
                "client",
                Text,
                Given("client"),
                "Whose account it is, from adsync's configuration; read policies go by it",
            ),
            ("currency", Text, Field("currency"), "ISO code of the currency of all its money"),
            ("timezone_name", Text, Field("timezone_name"), "IANA zone that cuts its days"),
            (
                "account_status",
                Integer,
                Field("account_status"),
                "Meta's number: 1 active, 2 disabled, 3 unsettled, 101 closed, ...",
            ),
            ("disable_reason", Integer, Field("disable_reason"), "Meta's number for why it is disabled; 0 is none"),
            (
                "amount_spent",
                BigInt,
                Field("amount_spent"),
                "Minor units by Meta's offset table; counts against spend_cap, not lifetime spend",
            ),
            ("balance", BigInt, Field("balance"), "Bill due, minor units by Meta's offset table"),
            ("spend_cap", BigInt, Field("spend_cap"), "Minor units by Meta's offset table; 0 is none"),
            ("business_id", Text, Within("business", "id"), "The business that owns it"),
            ("created_time", Timestamptz, Field("created_time"), "When it was made"),
            ("raw", Jsonb, Raw, "The whole object, where database.store_raw is on"),
        ],
        vec![
            Column::new(
                "metrics_since",
                Date,
                "First day of the metric columns of adsets and campaigns, in the account's zone",
            ),
            Column::new(
                "metrics_until",
                Date,
                "Last day of the metric columns of adsets and campaigns, in the account's zone",
            ),
        ],
        vec![vec!["account_id"]],
    )
}
