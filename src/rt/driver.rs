//! Callers that drive their own socket.
//!
//! A [`Driven`] is a socket's own poll set, nested in the global one. A thread that blocks on the
//! socket takes it out of the global set and polls it itself, one thread at a time; others sleep
//! on their operation and one of them inherits. The set goes back to the polling thread a while
//! after the last driver left, or at once while somebody counts on it (`hold`). That while is a
//! millisecond, and longer for a set whose drivers keep coming back: giving and taking costs a
//! system call each. Locks: `Driven::state` is taken with none held but the socket's.
#![forbid(unsafe_code)]

use super::aio::{Aio, Wake};
use super::pollers;
use super::reactor::{PollSet, Ready, Registration, Source, Want};
use super::spin::{Luck, Spin};
use super::timer::{self, Fire};
use crate::base::Result;
use crate::sys::clock;
use crate::sys::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sys::sync::{Instant, Mutex, thread_local};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

pub struct Driven {
    // Before the set, whose descriptor it takes out of the global set.
    state: Mutex<State>,
    set: Arc<PollSet>,
    /// Whether the polling thread has the set, for a look without the lock.
    lent: AtomicBool,
    /// Somebody came for a message since the timer last looked, and found it without driving.
    visited: AtomicBool,
    spin: Spin,
    /// Whether a look at a pipe before driving has been paying off.
    ahead: Luck,
}

#[derive(Default)]
struct State {
    driven: bool,
    /// There while the polling thread looks after the set.
    armed: Option<Registration>,
    waiting: VecDeque<Arc<Aio>>,
    /// A timer is running, at which the polling thread takes the set back.
    ticking: bool,
    /// How many count on the set being looked after whether or not somebody drives it.
    holds: usize,
    left: u64,
    /// How long (milliseconds) the set rests without a driver before it is given back.
    rest: u64,
    given_back: u64,
}

