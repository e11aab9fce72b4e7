//! Memory of large bodies that are done with, kept for the next ones of about that size.
//!
//! Fresh memory of such sizes costs page faults, or a trip to the system. A few megabytes are
//! kept at most, for all threads, the latest on top. `--cfg plain_memory` leaves everything to
//! the allocator.
#![forbid(unsafe_code)]

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// The sizes that are kept.
const KEPT: RangeInclusive<usize> = 8 * 1024..=2 * 1024 * 1024;
const MOST: usize = 4 * 1024 * 1024;

#[derive(Default)]
struct Spare {
    bodies: VecDeque<Vec<u8>>,
    total: usize,
}

static SPARE: Mutex<Spare> = Mutex::new(Spare { bodies: VecDeque::new(), total: 0 });

/// An empty vector with room for `least` bytes, and not much more, if one is there.
pub fn take(least: usize) -> Option<Vec<u8>> {
    if cfg!(plain_memory) || !KEPT.contains(&least) {
        return None;
    }
    let mut spare = SPARE.lock();
    let fits = |bytes: &Vec<u8>| (least..=least + least / 4).contains(&bytes.capacity());
    let at = spare.bodies.iter().rposition(fits)?;
    let bytes = spare.bodies.remove(at)?;
    spare.total -= bytes.capacity();
    Some(bytes)
}

pub fn give(mut bytes: Vec<u8>) {
    if cfg!(plain_memory) || !KEPT.contains(&bytes.capacity()) {
        return;
    }
    bytes.clear();
    let mut dropped = Vec::new();
    let mut spare = SPARE.lock();
    spare.total += bytes.capacity();
    spare.bodies.push_back(bytes);
    while spare.total > MOST {
        let Some(oldest) = spare.bodies.pop_front() else { break };
        spare.total -= oldest.capacity();
        dropped.push(oldest);
    }
    drop(spare);
}

/// Gives everything back to the allocator.
pub fn drain() {
    let bodies = std::mem::take(&mut *SPARE.lock());
    drop(bodies);
}
