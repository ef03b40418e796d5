//! What Meta documents and changes without notice: kept as data with its source and date, asked by typed questions.
//!
//! A subject is a TOML file and the Rust file of the same name beside it. Meta adds names without notice, so a name that
//! stands in none of these files is unknown, not wrong.

pub mod breakdowns;
pub mod currencies;
pub mod fields;
pub mod retention;
pub mod windows;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why a name is of no use any more, and what to write instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// What became of it: the end of a sentence that begins with its name.
    pub why: String,
    /// The day that it was removed.
    pub since: chrono::NaiveDate,
    /// What stands for it now; nothing where nothing does.
    pub instead: Vec<String>,
}

/// A subject's data. A test of each subject proves that its file parses; a daemon must not die of one that does not.
fn parsed<T: DeserializeOwned + Default>(text: &str) -> T {
    toml::from_str(text).unwrap_or_default()
}
