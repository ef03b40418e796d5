//! The environment's variables as they were when the process started: the one place where they are read.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};

/// A snapshot of variables. Any of them may be a secret, so it shows no value when printed.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, SecretString>,
    garbled: BTreeSet<String>,
}

impl Environment {
    /// Takes the variables of this process.
    pub fn from_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            // A name that is no Unicode is none of ours.
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => {
                    environment.variables.insert(name, value.into());
                }
                Err(_) => {
                    environment.garbled.insert(name);
                }
            }
        }
        environment
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(ExposeSecret::expose_secret)
    }

    /// The variables whose names begin so, in the order of their names.
    pub(super) fn beginning<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.variables
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
    }

    /// Whether the variable holds bytes that are no text.
    pub(super) fn is_garbled(&self, name: &str) -> bool {
        self.garbled.contains(name)
    }

    /// The names of variables that hold bytes that are no text.
    pub(super) fn garbled(&self) -> impl Iterator<Item = &str> {
        self.garbled.iter().map(String::as_str)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let variables =
            pairs.into_iter().map(|(name, value)| (name.into(), SecretString::from(value.into()))).collect();
        Self { variables, garbled: BTreeSet::new() }
    }
}
