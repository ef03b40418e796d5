//! The wish to stop: SIGTERM and SIGINT become a cancelled token, a second one ends the process at once.
//!
//! Everything else takes the token alone and cannot tell a signal from any other reason to stop.

use std::io;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long the last lines of the log may take where the process ends at once.
const LAST_LINES: Duration = Duration::from_millis(50);

/// A signal that asks the process to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, as ctrl-c sends it.
    Interrupt,
    /// SIGTERM, as service managers and containers send it.
    Terminate,
}

impl Signal {
    /// Gives the exit status that tells a parent process which signal ended this one.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    /// Gives the signal's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

impl From<Signal> for ExitCode {
    fn from(signal: Signal) -> Self {
        signal.exit_status().into()
    }
}

/// Listens for signals for as long as it lives.
#[derive(Debug)]
pub struct Shutdown {
    token: CancellationToken,
    first: Arc<OnceLock<Signal>>,
    listeners: Vec<JoinHandle<()>>,
}

impl Shutdown {
    /// Starts listening, on the runtime that this is called from.
    pub fn listen() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(4);
        let mut shutdown = Self::follow(receiver, |signal| {
            // The log's threads write what was said last.
            std::thread::sleep(LAST_LINES);
            std::process::exit(signal.exit_status().into())
        });
        for (kind, meaning) in
            [(SignalKind::interrupt(), Signal::Interrupt), (SignalKind::terminate(), Signal::Terminate)]
        {
            let mut stream = signal(kind)?;
            let sender = sender.clone();
            shutdown.listeners.push(tokio::spawn(async move {
                while stream.recv().await.is_some() && sender.send(meaning).await.is_ok() {}
            }));
        }
        Ok(shutdown)
    }

    /// Gives a token that is cancelled by the first signal.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Tells which signal came first, if one came.
    pub fn signal(&self) -> Option<Signal> {
        self.first.get().copied()
    }

    /// Acts on signals from a channel: the first cancels, the second gives up.
    fn follow(mut signals: mpsc::Receiver<Signal>, give_up: impl Fn(Signal) + Send + 'static) -> Self {
        let token = CancellationToken::new();
        let first = Arc::new(OnceLock::new());
        let (cancel, remember) = (token.clone(), Arc::clone(&first));
        let follower = tokio::spawn(async move {
            while let Some(signal) = signals.recv().await {
                if remember.set(signal).is_ok() {
                    info!(signal = signal.name(), "stopping; a second signal ends the process at once");
                    cancel.cancel();
                } else {
                    warn!(signal = signal.name(), "stopping at once");
                    give_up(signal);
                }
            }
        });
        Self { token, first, listeners: vec![follower] }
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_signal_cancels_and_is_remembered() {
        let (sender, receiver) = mpsc::channel(4);
        let shutdown = Shutdown::follow(receiver, |_| {});
        assert_eq!(shutdown.signal(), None);
        assert!(!shutdown.token().is_cancelled());
        sender.send(Signal::Terminate).await.unwrap();
        shutdown.token().cancelled().await;
        assert_eq!(shutdown.signal(), Some(Signal::Terminate));
    }

    #[tokio::test]
    async fn a_second_signal_gives_up_with_its_own_status() {
        let (sender, receiver) = mpsc::channel(4);
        let (given_up, mut status) = mpsc::unbounded_channel();
        let shutdown = Shutdown::follow(receiver, move |signal| given_up.send(signal.exit_status()).unwrap());
        sender.send(Signal::Terminate).await.unwrap();
        sender.send(Signal::Interrupt).await.unwrap();
        assert_eq!(status.recv().await, Some(130));
        assert_eq!(shutdown.signal(), Some(Signal::Terminate));
    }

    #[test]
    fn statuses_are_those_of_a_shell() {
        assert_eq!([Signal::Interrupt, Signal::Terminate].map(Signal::exit_status), [130, 143]);
    }
}
