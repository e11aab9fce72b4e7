//! A dialer: one address to connect to, again and again while its pipe goes.
//!
//! One lock, held for no call out. After a failure or a lost pipe the next attempt comes after
//! a random part of a back-off that doubles from RECONNMINT to RECONNMAXT.
#![forbid(unsafe_code)]

use super::failures::{Failure, Failures};
use super::notify;
use super::pipe::Origin;
use super::registry;
use super::socket::Socket;
use super::transport::{self, Connected, Dial};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url, log};
use crate::rt::timer::{self, TimerId};
use crate::rt::{Promise, caller, task};
use crate::stream::Ticket;
use crate::sys::sync::Mutex;
use crate::sys::{clock, random};
use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

pub struct Dialer {
    id: u32,
    /// As it was given; what it says is in the transport.
    url: Box<str>,
    socket: Weak<Socket>,
    transport: Arc<dyn Dial>,
    state: Mutex<State>,
    /// Connections established.
    pub connects: AtomicU64,
    pub failures: Failures,
    /// What C was given a pointer to; lives as long as this.
    pub foreign: OnceLock<Box<dyn Any + Send + Sync>>,
}

struct State {
    started: bool,
    closed: bool,
    /// Told of the first attempt.
    first: Option<Promise<()>>,
    ticket: Option<Ticket>,
    timer: Option<TimerId>,
    pipe: Option<u32>,
    min: u32,
    max: u32,
    backoff: u32,
}

/// Even with a back-off of zero attempts keep some distance.
const LEAST_BACKOFF_MS: u32 = 10;

