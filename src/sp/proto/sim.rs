//! A socket that is only simulated: a clock that is set, pipes that are full when a test says
//! so, operations whose ends are noted. One event at a time, so that a run can be replayed.
#![forbid(unsafe_code)]

use super::{CtxId, Cx, Effects, Flow, Outcome, Pipe, Pipes, Protocol, Sent};
use crate::base::options::Value;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::aio::{Aio, Timeout};
use crate::rt::op::{Cancel, Completion};
use crate::rt::{OpId, Parked};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Random numbers that a seed repeats (xorshift64*).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        // Neighbouring seeds must not resemble each other, and none may be zero.
        Rng((seed ^ 0x5851_f42d_4c95_7f2d).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`, which must not be zero.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.draw() >> 33) % n as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }
}

/// A pipe without a transport.
struct Mock {
    id: u32,
    /// How many messages it holds before it is full.
    capacity: usize,
    /// A lane holds one, and those that it is allowed ahead.
    lane: bool,
    allowed: usize,
    ahead: VecDeque<Message>,
    queued: usize,
    full: bool,
    paused: bool,
    closing: bool,
    inbox: VecDeque<Vec<u8>>,
}

/// What the protocol sees of the pipes.
#[derive(Default)]
struct Net {
    pipes: Vec<Option<Mock>>,
    now: u64,
    resumed: Vec<Pipe>,
    closing: Vec<Pipe>,
    wire: Vec<(Pipe, Message)>,
    /// What a pipe that is being lost was given ahead.
    returned: Option<(Pipe, VecDeque<Message>)>,
}

impl Net {
    fn get(&mut self, pipe: Pipe) -> Option<&mut Mock> {
        self.pipes.get_mut(pipe.slot)?.as_mut().filter(|mock| mock.id == pipe.id)
    }
}

impl Pipes for Net {
    fn send(&mut self, pipe: Pipe, msg: Message) -> Sent {
        let mock = self.get(pipe).expect("sent to a pipe that is not there");
        assert!(!mock.full, "sent to a pipe that is full");
        if mock.lane && mock.queued > 0 {
            mock.ahead.push_back(msg);
            return mock.look();
        }
        mock.queued += 1;
        let sent = mock.look();
        self.wire.push((pipe, msg));
        sent
    }

    fn resume(&mut self, pipe: Pipe) {
        let mock = self.get(pipe).expect("resumed a pipe that is not there");
        mock.paused = false;
        self.resumed.push(pipe);
    }

    fn next(&mut self, pipe: Pipe) -> Option<Message> {
        let mock = self.get(pipe).expect("asked a pipe that is not there");
        assert!(mock.paused, "asked a pipe that delivers by itself");
        let next = if mock.lane { None } else { mock.take() };
        if next.is_none() {
            self.resume(pipe);
        }
        next
    }

    fn close(&mut self, pipe: Pipe) {
        let mock = self.get(pipe).expect("closed a pipe that is not there");
        if !std::mem::replace(&mut mock.closing, true) {
            self.closing.push(pipe);
        }
    }

    fn allow_ahead(&mut self, pipe: Pipe, more: usize) -> Option<Sent> {
        let mock = self.get(pipe).filter(|mock| mock.lane)?;
        mock.allowed = more;
        Some(mock.look())
    }

    fn take_back(&mut self, pipe: Pipe) -> VecDeque<Message> {
        if let Some((_, back)) = self.returned.take_if(|(p, _)| *p == pipe) {
            return back;
        }
        let mock = self.get(pipe).expect("took back from a pipe that is not there");
        mock.allowed = 0;
        let back = std::mem::take(&mut mock.ahead);
        mock.look();
        back
    }

    fn now(&mut self) -> u64 {
        self.now
    }
}

impl Mock {
    /// The next message. Paused beforehand, so that a `resume` from within counts.
    fn take(&mut self) -> Option<Message> {
        if self.closing {
            return None;
        }
        let body = self.inbox.pop_front()?;
        self.paused = true;
        let mut msg = Message::from_slice(&body).expect("memory");
        msg.set_pipe(self.id);
        Some(msg)
    }

    fn look(&mut self) -> Sent {
        self.full = self.queued + self.ahead.len() >= self.capacity + self.allowed;
        if self.full { Sent::Full } else { Sent::Ready }
    }
}

/// A started operation, as the test knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub usize);

/// How an operation ended.
#[derive(Debug)]
pub enum Ended {
    Sent,
    Received(Message),
    Failed(Error, Option<Message>),
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:?}+{:?}", self.header(), self.body())
    }
}

struct Waiting {
    ticket: Ticket,
    ctx: CtxId,
    id: OpId,
    aio: Arc<Aio>,
    seq: u64,
}

/// Nobody cancels through the runtime here; the test does it by event.
struct Nobody;

impl Cancel for Nobody {
    fn cancel(&self, _: OpId, _: Error) {}
}

pub struct Sim {
    pub proto: Box<dyn Protocol>,
    net: Net,
    effects: Effects,
    timers: BTreeMap<u64, u64>,
    waiting: Vec<Waiting>,
    spare: Vec<Arc<Aio>>,
    nobody: Arc<dyn Cancel>,
    next_ticket: usize,
    next_pipe: u32,
    /// The id of an operation that ended.
    last_id: Option<OpId>,
    /// Ends that nobody has asked for yet, in order.
    pub ended: Vec<(Ticket, CtxId, Ended)>,
    /// Pipes that the protocol closed.
    pub closed: Vec<Pipe>,
}

impl Sim {
    pub fn new(proto: Box<dyn Protocol>) -> Sim {
        Sim {
            proto,
            net: Net { now: 1_000_000, ..Net::default() },
            effects: Effects::default(),
            timers: BTreeMap::new(),
            waiting: Vec::new(),
            spare: Vec::new(),
            nobody: Arc::new(Nobody),
            next_ticket: 0,
            next_pipe: 0x1000_0001,
            last_id: None,
            ended: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// One event, and all that follows from it.
    fn visit<R>(&mut self, f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R) -> R {
        let r = self.call(f);
        self.settle();
        r
    }

    fn call<R>(&mut self, f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R) -> R {
        f(&mut *self.proto, &mut Cx::new(&mut self.net, &mut self.effects))
    }

    fn settle(&mut self) {
        loop {
            if let Some(pipe) = self.net.resumed.pop() {
                self.pump(pipe);
            } else if let Some(pipe) = self.net.closing.pop() {
                self.closed.push(pipe);
                self.lose(pipe);
            } else {
                break;
            }
        }
        for (key, at) in self.effects.timers.drain(..) {
            match at {
                Some(at) => self.timers.insert(key, at),
                None => self.timers.remove(&key),
            };
        }
        for (op, outcome) in std::mem::take(&mut self.effects.done) {
            self.note(op, outcome);
        }
        for waiting in &self.waiting {
            assert!(!waiting.aio.has_ended(waiting.seq), "an operation was dropped unfinished");
        }
    }

    fn note(&mut self, op: Parked, outcome: Outcome) {
        let at = self.waiting.iter().position(|w| w.id == op.id());
        let waiting = self.waiting.remove(at.expect("an operation ended that was not started"));
        op.finish(Completion::default());
        self.last_id = Some(waiting.id);
        self.spare.push(waiting.aio);
        let ended = match outcome {
            Outcome::Sent => Ended::Sent,
            Outcome::Received(msg) => Ended::Received(msg),
            Outcome::Failed(why, msg) => Ended::Failed(why, msg),
        };
        self.ended.push((waiting.ticket, waiting.ctx, ended));
    }

    fn pump(&mut self, pipe: Pipe) {
        loop {
            let Some(mock) = self.net.get(pipe) else { return };
            if mock.paused {
                return;
            }
            let Some(msg) = mock.take() else { return };
            let flow = self.call(|proto, cx| proto.message(cx, pipe, msg));
            let Some(mock) = self.net.get(pipe) else { return };
            if flow == Flow::More {
                mock.paused = false;
            }
        }
    }

    // ---- pipes ----

    /// Connects a pipe that takes `capacity` messages; an error is the protocol's refusal.
    pub fn add_pipe(&mut self, capacity: usize) -> Result<Pipe> {
        self.add(capacity, false)
    }

    /// Connects a pipe that takes one message, and as many ahead as it is allowed.
    pub fn add_lane(&mut self) -> Result<Pipe> {
        self.add(1, true)
    }

    fn add(&mut self, capacity: usize, lane: bool) -> Result<Pipe> {
        let free = self.net.pipes.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.net.pipes.len());
        if free.is_none() {
            self.net.pipes.push(None);
        }
        let id = self.next_pipe;
        self.next_pipe += 1;
        self.net.pipes[slot] = Some(Mock {
            id,
            capacity: capacity.max(1),
            lane,
            allowed: 0,
            ahead: VecDeque::new(),
            queued: 0,
            full: false,
            paused: false,
            closing: false,
            inbox: VecDeque::new(),
        });
        let pipe = Pipe { slot, id };
        let added = self.call(|proto, cx| proto.pipe_added(cx, pipe));
        if added.is_err() {
            self.net.pipes[slot] = None;
        }
        self.settle();
        added.map(|()| pipe)
    }

    /// The connection is lost, and with it what the protocol has not been given.
    pub fn lose_pipe(&mut self, pipe: Pipe) {
        self.lose(pipe);
        self.settle();
    }

    fn lose(&mut self, pipe: Pipe) {
        let Some(mock) = self.net.get(pipe) else { return };
        let ahead = std::mem::take(&mut mock.ahead);
        let owed = !ahead.is_empty();
        self.net.returned = Some((pipe, ahead));
        self.net.pipes[pipe.slot] = None;
        self.net.closing.retain(|p| *p != pipe);
        self.call(|proto, cx| proto.pipe_removed(cx, pipe));
        let left = self.net.returned.take();
        assert!(left.is_none() || !owed, "what went ahead was not taken back");
    }

    pub fn pipes(&self) -> Vec<Pipe> {
        let all = self.net.pipes.iter().enumerate();
        all.filter_map(|(slot, p)| p.as_ref().map(|p| Pipe { slot, id: p.id })).collect()
    }

    pub fn has_pipe(&mut self, pipe: Pipe) -> bool {
        self.net.get(pipe).is_some()
    }

    pub fn is_full(&mut self, pipe: Pipe) -> bool {
        self.net.get(pipe).is_some_and(|mock| mock.full)
    }

    pub fn is_paused(&mut self, pipe: Pipe) -> bool {
        self.net.get(pipe).is_some_and(|mock| mock.paused)
    }

    /// The peer sends a message, which is delivered when the pipe is not paused.
    pub fn deliver(&mut self, pipe: Pipe, body: &[u8]) {
        let Some(mock) = self.net.get(pipe) else { return };
        mock.inbox.push_back(body.to_vec());
        self.pump(pipe);
        self.settle();
    }

    /// How many messages the pipe has not delivered.
    pub fn undelivered(&mut self, pipe: Pipe) -> usize {
        self.net.get(pipe).map_or(0, |mock| mock.inbox.len())
    }

    /// The peer takes what was sent to it; a full pipe becomes writable.
    pub fn drain(&mut self, pipe: Pipe) {
        let Some(mock) = self.net.get(pipe) else { return };
        mock.queued = 0;
        let next = mock.ahead.pop_front();
        mock.queued += usize::from(next.is_some());
        let was_full = mock.full;
        let writable = mock.look() == Sent::Ready && was_full;
        self.net.wire.extend(next.map(|msg| (pipe, msg)));
        if writable {
            self.visit(|proto, cx| proto.writable(cx, pipe));
        }
    }

    /// Whether the pipe holds something that is not on the wire.
    pub fn is_ahead(&mut self, pipe: Pipe) -> bool {
        self.net.get(pipe).is_some_and(|mock| !mock.ahead.is_empty())
    }

    /// What went out since it was last asked.
    pub fn wire(&mut self) -> Vec<(Pipe, Message)> {
        std::mem::take(&mut self.net.wire)
    }

    // ---- operations ----

    /// Sends without waiting.
    pub fn try_send(&mut self, ctx: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        self.visit(|proto, cx| proto.send(cx, ctx, msg))
    }

    pub fn try_recv(&mut self, ctx: CtxId) -> Result<Message> {
        self.visit(|proto, cx| proto.recv(cx, ctx))
    }

    /// Sends, and waits if need be: `Ok(None)` is sent, `Ok(Some)` waits. What is refused is so
    /// before or when it would wait.
    pub fn send(&mut self, ctx: CtxId, msg: Message) -> Result<Option<Ticket>, (Error, Message)> {
        let (parked, waiting) = self.park(ctx);
        let mut parked = Some(parked);
        let tried = self.call(|proto, cx| match proto.send(cx, ctx, msg) {
            Err((Error::AGAIN, msg)) => {
                proto.park_send(cx, ctx, parked.take().expect("one"), msg);
                Ok(())
            }
            other => other,
        });
        let ticket = self.started(parked, waiting, tried)?;
        let refused = self.ended.pop_if(|(last, _, how)| {
            Some(*last) == ticket && matches!(how, Ended::Failed(_, Some(_)))
        });
        match refused {
            Some((_, _, Ended::Failed(why, Some(msg)))) => Err((why, msg)),
            _ => Ok(ticket),
        }
    }

    /// Receives, and waits if need be.
    pub fn recv(&mut self, ctx: CtxId) -> Result<Result<Message, Ticket>> {
        let (parked, waiting) = self.park(ctx);
        let mut parked = Some(parked);
        let mut got = None;
        let tried = self.call(|proto, cx| match proto.recv(cx, ctx) {
            Err(Error::AGAIN) => {
                proto.park_recv(cx, ctx, parked.take().expect("one"));
                Ok(())
            }
            Err(why) => Err(why),
            Ok(msg) => {
                got = Some(msg);
                Ok(())
            }
        });
        let ticket = self.started(parked, waiting, tried)?;
        Ok(match (got, ticket) {
            (Some(msg), _) => Ok(msg),
            (None, ticket) => Err(ticket.expect("a receive that got nothing waits")),
        })
    }

    fn started<E>(
        &mut self,
        unused: Option<Parked>,
        waiting: Waiting,
        tried: Result<(), E>,
    ) -> Result<Option<Ticket>, E> {
        let ticket = waiting.ticket;
        let waits = unused.is_none();
        match unused {
            Some(op) => {
                op.finish(Completion::default());
                self.spare.push(waiting.aio);
            }
            None => self.waiting.push(waiting),
        }
        self.settle();
        tried.map(|()| waits.then_some(ticket))
    }

    fn park(&mut self, ctx: CtxId) -> (Parked, Waiting) {
        let aio = self.spare.pop().unwrap_or_else(Aio::new);
        let op = aio.begin(Timeout::Infinite).expect("an idle aio begins");
        let id = op.id();
        let Ok(parked) = op.park(self.nobody.clone()) else { panic!("an idle aio parks") };
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let seq = aio.seq();
        (parked, Waiting { ticket, ctx, id, aio, seq })
    }

    /// Operations that have not ended.
    pub fn outstanding(&self) -> Vec<Ticket> {
        self.waiting.iter().map(|w| w.ticket).collect()
    }

    pub fn cancel(&mut self, ticket: Ticket, why: Error) {
        let id = self.waiting.iter().find(|w| w.ticket == ticket).map(|w| w.id);
        if let Some(id) = id {
            self.visit(|proto, cx| proto.cancel(cx, id, why));
            assert!(!self.outstanding().contains(&ticket), "a cancelled operation goes on");
        }
    }

    /// Cancels an operation that has ended already.
    pub fn cancel_ended(&mut self) {
        if let Some(id) = self.last_id
            && !self.waiting.iter().any(|w| w.id == id)
        {
            let before = (self.ended.len(), self.waiting.len());
            self.visit(|proto, cx| proto.cancel(cx, id, Error::TIMEDOUT));
            assert_eq!((self.ended.len(), self.waiting.len()), before, "another one was ended");
        }
    }

    /// How an operation ended, if it did.
    pub fn result(&mut self, ticket: Ticket) -> Option<Ended> {
        let at = self.ended.iter().position(|(t, ..)| *t == ticket)?;
        Some(self.ended.remove(at).2)
    }

    // ---- the rest ----

    pub fn open_ctx(&mut self, ctx: CtxId) -> Result<()> {
        self.visit(|proto, cx| proto.ctx_opened(cx, ctx))
    }

    pub fn close_ctx(&mut self, ctx: CtxId) {
        self.visit(|proto, cx| proto.ctx_closed(cx, ctx));
        let left = self.waiting.iter().filter(|w| w.ctx == ctx).count();
        assert_eq!(left, 0, "a closed context has operations");
    }

    pub fn set(&mut self, ctx: CtxId, name: &str, value: Value) -> Result<()> {
        self.visit(|proto, cx| proto.set_option(cx, ctx, name, value))
    }

    pub fn now(&self) -> u64 {
        self.net.now
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<u64> {
        self.timers.values().copied().min()
    }

    /// Lets time pass; timers fire in order.
    pub fn advance(&mut self, ms: u64) {
        let end = self.net.now + ms;
        for _ in 0..10_000 {
            let next = self.timers.iter().map(|(key, at)| (*at, *key)).min();
            match next {
                Some((at, key)) if at <= end => {
                    self.net.now = self.net.now.max(at);
                    self.timers.remove(&key);
                    self.visit(|proto, cx| proto.timer(cx, key));
                }
                _ => {
                    self.net.now = end;
                    return;
                }
            }
        }
        panic!("timers without end");
    }

    /// Closes the socket: the protocol, then its pipes.
    pub fn close(&mut self) {
        self.timers.clear();
        self.visit(|proto, cx| proto.close(cx));
        assert!(self.waiting.is_empty(), "operations outlive their socket");
        for pipe in self.pipes() {
            self.lose_pipe(pipe);
        }
        assert!(self.next_timer().is_none(), "a timer outlives its socket");
    }

    /// The sum of the named counters.
    pub fn counted(&self, names: &[&str]) -> u64 {
        let all = self.proto.counters();
        all.iter().filter(|c| names.contains(&c.name)).map(|c| c.value).sum()
    }
}
