//! A clock of its own for a process, which a test sets forward and back while the process runs.
//!
//! Only what tells the time of day is moved: waits, time limits and leases stay as long as they are. Whatever needs this
//! stands under a module named `clock`: where libfaketime cannot be had, `tests/run` leaves these tests out and says so.

use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

use super::binary::Binary;

/// Names the library; `tests/run` finds it once for all.
const LIBRARY: &str = "ADSYNC_TEST_FAKETIME";
const SCRIPT: &str = include_str!("../../programs.sh");

/// The clock of the processes that were given it.
pub(crate) struct Faketime {
    library: String,
    folder: TempDir,
}

impl Faketime {
    /// A clock that goes like the machine's, moved by so much.
    pub(crate) fn moved(by: TimeDelta) -> Self {
        let clock = Self { library: library(), folder: tempfile::tempdir().unwrap() };
        clock.move_by(by);
        clock
    }

    /// Moves it by so much from the machine's, at once.
    pub(crate) fn move_by(&self, by: TimeDelta) {
        // Put in place whole: the clock is read many times a second.
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("{:+}\n", by.num_seconds())).unwrap();
        std::fs::rename(next, self.folder.path().join("now")).unwrap();
    }

    /// Gives it to a process.
    pub(crate) fn of(&self, binary: Binary) -> Binary {
        binary
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("now").to_str().unwrap())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }
}

/// How far an instant is from the machine's clock.
pub(crate) fn away(at: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds((at - Utc::now()).num_seconds())
}

fn library() -> String {
    if let Ok(library) = std::env::var(LIBRARY) {
        return library;
    }
    let found =
        Command::new("bash").args(["-c", SCRIPT, "programs.sh", "faketime"]).stdin(Stdio::null()).output().unwrap();
    assert!(
        found.status.success(),
        "libfaketime is not here, so this test cannot tell anything; leave such tests out with `-- --skip daemon::clock::`\n{}",
        String::from_utf8_lossy(&found.stderr)
    );
    String::from_utf8_lossy(&found.stdout).trim().to_owned()
}
