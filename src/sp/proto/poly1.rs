//! PAIR version 1, polyamorous: many peers; a message names the pipe it goes to.
#![forbid(unsafe_code)]

use super::parts::{self, PipeMap, Receivers};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

const PAIR1: Identity = Identity { id: 17, name: "pair1", peer: 17, peer_name: "pair1" };

struct Peer {
    writable: bool,
    held: Option<Message>,
}

pub struct Poly1 {
    ttl: i32,
    peers: PipeMap<Peer>,
    /// The oldest pipe: where messages go that name none.
    order: VecDeque<Pipe>,
    holding: VecDeque<Pipe>,
    receivers: Receivers,
    senders: VecDeque<(Option<Pipe>, Parked, Message)>,
    ttl_drop: u64,
    tx_drop: u64,
    rx_malformed: u64,
}

impl Poly1 {
    pub fn new() -> Box<dyn Protocol> {
        Box::new(Poly1 {
            ttl: parts::USUAL_TTL,
            peers: PipeMap::default(),
            order: VecDeque::new(),
            holding: VecDeque::new(),
            receivers: Receivers::default(),
            senders: VecDeque::new(),
            ttl_drop: 0,
            tx_drop: 0,
            rx_malformed: 0,
        })
    }

    /// Where a message goes: `Ok(None)` is nowhere yet, an error is a pipe that is gone.
    fn target(&self, msg: &Message) -> Result<Option<Pipe>, ()> {
        match msg.pipe() {
            0 => Ok(self.order.front().copied()),
            id => self.peers.find(id).map(Some).ok_or(()),
        }
    }

    fn send_waiting(&mut self, cx: &mut Cx) {
        let mut at = 0;
        while at < self.senders.len() {
            let target = self.senders[at].0.or(self.order.front().copied());
            let Some(pipe) = target else {
                at += 1;
                continue;
            };
            let Some(peer) = self.peers.get_mut(pipe) else {
                at += 1;
                continue;
            };
            if !peer.writable {
                at += 1;
                continue;
            }
            let Some((_, op, msg)) = self.senders.remove(at) else { return };
            peer.writable = cx.send(pipe, msg) == Sent::Ready;
            cx.sent(op);
        }
    }
}

impl Protocol for Poly1 {
    fn identity(&self) -> Identity {
        PAIR1
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        self.peers.insert(pipe, Peer { writable: true, held: None });
        self.order.push_back(pipe);
        self.send_waiting(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.peers.remove(pipe);
        self.order.retain(|p| *p != pipe);
        self.holding.retain(|p| *p != pipe);
        // What was meant for this peer is dropped in silence, as if it had been sent before.
        let (gone, kept) = std::mem::take(&mut self.senders)
            .into_iter()
            .partition(|(target, ..)| *target == Some(pipe));
        self.senders = kept;
        let gone: VecDeque<(Option<Pipe>, Parked, Message)> = gone;
        for (_, op, _) in gone {
            self.tx_drop += 1;
            cx.sent(op);
        }
        self.send_waiting(cx);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        match msg.trim_u32() {
            Some(hops) if hops <= 0xff => {
                if hops as i32 > self.ttl {
                    self.ttl_drop += 1;
                    return Flow::More;
                }
                msg.header_push_u32(hops);
            }
            _ => {
                self.rx_malformed += 1;
                cx.close(pipe);
                return Flow::Pause;
            }
        }
        if let Some(op) = self.receivers.pop() {
            cx.received(op, msg);
            return Flow::More;
        }
        if let Some(peer) = self.peers.get_mut(pipe) {
            peer.held = Some(msg);
            self.holding.push_back(pipe);
        }
        Flow::Pause
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        if let Some(peer) = self.peers.get_mut(pipe) {
            peer.writable = true;
            self.send_waiting(cx);
        }
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        let pipe = match self.target(&msg) {
            Ok(Some(pipe)) => pipe,
            Ok(None) => return Err((Error::AGAIN, msg)),
            Err(()) => {
                self.tx_drop += 1;
                return Ok(());
            }
        };
        match self.peers.get_mut(pipe) {
            Some(peer) if peer.writable => {
                msg.header_clear();
                msg.header_push_u32(1);
                peer.writable = cx.send(pipe, msg) == Sent::Ready;
                Ok(())
            }
            _ => Err((Error::AGAIN, msg)),
        }
    }

    fn park_send(&mut self, _: &mut Cx, _: CtxId, op: Parked, mut msg: Message) {
        let target = match msg.pipe() {
            0 => None,
            id => self.peers.find(id),
        };
        msg.header_clear();
        msg.header_push_u32(1);
        self.senders.push_back((target, op, msg));
    }

    fn recv(&mut self, cx: &mut Cx, _: CtxId) -> Result<Message> {
        while let Some(pipe) = self.holding.pop_front() {
            if let Some(msg) = self.peers.get_mut(pipe).and_then(|peer| peer.held.take()) {
                cx.resume(pipe);
                return Ok(msg);
            }
        }
        Err(Error::AGAIN)
    }

    fn park_recv(&mut self, _: &mut Cx, _: CtxId, op: Parked) {
        self.receivers.push(op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.receivers.cancel(cx, id, why);
        if let Some(at) = self.senders.iter().position(|(_, op, _)| op.id() == id)
            && let Some((_, op, msg)) = self.senders.remove(at)
        {
            cx.failed(op, why, Some(msg));
        }
    }

    fn can_recv(&self) -> bool {
        !self.holding.is_empty()
    }

    fn can_send(&self) -> bool {
        let first = self.order.front();
        first.is_some_and(|pipe| self.peers.get(*pipe).is_some_and(|peer| peer.writable))
    }

    fn close(&mut self, cx: &mut Cx) {
        self.receivers.fail_all(cx, Error::CLOSED);
        for (_, op, msg) in self.senders.drain(..) {
            cx.failed(op, Error::CLOSED, Some(msg));
        }
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        match name {
            options::MAXTTL => Some(Type::Int),
            options::PAIR1_POLY => Some(Type::Bool),
            _ => None,
        }
    }

    fn get_option(&self, _: CtxId, name: &str) -> Result<Value> {
        Ok(match name {
            options::PAIR1_POLY => Value::Bool(true),
            _ => Value::Int(self.ttl),
        })
    }

    fn set_option(&mut self, _: &mut Cx, _: CtxId, name: &str, value: Value) -> Result<()> {
        if name == options::PAIR1_POLY {
            return Err(Error::READONLY);
        }
        self.ttl = parts::ttl(value)?;
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        vec![
            count("ttl_drop", "messages dropped due to too many hops", self.ttl_drop),
            count("tx_drop", "messages dropped undeliverable", self.tx_drop),
            count("rx_malformed", "malformed messages received", self.rx_malformed),
        ]
    }
}
