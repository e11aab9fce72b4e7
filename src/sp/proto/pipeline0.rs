//! PUSH and PULL: work handed to whoever is ready for it.
#![forbid(unsafe_code)]

use super::inbox::Inbox;
use super::parts::{self, Queue, Senders};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

const PUSH0: Identity = Identity { id: 80, name: "push", peer: 81, peer_name: "pull" };
const PULL0: Identity = Identity { id: 81, name: "pull", peer: 80, peer_name: "push" };

pub struct Push0 {
    raw: bool,
    pipes: Vec<Pipe>,
    /// Pipes that take a message, in turn.
    ready: VecDeque<Pipe>,
    /// The only pipe, when it holds the queue's messages.
    ahead: Option<Pipe>,
    queued: Queue,
    senders: Senders,
    dropped: u64,
}

impl Push0 {
    pub fn new(raw: bool) -> Box<dyn Protocol> {
        Box::new(Push0 {
            raw,
            pipes: Vec::new(),
            ready: VecDeque::new(),
            ahead: None,
            queued: Queue::new(0),
            senders: Senders::default(),
            dropped: 0,
        })
    }

    fn send_to_next(&mut self, cx: &mut Cx, msg: Message) -> Result<(), Message> {
        let Some(&pipe) = self.ready.front() else { return Err(msg) };
        if cx.send(pipe, msg) == Sent::Full {
            self.ready.pop_front();
        } else if self.ready.len() > 1 {
            self.ready.rotate_left(1);
        }
        Ok(())
    }

    fn send_waiting(&mut self, cx: &mut Cx) {
        while !self.ready.is_empty() {
            let next = match self.queued.pop() {
                Some(msg) => Some(msg),
                None => self.senders.pop(cx),
            };
            let Some(msg) = next else { break };
            let _ = self.send_to_next(cx, msg);
        }
        while self.ahead.is_none() && !self.queued.is_full() {
            let Some(msg) = self.senders.pop(cx) else { break };
            let _ = self.queued.push(msg);
        }
    }

    /// Has an only pipe hold the queue's messages, where it can.
    fn send_ahead(&mut self, cx: &mut Cx) {
        if let [pipe] = self.pipes[..]
            && let Some(sent) = cx.allow_ahead(pipe, self.queued.depth())
        {
            self.ahead = Some(pipe);
            self.ready.clear();
            if sent == Sent::Ready {
                self.ready.push_back(pipe);
            }
        }
        self.send_waiting(cx);
    }

    /// Takes the queue's messages back.
    fn recall(&mut self, cx: &mut Cx) {
        let Some(pipe) = self.ahead.take() else { return };
        self.queued.put_back(cx.take_back(pipe));
        self.ready.clear();
        if cx.allow_ahead(pipe, 0) == Some(Sent::Ready) {
            self.ready.push_back(pipe);
        }
    }
}

impl Protocol for Push0 {
    fn identity(&self) -> Identity {
        PUSH0
    }

    fn raw(&self) -> bool {
        self.raw
    }

    fn receives(&self) -> bool {
        false
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        self.recall(cx);
        self.pipes.push(pipe);
        self.ready.push_back(pipe);
        self.send_ahead(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.recall(cx);
        self.pipes.retain(|p| *p != pipe);
        self.ready.retain(|p| *p != pipe);
        self.send_ahead(cx);
    }

    fn message(&mut self, _: &mut Cx, _: Pipe, _: Message) -> Flow {
        // A puller has nothing to say, and is not heard.
        Flow::More
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.ready.push_back(pipe);
        self.send_waiting(cx);
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        match self.send_to_next(cx, msg) {
            Err(msg) if self.ahead.is_some() => Err((Error::AGAIN, msg)),
            Err(msg) => self.queued.push(msg).map_err(|msg| (Error::AGAIN, msg)),
            Ok(()) => Ok(()),
        }
    }

    fn park_send(&mut self, _: &mut Cx, _: CtxId, op: Parked, msg: Message) {
        self.senders.push(op, msg);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.senders.cancel(cx, id, why);
    }

    fn can_send(&self) -> bool {
        !self.ready.is_empty() || (self.ahead.is_none() && !self.queued.is_full())
    }

    fn close(&mut self, cx: &mut Cx) {
        self.senders.fail_all(cx, Error::CLOSED);
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        (name == options::SENDBUF).then_some(Type::Int)
    }

    fn get_option(&self, _: CtxId, _: &str) -> Result<Value> {
        Ok(Value::Int(self.queued.depth() as i32))
    }

    fn set_option(&mut self, cx: &mut Cx, _: CtxId, _: &str, value: Value) -> Result<()> {
        let depth = parts::depth(value, 0)?;
        self.recall(cx);
        self.dropped += self.queued.resize(depth) as u64;
        self.send_ahead(cx);
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let desc = "messages dropped because the send buffer shrank";
        vec![Counter { name: "tx_drop", desc, unit: Unit::Messages, value: self.dropped }]
    }
}

pub struct Pull0 {
    raw: bool,
    inbox: Inbox,
    dropped: u64,
}

impl Pull0 {
    pub fn new(raw: bool) -> Box<dyn Protocol> {
        Box::new(Pull0 { raw, inbox: Inbox::new(0), dropped: 0 })
    }
}

impl Protocol for Pull0 {
    fn identity(&self) -> Identity {
        PULL0
    }

    fn raw(&self) -> bool {
        self.raw
    }

    fn sends(&self) -> bool {
        false
    }

    fn pipe_added(&mut self, _: &mut Cx, _: Pipe) -> Result<()> {
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        self.dropped += self.inbox.remove(pipe) as u64;
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, msg: Message) -> Flow {
        self.inbox.deliver(cx, pipe, msg)
    }

    fn recv(&mut self, cx: &mut Cx, _: CtxId) -> Result<Message> {
        self.inbox.recv(cx, |cx, pipe| cx.next(pipe))
    }

    fn park_recv(&mut self, _: &mut Cx, _: CtxId, op: Parked) {
        self.inbox.park(op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.inbox.cancel(cx, id, why);
    }

    fn can_recv(&self) -> bool {
        !self.inbox.is_empty()
    }

    fn close(&mut self, cx: &mut Cx) {
        self.inbox.close(cx);
    }

    fn counters(&self) -> Vec<Counter> {
        let desc = "messages dropped because their pipe closed before they were received";
        vec![Counter { name: "rx_drop", desc, unit: Unit::Messages, value: self.dropped }]
    }
}
