//! The protocols, each a plain state machine: events in, effects out.
//!
//! A protocol holds no lock, does no I/O and reads no clock. Its socket calls it under the
//! socket's one lock and carries out the collected effects after unlocking.
#![forbid(unsafe_code)]
// A protocol is made to be handed to its socket, which knows only the trait.
#![allow(clippy::new_ret_no_self)]

pub mod bus0;
#[cfg(test)]
mod bus0_tests;
#[cfg(test)]
pub mod conformance;
#[cfg(test)]
mod copies;
pub mod fanout;
#[cfg(test)]
mod harness_tests;
mod inbox;
pub mod pair;
#[cfg(test)]
mod pair_tests;
pub mod parts;
pub mod pipeline0;
#[cfg(test)]
mod pipeline0_tests;
pub mod poly1;
#[cfg(test)]
mod poly1_tests;
pub mod pub0;
#[cfg(test)]
mod pub0_tests;
pub mod raw;
#[cfg(test)]
mod raw_reqrep_tests;
#[cfg(test)]
mod raw_tests;
pub mod rep0;
#[cfg(test)]
mod rep0_tests;
pub mod req0;
#[cfg(test)]
mod req0_tests;
#[cfg(test)]
mod respondent0_tests;
#[cfg(test)]
pub mod schedule;
#[cfg(any(test, fuzzing))]
pub mod sim;
pub mod sub0;
#[cfg(test)]
mod sub0_tests;
pub mod surveyor0;
#[cfg(test)]
mod surveyor0_tests;
#[cfg(test)]
pub mod topology;
#[cfg(test)]
mod topology_tests;

use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

/// What a protocol calls itself and whom it talks to, as on the wire and in options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub id: u16,
    pub name: &'static str,
    pub peer: u16,
    pub peer_name: &'static str,
}

/// A connected pipe: its place in the socket's table, and its id as C sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pipe {
    pub slot: usize,
    pub id: u32,
}

/// A context of the socket; `CtxId::SOCKET` is the one the socket itself uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CtxId(pub u32);

impl CtxId {
    pub const SOCKET: CtxId = CtxId(0);
}

/// Whether a pipe may deliver another message now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    More,
    /// Nothing more until the protocol calls `Cx::resume` for this pipe.
    Pause,
}

/// Whether a pipe that took a message takes another at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Ready,
    /// The protocol must not send here again until `Protocol::writable`.
    Full,
}

/// The pipes of a socket, as its protocol may use them.
pub trait Pipes {
    fn send(&mut self, pipe: Pipe, msg: Message) -> Sent;

    /// As `send`, with a message that stays; its body is shared if it can be.
    fn send_copy(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        self.send(pipe, msg.twin())
    }

    /// Says that the next calls of `send_announced` are about `msg`, which goes to many.
    fn announce(&mut self, _msg: &Message) {}

    /// As `send_copy`, with the message announced last.
    fn send_announced(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        self.send_copy(pipe, msg)
    }

    fn resume(&mut self, pipe: Pipe);

    /// As `resume`, unless the pipe's next message is there already: that one is handed over, and
    /// the pipe stays paused.
    fn next(&mut self, pipe: Pipe) -> Option<Message> {
        self.resume(pipe);
        None
    }

    /// Closes the pipe; `Protocol::pipe_removed` follows after the current call.
    fn close(&mut self, pipe: Pipe);
    /// Lets the pipe take `more` messages than it would, which stay the protocol's to take back;
    /// for a protocol that waits for room rather than drop. Says whether it takes one now, or
    /// `None` if it is a pipe that cannot do that.
    fn allow_ahead(&mut self, pipe: Pipe, more: usize) -> Option<Sent>;
    /// Takes back, in order, what the pipe holds beyond what it would, and ends `allow_ahead`;
    /// in `Protocol::pipe_removed` too.
    fn take_back(&mut self, pipe: Pipe) -> VecDeque<Message>;
    /// Milliseconds on a monotonic clock.
    fn now(&mut self) -> u64;
}

