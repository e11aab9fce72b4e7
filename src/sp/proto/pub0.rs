//! PUB: what is sent goes to every subscriber; it never waits, slow ones lose the oldest.
#![forbid(unsafe_code)]

use super::fanout::{Fanout, Overflow};
use super::parts;
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;

const PUB0: Identity = Identity { id: 32, name: "pub", peer: 33, peer_name: "sub" };
const DEPTH: usize = 16;

pub struct Pub0 {
    raw: bool,
    out: Fanout,
}

impl Pub0 {
    pub fn new(raw: bool) -> Box<dyn Protocol> {
        Box::new(Pub0 { raw, out: Fanout::new(DEPTH, Overflow::Oldest) })
    }
}

impl Protocol for Pub0 {
    fn identity(&self) -> Identity {
        PUB0
    }

    fn raw(&self) -> bool {
        self.raw
    }

    fn receives(&self) -> bool {
        false
    }

    fn pipe_added(&mut self, _: &mut Cx, pipe: Pipe) -> Result<()> {
        self.out.add(pipe);
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        self.out.remove(pipe);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, _: Message) -> Flow {
        // A subscriber has nothing to say.
        cx.close(pipe);
        Flow::Pause
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.out.writable(cx, pipe);
    }

    fn send(&mut self, cx: &mut Cx, _: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        self.out.send_all(cx, msg, None);
        Ok(())
    }

    fn can_send(&self) -> bool {
        true
    }

    fn close(&mut self, _: &mut Cx) {}

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        (name == options::SENDBUF).then_some(Type::Int)
    }

    fn get_option(&self, _: CtxId, _: &str) -> Result<Value> {
        Ok(Value::Int(self.out.depth() as i32))
    }

    fn set_option(&mut self, _: &mut Cx, _: CtxId, _: &str, value: Value) -> Result<()> {
        self.out.resize(parts::depth(value, 1)?);
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let desc = "messages dropped for slow subscribers";
        vec![Counter { name: "tx_drop", desc, unit: Unit::Messages, value: self.out.dropped }]
    }
}
