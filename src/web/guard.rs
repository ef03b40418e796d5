//! Who may read, and who may act.
//!
//! Programs show a token in a header. People type one once: from then on a sealed text stands for it, in a cookie that no
//! script and no other site can use. Nothing of it is kept here, so that every replica knows it. No page and no cookie holds a
//! token, and a login ends with the browser's session, with a click, with its time, or with another token.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

use super::note::Note;
use super::session::{Seal, Session};

/// Digits that tell this daemon's cookie from those of others on the same host: a browser parts them by no port.
const DIGITS: usize = 8;

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
    reads: Option<Gate>,
    acts: Option<Gate>,
    instance: String,
}

/// A token that opens something.
#[derive(Debug)]
struct Gate {
    token: SecretString,
    seal: Seal,
}

/// What a login is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    /// Whether it was made with the admin token.
    pub(super) may_act: bool,
    /// What its forms hold, so that a form of another's making is told apart. It tells nothing of the cookie.
    pub(super) form: String,
    session: Session,
}

impl Guard {
    pub(super) fn new(token: Option<SecretString>, admin_token: Option<SecretString>, instance: &str) -> Self {
        let gate = |token: SecretString| Gate { seal: Seal::new(&token, instance), token };
        Self { reads: token.map(gate), acts: admin_token.map(gate), instance: instance.to_owned() }
    }

    /// Tells whether a program's request may change something.
    pub(super) fn admits_to_act(&self, headers: &HeaderMap) -> Admits {
        let Some(gate) = &self.acts else { return Admits::Nobody };
        if bearer(headers).is_some_and(|shown| gate.opens(shown)) { Admits::Yes } else { Admits::No }
    }

    /// Tells whether a request may read, by token or by login; without a token to show, every request may.
    pub(super) fn admits(&self, headers: &HeaderMap, now: DateTime<Utc>) -> bool {
        let Some(gate) = &self.reads else { return true };
        bearer(headers).is_some_and(|shown| gate.opens(shown))
            || self.admits_to_act(headers) == Admits::Yes
            || self.login(headers, now).is_some()
    }

    /// Tells whether there is a token with which somebody may read or act.
    pub(super) fn has_tokens(&self) -> (bool, bool) {
        (self.reads.is_some(), self.acts.is_some())
    }

    /// The login that a request is part of.
    pub(super) fn login(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Login> {
        let session =
            self.cookies(headers).find_map(|shown| Session::read(shown, |may_act| self.seal(may_act), now))?;
        let form = self.seal(session.may_act)?.of("form", &session.text());
        Some(Login { may_act: session.may_act, form, session })
    }

    /// Begins a session for whoever shows one of the tokens, and gives the cookie that stands for it.
    pub(super) fn open(&self, shown: &str, headers: &HeaderMap, now: DateTime<Utc>) -> Option<String> {
        let is_shown = |gate: &Option<Gate>| gate.as_ref().is_some_and(|gate| gate.opens(shown));
        // Both are compared, whatever the first comes to.
        let (may_act, may_read) = (is_shown(&self.acts), is_shown(&self.reads));
        if !may_act && !may_read {
            return None;
        }
        Some(self.cookie(&Session::new(may_act, now).sealed(self.seal(may_act)?), headers))
    }

    /// The cookie that takes the place of the one that a request shows, if any: its session is over for this browser.
    pub(super) fn close(&self, headers: &HeaderMap) -> Option<String> {
        self.cookies(headers).next()?;
        Some(format!("{}; Max-Age=0", self.cookie("", headers)))
    }

    /// Seals a note for the next page of a login.
    pub(super) fn leave(&self, login: &Login, note: &Note, now: DateTime<Utc>) -> Option<String> {
        Some(note.sealed(self.seal(login.may_act)?, &login.session.text(), now))
    }

    /// Reads a note that was left for the login of this request.
    pub(super) fn note(&self, headers: &HeaderMap, sealed: &str, now: DateTime<Utc>) -> Option<Note> {
        let login = self.login(headers, now)?;
        Note::read(sealed, self.seal(login.may_act)?, &login.session.text(), now)
    }

    fn seal(&self, may_act: bool) -> Option<&Seal> {
        let gate = if may_act { &self.acts } else { &self.reads };
        gate.as_ref().map(|gate| &gate.seal)
    }

    /// A browser drops a cookie marked as secure on plain http, which is how a page on loopback is read. Without an age it is
    /// kept until the browser is closed.
    fn cookie(&self, value: &str, headers: &HeaderMap) -> String {
        // Of several proxies the first is the one that the browser speaks to.
        let scheme = headers.get("x-forwarded-proto").and_then(|schemes| schemes.to_str().ok()?.split(',').next());
        let secure = scheme.is_some_and(|scheme| scheme.trim() == "https");
        let mark = if secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{mark}", self.cookie_name(headers))
    }

    /// The name of the cookie, of the daemon's name and the port that the browser asks. Whoever signs out is told it: it
    /// says nothing of the tokens, and replicas behind one address share it.
    fn cookie_name(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let port = host.rsplit_once(':').map_or("", |(_, port)| port);
        let mut name = Sha256::new();
        for part in [self.instance.as_str(), port] {
            name.update(Sha256::digest(part));
        }
        let name: String = hex::encode(name.finalize()).chars().take(DIGITS).collect();
        format!("adsync_{name}")
    }

    fn cookies<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let ours = self.cookie_name(headers);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(name, _)| *name == ours)
            .map(|(_, value)| value)
    }
}

