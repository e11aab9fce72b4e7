//! Faults injected under the C scenarios of `capi-tests/faults`: each call that the library makes
//! into the system, from each place, fails in each way it can, once and for a while. The scenario
//! must get through once the fault is over, and give back what it took.
//!
//! By default a fixed sample of the plans runs. `FAULTS_RUNS=all` runs all of them (`FAULTS_RUNS=n`
//! about so many), `FAULTS_LIB=dir` on another build of the library, `FAULTS_ONLY=scenario` one
//! scenario, `FAULTS_JOBS=n` so many at once.
#[path = "../capi-tests/stress/harness.rs"]
mod harness;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::{env, fs};

/// A place in the library from which a call is made (`struct place` in `inject.c`).
#[derive(Clone, Debug)]
struct Place {
    name: String,
    ways: Vec<String>,
    offset: u64,
    calls: u64,
    failed: u64,
}

const PLACE: usize = 16 + 96 + 3 * 8;

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8(bytes[..end].to_vec()).unwrap()
}

fn places(table: &Path) -> Vec<Place> {
    let bytes = fs::read(table).unwrap_or_default();
    let number = |at: &[u8]| u64::from_ne_bytes(at.try_into().unwrap());
    bytes
        .chunks_exact(PLACE)
        .filter(|at| at[0] != 0)
        .map(|at| Place {
            name: text(&at[..16]),
            ways: text(&at[16..112]).split(' ').map(str::to_owned).collect(),
            offset: number(&at[112..120]),
            calls: number(&at[120..128]),
            failed: number(&at[128..136]),
        })
        .collect()
}

struct Rig {
    injector: PathBuf,
    scenarios: PathBuf,
    library: PathBuf,
    runs: AtomicUsize,
}

struct Run {
    output: Output,
    places: Vec<Place>,
}

impl Run {
    fn cpu_ms(&self) -> Option<u64> {
        let said = String::from_utf8_lossy(&self.output.stdout);
        said.split_whitespace().last()?.parse().ok().filter(|_| self.output.status.success())
    }

    fn failed(&self) -> u64 {
        self.places.iter().map(|p| p.failed).sum()
    }
}

