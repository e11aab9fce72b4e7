//! Accepting without blocking: promises in line for a listening descriptor.
//!
//! One lock, held for no call out. Without descriptors left, accepting rests for a moment
//! instead of spinning.
#![forbid(unsafe_code)]

use super::fd_link::{FdLink, Kind};
use super::link::{Link, Ticket};
use crate::base::{Error, Result, log};
use crate::rt::pollers;
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::rt::{Promise, timer};
use crate::sys::{self, clock, errno};
use parking_lot::Mutex;
use socket2::{SockAddr, Socket};
use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::{Arc, Weak};

type Linked = Result<Arc<dyn Link>>;

/// A listening socket and who waits for its connections.
pub struct Acceptor {
    state: Mutex<State>,
    kind: Kind,
    /// Applied to each new connection.
    adopt: Box<dyn Fn(&Socket) + Send + Sync>,
    /// Called once when the listening ends, before the descriptor is closed.
    release: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

struct State {
    listening: Option<(Registration, Socket)>,
    waiting: VecDeque<(Ticket, Promise<Arc<dyn Link>>)>,
    resting: bool,
    /// A thread is serving; others leave their promise in line.
    pumping: bool,
}

const REST_MS: u64 = 100;

struct Readiness(Weak<Acceptor>);

impl Source for Readiness {
    fn ready(self: Arc<Self>, _: Ready) {
        if let Some(acceptor) = self.0.upgrade() {
            acceptor.pump();
        }
    }
}

impl timer::Fire for Acceptor {
    fn fire(self: Arc<Self>, _: u64) {
        self.state.lock().resting = false;
        self.pump();
    }
}

impl Acceptor {
    pub fn new(
        socket: Socket,
        kind: Kind,
        adopt: Box<dyn Fn(&Socket) + Send + Sync>,
        release: Box<dyn FnOnce() + Send>,
    ) -> Result<Arc<Acceptor>> {
        socket.set_nonblocking(true)?;
        let acceptor = Arc::new(Acceptor {
            state: Mutex::new(State {
                listening: None,
                waiting: VecDeque::new(),
                resting: false,
                pumping: false,
            }),
            kind,
            adopt,
            release: Mutex::new(Some(release)),
        });
        let source = Arc::new(Readiness(Arc::downgrade(&acceptor)));
        let registration = pollers::global()?.add(socket.as_raw_fd(), Want::Read, source)?;
        acceptor.state.lock().listening = Some((registration, socket));
        Ok(acceptor)
    }

    pub fn local_addr(&self) -> Result<SockAddr> {
        match &self.state.lock().listening {
            Some((_, socket)) => Ok(socket.local_addr()?),
            None => Err(Error::CLOSED),
        }
    }

    pub fn accept(self: &Arc<Self>, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        {
            let mut st = self.state.lock();
            if st.listening.is_some() {
                st.waiting.push_back((ticket, promise));
            } else {
                drop(st);
                return promise.keep(Err(Error::CLOSED));
            }
        }
        self.pump();
    }

    /// Serves who waits, as long as there are connections. Not reentrant: a promise that is
    /// kept here may lead to the next `accept`.
    fn pump(self: &Arc<Self>) {
        let mut st = self.state.lock();
        if st.pumping {
            return;
        }
        st.pumping = true;
        while let Some((promise, link)) = self.next(&mut st) {
            drop(st);
            promise.keep(link);
            st = self.state.lock();
        }
        st.pumping = false;
    }

    fn next(self: &Arc<Self>, st: &mut State) -> Option<(Promise<Arc<dyn Link>>, Linked)> {
        if st.resting {
            return None;
        }
        while !st.waiting.is_empty() {
            let (_, socket) = st.listening.as_ref()?;
            let e = match sys::socket::accept(socket.as_fd()) {
                Ok(socket) => {
                    (self.adopt)(&socket);
                    let link: Arc<dyn Link> = Arc::new(FdLink::new(socket, self.kind));
                    return st.waiting.pop_front().map(|(_, promise)| (promise, Ok(link)));
                }
                Err(e) => e,
            };
            match e.raw_os_error().unwrap_or(0) {
                errno::EAGAIN => return None,
                // One connection that went away before we came.
                errno::EINTR | errno::ECONNABORTED | errno::ECONNRESET | errno::EPROTO => {}
                _ => {
                    st.resting = true;
                    log::warn("NNG-ACCEPT-FAIL", format_args!("cannot accept: {e}"));
                    let this: Weak<Acceptor> = Arc::downgrade(self);
                    timer::start(clock::now_ms() + REST_MS, this, 0);
                }
            }
            if st.resting {
                return None;
            }
        }
        None
    }

    pub fn cancel(&self, ticket: Ticket, why: Error) {
        let found = {
            let mut st = self.state.lock();
            let at = st.waiting.iter().position(|(t, _)| *t == ticket);
            at.and_then(|at| st.waiting.remove(at))
        };
        if let Some((_, promise)) = found {
            promise.keep(Err(why));
        }
    }

    pub fn close(&self) {
        let (listening, waiting) = {
            let mut st = self.state.lock();
            (st.listening.take(), std::mem::take(&mut st.waiting))
        };
        if listening.is_some()
            && let Some(release) = self.release.lock().take()
        {
            release();
        }
        drop(listening);
        for (_, promise) in waiting {
            promise.keep(Err(Error::CLOSED));
        }
    }
}

/// Where a listener keeps its acceptor, from `listen` until it is closed.
#[derive(Default)]
pub struct Listening(Mutex<Phase>);

#[derive(Default)]
enum Phase {
    #[default]
    Idle,
    Listening(Arc<Acceptor>),
    Closed,
}

impl Listening {
    /// Fails if there is an acceptor already, or will be none any more.
    pub fn start(&self, make: impl FnOnce() -> Result<Arc<Acceptor>>) -> Result<()> {
        let mut phase = self.0.lock();
        match *phase {
            Phase::Idle => *phase = Phase::Listening(make()?),
            Phase::Listening(_) | Phase::Closed => return Err(Error::STATE),
        }
        Ok(())
    }

    fn acceptor(&self) -> Result<Arc<Acceptor>> {
        match &*self.0.lock() {
            Phase::Idle => Err(Error::STATE),
            Phase::Listening(acceptor) => Ok(acceptor.clone()),
            Phase::Closed => Err(Error::CLOSED),
        }
    }

    pub fn has_started(&self) -> bool {
        matches!(*self.0.lock(), Phase::Listening(_))
    }

    pub fn local_addr(&self) -> Result<SockAddr> {
        // A closed listener has as little of an address as one that did not begin.
        self.acceptor().map_err(|_| Error::STATE)?.local_addr()
    }

    pub fn accept(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        match self.acceptor() {
            Ok(acceptor) => acceptor.accept(ticket, promise),
            Err(why) => promise.keep(Err(why)),
        }
    }

    pub fn cancel(&self, ticket: Ticket, why: Error) {
        if let Ok(acceptor) = self.acceptor() {
            acceptor.cancel(ticket, why);
        }
    }

    pub fn close(&self) {
        let before = std::mem::replace(&mut *self.0.lock(), Phase::Closed);
        if let Phase::Listening(acceptor) = before {
            acceptor.close();
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.close();
    }
}
