//! SURVEYOR: asks everybody, and collects answers until the survey's time is up.
#![forbid(unsafe_code)]

use super::fanout::{Fanout, Overflow};
use super::parts::{self, Queue, Receivers};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use crate::sys::random;
use std::collections::HashMap;

const SURVEYOR0: Identity =
    Identity { id: 98, name: "surveyor", peer: 99, peer_name: "respondent" };
const SEND_DEPTH: usize = 8;
const RECV_DEPTH: usize = 128;
const SURVEY_MS: i32 = 1_000;

struct Context {
    survey_ms: i32,
    /// The survey under way, and when it ends.
    survey: Option<(u32, u64)>,
    received: Queue,
    receivers: Receivers,
}

pub struct Surveyor0 {
    ttl: i32,
    out: Fanout,
    contexts: HashMap<u32, Context>,
    surveys: HashMap<u32, CtxId>,
    next_id: u32,
    dropped: u64,
    malformed: u64,
}

impl Surveyor0 {
    pub fn new() -> Box<dyn Protocol> {
        let mut contexts = HashMap::new();
        contexts.insert(CtxId::SOCKET.0, Context::new(SURVEY_MS, RECV_DEPTH));
        Box::new(Surveyor0 {
            ttl: parts::USUAL_TTL,
            out: Fanout::new(SEND_DEPTH, Overflow::Newest),
            contexts,
            surveys: HashMap::new(),
            next_id: random::random_u32(),
            dropped: 0,
            malformed: 0,
        })
    }

    /// Ends the context's survey: who waits for answers gets `why`.
    fn end(&mut self, cx: &mut Cx, ctx: CtxId, why: Error) {
        let Some(context) = self.contexts.get_mut(&ctx.0) else { return };
        if let Some((id, _)) = context.survey.take() {
            self.surveys.remove(&id);
            cx.stop_timer(ctx.0.into());
        }
        self.dropped += context.received.clear() as u64;
        context.receivers.fail_all(cx, why);
    }
}

impl Context {
    fn new(survey_ms: i32, depth: usize) -> Context {
        Context {
            survey_ms,
            survey: None,
            received: Queue::new(depth),
            receivers: Receivers::default(),
        }
    }
}

impl Protocol for Surveyor0 {
    fn identity(&self) -> Identity {
        SURVEYOR0
    }

    fn pipe_added(&mut self, _: &mut Cx, pipe: Pipe) -> Result<()> {
        self.out.add(pipe);
        Ok(())
    }

    fn pipe_removed(&mut self, _: &mut Cx, pipe: Pipe) {
        self.out.remove(pipe);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        let Some(id) = msg.trim_u32() else {
            self.malformed += 1;
            cx.close(pipe);
            return Flow::Pause;
        };
        msg.header_push_u32(id);
        let context = self.surveys.get(&id).and_then(|ctx| self.contexts.get_mut(&ctx.0));
        let Some(context) = context else {
            self.dropped += 1;
            return Flow::More;
        };
        if let Some(op) = context.receivers.pop() {
            cx.received(op, msg);
        } else if context.received.push(msg).is_err() {
            self.dropped += 1;
        }
        Flow::More
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.out.writable(cx, pipe);
    }

    fn send(&mut self, cx: &mut Cx, ctx: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        self.end(cx, ctx, Error::CANCELED);
        let id = loop {
            self.next_id = self.next_id.wrapping_add(1);
            let id = self.next_id | 0x8000_0000;
            if !self.surveys.contains_key(&id) {
                break id;
            }
        };
        let Some(context) = self.contexts.get_mut(&ctx.0) else {
            return Err((Error::CLOSED, msg));
        };
        // Without any time, or with the -1 that is none here, it is over as soon as it is sent.
        if context.survey_ms > 0 {
            let end = cx.now() + context.survey_ms as u64;
            context.survey = Some((id, end));
            self.surveys.insert(id, ctx);
            cx.start_timer(ctx.0.into(), end);
        }
        msg.header_clear();
        msg.header_push_u32(id);
        self.out.send_all(cx, msg, None);
        Ok(())
    }

    fn recv(&mut self, cx: &mut Cx, ctx: CtxId) -> Result<Message> {
        let context = self.contexts.get_mut(&ctx.0).ok_or(Error::CLOSED)?;
        match context.survey {
            Some((_, end)) if cx.now() < end => context.received.pop().ok_or(Error::AGAIN),
            _ => Err(Error::STATE),
        }
    }

    fn park_recv(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked) {
        match self.contexts.get_mut(&ctx.0) {
            Some(context) => context.receivers.push(op),
            None => cx.failed(op, Error::CLOSED, None),
        }
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        let ended = self.contexts.iter_mut().find_map(|(ctx, context)| {
            let found = context.receivers.cancel(cx, id, why);
            (found && context.receivers.is_empty()).then_some(CtxId(*ctx))
        });
        // Whoever stops waiting for answers has ended the survey.
        if let Some(ctx) = ended {
            self.end(cx, ctx, why);
        }
    }

    fn timer(&mut self, cx: &mut Cx, key: u64) {
        let ctx = CtxId(key as u32);
        let Some((_, end)) = self.contexts.get(&ctx.0).and_then(|c| c.survey) else { return };
        if end <= cx.now() {
            self.end(cx, ctx, Error::TIMEDOUT);
        } else {
            cx.start_timer(key, end);
        }
    }

    fn can_recv(&self) -> bool {
        self.contexts.get(&CtxId::SOCKET.0).is_some_and(|c| !c.received.is_empty())
    }

    fn can_send(&self) -> bool {
        true
    }

    fn ctx_opened(&mut self, _: &mut Cx, ctx: CtxId) -> Result<()> {
        let master = self.contexts.get(&CtxId::SOCKET.0).ok_or(Error::CLOSED)?;
        let context = Context::new(master.survey_ms, master.received.depth());
        self.contexts.insert(ctx.0, context);
        Ok(())
    }

    fn ctx_closed(&mut self, cx: &mut Cx, ctx: CtxId) {
        self.end(cx, ctx, Error::CLOSED);
        self.contexts.remove(&ctx.0);
    }

    fn close(&mut self, cx: &mut Cx) {
        let all: Vec<u32> = self.contexts.keys().copied().collect();
        for ctx in all {
            self.end(cx, CtxId(ctx), Error::CLOSED);
        }
    }

    fn option_type(&self, ctx: CtxId, name: &str) -> Option<Type> {
        match name {
            options::SURVEYOR_SURVEYTIME => Some(Type::Ms),
            options::MAXTTL if ctx == CtxId::SOCKET => Some(Type::Int),
            _ => None,
        }
    }

    fn get_option(&self, ctx: CtxId, name: &str) -> Result<Value> {
        match name {
            options::SURVEYOR_SURVEYTIME => {
                Ok(Value::Ms(self.contexts.get(&ctx.0).ok_or(Error::CLOSED)?.survey_ms))
            }
            _ => Ok(Value::Int(self.ttl)),
        }
    }

    fn set_option(&mut self, _: &mut Cx, ctx: CtxId, name: &str, value: Value) -> Result<()> {
        match name {
            options::SURVEYOR_SURVEYTIME => {
                let ms = options::ms(value)?;
                self.contexts.get_mut(&ctx.0).ok_or(Error::CLOSED)?.survey_ms = ms;
            }
            _ => self.ttl = parts::ttl(value)?,
        }
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        vec![
            count("tx_drop", "surveys dropped for slow respondents", self.out.dropped),
            count("rx_drop", "answers dropped as late or too many", self.dropped),
            count("rx_malformed", "malformed messages received", self.malformed),
        ]
    }
}
