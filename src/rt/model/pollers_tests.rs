//! Polling threads that run callbacks: each runs once, and none holds up events, timers or others.
#![forbid(unsafe_code)]

use super::poll::{self, Level};
use super::{explore_bounded, finish, spawn};
use crate::base::Error;
use crate::rt::aio::{Aio, Timeout};
use crate::rt::driver::Driven;
use crate::rt::op::{Cancel, Completion, OpId};
use crate::rt::reactor::{PollSet, Ready, Registration, Source, Want};
#[cfg(shuttle)]
use crate::rt::task::{self, Task};
use crate::rt::{Parked, pollers, timer};
use crate::sys::sync::atomic::{AtomicBool, Ordering::*};
use crate::sys::sync::{Condvar, Mutex};
use crate::sys::{clock, model};
use std::os::fd::RawFd;
use std::sync::{Arc, Weak};

/// What has happened, and whoever waits for it.
#[derive(Default)]
struct Seen {
    names: Mutex<Vec<&'static str>>,
    more: Condvar,
}

impl Seen {
    fn add(&self, name: &'static str) {
        self.names.lock().push(name);
        self.more.notify_all();
    }

    fn wait_for(&self, name: &str) {
        let mut names = self.names.lock();
        while !names.iter().any(|seen| *seen == name) {
            self.more.wait(&mut names);
        }
    }

    fn check(&self, expected: &[&str]) {
        let mut names = self.names.lock().clone();
        names.sort_unstable();
        assert_eq!(names, expected, "each once");
    }
}

impl timer::Fire for Seen {
    fn fire(self: Arc<Self>, _: u64) {
        self.add("timer");
    }
}

/// A descriptor whose first event ends an operation with a callback, and may start a timer.
struct Bell {
    fd: RawFd,
    waits: Mutex<Option<Parked>>,
    timer: Mutex<Option<Weak<Seen>>>,
}

impl Bell {
    fn new(set: &Arc<PollSet>, fd: RawFd, callback: impl Fn() + Send + Sync + 'static) -> Rope {
        let (bell, aio) = Bell::alone(fd, callback);
        let registration = set.add(fd, Want::Read, bell.clone()).unwrap();
        Rope { bell, aio, _registration: registration }
    }

    /// One that nobody polls.
    fn alone(fd: RawFd, callback: impl Fn() + Send + Sync + 'static) -> (Arc<Bell>, Arc<Aio>) {
        let aio = Aio::with_callback(callback);
        let bell = Arc::new(Bell { fd, waits: Mutex::default(), timer: Mutex::default() });
        let op = aio.begin(Timeout::Infinite).unwrap();
        *bell.waits.lock() = op.park(bell.clone()).ok();
        (bell, aio)
    }

    fn ring(&self) {
        let op = self.waits.lock().take();
        if let Some(op) = op {
            op.finish(Completion::default());
        }
    }
}

struct Rope {
    bell: Arc<Bell>,
    aio: Arc<Aio>,
    _registration: Registration,
}

impl Rope {
    fn pull(&self) {
        poll::set_level(self.bell.fd, Level { read: true, ..Level::default() });
    }
}

impl Source for Bell {
    fn ready(self: Arc<Self>, _: Ready) {
        let timer = self.timer.lock().take();
        if let Some(timer) = timer {
            timer::start(clock::now_ms() + 1, timer, 0);
        }
        self.ring();
    }
}

impl timer::Fire for Bell {
    fn fire(self: Arc<Self>, _: u64) {
        self.ring();
    }
}

impl Cancel for Bell {
    fn cancel(&self, _: OpId, why: Error) {
        let op = self.waits.lock().take();
        if let Some(op) = op {
            op.fail(why);
        }
    }
}

/// Lets time pass until `f` returns.
fn as_time_passes(f: impl FnOnce()) {
    let over = Arc::new(AtomicBool::new(false));
    let seen = over.clone();
    let clock = spawn(move || {
        while !seen.load(Acquire) {
            model::advance(1);
        }
    });
    f();
    over.store(true, Release);
    clock.join().unwrap();
}