impl Gate {
    /// Compares what both are sealed to, so that the time it takes tells nothing about the token.
    fn opens(&self, shown: &str) -> bool {
        self.seal.knows("token", shown, &self.seal.of("token", shown_of(&self.token)))
    }
}

impl Login {
    /// Whether a form was made for this login.
    pub(super) fn made(&self, form: &str) -> bool {
        Sha256::digest(&self.form) == Sha256::digest(form)
    }
}

fn shown_of(token: &SecretString) -> &str {
    token.expose_secret()
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

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
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

    fn now() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn guard(instance: &str, reads: &str, acts: &str) -> Guard {
        Guard::new(Some(reads.to_owned().into()), Some(acts.to_owned().into()), instance)
    }

    #[test]
    fn a_login_is_worth_what_its_token_is_wherever_the_tokens_are_the_same() {
        let one = guard("adsync", "reads", "acts");
        assert_eq!(one.open("neither", &HeaderMap::new(), now()), None);
        for (token, may_act) in [("reads", false), ("acts", true)] {
            let cookie = one.open(token, &HeaderMap::new(), now()).unwrap();
            assert!(!cookie.contains("reads") && !cookie.contains("acts") && !cookie.contains("Max-Age"), "{cookie}");
            let shown = headers(&[("cookie", cookie.split(';').next().unwrap())]);
            // A replica, or the same one after a restart.
            let another = guard("adsync", "reads", "acts");
            let login = another.login(&shown, now()).unwrap();
            assert_eq!((login.may_act, another.admits(&shown, now())), (may_act, true));
            assert_eq!(Some(&login), one.login(&shown, now()).as_ref());
            assert!(login.made(&login.form) && !cookie.contains(&login.form), "a page tells nothing of the cookie");
            assert!(!another.admits(&shown, now() + chrono::TimeDelta::days(31)));
        }
    }

    #[test]
    fn another_token_ends_the_logins_of_the_one_before() {
        let before = guard("adsync", "reads", "acts");
        for (token, after) in
            [("reads", guard("adsync", "reads anew", "acts")), ("acts", guard("adsync", "reads", "acts anew"))]
        {
            let cookie = before.open(token, &HeaderMap::new(), now()).unwrap();
            let value = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
            let shown = headers(&[("cookie", &format!("{}={value}", after.cookie_name(&HeaderMap::new())))]);
            assert_eq!(after.login(&shown, now()), None, "{token}");
        }
    }

    #[test]
    fn daemons_of_one_host_do_not_take_each_others_cookies_away() {
        let name = |instance, host| guard(instance, "a", "b").cookie_name(&headers(&[("host", host)]));
        let names =
            [name("adsync", "localhost:8080"), name("other", "localhost:8080"), name("adsync", "localhost:8081")];
        assert!(names[0] != names[1] && names[0] != names[2], "{names:?}");
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())));
        assert_eq!(name("adsync", "[::1]:8080"), names[0]);
    }

    #[test]
    fn the_name_of_the_cookie_says_nothing_of_the_tokens_and_nobody_without_one_is_given_any() {
        let asked = headers(&[("host", "localhost:8080")]);
        let (one, another) = (guard("adsync", "a", "b"), guard("adsync", "c", "d"));
        assert_eq!(one.cookie_name(&asked), another.cookie_name(&asked));
        assert_eq!(one.close(&asked), None);
        let cookie = one.open("a", &asked, now()).unwrap();
        let shown = headers(&[("host", "localhost:8080"), ("cookie", cookie.split(';').next().unwrap())]);
        let closed = one.close(&shown).unwrap();
        assert!(
            closed.starts_with(&format!("{}=;", one.cookie_name(&asked))) && closed.contains("Max-Age=0"),
            "{closed}"
        );
    }
}
