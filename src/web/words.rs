//! Figures, lengths of time and statuses as every page words them.

use chrono::TimeDelta;

/// Letters of a name from outside that a line shows, and of a sentence.
const NAME: usize = 160;
const SENTENCE: usize = 1_000;

/// Gives the class of a status; nothing from outside becomes a class name.
pub(super) fn tone_of(status: &str) -> &'static str {
    match status {
        "succeeded" => "good",
        "partial" | "throttled" => "warn",
        "failed" | "abandoned" => "bad",
        _ => "idle",
    }
}

/// An amount, written out in full, with the decimals it came with but never with one alone.
pub(super) fn money(amount: &str) -> String {
    match amount.split_once('.') {
        Some((_, decimals)) if decimals.len() == 1 => grouped(&format!("{amount}0")),
        _ => grouped(amount),
    }
}

/// Parts the thousands of a number: `1234567.50` becomes `1,234,567.50`. What is no number stays as it is.
pub(super) fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{text}.{fraction}"),
        None => text,
    }
}

/// A length of time in its two largest units: `40 ms`, `3.2 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub(super) fn took(time: TimeDelta) -> String {
    let ms = time.num_milliseconds().max(0);
    let (seconds, minutes) = (ms / 1_000, ms / 60_000);
    match ms {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{}.{} s", seconds, ms % 1_000 / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// A name from outside, or as much of it as a line bears.
pub(super) fn shortened(name: &str) -> String {
    cut(name, NAME)
}

/// What somebody else says, or as much of it as anybody reads.
pub(super) fn said(text: &str) -> String {
    cut(text, SENTENCE)
}

/// What turns the direction of the text after it is shown as a thing of its own: no element of a page holds it back.
fn cut(text: &str, letters: usize) -> String {
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown: String = text
        .chars()
        .take(letters)
        .map(|letter| if turns(letter) { char::REPLACEMENT_CHARACTER } else { letter })
        .collect();
    if text.chars().nth(letters).is_some() {
        shown.truncate(shown.trim_end().len());
        shown.push('…');
    }
    shown
}

/// `1 day`, `2 days`.
pub(super) fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(&count.to_string()), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (number, shown) in [
            ("0", "0"),
            ("999.5", "999.5"),
            ("1000", "1,000"),
            ("-1234567.50", "-1,234,567.50"),
            ("NaN", "NaN"),
            ("-Infinity", "-Infinity"),
        ] {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn money_keeps_its_decimals_but_never_one_alone() {
        for (amount, shown) in [("1234.5", "1,234.50"), ("1234", "1,234"), ("0.125", "0.125")] {
            assert_eq!(money(amount), shown);
        }
    }

    #[test]
    fn lengths_of_time_are_told_in_the_units_that_matter() {
        for (ms, words) in [
            (-5, "0 s"),
            (0, "0 s"),
            (430, "430 ms"),
            (9_999, "9.9 s"),
            (12_000, "12 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(took(TimeDelta::milliseconds(ms)), words);
        }
    }

    #[test]
    fn a_name_without_end_is_cut_between_letters() {
        assert_eq!(shortened("Aurora"), "Aurora");
        assert_eq!(shortened(&"é".repeat(5_000)), format!("{}…", "é".repeat(160)));
    }

    #[test]
    fn what_would_turn_the_page_round_is_shown_and_does_nothing() {
        assert_eq!(said("a\u{202e}b\u{2066}c \u{5d0}\u{200f}"), "a\u{fffd}b\u{fffd}c \u{5d0}\u{200f}");
    }
}
