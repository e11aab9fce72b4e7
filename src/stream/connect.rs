//! Connecting without blocking: attempts under way, each with its ticket.
//!
//! One lock, held for no call out; promises are kept after it is released.
#![forbid(unsafe_code)]

use super::fd_link::{FdLink, Kind};
use super::link::{Link, Ticket};
use crate::base::{Error, Result};
use crate::rt::Promise;
use crate::rt::pollers;
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::sys::errno;
use parking_lot::Mutex;
use socket2::{SockAddr, Socket};
use std::collections::HashMap;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Weak};

pub type Open = Box<dyn Fn(&SockAddr) -> Result<Socket> + Send + Sync>;

/// What is to be connected: the addresses of one target, tried in order.
pub struct Target {
    pub addrs: Vec<SockAddr>,
    /// Makes the socket for an address, which does not block, options and local address applied.
    pub open: Open,
    pub kind: Kind,
}

struct Attempt {
    promise: Promise<Arc<dyn Link>>,
    rest: Option<Target>,
    connecting: Option<Connecting>,
}

struct Connecting {
    // Before the socket, so that it leaves the set first.
    _registration: Registration,
    socket: Socket,
}

/// The attempts of one dialer.
#[derive(Default)]
pub struct Attempts {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closed: bool,
    pending: HashMap<u64, Attempt>,
}

impl Attempts {
    /// Notes an attempt; what to connect to may be found later (`connect`).
    pub fn begin(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        {
            let mut st = self.state.lock();
            if !st.closed {
                st.pending.insert(ticket.0, Attempt { promise, rest: None, connecting: None });
                return;
            }
        }
        promise.keep(Err(Error::CLOSED));
    }

    /// Connects, for an attempt that is still wanted.
    pub fn connect(self: &Arc<Self>, ticket: Ticket, target: Result<Target>) {
        match target {
            Ok(target) => {
                if let Some(attempt) = self.state.lock().pending.get_mut(&ticket.0) {
                    attempt.rest = Some(target);
                }
                self.try_next(ticket, Error::ADDRINVAL);
            }
            Err(why) => self.end(ticket, Err(why)),
        }
    }

    /// Goes on to the attempt's next address; fails with `why` if there is none.
    fn try_next(self: &Arc<Self>, ticket: Ticket, mut why: Error) {
        loop {
            let started = {
                let mut st = self.state.lock();
                let Some(attempt) = st.pending.get_mut(&ticket.0) else { return };
                attempt.connecting = None;
                match &mut attempt.rest {
                    Some(rest) if !rest.addrs.is_empty() => {
                        let addr = rest.addrs.remove(0);
                        self.start(ticket, rest, &addr, &mut attempt.connecting)
                    }
                    _ => Err(why),
                }
            };
            match started {
                Ok(None) => return,
                Ok(Some(link)) => return self.end(ticket, Ok(link)),
                Err(e) => {
                    why = e;
                    let more = {
                        let st = self.state.lock();
                        let attempt = st.pending.get(&ticket.0);
                        attempt.and_then(|a| a.rest.as_ref()).is_some_and(|r| !r.addrs.is_empty())
                    };
                    if !more {
                        return self.end(ticket, Err(why));
                    }
                }
            }
        }
    }

    fn start(
        self: &Arc<Self>,
        ticket: Ticket,
        target: &Target,
        addr: &SockAddr,
        connecting: &mut Option<Connecting>,
    ) -> Result<Option<Arc<dyn Link>>> {
        let socket = (target.open)(addr)?;
        // Within one machine the second call finds it done.
        let mut connected = socket.connect(addr);
        if matches!(&connected, Err(e) if e.raw_os_error() == Some(errno::EINPROGRESS)) {
            connected = socket.connect(addr);
        }
        match connected {
            Ok(()) => Ok(Some(Arc::new(FdLink::new(socket, target.kind)))),
            Err(e) if e.raw_os_error() == Some(errno::EALREADY) => {
                let source = Arc::new(Progress { attempts: Arc::downgrade(self), ticket });
                let registration =
                    pollers::global()?.add(socket.as_raw_fd(), Want::Write, source)?;
                *connecting = Some(Connecting { _registration: registration, socket });
                Ok(None)
            }
            // A unix socket whose listener's queue is full says so at once.
            Err(e) if e.raw_os_error() == Some(errno::EAGAIN) => Err(Error::CONNREFUSED),
            Err(e) if e.raw_os_error() == Some(errno::ENOENT) => Err(Error::CONNREFUSED),
            Err(e) => Err(e.into()),
        }
    }

    fn progressed(self: &Arc<Self>, ticket: Ticket) {
        let outcome = {
            let mut st = self.state.lock();
            let Some(attempt) = st.pending.get_mut(&ticket.0) else { return };
            let Some(Connecting { _registration, socket }) = attempt.connecting.take() else {
                return;
            };
            drop(_registration);
            let kind = attempt.rest.as_ref().map_or(Kind::Tcp, |r| r.kind);
            match socket.take_error() {
                Ok(None) => Ok(Arc::new(FdLink::new(socket, kind)) as Arc<dyn Link>),
                Ok(Some(e)) | Err(e) => Err(e.into()),
            }
        };
        match outcome {
            Ok(link) => self.end(ticket, Ok(link)),
            Err(why) => self.try_next(ticket, why),
        }
    }

    /// Ends an attempt, if it is still pending.
    pub fn end(&self, ticket: Ticket, result: Result<Arc<dyn Link>>) {
        let attempt = {
            let mut st = self.state.lock();
            let attempt = st.pending.remove(&ticket.0);
            if st.pending.is_empty() {
                // An empty map keeps its memory otherwise.
                st.pending = HashMap::new();
            }
            attempt
        };
        if let Some(Attempt { promise, connecting, .. }) = attempt {
            drop(connecting);
            promise.keep(result);
        }
    }

    pub fn close(&self) {
        let pending = {
            let mut st = self.state.lock();
            st.closed = true;
            std::mem::take(&mut st.pending)
        };
        for (_, Attempt { promise, connecting, .. }) in pending {
            drop(connecting);
            promise.keep(Err(Error::CLOSED));
        }
    }
}

struct Progress {
    attempts: Weak<Attempts>,
    ticket: Ticket,
}

impl Source for Progress {
    fn ready(self: Arc<Self>, ready: Ready) {
        if ready.writable
            && let Some(attempts) = self.attempts.upgrade()
        {
            attempts.progressed(self.ticket);
        }
    }
}
