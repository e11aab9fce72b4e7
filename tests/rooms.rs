//! The rooms of the source tree: each uses only those to its right, says what each file is for,
//! and forbids unsafe code where none belongs.
use std::fs;
use std::path::{Path, PathBuf};

const ROOMS: &[&str] =
    &["capi", "init", "nn", "sp", "ws", "http", "stream", "tls", "rt", "msg", "base", "sys"];

/// Rooms that may hold unsafe code; in the last two only where a measurement asks for it.
const UNSAFE: &[&str] = &["sys", "capi", "rt", "msg"];

const MOST_LINES: usize = 900;

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a line names after `crate::`, also within braces.
fn rooms_in(line: &str) -> Vec<&'static str> {
    let mut named = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let list: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split(", ").collect(),
            None => vec![rest],
        };
        for item in list {
            let end = item.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(item.len());
            named.extend(ROOMS.iter().find(|room| **room == &item[..end]));
        }
    }
    named
}

fn rank(room: &str) -> usize {
    ROOMS.iter().position(|known| *known == room).unwrap_or_else(|| panic!("no room {room}"))
}

#[test]
fn every_file_keeps_to_its_room() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with("//!") {
            wrong.push(format!("{name}: does not begin with what it is for"));
        }
        if text.lines().count() > MOST_LINES {
            wrong.push(format!("{name}: longer than {MOST_LINES} lines"));
        }
        if name == "lib.rs" || name.starts_with("bin/") {
            continue;
        }
        let room = name.split(['/', '.']).next().unwrap();
        let own = rank(room);
        // A list of modules holds no code.
        let only_lists = !text.contains("fn ") && !text.contains("macro_rules!");
        if !UNSAFE.contains(&room) && !only_lists && !text.contains("#![forbid(unsafe_code)]") {
            wrong.push(format!("{name}: does not forbid unsafe code"));
        }
        for (i, line) in text.lines().enumerate() {
            for used in rooms_in(line) {
                if rank(used) < own {
                    wrong.push(format!("{name}:{}: uses {used}, to its left", i + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_found_wherever_they_stand() {
    assert_eq!(rooms_in("use crate::{init, sys};"), ["init", "sys"]);
    assert_eq!(rooms_in("use crate::base::{Error, Result};"), ["base"]);
    assert_eq!(rooms_in("let x = crate::rt::aio::until(crate::sys::now());"), ["rt", "sys"]);
    assert!(rooms_in("use crate::errors; use super::sp;").is_empty());
}
