//! Host names: looked up on threads of their own, which start on demand and leave when idle.
#![forbid(unsafe_code)]

use super::op::Promise;
use crate::base::{Error, Result};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Which addresses are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Any,
    V4,
    V6,
}

struct Query {
    host: String,
    port: u16,
    family: Family,
    promise: Promise<Vec<SocketAddr>>,
}

#[derive(Default)]
struct Resolver {
    queue: VecDeque<Query>,
    threads: usize,
    idle: usize,
    most: usize,
}

static RESOLVER: Mutex<Resolver> =
    Mutex::new(Resolver { queue: VecDeque::new(), threads: 0, idle: 0, most: 4 });
static WORK: Condvar = Condvar::new();
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
    if resolver.idle > 0 {
        WORK.notify_one();
    } else if resolver.threads < resolver.most {
        match std::thread::Builder::new().name("nng:resolve".into()).spawn(work) {
            Ok(_) => resolver.threads += 1,
            Err(_) if resolver.threads > 0 => {}
            Err(_) => {
                let failed = resolver.queue.pop_back();
                drop(resolver);
                if let Some(query) = failed {
                    query.promise.keep(Err(Error::NOMEM));
                }
            }
        }
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

fn work() {
    let mut resolver = RESOLVER.lock();
    loop {
        if let Some(query) = resolver.queue.pop_front() {
            drop(resolver);
            let found = (query.host.as_str(), query.port)
                .to_socket_addrs()
                .map_err(|_| Error::ADDRINVAL)
                .and_then(|found| select(found.collect(), query.family));
            query.promise.keep(found);
            resolver = RESOLVER.lock();
            continue;
        }
        resolver.idle += 1;
        let timed_out = WORK.wait_for(&mut resolver, LINGER).timed_out();
        resolver.idle -= 1;
        if timed_out && resolver.queue.is_empty() {
            resolver.threads -= 1;
            return;
        }
    }
}
