//! What readers get beyond the tables: views and functions that say what the tables say, for people.

use std::collections::BTreeMap;

use graph_sim::{ACCOUNT_ID, AccountSpec, Change, Fact, Level, TruthRow};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, Executor};

use crate::support::scene::{ACT, DIGITS, Scene, spec};

const ALL_DAYS: &str = "'2000-01-01', '2100-01-01'";

/// What `ads_metrics` should give, by object: spend, impressions, clicks, link clicks, leads, purchases, their value,
/// conversations.
fn sums(rows: &[TruthRow], id: impl Fn(&TruthRow) -> String) -> BTreeMap<String, [Decimal; 8]> {
    let mut sums: BTreeMap<String, [Decimal; 8]> = BTreeMap::new();
    for row in rows {
        let fact: &Fact = &row.fact;
        let figures = [
            Decimal::new(fact.spend_cents, 2),
            fact.impressions.into(),
            fact.clicks.into(),
            fact.link_clicks.into(),
            fact.leads().into(),
            fact.purchases.into(),
            Decimal::new(fact.purchase_cents, 2),
            fact.messages.into(),
        ];
        let sum = sums.entry(id(row)).or_default();
        sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    }
    sums
}

async fn metrics(scene: &Scene, level: &str) -> BTreeMap<String, [Decimal; 8]> {
    let sql = format!(
        "select id, spend, impressions, clicks, inline_link_clicks, leads, purchases, purchase_value, messaging_conversations
         from ads_metrics({ALL_DAYS}, '{level}', array['{ACT}'])"
    );
    let rows = scene.db.query_text(&sql).await;
    rows.into_iter().map(|row| (row[0].clone(), std::array::from_fn(|place| row[place + 1].parse().unwrap()))).collect()
}

#[tokio::test]
async fn ads_metrics_sums_what_happened_at_every_level() {
    let scene = Scene::small().await;
    scene.sync().await;
    let truth = scene.truth(Level::Adset);
    let of = |id: &Option<String>| id.clone().unwrap();
    assert_eq!(metrics(&scene, "adset").await, sums(&truth, |row| of(&row.adset_id)));
    assert_eq!(metrics(&scene, "campaign").await, sums(&truth, |row| of(&row.campaign_id)));
    assert_eq!(metrics(&scene, "account").await, sums(&truth, |row| row.account_id.clone()));

    let sql = format!("select count(*) from ads_metrics({ALL_DAYS}, account_ids => array['act_5', '7'])");
    assert_eq!(scene.value(&sql).await, "0");
    let (day, adset) = (scene.days_ago(2), scene.adset(0));
    let one = scene.truth_between(Level::Adset, day, day);
    let sql = format!("select count(*), sum(spend) from ads_metrics('{day}', '{day}', 'adset')");
    let spent: Decimal = one.iter().map(|row| Decimal::new(row.fact.spend_cents, 2)).sum();
    assert_eq!(scene.db.query_text(&sql).await, [[one.len().to_string(), spent.to_string()]]);
    let sql = format!(
        "select account_id, campaign_id, adset_id, ad_id, name, currency from ads_metrics({ALL_DAYS}, 'adset') where id = '{adset}'"
    );
    let (campaign, name) = (scene.campaign(0), scene.sim.world().accounts[0].adsets[0].head.name.clone());
    assert_eq!(scene.db.query_text(&sql).await, [[DIGITS, &campaign, &adset, "NULL", &name, "BRL"]]);
}

