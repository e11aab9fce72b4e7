//! Callers that drive their own socket.
//!
//! A [`Driven`] is a socket's own poll set, nested in the global one. A thread that blocks on the
//! socket takes it out of the global set and polls it itself, one thread at a time; others sleep
//! on their operation and one of them inherits. The set goes back to the polling thread about a
//! millisecond after the last driver left (`tick`), or at once when somebody counts on it
//! (`lend`). Locks: `Driven::state` is taken with none held but the socket's.
#![forbid(unsafe_code)]

use super::aio::{Aio, Wake};
use super::reactor::{self, PollSet, Ready, Registration, Source, Want};
use crate::base::Result;
use crate::sys::clock;
use crate::sys::sync::atomic::{AtomicU32, Ordering::Relaxed};
use crate::sys::sync::{Instant, Mutex, OnceLock, statics, thread, thread_local};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

pub struct Driven {
    // Before the set, whose descriptor it takes out of the global set.
    state: Mutex<State>,
    set: Arc<PollSet>,
    spin: Spin,
}

#[derive(Default)]
struct State {
    driven: bool,
    /// There while the polling thread looks after the set.
    armed: Option<Registration>,
    waiting: VecDeque<Arc<Aio>>,
    /// In the polling thread's list of sets to take back.
    ticking: bool,
    /// Given back as soon as the driver leaves: this once, or always.
    owed: bool,
    eager: bool,
    left: u64,
}

