//! SUB: receives what begins with one of its topics, each context by its own.
#![forbid(unsafe_code)]

use super::parts::{self, Queue, Receivers};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::BTreeMap;

const SUB0: Identity = Identity { id: 33, name: "sub", peer: 32, peer_name: "pub" };
const DEPTH: usize = 128;

/// Prefixes, by their bytes, so that a look-up costs as much as the longest match.
#[derive(Default)]
pub struct Topics {
    root: Node,
    count: usize,
}

#[derive(Default)]
struct Node {
    here: bool,
    next: BTreeMap<u8, Node>,
}

impl Topics {
    pub fn add(&mut self, topic: &[u8]) {
        let mut node = &mut self.root;
        for byte in topic {
            node = node.next.entry(*byte).or_default();
        }
        if !std::mem::replace(&mut node.here, true) {
            self.count += 1;
        }
    }

    /// Removes a topic; false if it was not there.
    pub fn remove(&mut self, topic: &[u8]) -> bool {
        fn cut(node: &mut Node, rest: &[u8]) -> bool {
            let Some((first, rest)) = rest.split_first() else {
                return std::mem::take(&mut node.here);
            };
            let Some(next) = node.next.get_mut(first) else { return false };
            let found = cut(next, rest);
            if !next.here && next.next.is_empty() {
                node.next.remove(first);
            }
            found
        }
        let found = cut(&mut self.root, topic);
        self.count -= usize::from(found);
        found
    }

    pub fn matches(&self, body: &[u8]) -> bool {
        if self.count == 0 {
            return false;
        }
        let mut node = &self.root;
        let mut bytes = body.iter();
        loop {
            if node.here {
                return true;
            }
            match bytes.next().and_then(|byte| node.next.get(byte)) {
                Some(next) => node = next,
                None => return false,
            }
        }
    }
}

struct Context {
    topics: Topics,
    received: Queue,
    receivers: Receivers,
    prefer_new: bool,
}

impl Context {
    fn new(depth: usize, prefer_new: bool) -> Context {
        Context {
            topics: Topics::default(),
            received: Queue::new(depth),
            receivers: Receivers::default(),
            prefer_new,
        }
    }
}

pub struct Sub0 {
    contexts: BTreeMap<u32, Context>,
    dropped: u64,
}

impl Sub0 {
    pub fn new() -> Box<dyn Protocol> {
        let mut contexts = BTreeMap::new();
        contexts.insert(CtxId::SOCKET.0, Context::new(DEPTH, true));
        Box::new(Sub0 { contexts, dropped: 0 })
    }

    fn context(&mut self, ctx: CtxId) -> Result<&mut Context> {
        self.contexts.get_mut(&ctx.0).ok_or(Error::CLOSED)
    }

    /// Queues or hands over; returns how many messages were dropped.
    fn deliver(cx: &mut Cx, context: &mut Context, msg: Message) -> u64 {
        if let Some(op) = context.receivers.pop() {
            cx.received(op, msg);
            return 0;
        }
        let Err(msg) = context.received.push(msg) else { return 0 };
        if context.prefer_new && context.received.pop().is_some() {
            let _ = context.received.push(msg);
        }
        1
    }
}

impl Protocol for Sub0 {
    fn identity(&self) -> Identity {
        SUB0
    }

    fn sends(&self) -> bool {
        false
    }

    fn pipe_added(&mut self, _: &mut Cx, _: Pipe) -> Result<()> {
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, _: Pipe) {}

    fn message(&mut self, cx: &mut Cx, _: Pipe, mut msg: Message) -> Flow {
        let wanted = |context: &&mut Context, msg: &Message| context.topics.matches(msg.body());
        let mut last = None;
        for context in self.contexts.values_mut() {
            if !wanted(&context, &msg) {
                continue;
            }
            if let Some(context) = last.replace(context) {
                self.dropped += Sub0::deliver(cx, context, msg.share());
            }
        }
        if let Some(context) = last {
            self.dropped += Sub0::deliver(cx, context, msg);
        }
        Flow::More
    }

