//! What several protocols are made of: per-pipe state, waiting operations, bounded queues,
//! backtraces, the hop limit.
#![forbid(unsafe_code)]

use super::{Cx, Pipe};
use crate::base::options::{self, Value};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// The greatest number of hops that can be asked for, and the usual one.
pub const MOST_TTL: i32 = 15;
pub const USUAL_TTL: i32 = 8;
/// The deepest queue that can be asked for.
pub const MOST_DEPTH: i32 = 8192;

/// Something kept for each pipe, found by its slot.
pub struct PipeMap<T> {
    slots: Vec<Option<(u32, T)>>,
}

impl<T> Default for PipeMap<T> {
    fn default() -> PipeMap<T> {
        PipeMap { slots: Vec::new() }
    }
}

impl<T> PipeMap<T> {
    pub fn insert(&mut self, pipe: Pipe, value: T) {
        if self.slots.len() <= pipe.slot {
            self.slots.resize_with(pipe.slot + 1, || None);
        }
        self.slots[pipe.slot] = Some((pipe.id, value));
    }

    pub fn get(&self, pipe: Pipe) -> Option<&T> {
        match self.slots.get(pipe.slot)? {
            Some((id, value)) if *id == pipe.id => Some(value),
            _ => None,
        }
    }

    pub fn get_mut(&mut self, pipe: Pipe) -> Option<&mut T> {
        match self.slots.get_mut(pipe.slot)? {
            Some((id, value)) if *id == pipe.id => Some(value),
            _ => None,
        }
    }

    pub fn remove(&mut self, pipe: Pipe) -> Option<T> {
        self.get(pipe)?;
        self.slots[pipe.slot].take().map(|(_, value)| value)
    }

    /// The pipe with this id, as a program names it.
    pub fn find(&self, id: u32) -> Option<Pipe> {
        let slot = self.slots.iter().position(|s| matches!(s, Some((known, _)) if *known == id))?;
        Some(Pipe { slot, id })
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Pipe, &mut T)> {
        let used = self.slots.iter_mut().enumerate();
        used.filter_map(|(slot, s)| s.as_mut().map(|(id, value)| (Pipe { slot, id: *id }, value)))
    }

    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten().map(|(_, value)| value)
    }
}

/// Found by numbers that we hand out ourselves, so that nobody can choose them to collide.
pub type NumberMap<T> = HashMap<u32, T, BuildHasherDefault<NumberHasher>>;

#[derive(Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32((*byte).into());
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0 ^ u64::from(n)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Receivers in line.
#[derive(Default)]
pub struct Receivers(VecDeque<Parked>);

impl Receivers {
    pub fn push(&mut self, op: Parked) {
        self.0.push_back(op);
    }

    pub fn pop(&mut self) -> Option<Parked> {
        self.0.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the receiver with `why` if it is in line here; returns whether it was.
    pub fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) -> bool {
        let at = self.0.iter().position(|op| op.id() == id);
        let Some(op) = at.and_then(|at| self.0.remove(at)) else { return false };
        cx.failed(op, why, None);
        true
    }

    pub fn fail_all(&mut self, cx: &mut Cx, why: Error) {
        for op in self.0.drain(..) {
            cx.failed(op, why, None);
        }
    }
}

/// Senders in line, each with its message.
#[derive(Default)]
pub struct Senders(VecDeque<(Parked, Message)>);

impl Senders {
    pub fn push(&mut self, op: Parked, msg: Message) {
        self.0.push_back((op, msg));
    }

    /// Takes the first sender's message, which is sent thereby.
    pub fn pop(&mut self, cx: &mut Cx) -> Option<Message> {
        let (op, msg) = self.0.pop_front()?;
        cx.sent(op);
        Some(msg)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        if let Some(at) = self.0.iter().position(|(op, _)| op.id() == id)
            && let Some((op, msg)) = self.0.remove(at)
        {
            cx.failed(op, why, Some(msg));
        }
    }

