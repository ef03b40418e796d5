//! Secrets: each from its variable, or from the file that the variable with `_FILE` names.

use std::io::Read;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::environment::Environment;
use super::problem::{Origin, Problem};
use super::{Entry, Needs};

/// A secret file longer than this is no secret.
pub(super) const MOST_BYTES: u64 = 64 * 1024;

/// What a secret has to look like; the answer says what is wrong without quoting it.
pub(super) type Form = fn(&str) -> Result<(), String>;

/// Reads secrets and remembers which of them are there.
pub(super) struct Secrets<'a> {
    environment: &'a Environment,
    /// What the command needs.
    pub(super) needs: Needs,
    /// What is wrong with them.
    pub(super) problems: Vec<Problem>,
    /// One line for each, with its presence as the value.
    pub(super) entries: Vec<Entry>,
    /// Everything that must never be shown.
    pub(super) hidden: Vec<SecretString>,
}

impl<'a> Secrets<'a> {
    pub(super) fn new(environment: &'a Environment, needs: Needs) -> Self {
        Self { environment, needs, problems: Vec::new(), entries: Vec::new(), hidden: Vec::new() }
    }

    /// The secret of a variable; `missing` says what to do where it has to be there and is not.
    pub(super) fn read(&mut self, variable: &str, form: Form, missing: Option<&str>) -> Option<SecretString> {
        let found = self.look_up(variable);
        let (value, origin) = match &found {
            Ok(Some((_, origin))) => ("[set]", origin.clone()),
            _ => ("[missing]", Origin::BuiltIn),
        };
        self.entries.push(Entry { key: variable.to_owned(), value: value.to_owned(), origin });
        match found {
            Ok(Some((secret, origin))) => {
                self.hidden.push(secret.clone());
                self.hidden.extend(password(&secret));
                match form(secret.expose_secret()) {
                    Ok(()) => Some(secret),
                    Err(text) => {
                        self.problems.push(Problem { origin, line: None, key: None, text });
                        None
                    }
                }
            }
            Ok(None) => {
                if let Some(cure) = missing {
                    let text =
                        format!("is not set: {cure}, or set {variable}_FILE to the path of a file that holds it");
                    let origin = Origin::Variable(variable.to_owned());
                    self.problems.push(Problem { origin, line: None, key: None, text });
                }
                None
            }
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// The trimmed contents of a variable, or of the file that it names with `_FILE`.
    pub(super) fn look_up(&self, variable: &str) -> Result<Option<(SecretString, Origin)>, Problem> {
        let by_file = format!("{variable}_FILE");
        let problem = |name: &str, text: String| {
            Err(Problem { origin: Origin::Variable(name.to_owned()), line: None, key: None, text })
        };
        for name in [variable, &by_file] {
            if self.environment.is_garbled(name) {
                return problem(name, "holds bytes that are no UTF-8 text: set it again".to_owned());
            }
        }
        let (name, contents) = match (self.environment.get(variable), self.environment.get(&by_file)) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return problem(variable, format!("is set and so is {by_file}: unset one of them"));
            }
            (Some(value), None) => (variable, value.to_owned()),
            (None, Some(path)) => match contents(path.trim()) {
                Ok(contents) => (by_file.as_str(), contents),
                Err(text) => return problem(&by_file, text),
            },
        };
        match contents.trim() {
            "" if name == variable => problem(name, "is empty: give it its value, or unset it".to_owned()),
            "" => problem(name, "names an empty file: write the secret into it, or unset the variable".to_owned()),
            trimmed => Ok(Some((trimmed.to_owned().into(), Origin::Variable(name.to_owned())))),
        }
    }
}

fn contents(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Err("is empty: give it the path of a file, or unset it".to_owned());
    }
    let mut bytes = Vec::new();
    // The path itself is not quoted: people put the secret there by mistake.
    std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(|error| {
        format!("names a file that cannot be read ({}): correct the path, or let this process read it", error.kind())
    })?;
    let is_short = u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST_BYTES);
    String::from_utf8(bytes)
        .ok()
        .filter(|_| is_short)
        .ok_or_else(|| "names a file that holds no secret (it is too long, or no text): correct the path".to_owned())
}

/// The password inside a URL is a secret by itself.
fn password(secret: &SecretString) -> Option<SecretString> {
    let url = Url::parse(secret.expose_secret()).ok()?;
    url.password().map(|password| password.to_owned().into())
}

/// A token travels in a header: it is visible ASCII without spaces.
pub(super) fn token(secret: &str) -> Result<(), String> {
    if secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err("holds a space, a line break or a character that no token has: copy it again, without quotes".to_owned())
}

/// A web address that is called.
pub(super) fn web_address(secret: &str) -> Result<(), String> {
    match Url::parse(secret) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        Ok(_) => Err("must begin with https://".to_owned()),
        Err(error) => Err(format!("is no web address ({error}): copy it again, it begins with https://")),
    }
}

/// An address of a Postgres database.
pub(super) fn database_address(secret: &str) -> Result<(), String> {
    const EXAMPLE: &str = "postgresql://user:password@host:5432/postgres";
    if secret.contains("[YOUR-PASSWORD]") || secret.contains("[YOUR_PASSWORD]") {
        return Err("still holds the placeholder for the password: put the database password in its place".to_owned());
    }
    let scheme = secret.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some("postgres" | "postgresql") => {}
        Some("http" | "https") => {
            return Err(format!(
                "is a web address, not a database: copy the connection string (Supabase: Connect), \
                 it looks like {EXAMPLE}"
            ));
        }
        Some(_) => return Err(format!("must begin with postgresql:// or postgres://, as in {EXAMPLE}")),
        None => return Err(format!("is no URL: it looks like {EXAMPLE}")),
    }
    let url = Url::parse(secret).map_err(|error| {
        format!(
            "does not parse ({error}): in the password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F \
             and % as %25"
        )
    })?;
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    if !has_host && !url.query_pairs().any(|(key, value)| key == "host" && !value.is_empty()) {
        return Err(format!("names no host: it looks like {EXAMPLE}"));
    }
    if url.fragment().is_some() {
        return Err("holds a # outside of its password: in the password write # as %23".to_owned());
    }
    Ok(())
}
