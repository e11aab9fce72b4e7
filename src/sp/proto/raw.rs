//! Raw REQ, REP, SURVEYOR, RESPONDENT and SUB: the wire's headers in the program's hands, and
//! no state between messages. Devices are made of these.
#![forbid(unsafe_code)]

use super::fanout::{Fanout, Overflow};
use super::inbox::{self, Inbox};
use super::parts::{self, Backtrace, Queue, Senders};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

const REQ: Identity = Identity { id: 48, name: "req", peer: 49, peer_name: "rep" };
const REP: Identity = Identity { id: 49, name: "rep", peer: 48, peer_name: "req" };
const SURVEYOR: Identity = Identity { id: 98, name: "surveyor", peer: 99, peer_name: "respondent" };
const RESPONDENT: Identity =
    Identity { id: 99, name: "respondent", peer: 98, peer_name: "surveyor" };
const SUB: Identity = Identity { id: 33, name: "sub", peer: 32, peer_name: "pub" };

/// How deep each pipe's queue is at least; a greater `NNG_OPT_SENDBUF` deepens it.
const REPLIES: usize = 64;
const SURVEY_REPLIES: usize = 2;
const SURVEYS: usize = 16;
/// How many messages are read ahead of the program, besides one for each pipe.
const READ_AHEAD: usize = 1;

/// Where a message goes.
enum Outgoing {
    Nowhere,
    /// To whichever pipe is ready, in turn.
    Balanced {
        ready: VecDeque<Pipe>,
        queued: Queue,
        senders: Senders,
    },
    /// To the pipe whose id the header begins with.
    Routed(Fanout),
    Everywhere(Fanout),
}

/// What of a message that comes belongs to its header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Incoming {
    Nothing,
    /// The backtrace.
    Trace,
    /// The pipe's id and then the backtrace, if that is not too long.
    Route,
}

pub struct Raw {
    identity: Identity,
    ttl: i32,
    /// `NNG_OPT_SENDBUF`, and the depth of each pipe's queue if that is less.
    send_depth: usize,
    least_depth: usize,
    outgoing: Outgoing,
    incoming: Incoming,
    /// Slow receivers lose messages instead of holding up their peers.
    lossy: bool,
    inbox: Inbox,
    dropped: u64,
    unsent: u64,
    malformed: u64,
}

impl Raw {
    fn build(identity: Identity, outgoing: Outgoing, incoming: Incoming) -> Raw {
        let least_depth = match &outgoing {
            Outgoing::Nowhere | Outgoing::Balanced { .. } => 0,
            Outgoing::Routed(out) | Outgoing::Everywhere(out) => out.depth(),
        };
        Raw {
            identity,
            ttl: parts::USUAL_TTL,
            send_depth: 0,
            least_depth,
            outgoing,
            incoming,
            lossy: false,
            inbox: Inbox::new(READ_AHEAD),
            dropped: 0,
            unsent: 0,
            malformed: 0,
        }
    }

    /// Sends what has a header of its own, and waits for a pipe; answers come with their
    /// backtrace in the header.
    pub fn req() -> Box<dyn Protocol> {
        let outgoing = Outgoing::Balanced {
            ready: VecDeque::new(),
            queued: Queue::new(0),
            senders: Senders::default(),
        };
        Box::new(Raw::build(REQ, outgoing, Incoming::Trace))
    }

    /// Requests come with their pipe's id and backtrace in the header, where an answer must have
    /// them; an answer that names no pipe, or finds its queue full, is dropped and counted.
    pub fn rep() -> Box<dyn Protocol> {
        let outgoing = Outgoing::Routed(Fanout::new(REPLIES, Overflow::Newest));
        Box::new(Raw::build(REP, outgoing, Incoming::Route))
    }

    pub fn surveyor() -> Box<dyn Protocol> {
        let outgoing = Outgoing::Everywhere(Fanout::new(SURVEYS, Overflow::Newest));
        Box::new(Raw::build(SURVEYOR, outgoing, Incoming::Trace))
    }

    pub fn respondent() -> Box<dyn Protocol> {
        let outgoing = Outgoing::Routed(Fanout::new(SURVEY_REPLIES, Overflow::Newest));
        Box::new(Raw::build(RESPONDENT, outgoing, Incoming::Route))
    }

    pub fn sub() -> Box<dyn Protocol> {
        let mut raw = Raw::build(SUB, Outgoing::Nowhere, Incoming::Nothing);
        raw.lossy = true;
        Box::new(raw)
    }

    fn send_waiting(&mut self, cx: &mut Cx) {
        let Outgoing::Balanced { ready, queued, senders } = &mut self.outgoing else { return };
        while !ready.is_empty() {
            let next = match queued.pop() {
                Some(msg) => Some(msg),
                None => senders.pop(cx),
            };
            let (Some(msg), Some(pipe)) = (next, ready.front().copied()) else { break };
            ready.pop_front();
            if cx.send(pipe, msg) == Sent::Ready {
                ready.push_back(pipe);
            }
        }
        while !queued.is_full() {
            let Some(msg) = senders.pop(cx) else { break };
            let _ = queued.push(msg);
        }
    }
}

impl Protocol for Raw {
    fn identity(&self) -> Identity {
        self.identity
    }

    fn raw(&self) -> bool {
        true
    }

