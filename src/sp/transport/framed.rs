//! SP over a byte stream: the handshake, and endpoints over any stream's dialer or listener.
//!
//! Handshakes run side by side on the polling thread, each with its deadline; a silent peer
//! delays nobody. One lock per negotiation, and promises are kept after it is released.
#![forbid(unsafe_code)]

use super::framing::SpFraming;
use super::{Connected, Dial, Listen, Local, Sink, Wire};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, log};
use crate::rt::pollers;
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::rt::timer::{self, TimerId};
use crate::rt::{Promise, caller};
use crate::stream::{self, Link, Ticket};
use crate::sys::sync::Mutex;
use crate::sys::{clock, fd};
use std::collections::HashMap;
use std::io::{ErrorKind, IoSlice};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};

const HANDSHAKE: usize = 8;
const DEADLINE_MS: u64 = 10_000;
/// How long a dialing caller waits for its peer's greeting by itself.
const PATIENCE_MS: u64 = 10;

fn greeting(id: u16) -> [u8; HANDSHAKE] {
    let [high, low] = id.to_be_bytes();
    [0, b'S', b'P', 0, high, low, 0, 0]
}

fn parse_greeting(bytes: [u8; HANDSHAKE]) -> Result<u16> {
    match bytes {
        [0, b'S', b'P', 0, high, low, 0, 0] => Ok(u16::from_be_bytes([high, low])),
        _ => Err(Error::PROTO),
    }
}

/// A handshake under way.
struct Negotiation {
    state: Mutex<Option<Talk>>,
}

struct Talk {
    // Before the link, so that it leaves the set first.
    registration: Option<Registration>,
    link: Arc<dyn Link>,
    sent: usize,
    got: [u8; HANDSHAKE],
    received: usize,
    greeting: [u8; HANDSHAKE],
    timer: Option<TimerId>,
    promise: Promise<(Arc<dyn Link>, u16)>,
}

impl Negotiation {
    /// Exchanges greetings over `link`; the promise gets the peer's protocol.
    fn start(
        link: Arc<dyn Link>,
        id: u16,
        promise: Promise<(Arc<dyn Link>, u16)>,
    ) -> Arc<Negotiation> {
        let talk = Talk {
            registration: None,
            link: link.clone(),
            sent: 0,
            got: [0; HANDSHAKE],
            received: 0,
            greeting: greeting(id),
            timer: None,
            promise,
        };
        let this = Arc::new(Negotiation { state: Mutex::new(Some(talk)) });
        this.step();
        if caller::is_waiting() && !link.coupled() {
            this.await_peer(&link);
        }
        if let Err(why) = this.watch(&link) {
            this.end(Err(why));
        }
        this
    }

    /// Goes on by itself for a moment, without the polling thread: few peers take longer.
    fn await_peer(&self, link: &Arc<dyn Link>) {
        let start = clock::now_ms();
        while self.state.lock().is_some() {
            let left = PATIENCE_MS.saturating_sub(clock::now_ms() - start);
            match fd::wait_readable(link.fd(), left as i32) {
                Ok(true) if left > 0 => self.step(),
                _ => return,
            }
        }
    }

    fn watch(self: &Arc<Self>, link: &Arc<dyn Link>) -> Result<()> {
        let mut st = self.state.lock();
        let Some(talk) = st.as_mut() else { return Ok(()) };
        let target: Weak<Negotiation> = Arc::downgrade(self);
        talk.timer = Some(timer::start(clock::now_ms() + DEADLINE_MS, target, 0));
        let set = pollers::global()?;
        // A link that holds something back wakes us for both, however little it seems to need.
        let idle = talk.sent == HANDSHAKE && link.flush().is_ok() && !link.coupled();
        let want = if idle { Want::Read } else { Want::Both };
        talk.registration = Some(set.add(link.fd().as_raw_fd(), want, self.clone())?);
        Ok(())
    }

    fn step(&self) {
        let result = match self.state.lock().as_mut() {
            Some(talk) => talk.step(),
            None => return,
        };
        match result {
            Ok(false) => {}
            Ok(true) => self.end(Ok(())),
            Err(why) => self.end(Err(why)),
        }
    }

    fn end(&self, result: Result<()>) {
        let Some(talk) = self.state.lock().take() else { return };
        let Talk { registration, link, got, timer, promise, .. } = talk;
        drop(registration);
        if let Some(timer) = timer {
            timer::stop(timer);
        }
        promise.keep(result.and_then(|()| parse_greeting(got)).map(|peer| (link, peer)));
    }
}

