//! Readiness of descriptors: poll sets, and the one polling thread that also fires timers.
//!
//! A [`PollSet`] is polled by one thread at a time and may be told to wake from any. Sources are
//! called with no lock held, on whichever thread polls; they must not block. Registrations are
//! edge-triggered: a source remembers readiness until it has used it up.
#![forbid(unsafe_code)]

use super::poll::{Events, Interest, Poll, Registry, SourceFd, Token, Waker};
use super::{driver, leaving, timer};
use crate::base::{Error, Result, log};
use crate::sys::clock;
use crate::sys::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use crate::sys::sync::{Mutex, statics, thread, thread_local};
use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

/// What became possible with a descriptor; an error or hang-up makes everything possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    pub readable: bool,
    pub writable: bool,
    /// No more will come than what is there: it is read up to the end, as no event follows.
    pub over: bool,
}

/// Who is told of readiness.
pub trait Source: Send + Sync {
    fn ready(self: Arc<Self>, ready: Ready);
}

/// What a source waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Read,
    Write,
    Both,
}

impl Want {
    fn interest(self) -> Interest {
        match self {
            Want::Read => Interest::READABLE,
            Want::Write => Interest::WRITABLE,
            Want::Both => Interest::READABLE | Interest::WRITABLE,
        }
    }
}

