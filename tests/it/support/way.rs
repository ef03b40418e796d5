//! The way to a server: it breaks when it is dropped, and may lead to another server when it is opened again.

use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// The way to a server, which breaks when it is dropped.
pub(crate) struct Way {
    pub(crate) port: u16,
    server: Arc<Mutex<(String, u16)>>,
    silence: CancellationToken,
    task: JoinHandle<()>,
}

impl Way {
    /// Opens it on a port; 0 takes a free one.
    pub(crate) async fn open(port: u16, server: (String, u16)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::new(Mutex::new(server));
        let leads_to = Arc::clone(&server);
        let silence = CancellationToken::new();
        let silenced = silence.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let server = leads_to.lock().unwrap().clone();
                let silenced = silenced.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(server).await?;
                    tokio::select! {
                        () = silenced.cancelled() => std::future::pending().await,
                        copied = tokio::io::copy_bidirectional(&mut near, &mut far) => copied,
                    }
                });
            }
        });
        Self { port, server, silence, task }
    }

    /// Lets nothing through any more, in neither direction, and breaks no connection: the other end is gone without a word.
    pub(crate) fn fall_silent(&self) {
        self.silence.cancel();
    }

    /// Lets it lead to another server from now on.
    pub(crate) fn lead_to(&self, server: (String, u16)) {
        *self.server.lock().unwrap() = server;
    }

    /// An address with the server in it replaced by this way to it.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The host and port of an address.
pub(crate) fn server_of(url: &str) -> (String, u16) {
    let url = url::Url::parse(url).unwrap();
    (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432))
}