    fn recv(&mut self, _: &mut Cx, ctx: CtxId) -> Result<Message> {
        self.context(ctx)?.received.pop().ok_or(Error::AGAIN)
    }

    fn park_recv(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked) {
        match self.context(ctx) {
            Ok(context) => context.receivers.push(op),
            Err(why) => cx.failed(op, why, None),
        }
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        for context in self.contexts.values_mut() {
            context.receivers.cancel(cx, id, why);
        }
    }

    fn can_recv(&self) -> bool {
        self.contexts.get(&CtxId::SOCKET.0).is_some_and(|c| !c.received.is_empty())
    }

    fn ctx_opened(&mut self, _: &mut Cx, ctx: CtxId) -> Result<()> {
        let master = self.context(CtxId::SOCKET)?;
        let context = Context::new(master.received.depth(), master.prefer_new);
        self.contexts.insert(ctx.0, context);
        Ok(())
    }

    fn ctx_closed(&mut self, cx: &mut Cx, ctx: CtxId) {
        if let Some(mut context) = self.contexts.remove(&ctx.0) {
            context.receivers.fail_all(cx, Error::CLOSED);
        }
    }

    fn close(&mut self, cx: &mut Cx) {
        for context in self.contexts.values_mut() {
            context.receivers.fail_all(cx, Error::CLOSED);
        }
    }

    fn option_type(&self, _: CtxId, name: &str) -> Option<Type> {
        match name {
            options::RECVBUF => Some(Type::Int),
            options::SUB_PREFNEW => Some(Type::Bool),
            options::SUB_SUBSCRIBE | options::SUB_UNSUBSCRIBE => Some(Type::Opaque),
            _ => None,
        }
    }

    fn get_option(&self, ctx: CtxId, name: &str) -> Result<Value> {
        let context = self.contexts.get(&ctx.0).ok_or(Error::CLOSED)?;
        match name {
            options::RECVBUF => Ok(Value::Int(context.received.depth() as i32)),
            options::SUB_PREFNEW => Ok(Value::Bool(context.prefer_new)),
            _ => Err(Error::WRITEONLY),
        }
    }

    fn set_option(&mut self, _: &mut Cx, ctx: CtxId, name: &str, value: Value) -> Result<()> {
        let context = self.context(ctx)?;
        match (name, value) {
            (options::RECVBUF, value) => {
                let lost = context.received.resize(parts::depth(value, 1)?);
                self.dropped += lost as u64;
            }
            (options::SUB_PREFNEW, value) => context.prefer_new = options::bool(value)?,
            (options::SUB_SUBSCRIBE, topic) => context.topics.add(&bytes(topic)?),
            (_, topic) => {
                if !context.topics.remove(&bytes(topic)?) {
                    return Err(Error::NOENT);
                }
                // What nobody wants any more is dropped, as it was not asked for.
                let Context { topics, received, .. } = context;
                received.retain(|msg| topics.matches(msg.body()));
            }
        }
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let desc = "messages dropped because nobody received them in time";
        vec![Counter { name: "rx_drop", desc, unit: Unit::Messages, value: self.dropped }]
    }
}

fn bytes(value: Value) -> Result<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Str(text) => Ok(text.into_bytes()),
        _ => Err(Error::BADTYPE),
    }
}

#[cfg(test)]
mod tests {
    use super::Topics;

    #[test]
    fn topics_match_by_prefix() {
        let mut topics = Topics::default();
        assert!(!topics.matches(b""));
        topics.add(b"abc");
        topics.add(b"abd");
        assert!(topics.matches(b"abcd") && topics.matches(b"abd") && !topics.matches(b"ab"));
        assert!(topics.remove(b"abc") && !topics.remove(b"abc") && !topics.remove(b"ab"));
        assert!(!topics.matches(b"abcd") && topics.matches(b"abd"));
        topics.add(b"");
        assert!(topics.matches(b"") && topics.matches(b"x"));
        assert!(topics.remove(b"") && topics.remove(b"abd"));
        assert!(topics.root.next.is_empty());
    }
}
