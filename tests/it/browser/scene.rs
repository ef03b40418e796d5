//! An agency with several accounts, whose daemon has run once and waits: what pages are looked at with.

use graph_sim::{ACCOUNT_ID, AccountSpec, WorldSpec};
use rustix::process::Signal;

use crate::daemon::stage::Stage;
use crate::support::binary::{Binary, Running};

/// What whoever acts types.
pub(super) const ADMIN: &str = "a-word-for-admins";

/// Nothing falls due while a test runs.
const RARELY: &str =
    "[schedules.recent]\ncron = \"0 0 1 1 *\"\nlookback_days = 20\n[schedules.settled]\ncron = \"30 3 1 1 *\"\n";

/// Names that would do something if they were more than text.
pub(super) const HOSTILE: [&str; 4] = [
    "<script>document.title='taken'</script>",
    "\"><img src=x onerror=\"document.title='taken'\">",
    "Ofertas \u{202e}gnp.exe\u{202d} {{7*7}} ${7*7} %3Cb%3E",
    "مؤسسة النور للتسويق",
];

/// An agency's accounts: some with ordinary names, some with hostile ones, one whose name has 5,000 letters.
pub(super) async fn agency() -> Stage {
    let long = "Nome que não acaba ".repeat(264);
    let names = ["Clinica Aurora - Ads", "Boreal Odontologia", "Cais do Porto Imóveis"];
    let names = names.into_iter().chain(HOSTILE).chain([long.as_str()]);
    let accounts = (0_u64..).zip(names).map(|(place, name)| AccountSpec::new(ACCOUNT_ID + place, name));
    Stage::of(WorldSpec { days: 35, campaigns: 2, adsets: 4, ..WorldSpec::small() }.accounts(accounts.collect())).await
}

/// `adsync` for all of the agency's accounts.
pub(super) fn adsync(stage: &Stage, arguments: &[&str]) -> Binary {
    stage.adsync(arguments, RARELY).env("ADSYNC__META__ACCOUNTS", "all").env("ADSYNC_ADMIN_TOKEN", ADMIN)
}

/// The daemon, once it can be asked for something.
pub(super) async fn daemon(stage: &Stage) -> Running {
    let daemon = adsync(stage, &["run"]).start();
    stage.answers("/readyz", 200, "ready").await;
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    stage.answers("/", 200, "act_1029384756102938").await;
    daemon
}

/// Stops it, which it does well.
pub(super) async fn stops(daemon: Running) {
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(!finished.stderr.contains(ADMIN), "{finished:?}");
}
