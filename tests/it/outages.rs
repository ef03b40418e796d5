//! A server that stops and starts at random instants of a sync, in good order or not: the sync waits, Meta is left alone
//! meanwhile, and what is left is what any sync leaves.

use crate::support::binary::Binary;
use crate::support::chance::Chance;
use crate::support::scene::{Scene, spec};
use crate::support::stoppable::{Stop, Stoppable};
use crate::support::until;
use crate::support::wire::{Fate, Wire};

/// Slices side by side.
const ABREAST: u64 = 3;

/// A scene whose database stops. Dropped before its server.
pub(crate) struct Frail {
    pub(crate) scene: Scene,
    pub(crate) wire: Wire,
    messages: u64,
    expected: (Vec<String>, Vec<Vec<String>>, u64),
    chance: Chance,
}

impl Frail {
    /// `url` is where the scene's database is reached, over the wire.
    pub(crate) async fn of(scene: Scene, url: &str) -> Self {
        let migrated = scene.adsync(&["migrate"]).run().await;
        assert_eq!(migrated.code(), 0, "{migrated:?}");
        let wire = Wire::to(url).await;
        let mut frail = Self { scene, wire, messages: 0, expected: Default::default(), chance: Chance::new() };
        frail.expected = frail.synced(async || {}).await;
        frail.messages = frail.wire.messages();
        frail
    }

    fn sync(&self) -> Binary {
        let binary = self.scene.adsync(&["sync"]).env("DATABASE_URL", self.wire.url(self.scene.db.direct_url()));
        binary.env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", ABREAST.to_string())
    }

    /// What a sync leaves while something else happens: data, records, and calls of Meta.
    async fn synced(&self, meanwhile: impl AsyncFnOnce()) -> (Vec<String>, Vec<Vec<String>>, u64) {
        let (finished, ()) = tokio::join!(self.sync().run(), meanwhile());
        assert_eq!(finished.code(), 0, "{finished:?}");
        self.scene.nothing_is_left_running().await;
        (self.scene.left().await, self.scene.records().await, self.scene.sim.counts().total)
    }

    /// Lets a sync lose its database at an instant of chance. It stays away for as long as one thing takes, and is back
    /// after another.
    pub(crate) async fn lose(
        &mut self,
        end: impl FnOnce() + Send + 'static,
        away: impl AsyncFnOnce(),
        back: impl AsyncFnOnce(),
    ) {
        self.scene.start_over().await;
        let message = self.chance.between(1, self.messages);
        let torn = Fate::Torn(u16::try_from(self.chance.between(1, 999)).unwrap());
        let fate = self.chance.pick(&[Fate::Unsaid, torn, Fate::Unheard]);
        let (ended, is_over) = tokio::sync::oneshot::channel();
        self.wire.breaks_at(message, fate, move || {
            end();
            ended.send(()).ok();
        });
        let meanwhile = async || {
            is_over.await.unwrap();
            // Those that were on their way, however slow the machine is.
            until("quiet", async || self.scene.sim.counts().in_flight == 0).await;
            let asked = self.scene.sim.counts().total;
            away().await;
            // Each slice may have had one more to ask until it was told, and one to fill its batch.
            let more = self.scene.sim.counts().total - asked;
            assert!(more <= 2 * ABREAST, "{more} calls for rows that could not be kept");
            back().await;
        };
        let left = self.synced(meanwhile).await;
        assert_eq!(left, self.expected, "{fate:?} {message} of {}", self.messages);
    }
}

async fn stop_and_start(stops: impl Iterator<Item = Stop>) {
    let mut server = Stoppable::start().await;
    let scene = Scene::on(server.url(), spec().statuses(100, 100, 100).build()).await;
    let url = scene.db.direct_url().to_owned();
    let mut frail = Frail::of(scene, &url).await;
    for stop in stops {
        let end = server.stopper(stop);
        // The way to it is opened last.
        let server = tokio::sync::Mutex::new(&mut server);
        let away = async || server.lock().await.start_again().await;
        frail.lose(end, away, async || server.lock().await.open()).await;
    }
    drop(frail);
    server.stopped().await;
}

#[tokio::test]
async fn a_server_that_stops_at_any_instant_and_starts_again_costs_neither_a_row_nor_a_call() {
    stop_and_start([Stop::Immediate, Stop::Fast, Stop::Immediate].into_iter()).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo test --test it -- --ignored fifty_stops`"]
async fn fifty_stops_of_the_server_cost_neither_a_row_nor_a_call() {
    stop_and_start((0..50).map(|number| [Stop::Immediate, Stop::Fast][number % 2])).await;
}