impl Dialer {
    pub fn create(socket: &Arc<Socket>, url: &str) -> Result<Arc<Dialer>> {
        let url = Url::parse(url)?;
        let transport = (transport::find(url.scheme())?.dialer)(&url, socket.local())?;
        let settings = socket.settings.lock().clone();
        let id = registry::DIALERS.next_id();
        let dialer = Arc::new(Dialer {
            id,
            url: url.raw().into(),
            socket: Arc::downgrade(socket),
            transport,
            state: Mutex::new(State {
                started: false,
                closed: false,
                first: None,
                ticket: None,
                timer: None,
                pipe: None,
                min: settings.reconnect_min,
                max: settings.reconnect_max,
                backoff: settings.reconnect_min,
            }),
            connects: AtomicU64::new(0),
            failures: Failures::default(),
            foreign: OnceLock::new(),
        });
        super::options::inherit(&settings, |name, value| dialer.transport.set_option(name, value))?;
        // Known by its id first: a socket that closes meanwhile takes that away again.
        registry::DIALERS.insert(id, &dialer);
        if let Err(why) = socket.add_dialer(&dialer) {
            registry::DIALERS.remove(id);
            return Err(why);
        }
        Ok(dialer)
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn socket(&self) -> Option<Arc<Socket>> {
        self.socket.upgrade()
    }

    pub fn transport(&self) -> &Arc<dyn Dial> {
        &self.transport
    }

    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Starts connecting. Unless `nonblock`, waits for the first attempt, and on its failure
    /// returns the error with the dialer as it was before.
    pub fn start(self: &Arc<Self>, nonblock: bool) -> Result<()> {
        let (promise, awaited) = Promise::awaited();
        {
            let mut st = self.state.lock();
            if st.closed {
                return Err(Error::CLOSED);
            }
            if st.started {
                return Err(Error::STATE);
            }
            st.started = true;
            if !nonblock {
                st.first = Some(promise);
            }
        }
        let socket = self.socket().map_or(0, |s| s.id());
        log::info("NNG-DIAL", format_args!("socket<{socket}> dials {}", self.url));
        caller::waiting(!nonblock, || self.connect());
        if nonblock { Ok(()) } else { awaited.wait() }
    }

    fn connect(self: &Arc<Self>) {
        let ticket = Ticket::next();
        {
            let mut st = self.state.lock();
            if st.closed {
                return;
            }
            st.ticket = Some(ticket);
            st.timer = None;
        }
        let this = self.clone();
        let promise = Promise::new(move |result: Result<Connected>| {
            // A program's callbacks must not hold up the thread that others wait for.
            let slow = this.socket().is_some_and(|s| s.notify.is_used()) && notify::must_defer();
            if slow {
                task::push(task::Task::Job(Box::new(move || this.connected(ticket, result))));
            } else {
                this.connected(ticket, result);
            }
        });
        self.transport.connect(ticket, promise);
    }

    fn connected(self: &Arc<Self>, ticket: Ticket, result: Result<Connected>) {
        {
            let mut st = self.state.lock();
            if st.ticket != Some(ticket) {
                return;
            }
            st.ticket = None;
        }
        let linked = result.is_ok();
        let made = match (result, self.socket()) {
            (Ok(connected), Some(socket)) => {
                self.connects.fetch_add(1, Relaxed);
                {
                    let mut st = self.state.lock();
                    st.backoff = st.min;
                }
                socket
                    .add_pipe(connected, Origin::Dialer(self.clone()))
                    .inspect_err(|_| self.failures.count(Failure::Rejected))
            }
            (Ok(_), None) => Err(Error::CLOSED),
            (Err(why), _) => {
                self.failures.count(why);
                Err(why)
            }
        };
        let first = {
            let mut st = self.state.lock();
            let first = st.first.take();
            if made.is_err() && first.is_some() && !linked {
                st.started = false;
            }
            first
        };
        match made {
            Ok(pipe) => {
                let closed = {
                    let mut st = self.state.lock();
                    if !pipe.is_closed() {
                        st.pipe = Some(pipe.id());
                    }
                    st.closed
                };
                if closed {
                    pipe.close();
                }
                if let Some(first) = first {
                    first.keep(Ok(()));
                }
                // Gone again already, before we could know its id.
                if pipe.is_closed() {
                    self.pipe_gone(pipe.id());
                }
            }
            Err(why) => {
                log::warn(
                    "NNG-CONN-FAIL",
                    format_args!("failed connecting to {}: {why}", self.url),
                );
                match first {
                    // Rejected by the program or the protocol: that is no failure of the dial.
                    Some(first) if linked => {
                        first.keep(Ok(()));
                        self.retry();
                    }
                    Some(first) => first.keep(Err(why)),
                    None => self.retry(),
                }
            }
        }
    }

    /// Connects again after the back-off.
    fn retry(self: &Arc<Self>) {
        let mut st = self.state.lock();
        if st.closed || !st.started || st.ticket.is_some() || st.timer.is_some() {
            return;
        }
        let backoff = st.backoff.max(LEAST_BACKOFF_MS);
        let wait = LEAST_BACKOFF_MS.max(random::random_u32() % backoff);
        if st.max > 0 {
            st.backoff = st.backoff.saturating_mul(2).min(st.max);
        }
        let target: Weak<Dialer> = Arc::downgrade(self);
        st.timer = Some(timer::start(clock::now_ms() + u64::from(wait), target, 0));
    }

    pub(super) fn pipe_gone(self: &Arc<Self>, pipe: u32) {
        {
            let mut st = self.state.lock();
            if st.pipe.is_some_and(|current| current != pipe) {
                return;
            }
            if st.pipe.take().is_none() && st.first.is_some() {
                return;
            }
        }
        self.retry();
    }

    /// Stops connecting, and closes what was connected.
    pub fn close(self: &Arc<Self>) {
        let (first, ticket, timer) = {
            let mut st = self.state.lock();
            if std::mem::replace(&mut st.closed, true) {
                return;
            }
            (st.first.take(), st.ticket.take(), st.timer.take())
        };
        registry::DIALERS.remove(self.id);
        if let Some(timer) = timer {
            timer::stop(timer);
        }
        if let Some(ticket) = ticket {
            self.transport.cancel(ticket, Error::CLOSED);
        }
        self.transport.close();
        if let Some(first) = first {
            first.keep(Err(Error::CLOSED));
        }
        if let Some(socket) = self.socket() {
            socket.remove_dialer(self.id);
            for pipe in socket.pipes() {
                if matches!(pipe.origin(), Origin::Dialer(d) if Arc::ptr_eq(d, self)) {
                    pipe.close();
                }
            }
        }
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        let st = self.state.lock();
        match name {
            options::RECONNMINT => Ok(Value::Ms(st.min as i32)),
            options::RECONNMAXT => Ok(Value::Ms(st.max as i32)),
            options::URL => Ok(Value::Str(self.url.to_string())),
            _ => {
                drop(st);
                let own = self.transport.get_option(name, ty);
                match (own, self.socket()) {
                    // What an endpoint does not have is its socket's.
                    (Err(Error::NOTSUP), Some(socket)) => socket.get_option(name, ty),
                    (own, _) => own,
                }
            }
        }
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match name {
            options::RECONNMINT => {
                let ms = super::options::milliseconds(value)?;
                let mut st = self.state.lock();
                st.min = ms;
                st.backoff = ms;
            }
            options::RECONNMAXT => self.state.lock().max = super::options::milliseconds(value)?,
            options::URL => return Err(Error::READONLY),
            _ => return self.transport.set_option(name, value),
        }
        Ok(())
    }
}

impl timer::Fire for Dialer {
    fn fire(self: Arc<Self>, _: u64) {
        self.connect();
    }
}
