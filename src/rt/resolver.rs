//! Host names: looked up on threads of their own, which start on demand and leave when idle.
#![forbid(unsafe_code)]

use super::leaving;
use super::op::Promise;
use crate::base::error::{Error, Result, SYSERR};
use crate::sys::sync::thread::{self, Id, Thread};
use crate::sys::sync::{Condvar, Mutex, MutexGuard, statics};
use crate::sys::{errno, names};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

pub use names::Family;

struct Query {
    host: String,
    port: u16,
    family: Family,
    promise: Promise<Vec<SocketAddr>>,
}

struct Resolver {
    queue: VecDeque<Query>,
    threads: Vec<Thread>,
    idle: Vec<Id>,
    most: usize,
    /// How often the library has ended: threads from before do not linger.
    ended: u64,
}

statics! {
    static RESOLVER: Mutex<Resolver> = Mutex::new(Resolver {
        queue: VecDeque::new(),
        threads: Vec::new(),
        idle: Vec::new(),
        most: 4,
        ended: 0,
    });
    static WORK: Condvar = Condvar::new();
}
const LINGER: Duration = Duration::from_secs(1);

/// Bounds the number of look-ups at once; at least one.
pub fn configure(most: usize) {
    RESOLVER.lock().most = most.max(1);
}

/// The addresses of a host; numeric ones at once, on the calling thread.
pub fn resolve(host: &str, port: u16, family: Family, promise: Promise<Vec<SocketAddr>>) {
    if let Ok(ip) = host.parse::<std::net::IpAddr>() {
        let found = vec![SocketAddr::new(ip, port)];
        promise.keep(select(found, family));
        return;
    }
    let mut resolver = RESOLVER.lock();
    resolver.queue.push_back(Query { host: host.to_owned(), port, family, promise });
    call_thread(resolver);
}

/// Sees to it that somebody comes for what is queued; it fails if there is no thread to be had.
fn call_thread(mut resolver: MutexGuard<Resolver>) {
    if resolver.queue.is_empty() {
        return;
    }
    if !resolver.idle.is_empty() {
        WORK.notify_one();
    } else if resolver.threads.len() < resolver.most
        && resolver.spawn().is_err()
        && resolver.threads.is_empty()
    {
        let failed = std::mem::take(&mut resolver.queue);
        drop(resolver);
        for query in failed {
            query.promise.keep(Err(Error::NOMEM));
        }
    }
}

impl Resolver {
    fn spawn(&mut self) -> Result<()> {
        let ended = self.ended;
        self.threads.push(thread::spawn("nng:resolve", move || work(ended))?);
        Ok(())
    }
}

/// Ends the threads that wait for more to do. One that looks a name up cannot be ended: it goes by
/// itself when the system has answered.
pub(super) fn shut_down() {
    let mut resolver = RESOLVER.lock();
    resolver.ended += 1;
    let idle = std::mem::take(&mut resolver.idle);
    let (leaving, busy) = std::mem::take(&mut resolver.threads)
        .into_iter()
        .partition::<Vec<_>, _>(|thread| idle.contains(&thread.id()));
    resolver.threads = busy;
    drop(resolver);
    WORK.notify_all();
    for thread in leaving {
        thread.join();
    }
}

fn select(found: Vec<SocketAddr>, family: Family) -> Result<Vec<SocketAddr>> {
    let found: Vec<_> = found
        .into_iter()
        .filter(|a| match family {
            Family::Any => true,
            Family::V4 => a.is_ipv4(),
            Family::V6 => a.is_ipv6(),
        })
        .collect();
    if found.is_empty() { Err(Error::ADDRINVAL) } else { Ok(found) }
}

/// The error for a look-up's failure, on the thread that had it.
fn error(failure: i32) -> Error {
    match failure {
        names::EAI_NONAME | names::EAI_NODATA | names::EAI_SERVICE => Error::ADDRINVAL,
        names::EAI_AGAIN => Error::AGAIN,
        names::EAI_MEMORY => Error::NOMEM,
        names::EAI_SYSTEM => Error::from_errno(errno::last()),
        names::EAI_BADFLAGS => Error::INVAL,
        names::EAI_SOCKTYPE => Error::NOTSUP,
        // A negative number, which has no text: as the genuine library has it.
        other => Error::from_code(SYSERR + other).unwrap_or(Error::ADDRINVAL),
    }
}

fn work(ended: u64) {
    let me = thread::own_id();
    let mut resolver = RESOLVER.lock();
    loop {
        if let Some(query) = resolver.queue.pop_front() {
            drop(resolver);
            let found = names::look_up(&query.host, query.port, query.family);
            query.promise.keep(found.map_err(error).and_then(|found| select(found, query.family)));
            resolver = RESOLVER.lock();
            continue;
        }
        if resolver.ended == ended {
            resolver.idle.push(me);
            let timed_out = WORK.wait_for(&mut resolver, LINGER).timed_out();
            if let Some(at) = resolver.idle.iter().position(|idle| *idle == me) {
                resolver.idle.swap_remove(at);
                if !timed_out || !resolver.queue.is_empty() {
                    continue;
                }
            } else {
                // `shut_down` waits for this thread, which so looks nothing up any more.
                return call_thread(resolver);
            }
        }
        let mine = resolver.threads.iter().position(|thread| thread.id() == me);
        let before = mine.and_then(|at| leaving::leave(resolver.threads.swap_remove(at)));
        drop(resolver);
        return before.into_iter().for_each(Thread::join);
    }
}
