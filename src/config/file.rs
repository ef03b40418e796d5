//! Every key as people write it: where it stands, what kind of value it takes, what it is when nobody says.

use std::fmt;
use std::time::Duration;

/// A table of the configuration.
pub(super) struct Section {
    /// Its name in brackets.
    pub(super) name: &'static str,
    /// What may stand below it.
    pub(super) shape: Shape,
}

/// What may stand below a section's name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Keys that are known: `[meta]`.
    Fixed,
    /// Tables of the user's naming, each with known keys: `[schedules.recent]`.
    Named,
    /// Keys of the user's naming, each a text: `[tables]`.
    Free,
}

/// One key of the configuration.
pub(super) struct Key {
    /// The section that it stands in.
    pub(super) section: &'static str,
    /// Its own name; `*` in a free section.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) kind: Kind,
    /// What it is when nobody says.
    pub(super) default: Fallback,
}

/// What kind of value a key takes.
pub(super) enum Kind {
    /// Any text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A whole number within these bounds.
    Number(u64, u64),
    /// A length of time within these bounds, written as `"30s"`.
    Span(Duration, Duration),
    /// A number of bytes, written as `"8GB"`; empty means none.
    Size,
    /// A list of texts.
    List,
    /// A list of account ids, which may be written as bare numbers.
    Ids,
    /// A list of account ids, or the word "all".
    IdsOrAll,
}

/// A built-in default, as it would be written.
#[derive(Clone, Copy)]
pub(super) enum Fallback {
    /// There is none: the key is optional, or has to be given.
    Absent,
    /// A text.
    Text(&'static str),
    /// A whole number.
    Number(u32),
    /// True or false.
    Flag(bool),
    /// A list of texts.
    List(&'static [&'static str]),
}

/// Where a value stands: `meta.page_size`, `schedules.recent.cron`, `tables.campaigns`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The section.
    pub(super) section: &'static str,
    /// The user's name of the table, in a section of named tables.
    pub(super) name: Option<String>,
    /// The key.
    pub(super) key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => write!(f, "{}.{}", self.section, word(&self.key)),
            Some(name) => write!(f, "{}.{}.{}", self.section, word(name), self.key),
        }
    }
}

/// A word of a path as TOML wants it: bare where that is possible, else in quotes.
pub(super) fn word(text: &str) -> String {
    let is_bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_bare { text.to_owned() } else { format!("{text:?}") }
}

/// The sections, in the order of the documentation.
pub(super) const SECTIONS: &[Section] = &[
    Section { name: "daemon", shape: Shape::Fixed },
    Section { name: "meta", shape: Shape::Fixed },
    Section { name: "accounts", shape: Shape::Named },
    Section { name: "tokens", shape: Shape::Named },
    Section { name: "database", shape: Shape::Fixed },
    Section { name: "tables", shape: Shape::Free },
    Section { name: "insights", shape: Shape::Fixed },
    Section { name: "metrics", shape: Shape::Named },
    Section { name: "reports", shape: Shape::Named },
    Section { name: "schedules", shape: Shape::Named },
    Section { name: "web", shape: Shape::Fixed },
    Section { name: "alerts", shape: Shape::Fixed },
    Section { name: "log", shape: Shape::Fixed },
];

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

const fn key(section: &'static str, name: &'static str, kind: Kind, default: Fallback) -> Key {
    Key { section, name, kind, default }
}

