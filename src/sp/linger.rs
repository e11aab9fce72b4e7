//! What a closed pipe had accepted is still written, within a bound, by the polling thread.
#![forbid(unsafe_code)]

use super::transport::framing::OutQueue;
use crate::rt::pollers;
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::rt::timer::{self, TimerId};
use crate::stream::Link;
use crate::sys::clock;
use crate::sys::sync::Mutex;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Weak};

const LINGER_MS: u64 = 2_000;

struct Linger(Mutex<Option<Rest>>);

struct Rest {
    // Before the link, so that it leaves the set first.
    registration: Option<Registration>,
    link: Arc<dyn Link>,
    out: OutQueue,
    timer: Option<TimerId>,
}

impl Rest {
    /// Writes what the link takes; true when nothing is left, or nothing more can be done.
    fn write(&mut self) -> bool {
        loop {
            let result = if self.out.is_empty() {
                self.link.flush().map(|()| 0)
            } else {
                self.out.write_with(|slices| self.link.write(slices))
            };
            match result {
                Ok(_) if self.out.is_empty() => return true,
                Ok(n) => self.out.advance(n),
                Err(e) => return e.kind() != std::io::ErrorKind::WouldBlock,
            }
        }
    }
}

/// Writes `out` and shuts the link down, now or as soon as the peer has taken it.
pub fn write_out(link: Arc<dyn Link>, out: OutQueue) {
    let mut rest = Rest { registration: None, link, out, timer: None };
    if rest.write() {
        rest.link.shut_down();
        return;
    }
    let fd = rest.link.fd().as_raw_fd();
    let linger = Arc::new(Linger(Mutex::new(Some(rest))));
    let target: Weak<Linger> = Arc::downgrade(&linger);
    let mut st = linger.0.lock();
    let added = pollers::global().and_then(|set| set.add(fd, Want::Write, linger.clone()));
    if let (Some(rest), Ok(registration)) = (st.as_mut(), added) {
        rest.registration = Some(registration);
        rest.timer = Some(timer::start(clock::now_ms() + LINGER_MS, target, 0));
        return;
    }
    drop(st);
    linger.end();
}

impl Linger {
    fn end(&self) {
        let Some(mut rest) = self.0.lock().take() else { return };
        drop(rest.registration.take());
        if let Some(timer) = rest.timer {
            timer::stop(timer);
        }
        rest.link.shut_down();
    }
}

impl Source for Linger {
    fn ready(self: Arc<Self>, _: Ready) {
        let done = self.0.lock().as_mut().is_none_or(|rest| rest.write());
        if done {
            self.end();
        }
    }
}

impl timer::Fire for Linger {
    fn fire(self: Arc<Self>, _: u64) {
        self.end();
    }
}
