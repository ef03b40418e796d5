//! Disks that fill up in the middle of a sync: that of one table, and that of the whole server.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;

use sqlx::Executor;

use crate::support::scene::{Scene, spec};
use crate::support::stoppable::Stoppable;
use crate::support::under_way::{ABREAST, DAYS, UnderWay};
use crate::support::until;

/// A small file system of a test's own. Dropped, it is gone.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, megabytes: u32) -> Self {
        std::fs::create_dir(&at).unwrap();
        let size = format!("size={megabytes}m,mode=755");
        let mount = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).status();
        assert!(mount.unwrap().success(), "this test mounts a file system, as root");
        Self(at)
    }

    /// Fills it to the last block.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        while filler.write_all(&[0; 4_096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[tokio::test]
#[ignore = "mounts a file system, as root: `cargo test --test it -- --ignored disk`"]
async fn a_disk_that_fills_up_ends_the_run_with_advice_and_the_next_reads_the_rest() {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let disk = SmallDisk::mount(home.path().join("small"), 24);
    let mut server = Stoppable::start().await;
    let scene = Scene::on(server.url(), spec().days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let at = disk.0.join("tablespace");
    std::fs::create_dir(&at).unwrap();
    chown(&at, Some(std::fs::metadata(server.data()).unwrap().uid()), None).unwrap();
    for statement in [
        format!("create tablespace small location '{}'", at.display()),
        "alter table adset_insights set tablespace small".to_owned(),
        "alter index adset_insights_pkey set tablespace small".to_owned(),
    ] {
        scene.db.execute(&statement).await;
    }
    let sync = UnderWay { url: scene.db.direct_url().to_owned(), scene, role: None };
    let mut running = sync.start().await;
    disk.fill();
    // Until then there was room in the table itself.
    running.line_with("No space left on device").await;
    // One connection's failure says nothing of another's, which may lead to another server by now: the second try tells.
    running.line_with("the database takes no rows").await;
    let asked = sync.scene.sim.counts().total;
    let finished = running.finish().await;
    let more = sync.scene.sim.counts().total - asked;
    assert!(more <= 2 * ABREAST, "{more} calls for rows that could not be kept");
    sync.assert_told(&finished, "database_read_only").await;
    disk.make_room();
    sync.assert_the_rest_is_read().await;
    drop(sync);
    server.stopped().await;
}

#[tokio::test]
#[ignore = "mounts a file system, as root: `cargo test --test it -- --ignored disk`"]
async fn a_server_that_dies_of_a_full_disk_is_waited_for_until_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let disk = SmallDisk::mount(home.path().join("small"), 160);
    let mut server = Stoppable::start_in(disk.0.join("kept")).await;
    let scene = Scene::on(server.url(), spec().days(60).build()).await;
    scene.adsync(&["migrate"]).run().await;
    let sync = UnderWay { url: scene.db.direct_url().to_owned(), scene, role: None };
    let mut running = sync.start().await;
    disk.fill();
    // Its log needs a new file now, and has no room for one.
    sync.scene.db.pool().execute("select pg_switch_wal()").await.ok();
    running.line_with("the database is away: meta is not asked until it is back").await;
    server.stopped().await;
    until("quiet", async || sync.scene.sim.counts().in_flight == 0).await;
    let asked = sync.scene.sim.counts().total;
    disk.make_room();
    server.start_again().await;
    assert!(sync.scene.sim.counts().total - asked <= 2 * ABREAST, "calls for rows that could not be kept");
    server.open();
    running.line_with("the database is back").await;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(sync.done().await, DAYS);
    drop(sync);
    server.stopped().await;
}