/// How an operation ended.
pub enum Outcome {
    Sent,
    Received(Message),
    /// The message, if there was one, goes back to the sender.
    Failed(Error, Option<Message>),
}

/// What is to be done once the socket is unlocked.
#[derive(Default)]
pub struct Effects {
    pub done: Vec<(Parked, Outcome)>,
    /// Timers to start, move or (`None`) stop, by the protocol's own keys, in order.
    pub timers: Vec<(u64, Option<u64>)>,
}

/// A protocol's view of its socket during one event.
pub struct Cx<'a> {
    pipes: &'a mut dyn Pipes,
    effects: &'a mut Effects,
}

impl<'a> Cx<'a> {
    pub fn new(pipes: &'a mut dyn Pipes, effects: &'a mut Effects) -> Cx<'a> {
        Cx { pipes, effects }
    }

    /// Milliseconds on a monotonic clock.
    pub fn now(&mut self) -> u64 {
        self.pipes.now()
    }

    /// Hands a message (header, then body) to a pipe that is writable.
    pub fn send(&mut self, pipe: Pipe, msg: Message) -> Sent {
        self.pipes.send(pipe, msg)
    }

    pub fn send_copy(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        self.pipes.send_copy(pipe, msg)
    }

    pub fn announce(&mut self, msg: &Message) {
        self.pipes.announce(msg);
    }

    pub fn send_announced(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        self.pipes.send_announced(pipe, msg)
    }

    /// Lets a paused pipe deliver again; messages come after the current call returns.
    pub fn resume(&mut self, pipe: Pipe) {
        self.pipes.resume(pipe);
    }

    /// As `Pipes::next`.
    pub fn next(&mut self, pipe: Pipe) -> Option<Message> {
        self.pipes.next(pipe)
    }

    /// As `Pipes::allow_ahead`.
    pub fn allow_ahead(&mut self, pipe: Pipe, more: usize) -> Option<Sent> {
        self.pipes.allow_ahead(pipe, more)
    }

    /// As `Pipes::take_back`.
    pub fn take_back(&mut self, pipe: Pipe) -> VecDeque<Message> {
        self.pipes.take_back(pipe)
    }

    /// Closes a pipe, as for a peer that breaks the protocol.
    pub fn close(&mut self, pipe: Pipe) {
        self.pipes.close(pipe);
    }

    pub fn sent(&mut self, op: Parked) {
        self.effects.done.push((op, Outcome::Sent));
    }

    pub fn received(&mut self, op: Parked, msg: Message) {
        self.effects.done.push((op, Outcome::Received(msg)));
    }

    /// Ends an operation without success; a send gets its message back.
    pub fn failed(&mut self, op: Parked, why: Error, msg: Option<Message>) {
        self.effects.done.push((op, Outcome::Failed(why, msg)));
    }

    /// Starts or moves the timer `key`: `Protocol::timer` is called at or after `at`.
    pub fn start_timer(&mut self, key: u64, at: u64) {
        self.effects.timers.push((key, Some(at)));
    }

    pub fn stop_timer(&mut self, key: u64) {
        self.effects.timers.push((key, None));
    }
}

/// One statistic of a protocol: a counter, with its name, description and unit as C shows them.
pub struct Counter {
    pub name: &'static str,
    pub desc: &'static str,
    pub unit: crate::base::stats::Unit,
    pub value: u64,
}

/// A protocol. Sending and receiving come in two steps under one lock: `send` and `recv` try
/// and refuse with `Error::AGAIN` where they would wait; only then, and only for a caller that
/// wants to wait, the operation is handed over by `park_send` and `park_recv`, to be ended by
/// exactly one of `Cx::sent`, `Cx::received` and `Cx::failed`.
#[allow(unused_variables)]
pub trait Protocol: Send {
    fn identity(&self) -> Identity;

    fn raw(&self) -> bool {
        false
    }