thread_local! {
    static IN_EVENT: Cell<bool> = const { Cell::new(false) };
    /// This is the polling thread.
    static POLLING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is telling sources, timers or calls: others wait for it to go on.
pub fn in_event() -> bool {
    IN_EVENT.get()
}

const WAKE: Token = Token(0);
pub(super) const EVENTS_A_WAIT: usize = 64;

/// A set of descriptors and their sources.
pub struct PollSet {
    poll: Mutex<(Poll, Events)>,
    registry: Registry,
    waker: Waker,
    sources: Mutex<Slots>,
    fd: RawFd,
}

#[derive(Default)]
struct Slots {
    entries: Vec<Option<(u32, Arc<dyn Source>)>>,
    free: Vec<usize>,
    generation: u32,
}

/// A descriptor's registration in a set; ended by `PollSet::remove`.
pub struct Registration {
    set: Arc<PollSet>,
    token: usize,
    fd: RawFd,
}

impl PollSet {
    pub fn new() -> Result<Arc<PollSet>> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(&registry, WAKE)?;
        let fd = poll.as_raw_fd();
        Ok(Arc::new(PollSet {
            poll: Mutex::new((poll, Events::with_capacity(EVENTS_A_WAIT))),
            registry,
            waker,
            sources: Mutex::new(Slots::default()),
            fd,
        }))
    }

    /// Adds a descriptor; readiness that is there already is reported.
    pub fn add(
        self: &Arc<Self>,
        fd: RawFd,
        want: Want,
        source: Arc<dyn Source>,
    ) -> Result<Registration> {
        let token = {
            let mut slots = self.sources.lock();
            slots.generation = slots.generation.wrapping_add(1);
            let entry = Some((slots.generation, source));
            let at = match slots.free.pop() {
                Some(at) => {
                    slots.entries[at] = entry;
                    at
                }
                None => {
                    slots.entries.push(entry);
                    slots.entries.len() - 1
                }
            };
            (slots.generation as usize) << 32 | (at + 1)
        };
        // From here on its drop gives the slot back.
        let registration = Registration { set: self.clone(), token, fd };
        self.registry.register(&mut SourceFd(&fd), Token(token), want.interest())?;
        Ok(registration)
    }

    fn forget(&self, token: usize) {
        let at = (token & 0xffff_ffff) - 1;
        let mut slots = self.sources.lock();
        let gone = slots.entries[at].take();
        slots.free.push(at);
        drop(slots);
        drop(gone);
    }

    fn source(&self, token: usize) -> Option<Arc<dyn Source>> {
        let at = (token & 0xffff_ffff).checked_sub(1)?;
        match self.sources.lock().entries.get(at)? {
            Some((generation, source)) if *generation as usize == token >> 32 => {
                Some(source.clone())
            }
            _ => None,
        }
    }

    /// Ends a wait of the polling thread, now or the next one.
    pub fn wake(&self) {
        // Fails otherwise only when the descriptor is unusable, which it is not while we live.
        while self.waker.wake().is_err_and(|e| e.kind() == ErrorKind::Interrupted) {}
    }

    /// Waits, at most `timeout`, and tells the sources. Returns how many events there were,
    /// wake-ups included.
    pub fn poll(&self, timeout: Option<Duration>) -> usize {
        self.poll_locked(&mut self.poll.lock(), timeout)
    }

    /// As `poll`, unless `done` is true. It is asked once nobody else polls: a wake-up that was
    /// meant for this thread cannot be taken by another after that.
    pub(super) fn poll_unless(&self, done: impl FnOnce() -> bool, timeout: Option<Duration>) {
        let mut guard = self.poll.lock();
        if !done() {
            self.poll_locked(&mut guard, timeout);
        }
    }

    /// Tells the sources what is there; does nothing if another thread is polling.
    pub(super) fn try_poll(&self) -> usize {
        match self.poll.try_lock() {
            Some(mut guard) => self.poll_locked(&mut guard, Some(Duration::ZERO)),
            None => 0,
        }
    }

    fn poll_locked(&self, guard: &mut (Poll, Events), timeout: Option<Duration>) -> usize {
        let (poll, events) = guard;
        if let Err(e) = poll.poll(events, timeout) {
            if e.kind() != ErrorKind::Interrupted {
                log::error("NNG-POLL", format_args!("polling failed: {e}"));
                crate::sys::clock::sleep_ms(10);
            }
            return 0;
        }
        let mut found = 0;
        let outer = IN_EVENT.replace(true);
        for event in events.iter() {
            found += 1;
            let over = event.is_error() || event.is_read_closed() || event.is_write_closed();
            let ready = Ready {
                readable: event.is_readable() || over,
                writable: event.is_writable() || over,
                over,
            };
            if event.token() != WAKE
                && let Some(source) = self.source(event.token().0)
            {
                source.ready(ready);
            }
        }
        IN_EVENT.set(outer);
        found
    }

    /// The set's own descriptor, readable while it has events.
    pub fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl super::aio::Wake for PollSet {
    fn wake(&self) {
        if !driver::is_driving(self) {
            PollSet::wake(self);
        }
    }
}

impl Registration {
    /// Changes what is waited for; readiness that is there already is reported.
    pub fn change(&self, want: Want) -> Result<()> {
        let fd = self.fd;
        Ok(self.set.registry.reregister(&mut SourceFd(&fd), Token(self.token), want.interest())?)
    }

    pub fn set(&self) -> &Arc<PollSet> {
        &self.set
    }
}

impl Drop for Registration {
    /// The descriptor must still be open.
    fn drop(&mut self) {
        let fd = self.fd;
        // A descriptor that is gone has left the set by itself.
        let _ = self.set.registry.deregister(&mut SourceFd(&fd));
        self.set.forget(self.token);
    }
}

/// Something for the polling thread to do.
pub trait Call: Send + Sync {
    fn call(self: Arc<Self>);
}

statics! {
    static CALLS: Mutex<Vec<Arc<dyn Call>>> = Mutex::new(Vec::new());
}

/// Has the polling thread call `what` soon.
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

struct Global {
    set: Arc<PollSet>,
    stop: Arc<AtomicBool>,
    thread: thread::Thread,
}

statics! {
    static GLOBAL: Mutex<Option<Global>> = Mutex::new(None);
}

thread_local! {
    /// On a polling thread its own set: one that is about to end must not start the next.
    static OWN: RefCell<Option<Arc<PollSet>>> = const { RefCell::new(None) };
}

statics! {
    /// Until when (milliseconds) the polling thread sleeps; zero while it is awake.
    static ASLEEP_UNTIL: AtomicU64 = AtomicU64::new(0);
}

/// The set that the polling thread polls; started on first use.
pub fn global() -> Result<Arc<PollSet>> {
    if let Ok(Some(own)) = OWN.try_with(|own| own.borrow().clone()) {
        return Ok(own);
    }
    let mut global = GLOBAL.lock();
    if let Some(global) = &*global {
        global.stop.store(false, SeqCst);
        return Ok(global.set.clone());
    }
    let set = PollSet::new()?;
    let polled = set.clone();
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = stop.clone();
    let thread = thread::spawn("nng:poll", move || poll_until(&polled, &stopping))
        .map_err(|_| Error::NOMEM)?;
    *global = Some(Global { set: set.clone(), stop, thread });
    Ok(set)
}

/// How often a thread that is to stop looks at the longest whether it may.
const SELDOM: Duration = Duration::from_secs(1);

fn poll_until(set: &Arc<PollSet>, stop: &AtomicBool) {
    IN_EVENT.set(true);
    POLLING.set(true);
    OWN.set(Some(set.clone()));
    let mut again = Duration::from_millis(1);
    while !(stop.load(SeqCst) && may_retire(set)) {
        // Announced before the timers are looked at, so that a timer started meanwhile sees it.
        ASLEEP_UNTIL.store(u64::MAX, SeqCst);
        let until = timer::next().unwrap_or(u64::MAX);
        let now = clock::now_ms();
        ASLEEP_UNTIL.store(until.max(1), SeqCst);
        let mut timeout = match until {
            u64::MAX => None,
            // Half a millisecond more on average, so as not to wake just before.
            at => Some(Duration::from_millis(at.saturating_sub(now))),
        };
        if stop.load(SeqCst) {
            // Whoever lets go of the set last tells nobody.
            timeout = Some(timeout.map_or(again, |timeout| timeout.min(again)));
            again = (again * 2).min(SELDOM);
        }
        set.poll(timeout);
        ASLEEP_UNTIL.store(0, SeqCst);
        let calls = std::mem::take(&mut *CALLS.lock());
        for what in calls {
            what.call();
        }
        timer::fire_due();
    }
    // What came meanwhile counted on this thread: the next one sees to it.
    OWN.set(None);
    ASLEEP_UNTIL.store(0, SeqCst);
    if (timer::in_use() || !CALLS.lock().is_empty())
        && let Ok(next) = global()
    {
        next.wake();
    }
}

/// Makes sure that the polling thread looks at the timers before `at`.
pub(super) fn wake_before(at: u64) {
    // This thread looks at the timers before it sleeps.
    if POLLING.get() {
        return;
    }
    let asleep_until = ASLEEP_UNTIL.load(SeqCst);
    // One that is awake may have looked already.
    if (asleep_until > at || asleep_until == 0)
        && let Ok(set) = global()
    {
        set.wake();
    }
}

/// Whether descriptors, timers or calls are left for the polling thread; under its lock.
fn in_use(global: &Global) -> bool {
    // The set is this one's and, twice, its thread's; registrations and whoever adds one have it too.
    Arc::strong_count(&global.set) > 3 || !CALLS.lock().is_empty() || timer::in_use()
}

/// Whether a polling thread that is to stop may do so.
fn may_retire(set: &Arc<PollSet>) -> bool {
    let mut global = GLOBAL.lock();
    match &*global {
        Some(current) if Arc::ptr_eq(&current.set, set) => {
            if in_use(current) {
                return false;
            }
            let retired = global.take();
            drop(global);
            retired.into_iter().for_each(|retired| leaving::leave(retired.thread));
            true
        }
        _ => true,
    }
}

/// Waits for threads that ended by themselves; whether there is one that has not.
#[cfg(all(test, any(loom, shuttle)))]
pub(super) fn is_running() -> bool {
    leaving::shut_down();
    GLOBAL.lock().is_some()
}

/// Ends the polling thread, unless something is left that needs it; whether there is none.
pub(super) fn shut_down() -> bool {
    let ended = {
        let mut global = GLOBAL.lock();
        match &*global {
            None => return true,
            Some(current) if POLLING.get() || in_use(current) => return false,
            Some(_) => global.take(),
        }
    };
    if let Some(global) = ended {
        global.stop.store(true, SeqCst);
        global.set.wake();
        global.thread.join();
    }
    true
}

/// Ends the polling thread, if there is one, as soon as nothing is left that needs it.
pub(super) fn shut_down_later() {
    if let Some(global) = &*GLOBAL.lock() {
        global.stop.store(true, SeqCst);
        global.set.wake();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc;

    struct Tells(mpsc::Sender<u8>, u8);

    impl Source for Tells {
        fn ready(self: Arc<Self>, _: Ready) {
            let _ = self.0.send(self.1);
        }
    }

    /// A descriptor that cannot be polled is refused, and those that come after it each have a
    /// place of their own.
    #[test]
    fn a_refused_descriptor_takes_no_place_with_it() {
        let set = PollSet::new().unwrap();
        let (tell, told) = mpsc::channel();
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        for _ in 0..3 {
            let refused = set.add(file.as_raw_fd(), Want::Read, Arc::new(Tells(tell.clone(), 0)));
            assert!(refused.is_err());
        }
        let pairs: Vec<_> = (0..4).map(|_| UnixStream::pair().unwrap()).collect();
        let _registrations: Vec<_> = pairs
            .iter()
            .zip(1..)
            .map(|((one, _), n)| {
                let source = Arc::new(Tells(tell.clone(), n));
                set.add(one.as_raw_fd(), Want::Write, source).unwrap()
            })
            .collect();
        while set.poll(Some(Duration::ZERO)) > 0 {}
        let mut told: Vec<u8> = told.try_iter().collect();
        told.sort_unstable();
        assert_eq!(told, [1, 2, 3, 4]);
    }
}
