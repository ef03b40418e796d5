//! Where a configuration is read from, kept so that it can be read again while the process runs.

use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Environment, Loaded, Needs, Problems, Settings, load, secrets};

/// Where a configuration is read from: a folder, and the variables, which never change while a process lives.
#[derive(Debug, Clone)]
pub struct Source {
    dir: PathBuf,
    environment: Environment,
}

/// What stood in the files that a configuration is read from, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// What is taken up only when the process starts, by the beginnings of keys. Secrets are among it by their variables.
const AT_START: [&str; 7] =
    ["daemon.instance", "meta.base_url", "meta.api_version", "database.", "tables.", "web.", "log."];

/// The variables of secrets that adsync knows, each of which a file may hold.
const SECRETS: [&str; 8] = [
    "META_ACCESS_TOKEN",
    "META_APP_SECRET",
    "DATABASE_URL",
    "ADSYNC_MIGRATE_DATABASE_URL",
    "ADSYNC_ADMIN_TOKEN",
    "ADSYNC_READ_TOKEN",
    "ADSYNC_WEBHOOK_URL",
    "ADSYNC_HEARTBEAT_URL",
];

/// What is taken up at once all the same.
const AT_ONCE: [&str; 3] = ["database.retention_days", "database.size_limit", "database.store_raw"];

impl Source {
    /// A folder and the variables.
    pub fn new(dir: PathBuf, environment: Environment) -> Self {
        Self { dir, environment }
    }

    /// Reads and judges all of it.
    pub fn load(&self, needs: Needs) -> Result<Loaded, Problems> {
        super::load(&self.dir, &self.environment, needs)
    }

    /// Tells whether anything in the files is other than before. Files are followed by name: mounted ones are links
    /// whose ends are exchanged.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = Sha256::new();
        let mut said = Vec::new();
        for path in load::files(&self.dir, &self.environment) {
            let contents = contents(&path, load::MOST_BYTES + 1);
            digest.update([u8::from(contents.is_some())]);
            said.extend(contents.unwrap_or_default());
        }
        // Tokens may stand in variables of any name; the configuration says which.
        for (_, name) in self.environment.beginning("ADSYNC__TOKENS__") {
            said.extend([b" ", name.as_bytes()].concat());
        }
        let named = String::from_utf8_lossy(&said);
        let is_ours = |variable: &str| {
            let secret = variable.strip_suffix("_FILE").filter(|secret| !secret.is_empty());
            secret.is_some_and(|secret| SECRETS.contains(&secret) || named.contains(secret))
        };
        digest.update(&said);
        for (_, path) in self.environment.beginning("").filter(|(name, _)| is_ours(name)) {
            let contents = contents(Path::new(path.trim()), secrets::MOST_BYTES + 1);
            digest.update([u8::from(contents.is_some())]);
            digest.update(contents.unwrap_or_default());
        }
        Fingerprint(digest.finalize().into())
    }
}

/// What a plain file holds. Whatever else has a name is not opened: it might wait for a writer, or be read but once.
fn contents(path: &Path, most: u64) -> Option<Vec<u8>> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mut contents = Vec::new();
    std::fs::File::open(path).ok()?.take(most).read_to_end(&mut contents).ok()?;
    Some(contents)
}

/// The keys and variables that another configuration says otherwise, and that are taken up only at the next start.
pub fn waiting_for_a_start(before: &Loaded, after: &Loaded) -> Vec<String> {
    let is_late = |key: &str| AT_START.iter().any(|beginning| key.starts_with(beginning)) && !AT_ONCE.contains(&key);
    let value = |loaded: &Loaded, key: &str| {
        loaded.entries.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone())
    };
    let of_both = before.entries.iter().chain(&after.entries).map(|entry| entry.key.as_str());
    let mut keys: Vec<String> =
        of_both.filter(|key| is_late(key) && value(before, key) != value(after, key)).map(str::to_owned).collect();
    let (was, is) = (of_the_process(&before.settings), of_the_process(&after.settings));
    let others = was.into_iter().zip(is).filter(|((_, was), (_, is))| !is_same(was.as_ref(), is.as_ref()));
    keys.extend(others.map(|((name, _), _)| name.to_owned()));
    keys.sort();
    keys.dedup();
    keys
}

impl Settings {
    /// These, with all that is taken up only at the start as it was then.
    #[must_use]
    pub fn after(mut self, start: &Self) -> Self {
        let store_raw = self.database.store_raw;
        let size_limit = self.database.size_limit;
        self.database = crate::store::Settings { size_limit, store_raw, ..start.database.clone() };
        self.daemon.instance.clone_from(&start.daemon.instance);
        self.meta.base_url.clone_from(&start.meta.base_url);
        self.meta.api_version.clone_from(&start.meta.api_version);
        self.alerts.webhook_url.clone_from(&start.alerts.webhook_url);
        self.alerts.heartbeat_url.clone_from(&start.alerts.heartbeat_url);
        self.web.clone_from(&start.web);
        self.log.clone_from(&start.log);
        self
    }
}

/// The secrets that are taken up only at the start, by their variables.
fn of_the_process(settings: &Settings) -> [(&'static str, Option<SecretString>); 6] {
    [
        ("DATABASE_URL", settings.database.url.clone()),
        ("ADSYNC_MIGRATE_DATABASE_URL", settings.database.migrate_url.clone()),
        ("ADSYNC_ADMIN_TOKEN", settings.web.admin_token.clone()),
        ("ADSYNC_READ_TOKEN", settings.web.read_token.clone()),
        ("ADSYNC_WEBHOOK_URL", settings.alerts.webhook_url.clone()),
        ("ADSYNC_HEARTBEAT_URL", settings.alerts.heartbeat_url.clone()),
    ]
}

fn is_same(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(ExposeSecret::expose_secret) == other.map(ExposeSecret::expose_secret)
}