impl Talk {
    /// Goes as far as the link allows; true when both greetings are through.
    fn step(&mut self) -> Result<bool> {
        while self.sent < HANDSHAKE {
            match self.link.write(&[IoSlice::new(&self.greeting[self.sent..])]) {
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) => return Err(e.into()),
            }
        }
        match self.link.flush() {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(e) => return Err(e.into()),
        }
        while self.received < HANDSHAKE {
            match self.link.read(&mut self.got[self.received..]) {
                Ok(0) => return Err(Error::CONNSHUT),
                Ok(n) => {
                    self.received += n;
                    // Junk is told by its first bytes.
                    let known = greeting(0);
                    let seen = self.received.min(4);
                    if self.got[..seen] != known[..seen] {
                        return Err(Error::PROTO);
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) => return Err(e.into()),
            }
        }
        Ok(self.sent == HANDSHAKE && self.received == HANDSHAKE)
    }
}

/// Greets over a link that needs no waiting for: the peer's protocol, or `None` if there is not
/// enough to read.
#[cfg(any(test, fuzzing))]
pub fn greet(link: Arc<dyn Link>, id: u16) -> Result<Option<u16>> {
    let mut talk = Talk {
        registration: None,
        link,
        sent: 0,
        got: [0; HANDSHAKE],
        received: 0,
        greeting: greeting(id),
        timer: None,
        promise: Promise::new(|_| ()),
    };
    if talk.step()? { parse_greeting(talk.got).map(Some) } else { Ok(None) }
}

impl Source for Negotiation {
    fn ready(self: Arc<Self>, _: Ready) {
        self.step();
    }
}

impl timer::Fire for Negotiation {
    fn fire(self: Arc<Self>, _: u64) {
        self.end(Err(Error::TIMEDOUT));
    }
}

/// The settings that both kinds of endpoint have.
struct Shape {
    local: Local,
    ipc: bool,
    most: AtomicUsize,
}

impl Shape {
    fn connected(&self, link: Arc<dyn Link>, peer: u16) -> Connected {
        let framing = Box::new(SpFraming::new(self.ipc, self.most.load(Relaxed)));
        Connected { peer, wire: Wire::Stream { link, framing, early: Vec::new() } }
    }

    fn get(&self, name: &str) -> Option<Value> {
        (name == options::RECVMAXSZ).then(|| Value::Size(self.most.load(Relaxed)))
    }

    fn set(&self, name: &str, value: &Value) -> Option<Result<()>> {
        if name != options::RECVMAXSZ {
            return None;
        }
        Some(options::limit(value.clone()).map(|most| self.most.store(most, Relaxed)))
    }
}

/// Dials a stream and greets.
pub struct FramedDialer<D> {
    stream: D,
    shape: Arc<Shape>,
    /// Attempts that are still wanted, with their negotiation once there is one.
    talking: Arc<Mutex<Talking>>,
}

type Talking = HashMap<u64, Option<Arc<Negotiation>>>;

fn forget(talking: &Mutex<Talking>, ticket: Ticket) -> Option<Option<Arc<Negotiation>>> {
    let mut talking = talking.lock();
    let found = talking.remove(&ticket.0);
    if talking.is_empty() {
        // An empty map keeps its memory otherwise.
        *talking = HashMap::new();
    }
    found
}

impl<D: stream::Dial> FramedDialer<D> {
    pub fn new(stream: D, local: Local, ipc: bool) -> FramedDialer<D> {
        let shape = Arc::new(Shape { local, ipc, most: AtomicUsize::new(0) });
        FramedDialer { stream, shape, talking: Arc::default() }
    }
}

