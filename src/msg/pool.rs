//! Memory of messages that are done with, kept for the next ones.
//!
//! Each thread keeps a few; where one thread makes messages and another drops them, whole
//! batches go between them, so that the shared list is touched once a batch. `--cfg
//! plain_memory` leaves everything to the allocator, for the checkers.
#![forbid(unsafe_code)]

use super::message::MessageInner;
use crate::sys::fork;
use parking_lot::Mutex;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

type Batch = Vec<Box<MessageInner>>;

const BATCH: usize = 128;
const BATCHES: usize = 16;

thread_local! {
    static OWN: RefCell<Batch> = const { RefCell::new(Vec::new()) };
}

static SPARE: Mutex<Vec<Batch>> = Mutex::new(Vec::new());

/// How many batches there are, to see without the lock that there is none.
static SPARES: AtomicUsize = AtomicUsize::new(0);

#[cold]
fn take_batch() -> Option<Batch> {
    if SPARES.load(Relaxed) == 0 || fork::is_child() {
        return None;
    }
    let mut spare = SPARE.lock();
    let batch = spare.pop();
    SPARES.store(spare.len(), Relaxed);
    batch
}

#[cold]
fn give_batch(own: &mut Batch) {
    let batch = own.split_off(BATCH);
    // A thread that a child of fork has not got may hold the lock.
    if fork::is_child() {
        return;
    }
    let mut spare = SPARE.lock();
    if spare.len() < BATCHES {
        spare.push(batch);
        SPARES.store(spare.len(), Relaxed);
    }
}

pub fn take() -> Box<MessageInner> {
    #[cfg(test)]
    live::ADDED.set(live::ADDED.get() + 1);
    if cfg!(plain_memory) {
        return Box::default();
    }
    let kept = OWN.try_with(|own| {
        let mut own = own.borrow_mut();
        own.pop().or_else(|| {
            *own = take_batch()?;
            own.pop()
        })
    });
    kept.ok().flatten().unwrap_or_default()
}

pub fn give(mut inner: Box<MessageInner>) {
    #[cfg(test)]
    live::ADDED.set(live::ADDED.get() - 1);
    if cfg!(plain_memory) {
        return;
    }
    inner.reset();
    let _ = OWN.try_with(|own| {
        let mut own = own.borrow_mut();
        if own.len() >= 2 * BATCH {
            give_batch(&mut own);
        }
        own.push(inner);
    });
}

/// Gives what is kept for all threads back to the allocator.
pub fn drain() {
    super::large::drain();
    let mut spare = SPARE.lock();
    spare.clear();
    SPARES.store(0, Relaxed);
    drop(spare);
    let _ = OWN.try_with(|own| own.borrow_mut().clear());
}

/// How many messages more this thread has made than dropped, for tests that look for leaks.
#[cfg(test)]
pub mod live {
    use std::cell::Cell;

    thread_local! {
        pub static ADDED: Cell<i64> = const { Cell::new(0) };
    }
}

#[cfg(test)]
mod tests {
    use crate::msg::Message;
    use std::sync::mpsc;

    #[test]
    fn what_comes_back_is_empty() {
        let mut msg = Message::from_slice(&[7; 500]).unwrap();
        for i in 0..40 {
            msg.header_push_u32(i);
        }
        msg.set_pipe(9);
        drop(msg);
        for _ in 0..3 {
            let msg = Message::new();
            assert_eq!((msg.len(), msg.header_len(), msg.pipe()), (0, 0, 0));
        }
    }

    #[test]
    fn one_thread_makes_and_another_drops() {
        let many = if cfg!(miri) { 600 } else { 5000u32 };
        let (give, take) = mpsc::sync_channel::<Message>(512);
        let dropper = std::thread::spawn(move || {
            let mut sum = 0u64;
            for mut msg in take {
                sum += u64::from(msg.trim_u32().unwrap());
                assert!(msg.is_empty());
            }
            sum
        });
        for i in 0..many {
            give.send(Message::from_slice(&i.to_be_bytes()).unwrap()).unwrap();
        }
        drop(give);
        assert_eq!(dropper.join().unwrap(), u64::from(many * (many - 1) / 2));
    }
}
