//! Meta's own words in the configuration: breakdowns, attribution windows and fields, against what Meta documents.
//!
//! A slip of a known name is refused; a name that is like none is taken with a warning, since Meta adds names without
//! notice and has the last word.

use super::reports::COLUMNS;
use crate::config::file::Place;
use crate::config::problem::{did_you_mean, nearest, shown, slip_of};
use crate::config::values::Values;
use crate::rows::catalogue::{Removed, breakdowns, fields, windows};

/// Judges the breakdowns of one report, one by one and together.
pub(super) fn breakdowns(values: &mut Values, place: &Place, asked: &[String]) {
    let problems = values.problems.len();
    for (n, name) in asked.iter().enumerate() {
        let text = match name.as_str() {
            _ if let Some(removed) = breakdowns::removed(name) => gone(name, removed),
            _ if asked.len() == 1 && breakdowns::is_never_alone(name) => {
                format!("{} is never alone: put \"publisher_platform\" before it", shown(name))
            }
            _ if name.starts_with("action_") || name.starts_with("matched_persona_") => {
                format!(
                    "{} splits actions, not rows: leave it out, the column actions has every action type",
                    shown(name)
                )
            }
            _ if COLUMNS.contains(&name.as_str()) => format!("{} is a column already: leave it out", shown(name)),
            _ if !is_snake(name) => {
                format!("{} is no breakdown: write Meta's name, such as \"publisher_platform\"", shown(name))
            }
            _ if asked.iter().take(n).any(|other| other == name) => {
                format!("{} stands there twice: leave one out", shown(name))
            }
            _ if breakdowns::is_known(name) => continue,
            _ if fields::is_known(name) => {
                format!("{} is a field, not a breakdown: move it to insights.extra_fields", shown(name))
            }
            _ if let Some(meant) = slip_of(name, breakdowns::names()) => {
                format!("{} is no breakdown; did you mean {meant}?", shown(name))
            }
            _ => {
                let (read_on, guess) = (breakdowns::read_on(), did_you_mean(name, breakdowns::names()));
                let text = format!(
                    "{} was no breakdown of Meta's on {read_on}: Meta decides whether it is one now{guess}",
                    shown(name)
                );
                values.warn(place, text);
                continue;
            }
        };
        values.refuse(place, text);
    }
    if values.problems.len() == problems {
        together(values, place, asked);
    }
}

fn together(values: &mut Values, place: &Place, asked: &[String]) {
    if asked.len() < 2 {
        return;
    }
    match breakdowns::set(asked) {
        breakdowns::Set::WithActions => {}
        breakdowns::Set::WithoutActions => {
            let text = format!("{} come without actions: the columns of conversions may stay empty", list(asked));
            values.warn(place, text);
        }
        breakdowns::Set::Unknown => {
            let text = format!("Meta documents nothing of {} together: Meta decides whether it answers", list(asked));
            values.warn(place, text);
        }
        breakdowns::Set::Undocumented(nearest) => {
            let nearest: Vec<String> = nearest.iter().map(|set| list(set)).collect();
            let text = format!(
                "Meta does not answer {} together: the nearest sets that it answers are {}; make a report of each",
                list(asked),
                nearest.join(", ")
            );
            values.refuse(place, text);
        }
    }
}

/// Judges the attribution windows.
pub(super) fn windows(values: &mut Values, place: &Place, asked: &[String]) {
    for window in asked {
        let text = match window.as_str() {
            known if windows::answered().any(|answered| answered == known) => continue,
            _ if let Some(removed) = windows::removed(window) => gone(window, removed),
            "default" => "\"default\" hides what it means: write \"7d_click\" and \"1d_view\"".to_owned(),
            known if windows::undocumented().any(|undocumented| undocumented == known) => {
                let text = format!("Meta documents nothing of {}: Meta decides whether it answers", shown(window));
                values.warn(place, text);
                continue;
            }
            // A window of other days is like a known one, too, and Meta has no such windows.
            other if nearest(other, windows::answered()).is_none() && is_word(other) => {
                let text = format!(
                    "{} was no attribution window of Meta's on {}: Meta decides whether it is one now",
                    shown(other),
                    windows::read_on()
                );
                values.warn(place, text);
                continue;
            }
            other => {
                let known = windows::answered().collect::<Vec<_>>().join(", ");
                let guess = did_you_mean(other, windows::answered());
                format!("{} is no attribution window: Meta answers {known}{guess}", shown(other))
            }
        };
        values.refuse(place, text);
    }
}

/// Judges the fields that are kept beside the columns.
pub(super) fn fields(values: &mut Values, place: &Place, asked: &[String]) {
    for field in asked {
        let text = match field.as_str() {
            _ if !is_snake(field) => {
                format!("{} is no field: write Meta's name, such as \"quality_ranking\"", shown(field))
            }
            _ if COLUMNS.contains(&field.as_str()) => format!("{} is a column already: leave it out", shown(field)),
            _ if let Some(removed) = fields::removed(field) => gone(field, removed),
            _ if fields::is_known(field) => continue,
            _ if breakdowns::is_known(field) => {
                format!("{} is a breakdown, not a field: move it to the breakdowns of a report", shown(field))
            }
            _ if let Some(meant) = slip_of(field, fields::names()) => {
                format!("{} is no field of insights; did you mean {meant}?", shown(field))
            }
            _ => {
                let (read_on, guess) = (fields::read_on(), did_you_mean(field, fields::names()));
                let text = format!(
                    "{} was no field of insights on {read_on}: Meta decides whether it is one now{guess}",
                    shown(field)
                );
                values.warn(place, text);
                continue;
            }
        };
        values.refuse(place, text);
    }
}

/// Why a removed name is refused, and what stands for it now.
fn gone(name: &str, removed: &Removed) -> String {
    let instead: Vec<String> = removed.instead.iter().map(|name| shown(name)).collect();
    let cure = if instead.is_empty() { "leave it out".to_owned() } else { format!("write {}", instead.join(" and ")) };
    format!("{} {}: {cure}", shown(name), removed.why)
}

/// A list as the file would have it.
fn list(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| shown(name.as_ref())).collect();
    format!("[{}]", names.join(", "))
}

fn is_snake(text: &str) -> bool {
    is_word(text) && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
}

fn is_word(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
