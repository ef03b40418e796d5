//! From what an error answer says to the class that decides what happens next: one pure function.
//!
//! The order is Meta's lesson: code and subcode first, then the texts that tell one code's meanings apart, then the code,
//! then Meta's own flag, and the HTTP status last, since the same code comes with several.

use super::error::Class;

/// All that is known of a failed call, in the form that `classify` judges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `error.code`.
    pub code: Option<i64>,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.type`.
    pub kind: String,
    /// `error.message`: always English; the user title and message are in the reader's language and never judged.
    pub message: String,
    /// `error.is_transient`: true means retry, false means nothing (it was recorded on a throttle).
    pub is_transient: Option<bool>,
    /// The HTTP status: the last resort, since the same code comes with several. 0 where no answer came.
    pub status: u16,
    /// What kept an answer from arriving whole.
    pub transport: Option<Transport>,
}

/// What kept an answer from arriving whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// No connection came about: no route, no name, no trust.
    Unreachable,
    /// None came in time: a peer may be dead without anybody saying so.
    TimedOut,
    /// The connection ended within the answer.
    Broken,
    /// The answer was larger than any page should be.
    Oversize,
    /// A success whose body is no answer of the API: HTML, half a text, a listing without its list.
    NoAnswer,
}

/// Tells the class of a failed call: by what became of the answer on its way, by code and subcode, then by the texts
/// that tell one code's meanings apart, then by code, then by Meta's own flag, then by the HTTP status.
pub fn classify(facts: &Facts) -> Class {
    match facts.transport {
        // What ended the connection may pass, also where it was refused: services restart, names come back.
        Some(Transport::Unreachable | Transport::TimedOut | Transport::Broken) => return Class::Transient,
        Some(Transport::Oversize) => return Class::TooMuchData,
        Some(Transport::NoAnswer) => return Class::Malformed,
        None => {}
    }
    let Some(code) = facts.code else {
        return match facts.is_transient {
            Some(true) => Class::Transient,
            // A batch that Meta refuses as a whole has a type and no code.
            _ if facts.kind == "GraphBatchException" => Class::Invalid,
            // Without an error object it is somebody's between here and Meta: a page of a firewall says nothing of the token.
            _ if facts.kind.is_empty() && matches!(facts.status, 401 | 403) => Class::Malformed,
            _ => class_of_status(facts.status),
        };
    };
    let known = class_of_subcode(code, facts.subcode).or_else(|| class_of_text(code, facts)).or(class_of_code(code));
    known.unwrap_or(match facts.is_transient {
        Some(true) => Class::Transient,
        _ if facts.status >= 500 => Class::Transient,
        _ => Class::Unknown,
    })
}

fn class_of_subcode(code: i64, subcode: Option<i64>) -> Option<Class> {
    Some(match (code, subcode?) {
        (1, 2_853_001) => Class::Invalid,
        (2, 1_504_038) | (100, 1_504_018 | 1_487_534) | (-3, 1_504_045) => Class::TooMuchData,
        (2, 1_504_041 | 1_504_042) | (100, 1_815_001) => Class::Invalid,
        (2, 1_504_043 | 1_504_044) | (2601, 1_815_107) | (-2, 2_490_547) => Class::Transient,
        (100, 33 | 3_191_001) | (200, 1_870_034) => Class::Permission,
        (4, 1_504_022 | 1_504_039) => Class::Throttle,
        _ => return None,
    })
}

/// The codes that carry several meanings under one number: only their English message tells which.
fn class_of_text(code: i64, facts: &Facts) -> Option<Class> {
    let says = |part: &str| facts.message.to_ascii_lowercase().contains(part);
    Some(match code {
        1 if says("reduce the amount of data") => Class::TooMuchData,
        100 if says("appsecret_proof") => Class::Auth,
        100 if says("missing permission") => Class::Permission,
        190 if says("permission") && facts.subcode.is_none() => Class::Permission,
        2500 if says("access token") => Class::Auth,
        _ => return None,
    })
}

fn class_of_code(code: i64) -> Option<Class> {
    Some(match code {
        1 | 2 | 960 | 2601 => Class::Transient,
        4 | 17 | 32 | 341 | 613 | 80_000..=80_014 => Class::Throttle,
        102 | 104 | 190 => Class::Auth,
        3 | 10 | 200..=299 | 368 => Class::Permission,
        12 | 100 | 506 | 803 | 2500 | 2635 | 3018 | 1_487_901 => Class::Invalid,
        i64::MIN..=-1 => Class::Transient,
        _ => return None,
    })
}

fn class_of_status(status: u16) -> Class {
    match status {
        408 | 429 | 500..=599 => Class::Transient,
        // The address is too long: a list of ids in it must be shorter.
        414 => Class::TooMuchData,
        401 => Class::Auth,
        403 => Class::Permission,
        400..=499 => Class::Invalid,
        _ => Class::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Errors as Meta documents them and public recordings show them.
    const KNOWN: &str = include_str!("../../tests/data/errors.json");

    /// Every form in which a known error comes: its statuses, with and without the flag that it was seen with.
    fn forms(row: &Value) -> Vec<Facts> {
        let flag = row["is_transient"].as_bool();
        let statuses = row["http_status"].as_array().unwrap().iter().map(|status| status.as_u64().unwrap());
        let with_flag = |is_transient| {
            statuses.clone().map(move |status| Facts {
                code: row["code"].as_i64(),
                subcode: row["subcode"].as_i64(),
                kind: row["type"].as_str().unwrap_or_default().to_owned(),
                message: row["message_shape"].as_str().unwrap_or_default().to_owned(),
                is_transient,
                status: u16::try_from(status).unwrap(),
                transport: None,
            })
        };
        with_flag(flag).collect()
    }

    #[test]
    fn every_known_error_has_the_class_that_its_evidence_gives_it() {
        let known: Value = serde_json::from_str(KNOWN).unwrap();
        let rows = known["errors"].as_array().unwrap();
        assert!(rows.len() >= 80, "{} rows", rows.len());
        let mut wrong = Vec::new();
        for row in rows {
            for facts in forms(row) {
                let class = classify(&facts).as_str();
                if row["class"] != class {
                    wrong.push(format!("{facts:?}: {class} instead of {}", row["class"]));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_code_means_the_same_in_every_language_and_with_every_status() {
        for status in [200, 400, 403, 500] {
            let message = "Houve muitas chamadas desta conta de anúncios".to_owned();
            let facts = Facts {
                code: Some(80_000),
                subcode: Some(2_446_079),
                kind: "OAuthException".to_owned(),
                message,
                is_transient: Some(false),
                status,
                transport: None,
            };
            assert_eq!(classify(&facts), Class::Throttle);
        }
    }

    #[test]
    fn what_became_of_the_answer_on_its_way_decides_alone() {
        for (transport, class) in [
            (Transport::Unreachable, Class::Transient),
            (Transport::TimedOut, Class::Transient),
            (Transport::Broken, Class::Transient),
            (Transport::Oversize, Class::TooMuchData),
            (Transport::NoAnswer, Class::Malformed),
        ] {
            for status in [0, 200, 400, 500] {
                assert_eq!(classify(&Facts { status, transport: Some(transport), ..Facts::default() }), class);
            }
        }
    }

    #[test]
    fn an_unknown_code_is_believed_by_its_flag_then_by_its_status() {
        let of =
            |is_transient, status| classify(&Facts { code: Some(4_711), is_transient, status, ..Facts::default() });
        assert_eq!(of(Some(true), 400), Class::Transient);
        assert_eq!(of(None, 503), Class::Transient);
        assert_eq!(of(Some(false), 400), Class::Unknown);
        assert_eq!(of(None, 200), Class::Unknown);
    }

    #[test]
    fn every_class_tells_a_person_what_to_do_in_one_sentence() {
        for class in Class::ALL {
            let advice = class.advice();
            assert!(advice.ends_with('.') && advice.len() > 30, "{class:?}: {advice}");
        }
    }
}
