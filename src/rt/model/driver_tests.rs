//! Callers that drive their socket: who waits is served, whoever drives, and nobody oversleeps.
#![forbid(unsafe_code)]

use super::poll::{self, Level};
use super::{explore_bounded, finish, spawn};
use crate::base::Error;
use crate::rt::Parked;
use crate::rt::aio::{Aio, Timeout};
use crate::rt::driver::Driven;
use crate::rt::op::{Cancel, Completion, OpId};
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::sys::model;
use crate::sys::sync::atomic::{AtomicBool, Ordering::*};
use crate::sys::sync::{Instant, Mutex, thread::JoinHandle};
use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Duration;

const FD: RawFd = 1000;

/// A descriptor with items to take, and operations that wait for one each.
#[derive(Default)]
struct Till {
    state: Mutex<Stock>,
}

#[derive(Default)]
struct Stock {
    items: usize,
    waiting: VecDeque<Parked>,
    served: usize,
    canceled: usize,
}

impl Till {
    /// An item comes, which is an event.
    fn stock(&self) {
        self.state.lock().items += 1;
        poll::set_level(FD, Level { read: true, ..Level::default() });
    }

    /// Takes an item, now or by waiting for one: the event for it may be used up already.
    fn take(self: &Arc<Self>, aio: &Arc<Aio>) -> u64 {
        let op = aio.begin(Timeout::Infinite).unwrap();
        let seq = op.id().seq;
        let mut st = self.state.lock();
        if st.items > 0 {
            st.items -= 1;
            st.served += 1;
            drop(st);
            op.finish(Completion::default());
            return seq;
        }
        match op.park(self.clone()) {
            Ok(op) => st.waiting.push_back(op),
            Err((op, why)) => {
                st.canceled += 1;
                drop(st);
                op.fail(why);
            }
        }
        seq
    }
}

impl Source for Till {
    fn ready(self: Arc<Self>, _: Ready) {
        loop {
            let op = {
                let mut st = self.state.lock();
                if st.items == 0 || st.waiting.is_empty() {
                    break;
                }
                st.items -= 1;
                st.served += 1;
                st.waiting.pop_front()
            };
            if let Some(op) = op {
                op.finish(Completion::default());
            }
        }
    }
}

impl Cancel for Till {
    fn cancel(&self, id: OpId, why: Error) {
        let found = {
            let mut st = self.state.lock();
            let at = st.waiting.iter().position(|op| op.id() == id);
            let found = at.and_then(|at| st.waiting.remove(at));
            st.canceled += usize::from(found.is_some());
            found
        };
        if let Some(op) = found {
            op.fail(why);
        }
    }
}

struct Shop {
    till: Arc<Till>,
    driven: Arc<Driven>,
    registration: Option<Registration>,
}

impl Shop {
    fn open() -> Shop {
        let till = Arc::new(Till::default());
        let driven = Driven::new().unwrap();
        let registration = driven.set().add(FD, Want::Read, till.clone()).unwrap();
        Shop { till, driven, registration: Some(registration) }
    }

    /// A thread that waits for one item.
    fn customer(&self) -> JoinHandle<()> {
        let (till, driven) = (self.till.clone(), self.driven.clone());
        spawn(move || {
            let aio = Aio::new();
            let seq = till.take(&aio);
            driven.wait(&aio, seq, None);
            assert!(aio.has_ended(seq));
        })
    }

    fn shut(mut self) {
        drop(self.registration.take());
        drop(self.driven);
        finish();
    }
}

#[test]
fn a_driver_is_served() {
    explore_bounded("driver: one waits, an item comes", 2, || {
        let shop = Shop::open();
        let till = shop.till.clone();
        let one = spawn(move || till.stock());
        let aio = Aio::new();
        let seq = shop.till.take(&aio);
        shop.driven.wait(&aio, seq, None);
        assert_eq!(aio.result(), None);
        one.join().unwrap();
        assert_eq!(shop.till.state.lock().served, 1);
        shop.shut();
    });
}

