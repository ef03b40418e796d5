//! The wish for a census that is true now: whoever asks for a run by hand may have just added an account.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long whoever asks waits for it: Meta may be slow, and the census there is will do.
const WITHIN: Duration = Duration::from_secs(10);

/// Where the wish goes. Clones share it.
#[derive(Debug, Clone)]
pub struct Recount(mpsc::Sender<oneshot::Sender<()>>);

/// Where it is heard.
pub(super) type Wishes = mpsc::Receiver<oneshot::Sender<()>>;

impl Recount {
    pub(super) fn new() -> (Self, Wishes) {
        let (sender, wishes) = mpsc::channel(8);
        (Self(sender), wishes)
    }

    /// Has the accounts counted and waits for that a little.
    pub async fn now(&self) {
        let (done, counted) = oneshot::channel();
        let counting = async {
            if self.0.send(done).await.is_ok() {
                counted.await.ok();
            }
        };
        if timeout(WITHIN, counting).await.is_err() {
            tracing::warn!("the accounts could not be counted anew in time: those that are known are taken");
        }
    }
}
