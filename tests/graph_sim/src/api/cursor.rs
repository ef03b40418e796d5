//! Cursors in Meta's alphabet: base64 with `=` written as `ZD`.
use super::error::GraphError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Writes the cursor of an insights row: base64 of its index (recorded: `MAZDZD` is 0, `MjQZD` is 24).
pub fn of_row(index: i64) -> String {
    encode(&index.to_string())
}

/// Reads the index back.
pub fn row(cursor: &str) -> Result<i64, GraphError> {
    decode(cursor).and_then(|text| text.parse().ok()).ok_or_else(invalid)
}

/// Writes the cursor of an object: opaque, in the same alphabet, and it looks like `QVFI…ZDZD`.
pub fn of_object(id: u64) -> String {
    encode(&format!("AQHR{id}"))
}

/// Reads the id back.
pub fn object(cursor: &str) -> Result<String, GraphError> {
    decode(cursor).and_then(|text| text.strip_prefix("AQHR").map(str::to_owned)).ok_or_else(invalid)
}

/// Makes the refusal of a cursor that is no cursor or has died.
pub fn invalid() -> GraphError {
    GraphError::bad("Invalid cursor: the cursor is expired or does not belong to this edge")
}

fn encode(text: &str) -> String {
    STANDARD.encode(text).replace('=', "ZD")
}

fn decode(cursor: &str) -> Option<String> {
    // The length tells the padding apart from letters that happen to be `ZD`.
    let plain = match cursor.len() % 4 {
        1 => format!("{}=", cursor.strip_suffix("ZD")?),
        2 => format!("{}==", cursor.strip_suffix("ZDZD")?),
        _ => cursor.to_owned(),
    };
    String::from_utf8(STANDARD.decode(plain).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{object, of_object, of_row, row};

    #[test]
    fn row_cursors_are_the_recorded_ones() {
        assert_eq!(of_row(0), "MAZDZD");
        assert_eq!(of_row(1), "MQZDZD");
        assert_eq!(of_row(24), "MjQZD");
        for index in [-1, 0, 7, 24, 100, 4_999, 123_456] {
            assert_eq!(row(&of_row(index)).expect("read back"), index);
        }
        assert!(row("nonsense").is_err());
    }

    #[test]
    fn object_cursors_are_opaque_in_the_same_alphabet() {
        let cursor = of_object(120_211_000_000_010_123);
        assert!(cursor.starts_with("QVFI") && !cursor.contains('='), "{cursor}");
        assert_eq!(object(&cursor).expect("read back"), "120211000000010123");
    }
}
