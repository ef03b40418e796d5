//! What stands for a login: a text that says what it is worth and until when, sealed with the token that was typed. Whoever
//! holds the same tokens knows it again: every replica, and the same one after a restart. Another token ends it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a login with the admin token holds, where the browser is not closed before.
const ACTS: TimeDelta = TimeDelta::hours(12);
/// The same with the read token.
const READS: TimeDelta = TimeDelta::days(30);

/// What makes seals of a token, and knows its own.
#[derive(Clone)]
pub(super) struct Seal(Hmac<Sha256>);

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    /// Whether it was made with the admin token.
    pub(super) may_act: bool,
    ends_at: DateTime<Utc>,
    /// Tells it from any other.
    word: String,
}

impl Seal {
    /// Seals of daemons of other names are not known.
    pub(super) fn new(token: &SecretString, instance: &str) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        for (place, byte) in key.iter_mut().zip(Sha256::digest(token.expose_secret())) {
            *place = byte;
        }
        let mut mac = Hmac::<Sha256>::new(&key);
        mac.update(&Sha256::digest(instance));
        Self(mac)
    }

    /// Seals a text for one purpose.
    pub(super) fn of(&self, purpose: &str, text: &str) -> String {
        hex::encode(self.over(purpose, text).finalize().into_bytes())
    }

    /// Whether a seal is ours; the time that this takes tells nothing.
    pub(super) fn knows(&self, purpose: &str, text: &str, seal: &str) -> bool {
        hex::decode(seal).is_ok_and(|seal| self.over(purpose, text).verify_slice(&seal).is_ok())
    }

    fn over(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(purpose).chain_update([0]).chain_update(text)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(may_act: bool, now: DateTime<Utc>) -> Self {
        let ends_at = now + if may_act { ACTS } else { READS };
        Self { may_act, ends_at, word: Uuid::new_v4().simple().to_string() }
    }

    /// What a browser keeps.
    pub(super) fn sealed(&self, seal: &Seal) -> String {
        let text = self.text();
        let seal = seal.of("session", &text);
        format!("{text}.{seal}")
    }

    /// Reads what a browser shows, whoever wrote it. `seal` is that of those who may act, or of those who may read.
    pub(super) fn read<'a>(
        shown: &str,
        seal: impl FnOnce(bool) -> Option<&'a Seal>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let (text, shown_seal) = shown.rsplit_once('.')?;
        let mut parts = text.split('.');
        let (Some(role), Some(ends_at), Some(word), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let may_act = match role {
            "act" => true,
            "read" => false,
            _ => return None,
        };
        let session =
            Self { may_act, ends_at: DateTime::from_timestamp(ends_at.parse().ok()?, 0)?, word: word.to_owned() };
        let is_ours = seal(may_act)?.knows("session", text, shown_seal);
        (is_ours && now < session.ends_at).then_some(session)
    }

    /// What is sealed.
    pub(super) fn text(&self) -> String {
        format!("{}.{}.{}", if self.may_act { "act" } else { "read" }, self.ends_at.timestamp(), self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(token: &str) -> Seal {
        Seal::new(&token.to_owned().into(), "adsync")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_session_is_known_where_the_token_is_the_same_until_it_ends() {
        let now = at("2026-03-01T12:00:00Z");
        for (may_act, last) in [(true, "2026-03-01T23:59:59Z"), (false, "2026-03-31T11:59:59Z")] {
            let session = Session::new(may_act, now);
            let shown = session.sealed(&seal("a-token"));
            let (same, changed) = (seal("a-token"), seal("another"));
            // Another process with the same token, an instant before the end.
            assert_eq!(Session::read(&shown, |_| Some(&same), at(last)).unwrap().text(), session.text());
            assert_eq!(Session::read(&shown, |_| Some(&same), at(last) + TimeDelta::seconds(1)), None);
            assert_eq!(Session::read(&shown, |_| Some(&changed), now), None, "the token was changed");
            let other = Seal::new(&"a-token".to_owned().into(), "another daemon");
            assert_eq!(Session::read(&shown, |_| Some(&other), now), None, "another daemon's");
            assert!(!shown.contains("a-token"));
        }
    }

    #[test]
    fn nobody_makes_more_of_a_session_than_it_is() {
        let now = at("2026-03-01T12:00:00Z");
        let (acts, reads) = (seal("acts"), seal("reads"));
        let shown = Session::new(false, now).sealed(&reads);
        let known = |shown: &str| Session::read(shown, |may_act| Some(if may_act { &acts } else { &reads }), now);
        assert!(known(&shown).is_some_and(|session| !session.may_act));
        let longer = shown.replace("read.1", "read.2");
        for forged in
            [shown.replace("read.", "act."), longer, shown.replace('.', ""), format!("{shown}00"), "..".into()]
        {
            assert_ne!(forged, shown);
            assert_eq!(known(&forged), None, "{forged}");
        }
        // A seal for one purpose is none for another.
        let text = Session::new(true, now).text();
        assert_eq!(known(&format!("{text}.{}", acts.of("form", &text))), None);
    }
}
