//! Trying again what has been paying off: looks before work, and polling before sleep.
#![forbid(unsafe_code)]

use crate::sys::clock;
use crate::sys::sync::atomic::{AtomicU32, Ordering::Relaxed};
use crate::sys::sync::{OnceLock, statics, thread};

/// Whether to try something again: every failure doubles the chances that are passed over.
#[derive(Default)]
pub struct Luck {
    skip: AtomicU32,
    penalty: AtomicU32,
}

const MOST_SKIPPED: u32 = 1024;

impl Luck {
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Luck {
        Luck { skip: AtomicU32::new(0), penalty: AtomicU32::new(0) }
    }

    #[cfg(any(loom, shuttle))]
    pub fn new() -> Luck {
        Luck::default()
    }

    pub fn draw(&self) -> bool {
        let skip = self.skip.load(Relaxed);
        if skip > 0 {
            self.skip.store(skip - 1, Relaxed);
        }
        skip == 0
    }

    pub fn won(&self) {
        self.penalty.store(0, Relaxed);
    }

    pub fn lost(&self) {
        let penalty = (self.penalty.load(Relaxed) * 2).clamp(1, MOST_SKIPPED);
        self.penalty.store(penalty, Relaxed);
        self.skip.store(penalty, Relaxed);
    }
}

/// Polling for a short while before sleeping, as long as that has been paying off.
#[derive(Default)]
pub struct Spin(Luck);

const SPIN_NS: u64 = 30_000;

impl Spin {
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Spin {
        Spin(Luck::new())
    }

    #[cfg(any(loom, shuttle))]
    pub fn new() -> Spin {
        Spin::default()
    }

    /// Calls `done` for up to 30 µs until it says true.
    pub fn poll(&self, mut done: impl FnMut() -> bool) -> bool {
        if !self.0.draw() || !several_cores() {
            return false;
        }
        let start = clock::now_ns();
        loop {
            for _ in 0..4 {
                if done() {
                    self.0.won();
                    return true;
                }
                std::hint::spin_loop();
            }
            if clock::now_ns() - start > SPIN_NS {
                self.0.lost();
                return false;
            }
        }
    }
}

fn several_cores() -> bool {
    statics! {
        static CORES: OnceLock<bool> = OnceLock::new();
    }
    *CORES.get_or_init(|| thread::available_parallelism().is_ok_and(|n| n.get() > 1))
}