#[tokio::test]
async fn ratios_are_those_of_the_sums_and_empty_without_a_denominator() {
    let scene = Scene::small().await;
    scene.sync().await;
    let (adset, day) = (scene.adset(0), scene.days_ago(1));
    // Numbers that a hand can divide, in one day alone.
    scene
        .db
        .execute(&format!(
            "update adset_insights set spend = 30, impressions = 2000, clicks = 40, leads = 3, purchases = 0, purchase_value = 0,
               messaging_conversations = 4, ctr = 99, cpc = 99 where adset_id = '{adset}' and date = '{day}'"
        ))
        .await;
    let ratios = "trim_scale(ctr), trim_scale(cpc), trim_scale(cpm), trim_scale(cost_per_lead), cost_per_purchase,
                  trim_scale(cost_per_conversation), trim_scale(roas)";
    let of_day = format!("select {ratios} from ads_metrics('{day}', '{day}', 'adset') where id = '{adset}'");
    assert_eq!(scene.db.query_text(&of_day).await, [["2", "0.75", "15", "10", "NULL", "7.5", "0"]]);
    let nothing = "spend = 0, impressions = 0, clicks = 0, leads = 0, messaging_conversations = 0";
    scene
        .db
        .execute(&format!("update adset_insights set {nothing} where adset_id = '{adset}' and date = '{day}'"))
        .await;
    assert_eq!(scene.db.query_text(&of_day).await, [["NULL"; 7]]);
    // What Meta left out is not known, and so is no sum of it.
    scene
        .db
        .execute(&format!("update adset_insights set leads = null where adset_id = '{adset}' and date = '{day}'"))
        .await;
    let sql = format!("select leads, purchases is null from ads_metrics({ALL_DAYS}, 'adset') where id = '{adset}'");
    assert_eq!(scene.db.query_text(&sql).await, [["NULL", "f"]]);

    let sql = format!(
        "update adsets set {nothing}, purchase_value = 0 where id = '{adset}';
         update adsets set spend = 30, leads = 3, purchases = 2, purchase_value = 90 where id = '{}'",
        scene.adset(1)
    );
    scene.db.execute(&sql).await;
    let ratios = "trim_scale(cost_per_lead), trim_scale(cost_per_purchase), trim_scale(roas)";
    let sql = format!("select {ratios} from adsets_view where id in ('{adset}', '{}') order by spend", scene.adset(1));
    assert_eq!(scene.db.query_text(&sql).await, [["NULL", "NULL", "NULL"], ["10", "15", "3"]]);
}

#[tokio::test]
async fn a_wrong_question_is_refused_with_a_hint() {
    let scene = Scene::small().await;
    scene.sync().await;
    for (arguments, says, hint) in [
        ("'2026-11-20', '2026-11-10', 'adset'", "reversed", "earlier"),
        ("'2026-11-01', '2026-11-10', 'adsets'", "adsets", "account, campaign, adset"),
        ("'2026-11-01', '2026-11-10', null", "NULL", "account, campaign, adset"),
        ("'2026-11-01', '2026-11-10', 'ad'", "\"ad\"", "account, campaign, adset"),
        ("null, '2026-11-10', 'adset'", "missing", "2026-11-01"),
    ] {
        let sql = format!("select * from ads_metrics({arguments})");
        let error = scene.db.pool().fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap_err();
        let fault = error.as_database_error().unwrap().downcast_ref::<sqlx::postgres::PgDatabaseError>();
        assert_eq!(fault.code(), "22023", "{arguments}: {fault:?}");
        assert!(fault.message().contains(says) && fault.hint().unwrap().contains(hint), "{arguments}: {fault:?}");
    }
}

#[tokio::test]
async fn budgets_are_major_units_by_metas_own_table_and_one_level_has_them() {
    for (currency, offset) in [("BRL", 100), ("COP", 1)] {
        let account = AccountSpec { currency: currency.to_owned(), ..AccountSpec::new(ACCOUNT_ID, "Aurora") };
        let scene = Scene::of(spec().accounts(vec![account]).build()).await;
        scene.sync().await;
        // Meta writes "0" or nothing where there is no budget.
        scene.db.execute("update adsets set daily_budget = 0, lifetime_budget = 0 where daily_budget is null").await;
        let world = scene.sim.world().accounts[0].clone();
        let major = |minor: i64| (Decimal::from(minor) / Decimal::from(offset)).normalize().to_string();
        let mut expected: Vec<Vec<String>> = world
            .adsets
            .iter()
            .map(|adset| {
                let campaign = &world.campaigns[adset.campaign];
                let (level, budget) = match (adset.daily_budget, campaign.daily_budget) {
                    (Some(own), _) => ("adset", major(own)),
                    (None, Some(its)) => ("campaign", major(its)),
                    (None, None) => ("NULL", "NULL".to_owned()),
                };
                let own = adset.daily_budget.map_or("NULL".to_owned(), major);
                let bid = adset.bid_amount.map_or("NULL".to_owned(), major);
                let head = &adset.head;
                vec![
                    head.id.to_string(),
                    campaign.head.name.clone(),
                    level.to_owned(),
                    own,
                    budget,
                    bid,
                    currency.to_owned(),
                ]
            })
            .collect();
        expected.sort();
        let sql = "select id, campaign_name, budget_level, daily_budget, effective_daily_budget, bid_amount, currency
                   from adsets_view order by id";
        assert_eq!(scene.db.query_text(sql).await, expected, "{currency}");
        let mut expected: Vec<Vec<String>> = world
            .campaigns
            .iter()
            .map(|campaign| {
                let of_adsets: i64 = campaign.adsets.iter().filter_map(|place| world.adsets[*place].daily_budget).sum();
                let (level, budget) = match campaign.daily_budget {
                    Some(own) => ("campaign", own),
                    None => ("adset", of_adsets),
                };
                vec![campaign.head.id.to_string(), level.to_owned(), major(budget)]
            })
            .collect();
        expected.sort();
        let sql = "select id, budget_level, effective_daily_budget from campaigns_view order by id";
        assert_eq!(scene.db.query_text(sql).await, expected, "{currency}");
    }
}

