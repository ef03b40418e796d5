//! What is wrong with the configuration: one line for each thing, with its place and its cure.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file, by the path that it was read from.
    File(String),
    /// An environment variable, by name.
    Variable(String),
    /// Nobody said it.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) | Self::Variable(name) => f.write_str(name),
            Self::BuiltIn => f.write_str("built-in"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or variable that said it.
    pub origin: Origin,
    /// The line in the file, where it is known.
    pub line: Option<usize>,
    /// The key, unless the whole file or variable is meant.
    pub key: Option<String>,
    /// What is wrong and what to do about it.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.origin)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ": {key}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// Everything that is wrong, at least one thing, a line for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Puts problems in the order of their files and keys and takes every known secret out of them.
    pub(super) fn new(mut found: Vec<Problem>, secrets: &[SecretString]) -> Self {
        for problem in &mut found {
            problem.text = redacted(&problem.text, secrets);
            problem.key = problem.key.as_ref().map(|key| redacted(key, secrets));
        }
        found.sort();
        found.dedup();
        Self(found)
    }

    /// The problems, in the order of their files and keys.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A text without the secrets that it may hold by mistake.
pub(super) fn redacted(text: &str, secrets: &[SecretString]) -> String {
    secrets
        .iter()
        .map(ExposeSecret::expose_secret)
        // A word that short is no secret, and taking it out would garble the sentence.
        .filter(|secret| secret.len() >= 6)
        .fold(text.to_owned(), |text, secret| text.replace(secret, "[hidden]"))
}

/// A foreign message as a problem shows it: on one line, without the full stop.
pub(super) fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

/// A value as a problem shows it: in quotes, on one line, and not at all where it may be a secret in the wrong place.
pub(super) fn shown(value: &str) -> String {
    if may_be_secret(value) { "[hidden]".to_owned() } else { format!("{value:?}") }
}

/// A key as a problem shows it, which is not at all where it may be a secret in the wrong place.
pub(super) fn shown_key(path: &[String]) -> String {
    path.iter().map(|word| shown_word(word)).collect::<Vec<_>>().join(".")
}

/// One word of a key, likewise.
pub(super) fn shown_word(word: &str) -> String {
    if may_be_secret(word) { "[hidden]".to_owned() } else { super::file::word(word) }
}

/// Whether a text looks like a token, a key or an address with a password: what people put into the wrong place.
pub(super) fn may_be_secret(value: &str) -> bool {
    let is_token =
        |run: &str| run.len() >= 32 || (run.len() >= 16 && (run.starts_with("EAA") || run.starts_with("eyJ")));
    let is_address = value.contains("://") && (value.contains('@') || value.contains('?'));
    is_address || value.len() > 80 || value.split(|c: char| !c.is_ascii_alphanumeric()).any(is_token)
}

/// The known word that is most like a mistyped one, if any is much like it.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The comparison takes time and memory by the product of the lengths.
    if typed.len() > 100 {
        return None;
    }
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .filter(|word| !may_be_secret(word))
        .map(|word| (strsim::normalized_damerau_levenshtein(&typed, word), word))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// "; did you mean …?" where a known word is like the mistyped one, else nothing.
pub(super) fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, known).map(|word| format!("; did you mean {word}?")).unwrap_or_default()
}

/// The known word that a mistyped one was meant to be: a letter or two away. One that differs in its figures only is no
/// slip but a sibling, such as a fifth label beside four.
pub(super) fn slip_of<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let without_figures = |word: &str| word.replace(|c: char| c.is_ascii_digit(), "");
    let most = if typed.len() < 8 { 1 } else { 2 };
    nearest(typed, known).filter(|word| {
        strsim::damerau_levenshtein(typed, word) <= most && without_figures(typed) != without_figures(word)
    })
}
