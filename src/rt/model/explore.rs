//! Runs a test under the checker, and says how many schedules it was.
#![forbid(unsafe_code)]

use crate::sys::sync::thread::{Builder, JoinHandle};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// For the schedule that is running when a test's time is over.
const GRACE: Duration = Duration::from_secs(120);

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn time() -> Duration {
    Duration::from_secs(setting("NNG_MODEL_SECONDS").unwrap_or(10))
}

/// A thread of the model.
pub fn spawn(f: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    Builder::new().spawn(f).expect("a thread")
}

/// Shuts the runtime down, and lets time pass for what keeps its polling thread.
pub fn finish() {
    loop {
        crate::rt::shut_down();
        if !crate::rt::pollers::is_running() && !crate::rt::task::is_running() {
            return;
        }
        crate::sys::model::advance(500);
    }
}

/// Every schedule with loom, as far as the time goes; many with shuttle.
pub fn explore(name: &str, f: impl Fn() + Send + Sync + 'static) {
    explore_bounded(name, 3, f);
}

/// As `explore`, where loom takes a thread from its work at most `preemptions` times a schedule.
pub fn explore_bounded(name: &str, preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let start = Instant::now();
    let watched = watch(name);
    let all = run(preemptions, move || {
        counted.fetch_add(1, Relaxed);
        f();
    });
    drop(watched);
    let all = if all { ", all there are with so few preemptions" } else { "" };
    let seconds = start.elapsed().as_secs_f32();
    eprintln!("model {name}: {} schedules{all}, {seconds:.1} s", runs.load(Relaxed));
}

/// Ends the process, saying where, if the sender is not dropped in time: a wait that the checker
/// does not know of has no other end.
fn watch(name: &str) -> mpsc::Sender<()> {
    let (over, is_over) = mpsc::channel();
    let name = name.to_string();
    std::thread::spawn(move || {
        if is_over.recv_timeout(time() * 2 + GRACE) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("model {name}: hangs outside of what the checker schedules");
            std::process::abort();
        }
    });
    over
}

/// Returns whether every schedule was tried.
#[cfg(loom)]
fn run(preemptions: usize, f: impl Fn() + Send + Sync + 'static) -> bool {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(setting("NNG_MODEL_BOUND").map_or(preemptions, |n| n as usize));
    builder.max_duration = Some(time());
    builder.max_branches = 100_000;
    builder.checkpoint_interval = 50;
    let start = Instant::now();
    builder.check(f);
    start.elapsed() < time()
}

#[cfg(shuttle)]
fn run(_: usize, f: impl Fn() + Send + Sync + 'static) -> bool {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};
    let mut config = shuttle::Config::new();
    config.stack_size = 512 * 1024;
    config.max_time = Some(time() / 2);
    if let Ok(schedule) = std::env::var("NNG_MODEL_REPLAY") {
        shuttle::replay(f, &schedule);
        return false;
    }
    let runs = setting("NNG_MODEL_RUNS").map_or(usize::MAX, |n| n as usize / 2);
    let seed = setting("NNG_MODEL_SEED").unwrap_or(1);
    let f = Arc::new(f);
    let again = f.clone();
    let random = RandomScheduler::new_from_seed(seed, runs);
    shuttle::Runner::new(random, config.clone()).run(move || f());
    // Few changes of thread, where they hurt most.
    let few = PctScheduler::new_from_seed(seed, 3, runs);
    shuttle::Runner::new(few, config).run(move || again());
    false
}
