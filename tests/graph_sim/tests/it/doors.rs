//! Doors.
use crate::support::{ACT, get, target};
use graph_sim::{DEFAULT_TOKEN, Sim, World};
use std::io::Write as _;
use std::net::TcpStream;

/// A call is recorded when it was answered, whoever came in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_names_its_door_also_where_its_caller_did_not_wait() {
    let sim = Sim::start(World::small()).await.expect("start");
    let door = sim.door().await.expect("a door");
    let batch = format!(r#"[{{"method":"GET","relative_url":"{ACT}"}}]"#);
    let target = target("", &[("batch", &batch)]);
    {
        let _held = sim.world();
        let mut caller = TcpStream::connect(door.address()).expect("connect");
        let head = format!("POST {target} HTTP/1.1\r\nAuthorization: Bearer {DEFAULT_TOKEN}\r\nHost: sim\r\n\r\n");
        caller.write_all(head.as_bytes()).expect("write");
        while sim.counts().in_flight == 0 {
            std::thread::yield_now();
        }
        drop(caller);
        assert_eq!(sim.counts().total, 0);
    }
    get(&sim, ACT, &[]).await;
    while sim.counts().total < 3 {
        tokio::task::yield_now().await;
    }
    let mut doors: Vec<_> = sim.calls().iter().map(|call| (call.is_part, call.door)).collect();
    doors.sort_unstable();
    assert_eq!(doors, [(false, 0), (false, door.number()), (true, door.number())]);
}
