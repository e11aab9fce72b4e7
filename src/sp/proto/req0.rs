//! REQ: asks, and asks again until answered, one request at a time per context.
//!
//! A request waits in line until a pipe is ready, and pipes take turns. It is sent again when
//! its pipe goes, or when its time is up, which is looked at no more often than once per tick.
#![forbid(unsafe_code)]

use super::parts::{self, NumberMap};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::stats::Unit;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use crate::sys::random;
use std::collections::VecDeque;

const REQ0: Identity = Identity { id: 48, name: "req", peer: 49, peer_name: "rep" };

const RESEND_MS: i32 = 60_000;
const TICK_MS: i32 = 1_000;
const TICK: u64 = 0;

pub struct Req0 {
    ttl: i32,
    tick: i32,
    /// When the timer fires, if it runs.
    alarm: Option<u64>,
    contexts: NumberMap<Context>,
    /// Which context asked, by request id.
    requests: NumberMap<CtxId>,
    next_id: u32,
    /// Pipes that take a request, in turn.
    ready: VecDeque<Pipe>,
    /// Requests in line for a pipe; one that is not `queued` any more is passed over.
    line: VecDeque<(CtxId, u32)>,
    dropped: u64,
    malformed: u64,
}

struct Context {
    resend: i32,
    state: State,
}

enum State {
    Idle,
    /// The connection went, and the request may not be sent again.
    Reset,
    Asked(Request),
    Answered(Message),
}

struct Request {
    id: u32,
    /// Kept while it may have to be sent, or given back.
    msg: Option<Message>,
    /// Who waits for the request to be on its way.
    sender: Option<Parked>,
    receiver: Option<Parked>,
    queued: bool,
    /// Where it went last.
    pipe: Option<Pipe>,
    /// When it is to be sent again.
    due: Option<u64>,
}

impl Request {
    /// Whose operation this is, of the two that there may be.
    fn waits_for(&self, id: OpId) -> bool {
        let is = |op: &Option<Parked>| op.as_ref().is_some_and(|op| op.id() == id);
        is(&self.sender) || is(&self.receiver)
    }

    /// Ends the operations: `named` with `why`, the other as cancelled by that.
    fn fail(self, cx: &mut Cx, named: Option<OpId>, why: Error) {
        let reason = |op: &Parked| match named {
            Some(id) if op.id() != id => Error::CANCELED,
            _ => why,
        };
        if let Some(op) = self.receiver {
            let why = reason(&op);
            cx.failed(op, why, None);
        }
        if let Some(op) = self.sender {
            let why = reason(&op);
            let mut msg = self.msg.unwrap_or_default();
            msg.header_clear();
            cx.failed(op, why, Some(msg));
        }
    }
}

impl Req0 {
    /// Receiving without a request fails with `STATE`. A request whose pipe goes is sent by
    /// another, or, where `NNG_OPT_REQ_RESENDTIME` is not positive, fails with `CONNRESET`.
    pub fn new() -> Box<dyn Protocol> {
        let mut contexts = NumberMap::default();
        contexts.insert(CtxId::SOCKET.0, Context { resend: RESEND_MS, state: State::Idle });
        Box::new(Req0 {
            ttl: parts::USUAL_TTL,
            tick: TICK_MS,
            alarm: None,
            contexts,
            requests: NumberMap::default(),
            next_id: random::random_u32(),
            ready: VecDeque::new(),
            line: VecDeque::new(),
            dropped: 0,
            malformed: 0,
        })
    }

    fn new_id(&mut self) -> u32 {
        loop {
            self.next_id = self.next_id.wrapping_add(1);
            let id = self.next_id | 0x8000_0000;
            if !self.requests.contains_key(&id) {
                return id;
            }
        }
    }

    fn state(&mut self, ctx: CtxId) -> Option<&mut State> {
        self.contexts.get_mut(&ctx.0).map(|context| &mut context.state)
    }

    /// Ends what the context was doing; its operations fail as `Request::fail` has it.
    fn reset(&mut self, cx: &mut Cx, ctx: CtxId, named: Option<OpId>, why: Error) {
        let Some(state) = self.state(ctx) else { return };
        match std::mem::replace(state, State::Idle) {
            State::Idle | State::Reset => {}
            State::Asked(request) => {
                self.requests.remove(&request.id);
                request.fail(cx, named, why);
            }
            State::Answered(_) => self.dropped += 1,
        }
    }

    /// Notes a new request down, and puts it in line.
    fn ask(&mut self, cx: &mut Cx, ctx: CtxId, mut msg: Message, sender: Option<Parked>) {
        let id = self.new_id();
        msg.header_clear();
        msg.header_push_u32(id);
        let Some(state) = self.state(ctx) else { return };
        *state = State::Asked(Request {
            id,
            msg: Some(msg),
            sender,
            receiver: None,
            queued: false,
            pipe: None,
            due: None,
        });
        self.requests.insert(id, ctx);
        self.line_up(ctx);
        self.send_waiting(cx);
    }

