//! PAIR version 1, polyamorous: many peers; a message names the pipe it goes to, or goes to the
//! first. Slow peers lose messages rather than hold up the others.
#![forbid(unsafe_code)]

use super::fanout::{Fanout, Overflow};
use super::inbox::{self, Inbox};
use super::parts::{self, Backtrace, Queue, Senders};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

const PAIR1: Identity = Identity { id: 17, name: "pair1", peer: 17, peer_name: "pair1" };

/// How many messages wait for a pipe.
const DEPTH: usize = 2;

pub struct Poly1 {
    ttl: i32,
    /// There was a peer once: messages do not wait any more.
    started: bool,
    /// Until then.
    queued: Queue,
    senders: Senders,
    out: Fanout,
    /// The oldest pipe first: it gets what names none.
    order: VecDeque<Pipe>,
    inbox: Inbox,
    stats: Stats,
}

#[derive(Clone, Copy, Default)]
struct Stats {
    mismatch: u64,
    ttl_drop: u64,
    tx_drop: u64,
    rx_drop: u64,
    rx_malformed: u64,
}

impl Poly1 {
    /// Sends wait until the first peer comes, and never after that: what no peer takes is
    /// dropped, and counted.
    pub fn new() -> Box<dyn Protocol> {
        Box::new(Poly1 {
            ttl: parts::USUAL_TTL,
            started: false,
            queued: Queue::new(0),
            senders: Senders::default(),
            out: Fanout::new(DEPTH, Overflow::Newest),
            order: VecDeque::new(),
            inbox: Inbox::new(1),
            stats: Stats::default(),
        })
    }

    fn route(&mut self, cx: &mut Cx, mut msg: Message) {
        let pipe = match msg.pipe() {
            0 => self.order.front().copied(),
            id => self.out.find(id),
        };
        msg.header_clear();
        msg.header_push_u32(1);
        self.out.send_to(cx, pipe, msg);
    }
}

impl Protocol for Poly1 {
    fn identity(&self) -> Identity {
        PAIR1
    }

    fn peer_mismatched(&mut self) {
        self.stats.mismatch += 1;
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        self.out.add(pipe);
        self.order.push_back(pipe);
        self.started = true;
        while let Some(msg) = self.queued.pop() {
            self.route(cx, msg);
        }
        while let Some(msg) = self.senders.pop(cx) {
            self.route(cx, msg);
        }
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        self.out.remove(pipe);
        self.order.retain(|p| *p != pipe);
        self.stats.rx_drop += self.inbox.remove(pipe) as u64;
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        match parts::take_hops(&mut msg, self.ttl) {
            Ok(()) => self.inbox.deliver(cx, pipe, msg),
            Err(Backtrace::TooFar) => {
                self.stats.ttl_drop += 1;
                Flow::More
            }
            Err(Backtrace::Malformed) => {
                self.stats.rx_malformed += 1;
                cx.close(pipe);
                Flow::Pause
            }
        }
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.out.writable(cx, pipe);
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        if !self.started {
            return self.queued.push(msg).map_err(|msg| (Error::AGAIN, msg));
        }
        self.route(cx, msg);
        Ok(())
    }

    fn park_send(&mut self, _: &mut Cx, _: CtxId, op: Parked, msg: Message) {
        self.senders.push(op, msg);
    }

    fn recv(&mut self, cx: &mut Cx, _: CtxId) -> Result<Message> {
        self.inbox.recv(cx, inbox::resumed)
    }

    fn park_recv(&mut self, _: &mut Cx, _: CtxId, op: Parked) {
        self.inbox.park(op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.inbox.cancel(cx, id, why);
        self.senders.cancel(cx, id, why);
    }

    fn can_recv(&self) -> bool {
        !self.inbox.is_empty()
    }

    fn can_send(&self) -> bool {
        self.started || !self.queued.is_full()
    }

    fn close(&mut self, cx: &mut Cx) {
        self.inbox.close(cx);
        self.senders.fail_all(cx, Error::CLOSED);
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        match name {
            options::MAXTTL | options::SENDBUF | options::RECVBUF => Some(Type::Int),
            options::PAIR1_POLY => Some(Type::Bool),
            _ => None,
        }
    }

    fn get_option(&self, _: CtxId, name: &str) -> Result<Value> {
        Ok(match name {
            options::PAIR1_POLY => Value::Bool(true),
            options::SENDBUF => Value::Int(self.queued.depth() as i32),
            options::RECVBUF => Value::Int(self.inbox.depth() as i32),
            _ => Value::Int(self.ttl),
        })
    }

    fn set_option(&mut self, cx: &mut Cx, _: CtxId, name: &str, value: Value) -> Result<()> {
        match name {
            options::PAIR1_POLY => return Err(Error::READONLY),
            options::SENDBUF => {
                self.stats.tx_drop += self.queued.resize(parts::depth(value, 0)?) as u64;
                while !self.queued.is_full() {
                    let Some(msg) = self.senders.pop(cx) else { break };
                    let _ = self.queued.push(msg);
                }
            }
            options::RECVBUF => {
                self.stats.rx_drop += self.inbox.resize(cx, parts::depth(value, 0)?) as u64;
            }
            _ => self.ttl = parts::ttl(value)?,
        }
        Ok(())
    }

    fn traits(&self) -> Vec<(&'static str, &'static str, bool)> {
        vec![("poly", "polyamorous mode?", true), ("raw", "raw mode?", false)]
    }

    fn counters(&self) -> Vec<Counter> {
        let Stats { mismatch, ttl_drop, tx_drop, rx_drop, rx_malformed } = self.stats;
        let messages = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        let pipes = |name, desc, value| Counter { name, desc, unit: Unit::None, value };
        vec![
            pipes("mismatch", "pipes rejected (protocol mismatch)", mismatch),
            pipes("already", "pipes rejected (already connected)", 0),
            messages("ttl_drop", "messages dropped due to too many hops", ttl_drop),
            messages("tx_drop", "messages dropped undeliverable", tx_drop + self.out.dropped),
            messages("rx_malformed", "malformed messages received", rx_malformed),
            messages("tx_malformed", "malformed messages not sent", 0),
            messages("rx_drop", "messages dropped before they were received", rx_drop),
        ]
    }
}
