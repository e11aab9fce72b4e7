//! Task threads: they run callbacks, and jobs that may take their time.
//!
//! Threads start with the first task. When all are stuck in callbacks while tasks wait, the pool
//! grows; threads beyond the usual number leave when idle. One wake-up is under way at a time:
//! the thread that wakes passes it on while tasks remain. What goes on after the library's end
//! (a timer, a pipe that still writes) may start threads again; they leave when they are idle.
//!
//! While callbacks are quick one thread attends to the queue. A polling thread does so itself for
//! what its events brought about, as far as it may step aside. The rest of the callbacks lies in the
//! queue meanwhile, and the pool comes for it when one takes its time.
#![forbid(unsafe_code)]

use super::pollers::{self, Aside};
use super::spin::Luck;
use super::{aio::Aio, leaving, timer};
use crate::base::log;
use crate::sys::sync::{Condvar, Mutex, MutexGuard, statics, thread, thread_local};
use crate::sys::{clock, fork};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub enum Task {
    Callback(Arc<Aio>),
    Job(Box<dyn FnOnce() + Send>),
}

#[derive(Default)]
struct Pool {
    queue: VecDeque<Task>,
    threads: usize,
    idle: usize,
    /// A wake-up was sent that nobody has answered yet.
    waking: bool,
    stopping: bool,
    /// The library has ended, and has not been started again.
    ended: bool,
    taken: u64,
    watched: bool,
    /// A thread goes through the queue, for as long as callbacks are quick.
    attended: bool,
    /// How many polling threads are in callbacks.
    aside: usize,
    /// The system gave no thread at the last try.
    short: bool,
    handles: Vec<thread::Thread>,
    usual: usize,
    most: usize,
}

statics! {
    static POOL: Mutex<Option<Pool>> = Mutex::new(None);
    static WORK: Condvar = Condvar::new();
    /// A shut-down is over, or may go on.
    static STOPPED: Condvar = Condvar::new();
    /// Whether callbacks are quick: then one thread runs them.
    static QUICK: Luck = Luck::new();
}

/// After a callback that takes longer the pool runs those behind it, too.
const SHARED_NS: u64 = 20_000;
/// After one that takes still longer the pool alone runs them.
const SLOW_NS: u64 = 100_000;

/// How long tasks may wait for a busy pool before it grows.
const PATIENCE_MS: u64 = 5;
const LINGER: Duration = Duration::from_secs(2);
const MOST: usize = 512;

/// Bounds the number of task threads; zero leaves a bound as it is.
pub fn configure(usual: usize, most: usize) {
    let mut pool = POOL.lock();
    let pool = pool.get_or_insert_with(fresh);
    if most > 0 {
        pool.most = most;
        pool.usual = pool.usual.min(most);
    }
    if usual > 0 {
        pool.usual = usual.min(pool.most);
    }
}

fn fresh() -> Pool {
    let cores = thread::available_parallelism().map_or(2, |n| n.get());
    Pool { usual: cores.max(2), most: MOST, ..Pool::default() }
}

/// From now on threads stay.
pub(super) fn start() {
    if let Some(pool) = POOL.lock().as_mut() {
        pool.ended = false;
    }
}

/// Queues a task.
pub fn push(task: Task) {
    let task = match task {
        Task::Callback(aio) if KEEPS.try_with(|keeps| keeps.get()) == Ok(true) => {
            return KEPT.with(|kept| kept.borrow_mut().push_back(aio));
        }
        task => task,
    };
    let mut guard = POOL.lock();
    let pool = guard.get_or_insert_with(fresh);
    let attended = pool.attended && matches!(task, Task::Callback(_));
    pool.queue.push_back(task);
    if attended { watch_over(guard) } else { call_worker(guard) }
}

/// Sees to it that somebody comes for the queue's head.
fn call_worker(mut guard: MutexGuard<Option<Pool>>) {
    let Some(pool) = guard.as_mut() else { return };
    if pool.waking || pool.queue.is_empty() {
        return;
    }
    if pool.idle > 0 {
        pool.waking = true;
        drop(guard);
        WORK.notify_one();
    } else if pool.threads < pool.usual && spawn(pool) {
        // The new thread comes.
    } else if pool.threads < pool.most {
        watch_over(guard);
    }
}