#[test]
fn callbacks_run_once() {
    explore_bounded("pollers: two events, a callback each", 2, || {
        let seen = Arc::new(Seen::default());
        let set = pollers::global().unwrap();
        let (one, other) = (seen.clone(), seen.clone());
        let one = Bell::new(&set, 1000, move || one.add("one"));
        let other = Bell::new(&set, 1001, move || other.add("other"));
        one.pull();
        other.pull();
        as_time_passes(|| {
            one.aio.wait();
            other.aio.wait();
        });
        drop((one, other, set));
        finish();
        seen.check(&["one", "other"]);
    });
}

/// Whether it comes with the same round of events or later, and however many wait.
#[cfg(shuttle)]
#[test]
fn callbacks_may_wait_for_another() {
    explore_bounded("pollers: callbacks wait for another", 2, || {
        let seen = Arc::new(Seen::default());
        let set = pollers::global().unwrap();
        let ropes = [0, 1].map(|n| {
            let waits = seen.clone();
            Bell::new(&set, 1000 + n, move || {
                waits.wait_for("comes");
                waits.add("waited");
            })
        });
        let comes = seen.clone();
        let comes = Bell::new(&set, 1002, move || comes.add("comes"));
        ropes.iter().for_each(Rope::pull);
        comes.pull();
        as_time_passes(|| {
            ropes.iter().for_each(|rope| rope.aio.wait());
            comes.aio.wait();
        });
        drop((ropes, comes, set));
        finish();
        seen.check(&["comes", "waited", "waited"]);
    });
}

#[test]
fn a_callback_may_wait_for_a_timer() {
    explore_bounded("pollers: a callback waits for its timer", 2, || wait_for_timer(false));
    explore_bounded("pollers: a callback waits for a timer", 2, || wait_for_timer(true));
}

/// For one that was started with the event that the callback is for, or in the callback.
fn wait_for_timer(before: bool) {
    let seen = Arc::new(Seen::default());
    let set = pollers::global().unwrap();
    let first = Bell::new(&set, 1000, || ());
    first.pull();
    // A second thread is there after that.
    first.aio.wait();
    let timer: Weak<Seen> = Arc::downgrade(&seen);
    let (inner, waits) = (timer.clone(), seen.clone());
    let second = Bell::new(&set, 1001, move || {
        if !before {
            let target: Weak<Seen> = inner.clone();
            timer::start(clock::now_ms() + 1, target, 0);
        }
        waits.wait_for("timer");
        waits.add("waited");
    });
    *second.bell.timer.lock() = before.then_some(timer);
    second.pull();
    as_time_passes(|| second.aio.wait());
    drop((first, second, set));
    finish();
    seen.check(&["timer", "waited"]);
}

/// On a polling thread and on a task thread, which do not wait for each other.
#[cfg(shuttle)]
#[test]
fn callbacks_may_shut_down() {
    explore_bounded("pollers: two callbacks shut down", 2, || {
        let done = Arc::new(Seen::default());
        let (bell, aio) = Bell::alone(1000, crate::rt::shut_down);
        let fires: Weak<Bell> = Arc::downgrade(&bell);
        timer::start(clock::now_ms() + 1, fires, 0);
        let (job, waits) = (done.clone(), done.clone());
        task::push(Task::Job(Box::new(move || {
            crate::rt::shut_down();
            job.add("job");
        })));
        as_time_passes(|| {
            aio.wait();
            waits.wait_for("job");
        });
        finish();
        done.check(&["job"]);
    });
}

/// Two threads meet the nested set, and neither leaves an event to the other that has gone.
#[test]
fn events_of_a_nested_set_are_seen() {
    explore_bounded("pollers: events in a nested set", 2, || {
        let seen = Arc::new(Seen::default());
        let driven = Driven::new().unwrap();
        let (first, one, other) = (seen.clone(), seen.clone(), seen.clone());
        let first = Bell::new(driven.set(), 1000, move || first.add("first"));
        let one = Bell::new(driven.set(), 1001, move || one.add("one"));
        let other = Bell::new(driven.set(), 1002, move || other.add("other"));
        first.pull();
        as_time_passes(|| {
            // A second thread is there after that.
            first.aio.wait();
            one.pull();
            other.pull();
            one.aio.wait();
            other.aio.wait();
        });
        drop((first, one, other, driven));
        finish();
        seen.check(&["first", "one", "other"]);
    });
}
