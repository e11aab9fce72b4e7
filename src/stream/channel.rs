//! A link with lines of transfers: who wants to read and who wants to write, in turn.
//!
//! Each direction has one lock, held while its first transfer moves bytes, which never blocks.
//! Transfers end after it is released, each exactly once: done, cancelled, or with the channel.
//! Whoever adds a transfer moves it as far as it goes; readiness does the rest.
#![forbid(unsafe_code)]

use super::link::{Link, Ticket};
use crate::base::{Error, Result};
use crate::rt::pollers;
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::rt::{Cancel, Op, OpId, Parked};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Weak};

/// How far a transfer got.
pub enum Step {
    /// The link took or gave no more; go on when it is ready.
    Wait,
    Done(Result<()>),
}

/// One read or write, made of as many steps as it takes.
pub trait Transfer: Send {
    fn step(&mut self, io: &mut Io) -> Step;
    /// Called once, with no lock held.
    fn end(self: Box<Self>, result: Result<()>);
}

/// What a transfer moves bytes with.
pub struct Io<'a> {
    link: &'a dyn Link,
    /// What was read and not used yet.
    pub input: &'a mut Vec<u8>,
}

impl Io<'_> {
    /// Reads what is buffered first; `None` is not now, `Some(0)` the end.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>> {
        if !self.input.is_empty() {
            let n = buf.len().min(self.input.len());
            buf[..n].copy_from_slice(&self.input[..n]);
            self.input.drain(..n);
            return Ok(Some(n));
        }
        now_or_not(self.link.read(buf))
    }

    /// Reads more into the buffer; `None` is not now, `Some(0)` the end.
    pub fn fill(&mut self, want: usize) -> Result<Option<usize>> {
        self.input.reserve(want);
        now_or_not(self.link.read_spare(self.input, want))
    }

    /// Appends to `to` from the buffer, then from the link, at most `want`.
    pub fn read_spare(&mut self, to: &mut Vec<u8>, want: usize) -> Result<Option<usize>> {
        if !self.input.is_empty() {
            let n = want.min(self.input.len());
            to.extend(self.input.drain(..n));
            return Ok(Some(n));
        }
        now_or_not(self.link.read_spare(to, want))
    }

    pub fn write(&mut self, bufs: &[IoSlice]) -> Result<Option<usize>> {
        now_or_not(self.link.write(bufs))
    }
}

fn now_or_not(result: io::Result<usize>) -> Result<Option<usize>> {
    match result {
        Ok(n) => Ok(Some(n)),
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Read,
    Write,
}

/// Names a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Op(OpId),
    Ticket(Ticket),
}

#[derive(Default)]
struct Side {
    line: VecDeque<(Key, Box<dyn Transfer>)>,
    input: Vec<u8>,
}

pub struct Channel {
    // Before the link, so that it leaves the set first.
    registration: Mutex<Option<Registration>>,
    link: Arc<dyn Link>,
    reading: Mutex<Side>,
    writing: Mutex<Side>,
    closed: AtomicBool,
}

struct Readiness(Weak<Channel>);

impl Source for Readiness {
    fn ready(self: Arc<Self>, ready: Ready) {
        let Some(channel) = self.0.upgrade() else { return };
        let both = channel.link.coupled();
        if ready.readable || both {
            channel.pump(Direction::Read);
        }
        if ready.writable || both {
            channel.pump(Direction::Write);
            // Writing may have brought what a reader waits for.
            if channel.link.coupled() {
                channel.pump(Direction::Read);
            }
        }
    }
}

type Ended = Vec<(Box<dyn Transfer>, Result<()>)>;

fn tell(ended: Ended) {
    for (transfer, result) in ended {
        transfer.end(result);
    }
}