thread_local! {
    /// This is a polling thread, and comes to `run_kept`.
    static KEEPS: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<VecDeque<Arc<Aio>>> = const { RefCell::new(VecDeque::new()) };
}

/// Says whether this thread keeps the callbacks that it brings about, for `run_kept`.
pub(super) fn keep(keeps: bool) {
    KEEPS.set(keeps);
}

/// Runs what this thread's events brought about, or leaves it to the pool.
pub(super) fn run_kept<'a>(step_aside: impl FnOnce() -> Option<Aside<'a>>) {
    let mut kept = KEPT.with(RefCell::take);
    if kept.is_empty() {
        return;
    }
    let aside = if QUICK.draw() { step_aside() } else { None };
    let mut guard = POOL.lock();
    let pool = guard.get_or_insert_with(fresh);
    pool.queue.extend(kept.drain(..).map(Task::Callback));
    KEPT.set(kept);
    if aside.is_some() {
        pool.attended = true;
        pool.aside += 1;
        guard = run_some(guard);
        if let Some(pool) = guard.as_mut() {
            pool.aside -= 1;
            if pool.stopping {
                STOPPED.notify_all();
            }
        }
    } else if pool.attended {
        return watch_over(guard);
    }
    call_worker(guard);
}

/// Runs callbacks from the queue's head, up to the first that is slow.
fn run_some(mut guard: MutexGuard<Option<Pool>>) -> MutexGuard<Option<Pool>> {
    let mut since = clock::now_ns();
    loop {
        let Some(pool) = guard.as_mut() else { return guard };
        let Some(Task::Callback(_)) = pool.queue.front() else {
            pool.attended = false;
            QUICK.won();
            return guard;
        };
        let Some(Task::Callback(aio)) = pool.queue.pop_front() else { return guard };
        pool.taken += 1;
        watch_over(guard);
        aio.run();
        fork::end_child();
        let now = clock::now_ns();
        guard = POOL.lock();
        if now - since > SLOW_NS {
            if let Some(pool) = guard.as_mut() {
                pool.attended = false;
            }
            QUICK.lost();
            return guard;
        }
        if now - since > SHARED_NS {
            call_worker(guard);
            guard = POOL.lock();
        }
        since = now;
    }
}

/// Has somebody look whether the queue gets on.
fn watch_over(mut guard: MutexGuard<Option<Pool>>) {
    let Some(pool) = guard.as_mut() else { return };
    if !pool.queue.is_empty() && !pool.watched {
        pool.watched = true;
        let seen = pool.taken;
        drop(guard);
        watch(seen);
    }
}

struct Watch;

impl timer::Fire for Watch {
    fn fire(self: Arc<Self>, seen: u64) {
        let mut guard = POOL.lock();
        let Some(pool) = guard.as_mut() else { return };
        pool.watched = false;
        if pool.taken != seen {
            return watch_over(guard);
        }
        if std::mem::take(&mut pool.attended) {
            QUICK.lost();
        }
        if pool.idle == 0 && !pool.queue.is_empty() && pool.threads < pool.most {
            spawn(pool);
        }
        call_worker(guard);
    }
}

fn watch(seen: u64) {
    statics! {
        static WATCH: Mutex<Option<Arc<Watch>>> = Mutex::new(None);
    }
    let watch = WATCH.lock().get_or_insert_with(|| Arc::new(Watch)).clone();
    let target: std::sync::Weak<Watch> = Arc::downgrade(&watch);
    timer::start(clock::now_ms() + PATIENCE_MS, target, seen);
}

/// Adds a thread, if there is one to be had; otherwise `watch` tries again.
fn spawn(pool: &mut Pool) -> bool {
    match thread::spawn("nng:task", work) {
        Ok(handle) => {
            pool.threads += 1;
            pool.waking = true;
            pool.handles.push(handle);
            pool.short = false;
        }
        Err(e) => {
            if !std::mem::replace(&mut pool.short, true) {
                log::error("NNG-THREAD", format_args!("no task thread: {e}"));
            }
        }
    }
    !pool.short
}

