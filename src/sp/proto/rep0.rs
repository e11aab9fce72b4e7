//! REP and RESPONDENT: answer requests or surveys, one at a time per context.
#![forbid(unsafe_code)]

use super::parts::{self, Backtrace, NumberMap, PipeMap};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

const REP0: Identity = Identity { id: 49, name: "rep", peer: 48, peer_name: "req" };
const RESPONDENT0: Identity =
    Identity { id: 99, name: "respondent", peer: 98, peer_name: "surveyor" };

pub struct Rep0 {
    identity: Identity,
    ttl: i32,
    master: Context,
    contexts: NumberMap<Context>,
    pipes: PipeMap<Peer>,
    /// Pipes that hold a request, the longest waiting first.
    holding: VecDeque<Pipe>,
    receivers: VecDeque<(CtxId, Parked)>,
    stats: Stats,
}

#[derive(Clone, Copy, Default)]
struct Stats {
    rx_drop: u64,
    tx_drop: u64,
    rx_malformed: u64,
}

/// What a context has to answer.
#[derive(Default)]
struct Context {
    pending: Option<(Pipe, Backtrail)>,
    receiving: bool,
}

/// The header that leads a reply back.
struct Backtrail {
    len: usize,
    bytes: [u8; 4 * (parts::MOST_TTL as usize + 1)],
}

impl Backtrail {
    fn of(msg: &Message) -> Backtrail {
        let mut trail = Backtrail { len: 0, bytes: [0; 4 * (parts::MOST_TTL as usize + 1)] };
        let header = msg.header();
        trail.len = header.len().min(trail.bytes.len());
        trail.bytes[..trail.len].copy_from_slice(&header[..trail.len]);
        trail
    }
}

struct Peer {
    writable: bool,
    held: Option<Message>,
    /// Replies that wait for the pipe to take them.
    senders: VecDeque<(CtxId, Parked, Message)>,
}

impl Rep0 {
    /// Sending fails with `STATE` unless a request was received; an answer to a peer that is gone
    /// counts as sent.
    pub fn new() -> Box<dyn Protocol> {
        Rep0::answering(REP0)
    }

    pub fn respondent() -> Box<dyn Protocol> {
        Rep0::answering(RESPONDENT0)
    }

    fn answering(identity: Identity) -> Box<dyn Protocol> {
        Box::new(Rep0 {
            identity,
            ttl: parts::USUAL_TTL,
            master: Context::default(),
            contexts: NumberMap::default(),
            pipes: PipeMap::default(),
            holding: VecDeque::new(),
            receivers: VecDeque::new(),
            stats: Stats::default(),
        })
    }

    fn context(&mut self, ctx: CtxId) -> Option<&mut Context> {
        if ctx == CtxId::SOCKET { Some(&mut self.master) } else { self.contexts.get_mut(&ctx.0) }
    }

    /// Gives a request to a context, which owes the answer from now on.
    fn deliver(&mut self, ctx: CtxId, pipe: Pipe, msg: &mut Message) {
        let trail = Backtrail::of(msg);
        msg.header_clear();
        if let Some(context) = self.context(ctx) {
            context.pending = Some((pipe, trail));
            context.receiving = false;
        }
    }

    fn end_ctx(&mut self, cx: &mut Cx, ctx: CtxId) {
        if let Some(at) = self.receivers.iter().position(|(c, _)| *c == ctx)
            && let Some((_, op)) = self.receivers.remove(at)
        {
            cx.failed(op, Error::CLOSED, None);
        }
        for (_, peer) in self.pipes.iter_mut() {
            for _ in 0..peer.senders.len() {
                match peer.senders.pop_front() {
                    Some((c, op, msg)) if c == ctx => give_back(cx, op, Error::CLOSED, msg),
                    Some(other) => peer.senders.push_back(other),
                    None => {}
                }
            }
        }
    }
}

/// Ends a send without success; its message has no header, as before.
fn give_back(cx: &mut Cx, op: Parked, why: Error, mut msg: Message) {
    msg.header_clear();
    cx.failed(op, why, Some(msg));
}

impl Protocol for Rep0 {
    fn identity(&self) -> Identity {
        self.identity
    }

    fn pipe_added(&mut self, _: &mut Cx, pipe: Pipe) -> Result<()> {
        self.pipes.insert(pipe, Peer { writable: true, held: None, senders: VecDeque::new() });
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.holding.retain(|p| *p != pipe);
        if let Some(peer) = self.pipes.remove(pipe) {
            self.stats.rx_drop += u64::from(peer.held.is_some());
            self.stats.tx_drop += peer.senders.len() as u64;
            // Nobody is left to answer, which is no error of the one who answers.
            for (_, op, _) in peer.senders {
                cx.sent(op);
            }
        }
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        match parts::take_backtrace(&mut msg, self.ttl) {
            Ok(()) => {}
            Err(Backtrace::TooFar) => {
                self.stats.rx_drop += 1;
                return Flow::More;
            }
            Err(Backtrace::Malformed) => {
                self.stats.rx_malformed += 1;
                cx.close(pipe);
                return Flow::Pause;
            }
        }
        if let Some((ctx, op)) = self.receivers.pop_front() {
            self.deliver(ctx, pipe, &mut msg);
            cx.received(op, msg);
            return Flow::More;
        }
        if let Some(peer) = self.pipes.get_mut(pipe) {
            peer.held = Some(msg);
            self.holding.push_back(pipe);
        }
        Flow::Pause
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        let Some(peer) = self.pipes.get_mut(pipe) else { return };
        peer.writable = true;
        while peer.writable
            && let Some((_, op, msg)) = peer.senders.pop_front()
        {
            peer.writable = cx.send(pipe, msg) == Sent::Ready;
            cx.sent(op);
        }
    }

