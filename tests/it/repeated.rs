//! Rows that Meta tells more than once: the later copy is kept, and each row is counted once, by what became of it.

use crate::support::by_hand::{Pages, list, meta, row};
use crate::support::scene::Scene;

async fn sync(scene: &Scene, url: &str) {
    let finished = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[tokio::test]
async fn the_same_key_twice_is_one_row_counted_once() {
    let scene = Scene::small().await;
    let day = scene.days_ago(1);
    let one = |spend: &str| row("1", day, &format!(r#","spend":"{spend}","impressions":"5","clicks":"1""#));
    let pages = vec![list(&[one("1"), one("2"), row("2", day, r#","spend":"1""#)]), list(&[one("3")]), "[]".to_owned()];
    let url = meta(Pages::from([("adset", pages)])).await;
    sync(&scene, &url).await;
    assert_eq!(scene.value("select count(*) from adset_insights").await, "2");
    let counts = "select rows_read, rows_inserted, rows_updated from sync_run_steps where step = 'insights:adset'";
    assert_eq!(scene.db.query_text(counts).await, [["4", "2", "0"]]);
}

#[tokio::test]
async fn a_key_that_comes_again_is_counted_by_what_became_of_its_row() {
    let scene = Scene::small().await;
    let day = scene.days_ago(1);
    let one = |adset: usize, spend: &str| row(&adset.to_string(), day, &format!(r#","spend":"{spend}","clicks":"1""#));
    let held: Vec<_> = (0..3_100).map(|adset| one(adset, "1")).collect();
    let ids = (0..3_100).chain([9_003, 9_004]);
    let adsets: Vec<_> = ids.map(|id| format!(r#"{{"id":"{id}","name":"a","campaign_id":"11"}}"#)).collect();
    let meta = |rows: Vec<String>| meta(Pages::from([("adset", rows), ("adsets", vec![list(&adsets)])]));
    sync(&scene, &meta(vec![list(&held)]).await).await;
    // Of 3,000 rows none waits any longer; what follows waits for the end of the listing.
    let mut first = held.clone();
    first.truncate(3_000);
    first[..3].fill_with({
        let mut adsets = 0..;
        move || one(adsets.next().unwrap(), "2")
    });
    first[3..5].clone_from_slice(&[one(9_003, "1"), one(9_004, "1")]);
    let rest = [one(3, "1"), one(4, "1")].into_iter().chain(held[3_000..].iter().cloned()).collect::<Vec<_>>();
    let again = vec![
        // Changed, and changed once more; changed, and back again; new, and other than it was.
        one(0, "3"),
        one(1, "1"),
        one(9_003, "2"),
        // As it was, and other than it was; as it was, and told once more; other, and back again in the end.
        one(10, "2"),
        one(11, "1"),
        one(12, "4"),
        one(12, "5"),
        // Not written yet: other than it was, and back again.
        one(3_000, "2"),
        one(3_001, "2"),
    ];
    let back = vec![one(3_001, "1"), one(12, "1")];
    let url = meta([first, rest, again, back].map(|page| list(&page)).to_vec()).await;
    let day = day.to_string();
    let one_day = scene.adsync(&["sync", "--since", &day, "--until", &day]).env("ADSYNC__META__BASE_URL", &url);
    assert_eq!(one_day.run().await.code(), 0);
    let counts = "select rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted from sync_run_steps
        where step = 'insights:adset' order by started_at desc limit 1";
    // Updated: the first three, 10, 12 and 3,000.
    assert_eq!(scene.db.query_text(counts).await, [["3113", "2", "6", "3094", "0"]]);
    let spend = "select adset_id || ' ' || spend from adset_insights where spend <> 1 order by adset_id collate \"C\"";
    assert_eq!(scene.db.query_text(spend).await, [["0 3"], ["10 2"], ["2 2"], ["3000 2"], ["9003 2"]]);
}
