//! A server that dies for good in the middle of a sync, and a standby that takes its place: with all that was written, without
//! the last of it, or before it takes rows.

use sqlx::{Connection, Executor, PgConnection};

use crate::support::binary::Running;
use crate::support::scene::{Scene, spec};
use crate::support::standby::Standby;
use crate::support::stoppable::{Stop, Stoppable};
use crate::support::under_way::{DAYS, SOME, UnderWay};
use crate::support::until;

/// A sync of many small slices, the server that it writes to, and the standby of that.
struct Pair {
    sync: UnderWay,
    primary: Stoppable,
    standby: Standby,
}

impl Pair {
    async fn start() -> Self {
        let primary = Stoppable::start().await;
        let standby = Standby::of(&primary).await;
        let scene = Scene::on(primary.url(), spec().days(60).build()).await;
        scene.adsync(&["migrate"]).run().await;
        Self { sync: UnderWay { url: scene.db.direct_url().to_owned(), scene, role: None }, primary, standby }
    }

    /// Starts a sync, and ends the primary when some days are complete and the standby has all that the sync takes for written.
    async fn lose_the_primary_half_way(&mut self) -> Running {
        let mut running = self.sync.start().await;
        // No row is written from here on, and no day is completed.
        let mut other = self.sync.locker().await;
        other.execute("lock table sync_coverage in share mode").await.unwrap();
        self.sync.until_it_waits().await;
        self.standby.catches_up(&self.sync.scene.db).await;
        self.lose_the_primary(&mut running).await;
        running
    }

    /// Ends the primary at once, and waits until the sync knows.
    async fn lose_the_primary(&mut self, running: &mut Running) {
        self.primary.stopper(Stop::Immediate)();
        running.line_with("the database is away: meta is not asked until it is back").await;
        self.primary.stopped().await;
    }

    /// Lets whoever wants the primary reach the standby.
    fn lead_to_the_standby(&self) {
        self.primary.give_way_to(self.standby.server());
    }

    /// Fails where the rows are not Meta's, or where a day is not complete or does not agree.
    async fn assert_whole(&self) {
        let scene = &self.sync.scene;
        let since = scene.days_ago(u64::from(DAYS) - 1);
        assert_eq!(scene.insights().await, scene.true_insights_since(since));
        let whole = "select count(*) from sync_coverage c
            where report = 'adset' and complete and status in ('settled', 'explained', 'moving')
              and rows = (select count(*) from adset_insights i where i.date = c.date)";
        assert_eq!(scene.value(whole).await, DAYS.to_string());
        scene.nothing_is_left_running().await;
    }

    async fn end(self) {
        let Self { sync, mut primary, standby } = self;
        drop(sync);
        standby.stopped().await;
        primary.stopped().await;
    }
}

#[tokio::test]
async fn a_standby_that_is_promoted_in_the_middle_of_a_sync_takes_over_and_the_rows_are_those_of_meta() {
    let mut pair = Pair::start().await;
    let mut running = pair.lose_the_primary_half_way().await;
    pair.standby.promote().await;
    pair.lead_to_the_standby();
    running.line_with("the database is back").await;
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    pair.assert_whole().await;
    assert_eq!(pair.sync.scene.value("select string_agg(status, ' ') from sync_runs").await, "succeeded");
    pair.end().await;
}

#[tokio::test]
async fn a_standby_that_is_not_promoted_yet_ends_the_run_with_advice_and_once_it_is_the_next_reads_the_rest() {
    let mut pair = Pair::start().await;
    let running = pair.lose_the_primary_half_way().await;
    pair.lead_to_the_standby();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    for told in
        ["database_read_only", "cannot execute INSERT in a read-only transaction", "The database is full or read-only"]
    {
        assert!(finished.stderr.contains(told), "{told}: {finished:?}");
    }

    // Nothing is asked of Meta by a run that could keep nothing.
    pair.sync.scene.sim.record().clear();
    let refused = pair.sync.sync().run().await;
    assert_eq!(refused.code(), 1, "{refused:?}");
    assert!(refused.stderr.contains("The database is full or read-only"), "{refused:?}");
    assert_eq!(pair.sync.scene.sim.counts().total, 0);

    pair.standby.promote().await;
    pair.sync.assert_the_rest_is_read().await;
    pair.assert_whole().await;
    let statuses = "select string_agg(status, ' ' order by started_at) from sync_runs";
    assert_eq!(pair.sync.scene.value(statuses).await, "abandoned succeeded");
    pair.end().await;
}

#[tokio::test]
async fn what_a_promoted_standby_had_not_heard_of_is_read_again_by_the_same_sync() {
    let mut pair = Pair::start().await;
    let mut running = pair.sync.start().await;
    pair.standby.fall_behind();
    let mut written = 0;
    until("days that the standby lacks", async || {
        written = pair.sync.done().await;
        written >= 2 * SOME || running.has_ended()
    })
    .await;
    pair.lose_the_primary(&mut running).await;
    pair.standby.promote().await;
    pair.lead_to_the_standby();
    let there = pair.sync.done().await;
    assert!(there < written && written < DAYS, "{there} of {written} days came to the standby");
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(finished.stderr.contains("the database does not know any more what it had confirmed"), "{finished:?}");
    pair.assert_whole().await;
    pair.end().await;
}

#[tokio::test]
async fn days_that_were_known_before_are_read_again_where_a_promoted_standby_lacks_their_last_reading() {
    let mut pair = Pair::start().await;
    assert_eq!(pair.sync.sync().run().await.code(), 0);
    // Nothing is as Meta has it now, and each day is complete.
    pair.sync.scene.db.execute("update adset_insights set spend = spend + 1, leads = leads + 1").await;
    // Two days a slice.
    let mut running = pair.sync.sync_with(&["--refresh"]).env("ADSYNC__META__PAGE_SIZE", "5").start();
    let read = "select count(*) from sync_coverage c join sync_runs r on r.id = c.run_id
        where c.report = 'adset' and r.status = 'running'";
    let has_read = async |pair: &Pair, days: u32| {
        until("some days", async || {
            pair.sync.scene.value(read).await.parse::<u32>().unwrap() >= days || running.has_ended()
        })
        .await;
    };
    has_read(&pair, SOME).await;
    pair.standby.fall_behind();
    has_read(&pair, 2 * SOME).await;
    // Slices that are written and not completed: the next server lacks their rows, too.
    let mut other = PgConnection::connect(pair.sync.scene.db.direct_url()).await.unwrap();
    other.execute("begin; lock table sync_coverage in share mode").await.unwrap();
    pair.sync.until_it_waits().await;
    pair.lose_the_primary(&mut running).await;
    pair.standby.promote().await;
    pair.lead_to_the_standby();
    let finished = running.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    for told in [
        "another database server took over while days were read",
        "the database does not know any more what it had confirmed",
    ] {
        assert!(finished.stderr.contains(told), "{told}: {finished:?}");
    }
    pair.assert_whole().await;
    pair.end().await;
}
