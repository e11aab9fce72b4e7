//! SUB: receives what begins with one of its topics, each context by its own.
#![forbid(unsafe_code)]

use super::parts::{self, Queue, Receivers};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

const SUB0: Identity = Identity { id: 33, name: "sub", peer: 32, peer_name: "pub" };
const DEPTH: usize = 128;
/// Queues less deep than this are meant to show the newest, so nothing waits before them.
const LEAST_PATIENT: usize = 16;
/// No more are cut ahead of the receiver than it will soon take, where that can wait: what has
/// just been cut is still in the cache.
const AHEAD: usize = 64;

/// Topics in the order of their bytes, so that a look-up is a search or two, however many
/// there are and however long.
#[derive(Default)]
pub struct Topics(BTreeSet<Vec<u8>>);

impl Topics {
    pub fn add(&mut self, topic: Vec<u8>) {
        self.0.insert(topic);
    }

    /// Removes a topic; false if it was not there.
    pub fn remove(&mut self, topic: &[u8]) -> bool {
        self.0.remove(topic)
    }

    /// Whether a topic is a prefix of the body.
    pub fn matches(&self, body: &[u8]) -> bool {
        // The empty topic is the first, and a prefix of everything.
        if self.0.first().is_some_and(|first| first.is_empty()) {
            return true;
        }
        // Whatever lies between a prefix of the body and the body begins with that prefix. So
        // does the nearest topic before the body, and with it all that the two have in common.
        let mut rest = body;
        loop {
            let before = (Bound::Unbounded, Bound::Included(rest));
            let Some(nearest) = self.0.range::<[u8], _>(before).next_back() else { return false };
            if rest.starts_with(nearest) {
                return true;
            }
            let common = nearest.iter().zip(rest).take_while(|(a, b)| a == b).count();
            rest = &rest[..common];
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

    fn crowded(&self) -> bool {
        // With several contexts what one has no room for may be what another waits for.
        let mut all = self.contexts.values();
        match (all.next(), all.next()) {
            (Some(Context { received, .. }), None) => {
                received.depth() >= LEAST_PATIENT && received.len() >= received.depth().min(AHEAD)
            }
            _ => false,
        }
    }

    fn keeps(&self) -> usize {
        match self.contexts.values().next() {
            Some(only) if only.prefer_new => only.received.depth(),
            Some(only) if only.received.is_full() => 0,
            _ => usize::MAX,
        }
    }

    fn wants(&self, body: &[u8]) -> bool {
        self.contexts.values().any(|context| context.topics.matches(body))
    }

    fn skipped(&mut self, n: u64) {
        self.dropped += n;
    }

    fn relieved(&self) -> bool {
        let only = self.contexts.values().next();
        only.is_none_or(|only| only.received.len() <= only.received.depth().min(AHEAD) / 2)
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
            (options::SUB_SUBSCRIBE, topic) => context.topics.add(bytes(topic)),
            (_, topic) => {
                if !context.topics.remove(&bytes(topic)) {
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

/// A topic from a value of whatever type: the bytes that C has in memory for it, and so a
/// string's terminator too.
fn bytes(value: Value) -> Vec<u8> {
    match value {
        Value::Bytes(bytes) => bytes,
        Value::Str(text) => {
            let mut bytes = text.into_bytes();
            bytes.push(0);
            bytes
        }
        Value::Bool(on) => vec![on.into()],
        Value::Int(n) | Value::Ms(n) => n.to_ne_bytes().to_vec(),
        Value::Size(n) | Value::Ptr(n) => n.to_ne_bytes().to_vec(),
        Value::U64(n) => n.to_ne_bytes().to_vec(),
        Value::Strings(_) | Value::Addr(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Topics;

    #[test]
    fn topics_match_by_prefix() {
        let mut topics = Topics::default();
        assert!(!topics.matches(b""));
        topics.add(b"abc".to_vec());
        topics.add(b"abd".to_vec());
        assert!(topics.matches(b"abcd") && topics.matches(b"abd") && !topics.matches(b"ab"));
        assert!(topics.remove(b"abc") && !topics.remove(b"abc") && !topics.remove(b"ab"));
        assert!(!topics.matches(b"abcd") && topics.matches(b"abd"));
        topics.add(Vec::new());
        assert!(topics.matches(b"") && topics.matches(b"x"));
    }

    #[test]
    fn short_topics_are_found_behind_long_ones() {
        let mut topics = Topics::default();
        for topic in ["a", "ab0", "ab1x", "ab1y", "abc"] {
            topics.add(topic.into());
        }
        assert!(topics.matches(b"ab1z") && topics.matches(b"ac") && !topics.matches(b"b"));
        topics.remove(b"a");
        assert!(!topics.matches(b"ab1z") && topics.matches(b"abcd") && !topics.matches(b""));
    }

    #[test]
    fn a_topic_may_be_very_long() {
        let mut topics = Topics::default();
        topics.add(vec![7; 4_000_000]);
        assert!(topics.matches(&[7; 4_000_001]) && !topics.matches(&[7; 3_999_999]));
        assert!(topics.remove(&[7; 4_000_000]));
    }
}