    /// Whether the protocol sends at all: `NNG_OPT_SENDFD` exists.
    fn sends(&self) -> bool {
        true
    }

    /// Whether the protocol receives at all: `NNG_OPT_RECVFD` exists.
    fn receives(&self) -> bool {
        true
    }

    /// A peer speaks another protocol, and was turned away.
    fn peer_mismatched(&mut self) {}

    /// A peer is there. The pipe is writable, and not paused. An error rejects it.
    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()>;

    /// The pipe is gone (never called for one that was rejected).
    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe);

    /// A message came: all of it in the body, `Message::pipe` set.
    fn message(&mut self, cx: &mut Cx, pipe: Pipe, msg: Message) -> Flow;

    /// Whether there is no need of more messages now, and soon no room: a burst may then wait in
    /// its pipe for a moment, so that it need not push others out or be dropped.
    fn crowded(&self) -> bool {
        false
    }

    /// How many messages would be left at most of any number that came now: the last ones.
    /// Those before may be skipped, and told to `skipped`.
    fn keeps(&self) -> usize {
        usize::MAX
    }

    /// Whether a message with this body is for anybody.
    fn wants(&self, body: &[u8]) -> bool {
        true
    }

    fn skipped(&mut self, n: u64) {}

    /// Whether there is room enough again after `crowded` to go on with what waits.
    fn relieved(&self) -> bool {
        true
    }

    /// A pipe that was `Sent::Full` takes messages again.
    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {}

    fn send(&mut self, cx: &mut Cx, ctx: CtxId, msg: Message) -> Result<(), (Error, Message)> {
        Err((Error::NOTSUP, msg))
    }

    /// Follows a `send` that said `Error::AGAIN`, with the same message.
    fn park_send(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked, msg: Message) {
        cx.failed(op, Error::NOTSUP, Some(msg));
    }

    fn recv(&mut self, cx: &mut Cx, ctx: CtxId) -> Result<Message> {
        Err(Error::NOTSUP)
    }

    /// Follows a `recv` that said `Error::AGAIN`.
    fn park_recv(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked) {
        cx.failed(op, Error::NOTSUP, None);
    }

    /// Ends a parked operation with `why`, if it is still here.
    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {}

    fn timer(&mut self, cx: &mut Cx, key: u64) {}

    /// Whether `recv` (on the socket itself) would succeed: `NNG_OPT_RECVFD`.
    fn can_recv(&self) -> bool {
        false
    }

    /// Whether `send` (on the socket itself) would succeed: `NNG_OPT_SENDFD`.
    fn can_send(&self) -> bool {
        false
    }

    fn ctx_opened(&mut self, cx: &mut Cx, ctx: CtxId) -> Result<()> {
        Err(Error::NOTSUP)
    }

    /// Ends the context's operations with `Error::CLOSED`.
    fn ctx_closed(&mut self, cx: &mut Cx, ctx: CtxId) {}

    /// Ends every operation with `Error::CLOSED`; nothing but `pipe_removed` follows.
    fn close(&mut self, cx: &mut Cx);

    /// The type of an option that the protocol itself has, on its socket or a context.
    fn option_type(&self, ctx: CtxId, name: &str) -> Option<Type> {
        None
    }

    /// Called for options that `option_type` knows.
    fn get_option(&self, ctx: CtxId, name: &str) -> Result<Value> {
        Err(Error::NOTSUP)
    }

    /// Called for options that `option_type` knows, with a value of that type.
    fn set_option(&mut self, cx: &mut Cx, ctx: CtxId, name: &str, value: Value) -> Result<()> {
        Err(Error::NOTSUP)
    }

    /// Names, descriptions and values that the statistics tree shows before the counters.
    fn traits(&self) -> Vec<(&'static str, &'static str, bool)> {
        Vec::new()
    }

    /// The protocol's own counters, for the statistics tree.
    fn counters(&self) -> Vec<Counter> {
        Vec::new()
    }
}