    fn send(&mut self, cx: &mut Cx, ctx: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        let Some(context) = self.context(ctx) else { return Err((Error::CLOSED, msg)) };
        msg.header_clear();
        let pending = context.pending.as_ref().map(|(pipe, _)| *pipe);
        // A RESPONDENT never answers for somebody who cannot wait, as programs know it.
        if self.identity == RESPONDENT0 {
            return Err((Error::AGAIN, msg));
        }
        let Some(pipe) = pending else { return Err((Error::STATE, msg)) };
        if self.pipes.get(pipe).is_some_and(|peer| !peer.writable) {
            return Err((Error::AGAIN, msg));
        }
        let Some((_, trail)) = self.context(ctx).and_then(|c| c.pending.take()) else {
            return Err((Error::STATE, msg));
        };
        if let Err(why) = msg.header_append(&trail.bytes[..trail.len]) {
            return Err((why, msg));
        }
        // A reply to a peer that is gone is dropped in silence.
        match self.pipes.get_mut(pipe) {
            Some(peer) => peer.writable = cx.send(pipe, msg) == Sent::Ready,
            None => self.stats.tx_drop += 1,
        }
        Ok(())
    }

    fn park_send(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked, mut msg: Message) {
        let pending = self.context(ctx).and_then(|c| c.pending.take());
        msg.header_clear();
        let Some((pipe, trail)) = pending else { return cx.failed(op, Error::STATE, Some(msg)) };
        if let Err(why) = msg.header_append(&trail.bytes[..trail.len]) {
            return cx.failed(op, why, Some(msg));
        }
        match self.pipes.get_mut(pipe) {
            Some(peer) if peer.writable => {
                peer.writable = cx.send(pipe, msg) == Sent::Ready;
                cx.sent(op);
            }
            Some(peer) => peer.senders.push_back((ctx, op, msg)),
            None => {
                self.stats.tx_drop += 1;
                cx.sent(op);
            }
        }
    }

    fn recv(&mut self, cx: &mut Cx, ctx: CtxId) -> Result<Message> {
        if self.context(ctx).is_none() {
            return Err(Error::CLOSED);
        }
        while let Some(pipe) = self.holding.pop_front() {
            let held = self.pipes.get_mut(pipe).and_then(|peer| peer.held.take());
            if let Some(mut msg) = held {
                self.deliver(ctx, pipe, &mut msg);
                cx.resume(pipe);
                return Ok(msg);
            }
        }
        match self.context(ctx) {
            Some(context) if context.receiving => Err(Error::STATE),
            _ => Err(Error::AGAIN),
        }
    }

    fn park_recv(&mut self, _: &mut Cx, ctx: CtxId, op: Parked) {
        if let Some(context) = self.context(ctx) {
            context.receiving = true;
        }
        self.receivers.push_back((ctx, op));
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        if let Some(at) = self.receivers.iter().position(|(_, op)| op.id() == id)
            && let Some((ctx, op)) = self.receivers.remove(at)
        {
            if let Some(context) = self.context(ctx) {
                context.receiving = false;
            }
            return cx.failed(op, why, None);
        }
        for (_, peer) in self.pipes.iter_mut() {
            if let Some(at) = peer.senders.iter().position(|(_, op, _)| op.id() == id)
                && let Some((_, op, msg)) = peer.senders.remove(at)
            {
                return give_back(cx, op, why, msg);
            }
        }
    }

    fn can_recv(&self) -> bool {
        !self.holding.is_empty()
    }

    fn can_send(&self) -> bool {
        let Some((pipe, _)) = &self.master.pending else { return false };
        self.pipes.get(*pipe).is_none_or(|peer| peer.writable)
    }

    fn ctx_opened(&mut self, _: &mut Cx, ctx: CtxId) -> Result<()> {
        self.contexts.insert(ctx.0, Context::default());
        Ok(())
    }

    fn ctx_closed(&mut self, cx: &mut Cx, ctx: CtxId) {
        self.end_ctx(cx, ctx);
        self.contexts.remove(&ctx.0);
    }

    fn close(&mut self, cx: &mut Cx) {
        for (_, op) in self.receivers.drain(..) {
            cx.failed(op, Error::CLOSED, None);
        }
        for (_, peer) in self.pipes.iter_mut() {
            for (_, op, msg) in peer.senders.drain(..) {
                give_back(cx, op, Error::CLOSED, msg);
            }
        }
    }

    fn option_type(&self, ctx: CtxId, name: &str) -> Option<Type> {
        (ctx == CtxId::SOCKET && name == options::MAXTTL).then_some(Type::Int)
    }

    fn get_option(&self, _: CtxId, _: &str) -> Result<Value> {
        Ok(Value::Int(self.ttl))
    }

    fn set_option(&mut self, _: &mut Cx, _: CtxId, _: &str, value: Value) -> Result<()> {
        self.ttl = parts::ttl(value)?;
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        let Stats { rx_drop, tx_drop, rx_malformed } = self.stats;
        let desc =
            "messages dropped: too many hops, or their pipe closed before they were received";
        vec![
            count("rx_drop", desc, rx_drop),
            count("tx_drop", "messages dropped undeliverable", tx_drop),
            count("rx_malformed", "malformed messages received", rx_malformed),
        ]
    }
}
