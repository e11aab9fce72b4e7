//! Pipes come and go.
#![forbid(unsafe_code)]

use super::super::agenda::{self, Job};
use super::super::pipe::{Origin, PipeHandle};
use super::super::pipes::{Io, PipeState};
use super::super::proto::{Cx, Pipe};
use super::super::transport::{Connected, Wire};
use super::super::{linger, registry};
use super::pipe_io::PipeRef;
use super::visits::Flush;
use super::{Core, Socket, Traffic};
use crate::base::{Error, Result, log};
use crate::rt::pollers;
use crate::rt::reactor::{PollSet, Want};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::*;

impl Socket {
    /// Makes a pipe of a connection. Returns once it is added and its callbacks have run, or
    /// says why it was rejected.
    pub(in crate::sp) fn add_pipe(
        self: &Arc<Self>,
        connected: Connected,
        origin: Origin,
    ) -> Result<Arc<PipeHandle>> {
        let id = registry::PIPES.next_id();
        let Connected { peer, wire } = connected;
        let handle = Arc::new(PipeHandle::new(id, peer, self, origin, &wire));
        registry::PIPES.insert(id, &handle);
        self.notify.adding(&handle);
        let added = self.start_pipe(&handle, wire);
        match added {
            Ok(()) => {
                let (name, way) = match handle.origin() {
                    Origin::Dialer(_) => ("NNG-CONNECT", "connected"),
                    Origin::Listener(_) => ("NNG-ACCEPT", "accepted"),
                };
                log::debug(name, format_args!("pipe<{id}> of socket<{}> {way}", self.id));
                self.notify.added(&handle);
                Ok(handle)
            }
            Err(why) => {
                self.stats.rejected.fetch_add(1, Relaxed);
                log::debug(
                    "NNG-PIPEREJECT",
                    format_args!("pipe on socket<{}> rejected: {why}", self.id),
                );
                handle.mark_closed();
                self.forget_pipe(&handle);
                self.notify.end_adding(&handle);
                Err(why)
            }
        }
    }

    fn start_pipe(self: &Arc<Self>, handle: &Arc<PipeHandle>, wire: Wire) -> Result<()> {
        let stream = matches!(wire, Wire::Stream { .. });
        let refuse = |wire: Wire, why| {
            discard(wire);
            Err(why)
        };
        if handle.is_closed() {
            return refuse(wire, Error::CANCELED);
        }
        if handle.peer() != self.identity.peer {
            self.core.lock().proto.peer_mismatched();
            log::warn(
                "NNG-PEER-MISMATCH",
                format_args!(
                    "peer protocol mismatch: {} != {}, rejected",
                    handle.peer(),
                    self.identity.peer
                ),
            );
            return refuse(wire, Error::PROTO);
        }
        let pipe = {
            let mut core = self.core.lock();
            if core.closed {
                drop(core);
                return refuse(wire, Error::CLOSED);
            }
            core.table.new_visit();
            let pipe = core.table.insert(handle.clone(), wire);
            let Core { proto, table, effects, .. } = &mut *core;
            let result = proto.pipe_added(&mut Cx::new(table, effects), pipe);
            if let Err(why) = result {
                let state = core.table.remove(pipe);
                self.leave(core, Flush::Now);
                if let Some(PipeState { io: Io::Lane(end), .. }) = state
                    && let Some(word) = end.close()
                {
                    word.tell();
                }
                return Err(why);
            }
            let mut told = None;
            if let Some(state) = core.table.get(pipe) {
                state.started = true;
                if let Io::Lane(end) = &state.io {
                    end.attach(Arc::new(PipeRef { socket: self.me.clone(), pipe }));
                    told = end.pushed();
                }
            }
            core.pump(pipe);
            // What the protocol sent while nobody was attached lies there already.
            core.table.work.stirred.extend(told);
            self.leave(core, Flush::Now);
            pipe
        };
        if stream {
            self.streams.fetch_add(1, Relaxed);
            let set = match self.driven.get() {
                Some(driven) => driven.set().clone(),
                None => pollers::global()?,
            };
            if let Err(why) = self.register(pipe, &set) {
                self.close_pipe(handle);
                return Err(why);
            }
        }
        // Closed by its id while it was being added.
        if handle.is_closed() {
            self.remove_pipe(pipe);
        }
        Ok(())
    }

