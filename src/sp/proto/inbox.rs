//! What has come and was not received yet: a bounded queue, and beyond it one message of each
//! pipe, which is paused while it is held.
#![forbid(unsafe_code)]

use super::parts::{Queue, Receivers};
use super::{Cx, Flow, Pipe};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};
use std::collections::VecDeque;

pub struct Inbox {
    queue: Queue,
    /// The longest waiting first.
    held: VecDeque<(Pipe, Message)>,
    receivers: Receivers,
}

impl Inbox {
    pub fn new(depth: usize) -> Inbox {
        Inbox { queue: Queue::new(depth), held: VecDeque::new(), receivers: Receivers::default() }
    }

    pub fn depth(&self) -> usize {
        self.queue.depth()
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.held.is_empty()
    }

    /// Gives the message to a receiver or to the queue, or gives it back.
    pub fn offer(&mut self, cx: &mut Cx, msg: Message) -> Result<(), Message> {
        match self.receivers.pop() {
            Some(op) => {
                cx.received(op, msg);
                Ok(())
            }
            None => self.queue.push(msg),
        }
    }

    /// As `offer`, but holds what finds no place.
    pub fn deliver(&mut self, cx: &mut Cx, pipe: Pipe, msg: Message) -> Flow {
        match self.offer(cx, msg) {
            Ok(()) => Flow::More,
            Err(msg) => {
                self.held.push_back((pipe, msg));
                Flow::Pause
            }
        }
    }

    /// The oldest message. `next` is asked for another of the pipe whose message goes: it gives
    /// one (`Cx::next`), or has had the pipe resumed.
    pub fn recv(
        &mut self,
        cx: &mut Cx,
        next: impl FnOnce(&mut Cx, Pipe) -> Option<Message>,
    ) -> Result<Message> {
        let queued = self.queue.pop();
        let Some((pipe, held)) = self.held.pop_front() else { return queued.ok_or(Error::AGAIN) };
        if let Some(msg) = next(cx, pipe) {
            self.held.push_back((pipe, msg));
        }
        match queued {
            Some(msg) => {
                let _ = self.queue.push(held);
                Ok(msg)
            }
            None => Ok(held),
        }
    }

    pub fn park(&mut self, op: Parked) {
        self.receivers.push(op);
    }

    pub fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        self.receivers.cancel(cx, id, why);
    }

    /// Changes the depth; returns how many of the newest no longer fit, and are gone.
    pub fn resize(&mut self, cx: &mut Cx, depth: usize) -> usize {
        let lost = self.queue.resize(depth);
        self.refill(cx);
        lost
    }

    /// Forgets a pipe; returns how many of its messages go with it.
    pub fn remove(&mut self, pipe: Pipe) -> usize {
        let before = self.held.len();
        self.held.retain(|(holder, _)| *holder != pipe);
        before - self.held.len()
    }

    pub fn close(&mut self, cx: &mut Cx) {
        self.receivers.fail_all(cx, Error::CLOSED);
    }

    fn refill(&mut self, cx: &mut Cx) {
        while !self.queue.is_full() {
            let Some((pipe, msg)) = self.held.pop_front() else { break };
            let _ = self.queue.push(msg);
            cx.resume(pipe);
        }
    }
}

/// For `Inbox::recv`: lets the pipe deliver by itself.
pub fn resumed(cx: &mut Cx, pipe: Pipe) -> Option<Message> {
    cx.resume(pipe);
    None
}
