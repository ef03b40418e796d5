//! Whatever stands in files and variables: it is taken, or refused with a line for each problem, and no secret is shown.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use adsync::config::{self, Environment, Needs};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// What must not be shown, whatever is wrong with the rest.
const SECRET: &str = "EAABfuzzedTokenThatNobodyMayShow";

/// A folder in memory, where there is one.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
});

// Parts are divided by a zero byte: the first file, the second, then variables as `SECTION__KEY=value`.
fuzz_target!(|data: &[u8]| {
    let mut parts = data.split(|byte| *byte == 0);
    for name in ["default.toml", "local.toml"] {
        std::fs::write(FOLDER.path().join(name), parts.next().unwrap_or_default()).unwrap();
    }
    let mut variables = vec![("META_ACCESS_TOKEN".to_owned(), SECRET.to_owned())];
    for part in parts {
        let text = String::from_utf8_lossy(part);
        if let Some((name, value)) = text.split_once('=') {
            variables.push((format!("ADSYNC__{name}"), value.to_owned()));
        }
    }
    let environment: Environment = variables.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    for needs in [Needs::NOTHING, Needs::EVERYTHING] {
        match config::load(FOLDER.path(), &environment, needs) {
            Ok(loaded) => {
                let shown = loaded.entries.iter().any(|entry| entry.value.contains(SECRET));
                assert!(!shown, "a secret is shown");
            }
            Err(problems) => {
                let text = problems.to_string();
                assert!(!text.is_empty() && !text.contains(SECRET));
            }
        }
    }
});