    pub(super) fn register(&self, pipe: Pipe, set: &Arc<PollSet>) -> Result<()> {
        let source = Arc::new(PipeRef { socket: self.me.clone(), pipe });
        let (fd, link) = {
            let mut core = self.core.lock();
            let Some(io) = core.table.stream(pipe) else { return Ok(()) };
            drop(io.registration.take());
            (io.link.fd().as_raw_fd(), io.link.clone())
        };
        let registration = set.add(fd, Want::Read, source)?;
        let mut core = self.core.lock();
        let Some(io) = core.table.stream(pipe) else {
            drop(core);
            drop(registration);
            drop(link);
            return Ok(());
        };
        if io.blocked {
            registration.change(Want::Both)?;
            io.hold = self.driven.get().map(|driven| driven.hold());
        }
        io.registration = Some(registration);
        Ok(())
    }

    /// Closes one pipe; nothing happens if it is closed already.
    pub(in crate::sp) fn close_pipe(&self, handle: &PipeHandle) {
        if handle.mark_closed() {
            self.remove_pipe(handle.place());
        }
    }

    pub(super) fn remove_pipe(&self, pipe: Pipe) {
        let mut core = self.core.lock();
        core.table.new_visit();
        core.table.closing.push(pipe);
        self.leave(core, Flush::Now);
    }

    /// What remains to be done for a pipe that has left the table.
    pub(super) fn bury(&self, state: PipeState) {
        let PipeState { handle, io, .. } = state;
        handle.mark_closed();
        match io {
            Io::Lane(end) => {
                if let Some(word) = end.close() {
                    agenda::add(Job::Tell(word));
                }
            }
            Io::Stream(mut io) => {
                self.streams.fetch_sub(1, Relaxed);
                io.farewell();
                drop(io.registration.take());
                linger::write_out(io.link.clone(), io.out);
            }
        }
        self.forget_pipe(&handle);
        self.notify.finished();
    }

    /// What the socket has sent and received, by pipes that are there and that were.
    pub(in crate::sp) fn traffic(&self, pipes: &[Arc<PipeHandle>]) -> Traffic {
        let mut total = *self.stats.past.lock();
        for pipe in pipes {
            total.add(pipe);
        }
        total
    }

    /// What the socket has sent and received.
    pub fn totals(&self) -> Traffic {
        self.traffic(&self.pipes())
    }

    pub fn pipe_count(&self) -> usize {
        self.core.lock().table.handles().count()
    }

    fn forget_pipe(&self, handle: &Arc<PipeHandle>) {
        self.stats.past.lock().add(handle);
        match self.arc() {
            Some(this) => self.notify.removed(&this, handle),
            None => registry::PIPES.remove(handle.id()),
        }
        match handle.origin() {
            Origin::Dialer(dialer) => dialer.pipe_gone(handle.id()),
            Origin::Listener(listener) => listener.pipe_gone(handle.id()),
        }
    }
}

impl Core {
    pub(super) fn remove(&mut self, pipe: Pipe) {
        let Some(state) = self.table.remove(pipe) else { return };
        self.removed += 1;
        let Core { proto, table, effects, .. } = self;
        proto.pipe_removed(&mut Cx::new(table, effects), pipe);
        match &state.io {
            Io::Stream(io) if io.flushing => {
                self.orphans.insert(pipe.id, state);
            }
            _ => self.gone.push(state),
        }
    }
}

/// Ends a connection that does not become a pipe.
fn discard(wire: Wire) {
    match wire {
        Wire::Stream { link, .. } => link.shut_down(),
        Wire::Lane(end) => {
            if let Some(word) = end.close() {
                word.tell();
            }
        }
    }
}
