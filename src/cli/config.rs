//! `adsync config`: the settings in force, each with where it came from.

use serde_json::{Value, json};

use super::output::{lines, say, table};
use super::{Failed, Whole};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync config                         secrets are shown as [set] or [missing]
  adsync --config-dir /etc/adsync config --json")]
pub(super) struct Args {
    /// Print JSON: a list of {key, value, from}; the value in the words of TOML
    #[arg(long)]
    json: bool,
}

pub(super) fn config(args: &Args, loaded: &Whole) -> Result<(), Failed> {
    if args.json {
        let entry = |entry: &crate::config::Entry| json!({ "key": entry.key, "value": entry.value, "from": entry.origin.to_string() });
        say(&Value::Array(loaded.entries.iter().map(entry).collect()).to_string());
        return Ok(());
    }
    let mut rows = table(&["key", "value", "from"], 3);
    for entry in &loaded.entries {
        rows.add_row([entry.key.clone(), entry.value.clone(), entry.origin.to_string()]);
    }
    say(&lines(&rows));
    Ok(())
}
