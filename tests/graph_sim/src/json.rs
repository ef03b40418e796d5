//! Writes JSON text straight into a buffer: a page of a thousand rows costs no tree of values.
use std::fmt::Write as _;

/// A JSON text under construction; commas are placed by looking at what stands before.
#[derive(Debug, Default)]
pub struct Json {
    out: String,
}

impl Json {
    /// Starts an empty text with room for `bytes`.
    pub fn with_room(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes) }
    }

    /// Gives the finished text.
    pub fn finish(self) -> String {
        self.out
    }

    /// Shows what has been written so far.
    pub fn text(&self) -> &str {
        &self.out
    }

    /// Cuts the text back to a length it had before.
    pub fn cut_back(&mut self, len: usize) {
        self.out.truncate(len);
    }

    /// Opens an object or array; `bracket` is `{` or `[`.
    pub fn open(&mut self, bracket: char) {
        self.comma();
        self.out.push(bracket);
    }

    /// Closes an object or array; `bracket` is `}` or `]`.
    pub fn close(&mut self, bracket: char) {
        self.out.push(bracket);
    }

    /// Writes a key; a value must follow.
    pub fn key(&mut self, key: &str) {
        self.comma();
        self.quoted(key);
        self.out.push(':');
    }

    /// Writes a value that is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.comma();
        self.out.push_str(json);
    }

    /// Writes a string. A character from U+10D800 to U+10DFFF stands for the half of a surrogate pair, U+D800 to
    /// U+DFFF, which is written as an escape.
    pub fn string(&mut self, text: &str) {
        self.comma();
        self.quoted(text);
    }

    /// Writes `"key":"text"`.
    pub fn text_at(&mut self, key: &str, text: &str) {
        self.key(key);
        self.quoted(text);
    }

    /// Writes `"key":"123"`: numbers in Meta's answers are strings.
    pub fn number_at(&mut self, key: &str, number: i64) {
        self.key(key);
        // Writing into a String cannot fail.
        let _never = write!(self.out, "\"{number}\"");
    }

    /// Writes `"key":"1.25"` from millionths, without trailing zeros.
    pub fn micros_at(&mut self, key: &str, micros: i64) {
        self.key(key);
        self.out.push('"');
        push_micros(&mut self.out, micros);
        self.out.push('"');
    }

    /// Writes `"key":<json>`.
    pub fn raw_at(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    fn comma(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':' | b',')) {
            self.out.push(',');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                c if u32::from(c) < 0x20 => {
                    let _never = write!(self.out, "\\u{:04x}", u32::from(c));
                }
                // Half of a pair, which no string here can hold: its stand-in is a private character.
                c if (0x10_d800..=0x10_dfff).contains(&u32::from(c)) => {
                    let _never = write!(self.out, "\\u{:04x}", u32::from(c) - 0x10_0000);
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// Appends millionths as a decimal with up to six places, trailing zeros cut: `42820000` becomes `42.82`.
pub fn push_micros(out: &mut String, micros: i64) {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, mut rest) = (micros.abs() / 1_000_000, micros.abs() % 1_000_000);
    let _never = write!(out, "{sign}{whole}");
    if rest != 0 {
        let mut places = 6;
        while rest % 10 == 0 {
            rest /= 10;
            places -= 1;
        }
        let _never = write!(out, ".{rest:0places$}");
    }
}

/// Gives millionths as a decimal text.
pub fn micros(micros: i64) -> String {
    let mut out = String::new();
    push_micros(&mut out, micros);
    out
}

/// Quotes a text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut json = Json::default();
    json.string(text);
    json.finish()
}

#[cfg(test)]
mod tests {
    use super::{Json, micros};

    #[test]
    fn decimals_lose_their_trailing_zeros() {
        assert_eq!(micros(42_820_000), "42.82");
        assert_eq!(micros(40_000), "0.04");
        assert_eq!(micros(1_000_000), "1");
        assert_eq!(micros(1_159_121), "1.159121");
        assert_eq!(micros(0), "0");
    }

    #[test]
    fn commas_and_escapes_make_valid_json() {
        let mut json = Json::default();
        json.open('[');
        json.open('{');
        json.text_at("a", "x \"y\" \\ \u{1} é");
        json.number_at("b", -3);
        json.close('}');
        json.open('{');
        json.close('}');
        json.string("last");
        json.close(']');
        let value: serde_json::Value = serde_json::from_str(json.text()).expect("valid");
        assert_eq!(value[0]["a"], "x \"y\" \\ \u{1} é");
        assert_eq!(value[0]["b"], "-3");
        assert_eq!(value[2], "last");
    }
}
