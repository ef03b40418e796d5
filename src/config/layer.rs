//! One source of values as the crate `config` takes it, and what comes out when all of them are merged.

use std::collections::BTreeMap;

use config::{Map, Value, ValueKind};

use super::file::{Found, Place, find};
use super::problem::{Origin, Problem};

/// What one file, or all variables together, says.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer(BTreeMap<Place, Value>);

impl Layer {
    /// Adds a value; the last one of a place stays.
    pub(super) fn put(&mut self, place: Place, value: Value) {
        self.0.insert(place, value);
    }
}

/// The one key at the root of a layer.
///
/// The crate `config` reads the keys at the root as paths, where a key such as `a[9999999999]` would ask for a list of
/// that length; the keys below are taken as they are.
const ROOT: &str = "settings";

impl config::Source for Layer {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        let mut sections: Map<String, Map<String, Value>> = Map::new();
        let mut named: BTreeMap<(&str, &str), Map<String, Value>> = BTreeMap::new();
        for (place, value) in &self.0 {
            let table = match &place.name {
                Some(name) => named.entry((place.section, name)).or_default(),
                None => sections.entry(place.section.to_owned()).or_default(),
            };
            table.insert(place.key.clone(), value.clone());
        }
        for ((section, name), table) in named {
            sections.entry(section.to_owned()).or_default().insert(name.to_owned(), Value::new(None, table));
        }
        let sections: Map<String, Value> =
            sections.into_iter().map(|(name, table)| (name, Value::new(None, table))).collect();
        Ok(Map::from([(ROOT.to_owned(), Value::new(None, sections))]))
    }
}

/// Lays each layer over the one before.
pub(super) fn merge(layers: Vec<Layer>) -> Result<BTreeMap<Place, (Value, Origin)>, Problem> {
    let mut values = BTreeMap::new();
    let builder = layers.into_iter().fold(config::Config::builder(), |builder, layer| builder.add_source(layer));
    let merged = builder.build().map_err(|_| Problem {
        origin: Origin::BuiltIn,
        line: None,
        key: None,
        text: "the files and variables could not be merged: try with fewer of them".to_owned(),
    })?;
    if let ValueKind::Table(mut root) = merged.cache.kind
        && let Some(ValueKind::Table(sections)) = root.remove(ROOT).map(|value| value.kind)
    {
        gather(&mut Vec::new(), sections, &mut values);
    }
    Ok(values)
}

fn gather(path: &mut Vec<String>, table: Map<String, Value>, values: &mut BTreeMap<Place, (Value, Origin)>) {
    for (word, value) in table {
        path.push(word);
        let origin = value.origin().map(str::to_owned);
        match (find(path), value.kind) {
            (Found::Section | Found::Named(..), ValueKind::Table(table)) => gather(path, table, values),
            (Found::Value(place), kind) => {
                let origin = untag(origin.as_deref());
                values.insert(place, (Value::new(None, kind), origin));
            }
            _ => {}
        }
        path.pop();
    }
}

/// An origin as a merged value carries it.
fn tag(origin: &Origin) -> String {
    match origin {
        Origin::File(name) => format!("file {name}"),
        Origin::Variable(name) => format!("variable {name}"),
        Origin::BuiltIn => String::new(),
    }
}

fn untag(tag: Option<&str>) -> Origin {
    match tag.and_then(|tag| tag.split_once(' ')) {
        Some(("file", name)) => Origin::File(name.to_owned()),
        Some(("variable", name)) => Origin::Variable(name.to_owned()),
        _ => Origin::BuiltIn,
    }
}

/// A value of a file, with its origin.
pub(super) fn of_toml(value: toml::Value, origin: &Origin) -> Value {
    let kind = match value {
        toml::Value::String(text) => ValueKind::String(text),
        toml::Value::Integer(number) => ValueKind::I64(number),
        toml::Value::Float(number) => ValueKind::Float(number),
        toml::Value::Boolean(flag) => ValueKind::Boolean(flag),
        toml::Value::Datetime(instant) => ValueKind::String(instant.to_string()),
        toml::Value::Array(items) => ValueKind::Array(items.into_iter().map(|item| of_toml(item, origin)).collect()),
        // Only inside a list, where no key takes one.
        toml::Value::Table(_) => ValueKind::Nil,
    };
    Value::new(Some(&tag(origin)), kind)
}

/// A value of a variable, with its origin. It is text, whatever it looks like.
pub(super) fn of_variable(text: &str, origin: &Origin) -> Value {
    Value::new(Some(&tag(origin)), text)
}
