//! The aio's promises: each operation ends once, whoever ends it, and whoever waits is woken.
#![forbid(unsafe_code)]

use super::{explore, explore_bounded, finish, spawn};
use crate::base::Error;
use crate::msg::Message;
use crate::rt::Parked;
use crate::rt::aio::{Aio, Timeout, Wake};
use crate::rt::op::{Cancel, Completion, Op, OpId};
use crate::rt::timer::Fire;
use crate::sys::sync::Mutex;
use crate::sys::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::Arc;

/// Keeps one operation, and counts how many it ended.
#[derive(Default)]
struct Desk {
    kept: Mutex<Option<Parked>>,
    ended: AtomicUsize,
}

impl Desk {
    fn take(self: &Arc<Self>, aio: &Arc<Aio>) -> Result<u64, Error> {
        aio.begin(Timeout::Infinite).map(|op| self.keep(op))
    }

    /// Keeps an operation, or ends it if it may not wait.
    fn keep(self: &Arc<Self>, op: Op) -> u64 {
        let seq = op.id().seq;
        let refused = {
            let mut kept = self.kept.lock();
            match op.park(self.clone()) {
                Ok(parked) => {
                    *kept = Some(parked);
                    None
                }
                Err(refused) => Some(refused),
            }
        };
        if let Some((op, why)) = refused {
            self.ended.fetch_add(1, Relaxed);
            op.fail(why);
        }
        seq
    }

    fn serve(&self) {
        let kept = self.kept.lock().take();
        if let Some(op) = kept {
            self.ended.fetch_add(1, Relaxed);
            let msg = Message::from_slice(b"served").expect("memory");
            op.finish(Completion { msg: Some(msg), ..Completion::default() });
        }
    }
}

impl Cancel for Desk {
    fn cancel(&self, id: OpId, why: Error) {
        let found = {
            let mut kept = self.kept.lock();
            if kept.as_ref().is_some_and(|op| op.id() == id) { kept.take() } else { None }
        };
        if let Some(op) = found {
            self.ended.fetch_add(1, Relaxed);
            op.fail(why);
        }
    }
}

/// A result is whole: the message with success, nothing with an error.
fn check_outcome(aio: &Aio, errors: &[Error]) -> bool {
    match aio.take_outcome() {
        (None, msg) => {
            assert_eq!(msg.expect("success brings the message").body(), b"served");
            true
        }
        (Some(why), msg) => {
            assert!(errors.contains(&why) && msg.is_none(), "{why}");
            false
        }
    }
}

fn gone(aio: Arc<Aio>) {
    let weak = Arc::downgrade(&aio);
    drop(aio);
    assert!(weak.upgrade().is_none(), "somebody keeps the aio");
}

#[test]
fn served_or_aborted_while_waited_for() {
    explore("aio: finish, abort, wait", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let seq = desk.take(&aio).unwrap();
        let (server, aborter) = (desk.clone(), aio.clone());
        let one = spawn(move || server.serve());
        let two = spawn(move || aborter.abort(Error::CANCELED));
        aio.wait();
        assert!(aio.has_ended(seq) && !aio.busy());
        check_outcome(&aio, &[Error::CANCELED]);
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!(desk.ended.load(Relaxed), 1);
        gone(aio);
    });
}

/// Nobody serves: only the abort can end it, parked already or not.
#[test]
fn an_abort_is_not_lost() {
    explore("aio: abort of what is begun", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let op = aio.begin(Timeout::Infinite).unwrap();
        let aborter = aio.clone();
        let one = spawn(move || aborter.abort(Error::TIMEDOUT));
        desk.keep(op);
        aio.wait();
        assert_eq!((aio.result(), desk.ended.load(Relaxed)), (Some(Error::TIMEDOUT), 1));
        one.join().unwrap();
        gone(aio);
    });
}

#[test]
fn aborted_while_it_starts() {
    explore("aio: begin, park, abort", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let (aborter, server) = (aio.clone(), desk.clone());
        let one = spawn(move || aborter.abort(Error::TIMEDOUT));
        let two = spawn(move || server.serve());
        desk.take(&aio).unwrap();
        one.join().unwrap();
        two.join().unwrap();
        // Neither may have come in time.
        desk.serve();
        aio.wait();
        check_outcome(&aio, &[Error::TIMEDOUT]);
        assert_eq!(desk.ended.load(Relaxed), 1);
        gone(aio);
    });
}

