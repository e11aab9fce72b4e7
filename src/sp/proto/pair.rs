//! PAIR, versions 0 and 1: one peer at a time, messages both ways, in order.
//!
//! Version 1 carries a hop count in front of each message. Raw sockets differ in that the
//! program writes that header itself.
#![forbid(unsafe_code)]

use super::inbox::Inbox;
use super::parts::{self, Backtrace, Queue, Senders};
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
    inbox: Inbox,
    queued: Queue,
    senders: Senders,
    stats: Stats,
}

struct Peer {
    pipe: Pipe,
    writable: bool,
    /// It holds the queue's messages.
    ahead: bool,
}

#[derive(Clone, Copy, Default)]
struct Stats {
    mismatch: u64,
    already: u64,
    tx_drop: u64,
    rx_drop: u64,
    ttl_drop: u64,
    rx_malformed: u64,
    tx_malformed: u64,
}

impl Pair {
    /// Version 0 or 1. The queues hold nothing until `NNG_OPT_SENDBUF` and `NNG_OPT_RECVBUF` say
    /// otherwise; a peer is sent to directly, and a second one is turned away with `BUSY`.
    pub fn new(version: u8, raw: bool) -> Box<dyn Protocol> {
        Box::new(Pair {
            version,
            raw,
            ttl: parts::USUAL_TTL,
            peer: None,
            inbox: Inbox::new(0),
            queued: Queue::new(0),
            senders: Senders::default(),
            stats: Stats::default(),
        })
    }

    /// Whether a message may go out; a raw one must bring a fitting header.
    fn fits(&mut self, msg: &Message) -> bool {
        if self.version == 0 || !self.raw {
            return true;
        }
        let hops = msg.header().try_into().map(u32::from_be_bytes);
        let fits = hops.is_ok_and(|hops| hops < parts::MOST_HOPS);
        self.stats.tx_malformed += u64::from(!fits);
        fits
    }

    /// Sends what waits, while the peer takes it.
    fn send_waiting(&mut self, cx: &mut Cx) {
        while let Some(peer) = self.peer.as_mut().filter(|p| p.writable) {
            let next = match self.queued.pop() {
                Some(msg) => Some(msg),
                None => self.senders.pop(cx),
            };
            let Some(msg) = next else { break };
            peer.send(cx, stamped(self.version, self.raw, msg));
        }
        while !self.is_ahead() && !self.queued.is_full() {
            let Some(msg) = self.senders.pop(cx) else { break };
            let _ = self.queued.push(msg);
        }
    }

    fn is_ahead(&self) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.ahead)
    }

    /// Has the peer's pipe hold the queue's messages, where it can.
    fn send_ahead(&mut self, cx: &mut Cx) {
        // A raw header is changed on its way, and could not be changed back.
        if let Some(peer) = &mut self.peer
            && !self.raw
            && let Some(sent) = cx.allow_ahead(peer.pipe, self.queued.depth())
        {
            peer.ahead = true;
            peer.writable = sent == Sent::Ready;
        }
        self.send_waiting(cx);
    }

    /// Takes the queue's messages back.
    fn recall(&mut self, cx: &mut Cx) {
        if let Some(peer) = &mut self.peer
            && std::mem::take(&mut peer.ahead)
        {
            self.queued.put_back(cx.take_back(peer.pipe));
            peer.writable = cx.allow_ahead(peer.pipe, 0) == Some(Sent::Ready);
        }
    }
}

impl Peer {
    fn send(&mut self, cx: &mut Cx, msg: Message) {
        self.writable = cx.send(self.pipe, msg) == Sent::Ready;
    }
}

/// Makes the header that goes out.
fn stamped(version: u8, raw: bool, mut msg: Message) -> Message {
    match (version, raw) {
        (0, _) => {}
        (_, false) => {
            msg.header_clear();
            msg.header_push_u32(1);
        }
        (_, true) => {
            let hops = msg.header_trim_u32().unwrap_or(0);
            msg.header_push_u32(hops + 1);
        }
    }
    msg
}

