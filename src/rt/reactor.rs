//! Readiness of descriptors: poll sets and their sources.
//!
//! A [`PollSet`] is polled by one thread at a time, or by several that have a [`Seat`] each, and
//! may be told to wake from any. Sources are called with no lock held, on whichever thread polls;
//! they must not block. Registrations are edge-triggered: a source remembers readiness until it
//! has used it up.
#![forbid(unsafe_code)]

use super::driver;
use super::poll::{self, Events, Interest, Poll, Registry, SourceFd, Token, Waker};
use crate::base::{Result, log};
use crate::sys::clock;
use crate::sys::sync::atomic::{AtomicBool, Ordering::SeqCst};
use crate::sys::sync::{Mutex, thread_local};
use std::cell::Cell;
use std::io::{self, ErrorKind};
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

impl Ready {
    fn new(readable: bool, writable: bool, over: bool) -> Ready {
        Ready { readable: readable || over, writable: writable || over, over }
    }
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
}

/// Whether this thread is telling sources, timers or calls: others wait for it to go on.
pub fn in_event() -> bool {
    IN_EVENT.get()
}

/// Says whether this thread is; returns whether it was.
pub(super) fn set_in_event(is: bool) -> bool {
    IN_EVENT.replace(is)
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
    /// Somebody else came to poll while the set was polled.
    missed: AtomicBool,
}

/// A thread's place among those that poll a set together.
pub(super) struct Seat(poll::Waiter);

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
            missed: AtomicBool::new(false),
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
        let Some(mut guard) = self.poll.try_lock() else { return 0 };
        self.missed.store(false, SeqCst);
        let found = self.poll_locked(&mut guard, Some(Duration::ZERO));
        drop(guard);
        if self.missed.swap(false, SeqCst) {
            self.poll_all();
        }
        found
    }

    /// Tells the sources all that is there. If another thread is at that, it does so.
    pub(super) fn poll_all(&self) {
        loop {
            self.missed.swap(true, SeqCst);
            let Some(mut guard) = self.poll.try_lock() else { return };
            self.missed.swap(false, SeqCst);
            while self.poll_locked(&mut guard, Some(Duration::ZERO)) >= EVENTS_A_WAIT {}
            drop(guard);
            if !self.missed.swap(false, SeqCst) {
                return;
            }
        }
    }

    fn poll_locked(&self, guard: &mut (Poll, Events), timeout: Option<Duration>) -> usize {
        let (poll, events) = guard;
        if failed(poll.poll(events, timeout)) {
            return 0;
        }
        self.tell(events.iter().map(|event| {
            let over = event.is_error() || event.is_read_closed() || event.is_write_closed();
            (event.token(), Ready::new(event.is_readable(), event.is_writable(), over))
        }))
    }

    pub(super) fn seat(&self) -> Seat {
        Seat(poll::Waiter::new(self.fd, EVENTS_A_WAIT))
    }

    /// Tells the sources what a wait has found.
    pub(super) fn tell_found(&self, seat: &Seat) {
        self.tell(seat.0.events().map(|event| {
            let ready = Ready::new(event.is_readable(), event.is_writable(), event.is_over());
            (event.token(), ready)
        }));
    }

    /// Tells the sources; returns how many events there were.
    fn tell(&self, events: impl Iterator<Item = (Token, Ready)>) -> usize {
        let outer = set_in_event(true);
        let mut found = 0;
        for (token, ready) in events {
            found += 1;
            if token != WAKE
                && let Some(source) = self.source(token.0)
            {
                source.ready(ready);
            }
        }
        set_in_event(outer);
        found
    }

    /// The set's own descriptor, readable while it has events.
    pub fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl Seat {
    /// Waits for events of the set, at most `timeout`. An event wakes one of those that wait: who
    /// began last.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) {
        failed(self.0.wait(timeout));
    }
}

/// Whether a wait did not come to its end.
fn failed(wait: io::Result<()>) -> bool {
    let Err(why) = wait else { return false };
    if why.kind() != ErrorKind::Interrupted {
        log::error("NNG-POLL", format_args!("polling failed: {why}"));
        clock::sleep_ms(10);
    }
    true
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
