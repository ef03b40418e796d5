//! A simulator, a database of its own, and the real binary between them.

use chrono::{Days, NaiveDate, Timelike, Utc};
use graph_sim::{ACCOUNT_ID, AccountSpec, Change, Sim, World, WorldSpec};

use super::binary::{Binary, Finished};
use super::database::Database;

/// The account of every world here, as people write it.
pub(crate) const ACT: &str = "act_1029384756102938";
/// The same as Meta delivers it.
pub(crate) const DIGITS: &str = "1029384756102938";

/// What one test works with.
pub(crate) struct Scene {
    /// Meta.
    pub(crate) sim: Sim,
    /// The database.
    pub(crate) db: Database,
}

/// A small world whose clock stands still at this moment: the binary reads the machine's. Its zone is one where
/// midnight is hours away, so that both agree on the day until the test ends.
pub(crate) fn spec() -> WorldSpec {
    let now = Utc::now();
    let sao_paulo = now.with_timezone(&chrono_tz::America::Sao_Paulo).hour();
    let zone = if (2..22).contains(&sao_paulo) { chrono_tz::America::Sao_Paulo } else { chrono_tz::Asia::Tokyo };
    let account = AccountSpec { zone, ..AccountSpec::new(ACCOUNT_ID, "Clinica Aurora - Ads") };
    WorldSpec::small().now(now.timestamp()).accounts(vec![account])
}

impl Scene {
    /// The small world.
    pub(crate) async fn small() -> Self {
        Self::of(spec().build()).await
    }

    /// The small world beside a database that is made up as a Supabase project, which its owner reaches.
    pub(crate) async fn on_supabase() -> Self {
        Self { sim: Sim::start(spec().build()).await.unwrap(), db: super::supabase::project().await }
    }

    /// Any world.
    pub(crate) async fn of(world: World) -> Self {
        let (sim, db) = (Sim::start(world).await.unwrap(), Database::create().await);
        Self { sim, db }
    }

    /// Any world, with its database on a server of the test's own.
    pub(crate) async fn on(server: &str, world: World) -> Self {
        let (sim, db) = (Sim::start(world).await.unwrap(), Database::create_on(server, None).await);
        Self { sim, db }
    }

    /// `adsync` with these arguments, told of the simulator, the account and the database; later variables win.
    pub(crate) fn adsync(&self, arguments: &[&str]) -> Binary {
        Binary::adsync(arguments)
            .env("META_ACCESS_TOKEN", self.sim.token())
            .env("DATABASE_URL", self.db.url())
            .env("ADSYNC__META__BASE_URL", self.sim.url())
            .env("ADSYNC__META__ACCOUNTS", ACT)
            .env("ADSYNC__LOG__DIRECTORY", "")
    }

    /// `adsync sync`, which has to succeed.
    pub(crate) async fn sync(&self) -> Finished {
        let finished = self.adsync(&["sync"]).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        finished
    }

    /// Lets something happen in the world; gives the id of what it made.
    pub(crate) fn change(&self, change: Change) -> String {
        self.sim.world().apply(change).unwrap().unwrap_or_default()
    }

    /// The account's today.
    pub(crate) fn today(&self) -> NaiveDate {
        let world = self.sim.world();
        let account = world.account(ACCOUNT_ID).unwrap();
        graph_sim::calendar::date_of(account.today(world.now()))
    }

    /// A day before today.
    pub(crate) fn days_ago(&self, days: u64) -> NaiveDate {
        self.today() - Days::new(days)
    }

    /// The id of an ad set by its place.
    pub(crate) fn adset(&self, place: usize) -> String {
        self.sim.world().account(ACCOUNT_ID).unwrap().adsets[place].head.id.to_string()
    }

    /// The id of a campaign by its place.
    pub(crate) fn campaign(&self, place: usize) -> String {
        self.sim.world().account(ACCOUNT_ID).unwrap().campaigns[place].head.id.to_string()
    }

    /// The only value of a query.
    pub(crate) async fn value(&self, sql: &str) -> String {
        let rows = self.db.query_text(sql).await;
        assert!(rows.len() == 1 && rows[0].len() == 1, "{sql}: {rows:?}");
        rows[0][0].clone()
    }

    /// The last run: these columns of its row.
    pub(crate) async fn last_run(&self, columns: &str) -> Vec<String> {
        let sql = format!("select {columns} from sync_runs order by started_at desc, id desc limit 1");
        self.db.query_text(&sql).await.remove(0)
    }

    /// Fails where the tables differ from what happened in the world.
    pub(crate) async fn assert_true(&self) {
        assert_eq!(self.insights().await, self.true_insights(), "adset_insights");
        assert_eq!(self.objects("campaigns").await, self.true_objects(graph_sim::Level::Campaign), "campaigns");
        assert_eq!(self.objects("adsets").await, self.true_objects(graph_sim::Level::Adset), "adsets");
    }
}