thread_local! {
    static DRIVING: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn is_driving(set: &PollSet) -> bool {
    DRIVING.get() == set as *const PollSet as usize
}

statics! {
    /// Sets without a driver that the polling thread is to take back.
    static LEFT: Mutex<Vec<Weak<Driven>>> = Mutex::new(Vec::new());
}

const IDLE_MS: u64 = 1;

pub(super) fn next_tick(now: u64) -> Option<u64> {
    if LEFT.lock().is_empty() { None } else { Some(now + IDLE_MS) }
}

pub(super) fn tick(now: u64) {
    let mut left = LEFT.lock();
    if left.is_empty() {
        return;
    }
    let all = std::mem::take(&mut *left);
    drop(left);
    let mut kept: Vec<_> =
        all.into_iter().filter(|d| d.upgrade().is_some_and(|d| d.take_back(now))).collect();
    LEFT.lock().append(&mut kept);
}

impl Driven {
    pub fn new() -> Result<Arc<Driven>> {
        let driven = Arc::new(Driven {
            set: PollSet::new()?,
            state: Mutex::new(State::default()),
            spin: Spin::default(),
        });
        driven.arm(&mut driven.state.lock())?;
        Ok(driven)
    }

    pub fn set(&self) -> &Arc<PollSet> {
        &self.set
    }

    fn arm(self: &Arc<Self>, st: &mut State) -> Result<()> {
        if st.armed.is_none() {
            let nested = Arc::new(Nested(Arc::downgrade(self)));
            st.armed = Some(reactor::global()?.add(self.set.as_raw_fd(), Want::Read, nested)?);
        }
        Ok(())
    }

    /// Gives the set to the polling thread now, or as soon as its driver leaves; with `eager`
    /// from now on whenever a driver leaves.
    pub fn lend(self: &Arc<Self>, eager: bool) {
        let mut st = self.state.lock();
        st.eager |= eager;
        st.owed = true;
        if !st.driven {
            self.give_back(&mut st);
        }
    }

    fn give_back(self: &Arc<Self>, st: &mut State) {
        match self.arm(st) {
            Ok(()) => st.owed = false,
            Err(_) => self.start_ticking(st),
        }
    }

    fn start_ticking(self: &Arc<Self>, st: &mut State) {
        if std::mem::replace(&mut st.ticking, true) {
            return;
        }
        let first = {
            let mut left = LEFT.lock();
            left.push(Arc::downgrade(self));
            left.len() == 1
        };
        if first {
            reactor::wake_before(clock::now_ms() + IDLE_MS);
        }
    }

    /// Arms the set if it is idle; returns whether to ask again at the next tick.
    fn take_back(self: &Arc<Self>, now: u64) -> bool {
        let mut st = self.state.lock();
        if st.driven {
            st.ticking = now < st.left + IDLE_MS * 4;
        } else if now < st.left + IDLE_MS {
            st.ticking = true;
        } else {
            // Without descriptors left, try again at the next tick.
            st.ticking = self.arm(&mut st).is_err();
        }
        st.ticking
    }

    /// Waits for operation `seq` of `aio`, driving the set where no other thread does.
    /// Returns at the deadline with the operation still running.
    pub fn wait(self: &Arc<Self>, aio: &Arc<Aio>, seq: u64, deadline: Option<Instant>) {
        loop {
            if aio.has_ended(seq) || deadline.is_some_and(|at| Instant::now() >= at) {
                break;
            }
            let mut st = self.state.lock();
            if st.driven {
                st.waiting.push_back(aio.clone());
                drop(st);
                aio.sleep(seq, deadline);
                self.state.lock().waiting.retain(|w| !Arc::ptr_eq(w, aio));
                aio.clear_nudge();
                continue;
            }
            st.driven = true;
            let armed = st.armed.take();
            drop(st);
            drop(armed);
            self.drive(aio, seq, deadline);
            self.leave();
        }
        self.promote();
    }

    fn drive(&self, aio: &Arc<Aio>, seq: u64, deadline: Option<Instant>) {
        let outer = DRIVING.replace(Arc::as_ptr(&self.set) as usize);
        let wake: Arc<dyn Wake> = self.set.clone();
        if aio.wake_with(seq, Some(wake)) {
            while !aio.has_ended(seq) {
                if self.spin.poll(|| {
                    self.set.poll(Some(Duration::ZERO));
                    aio.has_ended(seq)
                }) {
                    break;
                }
                let timeout = match deadline {
                    None => None,
                    Some(at) => match at.checked_duration_since(Instant::now()) {
                        Some(left) if !left.is_zero() => Some(left),
                        _ => break,
                    },
                };
                self.set.poll_unless(|| aio.has_ended(seq), timeout);
            }
            aio.wake_with(seq, None);
        }
        DRIVING.set(outer);
    }

    fn leave(self: &Arc<Self>) {
        let mut st = self.state.lock();
        st.driven = false;
        if st.owed || st.eager {
            self.give_back(&mut st);
        } else {
            st.left = clock::now_ms();
            self.start_ticking(&mut st);
        }
    }

    /// Wakes a waiting thread to drive, if nobody does.
    fn promote(&self) {
        let next = {
            let mut st = self.state.lock();
            if st.driven { None } else { st.waiting.pop_front() }
        };
        if let Some(next) = next {
            next.nudge();
        }
    }
}

/// The nested set as the polling thread sees it.
struct Nested(Weak<Driven>);

impl Source for Nested {
    fn ready(self: Arc<Self>, _: Ready) {
        let Some(driven) = self.0.upgrade() else { return };
        // Until nothing is left: the nesting is edge-triggered too.
        while driven.set.try_poll() > 0 {}
    }
}

/// Polling for a short while before sleeping, as long as that has been paying off.
#[derive(Default)]
struct Spin {
    skip: AtomicU32,
    penalty: AtomicU32,
}

const SPIN_NS: u64 = 30_000;
const MOST_SKIPPED: u32 = 1024;

impl Spin {
    /// Calls `done` for up to 30 µs until it says true.
    fn poll(&self, mut done: impl FnMut() -> bool) -> bool {
        let skip = self.skip.load(Relaxed);
        if skip > 0 || !several_cores() {
            self.skip.store(skip.saturating_sub(1), Relaxed);
            return false;
        }
        let start = clock::now_ns();
        loop {
            for _ in 0..4 {
                if done() {
                    self.penalty.store(0, Relaxed);
                    return true;
                }
                std::hint::spin_loop();
            }
            if clock::now_ns() - start > SPIN_NS {
                let penalty = (self.penalty.load(Relaxed) * 2).clamp(1, MOST_SKIPPED);
                self.penalty.store(penalty, Relaxed);
                self.skip.store(penalty, Relaxed);
                return false;
            }
        }
    }
}

/// Spins a while for operation `seq` of `aio`, where no descriptor is concerned, and calls
/// `meanwhile` every time around. Returns whether it has ended.
pub fn spin_elsewhere(aio: &Aio, seq: u64, mut meanwhile: impl FnMut()) -> bool {
    thread_local! {
        static SPIN: Spin = const { Spin { skip: AtomicU32::new(0), penalty: AtomicU32::new(0) } };
    }
    let spun = SPIN.try_with(|spin| {
        spin.poll(|| {
            meanwhile();
            aio.has_ended(seq)
        })
    });
    spun == Ok(true)
}

/// Sleeps until operation `seq` of `aio` has ended, or the deadline has come.
pub fn sleep_elsewhere(aio: &Aio, seq: u64, deadline: Option<Instant>) {
    while !aio.has_ended(seq) && deadline.is_none_or(|at| Instant::now() < at) {
        aio.sleep(seq, deadline);
    }
}

fn several_cores() -> bool {
    statics! {
        static CORES: OnceLock<bool> = OnceLock::new();
    }
    *CORES.get_or_init(|| thread::available_parallelism().is_ok_and(|n| n.get() > 1))
}