impl Channel {
    /// Takes over a link; `early` was read from it already.
    pub fn new(link: Arc<dyn Link>, early: Vec<u8>) -> Result<Arc<Channel>> {
        let channel = Arc::new(Channel {
            registration: Mutex::new(None),
            link,
            reading: Mutex::new(Side { line: VecDeque::new(), input: early }),
            writing: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let source = Arc::new(Readiness(Arc::downgrade(&channel)));
        let fd = channel.link.fd().as_raw_fd();
        *channel.registration.lock() = Some(pollers::global()?.add(fd, Want::Both, source)?);
        Ok(channel)
    }

    pub fn link(&self) -> &Arc<dyn Link> {
        &self.link
    }

    fn side(&self, direction: Direction) -> &Mutex<Side> {
        match direction {
            Direction::Read => &self.reading,
            Direction::Write => &self.writing,
        }
    }

    /// Adds a transfer, which may end before this returns; `key` names it for `cancel`.
    pub fn submit(&self, direction: Direction, key: Key, transfer: Box<dyn Transfer>) {
        self.side(direction).lock().line.push_back((key, transfer));
        self.start(direction);
    }

    /// Adds an operation's transfer, which may end before this returns.
    pub fn submit_op(
        self: &Arc<Self>,
        direction: Direction,
        op: Op,
        make: impl FnOnce(Parked) -> Box<dyn Transfer>,
    ) {
        let refused = {
            let mut side = self.side(direction).lock();
            // Under the lock, so that a cancellation finds it in line.
            match op.park(self.clone()) {
                Ok(parked) => {
                    side.line.push_back((Key::Op(parked.id()), make(parked)));
                    None
                }
                Err(refused) => Some(refused),
            }
        };
        match refused {
            Some((op, why)) => op.fail(why),
            None => self.start(direction),
        }
    }

    fn start(&self, direction: Direction) {
        self.pump(direction);
        if direction == Direction::Write && self.link.coupled() {
            self.pump(Direction::Read);
        }
    }

    fn pump(&self, direction: Direction) {
        let mut ended: Ended = Vec::new();
        {
            let mut side = self.side(direction).lock();
            let Side { line, input } = &mut *side;
            let closed = self.closed.load(Acquire);
            while let Some((_, first)) = line.front_mut() {
                let step = match closed {
                    true => Step::Done(Err(Error::CLOSED)),
                    false => first.step(&mut Io { link: &*self.link, input }),
                };
                let Step::Done(result) = step else { break };
                ended.extend(line.pop_front().map(|(_, transfer)| (transfer, result)));
            }
            if direction == Direction::Write && !closed {
                // What the link holds back goes out when it can; errors come with the next write.
                let _ = self.link.flush();
            }
            if input.is_empty() && input.capacity() > 0 && line.is_empty() {
                *input = Vec::new();
            }
        }
        tell(ended);
    }

    /// Ends a transfer with `why`, if it has not ended. Bytes that it moved stay moved.
    pub fn cancel(&self, key: Key, why: Error) {
        for direction in [Direction::Read, Direction::Write] {
            let found = {
                let line = &mut self.side(direction).lock().line;
                let at = line.iter().position(|(k, _)| *k == key);
                at.and_then(|at| line.remove(at))
            };
            if let Some((_, transfer)) = found {
                transfer.end(Err(why));
                // The next in line may have been waiting for its turn only.
                self.pump(direction);
            }
        }
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Acquire)
    }

    /// Ends both directions and all transfers, which get `CLOSED`.
    pub fn close(&self) {
        if !self.closed.swap(true, AcqRel) {
            self.link.shut_down();
            drop(self.registration.lock().take());
        }
        self.pump(Direction::Read);
        self.pump(Direction::Write);
    }

    /// Gives the link away, with what was read from it and not used. Transfers get `CLOSED`.
    pub fn detach(&self) -> (Arc<dyn Link>, Vec<u8>) {
        drop(self.registration.lock().take());
        self.closed.store(true, Release);
        let early = std::mem::take(&mut self.reading.lock().input);
        self.pump(Direction::Read);
        self.pump(Direction::Write);
        (self.link.clone(), early)
    }
}

impl Cancel for Channel {
    fn cancel(&self, id: OpId, why: Error) {
        Channel::cancel(self, Key::Op(id), why);
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        // Nobody can be in a transfer's step now; those left end here.
        let mut ended: Ended = Vec::new();
        for side in [&mut self.reading, &mut self.writing] {
            let line = std::mem::take(&mut side.get_mut().line);
            ended.extend(line.into_iter().map(|(_, transfer)| (transfer, Err(Error::CLOSED))));
        }
        tell(ended);
    }
}
