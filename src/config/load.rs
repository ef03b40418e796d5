//! Reads the files and the variables and lays each over the one before, with the origin of every value.
//!
//! What has the wrong shape (unknown keys, a value where a table belongs) is told per file, before anything is
//! merged, so that a later file hides no mistake of an earlier one.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use config::Value;

use super::environment::Environment;
use super::file::{Found, Place, SECTIONS, find};
use super::layer::{Layer, merge, of_toml, of_variable};
use super::problem::{Origin, Problem, one_line, shown, shown_key};
use super::unknown;

/// The variables that configure adsync beside `ADSYNC__SECTION__KEY`.
const KNOWN_VARIABLES: &[&str] = &[
    "ADSYNC_ENV",
    "ADSYNC_CONFIG_DIR",
    "ADSYNC_MIGRATE_DATABASE_URL",
    "ADSYNC_MIGRATE_DATABASE_URL_FILE",
    "ADSYNC_ADMIN_TOKEN",
    "ADSYNC_ADMIN_TOKEN_FILE",
    "ADSYNC_READ_TOKEN",
    "ADSYNC_READ_TOKEN_FILE",
    "ADSYNC_WEBHOOK_URL",
    "ADSYNC_WEBHOOK_URL_FILE",
    "ADSYNC_HEARTBEAT_URL",
    "ADSYNC_HEARTBEAT_URL_FILE",
];

/// A file longer than this is no configuration.
pub(super) const MOST_BYTES: u64 = 1024 * 1024;

/// Everything that was written, merged.
pub(super) struct Written {
    /// The values by their places, each from the last source that said it.
    pub(super) values: BTreeMap<Place, (Value, Origin)>,
    /// The tables of the user's naming and who named them first.
    pub(super) named: BTreeMap<(&'static str, String), Origin>,
    /// What has the wrong shape.
    pub(super) problems: Vec<Problem>,
    /// Whether every file could be read: if not, nothing can be said to be missing.
    pub(super) is_complete: bool,
}

/// The files that are read, whether or not they exist.
pub(super) fn files(dir: &Path, environment: &Environment) -> [PathBuf; 2] {
    let name = environment.get("ADSYNC_ENV").map(str::trim).filter(|name| !name.is_empty()).unwrap_or("local");
    ["default", name].map(|name| dir.join(format!("{name}.toml")))
}

/// Reads `default.toml`, `<ADSYNC_ENV>.toml` and the variables.
pub(super) fn read(dir: &Path, environment: &Environment) -> Written {
    let mut reader = Reader { layers: Vec::new(), named: BTreeMap::new(), problems: Vec::new(), is_complete: true };
    reader.file(dir, "default", false);
    match environment.get("ADSYNC_ENV").map(str::trim) {
        None | Some("") => reader.file(dir, "local", false),
        Some("default") => {}
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
            reader.file(dir, name, true);
        }
        Some(name) => {
            let text = format!(
                "{} is no name of a config file: write the name without folder and ending, for example production",
                shown(name)
            );
            reader.variable_problem("ADSYNC_ENV", None, text);
            reader.is_complete = false;
        }
    }
    reader.variables(environment);
    let values = merge(reader.layers).unwrap_or_else(|problem| {
        reader.problems.push(problem);
        BTreeMap::new()
    });
    Written { values, named: reader.named, problems: reader.problems, is_complete: reader.is_complete }
}

