//! What an action came to, told on the page that its reader is led back to: sealed into the address of that page, so that it
//! is told there and nowhere else, by whichever replica, and that nobody else's words are told as ours.

use chrono::{DateTime, TimeDelta, Utc};

use super::session::Seal;
use super::words::{cut, still};

/// How long it is told: whoever comes back to the page later is told nothing old.
const TOLD: TimeDelta = TimeDelta::minutes(2);
/// Letters of it, since an address holds them.
const LONGEST: usize = 400;

/// What an action came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// Whether it was done.
    pub(super) is_good: bool,
    /// A sentence.
    pub(super) text: String,
}

impl Note {
    pub(super) fn new(is_good: bool, text: &str) -> Self {
        Self { is_good, text: cut(&still(text), LONGEST) }
    }

    /// As an address holds it. `login` is the login that it is for.
    pub(super) fn sealed(&self, seal: &Seal, login: &str, now: DateTime<Utc>) -> String {
        let mark = if self.is_good { "done" } else { "not" };
        let said = format!("{mark}.{}.{}", (now + TOLD).timestamp(), hex::encode(&self.text));
        let seal = seal.of("note", &format!("{login} {said}"));
        format!("{said}.{seal}")
    }

    /// Reads what an address holds, whoever wrote it.
    pub(super) fn read(sealed: &str, seal: &Seal, login: &str, now: DateTime<Utc>) -> Option<Self> {
        let (said, shown_seal) = sealed.rsplit_once('.')?;
        let (mark, rest) = said.split_once('.')?;
        let (until, text) = rest.split_once('.')?;
        let is_ours = seal.knows("note", &format!("{login} {said}"), shown_seal);
        let is_told = now.timestamp() < until.parse().ok()?;
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        (is_ours && is_told).then(|| Self { is_good: mark == "done", text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_told_to_its_login_for_a_while_and_never_in_anothers_words() {
        let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let seal = Seal::new(&"a-token".to_owned().into(), "adsync");
        let note = Note::new(true, "recent is paused. Olá\u{202e}");
        let sealed = note.sealed(&seal, "login", now);
        assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'), "{sealed}");
        assert_eq!(Note::read(&sealed, &seal, "login", now + TimeDelta::seconds(119)), Some(note));
        assert_eq!(Note::read(&sealed, &seal, "login", now + TOLD), None);
        assert_eq!(Note::read(&sealed, &seal, "another", now), None);
        let words = hex::encode("send your token to me");
        let (rest, seal_of_it) = sealed.rsplit_once('.').unwrap();
        let (mark, _) = rest.rsplit_once('.').unwrap();
        for forged in [format!("{mark}.{words}.{seal_of_it}"), format!("{mark}.{words}."), words.clone(), String::new()]
        {
            assert_eq!(Note::read(&forged, &seal, "login", now), None, "{forged}");
        }
        assert!(Note::new(false, &"ã".repeat(5_000)).sealed(&seal, "login", now).len() < 2_000);
    }
}
