//! Memory of messages that are done with, kept for the next ones.
//!
//! Each thread keeps a few; where one thread makes messages and another drops them, whole
//! batches go between them, so that the shared list is touched once a batch. `--cfg
//! plain_memory` leaves everything to the allocator, for the checkers.
#![forbid(unsafe_code)]

use super::message::MessageInner;
use parking_lot::Mutex;
use std::cell::RefCell;

type Batch = Vec<Box<MessageInner>>;

const BATCH: usize = 128;
const BATCHES: usize = 16;

thread_local! {
    static OWN: RefCell<Batch> = const { RefCell::new(Vec::new()) };
}

static SPARE: Mutex<Vec<Batch>> = Mutex::new(Vec::new());

pub fn take() -> Box<MessageInner> {
    if cfg!(plain_memory) {
        return Box::default();
    }
    let kept = OWN.try_with(|own| {
        let mut own = own.borrow_mut();
        if own.is_empty()
            && let Some(batch) = SPARE.lock().pop()
        {
            *own = batch;
        }
        own.pop()
    });
    kept.ok().flatten().unwrap_or_default()
}

pub fn give(mut inner: Box<MessageInner>) {
    if cfg!(plain_memory) {
        return;
    }
    inner.reset();
    let _ = OWN.try_with(|own| {
        let mut own = own.borrow_mut();
        if own.len() >= 2 * BATCH {
            let batch = own.split_off(BATCH);
            let mut spare = SPARE.lock();
            if spare.len() < BATCHES {
                spare.push(batch);
            }
        }
        own.push(inner);
    });
}

/// Gives what is kept for all threads back to the allocator.
pub fn drain() {
    SPARE.lock().clear();
    let _ = OWN.try_with(|own| own.borrow_mut().clear());
}
