//! One address for several worlds: which of them a call meets, its token decides. So each token reads what its own
//! simulator shows, as tokens of several businesses do.

use graph_sim::{SettingsChange, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The address of several simulators, by their tokens.
pub(crate) struct ByToken {
    /// What `meta.base_url` is told.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl ByToken {
    /// Gives each simulator its token and opens the way to all of them. A call with another token meets the first.
    pub(crate) async fn open(sims: &[(&Sim, &str)]) -> Self {
        for (sim, token) in sims {
            sim.set(SettingsChange { token: Some((*token).to_owned()), ..SettingsChange::default() });
        }
        let routes: Vec<(String, std::net::SocketAddr)> =
            sims.iter().map(|(sim, token)| (format!("Bearer {token}\r\n"), sim.address())).collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let mut calls = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                calls.spawn(pass(near, routes.clone()));
            }
        });
        Self { url, task }
    }
}

impl Drop for ByToken {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes one call and its answer. The connection ends with it, so that the next call may go another way.
async fn pass(mut near: TcpStream, routes: Vec<(String, std::net::SocketAddr)>) -> std::io::Result<()> {
    let mut head = Vec::new();
    let end = loop {
        if near.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&head[..end + 2]).into_owned();
    let (_, address) = routes.iter().find(|(token, _)| text.contains(token)).unwrap_or(&routes[0]);
    let mut far = TcpStream::connect(address).await?;
    far.write_all(text.as_bytes()).await?;
    far.write_all(b"connection: close\r\n\r\n").await?;
    far.write_all(&head[end + 4..]).await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
