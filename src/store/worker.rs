//! Who holds a lease: one process, on one boot of one machine.

use std::fs;

use uuid::Uuid;

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
            process_started: started(pid).unwrap_or_default(),
        }
    }

    /// Whether the process is known to be gone. Of another machine, boot or namespace nothing is known.
    pub fn is_gone(&self) -> bool {
        !self.boot_id.is_empty() && self.boot_id == boot_id() && started(self.pid) != Some(self.process_started)
    }
}

/// The machine's boot and this process's pid namespace: two containers on one machine count their processes apart.
fn boot_id() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
    if boot.trim().is_empty() { String::new() } else { format!("{}/{namespace}", boot.trim()) }
}

/// When a process started, in clock ticks since boot; `None` where there is none. A zombie is gone: nothing of it works.
fn started(pid: i32) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
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
}
