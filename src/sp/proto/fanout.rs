//! Sending to many pipes: a bounded queue each, so that a slow peer holds up nobody.
#![forbid(unsafe_code)]

use super::parts::{NumberMap, PipeMap, Queue};
use super::{Cx, Pipe, Sent};
use crate::msg::Message;
use std::sync::Arc;

/// What gives way when a pipe's queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    Oldest,
    Newest,
}

pub struct Fanout {
    pipes: PipeMap<Out>,
    ids: NumberMap<Pipe>,
    depth: usize,
    overflow: Overflow,
    /// Copies that no pipe took.
    pub dropped: u64,
}

struct Out {
    writable: bool,
    /// Was passed over in this round of `send_all`.
    missed: bool,
    queued: Queue<Arc<Message>>,
}

impl Fanout {
    pub fn new(depth: usize, overflow: Overflow) -> Fanout {
        Fanout { pipes: PipeMap::default(), ids: NumberMap::default(), depth, overflow, dropped: 0 }
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn resize(&mut self, depth: usize) {
        self.depth = depth;
        for (_, out) in self.pipes.iter_mut() {
            self.dropped += out.queued.resize(depth) as u64;
        }
    }

    pub fn add(&mut self, pipe: Pipe) {
        self.pipes.insert(pipe, Out::new(self.depth));
        self.ids.insert(pipe.id, pipe);
    }

    pub fn remove(&mut self, pipe: Pipe) {
        self.ids.remove(&pipe.id);
        if let Some(out) = self.pipes.remove(pipe) {
            self.dropped += out.queued.len() as u64;
        }
    }

    /// The pipe with this id, as a program names it.
    pub fn find(&self, id: u32) -> Option<Pipe> {
        self.ids.get(&id).copied()
    }

    /// Sends a copy to every pipe but one; the body is shared.
    pub fn send_all(&mut self, cx: &mut Cx, mut msg: Message, except: Option<Pipe>) {
        if self.ids.len() == 1 {
            let only = self.pipes.iter_mut().next().filter(|(pipe, _)| Some(*pipe) != except);
            if let Some((pipe, out)) = only {
                self.dropped += put(cx, pipe, out, msg, self.overflow);
            }
            return;
        }
        msg.share_body();
        cx.announce(&msg);
        let mut missed = 0;
        for (pipe, out) in self.pipes.iter_mut() {
            if Some(pipe) == except {
                continue;
            }
            if out.writable {
                out.writable = cx.send_announced(pipe, &msg) == Sent::Ready;
            } else {
                out.missed = true;
                missed += 1;
            }
        }
        if missed == 0 {
            return;
        }
        let msg = Arc::new(msg);
        for (_, out) in self.pipes.iter_mut().filter(|(_, out)| out.missed) {
            out.missed = false;
            self.dropped += out.queue(msg.clone(), self.overflow);
        }
    }

    /// Sends to one pipe, or drops the message if that is gone or has no room.
    pub fn send_to(&mut self, cx: &mut Cx, pipe: Option<Pipe>, msg: Message) {
        let out = pipe.and_then(|pipe| Some((pipe, self.pipes.get_mut(pipe)?)));
        self.dropped += match out {
            Some((pipe, out)) => put(cx, pipe, out, msg, self.overflow),
            None => 1,
        };
    }

    pub fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        let Some(out) = self.pipes.get_mut(pipe) else { return };
        out.writable = true;
        while out.writable
            && let Some(msg) = out.queued.pop()
        {
            let sent = match Arc::try_unwrap(msg) {
                Ok(msg) => cx.send(pipe, msg),
                Err(msg) => cx.send_copy(pipe, &msg),
            };
            out.writable = sent == Sent::Ready;
        }
    }
}

impl Out {
    fn new(depth: usize) -> Out {
        Out { writable: true, missed: false, queued: Queue::new(depth) }
    }

    /// Returns how many messages were dropped.
    fn queue(&mut self, msg: Arc<Message>, overflow: Overflow) -> u64 {
        let Err(msg) = self.queued.push(msg) else { return 0 };
        if overflow == Overflow::Oldest && self.queued.pop().is_some() {
            let _ = self.queued.push(msg);
        }
        1
    }
}

/// Returns how many messages were dropped.
fn put(cx: &mut Cx, pipe: Pipe, out: &mut Out, msg: Message, overflow: Overflow) -> u64 {
    if out.writable {
        out.writable = cx.send(pipe, msg) == Sent::Ready;
        return 0;
    }
    out.queue(Arc::new(msg), overflow)
}
