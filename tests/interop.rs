//! Our library with others over the wire: the same C program on ours at one end and on the
//! genuine one at the other, nanomsg, and the genuine command-line tools. Where a peer is not
//! unpacked (`capi-tests/peers.sh`) the comparison says so.
//!
//! An exchange with somebody else's library gets several goes at fresh addresses, since that one
//! may lose a race of its own; ours with ours gets one.
#[path = "../capi-tests/stress/harness.rs"]
mod harness;

use harness::program::Program;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

const GOES: u32 = 5;

/// A program and the libraries it runs on.
#[derive(Clone)]
struct Peer {
    what: &'static str,
    program: PathBuf,
    libraries: PathBuf,
}

fn source(name: &str) -> PathBuf {
    harness::root().join("capi-tests/interop").join(name)
}

fn peer_program() -> PathBuf {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| harness::compile(&source("peer.c"))).clone()
}

fn ours() -> Peer {
    Peer { what: "ours", program: peer_program(), libraries: harness::library() }
}

fn genuine() -> Option<Peer> {
    let libraries = harness::peer_libraries()?;
    Some(Peer { what: "genuine", program: peer_program(), libraries })
}

fn nanomsg() -> Option<Peer> {
    static ONCE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let libraries = harness::peer_libraries()?;
    let made = ONCE.get_or_init(|| {
        libraries.join("libnanomsg.so").exists().then(|| {
            let include = harness::peers().unwrap().join("include");
            harness::compile_with(&source("nnpeer.c"), &include, &libraries, &["-lnanomsg"])
        })
    });
    Some(Peer { what: "nanomsg", program: made.clone()?, libraries })
}

/// The same program, compiled against the old library's headers, as programs that are out there
/// were, and run on ours.
fn compiled_long_ago() -> Option<Peer> {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    let (prefix, theirs) = (harness::peers()?, harness::peer_libraries()?);
    let program = ONCE.get_or_init(|| {
        let include = prefix.join("include");
        let libs = ["-lnng", "-lpthread", "-Wl,--allow-shlib-undefined"];
        harness::compile_as("peer-old", &source("peer.c"), &[&include], &theirs, &libs)
    });
    Some(Peer {
        what: "ours, compiled long ago",
        program: program.clone(),
        libraries: harness::library(),
    })
}

/// A program written for nanomsg, compiled against our headers for such.
fn written_for_nanomsg() -> Peer {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    let program = ONCE.get_or_init(|| {
        let include = harness::root().join("include");
        let compat = include.join("nng/compat");
        let libraries = harness::library();
        let libs = ["-lnng", "-lpthread"];
        harness::compile_as(
            "nnpeer-ours",
            &source("nnpeer.c"),
            &[&include, &compat],
            &libraries,
            &libs,
        )
    });
    Peer { what: "ours, by nanomsg's API", program: program.clone(), libraries: harness::library() }
}

/// An address that nobody else uses: on a loopback address of this process's own.
fn address(transport: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (n, id) = (NEXT.fetch_add(1, Relaxed), std::process::id());
    match transport {
        "tcp" | "tls+tcp" | "ws" | "wss" => {
            let (a, b, c) = (230 + id / 62_500 % 20, id / 250 % 250, 2 + id % 250);
            let path = if transport.starts_with('w') { "/sp" } else { "" };
            format!("{transport}://127.{a}.{b}.{c}:{}{path}", 20_000 + n % 12_000)
        }
        _ => format!("ipc:///tmp/nng-interop-{id}-{n}.ipc"),
    }
}

fn start(peer: &Peer, args: [&str; 4]) -> Program {
    let mut command = Command::new(&peer.program);
    let mut program = Program::start(command.args(args).env("LD_LIBRARY_PATH", &peer.libraries));
    // It gives up by itself first.
    program.patience = Duration::from_secs(35);
    program
}

/// Lets a program go, and says what went wrong.
fn end(program: Program) -> Result<(), String> {
    match program.end() {
        (Some(status), _) if status.success() => Ok(()),
        (Some(status), complaints) => Err(format!("{status}: {complaints}")),
        (None, complaints) => Err(format!("did not end: {complaints}")),
    }
}

/// Runs one exchange between side a and side b.
fn exchange(
    protocol: &str,
    transport: &str,
    a: &Peer,
    b: &Peer,
    a_listens: bool,
) -> Result<(), String> {
    let url = address(transport);
    let (first, second) = if a_listens { ((a, "a"), (b, "b")) } else { ((b, "b"), (a, "a")) };
    let listener = start(first.0, [protocol, first.1, "listen", &url]);
    if listener.line() != "ready" {
        return Err(format!("no listener: {:?}", end(listener)));
    }
    let dialer = start(second.0, [protocol, second.1, "dial", &url]);
    let through = dialer.line() == "ready" && dialer.line() == "done" && listener.line() == "done";
    let ends = [end(listener), end(dialer)];
    if let Some(path) = url.strip_prefix("ipc://") {
        let _ = std::fs::remove_file(path);
    }
    for end in ends {
        end.map_err(|why| format!("{} a, {} b: {why}", a.what, b.what))?;
    }
    if through { Ok(()) } else { Err("it was not told that all is done".into()) }
}