impl Rig {
    fn new() -> Rig {
        let folder = harness::root().join("capi-tests/faults");
        let scenarios = harness::compile(&folder.join("scenarios.c"));
        let dir = scenarios.parent().unwrap().to_owned();
        let injector = dir.join("inject.so");
        let made = Command::new(env::var_os("CC").unwrap_or("cc".into()))
            .args(["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"])
            .arg(folder.join("inject.c"))
            .arg("-o")
            .arg(&injector)
            .args(["-lpthread", "-ldl"])
            .output()
            .expect("a C compiler runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let library = env::var_os("FAULTS_LIB").map_or_else(harness::library, PathBuf::from);
        Rig { injector, scenarios, library, runs: AtomicUsize::new(0) }
    }

    fn names(&self) -> Vec<String> {
        let listed = harness::run(&self.scenarios, &self.library, &[]);
        let only = env::var("FAULTS_ONLY").unwrap_or_default();
        let all = String::from_utf8(listed.stdout).unwrap();
        all.lines().filter(|name| name.contains(&only)).map(str::to_owned).collect()
    }

    fn run(&self, scenario: &str, plan: &str) -> Run {
        let n = self.runs.fetch_add(1, Relaxed);
        // What a run that ends early leaves on disk goes with it.
        let folder = env::temp_dir().join(format!("nng-faults-{}-{n}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let table = folder.join("table");
        let output = Command::new(&self.scenarios)
            .arg(scenario)
            .env("LD_LIBRARY_PATH", &self.library)
            .env("LD_PRELOAD", &self.injector)
            .env("FAULTS_DIR", &folder)
            .env("FAULTS_TABLE", &table)
            .env("FAULTS_PLAN", plan)
            .output()
            .expect("the scenarios run");
        let places = places(&table);
        let _ = fs::remove_dir_all(&folder);
        Run { output, places }
    }
}

/// What is called again at once: such a failure does not last.
const PASSING: [&str; 2] = ["EINTR", "EAGAIN"];
const WINDOW_MS: u64 = 300;
/// What fails in a window and is tried again without a pause would fail more often than this.
const MOST_FAILURES: u64 = 2000;

/// Every plan for the places that a run without faults has passed.
fn plans(places: &[Place]) -> Vec<String> {
    let mut plans = Vec::new();
    for place in places {
        let at = format!("{}@{:x}", place.name, place.offset);
        let mut calls = vec![1, 2, 3, place.calls / 2, place.calls];
        calls.sort_unstable();
        calls.dedup();
        calls.retain(|n| (1..=place.calls).contains(n));
        for way in &place.ways {
            plans.extend(calls.iter().map(|n| format!("{at}:{n}:1:{way}")));
            if PASSING.contains(&way.as_str()) {
                plans.push(format!("{at}:1:25:{way}"));
            } else {
                plans.push(format!("{at}:1:8:{way}"));
                plans.push(format!("{at}:1:0:{way}:{WINDOW_MS}"));
            }
        }
    }
    plans.sort();
    for seed in 1..=20 {
        for rate in [3, 10, 40] {
            plans.push(format!("random:{seed}:{rate}:{WINDOW_MS}"));
        }
    }
    // Small allocations: one, or all from one on.
    plans.extend((1..=32).map(|n| format!("least:1;malloc:{n}:1:ENOMEM")));
    for n in (0..10).map(|power| 1 << power) {
        let all = ["malloc", "calloc", "realloc", "posix_memalign"];
        let all = all.map(|name| format!("{name}:{n}:0:ENOMEM:{WINDOW_MS}"));
        plans.push(format!("least:1;{}", all.join(";")));
    }
    plans
}

/// What once ended in a stall, a spin or an abort; these run always.
const KNOWN: &[(&str, &str)] = &[
    ("reqrep_tcp", "epoll_ctl:2:1:ENOMEM"),
    ("reqrep_tcp", "epoll_ctl:4:1:ENOMEM"),
    ("reqrep_tcp", "least:1;malloc:10:1:ENOMEM"),
    ("callbacks", "fcntl:1:25:EINTR"),
    ("callbacks", "pthread_create:1:0:EAGAIN:300"),
    ("callbacks", "pthread_create:2:3:EAGAIN"),
    ("descriptors", "write:1:1:EINTR"),
    ("fanout_inproc", "malloc:1:1:ENOMEM"),
    ("given", "malloc:1:1:ENOMEM"),
    ("http", "getsockname:2:1:ENOBUFS"),
    ("http", "realloc:2:1:ENOMEM"),
    ("memory", "calloc:1:3:ENOMEM"),
    ("pushpull_tcp", "calloc:1:1:ENOMEM"),
    ("reqrep_ws", "malloc:3:1:ENOMEM"),
    ("streams_tls", "sendmsg:5:1:ENOMEM"),
    ("streams_ws", "send:1:0:EPIPE:300"),
];

/// What is wrong with a run, if anything is.
fn verdict(run: &Run, plan: &str, usual_cpu_ms: u64) -> Result<(), String> {
    let complaint = String::from_utf8_lossy(&run.output.stderr);
    if !run.output.status.success() {
        return Err(format!("{}: {}", run.output.status, complaint.trim()));
    }
    let cpu = run.cpu_ms().unwrap_or(0);
    if cpu > usual_cpu_ms * 5 + 600 {
        return Err(format!("{cpu} ms of CPU, usually {usual_cpu_ms}"));
    }
    match run.failed() {
        // Short transfers are progress, and small allocations are met from elsewhere.
        failed if failed > MOST_FAILURES && !plan.contains("SHORT") && !plan.contains("least:") => {
            Err(format!("{failed} calls failed: a spin"))
        }
        _ => Ok(()),
    }
}

#[test]
fn every_call_may_fail() {
    let rig = Rig::new();
    let names = rig.names();
    let wanted = env::var("FAULTS_RUNS").unwrap_or("500".into());
    let (mut work, mut usual) = (Vec::new(), Vec::<(&str, u64)>::new());
    for name in names.iter().map(String::as_str) {
        let plain = rig.run(name, "");
        verdict(&plain, "", 1000).unwrap_or_else(|e| panic!("{name} without faults: {e}"));
        assert!(!plain.places.is_empty(), "{name}: the injector saw no call");
        let cpu = plain.cpu_ms().unwrap();
        usual.push((name, cpu.max(1)));
        work.extend(plans(&plain.places).into_iter().map(|plan| (name, plan, cpu)));
    }
    let all = work.len();
    if let Ok(most) = wanted.parse::<usize>() {
        // A stride that shares no factor with the scenarios' numbers of plans.
        let step = (all / most.max(1)).max(1) | 1;
        work = work.into_iter().step_by(step).collect();
    }
    for (scenario, plan) in KNOWN {
        let (_, cpu) = usual.iter().find(|(name, _)| name == scenario).copied().unwrap_or_default();
        if cpu > 0 {
            work.push((scenario, plan.to_string(), cpu));
        }
    }
    let next = AtomicUsize::new(0);
    let failed = AtomicU64::new(0);
    let idle = AtomicU64::new(0);
    let by_call = Mutex::new(BTreeMap::<String, [u64; 2]>::new());
    let findings = Mutex::new(Vec::new());
    let jobs = env::var("FAULTS_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((name, plan, cpu)) = work.get(next.fetch_add(1, Relaxed)) {
                    let run = rig.run(name, plan);
                    failed.fetch_add(run.failed(), Relaxed);
                    idle.fetch_add(u64::from(run.failed() == 0), Relaxed);
                    for place in &run.places {
                        let mut by_call = by_call.lock().unwrap();
                        let sums = by_call.entry(place.name.clone()).or_default();
                        sums[0] += place.calls;
                        sums[1] += place.failed;
                    }
                    if let Err(why) = verdict(&run, plan, *cpu) {
                        println!("FOUND {name} {plan}: {why}");
                        findings.lock().unwrap().push(format!("{name} {plan}: {why}"));
                    }
                }
            });
        }
    });
    for (name, [calls, failed]) in by_call.into_inner().unwrap() {
        println!("{name}: {calls} calls, {failed} failed");
    }
    let failed = failed.into_inner();
    println!(
        "{} of {all} plans run over {} scenarios, {failed} calls failed, {} plans met no call",
        work.len(),
        names.len(),
        idle.into_inner()
    );
    assert!(failed > 0 || work.is_empty(), "nothing was injected");
    let findings = findings.into_inner().unwrap();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}
