//! Headers and library against the tables of the ABI, by the program that lies beside these.
//! Needs python3, a C and a C++ compiler and binutils.
use std::path::Path;
use std::process::Command;

#[test]
fn headers_and_library_keep_to_the_abi() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Cargo puts the library that it made for this test beside the test.
    let here = std::env::current_exe().unwrap();
    let library = here.parent().unwrap().join("libnng.so");
    let missing = ["python3", "g++", "readelf"]
        .into_iter()
        .find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        println!("not checked, as there is no {tool} here");
        return;
    }
    let output = Command::new("python3")
        .arg(root.join("capi-tests/abi/check-abi"))
        .arg("--include")
        .arg(root.join("include"))
        .arg("--lib")
        .arg(&library)
        .output()
        .expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{complaints}");
}
