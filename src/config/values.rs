//! All values by their places: what was written where it can be used, the built-in default everywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::file::{BUILT_IN, Fallback, KEYS, Place, SECTIONS, Shape, definition};
use super::load::Written;
use super::problem::{Origin, Problem};
use super::typed::{self, Typed};

/// One value that can be used.
struct Used {
    typed: Typed,
    written: String,
    origin: Origin,
}

/// All values, and what was wrong with those that cannot be used.
pub(super) struct Values {
    used: BTreeMap<Place, Used>,
    refused: BTreeSet<Place>,
    named: BTreeMap<(&'static str, String), Origin>,
    /// What is wrong so far; the judges add theirs.
    pub(super) problems: Vec<Problem>,
    /// What may be wrong; likewise.
    pub(super) warnings: Vec<Problem>,
    /// Whether every file could be read: if not, nothing can be said to be missing.
    pub(super) is_complete: bool,
}

impl Values {
    /// Reads what was written by its kinds and adds the built-in defaults.
    pub(super) fn new(written: Written) -> Self {
        let Written { values, mut named, problems, is_complete } = written;
        for (section, name, ..) in BUILT_IN {
            named.entry((section, (*name).to_owned())).or_insert(Origin::BuiltIn);
        }
        let (used, refused, warnings) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        let mut all = Self { used, refused, named, problems, warnings, is_complete };
        for (place, (value, origin)) in values {
            let Some(key) = definition(&place) else { continue };
            match typed::read(&key.kind, &value, matches!(origin, Origin::Variable(_))) {
                Ok(typed) => {
                    let written = typed::written(&typed, &value);
                    all.used.insert(place, Used { typed, written, origin });
                }
                Err(text) => {
                    let key = Some(super::problem::shown_key(&place.path()));
                    all.problems.push(Problem { origin, line: None, key, text });
                    all.refused.insert(place);
                }
            }
        }
        all.add_defaults();
        all
    }

    fn add_defaults(&mut self) {
        for (section, name, key, default) in BUILT_IN {
            let place = Place { section, name: Some((*name).to_owned()), key: (*key).to_owned() };
            self.add_default(place, *default);
        }
        for key in KEYS {
            let shape = SECTIONS.iter().find(|s| s.name == key.section).map(|s| s.shape);
            if shape == Some(Shape::Fixed) {
                let place = Place { section: key.section, name: None, key: key.name.to_owned() };
                self.add_default(place, key.default);
            }
            for name in self.names(key.section) {
                let place = Place { section: key.section, name: Some(name), key: key.name.to_owned() };
                self.add_default(place, key.default);
            }
        }
    }

    fn add_default(&mut self, place: Place, default: Fallback) {
        let (Some(key), Some(value)) = (definition(&place), typed::fallback(default)) else { return };
        if let Ok(typed) = typed::read(&key.kind, &value, false) {
            let written = typed::written(&typed, &value);
            self.used.entry(place).or_insert(Used { typed, written, origin: Origin::BuiltIn });
        }
    }

    /// The user's names of the tables in a section, in their order.
    pub(super) fn names(&self, section: &str) -> Vec<String> {
        self.named.keys().filter(|(s, _)| *s == section).map(|(_, name)| name.clone()).collect()
    }

    /// The keys that were written in a free section, with their texts.
    pub(super) fn free(&self, section: &str) -> Vec<(Place, String)> {
        self.used
            .iter()
            .filter(|(place, _)| place.section == section)
            .filter_map(|(place, used)| match &used.typed {
                Typed::Text(text) => Some((place.clone(), text.clone())),
                _ => None,
            })
            .collect()
    }