    fn line_up(&mut self, ctx: CtxId) {
        let Some(State::Asked(request)) = self.contexts.get_mut(&ctx.0).map(|c| &mut c.state)
        else {
            return;
        };
        if request.queued || request.msg.is_none() {
            return;
        }
        request.queued = true;
        self.line.push_back((ctx, request.id));
        // At most one per context is not to be passed over.
        if self.line.len() > 32 + 2 * self.contexts.len() {
            let contexts = &self.contexts;
            self.line.retain(|(ctx, id)| match contexts.get(&ctx.0).map(|c| &c.state) {
                Some(State::Asked(request)) => request.id == *id && request.queued,
                _ => false,
            });
        }
    }

    fn send_waiting(&mut self, cx: &mut Cx) {
        while !self.ready.is_empty()
            && let Some((ctx, id)) = self.line.pop_front()
        {
            let Some(Context { state: State::Asked(request), resend }) =
                self.contexts.get_mut(&ctx.0)
            else {
                continue;
            };
            if request.id != id || !std::mem::take(&mut request.queued) {
                continue;
            }
            // Nobody needs the message any more if it is not to be sent again.
            let copy = match &mut request.msg {
                Some(msg) if *resend > 0 => Some(msg.share()),
                msg => msg.take(),
            };
            let (Some(copy), Some(pipe)) = (copy, self.ready.pop_front()) else { continue };
            request.pipe = Some(pipe);
            if let Some(op) = request.sender.take() {
                cx.sent(op);
            }
            request.due = (*resend > 0).then(|| cx.now() + *resend as u64);
            if let Some(due) = request.due {
                self.watch(cx, due);
            }
            if cx.send(pipe, copy) == Sent::Ready {
                self.ready.push_back(pipe);
            }
        }
    }

    /// Sees to it that the timer fires when something is due, but not within this tick.
    fn watch(&mut self, cx: &mut Cx, due: u64) {
        let Ok(tick) = u64::try_from(self.tick) else { return };
        let at = due.max(cx.now() + tick.max(1));
        if self.alarm.is_none_or(|alarm| at < alarm) {
            self.alarm = Some(at);
            cx.start_timer(TICK, at);
        }
    }
}

