//! The TypeScript types are those of the columns that PostgreSQL has.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::scene::Scene;

/// Reports of every kind, a metric, other names.
const CONFIG: &str = "\
[reports.adset]
[reports.by_age]
breakdowns = [\"age\", \"gender\"]
[reports.creative]
level = \"ad\"
[reports.week]
level = \"campaign\"
time_increment = \"weekly\"
[metrics.contacts]
action_types = [\"contact_total\"]
[tables]
campaigns = \"meta_campaigns\"
adsets_view = \"meta_adsets_view\"
sync_runs = \"adsync_runs\"
";

/// The members of an object type by the path that leads to it: name, and type with its marks.
type Members = BTreeMap<String, BTreeMap<String, String>>;

fn members(text: &str) -> Members {
    let (mut path, mut members) = (Vec::new(), Members::new());
    for line in text.lines().map(str::trim) {
        if let Some(opened) = line.strip_suffix('{') {
            path.push(opened.trim_end_matches([':', ' ', '=']).to_owned());
        } else if line.starts_with('}') {
            path.pop();
        } else if let Some((name, kind)) = line.split_once(": ")
            && !path.is_empty()
            && !line.starts_with("/*")
        {
            let place = path.iter().skip(2).cloned().collect::<Vec<_>>().join(".");
            members.entry(place).or_default().insert(name.to_owned(), kind.to_owned());
        }
    }
    members
}

/// A type of PostgreSQL by its short name as supabase-js delivers it.
fn delivered(short: &str) -> String {
    if let Some(item) = short.strip_prefix('_') {
        return format!("{}[]", delivered(item));
    }
    match short {
        "int2" | "int4" | "int8" | "numeric" => "number",
        "bool" => "boolean",
        "text" | "date" | "timestamptz" | "uuid" => "string",
        "jsonb" => "Json",
        other => panic!("{other} is new"),
    }
    .to_owned()
}

#[tokio::test]
async fn every_table_view_and_function_has_the_columns_that_the_database_has() {
    let scene = Scene::small().await;
    let migrated = scene.adsync(&["migrate"]).config("default.toml", CONFIG).run().await;
    assert_eq!(migrated.code(), 0, "{migrated:?}");
    // They are told without a database or a token.
    let told =
        scene.adsync(&["types"]).config("default.toml", CONFIG).without("DATABASE_URL").without("META_ACCESS_TOKEN");
    let told = told.run().await;
    assert_eq!(told.code(), 0, "{told:?}");
    let told = members(&told.stdout);
    let mut held = Members::new();
    let mut insert = Members::new();
    let sql =
        "select t.table_type, t.table_name, c.column_name, c.udt_name, c.is_nullable, c.column_default is not null
         from information_schema.tables t join information_schema.columns c using (table_schema, table_name)
         where t.table_schema = 'public'";
    for row in scene.db.query_text(sql).await {
        let [kind, table, column, short, nullable, has_default] = <[String; 6]>::try_from(row).unwrap();
        let (kind, is_table) = if kind == "VIEW" { ("Views", false) } else { ("Tables", true) };
        let null = if nullable == "YES" { " | null" } else { "" };
        let of = format!("{kind}.{table}.Row");
        held.entry(of).or_default().insert(column.clone(), format!("{}{null}", delivered(&short)));
        if is_table {
            let mark = if nullable == "YES" || has_default == "t" { "?" } else { "" };
            let of = format!("{kind}.{table}.Insert");
            insert.entry(of).or_default().insert(format!("{column}{mark}"), format!("{}{null}", delivered(&short)));
        }
    }
    for place in [
        "Tables.by_age_insights.Row",
        "Tables.meta_campaigns.Row",
        "Views.meta_adsets_view.Row",
        "Tables.adsync_runs.Row",
    ] {
        assert!(held.contains_key(place), "{place}: {:?}", held.keys());
    }
    let of = |end: &str| -> Members {
        told.iter().filter(|(place, _)| place.ends_with(end)).map(|(place, of)| (place.clone(), of.clone())).collect()
    };
    let rows = of(".Row");
    assert_eq!(rows.keys().collect::<Vec<_>>(), held.keys().collect::<Vec<_>>());
    for (place, members) in &held {
        assert_eq!(&rows[place], members, "{place}");
    }
    assert_eq!(of(".Insert"), insert);
    assert_eq!(rows["Tables.by_age_insights.Row"]["age"], "string");
    assert_eq!(rows["Tables.by_age_insights.Row"]["contacts"], "number | null");

    let sql = "select a.name, format_type(a.type, null), a.mode::text from pg_proc p,
           unnest(p.proargnames, p.proallargtypes, p.proargmodes) a(name, type, mode)
         where p.proname = 'ads_metrics'";
    let (mut arguments, mut result) = (BTreeSet::new(), BTreeSet::new());
    for row in scene.db.query_text(sql).await {
        let name = row[0].trim_matches('"').to_owned();
        if row[2] == "t" {
            result.insert(name)
        } else {
            arguments.insert(name)
        };
    }
    let names =
        |place: &str| told[place].keys().map(|name| name.trim_end_matches('?').to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names("Functions.ads_metrics.Args"), arguments);
    assert_eq!(names("Functions.ads_metrics.Returns"), result);
    assert_eq!(told["Functions.ads_metrics.Args"]["since"], "string");
    assert_eq!(told["Functions.ads_metrics.Args"]["account_ids?"], "string[] | null");
    assert_eq!(told["Functions.ads_metrics.Returns"]["contacts"], "number | null");
    assert!(!told.values().flatten().any(|(_, kind)| kind.contains("unknown")), "{told:?}");
}
