//! Pipe callbacks of a program: ADD_PRE, ADD_POST and REM_POST, in order, each once per pipe.
//!
//! They run with no lock held, never on the polling thread and never on a caller that is driving
//! its socket: there they are handed to a task thread. Pipes do not wait for each other's
//! callbacks. The thread that closes a socket waits for callbacks on other threads, unless it is
//! in a pipe callback itself.
#![forbid(unsafe_code)]

use super::agenda;
use super::pipe::PipeHandle;
use super::registry;
use super::socket::Socket;
use crate::rt::{reactor, task};
use crate::sys::sync::atomic::{AtomicBool, Ordering::*};
use crate::sys::sync::{Condvar, Mutex, thread_local};
use std::cell::Cell;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    AddPre = 0,
    AddPost = 1,
    RemPost = 2,
}

/// Called with the pipe's id.
pub type Callback = Arc<dyn Fn(u32) + Send + Sync>;

/// The callbacks of a socket.
#[derive(Default)]
pub struct Notify {
    used: AtomicBool,
    callbacks: Mutex<[Option<Callback>; 3]>,
    running: Mutex<Running>,
    idle: Condvar,
}

#[derive(Default)]
struct Running {
    /// Callbacks running, or on their way to a task thread, and pipes that are being added or
    /// removed.
    count: usize,
    /// The socket closes: no further pipe is announced.
    over: bool,
}

/// How far a pipe's callbacks are.
#[derive(Default)]
pub struct Progress {
    announced: bool,
    adding: bool,
    removed: bool,
}

thread_local! {
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// Whether callbacks must be left to another thread here.
pub fn must_defer() -> bool {
    reactor::in_event() || agenda::is_running()
}

impl Notify {
    pub fn is_used(&self) -> bool {
        self.used.load(Acquire)
    }

    pub fn set(&self, event: Event, callback: Option<Callback>) {
        if callback.is_some() {
            self.used.store(true, Release);
        }
        let old = std::mem::replace(&mut self.callbacks.lock()[event as usize], callback);
        drop(old);
    }

    fn call(&self, pipe: &PipeHandle, event: Event) {
        let callback = self.callbacks.lock()[event as usize].clone();
        if let Some(callback) = callback {
            self.running.lock().count += 1;
            let outer = IN_CALLBACK.replace(true);
            callback(pipe.id());
            IN_CALLBACK.set(outer);
            self.finished();
        }
    }

    /// The program may still ask about the pipe in the last callback, and not after it.
    fn call_last(&self, pipe: &PipeHandle) {
        self.call(pipe, Event::RemPost);
        registry::PIPES.remove(pipe.id());
    }

    /// Announces pipes that were removed, each of which `finished` follows.
    pub fn expect(&self, removed: usize) {
        if removed > 0 {
            self.running.lock().count += removed;
        }
    }

    pub fn finished(&self) {
        self.running.lock().count -= 1;
        self.idle.notify_all();
    }

    /// Announces a pipe; `added` or `end_adding` follows.
    pub fn adding(&self, pipe: &PipeHandle) {
        if self.is_used() {
            {
                let mut running = self.running.lock();
                if running.over {
                    return;
                }
                running.count += 1;
            }
            *pipe.progress.lock() = Progress { announced: true, adding: true, removed: false };
            self.call(pipe, Event::AddPre);
        }
    }

    /// Follows `adding`, once the pipe is in use.
    pub fn added(&self, pipe: &PipeHandle) {
        if pipe.progress.lock().announced {
            self.call(pipe, Event::AddPost);
            self.end_adding(pipe);
        }
    }

    /// Follows `adding`, where the pipe was rejected.
    pub fn end_adding(&self, pipe: &PipeHandle) {
        let removed = {
            let mut progress = pipe.progress.lock();
            if !std::mem::replace(&mut progress.adding, false) {
                return;
            }
            progress.removed
        };
        if removed {
            self.call_last(pipe);
        }
        self.finished();
    }

    /// Says that the pipe is gone, as soon as the callbacks before that are through.
    pub fn removed(&self, socket: &Arc<Socket>, pipe: &Arc<PipeHandle>) {
        {
            let mut progress = pipe.progress.lock();
            if !progress.announced {
                return registry::PIPES.remove(pipe.id());
            }
            if std::mem::replace(&mut progress.removed, true) || progress.adding {
                return;
            }
        }
        if !must_defer() {
            return self.call_last(pipe);
        }
        self.running.lock().count += 1;
        let (socket, pipe) = (socket.clone(), pipe.clone());
        task::push(task::Task::Job(Box::new(move || {
            socket.notify.call_last(&pipe);
            socket.notify.finished();
        })));
    }

    /// Waits until no callback runs or is still to come, unless this is called from one.
    pub fn finish(&self) {
        let mut running = self.running.lock();
        running.over = true;
        if IN_CALLBACK.get() {
            return;
        }
        while running.count > 0 {
            self.idle.wait(&mut running);
        }
    }
}
