//! Random numbers: seeded by the system once per thread and then made here, but for those that
//! nobody may foretell.
use std::cell::{Cell, RefCell};

fn seed() -> u64 {
    let mut seed = 0u64;
    let at = (&raw mut seed).cast();
    match super::syscall!(getrandom(at, 8, 0)) {
        Ok(8) if seed != 0 => seed,
        _ => super::clock::now_ns() ^ u64::from(std::process::id()) << 32 | 1,
    }
}

/// A random number (splitmix64 over a per-thread seed; a child process differs from its parent).
pub fn random_u64() -> u64 {
    thread_local! {
        static STATE: Cell<(u32, u64)> = const { Cell::new((0, 0)) };
    }
    STATE.with(|state| {
        let pid = std::process::id();
        let (owner, mut s) = state.get();
        if owner != pid {
            s = seed();
        }
        s = s.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set((pid, s));
        let mut z = s;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

pub fn random_u32() -> u32 {
    (random_u64() >> 32) as u32
}

/// How many unforetellable numbers are drawn from the system at once.
const DRAWN: usize = 64;

/// A number that who saw earlier ones can not foretell: the system's, drawn in lots.
pub fn unforetellable_u32() -> u32 {
    thread_local! {
        static LOT: RefCell<([u32; DRAWN], usize)> = const { RefCell::new(([0; DRAWN], DRAWN)) };
    }
    LOT.with_borrow_mut(|(lot, used)| {
        if *used == DRAWN {
            let at = lot.as_mut_ptr().cast();
            let size = size_of_val(lot);
            match super::syscall!(getrandom(at, size, 0)) {
                Ok(n) if n as usize == size => {}
                _ => lot.fill_with(random_u32),
            }
            *used = 0;
        }
        *used += 1;
        lot[*used - 1]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_comes_twice_in_a_row_of_lots() {
        let mut drawn: Vec<u32> = (0..10 * DRAWN).map(|_| unforetellable_u32()).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert!(drawn.len() > 10 * DRAWN - 3, "{}", drawn.len());
    }
}
