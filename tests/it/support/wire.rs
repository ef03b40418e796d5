//! The wire to a database: what goes over it is counted, and at a chosen message it breaks, or somebody is killed.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::way::server_of;

/// How far a message comes at which the wire breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The server never hears of it.
    Unsaid,
    /// So many thousandths of its bytes arrive: the server sees a client that left in the middle of a word.
    Torn(u16),
    /// The server does what it says, and its answer is lost.
    Unheard,
    /// The connection stays as it is, and nothing goes over it any more: nobody is told.
    Swallowed,
}

/// What happens when a message's time has come, besides that its connection breaks.
type Deed = Box<dyn FnOnce() + Send>;

/// A wire that breaks where it is told to. What counts as a message is all that a client sends before it waits for an
/// answer: a statement with its parameters, a begin, a commit.
pub(crate) struct Wire {
    port: u16,
    shared: Arc<Mutex<Shared>>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Shared {
    messages: u64,
    plan: Option<(When, Fate, Deed)>,
}

/// When it breaks.
enum When {
    /// At the message of this number.
    At(u64),
    /// At the commit of a transaction that said this.
    AtCommitOf(&'static str),
}

impl Wire {
    /// Lays it to the server of an address.
    pub(crate) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (server, shared) = (server_of(url), Arc::<Mutex<Shared>>::default());
        let counted = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let (server, shared) = (server.clone(), Arc::clone(&counted));
                connections.spawn(async move {
                    let far = TcpStream::connect(server).await?;
                    near.set_nodelay(true)?;
                    far.set_nodelay(true)?;
                    carry(near, far, &shared).await
                });
            }
        });
        Self { port, shared, _task: AbortOnDropHandle::new(task) }
    }

    /// An address, over this wire.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }

    /// How many messages there were since it was last told to break.
    pub(crate) fn messages(&self) -> u64 {
        self.shared.lock().unwrap().messages
    }

    /// Lets it break once, at the message of this number from now on, counted from 1, and does the deed at that instant.
    pub(crate) fn breaks_at(&self, message: u64, fate: Fate, deed: impl FnOnce() + Send + 'static) {
        *self.shared.lock().unwrap() = Shared { messages: 0, plan: Some((When::At(message), fate, Box::new(deed))) };
    }

    /// Lets it break once, at the commit of the next transaction that says some words.
    pub(crate) fn breaks_at_commit_of(&self, words: &'static str, fate: Fate) {
        let plan = Some((When::AtCommitOf(words), fate, Box::new(|| {}) as Deed));
        *self.shared.lock().unwrap() = Shared { messages: 0, plan };
    }

    /// Lets it hold from now on, and counts anew.
    pub(crate) fn holds(&self) {
        *self.shared.lock().unwrap() = Shared::default();
    }

    /// Whether it broke where it was told to.
    pub(crate) fn is_broken(&self) -> bool {
        self.shared.lock().unwrap().plan.is_none()
    }
}

impl Shared {
    /// Counts a message. Gives what becomes of it where its time has come. `said` is what its transaction said so far.
    fn count(&mut self, message: &[u8], said: &mut Vec<u8>) -> Option<(Fate, Deed)> {
        self.messages += 1;
        let (messages, holds) = (self.messages, |text: &[u8], words: &str| {
            text.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words.as_bytes()))
        });
        let is_end = holds(message, "commit") && message.len() < 20;
        let is_time = |plan: &mut (When, Fate, Deed)| match plan.0 {
            When::At(number) => number == messages,
            When::AtCommitOf(words) => is_end && holds(said, words),
        };
        let broken = self.plan.take_if(is_time).map(|(_, fate, deed)| (fate, deed));
        if is_end {
            said.clear()
        } else {
            said.extend(message)
        }
        broken
    }
}

