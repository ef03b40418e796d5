//! Distance: something before the database that hands every byte on a little later, in both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection};

use super::Outcome;

/// Starts it before the server of an address. Gives the address of the same database at that distance.
///
/// Threads rather than tasks: they sleep as long as they are told, where a timer of the runtime rounds up to whole ms.
pub(crate) fn before(url: &str, round_trip: Duration) -> Outcome<String> {
    let mut url = url::Url::parse(url)?;
    let target = (url.host_str().unwrap_or("127.0.0.1").to_owned(), url.port().unwrap_or(5432));
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    url.set_port(Some(listener.local_addr()?.port())).map_err(|()| "no port")?;
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(&target) else { continue };
            let ends = (near.try_clone(), far.try_clone());
            if let (Ok(near_too), Ok(far_too)) = ends {
                carry(near, far_too, round_trip / 2);
                carry(far, near_too, round_trip / 2);
            }
        }
    });
    Ok(url.into())
}

/// The time that an answer takes, of several the shortest.
pub(crate) async fn round_trip(url: &str) -> Outcome<Duration> {
    let mut connection = PgConnection::connect(url).await?;
    let mut shortest = Duration::MAX;
    for _ in 0..20 {
        let began = Instant::now();
        connection.execute(sqlx::raw_sql("select 1")).await?;
        shortest = shortest.min(began.elapsed());
    }
    connection.close().await?;
    Ok(shortest)
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    from.set_nodelay(true).ok();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let chunk = buffer.get(..count).unwrap_or_default().to_vec();
            if sender.send((Instant::now() + delay, chunk)).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        to.set_nodelay(true).ok();
        for (due, chunk) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&chunk).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Both).ok();
    });
}
