//! A terminal as a person has one in front of them: a pseudo-terminal that the binary writes to, and what stood on it.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::Instant;

use super::binary::PATIENCE;

/// The binary at work on a terminal of 50 lines with 200 letters each.
pub(crate) struct Shown {
    child: Child,
    pieces: UnboundedReceiver<String>,
    /// All that was written to the terminal so far, its control sequences included.
    pub(crate) text: String,
}

impl Shown {
    /// Starts a command whose stdout and stderr are the terminal.
    pub(crate) fn start(mut command: Command) -> Self {
        command.kill_on_drop(true);
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        tcsetwinsize(&controller, Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let path = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        // It is nobody's controlling terminal: signals go to the process.
        let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
        let open = || OpenOptions::new().read(true).write(true).custom_flags(flags).open(&path).unwrap();
        command.env("TERM", "xterm-256color").stdout(Stdio::from(open())).stderr(Stdio::from(open()));
        let child = command.spawn().unwrap();
        // Ours of its ends close with it: the last writer's end is the end of what can be read.
        drop(command);
        let (sender, pieces) = mpsc::unbounded_channel();
        std::thread::spawn(move || pass_on(controller, &sender));
        Self { child, pieces, text: String::new() }
    }

    /// Waits until a text stands on the terminal.
    pub(crate) async fn shows(&mut self, text: &str) {
        let patience = Instant::now() + PATIENCE;
        while !self.text.contains(text) {
            let piece = tokio::time::timeout_at(patience, self.pieces.recv()).await;
            let Ok(Some(piece)) = piece else { panic!("{text:?} never stood there:\n{}", self.text) };
            self.text.push_str(&piece);
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.id().unwrap().cast_signed();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Waits for the end: the exit status, and all that was written.
    pub(crate) async fn finish(mut self) -> (i32, String) {
        let ended = async {
            while let Some(piece) = self.pieces.recv().await {
                self.text.push_str(&piece);
            }
            self.child.wait().await.unwrap()
        };
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        let status = ended.unwrap_or_else(|_| panic!("it did not end"));
        (status.code().unwrap_or(-1), self.text)
    }
}

fn pass_on(controller: OwnedFd, to: &mpsc::UnboundedSender<String>) {
    let mut controller = File::from(controller);
    let (mut buffer, mut kept) = ([0; 4096], Vec::new());
    // Where nobody holds the other end any more, reading fails.
    while let Ok(count) = controller.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..count]);
        // A letter may have been cut in two.
        let whole = match std::str::from_utf8(&kept) {
            Ok(_) => kept.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = kept.split_off(whole);
        if count == 0 || to.send(String::from_utf8_lossy(&kept).into_owned()).is_err() {
            return;
        }
        kept = rest;
    }
}
