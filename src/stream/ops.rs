//! Streams, dialers and listeners for programs: every wait is an operation on an aio.
//!
//! One lock per endpoint, around the operations that wait; they end after it is released.
#![forbid(unsafe_code)]

use super::channel::{Channel, Direction, Io, Step, Transfer};
use super::link::{Dial, Link, Listen, Ticket};
use super::schemes;
use crate::base::options::{Type, Value};
use crate::base::{Error, Result, Url};
use crate::rt::aio::{Slot, Timeout};
use crate::rt::op::Completion;
use crate::rt::{Aio, Cancel, OpId, Parked, Promise};
use crate::sys::iov::IoVec;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// A connected stream.
pub struct Stream(Arc<Channel>);

impl Stream {
    pub fn new(link: Arc<dyn Link>) -> Result<Stream> {
        Ok(Stream(Channel::new(link, Vec::new())?))
    }

    /// Writes from the aio's buffers: as many bytes as go, at least one if there is any.
    pub fn send(&self, aio: &Arc<Aio>) {
        self.start(Direction::Write, aio, |iov, op| Box::new(Write { iov, done: 0, op }));
    }

    /// Reads into the aio's buffers: at least a byte, as many as are there.
    pub fn recv(&self, aio: &Arc<Aio>) {
        self.start(Direction::Read, aio, |iov, op| Box::new(Read { iov, done: 0, op }));
    }

    fn start(
        &self,
        direction: Direction,
        aio: &Arc<Aio>,
        make: impl FnOnce(IoVec, Parked) -> Box<dyn Transfer>,
    ) {
        let Ok(op) = aio.begin(Timeout::Infinite) else { return };
        let iov = aio.iov();
        if iov.is_empty() && direction == Direction::Read {
            return op.fail(Error::INVAL);
        }
        if self.0.is_closed() {
            return op.fail(Error::CLOSED);
        }
        if iov.is_empty() {
            // There is nothing that could wait.
            return op.finish(Completion::count(0));
        }
        self.0.submit_op(direction, op, |parked| make(iov, parked));
    }

