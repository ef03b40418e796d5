//! The user that the server runs as when we are root, which PostgreSQL refuses.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use super::ServerError;

/// An unprivileged user of this machine.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// The user to run the server as; `None` means as ourselves.
    pub(super) async fn for_server() -> Result<Option<Self>, ServerError> {
        if id(&["-u"]).await != Some(0) {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let (Some(uid), Some(gid)) = (id(&["-u", name]).await, id(&["-g", name]).await) {
                return Ok(Some(Self { name: name.to_owned(), uid, gid }));
            }
        }
        Err(ServerError::NoAccount)
    }

    /// Hands a file or folder over to this user.
    pub(super) fn give(&self, path: &Path) -> Result<(), ServerError> {
        chown(path, Some(self.uid), Some(self.gid)).map_err(|source| ServerError::io(path, source))
    }

    /// Fails where a folder, or one that it lies in, is closed to this user. The path is absolute.
    pub(super) fn judge_way_to(&self, path: &Path) -> Result<(), ServerError> {
        let mut way: Vec<&Path> = path.ancestors().collect();
        way.reverse();
        for folder in way {
            let what = folder.metadata().map_err(|source| ServerError::io(folder, source))?;
            if !self.may_enter(what.mode(), what.uid(), what.gid()) {
                return Err(ServerError::Closed { folder: PathBuf::from(folder), user: self.name.clone() });
            }
        }
        Ok(())
    }

    /// Whether the mode of a folder lets this user, who has no further groups, pass through it.
    fn may_enter(&self, mode: u32, owner: u32, group: u32) -> bool {
        let bit = if owner == self.uid {
            0o100
        } else if group == self.gid {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }
}

/// Asks the system's `id`, which knows every directory service that the machine is set up with.
async fn id(arguments: &[&str]) -> Option<u32> {
    let answer = tokio::process::Command::new("id").args(arguments).output().await.ok()?;
    String::from_utf8(answer.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn a_folder_is_entered_by_the_first_class_that_fits() {
        let account = Account { name: "nobody".to_owned(), uid: 7, gid: 8 };
        assert!(account.may_enter(0o40711, 0, 0));
        assert!(!account.may_enter(0o40700, 0, 0));
        assert!(account.may_enter(0o40700, 7, 0));
        assert!(!account.may_enter(0o40677, 7, 8), "its own bits count, not the world's");
        assert!(account.may_enter(0o40710, 0, 8));
        assert!(!account.may_enter(0o40701, 0, 8));
    }
}