/// Every key, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    key("daemon", "instance", Kind::Text, Fallback::Text("adsync")),
    key("daemon", "shutdown_grace", Kind::Span(Duration::ZERO, HOUR), Fallback::Text("30s")),
    key("meta", "base_url", Kind::Text, Fallback::Text("https://graph.facebook.com")),
    key("meta", "api_version", Kind::Text, Fallback::Text("v26.0")),
    key("meta", "accounts", Kind::IdsOrAll, Fallback::List(&[])),
    key("meta", "exclude", Kind::Ids, Fallback::List(&[])),
    key("meta", "page_size", Kind::Number(1, 5_000), Fallback::Number(500)),
    key("meta", "request_timeout", Kind::Span(SECOND, HOUR), Fallback::Text("60s")),
    key("meta", "max_concurrency", Kind::Number(1, 64), Fallback::Number(8)),
    key("meta", "full_listing_every", Kind::Span(SECOND, YEAR), Fallback::Text("24h")),
    key("meta", "max_wait", Kind::Span(Duration::ZERO, DAY), Fallback::Text("15m")),
    key("accounts", "label", Kind::Text, Fallback::Absent),
    key("accounts", "client", Kind::Text, Fallback::Absent),
    key("accounts", "enabled", Kind::Flag, Fallback::Flag(true)),
    key("accounts", "token", Kind::Text, Fallback::Absent),
    key("accounts", "leads", Kind::List, Fallback::Absent),
    key("accounts", "purchases", Kind::List, Fallback::Absent),
    key("tokens", "variable", Kind::Text, Fallback::Absent),
    key("tokens", "app_secret_variable", Kind::Text, Fallback::Absent),
    key("database", "schema", Kind::Text, Fallback::Text("public")),
    key("database", "max_connections", Kind::Number(1, 100), Fallback::Number(2)),
    // Not said is not the same as "verify-full": only then a server on loopback may go without.
    key("database", "tls", Kind::Choice(&["verify-full", "require", "disable"]), Fallback::Absent),
    key("database", "tls_ca_file", Kind::Text, Fallback::Text("")),
    key("database", "pooler", Kind::Choice(&["transaction", "none"]), Fallback::Text("transaction")),
    key("database", "migrate", Kind::Choice(&["auto", "check"]), Fallback::Text("auto")),
    key("database", "adopt", Kind::List, Fallback::List(&[])),
    key("database", "grant_select_to", Kind::List, Fallback::List(&["service_role"])),
    key("database", "touch_last_synced", Kind::Choice(&["on_change", "daily"]), Fallback::Text("on_change")),
    key("database", "store_raw", Kind::Flag, Fallback::Flag(false)),
    key("database", "size_limit", Kind::Size, Fallback::Text("")),
    key("database", "retention_days", Kind::Number(1, 36_500), Fallback::Number(400)),
    key("tables", "*", Kind::Text, Fallback::Absent),
    key("insights", "attribution_windows", Kind::List, Fallback::List(&[])),
    key(
        "insights",
        "leads",
        Kind::List,
        Fallback::List(&["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"]),
    ),
    key(
        "insights",
        "purchases",
        Kind::List,
        Fallback::List(&["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"]),
    ),
    key("insights", "extra_fields", Kind::List, Fallback::List(&[])),
    key(
        "insights",
        "adset_metrics",
        Kind::Choice(&["last_7d_and_today", "today", "last_7d", "last_30d", "this_month"]),
        Fallback::Text("last_7d_and_today"),
    ),
    key("metrics", "action_types", Kind::List, Fallback::Absent),
    key("metrics", "sum", Kind::List, Fallback::Absent),
    key("metrics", "value", Kind::Flag, Fallback::Flag(false)),
    key("reports", "level", Kind::Choice(&["account", "campaign", "adset", "ad"]), Fallback::Text("adset")),
    key("reports", "breakdowns", Kind::List, Fallback::List(&[])),
    key(
        "reports",
        "time_increment",
        Kind::Choice(&["daily", "weekly", "monthly", "all_days"]),
        Fallback::Text("daily"),
    ),
    key("reports", "enabled", Kind::Flag, Fallback::Flag(true)),
    key("schedules", "cron", Kind::Text, Fallback::Absent),
    key("schedules", "timezone", Kind::Text, Fallback::Text("account")),
    // Meta restates insights for 28 days: whoever does not say gets all that may still change.
    key("schedules", "lookback_days", Kind::Number(0, 1_100), Fallback::Number(28)),
    key("schedules", "overlap", Kind::Choice(&["skip", "queue"]), Fallback::Text("skip")),
    key("schedules", "catch_up", Kind::Choice(&["none", "latest"]), Fallback::Text("latest")),
    key("schedules", "jitter", Kind::Span(Duration::ZERO, DAY), Fallback::Text("0s")),
    key("schedules", "deadline", Kind::Span(SECOND, Duration::from_secs(7 * 86_400)), Fallback::Text("2h")),
    key("schedules", "pause_after_failures", Kind::Number(0, 1_000), Fallback::Number(0)),
    key("schedules", "enabled", Kind::Flag, Fallback::Flag(true)),
    key("schedules", "accounts", Kind::Ids, Fallback::Absent),
    key("schedules", "reports", Kind::List, Fallback::Absent),
    key("web", "listen", Kind::Text, Fallback::Text("127.0.0.1:8080")),
    key("alerts", "stale_after", Kind::Span(MINUTE, YEAR), Fallback::Text("26h")),
    key("log", "directory", Kind::Text, Fallback::Text("logs")),
    key("log", "files_kept", Kind::Number(1, 3_650), Fallback::Number(14)),
    key("log", "format", Kind::Choice(&["json", "text"]), Fallback::Text("json")),
    key("log", "level", Kind::Text, Fallback::Text("info")),
];

/// The named tables that are there from the start, with what they say beyond the defaults of their section.
pub(super) const BUILT_IN: &[(&str, &str, &str, Fallback)] = &[
    ("reports", "adset", "level", Fallback::Text("adset")),
    ("schedules", "recent", "cron", Fallback::Text("*/15 * * * *")),
    ("schedules", "recent", "lookback_days", Fallback::Number(3)),
    ("schedules", "settled", "cron", Fallback::Text("30 3 * * *")),
    ("schedules", "settled", "lookback_days", Fallback::Number(28)),
];

/// What a path of words names.
pub(super) enum Found {
    /// A single value.
    Value(Place),
    /// A table of the user's naming.
    Named(&'static str, String),
    /// A section.
    Section,
    /// Nothing that is known.
    Unknown,
}

/// Finds what a path of words names.
pub(super) fn find(path: &[String]) -> Found {
    let Some(section) = path.first().and_then(|first| SECTIONS.iter().find(|s| s.name == first)) else {
        return Found::Unknown;
    };
    let knows = |key: &str| KEYS.iter().any(|k| k.section == section.name && k.name == key);
    let place = |name: Option<&String>, key: &String| {
        Found::Value(Place { section: section.name, name: name.cloned(), key: key.clone() })
    };
    match (section.shape, path) {
        (_, [_]) => Found::Section,
        (Shape::Fixed, [_, key]) if knows(key) => place(None, key),
        (Shape::Free, [_, key]) => place(None, key),
        (Shape::Named, [_, name]) => Found::Named(section.name, name.clone()),
        (Shape::Named, [_, name, key]) if knows(key) => place(Some(name), key),
        _ => Found::Unknown,
    }
}

/// The definition of the key at a place.
pub(super) fn definition(place: &Place) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.section == place.section && (k.name == place.key || k.name == "*"))
}
