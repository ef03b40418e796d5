//! `adsync config`: the settings in force, each with where it came from.

use super::output::{lines, say, table};
use super::{Failed, Whole};

pub(super) fn config(loaded: &Whole) -> Result<(), Failed> {
    let mut rows = table(&["key", "value", "from"], 3);
    for entry in &loaded.entries {
        rows.add_row([entry.key.clone(), entry.value.clone(), entry.origin.to_string()]);
    }
    say(&lines(&rows));
    Ok(())
}
