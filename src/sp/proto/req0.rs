//! REQ: asks, and asks again until answered, one request at a time per context.
//!
//! A request waits in line until a pipe is ready, and pipes take turns. It is sent again when
//! its pipe goes, or when its time is up, which is looked at once per tick.
#![forbid(unsafe_code)]

use super::parts::{self, PipeMap};
use super::{CtxId, Cx, Flow, Identity, Pipe, Protocol, Sent};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use crate::sys::random;
use std::collections::{HashMap, VecDeque};

const REQ0: Identity = Identity { id: 48, name: "req", peer: 49, peer_name: "rep" };

const RESEND_MS: i32 = 60_000;
const TICK_MS: i32 = 1_000;
const TICK: u64 = 0;

pub struct Req0 {
    ttl: i32,
    tick: i32,
    ticking: bool,
    contexts: HashMap<u32, Context>,
    /// Which context asked, by request id.
    requests: HashMap<u32, CtxId>,
    next_id: u32,
    /// Pipes that take a request, in turn.
    ready: VecDeque<Pipe>,
    pipes: PipeMap<()>,
    /// Contexts whose request waits for a pipe.
    waiting: VecDeque<CtxId>,
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
    msg: Message,
    /// Who waits for the request to be on its way.
    sender: Option<Parked>,
    receiver: Option<Parked>,
    /// Where it went last.
    pipe: Option<Pipe>,
    due: Option<u64>,
}

