//! Headers and library against the tables of the ABI, and against the old library that Debian
//! ships, by the programs that lie beside these. Needs python3, a C and a C++ compiler, binutils,
//! and libabigail's abidiff.
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo puts the library that it made for this test beside the test.
fn library() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().join("libnng.so")
}

fn lacks(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        println!("not checked, as there is no {tool} here");
    }
    missing.is_some()
}

fn passes(command: &mut Command) {
    let output = command.output().expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{complaints}");
}

#[test]
fn headers_and_library_keep_to_the_abi() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if lacks(&["python3", "g++", "readelf"]) {
        return;
    }
    passes(
        Command::new("python3")
            .arg(root.join("capi-tests/abi/check-abi"))
            .arg("--include")
            .arg(root.join("include"))
            .arg("--lib")
            .arg(library()),
    );
}

#[test]
fn what_the_old_library_has_is_still_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let old = root.join(".peers");
    if lacks(&["python3", "cc", "abidiff"]) {
        return;
    }
    if !old.join("done").exists() {
        println!("not compared, as the old library is not unpacked here");
        return;
    }
    passes(
        Command::new("python3")
            .arg(root.join("capi-tests/abi/compare-old"))
            .arg("--old")
            .arg(old)
            .arg("--include")
            .arg(root.join("include"))
            .arg("--lib")
            .arg(library()),
    );
}
