//! What a body's text needs before Postgres can hold it.

use std::borrow::Cow;

/// Whether a JSON text is an object. Decoding asks first: a struct would be read from a list of its fields, too, and an odd
/// answer could pass for an empty one.
pub(super) fn is_object(json: &str) -> bool {
    json.trim_start().starts_with('{')
}

/// Replaces the escapes that no database text can hold, U+0000 and half surrogate pairs, by U+FFFD.
///
/// Returns the text and how many were replaced. Meta escapes every non-ASCII letter, and cuts names in the middle of
/// an emoji: a lone half is no character, and one of them would fail the whole page.
pub(super) fn storable(body: &str) -> (Cow<'_, str>, u64) {
    if !body.contains("\\u") {
        return (Cow::Borrowed(body), 0);
    }
    let bytes = body.as_bytes();
    let mut bad: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'\\' {
            at += 1;
            continue;
        }
        match unit_at(bytes, at) {
            Some(0) => bad.push(at),
            Some(0xD800..=0xDBFF) => {
                if matches!(unit_at(bytes, at + 6), Some(0xDC00..=0xDFFF)) {
                    at += 6;
                } else {
                    bad.push(at);
                }
            }
            Some(0xDC00..=0xDFFF) => bad.push(at),
            Some(_) => {}
            // An escape of two characters, `\\` among them: what follows is no escape of its own.
            None => {
                at += 2;
                continue;
            }
        }
        at += 6;
    }
    if bad.is_empty() {
        return (Cow::Borrowed(body), 0);
    }
    let mut clean = String::with_capacity(body.len());
    let mut from = 0;
    for &at in &bad {
        clean.push_str(body.get(from..at).unwrap_or_default());
        clean.push_str("\\uFFFD");
        from = at + 6;
    }
    clean.push_str(body.get(from..).unwrap_or_default());
    let count = u64::try_from(bad.len()).unwrap_or(u64::MAX);
    (Cow::Owned(clean), count)
}

/// The UTF-16 unit of a `\uXXXX` escape that begins at `at`.
fn unit_at(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_and_zero_become_the_replacement_character_and_are_counted() {
        let (clean, count) = storable(r#"{"a":"x\u0000y\ud83dz\ude00","b":"\ud83d\ude00 \u00e7"}"#);
        assert_eq!(clean, r#"{"a":"x\uFFFDy\uFFFDz\uFFFD","b":"\ud83d\ude00 \u00e7"}"#);
        assert_eq!(count, 3);
    }

    #[test]
    fn a_backslash_before_u_is_no_escape() {
        let body = r#"{"a":"\\u0000 \\\\ud83d \" \/"}"#;
        assert_eq!(storable(body), (Cow::Borrowed(body), 0));
    }

    #[test]
    fn a_text_that_ends_within_an_escape_is_left_to_the_parser() {
        assert_eq!(storable("\\ud83d\\").0, "\\uFFFD\\");
        for body in ["\\", "\\u", "\\u00", "é\\u00e7é"] {
            assert_eq!(storable(body), (Cow::Borrowed(body), 0));
        }
    }
}
