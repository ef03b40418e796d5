//! What the tests stand on: a database of their own, the real binary, a simulator with its truth, a free port.

pub(crate) mod binary;
pub(crate) mod browser;
pub(crate) mod by_hand;
pub(crate) mod chance;
pub(crate) mod database;
pub(crate) mod left;
pub(crate) mod faketime;
pub(crate) mod moment;
pub(crate) mod pooler;
pub(crate) mod promql;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod reference;
pub(crate) mod role;
pub(crate) mod scene;
pub(crate) mod schema;
pub(crate) mod standby;
pub(crate) mod stoppable;
pub(crate) mod supabase;
pub(crate) mod terminal;
pub(crate) mod tokens;
pub(crate) mod truth;
pub(crate) mod under_way;
pub(crate) mod way;
pub(crate) mod wire;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

/// The private server, compiled in here too, so that the tests have a database without the feature `demo`.
#[path = "../../../src/demo/server/mod.rs"]
#[expect(unreachable_pub, reason = "the same file is public in the library")]
pub(crate) mod server;

/// Waits for something that nobody announces. It takes a moment; where it does not come the test fails.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < binary::PATIENCE, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A port on loopback that nobody used a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn a_free_port_can_be_listened_on() {
    assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).is_ok());
}
