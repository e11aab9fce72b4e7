//! BUS: what is sent goes to every direct neighbour, with the best effort.
//!
//! Raw sockets show where a message came from in its header, and leave that pipe out when the
//! message is sent on.
#![forbid(unsafe_code)]

use super::fanout::{Fanout, Overflow};
use super::parts::{self, Queue, Receivers};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};

const BUS0: Identity = Identity { id: 112, name: "bus", peer: 112, peer_name: "bus" };
const DEPTH: usize = 16;

pub struct Bus0 {
    raw: bool,
    out: Fanout,
    received: Queue,
    receivers: Receivers,
    dropped: u64,
}

impl Bus0 {
    pub fn new(raw: bool) -> Box<dyn Protocol> {
        Box::new(Bus0 {
            raw,
            out: Fanout::new(DEPTH, Overflow::Newest),
            received: Queue::new(DEPTH),
            receivers: Receivers::default(),
            dropped: 0,
        })
    }
}

impl Protocol for Bus0 {
    fn identity(&self) -> Identity {
        BUS0
    }

    fn raw(&self) -> bool {
        self.raw
    }

    fn pipe_added(&mut self, _: &mut Cx, pipe: Pipe) -> Result<()> {
        self.out.add(pipe);
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        self.out.remove(pipe);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        if self.raw {
            msg.header_push_u32(pipe.id);
        }
        if let Some(op) = self.receivers.pop() {
            cx.received(op, msg);
        } else if self.received.push(msg).is_err() {
            self.dropped += 1;
        }
        Flow::More
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.out.writable(cx, pipe);
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        let origin = if self.raw {
            msg.header_trim_u32().and_then(|id| self.out.find(id))
        } else {
            msg.header_clear();
            None
        };
        self.out.send_all(cx, msg, origin);
        Ok(())
    }

    fn recv(&mut self, _: &mut Cx, _: CtxId) -> Result<Message> {
        self.received.pop().ok_or(Error::AGAIN)
    }

    fn park_recv(&mut self, _: &mut Cx, _: CtxId, op: Parked) {
        self.receivers.push(op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.receivers.cancel(cx, id, why);
    }

    fn can_recv(&self) -> bool {
        !self.received.is_empty()
    }

    fn can_send(&self) -> bool {
        true
    }

    fn close(&mut self, cx: &mut Cx) {
        self.receivers.fail_all(cx, Error::CLOSED);
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        matches!(name, options::SENDBUF | options::RECVBUF).then_some(Type::Int)
    }

    fn get_option(&self, _: CtxId, name: &str) -> Result<Value> {
        let depth = match name {
            options::SENDBUF => self.out.depth(),
            _ => self.received.depth(),
        };
        Ok(Value::Int(depth as i32))
    }

    fn set_option(&mut self, _: &mut Cx, _: CtxId, name: &str, value: Value) -> Result<()> {
        let depth = parts::depth(value, 1)?;
        match name {
            options::SENDBUF => self.out.resize(depth),
            _ => self.dropped += self.received.resize(depth) as u64,
        }
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        vec![
            count("tx_drop", "messages dropped for slow peers", self.out.dropped),
            count("rx_drop", "messages dropped because nobody received them", self.dropped),
        ]
    }
}
