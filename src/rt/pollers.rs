//! The polling threads: they poll the global set, make calls and fire timers.
//!
//! There is one, and with the first callback a second. Both wait; an event wakes the one that
//! began last, so that the other sleeps while that one keeps up. So who polled a callback in can
//! run it, too: as long as it does, it has stepped aside, and the other is there for whatever
//! happens meanwhile. One steps aside at a time: no callback holds up events or timers.
#![forbid(unsafe_code)]

use super::reactor::{self, PollSet};
use super::{leaving, task, timer};
use crate::base::{Error, Result};
use crate::sys::clock;
use crate::sys::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::*};
use crate::sys::sync::{Mutex, statics, thread, thread_local};
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};
use std::time::Duration;

const MOST: usize = 2;

/// Polling threads of one set.
struct Crew {
    set: Arc<PollSet>,
    stop: AtomicBool,
    /// How many have not stepped aside.
    polling: AtomicUsize,
    /// Every one that was started, or could not be.
    hired: AtomicUsize,
    threads: Mutex<Vec<thread::Thread>>,
}

statics! {
    static CREW: Mutex<Option<Arc<Crew>>> = Mutex::new(None);
    /// Those that retire by themselves, for as long as they have threads.
    static RETIRED: Mutex<Vec<Weak<Crew>>> = Mutex::new(Vec::new());
    /// By when (milliseconds) each thread looks at the timers; zero is before it sleeps.
    static LOOKS: [AtomicU64; MOST] = [AtomicU64::new(NEVER), AtomicU64::new(NEVER)];
    static CALLS: Mutex<Vec<Arc<dyn Call>>> = Mutex::new(Vec::new());
}

const NEVER: u64 = u64::MAX;

/// How often a thread that is to stop looks at the longest whether it may.
const SELDOM: Duration = Duration::from_secs(1);

thread_local! {
    static IS_POLLER: Cell<bool> = const { Cell::new(false) };
    /// On a polling thread that has not stepped aside, its own crew: one that is about to end
    /// must not start the next.
    static OWN: RefCell<Option<Arc<Crew>>> = const { RefCell::new(None) };
}

/// Something for a polling thread to do.
pub trait Call: Send + Sync {
    fn call(self: Arc<Self>);
}

/// Has a polling thread call `what` soon.
pub fn call(what: Arc<dyn Call>) {
    let first = {
        let mut calls = CALLS.lock();
        calls.push(what);
        calls.len() == 1
    };
    if first && let Ok(set) = global() {
        set.wake();
    }
}

/// The set that the polling threads poll; the first one is started on first use.
pub fn global() -> Result<Arc<PollSet>> {
    if let Ok(Some(own)) = OWN.try_with(|own| own.borrow().as_ref().map(|own| own.set.clone())) {
        return Ok(own);
    }
    let mut crew = CREW.lock();
    if let Some(crew) = &*crew {
        crew.stop.store(false, SeqCst);
        return Ok(crew.set.clone());
    }
    let fresh = Arc::new(Crew {
        set: PollSet::new()?,
        stop: AtomicBool::new(false),
        polling: AtomicUsize::new(0),
        hired: AtomicUsize::new(0),
        threads: Mutex::default(),
    });
    fresh.hire()?;
    let set = fresh.set.clone();
    *crew = Some(fresh);
    Ok(set)
}

/// Whether this is a polling thread, be it aside.
pub(super) fn is_poller() -> bool {
    IS_POLLER.get()
}

/// Makes sure that a polling thread looks at the timers before `at`.
pub(super) fn wake_before(at: u64) {
    // A thread that looks after this sees the new timer: it is noted down already.
    if LOOKS.iter().all(|looks| looks.load(SeqCst) > at)
        && let Ok(set) = global()
    {
        set.wake();
    }
}

impl Crew {
    fn hire(self: &Arc<Self>) -> Result<()> {
        let number = self.hired.fetch_add(1, SeqCst);
        let crew = self.clone();
        // A thread that ends at once finds its handle there.
        let mut threads = self.threads.lock();
        let thread = thread::spawn("nng:poll", move || crew.work(number));
        threads.push(thread.map_err(|_| Error::NOMEM)?);
        self.polling.fetch_add(1, SeqCst);
        Ok(())
    }