/// Carries a connection until a side closes it, or its time has come.
async fn carry(near: TcpStream, far: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let ((mut said, mut near), (mut heard, mut far)) = (near.into_split(), far.into_split());
    start(&mut said, &mut far, &mut heard, &mut near).await?;
    let broken = tokio::select! {
        broken = messages(&mut said, &mut far, shared) => broken?,
        // A client hears the whole answer before it says more: nothing of it is lost with this copy.
        ended = tokio::io::copy(&mut heard, &mut near) => return ended.map(drop),
    };
    let Some((message, fate, deed)) = broken else { return Ok(()) };
    match fate {
        Fate::Unsaid => {}
        Fate::Torn(thousandths) => {
            let bytes = message.len() * usize::from(thousandths) / 1_000;
            far.write_all(message.get(..bytes).unwrap_or(&message)).await?;
        }
        Fate::Unheard => {
            far.write_all(&message).await?;
            until_ready(&mut heard).await?;
        }
        Fate::Swallowed => {
            deed();
            return std::future::pending().await;
        }
    }
    deed();
    Ok(())
}

/// Carries what a connection begins with: its first words have no type, and may be a wish for encryption first. The
/// login's words are not counted.
async fn start(
    said: &mut OwnedReadHalf,
    far: &mut OwnedWriteHalf,
    heard: &mut OwnedReadHalf,
    near: &mut OwnedWriteHalf,
) -> std::io::Result<()> {
    loop {
        let length = said.read_u32().await?;
        let mut words = vec![0; usize::try_from(length).unwrap() - 4];
        said.read_exact(&mut words).await?;
        far.write_u32(length).await?;
        far.write_all(&words).await?;
        if words[..4] != 80_877_103_u32.to_be_bytes() {
            break;
        }
        let answer = heard.read_u8().await?;
        assert_eq!(answer, b'N', "an encrypted wire cannot be read");
        near.write_u8(answer).await?;
    }
    // A login goes back and forth: each side is carried until the server is ready.
    loop {
        let (kind, body) = word(heard).await?;
        near.write_all(&body).await?;
        match (kind, body.get(5..9)) {
            (b'Z', _) => return Ok(()),
            // It is through, or the server is about to send more of its own accord.
            (b'R', Some([0, 0, 0, 0 | 12])) => {}
            (b'R', _) => {
                let (_, answer) = word(said).await?;
                far.write_all(&answer).await?;
            }
            _ => {}
        }
    }
}

/// Carries messages until the client leaves, or until the one comes whose fate is told.
async fn messages(
    said: &mut OwnedReadHalf,
    far: &mut OwnedWriteHalf,
    shared: &Mutex<Shared>,
) -> std::io::Result<Option<(Vec<u8>, Fate, Deed)>> {
    let (mut message, mut transaction) = (Vec::new(), Vec::new());
    loop {
        let (kind, words) = word(said).await?;
        message.extend(words);
        // A query, a sync, a flush: what comes after them waits for the answer. A farewell is none.
        if !matches!(kind, b'Q' | b'S' | b'H' | b'X') {
            continue;
        }
        let broken = if kind == b'X' { None } else { shared.lock().unwrap().count(&message, &mut transaction) };
        if let Some((fate, deed)) = broken {
            return Ok(Some((message, fate, deed)));
        }
        far.write_all(&message).await?;
        if kind == b'X' {
            return Ok(None);
        }
        message.clear();
    }
}

/// Listens to the server until it is ready for more.
async fn until_ready(heard: &mut OwnedReadHalf) -> std::io::Result<()> {
    while word(heard).await?.0 != b'Z' {}
    Ok(())
}

/// One word of the protocol, as it came, and its type.
async fn word(from: &mut OwnedReadHalf) -> std::io::Result<(u8, Vec<u8>)> {
    let kind = from.read_u8().await?;
    let length = from.read_u32().await?;
    let mut words = vec![kind];
    words.extend(length.to_be_bytes());
    words.resize(usize::try_from(length).unwrap() + 1, 0);
    from.read_exact(&mut words[5..]).await?;
    Ok((kind, words))
}
