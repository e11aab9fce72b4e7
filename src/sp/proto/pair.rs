//! PAIR, versions 0 and 1: one peer at a time, messages both ways, in order.
//!
//! Version 1 carries a hop count in front of each message. Raw sockets differ in that the
//! program writes that header itself.
#![forbid(unsafe_code)]

use super::parts::{self, Queue, Receivers, Senders};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result, log};
use crate::msg::Message;
use crate::rt::{OpId, Parked};

const PAIR0: Identity = Identity { id: 16, name: "pair", peer: 16, peer_name: "pair" };
const PAIR1: Identity = Identity { id: 17, name: "pair1", peer: 17, peer_name: "pair1" };

pub struct Pair {
    version: u8,
    raw: bool,
    ttl: i32,
    peer: Option<Peer>,
    received: Queue,
    queued: Queue,
    receivers: Receivers,
    senders: Senders,
    stats: Stats,
}

struct Peer {
    pipe: Pipe,
    writable: bool,
    /// Received, with no room for it in the queue; the pipe is paused.
    held: Option<Message>,
}

#[derive(Default)]
struct Stats {
    already: u64,
    ttl_drop: u64,
    rx_malformed: u64,
    tx_malformed: u64,
}

impl Pair {
    pub fn new(version: u8, raw: bool) -> Box<dyn Protocol> {
        Box::new(Pair {
            version,
            raw,
            ttl: parts::USUAL_TTL,
            peer: None,
            received: Queue::new(0),
            queued: Queue::new(0),
            receivers: Receivers::default(),
            senders: Senders::default(),
            stats: Stats::default(),
        })
    }

    /// Makes the header that goes out; a raw message must bring a fitting one.
    fn prepare(&mut self, msg: &mut Message) -> bool {
        if self.version == 0 {
            if !self.raw {
                msg.header_clear();
            }
            return true;
        }
        if !self.raw {
            msg.header_clear();
            msg.header_push_u32(1);
            return true;
        }
        let hops = msg.header().try_into().map(u32::from_be_bytes);
        match hops {
            Ok(hops) if hops <= 0xff => {
                msg.header_clear();
                msg.header_push_u32(hops + 1);
                true
            }
            _ => {
                self.stats.tx_malformed += 1;
                false
            }
        }
    }

    /// Sends what waits, while the peer takes it.
    fn send_waiting(&mut self, cx: &mut Cx) {
        loop {
            let Some(peer) = self.peer.as_mut().filter(|p| p.writable) else { break };
            let next = match self.queued.pop() {
                Some(msg) => Some(msg),
                None => self.senders.pop(cx),
            };
            let Some(msg) = next else { break };
            peer.writable = cx.send(peer.pipe, msg) == Sent::Ready;
        }
        while !self.queued.is_full() {
            let Some(msg) = self.senders.pop(cx) else { break };
            let _ = self.queued.push(msg);
        }
    }

    /// Moves a held message on, now that there is room.
    fn refill(&mut self, cx: &mut Cx) {
        let Some(peer) = &mut self.peer else { return };
        if !self.received.is_full()
            && let Some(msg) = peer.held.take()
        {
            let _ = self.received.push(msg);
            cx.resume(peer.pipe);
        }
    }
}

impl Protocol for Pair {
    fn identity(&self) -> Identity {
        if self.version == 0 { PAIR0 } else { PAIR1 }
    }