/// What a file holds, up to a byte more than it may.
fn contents(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Reader {
    layers: Vec<Layer>,
    named: BTreeMap<(&'static str, String), Origin>,
    problems: Vec<Problem>,
    is_complete: bool,
}

impl Reader {
    fn file(&mut self, dir: &Path, name: &str, must_exist: bool) {
        let path = dir.join(format!("{name}.toml"));
        let label = path.to_string_lossy();
        let origin = Origin::File(label.strip_prefix("./").unwrap_or(&label).to_owned());
        let text = match contents(&path) {
            Ok(bytes) if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) => {
                Err("is longer than 1 MB, which no configuration is: name the folder of adsync's own files".to_owned())
            }
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "is not UTF-8: save it as UTF-8 text".to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err("does not exist, but ADSYNC_ENV names it: make the file, or name another with ADSYNC_ENV"
                    .to_owned())
            }
            Err(error) => Err(format!("cannot be read ({}): let this process read it, or move it away", error.kind())),
        };
        let parsed = text.map_err(|text| (None, text)).and_then(|text| {
            toml::from_str::<toml::Table>(&text).map_err(|error| {
                // Only the message: the error's own Display quotes the line, which may hold a secret.
                let line = error.span().map(|span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
                (
                    line,
                    format!(
                        "no valid TOML: {}; mend this line, the rest of the file was not judged",
                        one_line(error.message())
                    ),
                )
            })
        });
        match parsed {
            Ok(table) => {
                let mut layer = Layer::default();
                for (section, value) in table {
                    self.shape(&mut vec![section], value, &origin, &mut layer);
                }
                self.layers.push(layer);
            }
            Err((line, text)) => {
                self.problems.push(Problem { origin, line, key: None, text });
                self.is_complete = false;
            }
        }
    }

    /// Takes what has its right shape into the layer, tells what has not.
    fn shape(&mut self, path: &mut Vec<String>, value: toml::Value, origin: &Origin, layer: &mut Layer) {
        let found = find(path);
        if let Found::Named(section, name) = &found
            && value.is_table()
        {
            self.named.entry((section, name.clone())).or_insert_with(|| origin.clone());
        }
        let text = match (found, value) {
            (Found::Section | Found::Named(..), toml::Value::Table(table)) => {
                for (word, value) in table {
                    path.push(word);
                    self.shape(path, value, origin, layer);
                    path.pop();
                }
                return;
            }
            (Found::Section | Found::Named(..), _) => {
                format!("is a table, not a value: write [{}] and its keys below it", shown_key(path))
            }
            (Found::Value(_), toml::Value::Table(_)) => "is a single value, not a table: write key = value".to_owned(),
            (Found::Value(place), value) => {
                layer.put(place, of_toml(value, origin));
                return;
            }
            (Found::Unknown, _) => unknown::advice(path),
        };
        self.problems.push(Problem { origin: origin.clone(), line: None, key: Some(shown_key(path)), text });
    }

    fn variables(&mut self, environment: &Environment) {
        let mut layer = Layer::default();
        for (variable, value) in environment.beginning("ADSYNC_") {
            let Some(rest) = variable.strip_prefix("ADSYNC__") else {
                self.stray(variable);
                continue;
            };
            let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
            let origin = Origin::Variable(variable.to_owned());
            let text = match find(&path) {
                Found::Value(place) => {
                    if let Some(name) = &place.name {
                        self.named.entry((place.section, name.clone())).or_insert_with(|| origin.clone());
                    }
                    layer.put(place, of_variable(value, &origin));
                    continue;
                }
                Found::Section | Found::Named(..) => {
                    format!("is a table, not a value: add the key, as in {variable}__KEY")
                }
                Found::Unknown => unknown::advice(&path),
            };
            self.variable_problem(variable, Some(shown_key(&path)), text);
        }
        for variable in environment.garbled().filter(|name| name.starts_with("ADSYNC_")) {
            self.variable_problem(variable, None, "holds bytes that are no UTF-8 text: set it again".to_owned());
        }
        self.layers.push(layer);
    }

    /// Tells of a variable that was meant for adsync, as far as its name shows that.
    ///
    /// Others are left alone: an orchestrator adds variables of its own, such as `ADSYNC_SERVICE_HOST`.
    fn stray(&mut self, variable: &str) {
        // Comparing takes time by the product of the lengths.
        if KNOWN_VARIABLES.contains(&variable) || variable.len() > 100 {
            return;
        }
        let rest = variable.strip_prefix("ADSYNC_").unwrap_or(variable);
        let section = rest.split("__").next().unwrap_or_default().to_lowercase();
        if rest.contains("__") && SECTIONS.iter().any(|s| s.name == section) {
            let text = format!("has one underscore after ADSYNC, settings have two: rename it to ADSYNC__{rest}");
            self.variable_problem(variable, None, text);
            return;
        }
        let distance = |known: &str| strsim::damerau_levenshtein(known, variable);
        let near = KNOWN_VARIABLES.iter().min_by_key(|known| distance(known)).filter(|known| distance(known) <= 2);
        if let Some(near) = near {
            self.variable_problem(variable, None, format!("unknown variable; did you mean {near}?"));
        }
    }

    fn variable_problem(&mut self, variable: &str, key: Option<String>, text: String) {
        self.problems.push(Problem { origin: Origin::Variable(variable.to_owned()), line: None, key, text });
    }
}
