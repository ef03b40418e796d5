//! How many rows a second are served; run with `cargo test --release -p graph_sim -- --ignored --nocapture`.
use crate::support::{ACT, get};
use graph_sim::{Sim, World};
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a test"]
async fn rows_per_second_of_a_large_account() {
    let fields = "account_id,campaign_id,adset_id,date_start,spend,impressions,reach,clicks,inline_link_clicks,ctr,cpc,cpm,\
                  actions,action_values";
    for (name, world) in [("medium", World::medium()), ("large", World::large())] {
        let sim = Sim::start(world).await.expect("start");
        let started = Instant::now();
        let (mut rows, mut bytes, mut after) = (0_usize, 0_usize, String::new());
        let mut first = None;
        loop {
            let params = [
                ("level", "adset"),
                ("time_increment", "1"),
                ("date_preset", "last_30d"),
                ("limit", "1000"),
                ("fields", fields),
                ("after", after.as_str()),
            ];
            let answer = get(&sim, &format!("{ACT}/insights"), &params).await;
            first.get_or_insert_with(|| started.elapsed());
            rows += answer.body.matches("\"date_start\"").count();
            bytes += answer.body.len();
            let tail = answer.body.rfind("\"paging\"").map(|at| answer.body.split_at(at).1.to_owned()).expect("paging");
            let json: serde_json::Value = serde_json::from_str(&format!("{{{tail}")).expect("json");
            if json["paging"]["next"].is_null() {
                break;
            }
            after = json["paging"]["cursors"]["after"].as_str().expect("after").to_owned();
        }
        let seconds = started.elapsed().as_secs_f64();
        let micros = seconds * 1e6 / f64::from(u32::try_from(rows).expect("rows"));
        println!("{name}: {rows} rows, {bytes} bytes, first page {first:?}, {seconds:.2} s, {micros:.2} us/row");
    }
}
