//! Texts from outside as a page shows them: names of thousands of letters, with marks that turn the direction of writing.

/// Letters of a name, where it stands among others.
pub(super) const NAME: usize = 60;
/// Letters of a sentence about something that went wrong.
pub(super) const REASON: usize = 280;
/// The same where it is what the page is about.
const SUBJECT: (usize, usize) = (160, 1_000);

/// A text, and the beginning of it where it is too long to stand among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Long {
    /// What is shown at once.
    pub(super) short: String,
    /// All of it, where that is more.
    pub(super) full: Option<String>,
}

impl Long {
    pub(super) fn name(text: &str) -> Self {
        Self::new(text, NAME)
    }

    pub(super) fn reason(text: &str) -> Self {
        Self::new(text, REASON)
    }

    fn new(text: &str, most: usize) -> Self {
        let text = still(text);
        let short = cut(&text, most);
        let full = (short != text).then_some(text);
        Self { short, full }
    }
}

/// No more letters of a text than that.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A name as it stands within a sentence, a title or a label, where nothing else keeps it apart: short, and without marks
/// that turn the direction of writing.
pub(super) fn plain(text: &str) -> String {
    let is_plain = |c: &char| {
        !c.is_control()
            && !matches!(*c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    cut(&text.chars().map(|c| if c == '\n' { ' ' } else { c }).filter(is_plain).collect::<String>(), NAME)
}

/// A name that a line of a table is about, or as much of it as a line bears.
pub(super) fn shortened(name: &str) -> String {
    still(&cut(name, SUBJECT.0))
}

/// What somebody else says, or as much of it as anybody reads.
pub(super) fn said(text: &str) -> String {
    still(&cut(text, SUBJECT.1))
}

/// What turns the direction of the text after it is shown as a thing of its own: one that is begun and not ended reaches
/// beyond the element that should keep it apart.
pub(super) fn still(text: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|letter| if turns(letter) { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// Gives the class of a status; nothing from outside becomes a class name.
pub(super) fn tone_of(status: &str) -> &'static str {
    match status {
        "succeeded" => "good",
        "partial" | "throttled" => "warn",
        "failed" | "abandoned" => "bad",
        _ => "idle",
    }
}

/// A text that begins as a sentence does.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A text that ends as a sentence does.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// `1 day`, `3 days`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", super::number::count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_thousands_of_letters_is_cut_and_kept() {
        let name = "ã".repeat(5_000);
        let long = Long::name(&name);
        assert_eq!((long.short.chars().count(), long.full.as_deref()), (NAME, Some(name.as_str())));
        assert_eq!(Long::name("Aurora"), Long { short: "Aurora".to_owned(), full: None });
    }

    #[test]
    fn what_turns_the_direction_of_writing_stays_out_of_sentences() {
        assert_eq!(plain("a\u{202e}b\u{2066}c\nd\u{0}"), "abc d");
        assert_eq!(plain(&"x".repeat(5_000)).chars().count(), NAME);
    }

    #[test]
    fn what_would_turn_the_page_round_is_shown_and_does_nothing() {
        assert_eq!(said("a\u{202e}b\u{2066}c \u{5d0}\u{200f}"), "a\u{fffd}b\u{fffd}c \u{5d0}\u{200f}");
        assert_eq!(shortened(&"é".repeat(5_000)).chars().count(), SUBJECT.0);
        let long = Long::name(&format!("\u{2067}{}\u{202e}", "a".repeat(5_000)));
        let all = [long.short, long.full.unwrap()].concat();
        assert!(all.starts_with("\u{fffd}a") && all.ends_with("a\u{fffd}"), "{all}");
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(
            (sentence("it failed"), sentence("it failed. ")),
            ("it failed.".to_owned(), "it failed.".to_owned())
        );
    }
}
