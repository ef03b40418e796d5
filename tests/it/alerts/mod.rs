//! Who is told of what: each cause once, its end too, whatever happens to the receiver, and never a secret.

mod away;
mod causes;
mod check;
mod daemons;
mod delivery;
mod kept;

use graph_sim::{AccountSpec, Fault, Rule, Sim, When, WorldSpec};

use crate::support::binary::{Binary, Finished};
use crate::support::receiver::Receiver;
use crate::support::scene::{Scene, spec};

/// The scene's account and two others, in the same zone.
fn three() -> WorldSpec {
    let mut accounts = spec().accounts;
    let zone = accounts[0].zone;
    for (id, name) in [(77, "Beta <!channel>"), (78, "Gama")] {
        accounts.push(AccountSpec { zone, ..AccountSpec::new(id, name) });
    }
    spec().accounts(accounts)
}

const THREE: &str = "act_1029384756102938,act_77,act_78";

/// A scene with somebody who is told.
struct Told {
    scene: Scene,
    receiver: Receiver,
}

impl Told {
    async fn of(world: WorldSpec) -> Self {
        Self { scene: Scene::of(world.build()).await, receiver: Receiver::start().await }
    }

    /// `adsync` that knows whom to tell.
    fn adsync(&self, arguments: &[&str]) -> Binary {
        self.scene.adsync(arguments).env("ADSYNC_WEBHOOK_URL", self.receiver.url())
    }

    /// `adsync sync`, which has to end with this status.
    async fn sync(&self, code: i32) -> Finished {
        ended(self.adsync(&["sync"]), code).await
    }

    /// The same for three accounts.
    async fn sync_three(&self, code: i32) -> Finished {
        ended(self.adsync(&["sync"]).env("ADSYNC__META__ACCOUNTS", THREE), code).await
    }

    /// Lets every call of these accounts fail, or all calls.
    fn fail(&self, fault: Fault, account: Option<&str>) {
        fail(&self.scene.sim, fault, account);
    }

    /// As if so much time had passed since something was told, or tried.
    async fn later(&self, interval: &str) {
        let earlier = |column: &str| format!("{column} = {column} - interval '{interval}'");
        let columns = ["sent_at", "next_try_at"].map(earlier).join(", ");
        self.scene.db.execute(&format!("update sync_alerts set {columns}")).await;
    }
}

async fn ended(binary: Binary, code: i32) -> Finished {
    let finished = binary.run().await;
    assert_eq!(finished.code(), code, "{finished:?}");
    finished
}

fn fail(sim: &Sim, fault: Fault, account: Option<&str>) {
    let when = When { account: account.map(str::to_owned), ..When::default() };
    sim.faults().add(Rule { fault, when });
}

fn pair(cause: &str, state: &str) -> (String, String) {
    (cause.to_owned(), state.to_owned())
}