    /// Ends all operations with `CLOSED`.
    pub fn close(&self) {
        self.0.close();
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.0.link().get_option(name, ty)
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.0.link().set_option(name, value)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn end(op: Parked, done: usize, result: Result<()>) {
    op.finish(match result {
        // What was moved counts, whatever came after it.
        Err(why) if done == 0 => Completion::error(why),
        _ => Completion::count(done),
    });
}

struct Read {
    iov: IoVec,
    done: usize,
    op: Parked,
}

impl Transfer for Read {
    fn step(&mut self, io: &mut Io) -> Step {
        let mut buf = [0; 16 << 10];
        while !self.iov.is_empty() {
            let want = buf.len().min(self.iov.len());
            match io.read(&mut buf[..want]) {
                Ok(Some(0)) => return Step::Done(Err(Error::CONNSHUT)),
                Ok(Some(n)) => {
                    self.iov.fill(&buf[..n]);
                    self.iov.advance(n);
                    self.done += n;
                }
                Ok(None) if self.done == 0 => return Step::Wait,
                Ok(None) => break,
                Err(why) => return Step::Done(Err(why)),
            }
        }
        Step::Done(Ok(()))
    }

    fn end(self: Box<Self>, result: Result<()>) {
        end(self.op, self.done, result);
    }
}

struct Write {
    iov: IoVec,
    done: usize,
    op: Parked,
}

impl Transfer for Write {
    fn step(&mut self, io: &mut Io) -> Step {
        while !self.iov.is_empty() {
            match self.iov.with_slices(|slices| io.write(slices)) {
                Ok(Some(n)) => {
                    self.iov.advance(n);
                    self.done += n;
                }
                Ok(None) if self.done == 0 => return Step::Wait,
                Ok(None) => break,
                Err(why) => return Step::Done(Err(why)),
            }
        }
        Step::Done(Ok(()))
    }

    fn end(self: Box<Self>, result: Result<()>) {
        end(self.op, self.done, result);
    }
}

/// Makes of a stream what the program finds in its aio.
pub type Deliver = fn(Stream) -> Slot;

/// Operations that wait for an endpoint, by ticket.
#[derive(Default)]
struct Waiting(Mutex<HashMap<u64, Parked>>);

impl Waiting {
    /// Parks an operation; `None` if it ended at once.
    fn park(&self, aio: &Arc<Aio>, cancel: Arc<dyn Cancel>) -> Option<Ticket> {
        let op = aio.begin(Timeout::Infinite).ok()?;
        let ticket = Ticket::next();
        let refused = {
            let mut all = self.0.lock();
            // Under the lock, so that a cancellation finds it.
            match op.park(cancel) {
                Ok(parked) => {
                    all.insert(ticket.0, parked);
                    None
                }
                Err(refused) => Some(refused),
            }
        };
        match refused {
            Some((op, why)) => {
                op.fail(why);
                None
            }
            None => Some(ticket),
        }
    }

    fn take(&self, ticket: Ticket) -> Option<Parked> {
        self.0.lock().remove(&ticket.0)
    }

    fn take_op(&self, id: OpId) -> Option<(Ticket, Parked)> {
        let mut all = self.0.lock();
        let key = *all.iter().find(|(_, op)| op.id() == id)?.0;
        all.remove(&key).map(|op| (Ticket(key), op))
    }

    /// A link that nobody waits for any more is dropped.
    fn end(&self, ticket: Ticket, link: Result<Arc<dyn Link>>, deliver: Deliver) {
        let Some(op) = self.take(ticket) else { return };
        op.finish(match link.and_then(Stream::new) {
            Ok(stream) => Completion { output: Some(deliver(stream)), ..Completion::default() },
            Err(why) => Completion::error(why),
        });
    }
}

pub struct StreamDialer {
    dial: Box<dyn Dial>,
    waiting: Waiting,
}

impl StreamDialer {
    pub fn new(url: &Url) -> Result<Arc<StreamDialer>> {
        let dial = schemes::dialer(url)?;
        Ok(Arc::new(StreamDialer { dial, waiting: Waiting::default() }))
    }

    /// Connects; the stream becomes the aio's output 0.
    pub fn dial(self: &Arc<Self>, aio: &Arc<Aio>, deliver: Deliver) {
        let Some(ticket) = self.waiting.park(aio, self.clone()) else { return };
        let this = self.clone();
        self.dial.dial(ticket, Promise::new(move |link| this.waiting.end(ticket, link, deliver)));
    }

    pub fn close(&self) {
        self.dial.close();
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.dial.get_option(name, ty)
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.dial.set_option(name, value)
    }
}

impl Cancel for StreamDialer {
    fn cancel(&self, id: OpId, why: Error) {
        if let Some((ticket, op)) = self.waiting.take_op(id) {
            self.dial.cancel(ticket, why);
            op.fail(why);
        }
    }
}

pub struct StreamListener {
    listen: Box<dyn Listen>,
    waiting: Waiting,
}

impl StreamListener {
    pub fn new(url: &Url) -> Result<Arc<StreamListener>> {
        let listen = schemes::listener(url)?;
        Ok(Arc::new(StreamListener { listen, waiting: Waiting::default() }))
    }

    pub fn listen(&self) -> Result<()> {
        self.listen.listen()
    }

    /// Waits for a connection; the stream becomes the aio's output 0.
    pub fn accept(self: &Arc<Self>, aio: &Arc<Aio>, deliver: Deliver) {
        let Some(ticket) = self.waiting.park(aio, self.clone()) else { return };
        let this = self.clone();
        let promise = Promise::new(move |link| this.waiting.end(ticket, link, deliver));
        self.listen.accept(ticket, promise);
    }

    pub fn close(&self) {
        self.listen.close();
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.listen.get_option(name, ty)
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.listen.set_option(name, value)
    }
}

impl Cancel for StreamListener {
    fn cancel(&self, id: OpId, why: Error) {
        if let Some((ticket, op)) = self.waiting.take_op(id) {
            self.listen.cancel(ticket, why);
            op.fail(why);
        }
    }
}
