//! Keeps the house as its plan draws it: imports point one way, files are small and say what they are for.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, in the order of the import rule: each may use itself and those after it.
const ROOMS: [&str; 16] = [
    "main",
    "cli",
    "demo",
    "app",
    "web",
    "config",
    "telemetry",
    "daemon",
    "alert",
    "sync",
    "store",
    "rows",
    "meta",
    "schedule",
    "metrics",
    "shutdown",
];

const LONGEST_FILE: usize = 400;

/// Names that say nothing of what a file holds.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "manager", "helpers", "misc"];

/// Words that belong into no file: they tie the project to one machine or one mirror. Split, so as not to find themselves.
const FOREIGN_WORDS: [(&str, &str); 10] = [
    ("/wo", "rk/"),
    ("crates", ".io"),
    ("deb.debian", ".org"),
    ("security.debian", ".org"),
    ("snapshot.debian", ".org"),
    ("npmjs", ".org"),
    ("npmjs", ".com"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("proxy.golang", ".org"),
];

/// Folders and files that are made, not written.
const NOT_OURS: [&str; 6] = [".git", "target", "logs", ".demo", "node_modules", "Cargo.lock"];

#[test]
fn imports_point_from_main_towards_shutdown() {
    judge(|path, text| match room_of(path) {
        None => Vec::new(),
        Some(room) => upward_imports(&room, text),
    });
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    judge(|path, text| if is_rust(path) { shape_of(text) } else { Vec::new() });
}

#[test]
fn names_say_what_a_file_holds() {
    judge(|path, _| empty_names(path));
}

#[test]
fn no_file_names_a_registrys_host_or_a_workplace() {
    judge(|_, text| foreign_words(text));
}

/// Shows every file of the repository to a rule and fails with all that the rule finds.
fn judge(rule: impl Fn(&Path, &str) -> Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(root, &mut files);
    assert!(files.len() > 10, "the repository was not found at {}", root.display());
    let mut found = Vec::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap();
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        found.extend(rule(path, &text).into_iter().map(|what| format!("{}: {what}", path.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// The room that a file of `src/` belongs to; `lib.rs` only lists them.
fn room_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("src").ok().filter(|_| is_rust(path))?;
    let room = Path::new(inside.components().next()?.as_os_str()).file_stem()?.to_str()?.to_owned();
    (room != "lib").then_some(room)
}

/// The paths of a file that begin with `crate::` and lead to a room before its own, or to none.
fn upward_imports(room: &str, text: &str) -> Vec<String> {
    let place = |name: &str| ROOMS.iter().position(|room| *room == name);
    let Some(here) = place(room) else {
        return vec![format!("the room {room} has no place in the order of imports")];
    };
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let (before, path) = code.split_at(at);
        // `some_crate::` is another word.
        if before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        for name in first_names(path.trim_start_matches("crate::")) {
            match place(&name) {
                Some(there) if there < here => found.push(format!("{room} may not use {name}")),
                Some(_) => {}
                None => found.push(format!("crate::{name} is no room")),
            }
        }
    }
    found
}

/// The first names of a path or of the paths in a group: `a` of `a::b`, `a` and `b` of `{a::{c, d}, b}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |path: &str| {
        path.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
    };
    let Some(group) = path.trim_start().strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group.split_at(at + 1).1)),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn shape_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !text.starts_with("//! ") {
        found.push("the first line does not say what the file is for".to_owned());
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("{lines} lines, of {LONGEST_FILE} at most"));
    }
    found
}

fn empty_names(path: &Path) -> Vec<String> {
    let names = path.iter().filter_map(|part| Path::new(part).file_stem()?.to_str());
    names.filter(|name| EMPTY_NAMES.contains(name)).map(|name| format!("{name} says nothing")).collect()
}

fn foreign_words(text: &str) -> Vec<String> {
    let words = FOREIGN_WORDS.iter().map(|(head, tail)| format!("{head}{tail}"));
    words.filter(|word| text.contains(word.as_str())).map(|word| format!("names {word}")).collect()
}

#[test]
fn an_upward_import_is_found_however_it_is_written() {
    let rule = |text| upward_imports("store", text);
    assert_eq!(rule("use crate::sync::Run;"), ["store may not use sync"]);
    assert_eq!(rule("use crate::{rows::{A, B}, daemon};"), ["store may not use daemon"]);
    assert_eq!(rule("use crate::{\n    meta,\n    web::{page, api},\n};"), ["store may not use web"]);
    assert_eq!(rule("fn f() { crate::cli::run() }"), ["store may not use cli"]);
    assert_eq!(rule("pub(in crate::app) fn f() {}"), ["store may not use app"]);
    assert_eq!(rule("use crate::Settings;"), ["crate::Settings is no room"]);
    assert_eq!(upward_imports("attic", ""), ["the room attic has no place in the order of imports"]);
}

#[test]
fn a_downward_import_is_fine() {
    let text = "use crate::{rows::{A, daemon}, meta};\nuse crate::store::B;\n// crate::web\nuse my_crate::web;";
    assert_eq!(upward_imports("store", text), [""; 0]);
    assert_eq!(room_of(Path::new("src/store/adsets.rs")).as_deref(), Some("store"));
    assert_eq!(room_of(Path::new("src/app.rs")).as_deref(), Some("app"));
    assert_eq!(room_of(Path::new("src/lib.rs")), None);
    assert_eq!(room_of(Path::new("src/demo/postgres.sh")), None);
    assert_eq!(room_of(Path::new("tests/it/main.rs")), None);
}

#[test]
fn a_file_without_a_purpose_or_an_end_is_found() {
    assert_eq!(shape_of("use std::fs;\n").len(), 1);
    assert_eq!(shape_of(&"//! Much.\n".repeat(401)), ["401 lines, of 400 at most"]);
    assert_eq!(shape_of(&"//! Much.\n".repeat(400)), [""; 0]);
}

#[test]
fn empty_names_and_foreign_words_are_found() {
    assert_eq!(empty_names(Path::new("src/store/utils.rs")), ["utils says nothing"]);
    assert_eq!(empty_names(Path::new("src/common/mod.rs")), ["common says nothing"]);
    assert_eq!(empty_names(Path::new("src/store/adsets.rs")), [""; 0]);
    for (head, tail) in FOREIGN_WORDS {
        assert_eq!(foreign_words(&format!("see {head}{tail} there")).len(), 1);
    }
    assert_eq!(foreign_words("a network of workflows"), [""; 0]);
}