impl Req0 {
    pub fn new() -> Box<dyn Protocol> {
        let mut contexts = HashMap::new();
        contexts.insert(CtxId::SOCKET.0, Context { resend: RESEND_MS, state: State::Idle });
        Box::new(Req0 {
            ttl: parts::USUAL_TTL,
            tick: TICK_MS,
            ticking: false,
            contexts,
            requests: HashMap::new(),
            next_id: random::random_u32(),
            ready: VecDeque::new(),
            pipes: PipeMap::default(),
            waiting: VecDeque::new(),
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

    /// Ends what the context was doing; its operations fail with `why`.
    fn reset(&mut self, cx: &mut Cx, ctx: CtxId, why: Error) {
        let Some(context) = self.contexts.get_mut(&ctx.0) else { return };
        let State::Asked(request) = std::mem::replace(&mut context.state, State::Idle) else {
            return;
        };
        self.requests.remove(&request.id);
        self.waiting.retain(|c| *c != ctx);
        if let Some(op) = request.receiver {
            cx.failed(op, why, None);
        }
        if let Some(op) = request.sender {
            let mut msg = request.msg;
            msg.header_clear();
            cx.failed(op, why, Some(msg));
        }
    }

    /// Notes a new request down, and puts it in line.
    fn ask(&mut self, cx: &mut Cx, ctx: CtxId, mut msg: Message, sender: Option<Parked>) {
        let id = self.new_id();
        msg.header_clear();
        msg.header_push_u32(id);
        let Some(context) = self.contexts.get_mut(&ctx.0) else { return };
        let due = (context.resend > 0).then(|| cx.now() + context.resend as u64);
        context.state = State::Asked(Request { id, msg, sender, receiver: None, pipe: None, due });
        self.requests.insert(id, ctx);
        self.waiting.push_back(ctx);
        if due.is_some() && !self.ticking {
            self.ticking = true;
            let at = cx.now() + self.tick.max(1) as u64;
            cx.start_timer(TICK, at);
        }
        self.send_waiting(cx);
    }

    fn send_waiting(&mut self, cx: &mut Cx) {
        while !self.ready.is_empty() {
            let Some(ctx) = self.waiting.pop_front() else { return };
            let Some(Context { state: State::Asked(request), resend }) =
                self.contexts.get_mut(&ctx.0)
            else {
                continue;
            };
            let Some(pipe) = self.ready.pop_front() else { return };
            request.pipe = Some(pipe);
            if *resend > 0 {
                request.due = Some(cx.now() + *resend as u64);
            }
            if let Some(op) = request.sender.take() {
                cx.sent(op);
            }
            // Without resending nobody needs the message any more.
            let copy = if *resend == 0 {
                let mut rest = Message::new();
                std::mem::swap(&mut rest, &mut request.msg);
                rest
            } else {
                request.msg.share()
            };
            if cx.send(pipe, copy) == Sent::Ready {
                self.ready.push_back(pipe);
            }
        }
    }
}

impl Protocol for Req0 {
    fn identity(&self) -> Identity {
        REQ0
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        self.pipes.insert(pipe, ());
        self.ready.push_back(pipe);
        self.send_waiting(cx);
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.pipes.remove(pipe);
        self.ready.retain(|p| *p != pipe);
        let mut affected: Vec<CtxId> = Vec::new();
        for (ctx, context) in &self.contexts {
            if let State::Asked(request) = &context.state
                && request.pipe == Some(pipe)
            {
                affected.push(CtxId(*ctx));
            }
        }
        for ctx in affected {
            let Some(context) = self.contexts.get_mut(&ctx.0) else { continue };
            let State::Asked(request) = &mut context.state else { continue };
            request.pipe = None;
            if context.resend > 0 {
                request.due = Some(cx.now() + context.resend as u64);
                if !self.waiting.contains(&ctx) {
                    self.waiting.push_back(ctx);
                }
            } else {
                let told = request.receiver.is_some();
                self.reset(cx, ctx, Error::CONNRESET);
                if !told && let Some(context) = self.contexts.get_mut(&ctx.0) {
                    context.state = State::Reset;
                }
            }
        }
        self.send_waiting(cx);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        let Some(id) = msg.trim_u32() else {
            cx.close(pipe);
            return Flow::Pause;
        };
        let Some(&ctx) = self.requests.get(&id) else { return Flow::More };
        let Some(context) = self.contexts.get_mut(&ctx.0) else { return Flow::More };
        let State::Asked(request) = &mut context.state else { return Flow::More };
        // An answer to what was not asked yet is none.
        if request.sender.is_some() {
            return Flow::More;
        }
        self.requests.remove(&id);
        if self.waiting.front().is_some() {
            self.waiting.retain(|c| *c != ctx);
        }
        match request.receiver.take() {
            Some(op) => {
                context.state = State::Idle;
                cx.received(op, msg);
            }
            None => context.state = State::Answered(msg),
        }
        Flow::More
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        if self.pipes.get(pipe).is_some() && !self.ready.contains(&pipe) {
            self.ready.push_back(pipe);
            self.send_waiting(cx);
        }
    }

    fn send(&mut self, cx: &mut Cx, ctx: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        if !self.contexts.contains_key(&ctx.0) {
            return Err((Error::CLOSED, msg));
        }
        // A new request ends the one before, whether it can be sent or not.
        self.reset(cx, ctx, Error::CANCELED);
        if let Some(context) = self.contexts.get_mut(&ctx.0) {
            context.state = State::Idle;
        }
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
        let context = self.contexts.get_mut(&ctx.0).ok_or(Error::CLOSED)?;
        match std::mem::replace(&mut context.state, State::Idle) {
            State::Answered(msg) => Ok(msg),
            State::Reset => Err(Error::CONNRESET),
            State::Idle => Err(Error::STATE),
            State::Asked(request) => {
                let busy = request.receiver.is_some();
                context.state = State::Asked(request);
                Err(if busy { Error::STATE } else { Error::AGAIN })
            }
        }
    }

    fn park_recv(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked) {
        match self.contexts.get_mut(&ctx.0).map(|c| &mut c.state) {
            Some(State::Asked(request)) => request.receiver = Some(op),
            _ => cx.failed(op, Error::STATE, None),
        }
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        let found = self.contexts.iter_mut().find_map(|(ctx, context)| match &mut context.state {
            State::Asked(request) => {
                let is = |op: &Option<Parked>| op.as_ref().is_some_and(|op| op.id() == id);
                (is(&request.sender) || is(&request.receiver)).then_some((CtxId(*ctx), request))
            }
            _ => None,
        });
        let Some((ctx, request)) = found else { return };
        // Cancelling ends the whole exchange; the operation that was not named is told so.
        let named_sender = request.sender.as_ref().is_some_and(|op| op.id() == id);
        let other = if named_sender {
            request.receiver.take().map(|op| (op, None))
        } else {
            request.sender.take().map(|op| {
                let mut msg = std::mem::take(&mut request.msg);
                msg.header_clear();
                (op, Some(msg))
            })
        };
        if let Some((op, msg)) = other {
            cx.failed(op, Error::CANCELED, msg);
        }
        self.reset(cx, ctx, why);
    }

    fn timer(&mut self, cx: &mut Cx, _: u64) {
        let now = cx.now();
        let mut pending = false;
        for (ctx, context) in &mut self.contexts {
            let State::Asked(request) = &mut context.state else { continue };
            let Some(due) = request.due else { continue };
            pending = true;
            let ctx = CtxId(*ctx);
            if due <= now && !self.waiting.contains(&ctx) {
                self.waiting.push_back(ctx);
            }
        }
        self.ticking = pending;
        if pending {
            cx.start_timer(TICK, now + self.tick.max(1) as u64);
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
        self.reset(cx, ctx, Error::CLOSED);
        self.contexts.remove(&ctx.0);
    }

    fn close(&mut self, cx: &mut Cx) {
        let all: Vec<u32> = self.contexts.keys().copied().collect();
        for ctx in all {
            self.reset(cx, CtxId(ctx), Error::CLOSED);
        }
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
}
