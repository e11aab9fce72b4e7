//! What a thread still has to carry out for sockets it has unlocked.
//!
//! Work leads to more work, in other sockets too; a list per thread keeps that from nesting.
//! Reads are bounded per run: with a peer that never pauses, the rest goes to the polling
//! thread, so that a caller gets back to its own business.
#![forbid(unsafe_code)]

use super::pipes::Work;
use super::proto::{Outcome, Pipe};
use super::socket::Socket;
use super::transport::lane::Word;
use crate::rt::Parked;
use crate::sys::clock;
use crate::sys::sync::{Mutex, statics, thread_local};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

pub enum Job {
    Flush(Arc<Socket>, Pipe),
    Read(Arc<Socket>, Pipe),
    Tell(Word),
}

type Done = Vec<(Parked, Outcome)>;

thread_local! {
    static JOBS: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    /// Emptied lists, kept for their capacity.
    static SPARE_WORK: RefCell<Vec<Work>> = const { RefCell::new(Vec::new()) };
    static SPARE_DONE: RefCell<Vec<Done>> = const { RefCell::new(Vec::new()) };
    static STREAK: Cell<Streak> = const { Cell::new(Streak::NONE) };
}

/// What this thread sent last.
#[derive(Clone, Copy)]
struct Streak {
    socket: u32,
    /// How many sends the time is behind.
    behind: u32,
    at: u64,
}

impl Streak {
    const NONE: Streak = Streak { socket: 0, behind: 0, at: 0 };
}

/// How often the clock is looked at while sends only add to what is gathered: it costs as much
/// as all the rest of such a send.
const SENDS_A_LOOK: u32 = 8;

const READS_A_RUN: usize = 32;

statics! {
    /// Jobs of threads that are ending and have lost their own list: `nng_fini` at exit has none.
    static LATE: Mutex<VecDeque<Job>> = Mutex::new(VecDeque::new());
}

pub fn add(job: Job) {
    let mut job = Some(job);
    let _ = JOBS.try_with(|jobs| jobs.borrow_mut().extend(job.take()));
    if let Some(job) = job {
        LATE.lock().push_back(job);
    }
}

fn next() -> Option<Job> {
    match JOBS.try_with(|jobs| jobs.borrow_mut().pop_front()) {
        Ok(job) => job,
        Err(_) => LATE.lock().pop_front(),
    }
}

/// Whether this thread is carrying jobs out.
pub fn is_running() -> bool {
    RUNNING.get()
}

/// Carries out what there is, unless that is going on further up on this thread.
pub fn run() {
    if RUNNING.replace(true) {
        return;
    }
    let mut reads = 0;
    while let Some(job) = next() {
        match job {
            Job::Flush(socket, pipe) => socket.flush_pipe(pipe),
            Job::Tell(word) => word.tell(),
            Job::Read(socket, pipe) => {
                reads += 1;
                if reads <= READS_A_RUN {
                    socket.read_pipe(pipe);
                } else {
                    socket.read_later(pipe);
                }
            }
        }
    }
    RUNNING.set(false);
}

pub fn take_work() -> Work {
    SPARE_WORK.try_with(|all| all.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

pub fn give_work(work: Work) {
    let _ = SPARE_WORK.try_with(|all| all.borrow_mut().push(work));
}

pub fn take_done() -> Done {
    SPARE_DONE.try_with(|all| all.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

pub fn give_done(done: Done) {
    let _ = SPARE_DONE.try_with(|all| all.borrow_mut().push(done));
}

/// Whether this thread's last send on `socket` ended less than `hot_ns` ago, with no wait since.
pub fn in_streak(socket: u32, now: u64, hot_ns: u64) -> bool {
    let last = STREAK.get();
    last.socket == socket && now.saturating_sub(last.at) < hot_ns
}

/// A send ended just now: what writing took does not count against the next one's haste.
/// The time of one that was not `loaded` with work may be that of another shortly before.
pub fn sent(socket: u32, loaded: bool) {
    let last = STREAK.get();
    let behind = last.behind + 1;
    STREAK.set(if loaded || last.socket != socket || behind == SENDS_A_LOOK {
        Streak { socket, behind: 0, at: clock::now_ns() }
    } else {
        Streak { behind, ..last }
    });
}

pub fn forget_streak() {
    STREAK.set(Streak::NONE);
}