thread_local! {
    static DRIVING: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn is_driving(set: &PollSet) -> bool {
    DRIVING.get() == set as *const PollSet as usize
}

const LEAST_REST_MS: u64 = 1;
const MOST_REST_MS: u64 = 32;
/// A set that is taken again this soon was given back too soon.
const SOON_MS: u64 = 100;

impl Driven {
    pub fn new() -> Result<Arc<Driven>> {
        let driven = Arc::new(Driven {
            set: PollSet::new()?,
            state: Mutex::new(State::default()),
            lent: AtomicBool::new(false),
            visited: AtomicBool::new(false),
            spin: Spin::default(),
            ahead: Luck::default(),
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
            st.armed = Some(pollers::global()?.add(self.set.as_raw_fd(), Want::Read, nested)?);
            self.lent.store(true, Relaxed);
        }
        Ok(())
    }

    /// Has the polling thread look after the set whenever nobody drives it, from now on until the
    /// hold is dropped.
    pub fn hold(self: &Arc<Self>) -> Hold {
        let mut st = self.state.lock();
        st.holds += 1;
        if !st.driven {
            self.give_back(&mut st);
        }
        Hold(self.clone())
    }

    fn give_back(self: &Arc<Self>, st: &mut State) {
        if self.arm(st).is_err() {
            self.start_ticking(st);
        }
    }

    fn start_ticking(self: &Arc<Self>, st: &mut State) {
        if !std::mem::replace(&mut st.ticking, true) {
            self.tick_at(clock::now_ms() + st.rest.max(LEAST_REST_MS));
        }
    }

    fn tick_at(self: &Arc<Self>, at: u64) {
        let this: Weak<Driven> = Arc::downgrade(self);
        timer::start(at, this, 0);
    }

    /// Takes the set from the polling thread, if that has it.
    fn take(&self, st: &mut State) -> Option<Registration> {
        let armed = st.armed.take()?;
        self.lent.store(false, Relaxed);
        let early = clock::now_ms() < st.given_back + SOON_MS;
        st.rest = if early { (st.rest * 2).clamp(LEAST_REST_MS, MOST_REST_MS) } else { 0 };
        Some(armed)
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
            let armed = self.take(&mut st);
            drop(st);
            drop(armed);
            self.drive(aio, seq, deadline);
            self.leave();
        }
        self.promote();
    }

    /// A caller that would have waited found that the polling thread had done its work: from now
    /// on it does that itself, unless it stays away.
    #[inline]
    pub fn served(self: &Arc<Self>) {
        if self.lent.load(Relaxed) {
            self.take_for_later();
        }
    }

    fn take_for_later(self: &Arc<Self>) {
        let mut st = self.state.lock();
        if st.driven || st.holds > 0 {
            return;
        }
        let armed = self.take(&mut st);
        st.left = clock::now_ms();
        self.start_ticking(&mut st);
        drop(st);
        drop(armed);
    }

    /// Whether a caller should look for what it came for before it drives.
    pub fn looks_ahead(&self) -> bool {
        self.ahead.draw()
    }

    /// What came of such a look.
    pub fn looked_ahead(self: &Arc<Self>, found: bool) {
        if !found {
            return self.ahead.lost();
        }
        self.ahead.won();
        if self.lent.load(Relaxed) {
            self.served();
        } else {
            self.visited.store(true, Relaxed);
        }
    }

    /// Tells the set's sources what is there, if nobody looks after the set at the moment.
    /// Returns whether there was anything.
    pub fn glance(&self) -> bool {
        {
            let st = self.state.lock();
            if st.driven || st.armed.is_some() {
                return false;
            }
        }
        self.set.try_poll() > 0
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
        if st.holds > 0 {
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

/// Somebody counts on a set: a pending flush, an asynchronous operation, a pipe callback.
pub struct Hold(Arc<Driven>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.state.lock().holds -= 1;
    }
}

impl Fire for Driven {
    /// Gives the set back if it has rested long enough.
    fn fire(self: Arc<Self>, _: u64) {
        let mut st = self.state.lock();
        let now = clock::now_ms();
        let due = st.left + st.rest.max(LEAST_REST_MS);
        st.ticking = false;
        if st.armed.is_some() {
            return;
        }
        if st.driven {
            // Whoever leaves it soon need not start the timer then.
            if now < due + 4 {
                st.ticking = true;
                self.tick_at(now + st.rest.max(LEAST_REST_MS));
            }
            return;
        }
        if self.visited.swap(false, Relaxed) {
            st.left = now;
            st.ticking = true;
            return self.tick_at(now + st.rest.max(LEAST_REST_MS));
        }
        if now < due {
            st.ticking = true;
            return self.tick_at(due);
        }
        st.given_back = now;
        if self.arm(&mut st).is_err() {
            // Without descriptors left, try again.
            st.ticking = true;
            self.tick_at(now + LEAST_REST_MS);
        }
    }
}

/// The nested set as the polling thread sees it.
struct Nested(Weak<Driven>);

impl Source for Nested {
    fn ready(self: Arc<Self>, _: Ready) {
        let Some(driven) = self.0.upgrade() else { return };
        // Until nothing is left: the nesting is edge-triggered too.
        driven.set.poll_all();
    }
}

/// Spins a while for operation `seq` of `aio`, where no descriptor is concerned, and calls
/// `meanwhile` every time around. Returns whether it has ended.
pub fn spin_elsewhere(aio: &Aio, seq: u64, mut meanwhile: impl FnMut()) -> bool {
    thread_local! {
        static SPIN: Spin = const { Spin::new() };
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

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    /// Who finds what it came for by a look keeps the set from being given back, until it
    /// stays away.
    #[test]
    fn a_look_that_pays_keeps_the_set() {
        let driven = Driven::new().unwrap();
        let lent = || driven.lent.load(Relaxed);
        driven.served();
        assert!(driven.looks_ahead());
        driven.looked_ahead(true);
        assert!(!lent());
        driven.clone().fire(0);
        assert!(!lent());
        while !lent() {
            assert!(driven.state.lock().ticking);
            clock::sleep_ms(1);
            driven.clone().fire(0);
        }
        // Lent again, it is taken by the next look.
        driven.looked_ahead(true);
        assert!(!lent());
    }

    /// A look that finds nothing costs the next ones.
    #[test]
    fn looks_that_find_nothing_get_rare() {
        let driven = Driven::new().unwrap();
        for skipped in [1, 2, 4] {
            assert!(driven.looks_ahead());
            driven.looked_ahead(false);
            assert!((0..skipped).all(|_| !driven.looks_ahead()));
        }
        assert!(driven.looks_ahead());
        driven.looked_ahead(true);
        assert!(driven.looks_ahead());
    }

    /// A caller that comes back takes the set for itself, but not from who counts on it.
    #[test]
    fn a_set_that_is_held_stays_with_the_polling_thread() {
        let driven = Driven::new().unwrap();
        let lent = || driven.lent.load(Relaxed);
        let (one, two) = (driven.hold(), driven.hold());
        driven.served();
        drop(one);
        driven.served();
        assert!(lent());
        drop(two);
        driven.served();
        assert!(!lent());
        let _again = driven.hold();
        assert!(lent());
    }
}
