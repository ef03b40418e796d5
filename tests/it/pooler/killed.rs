//! A pooler that is killed at random instants of a sync: all connections break, and what is left is what any sync leaves.

use crate::outages::Frail;
use crate::support::pooler::{Pooler, TRANSACTION};
use crate::support::scene::{Scene, spec};

async fn kill_and_start(kills: u32) {
    let scene = Scene::of(spec().statuses(100, 100, 100).build()).await;
    let mut pooler = Pooler::start(scene.db.direct_url(), TRANSACTION).await;
    let url = pooler.url(scene.db.direct_url());
    let mut frail = Frail::of(scene, &url).await;
    for _ in 0..kills {
        let (end, back) = (pooler.killer(), async || {
            pooler.kill();
            pooler.start_again().await;
        });
        frail.lose(end, async || {}, back).await;
    }
}

#[tokio::test]
async fn a_pooler_that_is_killed_at_any_instant_costs_neither_a_row_nor_a_call() {
    kill_and_start(4).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo test --test it -- --ignored fifty_kills_of_the_pooler`"]
async fn fifty_kills_of_the_pooler_cost_neither_a_row_nor_a_call() {
    kill_and_start(50).await;
}