    pub fn fail_all(&mut self, cx: &mut Cx, why: Error) {
        for (op, msg) in self.0.drain(..) {
            cx.failed(op, why, Some(msg));
        }
    }
}

/// A bounded queue of messages.
pub struct Queue<T = Message> {
    messages: VecDeque<T>,
    depth: usize,
}

impl<T> Queue<T> {
    pub fn new(depth: usize) -> Queue<T> {
        Queue { messages: VecDeque::new(), depth }
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn is_full(&self) -> bool {
        self.messages.len() >= self.depth
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Queues a message, unless the queue is full.
    pub fn push(&mut self, msg: T) -> Result<(), T> {
        if self.is_full() {
            return Err(msg);
        }
        self.messages.push_back(msg);
        Ok(())
    }

    pub fn pop(&mut self) -> Option<T> {
        self.messages.pop_front()
    }

    /// Puts messages back in front, that a pipe was given ahead.
    pub fn put_back(&mut self, mut messages: VecDeque<T>) {
        messages.append(&mut self.messages);
        self.messages = messages;
    }

    /// Changes the depth; returns how many of the newest no longer fit, and are gone.
    pub fn resize(&mut self, depth: usize) -> usize {
        let lost = self.messages.len().saturating_sub(depth);
        self.messages.truncate(depth);
        self.depth = depth;
        lost
    }

    /// Empties it; returns how many messages are gone.
    pub fn clear(&mut self) -> usize {
        let lost = self.messages.len();
        self.messages.clear();
        lost
    }

    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.messages.retain(keep);
    }
}

/// The depth of a queue, as an option.
pub fn depth(value: Value, least: i32) -> Result<usize> {
    Ok(options::int(value, least, MOST_DEPTH)? as usize)
}

/// A hop limit, as an option.
pub fn ttl(value: Value) -> Result<i32> {
    options::int(value, 1, MOST_TTL)
}

/// Why a backtrace was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backtrace {
    /// No end within the body: the peer breaks the protocol.
    Malformed,
    /// Too many hops: the message is dropped.
    TooFar,
}

/// Moves the backtrace, up to and with the request's id, from the body to the header, behind
/// what the header holds.
pub fn take_backtrace(msg: &mut Message, ttl: i32) -> Result<(), Backtrace> {
    for hop in 1.. {
        if hop > ttl {
            return Err(Backtrace::TooFar);
        }
        let Some(id) = msg.trim_u32() else { return Err(Backtrace::Malformed) };
        msg.header_push_u32(id);
        if id & 0x8000_0000 != 0 {
            break;
        }
    }
    Ok(())
}

/// A hop count beyond this is no hop count.
pub const MOST_HOPS: u32 = 0xff;

/// Moves the hop count of PAIR version 1 from the body to the header.
pub fn take_hops(msg: &mut Message, ttl: i32) -> Result<(), Backtrace> {
    match msg.trim_u32() {
        Some(hops) if hops > MOST_HOPS => Err(Backtrace::Malformed),
        Some(hops) if hops as i32 > ttl => Err(Backtrace::TooFar),
        Some(hops) => {
            msg.header_push_u32(hops);
            Ok(())
        }
        None => Err(Backtrace::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backtraces() {
        let body = [[0, 0, 0, 1], [0x80, 0, 0, 2], [0x80, 0, 0, 3]].concat();
        let mut msg = Message::from_slice(&body).unwrap();
        assert_eq!(take_backtrace(&mut msg, 8), Ok(()));
        assert_eq!(msg.header(), &body[..8]);
        assert_eq!(msg.body(), &body[8..]);
        let mut far = Message::from_slice(&body).unwrap();
        assert_eq!(take_backtrace(&mut far, 1), Err(Backtrace::TooFar));
        let mut short = Message::from_slice(&body[..6]).unwrap();
        assert_eq!(take_backtrace(&mut short, 8), Err(Backtrace::Malformed));
    }
}