fn strict(protocol: &str, transport: &str, a: &Peer, b: &Peer) {
    for a_listens in [true, false] {
        if let Err(why) = exchange(protocol, transport, a, b, a_listens) {
            panic!("{protocol} over {transport}, ours with ours, a listens: {a_listens}: {why}");
        }
    }
}

fn patient(protocol: &str, transport: &str, a: &Peer, b: &Peer) {
    for a_listens in [true, false] {
        let mut go = 1;
        while let Err(why) = exchange(protocol, transport, a, b, a_listens) {
            println!("{protocol} over {transport}, go {go}: {why}");
            assert!(go < GOES, "{protocol} over {transport}, a listens: {a_listens}: {why}");
            go += 1;
        }
    }
}

fn with_nng(protocol: &str) {
    with_nng_over(protocol, &["tcp", "ipc"]);
}

fn secure(protocol: &str) {
    with_nng_over(protocol, &["ws", "tls+tcp", "wss"]);
}

fn with_nng_over(protocol: &str, transports: &[&str]) {
    let ours = ours();
    for transport in transports {
        strict(protocol, transport, &ours, &ours);
    }
    let Some(genuine) = genuine() else {
        println!("{protocol}: not run against the genuine library, which is not unpacked here");
        return;
    };
    for transport in transports {
        patient(protocol, transport, &ours, &genuine);
        patient(protocol, transport, &genuine, &ours);
    }
}

fn with_nanomsg(protocol: &str) {
    let Some(nanomsg) = nanomsg() else {
        println!("{protocol}: not run against nanomsg, which is not unpacked here");
        return;
    };
    let ours = ours();
    for transport in ["tcp", "ipc"] {
        patient(protocol, transport, &ours, &nanomsg);
        patient(protocol, transport, &nanomsg, &ours);
    }
}

/// With ours as it is today, and with the old library that it was compiled for.
fn from_long_ago(protocol: &str) {
    let Some(old) = compiled_long_ago() else {
        println!("{protocol}: not run, as the old library's headers are not unpacked here");
        return;
    };
    let ours = ours();
    for transport in ["tcp", "ipc", "ws", "tls+tcp", "wss"] {
        strict(protocol, transport, &old, &ours);
        strict(protocol, transport, &ours, &old);
    }
}

fn for_nanomsg(protocol: &str) {
    let (ours, here) = (written_for_nanomsg(), ours());
    for transport in ["tcp", "ipc"] {
        patient(protocol, transport, &ours, &ours);
        patient(protocol, transport, &ours, &here);
        patient(protocol, transport, &here, &ours);
    }
    let Some(nanomsg) = nanomsg() else {
        println!("{protocol}: not run against nanomsg, which is not unpacked here");
        return;
    };
    for transport in ["tcp", "ipc"] {
        patient(protocol, transport, &ours, &nanomsg);
        patient(protocol, transport, &nanomsg, &ours);
    }
}

macro_rules! exchanges {
    ($by:ident: $($test:ident $protocol:literal)*) => {
        $(#[test]
        fn $test() {
            $by($protocol);
        })*
    };
}

exchanges! { with_nng:
    reqrep "reqrep"
    reqrep_raw "reqrep-raw"
    reqrep_half_raw "reqrep-half-raw"
    pair0 "pair0"
    pair0_raw "pair0-raw"
    pair1 "pair1"
    pair1_half_raw "pair1-half-raw"
    poly "poly"
    pubsub "pubsub"
    pubsub_raw "pubsub-raw"
    pipeline "pipeline"
    pipeline_raw "pipeline-raw"
    bus "bus"
    survey "survey"
    survey_raw "survey-raw"
}

exchanges! { secure:
    secure_reqrep "reqrep"
    secure_pair1 "pair1"
    secure_pubsub "pubsub"
    secure_pipeline "pipeline"
    secure_survey "survey"
    secure_raw "reqrep-raw"
}

exchanges! { with_nanomsg:
    nanomsg_reqrep "reqrep"
    nanomsg_pair "pair0"
    nanomsg_pubsub "pubsub"
    nanomsg_pipeline "pipeline"
    nanomsg_bus "bus"
    nanomsg_survey "survey"
}

exchanges! { from_long_ago:
    long_ago_reqrep "reqrep"
    long_ago_reqrep_raw "reqrep-raw"
    long_ago_pair0 "pair0"
    long_ago_pair1 "pair1"
    long_ago_poly "poly"
    long_ago_pubsub "pubsub"
    long_ago_pipeline "pipeline"
    long_ago_bus "bus"
    long_ago_survey "survey"
}

exchanges! { for_nanomsg:
    for_nanomsg_reqrep "reqrep"
    for_nanomsg_pair "pair0"
    for_nanomsg_pubsub "pubsub"
    for_nanomsg_pipeline "pipeline"
    for_nanomsg_bus "bus"
    for_nanomsg_survey "survey"
}

#[path = "../capi-tests/interop/tools.rs"]
mod tools;
