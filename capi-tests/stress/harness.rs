//! Builds and runs C programs against our library, or the genuine one, for several test files.
#![allow(dead_code)]
pub mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with our library under the names that linkers and loaders look for.
pub fn library() -> PathBuf {
    static ONCE: Once = Once::new();
    let here = env::current_exe().unwrap();
    let name = here.file_stem().unwrap().to_owned();
    let dir = here.parent().unwrap().parent().unwrap().join("capi-tests").join(name);
    ONCE.call_once(|| {
        fs::create_dir_all(&dir).unwrap();
        for name in ["libnng.so", "libnng.so.1"] {
            let _ = fs::remove_file(dir.join(name));
            let made = here.parent().unwrap().join("libnng.so");
            std::os::unix::fs::symlink(made, dir.join(name)).unwrap();
        }
    });
    dir
}

/// Where `capi-tests/peers.sh` has unpacked the genuine libraries, if it has.
pub fn peers() -> Option<PathBuf> {
    let prefix = root().join(".peers/usr");
    prefix.join("lib/x86_64-linux-gnu/libnng.so.1").exists().then_some(prefix)
}

pub fn peer_libraries() -> Option<PathBuf> {
    peers().map(|prefix| prefix.join("lib/x86_64-linux-gnu"))
}

/// Compiles one program against our headers and library.
pub fn compile(source: &Path) -> PathBuf {
    let dir = library();
    compile_with(source, &root().join("include"), &dir, &["-lnng", "-lpthread", "-ldl"])
}

/// Compiles one program against some library's headers and itself.
pub fn compile_with(source: &Path, include: &Path, libraries: &Path, libs: &[&str]) -> PathBuf {
    let name = source.file_stem().unwrap().to_str().unwrap();
    compile_as(name, source, &[include], libraries, libs)
}

/// As `compile_with`, to a program of some other name than the source's.
pub fn compile_as(
    name: &str,
    source: &Path,
    includes: &[&Path],
    libraries: &Path,
    libs: &[&str],
) -> PathBuf {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    let dir = library();
    let program = dir.join(name);
    let includes = includes.iter().flat_map(|include| [Path::new("-I"), include]);
    let output = Command::new(env::var_os("CC").unwrap_or("cc".into()))
        .args(["-std=gnu11", "-g", "-O1", "-rdynamic", "-Wall", "-Wextra", "-Werror"])
        .args(includes)
        .arg("-I")
        .arg(root().join("capi-tests/stress"))
        .arg(source)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(libraries)
        .args(libs)
        .output()
        .expect("a C compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Runs a program to its end on the library in `library`.
pub fn run(program: &Path, library: &Path, args: &[&str]) -> Output {
    Command::new(program)
        .args(args)
        .env("LD_LIBRARY_PATH", library)
        .output()
        .expect("the compiled program runs")
}

/// Runs a program on our library, prints what it says, and fails where it does.
pub fn succeeds(program: &Path, args: &[&str]) {
    let output = run(program, &library(), args);
    let out = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    println!("{out}{complaints}");
    assert!(output.status.success(), "{}: {}\n{complaints}", program.display(), output.status);
}

/// The numbered programs of a folder, without their endings, in order.
pub fn programs(folder: &str) -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(root().join("capi-tests").join(folder))
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let numbered = name.starts_with(|c: char| c.is_ascii_digit());
            name.strip_suffix(".c").filter(|_| numbered).map(str::to_owned)
        })
        .collect();
    all.sort();
    all
}

/// Waits until somebody listens at a port, or at the path of a unix socket; whether somebody does.
pub fn await_listener(place: &str) -> bool {
    let until = Instant::now() + Duration::from_secs(30);
    while !is_listening(place) {
        if Instant::now() > until {
            return false;
        }
        // The system tells nobody.
        thread::sleep(Duration::from_millis(2));
    }
    true
}

fn is_listening(place: &str) -> bool {
    let table = |name: &str| fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
    match place.parse::<u16>() {
        Ok(port) => {
            let port = format!(":{port:04X}");
            (table("tcp") + &table("tcp6")).lines().any(|line| {
                let mut words = line.split_whitespace().skip(1);
                words.next().is_some_and(|own| own.ends_with(&port)) && words.nth(1) == Some("0A")
            })
        }
        Err(_) => table("unix").lines().any(|line| {
            line.split_whitespace().nth(3) == Some("00010000") && line.ends_with(place)
        }),
    }
}