#[tokio::test]
async fn delivery_is_one_word_for_people() {
    let scene = Scene::small().await;
    scene.change(Change::Pause { id: scene.campaign(0) });
    scene.change(Change::Review { id: scene.adset(1), status: "WITH_ISSUES".to_owned() });
    scene.change(Change::Archive { id: scene.adset(2) });
    scene.sync().await;
    scene
        .db
        .execute(&format!(
            "update adsets set start_time = now() + interval '1 day' where id = '{}';
             update adsets set end_time = now() - interval '1 day' where id = '{}';
             update adsets set deleted_at = now() where id = '{}';
             update adsets set effective_status = 'SOMETHING_NEW' where id = '{}'",
            scene.adset(3),
            scene.adset(4),
            scene.adset(6),
            scene.adset(7)
        ))
        .await;
    for (place, word) in [
        (0, "paused"),
        (1, "issues"),
        (2, "archived"),
        (3, "scheduled"),
        (4, "ended"),
        (6, "deleted"),
        (7, "something_new"),
        (8, "active"),
    ] {
        let sql = format!("select delivery from adsets_view where id = '{}'", scene.adset(place));
        assert_eq!(scene.value(&sql).await, word);
    }
    let sql = "select delivery from campaigns_view order by id limit 2";
    assert_eq!(scene.db.query_text(sql).await, [["paused"], ["active"]]);
}

#[tokio::test]
async fn freshness_ends_before_the_first_hole_and_tells_a_difference() {
    let scene = Scene::small().await;
    scene.sync().await;
    let sql = "select account_id, report, complete_until, agrees_with_meta, fresh_as_of > now() - interval '5 minutes'
               from account_freshness";
    let today = scene.today().to_string();
    assert_eq!(scene.db.query_text(sql).await, [[DIGITS, "adset", &today, "t", "t"]]);
    for (statement, until, agrees) in [
        ("update sync_coverage set complete = false where date = :day", 6, "t"),
        (
            "delete from sync_coverage where date = :day; update sync_coverage set status = 'drift' where date = :day - 1",
            6,
            "f",
        ),
    ] {
        let day = format!("'{}'::date", scene.days_ago(5));
        scene.db.execute(&statement.replace(":day", &day)).await;
        let until = scene.days_ago(until).to_string();
        assert_eq!(scene.db.query_text(sql).await, [[DIGITS, "adset", &until, agrees, "t"]]);
    }
    scene.db.execute(&format!("delete from sync_coverage where date <> '{}'", scene.days_ago(9))).await;
    assert_eq!(scene.value("select complete_until from account_freshness").await, scene.days_ago(9).to_string());
    scene.db.execute("update sync_coverage set status = null").await;
    assert_eq!(scene.value("select agrees_with_meta from account_freshness").await, "NULL");
}

