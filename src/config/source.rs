//! Where a configuration is read from, kept so that it can be read again while the process runs.

use std::io::Read;
use std::path::PathBuf;

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
        let named = self.environment.beginning("").filter(|(name, _)| name.ends_with("_FILE"));
        let secrets = named.map(|(_, path)| PathBuf::from(path.trim()));
        for path in load::files(&self.dir, &self.environment).into_iter().chain(secrets) {
            let mut contents = Vec::new();
            // What is longer is neither: a variable such as this may name anything.
            let read = std::fs::File::open(&path)
                .and_then(|file| file.take(secrets::MOST_BYTES * 16).read_to_end(&mut contents));
            digest.update(match read {
                Ok(length) => length.to_be_bytes(),
                Err(_) => [0xff; 8],
            });
            digest.update(&contents);
        }
        Fingerprint(digest.finalize().into())
    }
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
