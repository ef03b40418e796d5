//! How many may be connected at once, and for how long: whoever holds a connection and says nothing takes one of a few seats,
//! not the descriptors that the database needs. Whoever asks and does not read the answer says nothing, too. Neighbours on this
//! machine, the health check among them, have seats of their own.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::debug;

/// Connections from other machines, and as many from this one.
const SEATS: usize = 64;
/// How long nothing may come from a connection nor be taken by it. Longer than an answer may take, which nobody interrupts.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a connection may be used in all: a reader opens another one.
const WHOLE: Duration = Duration::from_secs(300);

/// A listener that gives each connection a seat, and closes those for which there is none.
#[derive(Debug)]
pub(super) struct Seats {
    listener: TcpListener,
    far: Arc<Semaphore>,
    near: Arc<Semaphore>,
    silence: Duration,
    whole: Duration,
}

/// A connection in its seat.
#[derive(Debug)]
pub(super) struct Seated {
    stream: TcpStream,
    silent: Pin<Box<Sleep>>,
    silence: Duration,
    over_at: Instant,
    /// Given back when the connection ends.
    _seat: OwnedSemaphorePermit,
}

impl Seats {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self::of(listener, SEATS, SILENCE, WHOLE)
    }

    fn of(listener: TcpListener, seats: usize, silence: Duration, whole: Duration) -> Self {
        let (far, near) = (Arc::new(Semaphore::new(seats)), Arc::new(Semaphore::new(seats)));
        Self { listener, far, near, silence, whole }
    }
}

impl Listener for Seats {
    type Io = Seated;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Seated, SocketAddr) {
        loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let seats = if peer.ip().to_canonical().is_loopback() { &self.near } else { &self.far };
            let Ok(seat) = Arc::clone(seats).try_acquire_owned() else {
                debug!(%peer, "a connection was closed: all seats are taken");
                continue;
            };
            let now = Instant::now();
            let silent = Box::pin(sleep_until(now + self.silence));
            let seated = Seated { stream, silent, silence: self.silence, over_at: now + self.whole, _seat: seat };
            return (seated, peer);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Seated {
    /// Passes on what the stream says to a step. One that moved begins the silence anew; one that waits does so until the
    /// silence is over.
    fn watch<T>(&mut self, cx: &mut Context<'_>, step: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if step.is_ready() {
            let silent_at = (Instant::now() + self.silence).min(self.over_at);
            self.silent.as_mut().reset(silent_at);
            return step;
        }
        ready!(self.silent.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Seated {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.watch(cx, read)
    }
}

impl AsyncWrite for Seated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    // A socket has nothing to flush, and closes at once.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const LARGE: &[u8] = b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n";

    async fn served(seats: usize, silence: Duration, whole: Duration) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let large = || async { "x".repeat(16 << 20) };
        let router = Router::new().route("/", get(|| async { "here" })).route("/large", get(large));
        tokio::spawn(async move { axum::serve(Seats::of(listener, seats, silence, whole), router).await });
        address
    }

    /// Whether a request is answered; a connection that is closed answers nothing.
    async fn answers(stream: &mut TcpStream) -> bool {
        let mut answer = [0; 512];
        if stream.write_all(REQUEST).await.is_err() {
            return false;
        }
        let read = stream.read(&mut answer).await.unwrap_or(0);
        String::from_utf8_lossy(&answer[..read]).ends_with("here")
    }

    /// Waits until the other side closes.
    async fn ends(stream: &mut TcpStream) {
        while stream.read(&mut [0; 512]).await.unwrap_or(0) > 0 {}
    }

    #[tokio::test]
    async fn whoever_comes_when_all_seats_are_taken_is_closed_and_a_seat_comes_free_again() {
        let address = served(2, WHOLE, WHOLE).await;
        let mut seated = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        for stream in &mut seated {
            assert!(answers(stream).await);
        }
        assert!(!answers(&mut TcpStream::connect(address).await.unwrap()).await);
        let [first, mut second] = seated;
        drop(first);
        while !answers(&mut TcpStream::connect(address).await.unwrap()).await {}
        assert!(answers(&mut second).await, "who sits keeps the seat");
    }

    #[tokio::test]
    async fn whoever_says_nothing_or_too_little_for_too_long_is_closed() {
        let moment = Duration::from_millis(50);
        let address = served(8, moment, WHOLE).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        ends(&mut silent).await;
        let mut halting = TcpStream::connect(address).await.unwrap();
        halting.write_all(b"GET / HTTP/1.1\r\nhost").await.unwrap();
        ends(&mut halting).await;
        let address = served(8, WHOLE, moment).await;
        let mut used = TcpStream::connect(address).await.unwrap();
        assert!(answers(&mut used).await);
        ends(&mut used).await;
    }

    #[tokio::test]
    async fn whoever_asks_and_never_reads_the_answers_loses_the_seat() {
        let moment = Duration::from_millis(50);
        for (silence, whole) in [(moment, WHOLE), (WHOLE, moment)] {
            let address = served(1, silence, whole).await;
            let mut unread = TcpStream::connect(address).await.unwrap();
            // One question behind another: what is asked is not looked at before what was asked first is answered.
            let questions = [LARGE, LARGE, LARGE].concat();
            unread.write_all(&questions).await.unwrap();
            let another = async { while !answers(&mut TcpStream::connect(address).await.unwrap()).await {} };
            tokio::time::timeout(SILENCE, another).await.expect("the seat comes free");
            drop(unread);
        }
    }
}