/// A message that came, without its hop count; or how the pipe goes on without it.
fn admitted(
    version: u8,
    ttl: i32,
    stats: &mut Stats,
    cx: &mut Cx,
    pipe: Pipe,
    mut msg: Message,
) -> Result<Message, Flow> {
    if version == 0 {
        return Ok(msg);
    }
    match parts::take_hops(&mut msg, ttl) {
        Ok(()) => Ok(msg),
        Err(Backtrace::TooFar) => {
            stats.ttl_drop += 1;
            Err(Flow::More)
        }
        Err(Backtrace::Malformed) => {
            stats.rx_malformed += 1;
            cx.close(pipe);
            Err(Flow::Pause)
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

    fn peer_mismatched(&mut self) {
        self.stats.mismatch += 1;
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        if self.peer.is_some() {
            self.stats.already += 1;
            log::warn("NNG-PAIR-BUSY", format_args!("a peer is already paired, another rejected"));
            return Err(Error::BUSY);
        }
        self.peer = Some(Peer { pipe, writable: true, ahead: false });
        self.send_ahead(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        if self.peer.as_ref().is_some_and(|p| p.pipe == pipe) {
            self.recall(cx);
        }
        if self.peer.take_if(|p| p.pipe == pipe).is_some() {
            self.stats.rx_drop += self.inbox.remove(pipe) as u64;
        }
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, msg: Message) -> Flow {
        let Pair { version, ttl, stats, inbox, .. } = self;
        match admitted(*version, *ttl, stats, cx, pipe, msg) {
            Ok(msg) => inbox.deliver(cx, pipe, msg),
            Err(flow) => flow,
        }
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        if let Some(peer) = self.peer.as_mut().filter(|p| p.pipe == pipe) {
            peer.writable = true;
            self.send_waiting(cx);
        }
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        if !self.fits(&msg) {
            return Err((Error::PROTO, msg));
        }
        match &mut self.peer {
            Some(peer) if peer.writable => {
                peer.send(cx, stamped(self.version, self.raw, msg));
                Ok(())
            }
            Some(peer) if peer.ahead => Err((Error::AGAIN, msg)),
            _ => self.queued.push(msg).map_err(|msg| (Error::AGAIN, msg)),
        }
    }

    fn park_send(&mut self, _: &mut Cx, _: CtxId, op: Parked, msg: Message) {
        self.senders.push(op, msg);
    }

    fn recv(&mut self, cx: &mut Cx, _: CtxId) -> Result<Message> {
        let Pair { version, ttl, stats, inbox, .. } = self;
        inbox.recv(cx, |cx, pipe| {
            let msg = cx.next(pipe)?;
            let admitted = admitted(*version, *ttl, stats, cx, pipe, msg);
            if let Err(Flow::More) = admitted {
                cx.resume(pipe);
            }
            admitted.ok()
        })
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
        match &self.peer {
            Some(peer) if peer.writable || peer.ahead => peer.writable,
            _ => !self.queued.is_full(),
        }
    }

    fn close(&mut self, cx: &mut Cx) {
        self.inbox.close(cx);
        self.senders.fail_all(cx, Error::CLOSED);
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        match name {
            options::SENDBUF | options::RECVBUF => Some(Type::Int),
            options::MAXTTL if self.version == 1 => Some(Type::Int),
            _ => None,
        }
    }

    fn get_option(&self, _: CtxId, name: &str) -> Result<Value> {
        Ok(match name {
            options::SENDBUF => Value::Int(self.queued.depth() as i32),
            options::RECVBUF => Value::Int(self.inbox.depth() as i32),
            options::MAXTTL => Value::Int(self.ttl),
            _ => return Err(Error::NOTSUP),
        })
    }

    fn set_option(&mut self, cx: &mut Cx, _: CtxId, name: &str, value: Value) -> Result<()> {
        match name {
            options::SENDBUF => {
                let depth = parts::depth(value, 0)?;
                self.recall(cx);
                self.stats.tx_drop += self.queued.resize(depth) as u64;
                self.send_ahead(cx);
            }
            options::RECVBUF => {
                self.stats.rx_drop += self.inbox.resize(cx, parts::depth(value, 0)?) as u64;
            }
            options::MAXTTL => self.ttl = parts::ttl(value)?,
            _ => return Err(Error::NOTSUP),
        }
        Ok(())
    }

    fn traits(&self) -> Vec<(&'static str, &'static str, bool)> {
        match self.version {
            0 => Vec::new(),
            _ => vec![("poly", "polyamorous mode?", false), ("raw", "raw mode?", self.raw)],
        }
    }

    fn counters(&self) -> Vec<Counter> {
        let Stats { mismatch, already, tx_drop, rx_drop, .. } = self.stats;
        let messages = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        let pipes = |name, desc, value| Counter { name, desc, unit: Unit::None, value };
        let mut all = vec![
            pipes("mismatch", "pipes rejected (protocol mismatch)", mismatch),
            pipes("already", "pipes rejected (already connected)", already),
        ];
        let tx_drop = messages("tx_drop", "messages dropped undeliverable", tx_drop);
        let rx_drop = messages("rx_drop", "messages dropped before they were received", rx_drop);
        if self.version == 0 {
            all.extend([tx_drop, rx_drop]);
            return all;
        }
        let Stats { ttl_drop, rx_malformed, tx_malformed, .. } = self.stats;
        all.push(messages("ttl_drop", "messages dropped due to too many hops", ttl_drop));
        all.push(tx_drop);
        all.push(messages("rx_malformed", "malformed messages received", rx_malformed));
        if self.raw {
            all.push(messages("tx_malformed", "malformed messages not sent", tx_malformed));
        }
        all.push(rx_drop);
        all
    }
}
