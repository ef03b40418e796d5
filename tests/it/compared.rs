//! `adsync check --compare-with`: what a table that a script filled has otherwise, and why, in sentences.

use crate::support::binary::Finished;
use crate::support::scene::Scene;

/// The days that the metric columns cover.
const WINDOW: &str = "date between (select metrics_since from ad_accounts) and (select metrics_until from ad_accounts)";

async fn compared(scene: &Scene, table: &str) -> Finished {
    let finished = scene.adsync(&["check", "--compare-with", table]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

/// Fails where a line that begins and goes on like this is not there.
fn assert_told(finished: &Finished, lines: &[(&str, &str)]) {
    for (head, rest) in lines {
        let is_told = finished.stdout.lines().any(|line| line.starts_with(head) && line.contains(rest));
        assert!(is_told, "{head} {rest}:\n{}", finished.stdout);
    }
}

#[tokio::test]
async fn the_mistakes_of_a_table_per_ad_set_are_told_with_their_reasons() {
    let scene = Scene::small().await;
    scene.sync().await;
    // Cents for units, ratios added up, people added up, a budget divided, numbers as text, nothing that does not run.
    scene
        .db
        .execute(&format!(
            "create schema script;
             update adsets set status = 'PAUSED', effective_status = 'PAUSED'
               where id in (select id from adsets where spend > 0 order by id limit 3);
             create table script.adsets as
               select a.id, a.name, a.status, a.spend * 100 as spend, a.impressions::text as impressions, a.clicks,
                 d.ctr, d.reach, a.daily_budget / 100.0 as daily_budget, 'mine' as notes
               from adsets a left join
                 (select adset_id, sum(100.0 * clicks / nullif(impressions, 0)) as ctr, sum(reach) as reach
                  from adset_insights where {WINDOW} group by adset_id) d on d.adset_id = a.id
               where a.effective_status not like '%PAUSED%';
             insert into script.adsets select * from script.adsets order by id limit 2"
        ))
        .await;
    let told = compared(&scene, "script.adsets").await;
    let running = scene.value("select count(distinct id) from script.adsets").await;
    let paused = scene.value("select count(*) from adsets where effective_status like '%PAUSED%'").await;
    assert_told(
        &told,
        &[
            ("compare   script.adsets: ", "rows, one per ad set"),
            ("compare   recognised: id, status", "; not looked at: name, notes"),
            ("compare   its figures are those of ", "(8 days): that fits"),
            (&format!("compare   impressions: {running} of {running} agree"), ""),
            ("compare   spend: ", " agree"),
            ("- 2 rows stand there again", "one row for each id"),
            (&format!("- {paused} ad sets are missing there that are paused now, with a spend of "), ""),
            ("- impressions are kept as text", ""),
            ("- ", "of spend are in cents"),
            ("- ", "of ctr are the ratios of the days added up"),
            ("- ", "of reach are the people of each day added up"),
            ("- ", "of daily_budget are in units of the currency"),
        ],
    );
    assert_eq!(
        scene.value("select count(*) from script.adsets where notes = 'mine'").await,
        (running.parse::<u32>().unwrap() + 2).to_string()
    );
}

#[tokio::test]
async fn days_of_utc_and_ids_that_lost_their_digits_are_told() {
    let scene = Scene::small().await;
    scene.sync().await;
    let date = scene.days_ago(3);
    scene
        .db
        .execute(
            "create schema script;
             create table script.days as
               select adset_id, (date + 1)::timestamptz as date, spend, impressions, clicks from adset_insights
               where clicks > 0 and date < (select max(date) - 5 from adset_insights)",
        )
        .await;
    let shifted = compared(&scene, "script.days").await;
    assert_told(
        &shifted,
        &[
            ("compare   script.days: ", "rows, one per ad set and day"),
            ("- date is an instant, not a day", ""),
            ("- ", "rows have the figures of the day before: the day was reckoned in UTC"),
            ("- ", "days of ad sets are missing there"),
        ],
    );

    let sql = format!("select adset_id from adset_insights where date = '{date}' and spend > 0 order by 1");
    let ids: Vec<String> = scene.db.query_text(&sql).await.into_iter().map(|mut row| row.remove(0)).collect();
    // What a language without whole numbers makes of them; one was kept as text.
    let as_float = |id: &String| format!("{:.0}", id.parse::<f64>().unwrap());
    let altered: Vec<String> = ids[..1].iter().cloned().chain(ids[1..].iter().map(as_float)).collect();
    let lost = ids.iter().zip(&altered).filter(|(id, altered)| id != altered).count();
    assert!(lost > 0, "{ids:?}");
    let values: Vec<String> = altered.iter().map(|id| format!("({id}, date '{date}', 1)")).collect();
    scene
        .db
        .execute(&format!(
            "create table script.floats (adset_id bigint, date date, spend numeric);
             insert into script.floats values {}",
            values.join(", ")
        ))
        .await;
    let told = compared(&scene, "script.floats").await;
    assert_told(&told, &[(&format!("- {lost} rows have an id whose last digits were lost"), "Ids are text")]);
}

#[tokio::test]
async fn a_table_without_a_mistake_is_told_to_be_so_in_either_language() {
    let scene = Scene::small().await;
    scene.sync().await;
    scene
        .db
        .execute(
            "create schema script;
             create table script.same as select id, status, daily_budget, spend, impressions, clicks, leads, ctr, cpc, cpm from adsets;
             create view script.campanhas as select id as campanha_id, spend as gasto, impressions as impressoes from campaigns;
             create table script.dias as select adset_id as conjunto_id, date as dia, replace('R$ ' || spend, '.', ',') as valor_gasto
               from adset_insights",
        )
        .await;
    for (table, last) in [("script.same", "Nothing differs."), ("\"script\".\"campanhas\"", "Nothing differs.")] {
        let told = compared(&scene, table).await;
        assert_eq!(told.stdout.lines().last(), Some(last), "{}", told.stdout);
    }
    let told = compared(&scene, "script.dias").await;
    assert_told(&told, &[("- valor_gasto are kept as text", "")]);
    let line = told.stdout.lines().find(|line| line.starts_with("compare   valor_gasto: ")).unwrap();
    let [agreeing, all] =
        line.trim_start_matches("compare   valor_gasto: ").trim_end_matches(" agree").split(" of ").collect::<Vec<_>>()
            [..]
    else {
        panic!("{line}");
    };
    assert_eq!(agreeing, all, "{}", told.stdout);
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused_with_what_to_do() {
    let scene = Scene::small().await;
    scene.db.execute("create schema script; create table script.adsets (id text, spend numeric)").await;
    let refused = async |table: &str, words: &str| {
        let finished = scene.adsync(&["check", "--compare-with", table]).run().await;
        assert!(finished.code() == 2 && finished.stderr.contains(words), "{table} {words}: {finished:?}");
    };
    refused("script.adsets", "adsync holds nothing yet to compare with").await;
    scene.sync().await;
    scene
        .db
        .execute(
            "insert into script.adsets values ('7', 1);
             create table script.ads (ad_id text, adset_id text, spend numeric);
             create table script.words (word text)",
        )
        .await;
    refused("script.nothing", "there is no table or view script.nothing").await;
    refused("adsets", "public.adsets is adsync's own table").await;
    refused("script.adsets", "none of the ids in script.adsets (1 rows)").await;
    refused("script.ads", "parts of an ad set's day (ad_id)").await;
    refused("script.words", "no column of script.words is known as an id").await;
    refused("script.", "write schema.table").await;
}
