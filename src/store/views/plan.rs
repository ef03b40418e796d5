//! What has to be done about one view or function: make it, replace it, or leave what stands there alone.

use super::super::catalog::{Catalog, Held};
use super::super::migrate::canonical;
use super::super::names::{Names, quote};
use super::super::schema::{checksum, recorded};
use super::Offer;
use super::offer::{MARK, Shape};
use crate::store::Settings;

/// The statements for one offer as one text, or why there are none although it is not as it should be.
#[derive(Debug, Default)]
pub(in crate::store) struct Step {
    pub(in crate::store) statements: Option<String>,
    /// Whether they replace one of ours that works as it is: that can wait.
    pub(in crate::store) is_replacement: bool,
    /// Rights for roles that were named later, on one that is as it should be.
    pub(in crate::store) grants: Vec<String>,
    pub(in crate::store) note: Option<String>,
}

/// Decides about one offer.
pub(in crate::store) fn plan(names: &Names, settings: &Settings, catalog: &Catalog, offer: &Offer) -> Step {
    let comments = offer.comments(names);
    let wanted = checksum(&format!("{}\n{}", offer.create(names, false), comments.join("\n")));
    let known = catalog.ledger.get(&offer.entry(names));
    let relation = names.relation(&offer.name);
    let held = match &offer.shape {
        Shape::View(_) if catalog.relations.contains_key(relation) => match catalog.views.get(relation) {
            Some(held) => Some(held),
            None => return foreign(names, offer),
        },
        Shape::View(_) if catalog.taken.contains_key(relation) => return foreign(names, offer),
        Shape::View(_) => None,
        Shape::Function { arguments, .. } => catalog.functions.get(&(relation.to_owned(), arguments.clone())),
    };
    let mut statements = Vec::new();
    match (held, known) {
        (None, _) => statements.push(offer.create(names, false)),
        (Some(held), Some(known)) if held.comment.contains(MARK) => {
            if *known == wanted {
                return Step { grants: granted(names, offer, &held.closed_to), ..Step::default() };
            }
            if keeps_its_outline(offer, held) {
                statements.push(offer.create(names, true));
            } else if held.dependents.is_empty() {
                statements.push(format!("drop {} {}", offer.word(), offer.qualified(names)));
                statements.push(offer.create(names, false));
            } else {
                return depended_upon(names, offer, held);
            }
        }
        (Some(_), _) => return foreign(names, offer),
    }
    statements.extend(comments);
    statements.extend(rights(names, settings, catalog, offer, held));
    statements.push(recorded(names, &offer.entry(names), &wanted));
    Step { statements: Some(statements.join(";\n")), is_replacement: held.is_some(), ..Step::default() }
}

/// Whether `create or replace` takes it: a view may gain columns at its end, a function must keep its result.
fn keeps_its_outline(offer: &Offer, held: &Held) -> bool {
    match &offer.shape {
        Shape::View(columns) => {
            let wanted = columns.iter().map(|column| (column.name.to_string(), column.sql_type.to_owned()));
            let mut there = held.columns.iter().map(|(name, sql_type)| (name.clone(), canonical(sql_type)));
            held.columns.len() <= columns.len() && there.by_ref().zip(wanted).all(|(there, wanted)| there == wanted)
        }
        Shape::Function { result, .. } => result.as_ref().is_none_or(|result| *result == held.result),
    }
}

/// Read rights for the roles that were named, and again for those that had them on what is replaced.
fn rights(names: &Names, settings: &Settings, catalog: &Catalog, offer: &Offer, held: Option<&Held>) -> Vec<String> {
    let (object, right) = right(names, offer);
    let mut rights = Vec::new();
    // A function may be run by everyone unless that is said.
    if right == "execute" {
        rights.push(format!("revoke all on {object} from public"));
    }
    let strangers = ["anon", "authenticated", "service_role"].into_iter().filter(|role| catalog.roles.contains(*role));
    rights.extend(strangers.map(|role| format!("revoke all on {object} from {}", quote(role))));
    let before = held.map(|held| held.grants.as_slice()).unwrap_or_default();
    for role in before.iter().filter(|role| role.is_empty() || catalog.roles.contains(*role)) {
        let role = if role.is_empty() { "public".to_owned() } else { quote(role) };
        rights.push(format!("grant {right} on {object} to {role}"));
    }
    let readers = settings.grant_select_to.iter().filter(|role| catalog.roles.contains(*role));
    rights.extend(granted(names, offer, readers));
    rights
}

/// Read rights for some roles.
fn granted<'a>(names: &Names, offer: &Offer, roles: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let (object, right) = right(names, offer);
    roles.into_iter().map(|role| format!("grant {right} on {object} to {}", quote(role))).collect()
}

/// An offer as a grant names it, and the right to read it.
fn right(names: &Names, offer: &Offer) -> (String, &'static str) {
    let name = offer.qualified(names);
    match offer.shape {
        Shape::View(_) => (name, "select"),
        Shape::Function { .. } => (format!("function {name}"), "execute"),
    }
}

fn foreign(names: &Names, offer: &Offer) -> Step {
    let cure = match offer.shape {
        Shape::Function { ref result, .. } if result.is_none() => "drop or rename it if adsync's is wanted".to_owned(),
        _ => format!("give adsync's another name under [tables]: {} = \"meta_{}\"", offer.name, offer.name),
    };
    let name = offer.qualified(names);
    let note = format!("{name} exists and is not adsync's: it is left alone, and adsync's own is not made; {cure}");
    Step { note: Some(note), ..Step::default() }
}

fn depended_upon(names: &Names, offer: &Offer, held: &Held) -> Step {
    let note = format!(
        "{} has a newer definition and stays as it is, because {} depends on it; drop that, run `adsync migrate` and make \
         it again",
        offer.qualified(names),
        held.dependents.join(", ")
    );
    Step { note: Some(note), ..Step::default() }
}
