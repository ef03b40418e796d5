//! Who holds a lease: one process, on one boot of one machine.

use std::fs;
use std::path::Path;

use uuid::Uuid;

/// Where the kernel shows its processes.
const PROC: &str = "/proc";

/// A process that works on runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its own id, new at every start.
    pub id: Uuid,
    /// Host and process number, for people.
    pub name: String,
    /// The boot of its machine and the namespace of its process numbers; only there the number means anything.
    pub boot_id: String,
    /// Its process number.
    pub pid: i32,
    /// When it started, in clock ticks since boot: numbers are used again.
    pub process_started: i64,
}

impl Worker {
    /// The process that runs this code.
    pub fn here() -> Self {
        let pid = i32::try_from(std::process::id()).unwrap_or_default();
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() { "host".to_owned() } else { host.trim().to_owned() };
        Self {
            id: Uuid::now_v7(),
            name: format!("{host}:{pid}"),
            boot_id: boot_id(),
            pid,
            process_started: seen(Path::new(PROC), pid).and_then(|stat| started(&stat)).unwrap_or_default(),
        }
    }

    /// Whether the process is known to be gone. Of another machine, boot or namespace nothing is known.
    pub fn is_gone(&self) -> bool {
        !self.boot_id.is_empty() && self.boot_id == boot_id() && self.is_gone_from(Path::new(PROC))
    }

    /// Where `/proc` hides the processes of others, as hidepid and systemd's ProtectProc make it, it hides the first one, too:
    /// one that is not seen there may live.
    fn is_gone_from(&self, proc: &Path) -> bool {
        match seen(proc, self.pid) {
            Some(stat) => started(&stat) != Some(self.process_started),
            None => seen(proc, 1).is_some(),
        }
    }
}

/// The machine's boot and this process's pid namespace: two containers on one machine count their processes apart.
fn boot_id() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
    if boot.trim().is_empty() { String::new() } else { format!("{}/{namespace}", boot.trim()) }
}

/// What the kernel says of a process; `None` where there is none, or where it is hidden.
fn seen(proc: &Path, pid: i32) -> Option<String> {
    fs::read_to_string(proc.join(pid.to_string()).join("stat")).ok()
}

/// When a process started, in clock ticks since boot; `None` for a zombie: nothing of it works.
fn started(stat: &str) -> Option<i64> {
    // The name in parentheses may hold anything: the fields begin after the last one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_is_not_gone_and_a_number_used_again_is() {
        let here = Worker::here();
        assert!(!here.is_gone());
        assert!(Worker { process_started: here.process_started - 1, ..here.clone() }.is_gone());
        assert!(!Worker { boot_id: "another boot".to_owned(), pid: 1, ..here }.is_gone());
    }
    #[test]
    fn of_a_process_that_is_hidden_nothing_is_known() {
        let proc = tempfile::tempdir().unwrap();
        let show = |pid: &str, state: &str, started: i64| {
            fs::create_dir_all(proc.path().join(pid)).unwrap();
            let fields = format!("{pid} (ad) sync) {state} {}{started} 0", "0 ".repeat(18));
            fs::write(proc.path().join(pid).join("stat"), fields).unwrap();
        };
        let other = Worker { pid: 42, process_started: 7, ..Worker::here() };
        assert!(!other.is_gone_from(proc.path()), "nobody is seen, not even the first process");
        show("42", "S", 7);
        assert!(!other.is_gone_from(proc.path()));
        show("42", "S", 8);
        assert!(other.is_gone_from(proc.path()), "its number was used again");
        show("42", "Z", 7);
        assert!(other.is_gone_from(proc.path()), "a zombie works on nothing");
        fs::remove_dir_all(proc.path().join("42")).unwrap();
        show("1", "S", 0);
        assert!(other.is_gone_from(proc.path()));
    }
}
