//! A pipe's input and output: writes and reads outside the lock, and messages to the protocol.
#![forbid(unsafe_code)]

use super::super::pipes::Io;
use super::super::proto::{CtxId, Cx, Flow, Pipe, Pipes};
use super::super::stream_io;
use super::super::transport::framing::OutQueue;
use super::super::transport::lane::{Call, LanePeer};
use super::burst;
use super::visits::Flush;
use super::{Core, Socket};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::reactor::{Ready, Source, Want};
use crate::sys::sync::MutexGuard;
use std::sync::{Arc, Weak};

impl Socket {
    /// Writes what the pipe has queued, unless another thread is at it.
    pub(in crate::sp) fn flush_pipe(&self, pipe: Pipe) {
        let (link, mut out) = {
            let mut core = self.core.lock();
            let Some(io) = core.table.stream(pipe) else { return };
            io.kicked = false;
            if io.flushing || io.blocked || !io.has_output() {
                return;
            }
            if io.out.is_empty() {
                core.table.close_common();
            }
            let Some(io) = core.table.stream(pipe) else { return };
            io.flushing = true;
            let out = std::mem::take(&mut io.out);
            io.taken = out.len();
            (io.link.clone(), out)
        };
        loop {
            let result = if out.is_empty() {
                link.flush().map(|()| 0)
            } else {
                out.write_with(|slices| link.write(slices))
            };
            match result {
                Ok(n) => {
                    out.advance(n);
                    if !out.is_empty() {
                        continue;
                    }
                    let mut core = self.core.lock();
                    let Some(io) = core.table.stream(pipe) else {
                        return self.adopt_orphan(core, pipe, out);
                    };
                    std::mem::swap(&mut out, &mut io.out);
                    io.taken = out.len();
                    if out.is_empty() && n > 0 && link.flush().is_err() {
                        // What the link holds back goes when the descriptor takes it.
                        io.flushing = false;
                        self.block(&mut core, pipe);
                        return self.leave(core, Flush::Now);
                    }
                    if out.is_empty() {
                        io.flushing = false;
                        // What came meanwhile goes with what comes until the polling thread is
                        // here.
                        let more = io.has_output();
                        io.kicked = more;
                        if more {
                            core.table.staged.push(pipe);
                        }
                        core.tell_writable(pipe);
                        self.leave(core, Flush::Now);
                        if more {
                            self.call_catch_up();
                        }
                        return;
                    }
                }
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
                    let mut core = self.core.lock();
                    let Some(io) = core.table.stream(pipe) else {
                        return self.adopt_orphan(core, pipe, out);
                    };
                    io.out.prepend(out);
                    io.taken = 0;
                    io.flushing = false;
                    self.block(&mut core, pipe);
                    core.tell_writable(pipe);
                    return self.leave(core, Flush::Now);
                }
                Err(e) => {
                    let mut core = self.core.lock();
                    if let Some(io) = core.table.stream(pipe) {
                        io.flushing = false;
                        io.taken = 0;
                    }
                    if let Some(state) = core.table.get(pipe) {
                        state.handle.failed(e.into());
                        core.table.closing.push(pipe);
                    }
                    if let Some(orphan) = core.orphans.remove(&pipe.id) {
                        core.gone.push(orphan);
                    }
                    return self.leave(core, Flush::Now);
                }
            }
        }
    }

    /// Leaves the rest of the writing to the descriptor's readiness.
    fn block(&self, core: &mut Core, pipe: Pipe) {
        let Some(io) = core.table.stream(pipe) else { return };
        io.blocked = true;
        if let Some(registration) = &io.registration {
            let _ = registration.change(Want::Both);
        }
        io.hold = self.driven.get().map(|driven| driven.hold());
    }

    /// The pipe was removed while we wrote: what it still holds is ours to write.
    fn adopt_orphan(&self, mut core: MutexGuard<Core>, pipe: Pipe, out: OutQueue) {
        let orphan = core.orphans.remove(&pipe.id);
        drop(core);
        if let Some(mut orphan) = orphan {
            if let Io::Stream(io) = &mut orphan.io {
                io.out.prepend(out);
                io.flushing = false;
            }
            self.bury(orphan);
        }
    }

    /// Reads once from the pipe and delivers what came, unless another thread is at it.
    pub(in crate::sp) fn read_pipe(&self, pipe: Pipe) {
        let (link, target) = {
            let mut core = self.core.lock();
            let Some(state) = core.table.get(pipe) else { return };
            let started = match &mut state.io {
                Io::Stream(io) => match io.start_read() {
                    None if !io.is_over() => return,
                    started => started,
                },
                Io::Lane(_) => None,
            };
            let Some(started) = started else {
                // Nothing to read, but what is there may not be all delivered.
                core.table.new_visit();
                core.pump(pipe);
                return self.leave(core, Flush::Now);
            };
            started
        };
        let (target, more, ended) = stream_io::read_into(&*link, target);
        let mut core = self.core.lock();
        core.table.new_visit();
        if let Some(io) = core.table.stream(pipe) {
            io.end_read(target, more, ended);
            core.pump(pipe);
        }
        self.leave(core, Flush::Now);
    }

    /// Receives. Where nothing is there but the socket's only pipe may hold something, reads
    /// that once and tries again, which is what waiting would come to; tells whether it did.
    pub(super) fn recv_looking(&self, ctx: CtxId) -> Result<(Result<Message>, bool)> {
        let mut core = self.core.lock();
        if core.closed {
            return Err(Error::CLOSED);
        }
        core.table.new_visit();
        let Core { proto, table, effects, .. } = &mut *core;
        let mut tried = proto.recv(&mut Cx::new(table, effects), ctx);
        let look = match tried {
            Err(Error::AGAIN) => table.look(),
            _ => None,
        };
        let looks = look.is_some();
        if let Some((pipe, link, target)) = look {
            drop(core);
            let (target, more, ended) = stream_io::read_into(&*link, target);
            core = self.core.lock();
            core.table.new_visit();
            if let Some(io) = core.table.stream(pipe) {
                io.end_read(target, more, ended);
                core.pump(pipe);
            }
            if !core.closed {
                core.settle();
                let Core { proto, table, effects, .. } = &mut *core;
                tried = proto.recv(&mut Cx::new(table, effects), ctx);
            }
        }
        self.leave(core, Flush::Now);
        Ok((tried, looks))
    }

    fn pipe_ready(&self, pipe: Pipe, ready: Ready) {
        let mut core = self.core.lock();
        core.table.new_visit();
        let Some(io) = core.table.stream(pipe) else { return };
        if ready.readable {
            io.readable = true;
        }
        if ready.over {
            io.expect_end();
        }
        if ready.writable && io.blocked {
            io.blocked = false;
            io.hold = None;
            if let Some(registration) = &io.registration {
                let _ = registration.change(Want::Read);
            }
            match (!io.has_output()).then(|| io.link.flush()) {
                Some(Err(_)) => self.block(&mut core, pipe),
                Some(Ok(())) => core.tell_writable(pipe),
                None => core.table.work.flushes.push(pipe),
            }
        }
        if ready.readable {
            core.pump(pipe);
        }
        self.leave(core, Flush::Now);
    }
}