#[test]
fn stopped_while_it_starts() {
    explore("aio: begin, park, stop", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let (starter, owner) = (desk.clone(), aio.clone());
        let one = spawn(move || {
            if starter.take(&owner).is_err() {
                starter.ended.fetch_add(1, Relaxed);
            }
        });
        aio.stop();
        assert!(!aio.busy(), "stop returns when nothing is under way");
        one.join().unwrap();
        assert_eq!(aio.result(), Some(Error::CANCELED));
        assert_eq!(desk.ended.load(Relaxed), 1);
        assert_eq!(desk.take(&aio).unwrap_err(), Error::CANCELED);
        gone(aio);
    });
}

#[test]
fn a_late_timer_leaves_the_next_operation_alone() {
    explore("aio: an old timeout meets a new operation", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let seq = desk.take(&aio).unwrap();
        let timer = aio.clone();
        let one = spawn(move || timer.fire(seq));
        desk.serve();
        aio.wait();
        let first = check_outcome(&aio, &[Error::TIMEDOUT]);
        let next = desk.take(&aio).unwrap();
        one.join().unwrap();
        assert!(!aio.has_ended(next), "the first operation's timer ended the second");
        desk.serve();
        aio.wait();
        assert!(check_outcome(&aio, &[]));
        assert_eq!(desk.ended.load(Relaxed), 2, "{first}");
        gone(aio);
    });
}

#[test]
fn two_wait_and_both_are_woken() {
    explore("aio: wait twice, sleep", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let seq = desk.take(&aio).unwrap();
        let waits = aio.clone();
        let one = spawn(move || waits.wait());
        let server = desk.clone();
        let two = spawn(move || server.serve());
        while !aio.has_ended(seq) {
            aio.sleep(seq, None);
        }
        one.join().unwrap();
        two.join().unwrap();
        assert!(check_outcome(&aio, &[]));
    });
}

#[test]
fn a_nudge_ends_a_sleep() {
    explore("aio: nudge, sleep", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let seq = desk.take(&aio).unwrap();
        let nudger = aio.clone();
        let one = spawn(move || nudger.nudge());
        assert!(aio.sleep(seq, None), "nothing else can have ended it");
        one.join().unwrap();
        desk.serve();
        aio.wait();
    });
}

struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_named_waker_is_woken_or_refused() {
    explore("aio: wake_with, finish", || {
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let seq = desk.take(&aio).unwrap();
        let server = desk.clone();
        let one = spawn(move || server.serve());
        let bell = Arc::new(Bell(AtomicUsize::new(0)));
        let named = aio.wake_with(seq, Some(bell.clone()));
        one.join().unwrap();
        assert_eq!(bell.0.load(Relaxed), usize::from(named));
    });
}

#[test]
fn a_deadline_ends_a_sleep() {
    explore("aio: sleep until, finish", || {
        use crate::sys::{model, sync::Instant};
        let (aio, desk) = (Aio::new(), Arc::new(Desk::default()));
        let seq = desk.take(&aio).unwrap();
        let server = desk.clone();
        let one = spawn(move || server.serve());
        let two = spawn(|| model::advance(2));
        let at = Instant::now() + std::time::Duration::from_millis(1);
        while !aio.has_ended(seq) && Instant::now() < at {
            aio.sleep(seq, Some(at));
        }
        one.join().unwrap();
        two.join().unwrap();
        assert!(check_outcome(&aio, &[]));
    });
}

/// Counts calls, and that none overlaps another.
#[derive(Default)]
struct Calls {
    inside: AtomicUsize,
    made: AtomicUsize,
}

impl Calls {
    fn call(&self) {
        assert_eq!(self.inside.fetch_add(1, AcqRel), 0, "one callback at a time");
        self.made.fetch_add(1, AcqRel);
        self.inside.fetch_sub(1, AcqRel);
    }

    fn made(&self) -> usize {
        assert_eq!(self.inside.load(Acquire), 0, "a callback still runs");
        self.made.load(Acquire)
    }
}

fn with_calls() -> (Arc<Aio>, Arc<Calls>, Arc<Desk>) {
    let calls = Arc::new(Calls::default());
    let called = calls.clone();
    (Aio::with_callback(move || called.call()), calls, Arc::new(Desk::default()))
}

