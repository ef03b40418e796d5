//! Names that are difficult, and how they are written (FACTS 2.7).
use crate::support::{ACT, all, control, get};
use graph_sim::{Change, Fault, Level, Sim, World};

async fn renamed(name: &str) -> (Sim, String) {
    let sim = Sim::start(World::small()).await.expect("start");
    let id = sim.world().truth_objects(ACT, Level::Campaign)[0].id.clone();
    sim.world().apply(Change::Rename { id: id.clone(), name: name.into() }).expect("renamed");
    (sim, id)
}

#[tokio::test]
async fn emoji_right_to_left_and_controls_arrive_as_they_are() {
    let name = "😀 שלום \u{202e}abc\u{202c} \"q\" \\ \n\t / ação";
    let (sim, id) = renamed(name).await;
    let answer = get(&sim, &id, &[("fields", "name")]).await;
    assert_eq!(answer.json()["name"], name);
    assert!(answer.body.contains('😀') && answer.body.contains("\\u000a"));
    // Older answers escape slashes and whatever is not ASCII: the same text.
    sim.faults().always(Fault::Escaped);
    let escaped = get(&sim, &id, &[("fields", "name")]).await;
    assert!(escaped.body.is_ascii() && escaped.body.contains("\\ud83d\\ude00") && escaped.body.contains("\\/"));
    assert_eq!(escaped.json()["name"], name);
}

#[tokio::test]
async fn a_zero_byte_and_half_a_pair_are_escapes_that_no_rust_string_needs_to_hold() {
    let (sim, id) = renamed("a\u{0}b\u{10D83D}c\u{10DE00}d").await;
    let answer = get(&sim, &id, &[("fields", "name")]).await;
    assert!(answer.body.contains("\"name\":\"a\\u0000b\\ud83dc\\ude00d\""), "{}", answer.body);
}

#[tokio::test]
async fn wild_worlds_hold_such_names_and_random_ones_do_not() {
    for seed in 0..8 {
        let sim = Sim::start(World::random(seed)).await.expect("start");
        // Every page of it parses.
        assert!(!all(&sim, &format!("{ACT}/ads"), &[("fields", "name")]).await.is_empty());
        let body = get(&sim, &format!("{ACT}/ads"), &[("fields", "name"), ("limit", "500")]).await.body;
        assert!(!body.contains("\\u0000"));
    }
    let mut bodies = String::new();
    for seed in 0..8 {
        let sim = Sim::start(World::wild(seed)).await.expect("start");
        bodies += &get(&sim, &format!("{ACT}/ads"), &[("fields", "name"), ("limit", "500")]).await.body;
    }
    assert!(bodies.contains("\\u0000") && bodies.contains("\\ud83d pair") && bodies.contains("\\ude00"));
}

#[tokio::test]
async fn a_value_of_a_row_may_be_anything_beyond_64_bits_too() {
    let sim = Sim::start(World::small()).await.expect("start");
    let rule = "{\"fault\":{\"kind\":\"set_field\",\"field\":\"impressions\",\
                \"json\":\"\\\"18446744073709551616\\\"\",\"row\":0},\"path\":\"/insights\"}";
    control(&sim, "POST", "faults", rule).await;
    let rows = get(&sim, &format!("{ACT}/insights"), &[("level", "campaign"), ("fields", "impressions")]).await.data();
    assert_eq!(rows[0]["impressions"], "18446744073709551616");
    assert_ne!(rows[1]["impressions"], rows[0]["impressions"]);
}