impl Core {
    /// Delivers messages of a pipe while its protocol takes them.
    pub(super) fn pump(&mut self, pipe: Pipe) {
        const MOST: usize = 256;
        if self.burst.is_sweeping() && self.proto.crowded() {
            self.skip_surplus(pipe);
        }
        for _ in 0..MOST {
            if self.burst.waits() && self.proto.crowded() && self.set_aside(pipe) {
                return;
            }
            let Core { proto, table, effects, .. } = self;
            // It is paused beforehand, so that a `resume` from within counts.
            let call = || if proto.can_recv() { Call::Late } else { Call::Soon };
            let Some(msg) = table.next_message(pipe, call) else { return };
            let flow = proto.message(&mut Cx::new(table, effects), pipe, msg);
            match self.table.get(pipe) {
                Some(state) if flow == Flow::More => state.paused = false,
                Some(state) if state.paused => {
                    if let Io::Stream(io) = &mut state.io {
                        io.let_go();
                    }
                    return;
                }
                Some(_) => {}
                None => return,
            }
        }
        // Others have their turn first; nothing is lost, the pipe is asked again.
        self.table.work.reads.push(pipe);
        if let Some(io) = self.table.stream(pipe) {
            io.readable = true;
        }
    }

    #[inline(never)]
    fn skip_surplus(&mut self, pipe: Pipe) {
        let Core { proto, table, .. } = self;
        let skipped = table.skip_surplus(pipe, proto.keeps(), |body| proto.wants(body));
        proto.skipped(skipped);
    }

    /// Leaves what the pipe holds for a moment, as there is no room for it. Not with inproc,
    /// whose sender would have to drop instead.
    fn set_aside(&mut self, pipe: Pipe) -> bool {
        let Some(state) = self.table.get(pipe) else { return true };
        let Io::Stream(io) = &mut state.io else { return false };
        if std::mem::replace(&mut state.paused, true) {
            return true;
        }
        io.let_go();
        let now = self.table.now();
        if let Some(at) = self.burst.add(pipe, now) {
            self.effects.timers.push((burst::TIMER, Some(at)));
        }
        true
    }

    /// Goes on with the pipes that were set aside.
    pub(super) fn take_up(&mut self) {
        while let Some(pipe) = self.burst.pop() {
            self.table.resume(pipe);
        }
    }

    pub(super) fn tell_writable(&mut self, pipe: Pipe) {
        let Some(state) = self.table.get(pipe) else { return };
        let room = match &state.io {
            Io::Stream(io) => io.queued() < stream_io::OUT_CAP,
            Io::Lane(end) => state.full && end.has_room(),
        };
        if !room {
            return;
        }
        if std::mem::take(&mut state.full) {
            let Core { proto, table, effects, .. } = self;
            proto.writable(&mut Cx::new(table, effects), pipe);
            self.settle();
        }
    }
}

/// A pipe as its descriptor or its lane knows it.
pub(super) struct PipeRef {
    pub socket: Weak<Socket>,
    pub pipe: Pipe,
}

impl Source for PipeRef {
    fn ready(self: Arc<Self>, ready: Ready) {
        if let Some(socket) = self.socket.upgrade() {
            socket.pipe_ready(self.pipe, ready);
        }
    }
}

impl LanePeer for PipeRef {
    fn stirred(&self, can_wait: bool) {
        if let Some(socket) = self.socket.upgrade() {
            socket.lane_stirred(self.pipe, can_wait);
        }
    }
}
