//! The C tests: each compiled against our headers and library, run under its own watchdog, and
//! run again on the old library, where that is unpacked (`capi-tests/peers.sh`), with the same
//! output. A first line `// ours only: why` leaves the second run out.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::{env, fs};

/// What a program that its own watchdog ended returns (`testing.h`).
const HANGS: i32 = 99;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with our library under the names that linkers and loaders look for.
fn library() -> PathBuf {
    static ONCE: Once = Once::new();
    let here = env::current_exe().unwrap();
    let target = here.parent().unwrap().parent().unwrap().join("capi-tests");
    ONCE.call_once(|| {
        fs::create_dir_all(&target).unwrap();
        for name in ["libnng.so", "libnng.so.1"] {
            let _ = fs::remove_file(target.join(name));
            let made = here.parent().unwrap().join("libnng.so");
            std::os::unix::fs::symlink(made, target.join(name)).unwrap();
        }
    });
    target
}

fn genuine() -> Option<PathBuf> {
    let dir = root().join(".peers/usr/lib/x86_64-linux-gnu");
    dir.join("libnng.so.1").exists().then_some(dir)
}

fn compile(source: &Path, name: &str) -> PathBuf {
    let dir = library();
    let program = dir.join(name);
    let output = Command::new(env::var_os("CC").unwrap_or("cc".into()))
        .args(["-std=gnu99", "-g", "-O1", "-Wall", "-Wextra", "-Werror"])
        .arg("-Wno-deprecated-declarations")
        .arg("-I")
        .arg(root().join("include"))
        .arg("-I")
        .arg(root().join("capi-tests"))
        .arg(source)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&dir)
        .args(["-lnng", "-lpthread"])
        .output()
        .expect("a C compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

fn run(program: &Path, library: &Path) -> Output {
    Command::new(program)
        .env("LD_LIBRARY_PATH", library)
        .output()
        .expect("the compiled program runs")
}

fn check(folder: &str, name: &str) {
    let source = root().join(format!("capi-tests/{folder}/{name}.c"));
    let program = compile(&source, name);
    let ours = run(&program, &library());
    let (out, complaints) =
        (String::from_utf8_lossy(&ours.stdout), String::from_utf8_lossy(&ours.stderr));
    assert!(ours.status.success(), "{name}: {}\n{out}{complaints}", ours.status);
    let text = fs::read_to_string(&source).unwrap();
    if text.starts_with("// ours only:") {
        return;
    }
    let Some(genuine) = genuine() else {
        println!("{name}: not compared, as the old library is not unpacked here");
        return;
    };
    // Somebody else's library may lose a race of its own; ours may not.
    let mut theirs = run(&program, &genuine);
    for _ in 0..2 {
        if theirs.status.success() && theirs.stdout == ours.stdout {
            return;
        }
        theirs = run(&program, &genuine);
    }
    let said = String::from_utf8_lossy(&theirs.stderr);
    if said.contains("undefined symbol") {
        println!("{name}: not compared, as the old library is older than {said}");
        return;
    }
    if theirs.status.code() == Some(HANGS) {
        println!("{name}: not compared, as the old library {said}");
        return;
    }
    assert!(theirs.status.success(), "{name} on the old library: {}\n{said}", theirs.status);
    assert_eq!(out, String::from_utf8_lossy(&theirs.stdout), "{name}: the old library differs");
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check("c", stringify!($name));
        }
    )*

    /// No test is left out.
    #[test]
    fn all_are_listed() {
        let mut there: Vec<String> = fs::read_dir(root().join("capi-tests/c"))
            .unwrap()
            .filter_map(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                name.strip_suffix(".c").map(str::to_owned)
            })
            .collect();
        there.sort();
        let mut listed = vec![$(stringify!($name).to_owned()),*];
        listed.sort();
        assert_eq!(there, listed);
    }};
}

tests! {
    accessors
    addresses
    aios
    back_pressure
    bus
    command_lines
    descriptors
    details
    device_operations
    devices
    dialing
    event_callbacks
    exit_alive
    fini_families
    fork_first
    given_sockets
    http
    id_maps
    late_callbacks
    logs
    lookups
    messages
    nanomsg
    newer
    nulls
    option_values
    options
    pairs
    pipeline
    pipes
    pubsub
    raw
    requests
    restart
    sending
    sockets
    statistics
    stream_ends
    streams
    strings
    survey
    threads
    tls
    tls_engine
    udp
    unix_sockets
    urls
    ws
    ws_headers
}
