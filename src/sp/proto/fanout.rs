//! Sending to many pipes: a bounded queue each, so that a slow peer holds up nobody.
#![forbid(unsafe_code)]

use super::parts::{NumberMap, PipeMap, Queue};
use super::{Cx, Pipe, Sent};
use crate::msg::Message;

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
    queued: Queue,
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
        self.pipes.insert(pipe, Out { writable: true, queued: Queue::new(self.depth) });
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
        let mut last = None;
        for (pipe, out) in self.pipes.iter_mut() {
            if Some(pipe) == except {
                continue;
            }
            if let Some((pipe, out)) = last.replace((pipe, out)) {
                self.dropped += put(cx, pipe, out, msg.share(), self.overflow);
            }
        }
        // The last one gets the original.
        if let Some((pipe, out)) = last {
            self.dropped += put(cx, pipe, out, msg, self.overflow);
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
            out.writable = cx.send(pipe, msg) == Sent::Ready;
        }
    }
}

/// Returns how many messages were dropped.
fn put(cx: &mut Cx, pipe: Pipe, out: &mut Out, msg: Message, overflow: Overflow) -> u64 {
    if out.writable {
        out.writable = cx.send(pipe, msg) == Sent::Ready;
        return 0;
    }
    let Err(msg) = out.queued.push(msg) else { return 0 };
    if overflow == Overflow::Oldest && out.queued.pop().is_some() {
        let _ = out.queued.push(msg);
    }
    1
}