    /// One table of the configuration.
    pub(super) fn table(&self, section: &'static str) -> Table<'_> {
        Table { values: self, section, name: None }
    }

    /// One table of the user's naming.
    pub(super) fn named_table(&self, section: &'static str, name: &str) -> Table<'_> {
        Table { values: self, section, name: Some(name.to_owned()) }
    }

    /// Takes the accounts that a variable beside the configuration names.
    pub(super) fn put_accounts(&mut self, word: &str, ids: &[String], origin: Origin) {
        let typed = if word.is_empty() { Typed::List(ids.to_vec()) } else { Typed::Text(word.to_owned()) };
        let written = typed::written(&typed, &config::Value::default());
        let place = self.table("meta").place("accounts");
        self.used.insert(place, Used { typed, written, origin });
    }

    /// Adds a problem with a value, or with the lack of it.
    pub(super) fn refuse(&mut self, place: &Place, text: impl Into<String>) {
        // The wrong kind was told already, and what is missing may stand in a file that could not be read.
        if self.refused.contains(place) || (!self.is_complete && !self.used.contains_key(place)) {
            return;
        }
        let problem = self.problem(place, text.into());
        self.problems.push(problem);
    }

    /// Adds a doubt about a value that is taken all the same.
    pub(super) fn warn(&mut self, place: &Place, text: impl Into<String>) {
        let problem = self.problem(place, text.into());
        self.warnings.push(problem);
    }

    fn problem(&self, place: &Place, text: String) -> Problem {
        let key = Some(super::problem::shown_key(&place.path()));
        Problem { origin: self.origin_of(place), line: None, key, text }
    }

    /// Adds a problem with a table of the user's naming as a whole.
    pub(super) fn refuse_named(&mut self, section: &'static str, name: &str, text: impl Into<String>) {
        let origin = self.named.get(&(section, name.to_owned())).cloned().unwrap_or(Origin::BuiltIn);
        let key = Some(super::problem::shown_key(&[section.to_owned(), name.to_owned()]));
        self.problems.push(Problem { origin, line: None, key, text: text.into() });
    }

    /// Whether the value that was written was refused for its kind.
    pub(super) fn was_refused(&self, place: &Place) -> bool {
        self.refused.contains(place)
    }

    /// Who said a value; where nobody did, who named its table.
    pub(super) fn origin_of(&self, place: &Place) -> Origin {
        let of_table = || {
            let name = place.name.as_ref()?;
            self.named.get(&(place.section, name.clone())).cloned()
        };
        self.used.get(place).map(|used| used.origin.clone()).or_else(of_table).unwrap_or(Origin::BuiltIn)
    }

    /// Every value in use, by place, with what it would be written as and who said it, in the order of
    /// the documentation.
    pub(super) fn in_use(&self) -> Vec<(&Place, &str, &Origin)> {
        let rank = |place: &Place| {
            let section = SECTIONS.iter().position(|s| s.name == place.section);
            let key = KEYS.iter().position(|k| k.section == place.section && k.name == place.key);
            (section, place.name.clone(), key)
        };
        let mut all: Vec<_> =
            self.used.iter().map(|(place, used)| (place, used.written.as_str(), &used.origin)).collect();
        all.sort_by_key(|(place, ..)| rank(place));
        all
    }
}

impl Place {
    fn path(&self) -> Vec<String> {
        let name = self.name.iter().cloned();
        std::iter::once(self.section.to_owned()).chain(name).chain([self.key.clone()]).collect()
    }
}

/// The values of one table.
pub(super) struct Table<'a> {
    values: &'a Values,
    section: &'static str,
    name: Option<String>,
}

impl Table<'_> {
    /// The place of a key in this table.
    pub(super) fn place(&self, key: &str) -> Place {
        Place { section: self.section, name: self.name.clone(), key: key.to_owned() }
    }

    fn typed(&self, key: &str) -> Option<&Typed> {
        self.values.used.get(&self.place(key)).map(|used| &used.typed)
    }

    /// A text, if there is one that is not empty.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.typed(key) {
            Some(Typed::Text(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// A list, if there is one.
    pub(super) fn list(&self, key: &str) -> Option<Vec<String>> {
        match self.typed(key) {
            Some(Typed::List(items)) => Some(items.clone()),
            _ => None,
        }
    }

    /// A flag.
    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.typed(key), Some(Typed::Flag(true)))
    }

    /// A number of bytes, if there is one.
    pub(super) fn bytes(&self, key: &str) -> Option<u64> {
        match self.typed(key) {
            Some(Typed::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A whole number; its kind has judged the bounds.
    pub(super) fn number(&self, key: &str) -> u32 {
        self.bytes(key).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
    }

    /// A length of time.
    pub(super) fn span(&self, key: &str) -> Duration {
        match self.typed(key) {
            Some(Typed::Span(span)) => *span,
            _ => Duration::ZERO,
        }
    }
}
