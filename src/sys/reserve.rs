//! The allocator: the C library's, with a reserve behind it for when that has nothing left.
//!
//! The standard library aborts the process when a small allocation fails. Here such an allocation
//! is met from the reserve, so that what goes on can go on and end; and as long as there is nothing
//! but the reserve, whatever would begin something (`is_all`) is refused with an error.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::hint;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

const BLOCK: usize = 256;
const BLOCKS: usize = 4096;
/// What is larger is worth an error where it is asked for.
const LARGEST: usize = 64 * 1024;

#[repr(align(4096))]
struct Blocks(UnsafeCell<[u8; BLOCK * BLOCKS]>);

// SAFETY: each block belongs to one allocation at a time, or to nobody.
unsafe impl Sync for Blocks {}

/// Untouched, and so without memory, until it is needed.
static MEMORY: Blocks = Blocks(UnsafeCell::new([0; BLOCK * BLOCKS]));

struct Map(UnsafeCell<[bool; BLOCKS]>);

// SAFETY: only touched under LOCKED.
unsafe impl Sync for Map {}

static MAP: Map = Map(UnsafeCell::new([false; BLOCKS]));
static LOCKED: AtomicBool = AtomicBool::new(false);
/// How many blocks are taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Runs `f` on the map; None if the lock was left behind by a thread that a fork did not copy.
fn with_map<R>(f: impl FnOnce(&mut [bool; BLOCKS]) -> R) -> Option<R> {
    let mut turns = 0u32;
    while LOCKED.compare_exchange_weak(false, true, Acquire, Relaxed).is_err() {
        if super::fork::is_child() {
            turns += 1;
            if turns > 1_000_000 {
                return None;
            }
        }
        hint::spin_loop();
    }
    // SAFETY: the lock is held.
    let result = f(unsafe { &mut *MAP.0.get() });
    LOCKED.store(false, Release);
    Some(result)
}

fn start() -> usize {
    MEMORY.0.get() as usize
}

fn holds(at: *mut u8) -> bool {
    (at as usize).wrapping_sub(start()) < BLOCK * BLOCKS
}

fn blocks_of(size: usize) -> usize {
    size.div_ceil(BLOCK).max(1)
}

#[cold]
fn take(layout: Layout) -> *mut u8 {
    if layout.size() > LARGEST || layout.align() > BLOCK {
        return std::ptr::null_mut();
    }
    let count = blocks_of(layout.size());
    let found = with_map(|map| {
        let mut free = 0;
        for at in 0..BLOCKS {
            free = if map[at] { 0 } else { free + 1 };
            if free == count {
                let first = at + 1 - count;
                map[first..=at].fill(true);
                return Some(first);
            }
        }
        None
    });
    match found.flatten() {
        Some(first) => {
            TAKEN.fetch_add(count, Relaxed);
            (MEMORY.0.get().cast::<u8>()).wrapping_add(first * BLOCK)
        }
        None => std::ptr::null_mut(),
    }
}

#[cold]
fn give(at: *mut u8, layout: Layout) {
    let first = (at as usize - start()) / BLOCK;
    let count = blocks_of(layout.size());
    with_map(|map| map[first..first + count].fill(false));
    TAKEN.fetch_sub(count, Relaxed);
}

/// Whether there is nothing but the reserve: then nothing is begun.
#[inline]
pub fn is_all() -> bool {
    TAKEN.load(Relaxed) != 0 && probe()
}

/// Whether the system has nothing left. What is long-lived stays in the reserve when it has memory
/// again.
#[cold]
pub fn probe() -> bool {
    let layout = Layout::new::<[u8; LARGEST]>();
    // SAFETY: the layout's size is not zero, and what it gives is given back.
    unsafe {
        // Else the compiler sees that nobody uses it, and supposes that it was there.
        let at = hint::black_box(System.alloc(layout));
        if !at.is_null() {
            System.dealloc(at, layout);
        }
        at.is_null()
    }
}

pub struct Allocator;

// SAFETY: an allocation is the system's or whole blocks of the reserve, by its address, and each is
// handled by whose it is.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        let at = unsafe { System.alloc(layout) };
        if at.is_null() { take(layout) } else { at }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        let at = unsafe { System.alloc_zeroed(layout) };
        if !at.is_null() {
            return at;
        }
        let at = take(layout);
        if !at.is_null() {
            // SAFETY: so many bytes are this allocation's.
            unsafe { at.write_bytes(0, layout.size()) };
        }
        at
    }

    #[inline]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if holds(at) {
            give(at, layout);
        } else {
            // SAFETY: it is the system's, and the caller keeps the contract of `dealloc`.
            unsafe { System.dealloc(at, layout) };
        }
    }

    #[inline]
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !holds(at) {
            // SAFETY: it is the system's, and the caller keeps the contract of `realloc`.
            let moved = unsafe { System.realloc(at, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        moved(at, layout, size)
    }
}

/// Moves an allocation into the reserve, or out of it.
#[cold]
fn moved(at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    // SAFETY: a new size that overflows with its alignment is a breach of `realloc`'s contract.
    let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
    // SAFETY: the new size is not zero, by the same contract.
    let to = unsafe { Allocator.alloc(new) };
    if !to.is_null() {
        // SAFETY: both are allocations of at least so many bytes; the old one is done with.
        unsafe {
            to.copy_from_nonoverlapping(at, layout.size().min(size));
            Allocator.dealloc(at, layout);
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_and_go() {
        let layout = |size| Layout::from_size_align(size, 8).unwrap();
        let small = take(layout(1));
        let large = take(layout(LARGEST));
        assert!(holds(small) && holds(large) && !small.is_null() && !large.is_null());
        // SAFETY: the block is ours, and grows into memory of the system's.
        let moved = unsafe {
            small.write(7);
            Allocator.realloc(small, layout(1), 5000)
        };
        assert!(!holds(moved));
        // SAFETY: as above; it was allocated just now.
        unsafe {
            assert_eq!(moved.read(), 7);
            Allocator.dealloc(moved, layout(5000));
        }
        assert!(take(layout(LARGEST + 1)).is_null());
        let mut all = Vec::new();
        loop {
            let one = take(layout(LARGEST));
            if one.is_null() {
                break;
            }
            all.push(one);
        }
        assert!(all.len() > 10);
        for one in all {
            give(one, layout(LARGEST));
        }
        give(large, layout(LARGEST));
        assert!(!is_all());
    }
}