/// Without a tick of the clock: the second is not left to the polling thread.
#[test]
fn the_next_inherits() {
    explore_bounded("driver: two wait, items come", 2, || {
        let shop = Shop::open();
        let other = shop.customer();
        let aio = Aio::new();
        let seq = shop.till.take(&aio);
        shop.till.stock();
        shop.till.stock();
        shop.driven.wait(&aio, seq, None);
        other.join().unwrap();
        assert_eq!(shop.till.state.lock().served, 2);
        shop.shut();
    });
}

#[test]
fn a_cancel_reaches_whoever_waits() {
    explore_bounded("driver: two wait, one is cancelled, one is served", 2, || {
        let shop = Shop::open();
        let (aio, canceled) = (Aio::new(), Aio::new());
        let seq = shop.till.take(&canceled);
        let (waits, driven) = (canceled.clone(), shop.driven.clone());
        let other = spawn(move || driven.wait(&waits, seq, None));
        let till = shop.till.clone();
        let one = spawn(move || {
            till.stock();
            canceled.abort(Error::CANCELED);
        });
        // Served by the second item, where the other got the first.
        let seq = shop.till.take(&aio);
        shop.till.stock();
        shop.driven.wait(&aio, seq, None);
        other.join().unwrap();
        one.join().unwrap();
        let st = shop.till.state.lock();
        assert_eq!(st.served + st.canceled, 2);
        drop(st);
        shop.shut();
    });
}

#[test]
fn a_deadline_ends_the_wait() {
    explore_bounded("driver: one waits until a time, one for an item", 2, || {
        let shop = Shop::open();
        let aio = Aio::new();
        let other = shop.customer();
        let till = shop.till.clone();
        let at = Instant::now() + Duration::from_millis(1);
        let clock = spawn(move || {
            model::advance(2);
            till.stock();
        });
        let seq = shop.till.take(&aio);
        shop.driven.wait(&aio, seq, Some(at));
        if !aio.has_ended(seq) {
            aio.abort(Error::TIMEDOUT);
            aio.wait();
        }
        // If the item went to us, there has to be another.
        if aio.result().is_none() {
            shop.till.stock();
        }
        other.join().unwrap();
        clock.join().unwrap();
        shop.shut();
    });
}

/// An operation that nobody waits for is served once the polling thread has the set again.
#[test]
fn what_is_left_goes_to_the_polling_thread() {
    explore_bounded("driver: the set goes back after the last driver", 2, || {
        let shop = Shop::open();
        let (aio, left) = (Aio::new(), Aio::new());
        let seq = shop.till.take(&aio);
        shop.till.stock();
        shop.driven.wait(&aio, seq, None);
        shop.till.take(&left);
        shop.till.stock();
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let clock = spawn(move || {
            while !seen.load(Acquire) {
                model::advance(1);
            }
        });
        left.wait();
        over.store(true, Release);
        clock.join().unwrap();
        assert_eq!(shop.till.state.lock().served, 2);
        shop.shut();
    });
}

/// Held: somebody counts on the polling thread at once, not a tick later.
#[test]
fn a_set_that_is_held_is_polled_without_a_tick() {
    explore_bounded("driver: held while it is driven", 2, || {
        let shop = Shop::open();
        let (aio, asynchronous) = (Aio::new(), Aio::new());
        let seq = shop.till.take(&aio);
        shop.till.take(&asynchronous);
        let (till, driven) = (shop.till.clone(), shop.driven.clone());
        let holder = spawn(move || {
            let _hold = driven.hold();
            till.stock();
            asynchronous.wait();
        });
        shop.till.stock();
        shop.driven.wait(&aio, seq, None);
        holder.join().unwrap();
        assert_eq!(shop.till.state.lock().served, 2);
        shop.shut();
    });
}