    fn raw(&self) -> bool {
        self.raw
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        if self.peer.is_some() {
            self.stats.already += 1;
            log::warn("NNG-PAIR-BUSY", format_args!("a peer is already paired, another rejected"));
            return Err(Error::BUSY);
        }
        self.peer = Some(Peer { pipe, writable: true, held: None });
        self.send_waiting(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        if self.peer.as_ref().is_some_and(|p| p.pipe == pipe) {
            self.peer = None;
        }
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        if self.version == 1 {
            match msg.trim_u32() {
                Some(hops) if hops <= 0xff => {
                    if hops as i32 > self.ttl {
                        self.stats.ttl_drop += 1;
                        return Flow::More;
                    }
                    msg.header_push_u32(hops);
                }
                _ => {
                    self.stats.rx_malformed += 1;
                    cx.close(pipe);
                    return Flow::Pause;
                }
            }
        }
        if let Some(op) = self.receivers.pop() {
            cx.received(op, msg);
            return Flow::More;
        }
        match (self.received.push(msg), &mut self.peer) {
            (Ok(()), _) => Flow::More,
            (Err(msg), Some(peer)) => {
                peer.held = Some(msg);
                Flow::Pause
            }
            (Err(_), None) => Flow::Pause,
        }
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        if let Some(peer) = self.peer.as_mut().filter(|p| p.pipe == pipe) {
            peer.writable = true;
            self.send_waiting(cx);
        }
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        if !self.can_send() {
            return Err((Error::AGAIN, msg));
        }
        if !self.prepare(&mut msg) {
            return Err((Error::PROTO, msg));
        }
        match self.peer.as_mut().filter(|p| p.writable) {
            Some(peer) => peer.writable = cx.send(peer.pipe, msg) == Sent::Ready,
            None => {
                let _ = self.queued.push(msg);
            }
        }
        Ok(())
    }

    fn park_send(&mut self, cx: &mut Cx, _: CtxId, op: Parked, mut msg: Message) {
        if self.prepare(&mut msg) {
            self.senders.push(op, msg);
        } else {
            cx.failed(op, Error::PROTO, Some(msg));
        }
    }

    fn recv(&mut self, cx: &mut Cx, _: CtxId) -> Result<Message> {
        if let Some(msg) = self.received.pop() {
            self.refill(cx);
            return Ok(msg);
        }
        if let Some(peer) = &mut self.peer
            && let Some(msg) = peer.held.take()
        {
            cx.resume(peer.pipe);
            return Ok(msg);
        }
        Err(Error::AGAIN)
    }

    fn park_recv(&mut self, _: &mut Cx, _: CtxId, op: Parked) {
        self.receivers.push(op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.receivers.cancel(cx, id, why);
        self.senders.cancel(cx, id, why);
    }

    fn can_recv(&self) -> bool {
        !self.received.is_empty() || self.peer.as_ref().is_some_and(|p| p.held.is_some())
    }

    fn can_send(&self) -> bool {
        self.peer.as_ref().is_some_and(|p| p.writable) || !self.queued.is_full()
    }

    fn close(&mut self, cx: &mut Cx) {
        self.receivers.fail_all(cx, Error::CLOSED);
        self.senders.fail_all(cx, Error::CLOSED);
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        match name {
            options::SENDBUF | options::RECVBUF => Some(Type::Int),
            options::MAXTTL if self.version == 1 => Some(Type::Int),
            options::PAIR1_POLY if self.version == 1 => Some(Type::Bool),
            _ => None,
        }
    }

    fn get_option(&self, _: CtxId, name: &str) -> Result<Value> {
        Ok(match name {
            options::SENDBUF => Value::Int(self.queued.depth() as i32),
            options::RECVBUF => Value::Int(self.received.depth() as i32),
            options::MAXTTL => Value::Int(self.ttl),
            options::PAIR1_POLY => Value::Bool(false),
            _ => return Err(Error::NOTSUP),
        })
    }

    fn set_option(&mut self, cx: &mut Cx, _: CtxId, name: &str, value: Value) -> Result<()> {
        match name {
            options::SENDBUF => {
                self.queued.resize(parts::depth(value, 0)?);
                self.send_waiting(cx);
            }
            options::RECVBUF => {
                self.received.resize(parts::depth(value, 0)?);
                self.refill(cx);
            }
            options::MAXTTL => self.ttl = parts::ttl(value)?,
            options::PAIR1_POLY => return Err(Error::READONLY),
            _ => return Err(Error::NOTSUP),
        }
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, unit, value| Counter { name, desc, unit, value };
        let mut all = vec![count(
            "already",
            "pipes rejected (already connected)",
            Unit::None,
            self.stats.already,
        )];
        if self.version == 1 {
            let (drop, bad) = (self.stats.ttl_drop, self.stats.rx_malformed);
            let unit = Unit::Messages;
            all.push(count("ttl_drop", "messages dropped due to too many hops", unit, drop));
            all.push(count("tx_drop", "messages dropped undeliverable", unit, 0));
            all.push(count("rx_malformed", "malformed messages received", unit, bad));
            if self.raw {
                let bad = self.stats.tx_malformed;
                all.push(count("tx_malformed", "malformed messages not sent", unit, bad));
            }
        }
        all
    }
}
