//! Who may read, and who may act.
//!
//! Programs show a token in a header. People type one once: from then on a random id stands for it, in a cookie that no
//! script and no other site can use, and in memory here. So no page ever holds a token, and a login ends with the
//! browser's session, with a click, or with the process.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

/// The name of the cookie.
const COOKIE: &str = "adsync_session";

/// Logins remembered; the oldest gives way.
const SESSIONS: usize = 64;

/// Whether a request may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admits {
    /// It shows the token.
    Yes,
    /// It does not.
    No,
    /// There is no token that anybody could show.
    Nobody,
}

/// Decides who may read, and who may act.
#[derive(Debug)]
pub(super) struct Guard {
    token: Option<SecretString>,
    admin_token: Option<SecretString>,
    sessions: Mutex<VecDeque<Session>>,
}

/// What an action came to, for the next page that its reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// Whether it was done.
    pub(super) is_good: bool,
    /// A sentence.
    pub(super) text: String,
}

#[derive(Debug)]
struct Session {
    id: String,
    may_act: bool,
    note: Option<Note>,
}

/// What a login is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    /// Whether it was made with the admin token.
    pub(super) may_act: bool,
    /// What its forms hold, so that a form of another's making is told apart.
    pub(super) form: String,
    id: String,
}

impl Guard {
    pub(super) fn new(token: Option<SecretString>, admin_token: Option<SecretString>) -> Self {
        Self { token, admin_token, sessions: Mutex::default() }
    }

    /// Tells whether a program's request may change something.
    pub(super) fn admits_to_act(&self, headers: &HeaderMap) -> Admits {
        let Some(token) = &self.admin_token else { return Admits::Nobody };
        if bearer(headers).is_some_and(|shown| same(shown, token)) { Admits::Yes } else { Admits::No }
    }

    /// Tells whether a request shows the token in its header; without one to show, every request does.
    pub(super) fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        bearer(headers).is_some_and(|shown| same(shown, token))
    }

    /// Tells whether a request may read, by token or by login.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        self.has_token(headers) || self.admits_to_act(headers) == Admits::Yes || self.login(headers).is_some()
    }

    /// Tells whether there is a token with which somebody may read or act.
    pub(super) fn has_tokens(&self) -> (bool, bool) {
        (self.token.is_some(), self.admin_token.is_some())
    }

    /// The login that a request is part of.
    pub(super) fn login(&self, headers: &HeaderMap) -> Option<Login> {
        self.with_session(headers, |session| Login {
            may_act: session.may_act,
            form: form_of(&session.id),
            id: session.id.clone(),
        })
    }

    /// Opens a session for whoever shows one of the tokens, and gives the cookie that stands for it.
    pub(super) fn open(&self, shown: &str, headers: &HeaderMap) -> Option<String> {
        let is_shown = |token: &Option<SecretString>| token.as_ref().is_some_and(|token| same(shown, token));
        // Both are compared, whatever the first comes to.
        let (may_act, may_read) = (is_shown(&self.admin_token), is_shown(&self.token));
        if !may_act && !may_read {
            return None;
        }
        let id = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let cookie = cookie(&id, headers);
        self.close(headers);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(Session { id, may_act, note: None });
        Some(cookie)
    }

    /// Ends a request's session, and gives the cookie that takes its place.
    pub(super) fn close(&self, headers: &HeaderMap) -> String {
        let shown: Vec<&str> = cookies(headers).collect();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| !shown.contains(&session.id.as_str()));
        format!("{}; Max-Age=0", cookie("", headers))
    }

    /// Keeps a note for the next page of a login.
    pub(super) fn leave(&self, login: &Login, note: Note) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.iter_mut().find(|session| session.id == login.id) {
            session.note = Some(note);
        }
    }

    /// Takes the note that waits for this request.
    pub(super) fn take_note(&self, headers: &HeaderMap) -> Option<Note> {
        self.with_session(headers, |session| session.note.take()).flatten()
    }

    fn with_session<T>(&self, headers: &HeaderMap, look: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let place = cookies(headers).find_map(|shown| sessions.iter().position(|session| session.id == shown))?;
        sessions.get_mut(place).map(look)
    }
}

impl Login {
    /// Whether a form was made for this login.
    pub(super) fn made(&self, form: &str) -> bool {
        self.form == form
    }
}

/// Tells whether a browser sent this from a page of ours. Every browser says where a form comes from; what says nothing
/// of it is none, and holds no cookie that another site could make use of.
pub(super) fn is_from_here(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
    let here = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let here = here.and_then(|host| Url::parse(&format!("{}://{host}", origin.as_ref()?.scheme())).ok());
    origin.zip(here).is_some_and(|(origin, here)| origin.origin() == here.origin())
}

/// A browser drops a cookie marked as secure on plain http, which is how a page on loopback is read.
fn cookie(id: &str, headers: &HeaderMap) -> String {
    // Of several proxies the first is the one that the browser speaks to.
    let scheme = headers.get("x-forwarded-proto").and_then(|schemes| schemes.to_str().ok()?.split(',').next());
    let secure = scheme.is_some_and(|scheme| scheme.trim() == "https");
    let mark = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Strict{mark}")
}

/// What the forms of a session hold. Whoever reads a page learns nothing of the session's id.
fn form_of(id: &str) -> String {
    hex::encode(Sha256::digest(format!("form {id}")))
}

/// Compares by digest, so that the time it takes tells nothing about the token.
fn same(shown: &str, token: &SecretString) -> bool {
    Sha256::digest(shown.as_bytes()) == Sha256::digest(token.expose_secret().as_bytes())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }

    #[test]
    fn what_another_site_sends_is_not_from_here() {
        for (pairs, is_ours) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://here:8080"), ("host", "here:8080")], false),
            (&[("origin", "http://here:8080"), ("host", "here:8080")], true),
            (&[("origin", "https://here"), ("host", "here:443")], true),
            (&[("origin", "http://there:8080"), ("host", "here:8080")], false),
            (&[("origin", "http://here:8081"), ("host", "here:8080")], false),
            (&[("origin", "null"), ("host", "here:8080")], false),
            (&[("origin", "http://here:8080")], false),
            (&[], true),
        ] {
            assert_eq!(is_from_here(&headers(pairs)), is_ours, "{pairs:?}");
        }
    }

    #[test]
    fn a_login_is_worth_what_its_token_is() {
        let guard = Guard::new(Some("reads".to_owned().into()), Some("acts".to_owned().into()));
        assert_eq!(guard.open("neither", &HeaderMap::new()), None);
        for (token, may_act) in [("reads", false), ("acts", true)] {
            let cookie = guard.open(token, &HeaderMap::new()).unwrap();
            let shown = headers(&[("cookie", cookie.split(';').next().unwrap())]);
            let login = guard.login(&shown).unwrap();
            assert_eq!((login.may_act, guard.admits(&shown)), (may_act, true));
            assert!(!cookie.contains(&login.form), "a page tells nothing of the session's id");
            guard.close(&shown);
            assert!(!guard.admits(&shown), "{token}");
        }
    }
}