    fn work(self: Arc<Self>, number: usize) {
        reactor::set_in_event(true);
        IS_POLLER.set(true);
        OWN.set(Some(self.clone()));
        task::keep(true);
        let looks = &LOOKS[number];
        let mut seat = self.set.seat();
        let mut again = Duration::from_millis(1);
        while !(self.stop.load(SeqCst) && self.may_retire()) {
            // Announced before the timers are looked at, so that one started meanwhile sees it.
            looks.store(NEVER, SeqCst);
            let until = timer::next();
            let now = clock::now_ms();
            looks.store(until.unwrap_or(NEVER).max(1), SeqCst);
            // Half a millisecond more on average, so as not to wake just before.
            let mut timeout = until.map(|at| Duration::from_millis(at.saturating_sub(now)));
            if self.stop.load(SeqCst) {
                // Whoever lets go of the set last tells nobody.
                timeout = Some(timeout.map_or(again, |timeout| timeout.min(again)));
                again = (again * 2).min(SELDOM);
            }
            seat.wait(timeout);
            looks.store(0, SeqCst);
            self.set.tell_found(&seat);
            let calls = std::mem::take(&mut *CALLS.lock());
            for what in calls {
                what.call();
            }
            timer::fire_due();
            task::run_kept(|| self.step_aside(looks));
        }
        self.polling.fetch_sub(1, SeqCst);
        task::keep(false);
        // What came meanwhile counted on this thread: the next one sees to it.
        OWN.set(None);
        looks.store(NEVER, SeqCst);
        if (timer::in_use() || !CALLS.lock().is_empty())
            && let Ok(next) = global()
        {
            next.wake();
        }
        // The other one may sleep still.
        self.set.wake();
        // `shut_down` waits for those that it ends.
        let me = thread::own_id();
        let before = {
            let mut threads = self.threads.lock();
            let at = threads.iter().position(|thread| thread.id() == me);
            at.and_then(|at| leaving::leave(threads.swap_remove(at)))
        };
        drop(self);
        before.into_iter().for_each(thread::Thread::join);
    }

    /// Leaves what happens to the other thread, if that is there.
    fn step_aside<'a>(self: &'a Arc<Self>, looks: &'a AtomicU64) -> Option<Aside<'a>> {
        if self.hired.load(SeqCst) < MOST {
            // If there is none to be had, callbacks go to task threads for good.
            let _ = self.hire();
        }
        let others = |polling: usize| (polling > 1).then(|| polling - 1);
        self.polling.fetch_update(SeqCst, SeqCst, others).ok()?;
        looks.store(NEVER, SeqCst);
        if let Some(at) = timer::next() {
            wake_before(at);
        }
        OWN.set(None);
        reactor::set_in_event(false);
        task::keep(false);
        Some(Aside { crew: self, looks })
    }

    /// Whether descriptors, timers or calls are left for it.
    fn in_use(&self) -> bool {
        // Registrations and whoever adds one have the set too.
        Arc::strong_count(&self.set) > 1 || !CALLS.lock().is_empty() || timer::in_use()
    }

    /// Whether a thread that is to stop may do so.
    fn may_retire(self: &Arc<Self>) -> bool {
        let mut current = CREW.lock();
        match &*current {
            Some(crew) if Arc::ptr_eq(crew, self) => {
                if self.in_use() {
                    return false;
                }
                *current = None;
                let mut retired = RETIRED.lock();
                retired.retain(|crew| crew.strong_count() > 0);
                retired.push(Arc::downgrade(self));
                true
            }
            _ => true,
        }
    }

    /// Waits for its threads to end.
    fn join(&self) {
        loop {
            let threads = std::mem::take(&mut *self.threads.lock());
            if threads.is_empty() {
                return;
            }
            threads.into_iter().for_each(thread::Thread::join);
        }
    }
}

/// A polling thread is one among others meanwhile.
pub(super) struct Aside<'a> {
    crew: &'a Arc<Crew>,
    looks: &'a AtomicU64,
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        task::keep(true);
        reactor::set_in_event(true);
        OWN.set(Some(self.crew.clone()));
        self.looks.store(0, SeqCst);
        self.crew.polling.fetch_add(1, SeqCst);
    }
}

/// Waits for threads that ended by themselves; whether there is one that has not.
#[cfg(all(test, any(loom, shuttle)))]
pub(super) fn is_running() -> bool {
    let running = CREW.lock().is_some();
    join_retired();
    leaving::shut_down();
    running
}

fn join_retired() {
    let retired = std::mem::take(&mut *RETIRED.lock());
    retired.iter().filter_map(Weak::upgrade).for_each(|crew| crew.join());
}

/// Ends the polling threads, unless something is left that needs them; whether there is none.
pub(super) fn shut_down() -> bool {
    let ended = {
        let mut current = CREW.lock();
        match &*current {
            // It cannot wait for itself.
            current if IS_POLLER.get() => return current.is_none(),
            Some(crew) if crew.in_use() => return false,
            _ => current.take(),
        }
    };
    if let Some(crew) = ended {
        crew.stop.store(true, SeqCst);
        crew.set.wake();
        crew.join();
    }
    join_retired();
    true
}

/// Ends the polling threads, if there are any, as soon as nothing is left that needs them.
pub(super) fn shut_down_later() {
    if let Some(crew) = &*CREW.lock() {
        crew.stop.store(true, SeqCst);
        crew.set.wake();
    }
}