#[tokio::test]
async fn actions_in_long_form_know_counts_money_and_windows() {
    let scene = Scene::small().await;
    scene.sync().await;
    let sql = "select (select sum(value) from adset_actions where action_type = 'link_click' and source = 'actions'),
                      (select sum((actions ->> 'link_click')::numeric) from adset_insights)";
    let sums = scene.db.query_text(sql).await.remove(0);
    assert!(sums[0] == sums[1] && sums[0] != "NULL", "{sums:?}");
    let (adset, day) = (scene.adset(0), scene.days_ago(1));
    scene
        .db
        .execute(&format!(
            r#"update adset_insights set actions = '{{"link_click": 31, "purchase": {{"value": 2, "1d_click": 1}}, "view": {{"1d_view": 4}}}}',
                 action_values = '{{"purchase": {{"value": 289.90, "1d_click": 100}}, "gift": 0.5}}',
                 conversions = '{{"contact_total": 3}}', conversion_values = null
               where adset_id = '{adset}' and date = '{day}'"#
        ))
        .await;
    let sql = format!(
        "select source, action_type, value, money, value_by_window, money_by_window from adset_actions
         where adset_id = '{adset}' and date = '{day}' and account_id = '{DIGITS}' and currency = 'BRL' order by 1, 2"
    );
    let none = "NULL";
    assert_eq!(
        scene.db.query_text(&sql).await,
        [
            ["actions", "gift", none, "0.5", none, none],
            ["actions", "link_click", "31", none, none, none],
            ["actions", "purchase", "2", "289.90", r#"{"1d_click": 1}"#, r#"{"1d_click": 100}"#],
            ["actions", "view", none, none, r#"{"1d_view": 4}"#, none],
            ["conversions", "contact_total", "3", none, none, none],
        ]
    );
}

#[tokio::test]
async fn rows_of_insights_carry_current_names_and_lead_to_their_objects() {
    let scene = Scene::small().await;
    scene.sync().await;
    let adset = scene.adset(0);
    scene.db.execute("update adset_insights set adset_name = 'of that day', campaign_name = 'too'").await;
    let sql = "select count(*) from adset_insights_view v join adsets a on a.id = v.adset_id join campaigns c on c.id = v.campaign_id
               where v.adset_name = a.name and v.campaign_name = c.name and v.account_name = 'Clinica Aurora - Ads'";
    assert_eq!(scene.value(sql).await, scene.true_insights().len().to_string());
    scene.db.execute(&format!("delete from adsets where id = '{adset}'")).await;
    let sql = format!("select distinct adset_name from adset_insights_view where adset_id = '{adset}'");
    assert_eq!(scene.value(&sql).await, "of that day", "of an object that is not held the table's name stays");

    // What PostgREST calls to embed one in the other.
    let sql = "select count(*) from adsets a cross join lateral campaign(a) c cross join lateral account(c) o
               where c.id = a.campaign_id and o.account_id = a.account_id";
    assert_eq!(scene.value(sql).await, "35");
    let sql =
        "select (select count(*) from campaigns c, adsets(c)), (select count(*) from ad_accounts a, campaigns(a)),
                      (select count(*) from adsets a, adset_insights(a) i where i.adset_id = a.id),
                      (select count(*) from adset_insights i, adset(i) a where i.adset_id = a.id)";
    let counts = scene.db.query_text(sql).await.remove(0);
    assert_eq!(counts[..2], ["35", "5"]);
    assert!(counts[2] == counts[3] && counts[2] != "0", "{counts:?}");
    let plan =
        scene.db.query_text("explain select a.name, c.name from adsets a cross join lateral campaign(a) c").await;
    assert!(!format!("{plan:?}").contains("Function Scan"), "the planner sees through: {plan:?}");
}

#[tokio::test]
async fn a_finer_report_stands_in_and_metrics_of_the_user_are_summed() {
    let scene = Scene::small().await;
    let toml = "[reports.adset]\nenabled = false\n[reports.creative]\nlevel = \"ad\"\n[reports.by_age]\nlevel = \"campaign\"\nbreakdowns = [\"age\"]\n\
                [metrics.clicked]\nsum = [\"link_click\", \"post_engagement\"]\n";
    let finished = scene.adsync(&["sync"]).config("default.toml", toml).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let truth = scene.truth(Level::Adset);
    assert_eq!(metrics(&scene, "adset").await, sums(&truth, |row| row.adset_id.clone().unwrap()));
    assert_eq!(metrics(&scene, "campaign").await, sums(&truth, |row| row.campaign_id.clone().unwrap()));
    let clicked: i64 = truth.iter().map(|row| row.fact.link_clicks + row.fact.engagements).sum();
    let sql = format!("select clicked from ads_metrics({ALL_DAYS}, 'account')");
    assert_eq!(scene.value(&sql).await, clicked.to_string());
    let sql = "select count(*) from by_age_actions a join by_age_insights_view v using (campaign_id, date, age)
               where a.action_type = 'link_click' and a.value <> (v.actions ->> 'link_click')::numeric";
    assert_eq!(scene.value(sql).await, "0");
}

#[tokio::test]
async fn ads_and_longer_periods_have_views_too() {
    let scene = Scene::small().await;
    let toml =
        "[reports.creative]\nlevel = \"ad\"\n[reports.weeks]\nlevel = \"campaign\"\ntime_increment = \"weekly\"\n";
    let finished = scene.adsync(&["sync"]).config("default.toml", toml).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let sql = "select count(*), count(adset_name), count(campaign_name), count(distinct delivery) from ads_view";
    assert_eq!(scene.db.query_text(sql).await, [["72", "72", "72", "1"]]);
    let sql = format!("select count(*) from ads_metrics({ALL_DAYS}, 'ad') m join ads a using (id, name)");
    assert_eq!(scene.value(&sql).await, "72");
    let truth = scene.truth(Level::Adset);
    assert_eq!(metrics(&scene, "campaign").await, sums(&truth, |row| row.campaign_id.clone().unwrap()));
    let sql = "select extract(isodow from complete_until) from account_freshness where report = 'weeks'";
    assert_eq!(scene.value(sql).await, "7", "the Sunday of the last whole week");
    assert!(scene.adsync(&["migrate"]).config("default.toml", toml).run().await.stdout.contains("nothing to do"));
}
