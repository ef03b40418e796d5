//! A connection that breaks at any message of a sync: no row, no count and no call of Meta is lost or doubled by it.

use crate::support::binary::Binary;
use crate::support::chance::Chance;
use crate::support::scene::{Scene, spec};
use crate::support::wire::{Fate, Wire};

/// A scene whose binaries reach the database over a wire.
struct Wired {
    scene: Scene,
    wire: Wire,
}

impl Wired {
    async fn new() -> Self {
        let scene = Scene::of(spec().statuses(100, 100, 100).build()).await;
        let wire = Wire::to(scene.db.url()).await;
        scene.adsync(&["migrate"]).run().await;
        Self { scene, wire }
    }

    /// One question at a time, so that every message of every sync has the same number.
    fn sync(&self) -> Binary {
        let binary = self.scene.adsync(&["sync"]).env("DATABASE_URL", self.wire.url(self.scene.db.url()));
        binary.env("ADSYNC__META__MAX_CONCURRENCY", "1").env("ADSYNC__META__PAGE_SIZE", "50")
    }

    /// What a sync of empty tables leaves, how often it asked Meta, and how many messages the wire carried.
    async fn synced(&self) -> (Left, u64) {
        let finished = self.sync().run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        self.scene.nothing_is_left_running().await;
        let left = (self.scene.left().await, self.scene.records().await, self.scene.sim.counts().total);
        (left, self.wire.messages())
    }
}

/// Data, records, and calls of Meta.
type Left = (Vec<String>, Vec<Vec<String>>, u64);

/// Lets syncs meet a wire that breaks at instants that are chosen when it is known how many messages one has.
async fn break_at<I: Iterator<Item = (u64, Fate)>>(instants: impl FnOnce(u64) -> I) {
    let wired = Wired::new().await;
    wired.wire.holds();
    let (expected, messages) = wired.synced().await;
    for (message, fate) in instants(messages) {
        wired.scene.start_over().await;
        wired.wire.breaks_at(message, fate, || {});
        let (left, _) = wired.synced().await;
        assert!(wired.wire.is_broken(), "{fate:?} {message} of {messages} never came");
        assert_eq!(left, expected, "{fate:?} {message} of {messages}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_at_any_message_costs_neither_a_row_nor_a_call() {
    let mut chance = Chance::new();
    let instants = |messages: u64| {
        (0..24).map(move |number| {
            let torn = Fate::Torn(u16::try_from(chance.between(1, 999)).unwrap());
            // One in every part of the sync.
            let message = chance.between(1 + number * messages / 24, (number + 1) * messages / 24);
            (message, chance.pick(&[Fate::Unsaid, torn, Fate::Unheard]))
        })
    };
    break_at(instants).await;
}

#[tokio::test]
#[ignore = "takes many minutes: `cargo test --test it -- --ignored at_every_message`"]
async fn a_connection_that_breaks_at_every_message_costs_neither_a_row_nor_a_call() {
    let fates = [Fate::Unsaid, Fate::Torn(500), Fate::Unheard];
    break_at(|messages| (1..=messages).flat_map(move |message| fates.map(|fate| (message, fate)))).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo test --test it -- --ignored falls_silent`"]
async fn a_connection_that_falls_silent_is_given_up_and_costs_neither_a_row_nor_a_call() {
    let mut chance = Chance::new();
    let instants: Vec<u64> = (0..8).map(|part| 125 * part + chance.between(0, 124)).collect();
    let silent = instants.into_iter().map(|thousandths| async move {
        let wired = Wired::new().await;
        wired.wire.holds();
        let (expected, messages) = wired.synced().await;
        wired.scene.start_over().await;
        let message = 1 + messages * thousandths / 1_000;
        wired.wire.breaks_at(message, Fate::Swallowed, || {});
        let running = wired.sync().start();
        let began = std::time::Instant::now();
        // Longer than others wait: the server itself may work for two minutes.
        while !running.has_ended() {
            assert!(began.elapsed().as_secs() < 400, "it waits for {message} of {messages} for ever");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{message} of {messages}: {finished:?}");
        let left = (wired.scene.left().await, wired.scene.records().await, wired.scene.sim.counts().total);
        assert_eq!(left, expected, "{message} of {messages}");
        eprintln!("silent at {message} of {messages}: done after {:?}", began.elapsed());
        wired
    });
    drop(futures_util::future::join_all(silent).await);
}
