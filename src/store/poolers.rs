//! What poolers say in words of their own. They send it with the state of an internal error or of a broken connection, so
//! that only the text tells what it is.

use super::error::Class;

/// Supavisor's codes that are more than a connection which may work the next time. They stand in parentheses before a text
/// that changes from release to release.
const CODES: [(&str, Class); 15] = [
    ("ENOTFOUND", Class::Login),
    ("EINVALIDUSERINFO", Class::Login),
    ("ENOIDENTIFIER", Class::Login),
    ("EADDRNOTALLOWED", Class::Address),
    ("ESSLREQUIRED", Class::EncryptedOnly),
    ("ECHECKOUTTIMEOUT", Class::Busy),
    ("ECHECKOUTRETRIES", Class::Busy),
    ("EMAXCONN", Class::Busy),
    ("EMAXCONNSESSION", Class::Busy),
    ("EMAXCLIENTCONN", Class::Busy),
    ("EMAXPROXYCONN", Class::Busy),
    ("EMAXPOOLSREACHED", Class::Busy),
    ("EMAXPREPARED", Class::Pooled),
    ("EMAXPREPAREDMEM", Class::Pooled),
    ("EPSSIMPLEQUERY", Class::Pooled),
];

/// Words of PgBouncer and of Supavisor before it had codes, in small letters.
const WORDS: [(&str, Class); 19] = [
    ("tenant or user not found", Class::Login),
    ("no such user", Class::Login),
    ("wrong password", Class::Login),
    ("auth failed", Class::Login),
    ("server login has been failing", Class::Unavailable),
    ("server login failed", Class::Login),
    ("no such database", Class::NoDatabase),
    ("maxclientsinsession", Class::Busy),
    ("max client", Class::Busy),
    ("no more connections allowed", Class::Busy),
    ("query_wait_timeout", Class::Busy),
    ("check out connection", Class::Busy),
    ("db_termination", Class::Unavailable),
    ("dbhandler exited", Class::Unavailable),
    ("connection to database closed", Class::Unavailable),
    ("pool terminating", Class::Unavailable),
    ("authentication query failed", Class::Unavailable),
    ("internal error (authenticated)", Class::Unavailable),
    ("internal error (handshake)", Class::Unavailable),
];

/// What a message says where a pooler wrote it. A code that is not known yet is best tried again: at worst it is told a few
/// times.
pub(super) fn told(message: &str) -> Option<Class> {
    let in_small_letters = message.to_ascii_lowercase();
    match code(message) {
        // The same code stands for a look-up that failed and for a user that it did not find.
        Some("EAUTHQUERY") if in_small_letters.contains("user not found") => Some(Class::Login),
        Some(code) => Some(class_in(&CODES, |known| known == code).unwrap_or(Class::Unavailable)),
        None => class_in(&WORDS, |words| in_small_letters.contains(words)),
    }
}

fn class_in(known: &[(&str, Class)], is_it: impl Fn(&str) -> bool) -> Option<Class> {
    known.iter().find(|(words, _)| is_it(words)).map(|(_, class)| *class)
}

/// The code that a message begins with: `(ECODE) text`.
fn code(message: &str) -> Option<&str> {
    let (code, _) = message.strip_prefix('(')?.split_once(')')?;
    let is_code = code.len() > 1 && code.starts_with('E') && code.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then_some(code)
}