#[test]
fn wait_returns_after_the_callback() {
    explore_bounded("aio: finish, abort, callback, wait", 2, || {
        let (aio, calls, desk) = with_calls();
        desk.take(&aio).unwrap();
        let server = desk.clone();
        let one = spawn(move || server.serve());
        aio.abort(Error::CANCELED);
        aio.wait();
        assert_eq!(calls.made(), 1);
        check_outcome(&aio, &[Error::CANCELED]);
        one.join().unwrap();
        assert_eq!((calls.made(), desk.ended.load(Relaxed)), (1, 1));
        finish();
        gone(aio);
    });
}

#[test]
fn stop_returns_after_the_callback() {
    explore_bounded("aio: start, stop, callback", 2, || {
        let (aio, calls, desk) = with_calls();
        let (starter, owner) = (desk.clone(), aio.clone());
        let one = spawn(move || {
            let _ = starter.take(&owner);
            starter.serve();
        });
        aio.stop();
        let made = calls.made();
        one.join().unwrap();
        assert_eq!(calls.made(), made, "no callback comes after stop");
        assert_eq!(made, desk.ended.load(Relaxed));
        finish();
        gone(aio);
    });
}

#[test]
fn started_again_from_the_callback() {
    explore_bounded("aio: start again in the callback, stop", 2, || {
        let desk = Arc::new(Desk::default());
        let calls = Arc::new(Calls::default());
        let itself = Arc::new(std::sync::OnceLock::<std::sync::Weak<Aio>>::new());
        let (again, called, me) = (desk.clone(), calls.clone(), itself.clone());
        let aio = Aio::with_callback(move || {
            called.call();
            let aio = me.get().and_then(|me| me.upgrade()).expect("it is running");
            // Within its own callback neither waits.
            aio.wait();
            if called.made.load(Acquire) < 3 && again.take(&aio).is_ok() {
                again.serve();
            }
        });
        itself.set(Arc::downgrade(&aio)).unwrap();
        desk.take(&aio).unwrap();
        let server = desk.clone();
        let one = spawn(move || server.serve());
        aio.stop();
        let made = calls.made();
        assert!((1..=3).contains(&made), "{made}");
        one.join().unwrap();
        assert_eq!((calls.made(), desk.ended.load(Relaxed)), (made, made));
        finish();
        gone(aio);
    });
}

#[test]
fn a_provider_without_a_cancel_function() {
    explore_bounded("aio: provider begins, defers, finishes; stop", 2, || {
        let (aio, calls, _) = with_calls();
        let provider = aio.clone();
        let one = spawn(move || {
            let begun = provider.provider_begin();
            if begun {
                provider.provider_defer(None);
                provider.provider_finish(None);
            }
        });
        aio.stop();
        let made = calls.made();
        one.join().unwrap();
        assert_eq!(calls.made(), made);
        assert!(made <= 1);
        finish();
        gone(aio);
    });
}

/// The library has ended an operation; the provider's finish for it comes when the next is begun.
#[test]
fn a_late_finish_leaves_the_next_operation_alone() {
    explore_bounded("aio: provider finishes late", 2, || {
        let (aio, calls, _) = with_calls();
        assert!(aio.provider_begin());
        aio.provider_defer(None);
        let provider = aio.clone();
        let one = spawn(move || provider.provider_finish(None));
        aio.abort(Error::TIMEDOUT);
        aio.wait();
        assert!(aio.provider_begin());
        aio.provider_defer(None);
        one.join().unwrap();
        assert!(aio.has_operation(), "the second was ended by the first one's finish");
        aio.provider_finish(None);
        aio.wait();
        assert_eq!(calls.made(), 2);
        finish();
        gone(aio);
    });
}

#[test]
fn a_provider_with_a_cancel_function() {
    explore_bounded("aio: provider with cancel; abort", 2, || {
        let (aio, calls, _) = with_calls();
        assert!(aio.provider_begin());
        let open = Arc::new(AtomicUsize::new(1));
        let (claim, weak) = (open.clone(), Arc::downgrade(&aio));
        aio.provider_defer(Some(Arc::new(move |why| {
            if claim.swap(0, AcqRel) == 1
                && let Some(aio) = weak.upgrade()
            {
                aio.provider_finish(Some(why));
            }
        })));
        let (provider, claim) = (aio.clone(), open.clone());
        let one = spawn(move || {
            if claim.swap(0, AcqRel) == 1 {
                provider.provider_finish(None);
            }
        });
        aio.abort(Error::TIMEDOUT);
        aio.wait();
        assert_eq!(calls.made(), 1);
        assert!([None, Some(Error::TIMEDOUT)].contains(&aio.result()));
        one.join().unwrap();
        finish();
        gone(aio);
    });
}