    fn sends(&self) -> bool {
        !matches!(self.outgoing, Outgoing::Nowhere)
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        match &mut self.outgoing {
            Outgoing::Nowhere => {}
            Outgoing::Balanced { ready, .. } => ready.push_back(pipe),
            Outgoing::Routed(out) | Outgoing::Everywhere(out) => out.add(pipe),
        }
        self.send_waiting(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        self.dropped += self.inbox.remove(pipe) as u64;
        match &mut self.outgoing {
            Outgoing::Nowhere => {}
            Outgoing::Balanced { ready, .. } => ready.retain(|p| *p != pipe),
            Outgoing::Routed(out) | Outgoing::Everywhere(out) => out.remove(pipe),
        }
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        let taken = match self.incoming {
            Incoming::Nothing => Ok(()),
            // Whatever fits in a header: nobody counts the hops on the way back.
            Incoming::Trace => match parts::take_backtrace(&mut msg, parts::MOST_TTL + 1) {
                Err(_) => Err(Backtrace::Malformed),
                taken => taken,
            },
            Incoming::Route => {
                msg.header_push_u32(pipe.id);
                parts::take_backtrace(&mut msg, self.ttl)
            }
        };
        match taken {
            Ok(()) => {}
            Err(Backtrace::TooFar) => {
                self.dropped += 1;
                return Flow::More;
            }
            Err(Backtrace::Malformed) => {
                self.malformed += 1;
                cx.close(pipe);
                return Flow::Pause;
            }
        }
        if !self.lossy {
            return self.inbox.deliver(cx, pipe, msg);
        }
        self.dropped += u64::from(self.inbox.offer(cx, msg).is_err());
        Flow::More
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        match &mut self.outgoing {
            Outgoing::Nowhere => {}
            Outgoing::Balanced { ready, .. } => {
                ready.push_back(pipe);
                self.send_waiting(cx);
            }
            Outgoing::Routed(out) | Outgoing::Everywhere(out) => out.writable(cx, pipe),
        }
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        match &mut self.outgoing {
            Outgoing::Nowhere => return Err((Error::NOTSUP, msg)),
            Outgoing::Balanced { ready, queued, .. } => match ready.pop_front() {
                Some(pipe) => {
                    if cx.send(pipe, msg) == Sent::Ready {
                        ready.push_back(pipe);
                    }
                }
                None => {
                    if let Err(msg) = queued.push(msg) {
                        return Err((Error::AGAIN, msg));
                    }
                }
            },
            Outgoing::Routed(out) => {
                let pipe = msg.header_trim_u32().and_then(|id| out.find(id));
                out.send_to(cx, pipe, msg);
            }
            Outgoing::Everywhere(out) => out.send_all(cx, msg, None),
        }
        Ok(())
    }

    fn park_send(&mut self, cx: &mut Cx, _: CtxId, op: Parked, msg: Message) {
        match &mut self.outgoing {
            Outgoing::Balanced { senders, .. } => senders.push(op, msg),
            _ => cx.failed(op, Error::NOTSUP, Some(msg)),
        }
    }

    fn recv(&mut self, cx: &mut Cx, _: CtxId) -> Result<Message> {
        self.inbox.recv(cx, inbox::resumed)
    }

    fn park_recv(&mut self, _: &mut Cx, _: CtxId, op: Parked) {
        self.inbox.park(op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.inbox.cancel(cx, id, why);
        if let Outgoing::Balanced { senders, .. } = &mut self.outgoing {
            senders.cancel(cx, id, why);
        }
    }

    fn can_recv(&self) -> bool {
        !self.inbox.is_empty()
    }

    fn can_send(&self) -> bool {
        match &self.outgoing {
            Outgoing::Nowhere => false,
            Outgoing::Balanced { ready, queued, .. } => !ready.is_empty() || !queued.is_full(),
            Outgoing::Routed(_) | Outgoing::Everywhere(_) => true,
        }
    }

    fn close(&mut self, cx: &mut Cx) {
        self.inbox.close(cx);
        if let Outgoing::Balanced { senders, .. } = &mut self.outgoing {
            senders.fail_all(cx, Error::CLOSED);
        }
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        match name {
            options::RECVBUF => Some(Type::Int),
            options::SENDBUF if self.sends() => Some(Type::Int),
            options::MAXTTL if self.sends() => Some(Type::Int),
            _ => None,
        }
    }

    fn get_option(&self, _: CtxId, name: &str) -> Result<Value> {
        Ok(Value::Int(match name {
            options::RECVBUF => self.inbox.depth() as i32,
            options::MAXTTL => self.ttl,
            _ => self.send_depth as i32,
        }))
    }

    fn set_option(&mut self, cx: &mut Cx, _: CtxId, name: &str, value: Value) -> Result<()> {
        match name {
            options::RECVBUF => {
                self.dropped += self.inbox.resize(cx, parts::depth(value, 0)?) as u64;
            }
            options::MAXTTL => self.ttl = parts::ttl(value)?,
            _ => {
                self.send_depth = parts::depth(value, 0)?;
                let depth = self.send_depth.max(self.least_depth);
                match &mut self.outgoing {
                    Outgoing::Nowhere => {}
                    Outgoing::Balanced { queued, .. } => {
                        self.unsent += queued.resize(depth) as u64;
                    }
                    Outgoing::Routed(out) | Outgoing::Everywhere(out) => out.resize(depth),
                }
                self.send_waiting(cx);
            }
        }
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        let unsent = match &self.outgoing {
            Outgoing::Nowhere => None,
            Outgoing::Balanced { .. } => Some(self.unsent),
            Outgoing::Routed(out) | Outgoing::Everywhere(out) => Some(out.dropped),
        };
        let mut all = vec![count("rx_drop", "messages dropped on receipt", self.dropped)];
        all.extend(unsent.map(|n| count("tx_drop", "messages dropped on sending", n)));
        if self.incoming != Incoming::Nothing {
            all.push(count("rx_malformed", "malformed messages received", self.malformed));
        }
        all
    }
}
