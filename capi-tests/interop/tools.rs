//! The genuine command-line tools: Debian's `nngcat` run on our library, with itself on its own
//! and with nanomsg's `nanocat`, each protocol that they have.
use super::harness::{self, program::Program};
use super::{GOES, address};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[derive(Clone)]
struct Tool {
    what: &'static str,
    program: PathBuf,
    /// Searched in this order: ours first makes a genuine program run on ours.
    libraries: String,
}

fn tool(what: &'static str, name: &str, ours: bool) -> Option<Tool> {
    let peers = harness::peers()?;
    let program = peers.join("bin").join(name);
    let theirs = peers.join("lib/x86_64-linux-gnu");
    let libraries = if ours {
        format!("{}:{}", harness::library().display(), theirs.display())
    } else {
        theirs.display().to_string()
    };
    program.exists().then_some(Tool { what, program, libraries })
}

fn start(tool: &Tool, args: &[&str]) -> Program {
    // A line is to be seen when it is printed, though it goes to a pipe.
    let mut command = Command::new("stdbuf");
    command.arg("-oL").arg(&tool.program).args(args);
    Program::start(command.env("LD_LIBRARY_PATH", &tool.libraries))
}

fn prints(program: &Program, what: &str) -> bool {
    let until = Instant::now() + Duration::from_secs(6);
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        match program.lines.recv_timeout(left) {
            Ok(line) if line == what => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

/// Files with the certificate for localhost of the C programs, and with its key.
fn certificate() -> &'static [PathBuf; 2] {
    static ONCE: OnceLock<[PathBuf; 2]> = OnceLock::new();
    ONCE.get_or_init(|| {
        let header = harness::root().join("capi-tests/stress/cert.h");
        let text = fs::read_to_string(header).unwrap();
        ["stress_cert", "stress_key"].map(|name| {
            let (_, after) = text.split_once(name).unwrap();
            let lines = after.lines().skip(1).take_while(|line| line.contains('"'));
            let pem = lines.map(|line| line.trim().trim_matches('"').replace("\\n", "\n"));
            let path = harness::library().join(name).with_extension("pem");
            fs::write(&path, pem.collect::<String>()).unwrap();
            path
        })
    })
}

/// An address by the name in the certificate, at a port that was free a moment ago.
fn secure_address(transport: &str) -> String {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap();
    let path = if transport == "wss" { "/sp" } else { "" };
    format!("{transport}://localhost:{}{path}", free.port())
}

/// The port or the path of an address.
fn place(url: &str) -> &str {
    url.strip_prefix("ipc://").unwrap_or_else(|| {
        let port = url.rsplit(':').next().unwrap();
        port.split('/').next().unwrap()
    })
}

/// One message through two tools, and the answer back where the protocol has one.
fn talk(transport: &str, speaker: &Tool, hearer: &Tool, row: &Row) -> Result<(), String> {
    let secure = ["tls+tcp", "wss"].contains(&transport);
    let mut url = if secure { secure_address(transport) } else { address(transport) };
    if [speaker, hearer].iter().any(|tool| tool.what == "nanocat") {
        // nanomsg listens for WebSocket on a host and port, of no path.
        url.truncate(url.trim_end_matches("/sp").len());
    }
    let [cert, key] = certificate().each_ref().map(|path| path.to_str().unwrap());
    // nanomsg's one pair is nng's pair0.
    let named = |tool: &Tool, protocol| {
        if protocol == "--pair0" && tool.what == "nanocat" { "--pair" } else { protocol }
    };
    let mut hears = vec![named(hearer, row.hearer), "--bind", &url, "--quoted"];
    let mut speaks = vec![named(speaker, row.speaker), "--connect", &url, "--data", "said"];
    if row.answers {
        hears.extend(["--data", "answered"]);
        speaks.push("--quoted");
    }
    if row.speaker != "--req" {
        // What is sent before there is a connection is lost: they give it time.
        speaks.extend(["--delay", "1"]);
    }
    if secure {
        hears.extend(["--cert", cert, "--key", key]);
        speaks.extend(["--cacert", cert]);
    }
    let first = start(hearer, &hears);
    if !harness::await_listener(place(&url)) {
        return Err(format!("{} does not listen at {url}", hearer.what));
    }
    let second = start(speaker, &speaks);
    let heard = prints(&first, "\"said\"");
    let answered = !row.answers || prints(&second, "\"answered\"");
    drop((first, second));
    if let Some(path) = url.strip_prefix("ipc://") {
        let _ = std::fs::remove_file(path);
    }
    if heard && answered {
        return Ok(());
    }
    let (s, h) = (speaker.what, hearer.what);
    Err(format!("{s} to {h}, {transport}, {}: heard {heard}, answered {answered}", row.speaker))
}

struct Row {
    speaker: &'static str,
    hearer: &'static str,
    answers: bool,
}

const fn row(speaker: &'static str, hearer: &'static str, answers: bool) -> Row {
    Row { speaker, hearer, answers }
}

const BOTH: [Row; 5] = [
    row("--req", "--rep", true),
    row("--surveyor", "--respondent", true),
    row("--push", "--pull", false),
    row("--pub", "--sub", false),
    row("--pair0", "--pair0", false),
];

/// What nngcat has and nanocat has not.
const NNG: [Row; 1] = [row("--pair1", "--pair1", false)];

fn patient(speaker: &Tool, hearer: &Tool, rows: &[Row], goes: u32) {
    let nanomsg = [speaker, hearer].iter().any(|tool| tool.what == "nanocat");
    let transports: &[&str] =
        if nanomsg { &["tcp", "ipc", "ws"] } else { &["tcp", "ipc", "ws", "tls+tcp", "wss"] };
    for transport in transports {
        for row in rows {
            let mut go = 1;
            while let Err(why) = talk(transport, speaker, hearer, row) {
                println!("go {go}: {why}");
                assert!(go < goes, "{why}");
                go += 1;
            }
        }
    }
}

fn both_ways(name: &str, what: &'static str, rows: &[Row]) {
    let (Some(on_ours), Some(theirs)) =
        (tool("nngcat on ours", "nngcat", true), tool(what, name, false))
    else {
        println!("{what}: not run, as it is not unpacked here");
        return;
    };
    patient(&on_ours, &theirs, rows, GOES);
    patient(&theirs, &on_ours, rows, GOES);
}

#[test]
fn nngcat_on_ours_with_itself() {
    let Some(on_ours) = tool("nngcat on ours", "nngcat", true) else {
        println!("nngcat: not run, as it is not unpacked here");
        return;
    };
    patient(&on_ours, &on_ours, &BOTH, 1);
    patient(&on_ours, &on_ours, &NNG, 1);
}

#[test]
fn nngcat_on_ours_with_nngcat() {
    both_ways("nngcat", "nngcat", &BOTH);
    both_ways("nngcat", "nngcat", &NNG);
}

#[test]
fn nngcat_on_ours_with_nanocat() {
    both_ways("nanocat", "nanocat", &BOTH);
}