impl<D: stream::Dial> Dial for FramedDialer<D> {
    fn connect(&self, ticket: Ticket, promise: Promise<Connected>) {
        let (shape, talking) = (self.shape.clone(), self.talking.clone());
        talking.lock().insert(ticket.0, None);
        let linked = Promise::new(move |link: Result<Arc<dyn Link>>| {
            let link = match link {
                Ok(link) => link,
                Err(why) => {
                    forget(&talking, ticket);
                    return promise.keep(Err(why));
                }
            };
            let (id, kept) = (shape.local.id, talking.clone());
            let greeted = Promise::new(move |greeted: Result<(Arc<dyn Link>, u16)>| {
                forget(&kept, ticket);
                promise.keep(greeted.map(|(link, peer)| shape.connected(link, peer)));
            });
            let negotiation = Negotiation::start(link, id, greeted);
            if let Some(place) = talking.lock().get_mut(&ticket.0) {
                *place = Some(negotiation);
                return;
            }
            // Cancelled meanwhile, if it is not through already.
            negotiation.end(Err(Error::CANCELED));
        });
        self.stream.dial(ticket, linked);
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.stream.cancel(ticket, why);
        let negotiation = forget(&self.talking, ticket);
        if let Some(Some(negotiation)) = negotiation {
            negotiation.end(Err(why));
        }
    }

    fn close(&self) {
        self.stream.close();
        let talking = std::mem::take(&mut *self.talking.lock());
        for negotiation in talking.into_values().flatten() {
            negotiation.end(Err(Error::CLOSED));
        }
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        match self.shape.get(name) {
            Some(value) => Ok(value),
            None => self.stream.get_option(name, ty),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match self.shape.set(name, &value) {
            Some(result) => result,
            None => self.stream.set_option(name, value),
        }
    }
}

/// Listens on a stream and greets whoever comes.
pub struct FramedListener<L> {
    inner: Arc<Listening<L>>,
}

struct Listening<L> {
    stream: L,
    shape: Shape,
    state: Mutex<Accepting>,
}

#[derive(Default)]
struct Accepting {
    closed: bool,
    talking: HashMap<u64, Arc<Negotiation>>,
}

impl<L: stream::Listen + 'static> FramedListener<L> {
    pub fn new(stream: L, local: Local, ipc: bool) -> FramedListener<L> {
        let shape = Shape { local, ipc, most: AtomicUsize::new(0) };
        FramedListener { inner: Arc::new(Listening { stream, shape, state: Mutex::default() }) }
    }
}

impl<L: stream::Listen + 'static> Listening<L> {
    fn accept(self: &Arc<Self>, sink: Sink) {
        let this = Arc::downgrade(self);
        let promise = Promise::new(move |link: Result<Arc<dyn Link>>| {
            let Some(this) = this.upgrade() else { return };
            match link {
                Ok(link) => {
                    this.greet(link, sink.clone());
                    this.accept(sink);
                }
                Err(Error::CLOSED | Error::CANCELED | Error::STATE) => {}
                Err(why) => {
                    sink(Err(why));
                    this.accept(sink);
                }
            }
        });
        self.stream.accept(Ticket::next(), promise);
    }

    fn greet(self: &Arc<Self>, link: Arc<dyn Link>, sink: Sink) {
        let key = Ticket::next().0;
        let this: Weak<Self> = Arc::downgrade(self);
        let greeted = Promise::new(move |greeted: Result<(Arc<dyn Link>, u16)>| {
            let Some(this) = this.upgrade() else { return };
            let closed = {
                let mut st = this.state.lock();
                st.talking.remove(&key);
                st.closed
            };
            match greeted {
                Ok((link, peer)) if !closed => sink(Ok(this.shape.connected(link, peer))),
                Ok(_) => {}
                Err(why) => {
                    log::warn("NNG-HANDSHAKE", format_args!("a peer's handshake failed: {why}"));
                    sink(Err(why));
                }
            }
        });
        let negotiation = Negotiation::start(link, self.shape.local.id, greeted);
        let mut st = self.state.lock();
        if negotiation.state.lock().is_some() {
            if st.closed {
                drop(st);
                return negotiation.end(Err(Error::CLOSED));
            }
            st.talking.insert(key, negotiation);
        }
    }
}

impl<L: stream::Listen + 'static> Listen for FramedListener<L> {
    fn listen(&self, sink: Sink) -> Result<()> {
        self.inner.stream.listen()?;
        self.inner.accept(sink);
        Ok(())
    }

    fn close(&self) {
        self.inner.stream.close();
        let talking = {
            let mut st = self.inner.state.lock();
            st.closed = true;
            std::mem::take(&mut st.talking)
        };
        for negotiation in talking.into_values() {
            negotiation.end(Err(Error::CLOSED));
        }
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        match self.inner.shape.get(name) {
            Some(value) => Ok(value),
            None => self.inner.stream.get_option(name, ty),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match self.inner.shape.set(name, &value) {
            Some(result) => result,
            None => self.inner.stream.set_option(name, value),
        }
    }
}
