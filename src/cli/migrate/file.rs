//! The file that `adsync migrate --print-sql --output` writes: never over another one, and in the folder of Supabase's CLI
//! under a name that follows from this version and from what lies there already.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use chrono::{NaiveDateTime, TimeDelta};

use crate::cli::Failed;
use crate::cli::output::say;
use crate::store::migrate::Script;
use crate::store::schema::{VERSION, WRITTEN_AT};

/// How Supabase's CLI writes an instant in a name.
const INSTANT: &str = "%Y%m%d%H%M%S";

/// The first line of a script.
pub(super) fn first_line(state: &str) -> String {
    format!("-- adsync {}, schema version {VERSION}, from state {state}", env!("CARGO_PKG_VERSION"))
}

/// Writes a script to a file, or under the next name into a folder.
pub(super) fn write(output: &Path, script: &Script, text: &str) -> Result<(), Failed> {
    if script.sql.is_none() {
        say(text.trim_end().trim_start_matches("-- "));
        return Ok(());
    }
    let failed = |path: &Path, error: std::io::Error| {
        Failed::Usage(format!("{} cannot be used ({}): name another one under --output", path.display(), error.kind()))
    };
    let target = if output.is_dir() {
        let there = scripts_in(output).map_err(|error| failed(output, error))?;
        if let Some((path, _)) = there.iter().find(|(_, there)| there == text) {
            say(&format!("{} has it already", path.display()));
            return Ok(());
        }
        // Applied, it would have left another state behind.
        let waiting = there.iter().find(|(_, there)| there.lines().next() == Some(&first_line(&script.state)));
        if let Some((path, _)) = waiting {
            return Err(Failed::Usage(format!(
                "{} starts from the same state of the schema, so it is not applied yet, and what is missing now is \
                 something else: apply it first (supabase db push), or, where that stopped half way, remove it and print \
                 it again",
                path.display()
            )));
        }
        let names = names_in(output).map_err(|error| failed(output, error))?;
        output.join(next_name(names.iter().map(String::as_str)))
    } else {
        output.to_owned()
    };
    match fs::OpenOptions::new().write(true).create_new(true).open(&target) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(|error| failed(&target, error))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return match fs::read_to_string(&target).is_ok_and(|there| there == text) {
                true => {
                    say(&format!("{} has it already", target.display()));
                    Ok(())
                }
                false => Err(Failed::Usage(format!(
                    "{} exists with another content and is left alone: remove it, or name another file",
                    target.display()
                ))),
            };
        }
        Err(error) => return Err(failed(&target, error)),
    }
    say(&format!("{} written", target.display()));
    Ok(())
}

fn names_in(folder: &Path) -> std::io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Our own scripts in a folder, by name, with their text.
fn scripts_in(folder: &Path) -> std::io::Result<Vec<(PathBuf, String)>> {
    let mut names: Vec<String> = names_in(folder)?;
    names.retain(|name| name.contains("_adsync_") && name.ends_with(".sql"));
    names.sort();
    names.iter().map(|name| Ok((folder.join(name), fs::read_to_string(folder.join(name))?))).collect()
}

/// The name after those that are there: the CLI applies files in the order of their names, and none before one that it has
/// applied. So it is the instant of this version, or a second after the latest one.
fn next_name<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let instant = |digits: &str| NaiveDateTime::parse_from_str(digits, INSTANT).ok();
    let instants = names.filter_map(|name| name.split_once('_')).filter(|(digits, _)| digits.len() == 14);
    let latest = instants.filter_map(|(digits, _)| instant(digits)).max();
    let next = latest.and_then(|latest| latest.checked_add_signed(TimeDelta::seconds(1)));
    let at = next.max(instant(WRITTEN_AT)).map_or(WRITTEN_AT.to_owned(), |at| at.format(INSTANT).to_string());
    format!("{at}_adsync_{VERSION}.sql")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_those_that_are_there_and_never_the_clock() {
        let name = |names: &[&str]| next_name(names.iter().copied());
        let first = format!("{WRITTEN_AT}_adsync_{VERSION}.sql");
        assert_eq!(name(&[]), first);
        assert_eq!(name(&["20250101120000_init.sql", "README.md", "notes_x", "99999999999999_x.sql"]), first);
        assert_eq!(name(&["20991231235959_later.sql", &first]), format!("21000101000000_adsync_{VERSION}.sql"));
    }
}
