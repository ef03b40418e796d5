//! Accounts of several tokens: each is asked with the token that lists it, and a dead token stops only its own.

use graph_sim::{AccountSpec, Fault, Rule, Sim, When};

use crate::support::binary::Binary;
use crate::support::scene::{ACT, Scene, spec};
use crate::support::tokens::ByToken;

const AURORA: &str = "[meta]\naccounts = \"all\"\n[tokens.aurora]\nvariable = \"TOKEN_AURORA\"\n";

/// The scene's account under `META_ACCESS_TOKEN`, and the account 77 under a token of its own.
struct Two {
    scene: Scene,
    aurora: Sim,
    way: ByToken,
}

async fn two() -> Two {
    let scene = Scene::small().await;
    let zone = spec().accounts[0].zone;
    let account = AccountSpec { zone, ..AccountSpec::new(77, "Aurora") };
    let aurora = Sim::start(spec().accounts(vec![account]).build()).await.unwrap();
    let way = ByToken::open(&[(&scene.sim, "EAABdefault"), (&aurora, "EAABaurora")]).await;
    Two { scene, aurora, way }
}

impl Two {
    /// `adsync` with only what a test gives it: both tokens where nothing else is said.
    fn adsync(&self, arguments: &[&str]) -> Binary {
        self.with_aurora_alone(arguments).env("META_ACCESS_TOKEN", "EAABdefault")
    }

    fn with_aurora_alone(&self, arguments: &[&str]) -> Binary {
        Binary::adsync(arguments)
            .config("default.toml", AURORA)
            .env("TOKEN_AURORA", "EAABaurora")
            .env("DATABASE_URL", self.scene.db.url())
            .env("ADSYNC__META__BASE_URL", &self.way.url)
            .env("ADSYNC__LOG__DIRECTORY", "")
    }
}

#[tokio::test]
async fn all_means_the_accounts_of_every_token_each_asked_with_its_own() {
    let two = two().await;
    for command in [&["sync"][..], &["backfill", "--since", "2026-11-01"]] {
        let finished = two.adsync(command).run().await;
        assert_eq!(finished.code(), 0, "{command:?}: {finished:?}");
    }
    assert!(two.scene.sim.calls_with("act_77").is_empty());
    assert!(two.aurora.calls_with(ACT).is_empty());
    assert_eq!(
        two.scene.value("select string_agg(id, ' ' order by id) from ad_accounts").await,
        format!("{ACT} act_77")
    );

    let shown = two.adsync(&["accounts"]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    let line = |text: &str| shown.stdout.lines().find(|line| line.contains(text)).unwrap().to_owned();
    assert!(line("act_77").contains("tokens.aurora") && line(ACT).contains("META_ACCESS_TOKEN"), "{}", shown.stdout);
    let pasted = two.adsync(&["accounts", "--toml"]).run().await;
    assert_eq!(pasted.stdout.matches("token = \"aurora\"").count(), 1, "{}", pasted.stdout);
    let checked = two.adsync(&["check"]).run().await;
    assert_eq!(checked.code(), 0, "{checked:?}");
    assert!(
        checked.stdout.contains("act_77: the plan fits") && checked.stdout.contains(&format!("{ACT}: the plan fits"))
    );
}

#[tokio::test]
async fn named_tokens_suffice_where_no_default_one_is_set() {
    let two = two().await;
    for command in [&["sync"][..], &["sync", "--account", "77"], &["check"], &["accounts"]] {
        let finished = two.with_aurora_alone(command).run().await;
        assert_eq!(finished.code(), 0, "{command:?}: {finished:?}");
    }
    assert_eq!(two.scene.value("select id from ad_accounts").await, "act_77");
    let listed = "[meta]\naccounts = [\"77\"]\n[accounts.\"77\"]\ntoken = \"aurora\"\n[tokens.aurora]\nvariable = \"TOKEN_AURORA\"\n";
    let finished = two.with_aurora_alone(&["sync"]).config("default.toml", listed).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let lacking = "[meta]\naccounts = [\"77\", \"78\"]\n[accounts.\"77\"]\ntoken = \"aurora\"\n[tokens.aurora]\nvariable = \"TOKEN_AURORA\"\n";
    let refused = two.with_aurora_alone(&["sync"]).config("default.toml", lacking).run().await;
    assert!(refused.code() == 2 && refused.stderr.contains("META_ACCESS_TOKEN"), "{refused:?}");
}

#[tokio::test]
async fn an_account_is_asked_with_the_token_that_the_configuration_names() {
    let two = two().await;
    let named = format!("{AURORA}[accounts.\"{ACT}\"]\ntoken = \"aurora\"\n");
    let finished = two.adsync(&["sync"]).config("default.toml", &named).run().await;
    assert_eq!(finished.code(), 3, "the other token cannot read it: {finished:?}");
    assert!(!two.aurora.calls_with(ACT).is_empty());
    assert!(two.scene.sim.calls_with("/campaigns").is_empty());
}

#[tokio::test]
async fn a_token_that_fails_stops_no_account_of_another_and_loses_none_of_its_own() {
    let two = two().await;
    assert_eq!(two.adsync(&["sync"]).run().await.code(), 0);
    two.aurora.faults().add(Rule { fault: Fault::ExpiredToken, when: When::default() });
    let finished = two.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert!(finished.stderr.contains("tokens.aurora does not list its accounts"), "{}", finished.stderr);
    let steps = "select account_id, status, advice is not null from sync_run_steps s
                 where step = 'account' and run_id = (select id from sync_runs order by started_at desc limit 1) order by 1";
    assert_eq!(two.scene.db.query_text(steps).await, [["1029384756102938", "succeeded", "f"], ["77", "failed", "t"]]);
    assert_eq!(two.scene.value("select count(*) from sync_alerts where kind = 'lost_access'").await, "0");

    let shown = two.adsync(&["accounts"]).run().await;
    assert_eq!(shown.code(), 0, "{shown:?}");
    assert!(shown.stdout.contains(ACT) && shown.stderr.contains("tokens.aurora"), "{shown:?}");
    let checked = two.adsync(&["check"]).run().await;
    assert_eq!(checked.code(), 1, "{checked:?}");
    assert!(checked.stdout.contains(&format!("{ACT}: the plan fits")), "{}", checked.stdout);

    two.scene.sim.faults().add(Rule { fault: Fault::ExpiredToken, when: When::default() });
    let shown = two.adsync(&["accounts"]).run().await;
    assert_eq!((shown.code(), shown.stderr.lines().count()), (1, 2), "{shown:?}");
    let finished = two.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 1, "{finished:?}");
    for token in ["META_ACCESS_TOKEN: ", "tokens.aurora: "] {
        assert!(finished.stderr.contains(token), "{}", finished.stderr);
    }
}