thread_local! {
    /// Which of the pool's threads this is, if it is one.
    static ME: Cell<Option<thread::Id>> = const { Cell::new(None) };
}

fn work() {
    let me = thread::own_id();
    ME.set(Some(me));
    let mut guard = POOL.lock();
    if let Some(pool) = guard.as_mut() {
        pool.waking = false;
    }
    loop {
        let Some(pool) = guard.as_mut() else { return };
        // While callbacks are quick another thread would be in the way.
        let callback = matches!(pool.queue.front(), Some(Task::Callback(_)));
        if callback && !pool.attended && QUICK.draw() {
            pool.attended = true;
            guard = run_some(guard);
            continue;
        }
        if let Some(task) = pool.queue.pop_front() {
            pool.taken += 1;
            call_worker(guard);
            match task {
                Task::Callback(aio) => aio.run(),
                Task::Job(job) => job(),
            }
            fork::end_child();
            guard = POOL.lock();
            continue;
        }
        if pool.stopping || pool.ended {
            break;
        }
        pool.idle += 1;
        let extra = pool.threads > pool.usual;
        let timed_out = if extra {
            WORK.wait_for(&mut guard, LINGER).timed_out()
        } else {
            WORK.wait(&mut guard);
            false
        };
        let Some(pool) = guard.as_mut() else { return };
        pool.idle -= 1;
        if timed_out && pool.queue.is_empty() && pool.threads > pool.usual {
            break;
        }
        pool.waking = false;
    }
    let Some(pool) = guard.as_mut() else { return };
    pool.threads -= 1;
    // `shut_down` waits for those that it ends.
    if !pool.stopping
        && let Some(at) = pool.handles.iter().position(|h| h.id() == me)
    {
        let before = leaving::leave(pool.handles.swap_remove(at));
        drop(guard);
        before.into_iter().for_each(thread::Thread::join);
    }
}

/// Whether there is a thread but the calling one.
pub(super) fn is_running() -> bool {
    let own = usize::from(ME.get().is_some());
    POOL.lock().as_ref().is_some_and(|pool| pool.threads > own)
}

/// Runs what is queued, then ends all threads but the calling one.
pub(super) fn shut_down() {
    // A callback that does so on a task thread waits for this one, so it is not to wait for that.
    if pollers::is_poller() {
        return;
    }
    let me = ME.get();
    let mut guard = POOL.lock();
    let pool = guard.get_or_insert_with(fresh);
    if pool.stopping {
        // Somebody is at it, and waits for this thread if it is the pool's.
        while me.is_none() && guard.as_ref().is_some_and(|pool| pool.stopping) {
            STOPPED.wait(&mut guard);
        }
        return;
    }
    pool.stopping = true;
    // The calling thread cannot wait for itself: the next one to shut down does.
    let mut own = None;
    loop {
        let Some(pool) = guard.as_mut() else { return };
        let mut handles = std::mem::take(&mut pool.handles);
        if let Some(at) = handles.iter().position(|h| Some(h.id()) == me) {
            own = Some(handles.swap_remove(at));
        }
        // Polling threads are not among them, and stay while something needs them.
        if handles.is_empty() && pool.aside > 0 {
            STOPPED.wait(&mut guard);
            continue;
        }
        // Again and again: a thread on its way out may have started another for the queue.
        if handles.is_empty() {
            pool.handles.extend(own);
            pool.stopping = false;
            pool.ended = true;
            pool.waking = false;
            if pool.threads == 0 && pool.queue.is_empty() {
                pool.queue = VecDeque::new();
                pool.handles = Vec::new();
            }
            break;
        }
        WORK.notify_all();
        drop(guard);
        for handle in handles {
            handle.join();
        }
        guard = POOL.lock();
    }
    // Tasks that came meanwhile may have met only threads that were about to end.
    call_worker(guard);
    STOPPED.notify_all();
}
