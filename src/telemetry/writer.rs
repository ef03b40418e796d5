//! A writer that goes on where the disk is full or the reader has gone, and counts what it could not write.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::warn;

/// Writes lines, one a call, and never fails: the thread that writes the log would keep a failure to itself.
#[derive(Debug)]
pub(super) struct Steady<W> {
    inner: W,
    /// What is written to, as messages name it.
    place: &'static str,
    /// Lines that were not written, of all writers of the process.
    unwritten: Arc<AtomicU64>,
    /// How many of this writer's last lines were not.
    failing: u64,
    /// Whether a line was broken off in its middle.
    is_broken: bool,
}

impl<W: Write> Steady<W> {
    pub(super) fn new(inner: W, place: &'static str, unwritten: Arc<AtomicU64>) -> Self {
        Self { inner, place, unwritten, failing: 0, is_broken: false }
    }

    /// Writes a line whole, on a line of its own.
    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_broken {
            self.inner.write_all(b"\n")?;
            self.is_broken = false;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match self.inner.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            self.is_broken = !rest.is_empty();
        }
        Ok(())
    }
}

impl<W: Write> Write for Steady<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // What is said here reaches the log's other place at once, and this one in its turn.
        match self.put(line) {
            Ok(()) if self.failing > 0 => {
                warn!(place = self.place, lost = self.failing, "the log can be written again");
                self.failing = 0;
            }
            Ok(()) => {}
            Err(error) => {
                self.unwritten.fetch_add(1, Ordering::Relaxed);
                if self.failing == 0 {
                    warn!(place = self.place, %error, "the log cannot be written: its lines are lost until it can");
                }
                self.failing += 1;
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // A line that a flush fails for was written before, as far as it can be known.
        self.inner.flush().or(Ok(()))
    }
}