impl Protocol for Req0 {
    fn identity(&self) -> Identity {
        REQ0
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        self.ready.push_back(pipe);
        self.send_waiting(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.ready.retain(|p| *p != pipe);
        let mut affected: Vec<(u32, CtxId, bool)> = Vec::new();
        for (ctx, context) in &self.contexts {
            if let State::Asked(request) = &context.state
                && request.pipe == Some(pipe)
            {
                let again = context.resend > 0 && request.msg.is_some();
                affected.push((request.id, CtxId(*ctx), again));
            }
        }
        // The oldest first; ids may have wrapped.
        let next = self.next_id.wrapping_add(1);
        affected.sort_unstable_by_key(|(id, ..)| id.wrapping_sub(next) & 0x7fff_ffff);
        for (_, ctx, again) in affected {
            if again {
                if let Some(State::Asked(request)) = self.state(ctx) {
                    request.pipe = None;
                    request.due = None;
                }
                self.line_up(ctx);
                continue;
            }
            let told = match self.state(ctx) {
                Some(State::Asked(request)) => request.receiver.is_some(),
                _ => true,
            };
            self.reset(cx, ctx, None, Error::CONNRESET);
            if !told && let Some(state) = self.state(ctx) {
                *state = State::Reset;
            }
        }
        self.send_waiting(cx);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        let Some(id) = msg.trim_u32() else {
            self.malformed += 1;
            cx.close(pipe);
            return Flow::Pause;
        };
        let context = self.requests.get(&id).and_then(|ctx| self.contexts.get_mut(&ctx.0));
        match context.map(|context| &mut context.state) {
            // An answer to what was not asked yet is none.
            Some(state @ State::Asked(Request { sender: None, .. })) => {
                let State::Asked(request) = std::mem::replace(state, State::Idle) else {
                    return Flow::More;
                };
                match request.receiver {
                    Some(op) => cx.received(op, msg),
                    None => *state = State::Answered(msg),
                }
                self.requests.remove(&id);
            }
            _ => self.dropped += 1,
        }
        Flow::More
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.ready.push_back(pipe);
        self.send_waiting(cx);
    }

    fn send(&mut self, cx: &mut Cx, ctx: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        if !self.contexts.contains_key(&ctx.0) {
            return Err((Error::CLOSED, msg));
        }
        // A new request ends the one before, whether it can be sent or not.
        self.reset(cx, ctx, None, Error::CANCELED);
        if self.ready.is_empty() {
            return Err((Error::AGAIN, msg));
        }
        self.ask(cx, ctx, msg, None);
        Ok(())
    }

    fn park_send(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked, msg: Message) {
        self.ask(cx, ctx, msg, Some(op));
    }

    fn recv(&mut self, _: &mut Cx, ctx: CtxId) -> Result<Message> {
        let state = self.state(ctx).ok_or(Error::CLOSED)?;
        if let State::Asked(request) = state {
            return Err(if request.receiver.is_some() { Error::STATE } else { Error::AGAIN });
        }
        match std::mem::replace(state, State::Idle) {
            State::Answered(msg) => Ok(msg),
            State::Reset => Err(Error::CONNRESET),
            State::Idle | State::Asked(_) => Err(Error::STATE),
        }
    }

    fn park_recv(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked) {
        match self.state(ctx) {
            Some(State::Asked(request)) => request.receiver = Some(op),
            _ => cx.failed(op, Error::STATE, None),
        }
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        let mut all = self.contexts.iter();
        let found = all.find_map(|(ctx, context)| match &context.state {
            State::Asked(request) => request.waits_for(id).then_some(CtxId(*ctx)),
            _ => None,
        });
        if let Some(ctx) = found {
            self.reset(cx, ctx, Some(id), why);
        }
    }

    fn timer(&mut self, cx: &mut Cx, _: u64) {
        self.alarm = None;
        let now = cx.now();
        let mut due: Vec<(u64, u32, CtxId)> = Vec::new();
        let mut next = None;
        for (ctx, context) in &self.contexts {
            let State::Asked(request) = &context.state else { continue };
            match request.due {
                Some(at) if at <= now => due.push((at, request.id, CtxId(*ctx))),
                Some(at) => next = Some(next.map_or(at, |next: u64| next.min(at))),
                None => {}
            }
        }
        if let Some(next) = next {
            self.watch(cx, next);
        }
        due.sort_unstable_by_key(|(at, id, _)| (*at, *id));
        for (_, _, ctx) in due {
            if let Some(State::Asked(request)) = self.state(ctx) {
                request.due = None;
            }
            self.line_up(ctx);
        }
        self.send_waiting(cx);
    }

    fn can_recv(&self) -> bool {
        let master = self.contexts.get(&CtxId::SOCKET.0);
        master.is_some_and(|c| matches!(c.state, State::Answered(_)))
    }

    fn can_send(&self) -> bool {
        !self.ready.is_empty()
    }

    fn ctx_opened(&mut self, _: &mut Cx, ctx: CtxId) -> Result<()> {
        let resend = self.contexts.get(&CtxId::SOCKET.0).map_or(RESEND_MS, |c| c.resend);
        self.contexts.insert(ctx.0, Context { resend, state: State::Idle });
        Ok(())
    }

    fn ctx_closed(&mut self, cx: &mut Cx, ctx: CtxId) {
        self.reset(cx, ctx, None, Error::CLOSED);
        self.contexts.remove(&ctx.0);
    }

    fn close(&mut self, cx: &mut Cx) {
        let all: Vec<u32> = self.contexts.keys().copied().collect();
        for ctx in all {
            self.reset(cx, CtxId(ctx), None, Error::CLOSED);
        }
        self.alarm = None;
        cx.stop_timer(TICK);
    }

    fn option_type(&self, ctx: CtxId, name: &str) -> Option<Type> {
        match name {
            options::REQ_RESENDTIME => Some(Type::Ms),
            options::REQ_RESENDTICK if ctx == CtxId::SOCKET => Some(Type::Ms),
            options::MAXTTL if ctx == CtxId::SOCKET => Some(Type::Int),
            _ => None,
        }
    }

    fn get_option(&self, ctx: CtxId, name: &str) -> Result<Value> {
        Ok(match name {
            options::REQ_RESENDTIME => {
                Value::Ms(self.contexts.get(&ctx.0).ok_or(Error::CLOSED)?.resend)
            }
            options::REQ_RESENDTICK => Value::Ms(self.tick),
            _ => Value::Int(self.ttl),
        })
    }

    fn set_option(&mut self, _: &mut Cx, ctx: CtxId, name: &str, value: Value) -> Result<()> {
        match name {
            options::REQ_RESENDTIME => {
                let ms = options::ms(value)?;
                self.contexts.get_mut(&ctx.0).ok_or(Error::CLOSED)?.resend = ms;
            }
            options::REQ_RESENDTICK => self.tick = options::ms(value)?,
            _ => self.ttl = parts::ttl(value)?,
        }
        Ok(())
    }

    fn counters(&self) -> Vec<Counter> {
        let count = |name, desc, value| Counter { name, desc, unit: Unit::Messages, value };
        vec![
            count("rx_drop", "replies dropped that no request waited for", self.dropped),
            count("rx_malformed", "malformed messages received", self.malformed),
        ]
    }
}
