//! What `sync` and `clock` are under a model checker: its primitives behind the interfaces of
//! those that they stand in for, and a time that passes only when a test says so.
//!
//! The flags within (`std`'s) are never held across a point where the checker may switch.
#![forbid(unsafe_code)]

#[cfg(loom)]
pub use loom as checker;
#[cfg(shuttle)]
pub use shuttle as checker;

pub use checker::sync::atomic;
use std::collections::VecDeque;
use std::ops::{Add, Deref, DerefMut};
use std::sync::{Arc, Mutex as Flag, PoisonError};
use std::time::Duration;

/// A lock without poisoning.
#[derive(Default)]
pub struct Mutex<T>(checker::sync::Mutex<T>);

pub struct MutexGuard<'a, T> {
    lock: &'a Mutex<T>,
    held: Option<checker::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T> {
        Mutex(checker::sync::Mutex::new(value))
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { lock: self, held: Some(self.hold()) }
    }

    fn hold(&self) -> checker::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        Some(MutexGuard { lock: self, held: Some(self.0.try_lock().ok()?) })
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("a guard holds its lock, but while it waits")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("a guard holds its lock, but while it waits")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Woken {
    NotYet,
    Notified,
    TimedOut,
}

/// A thread that waits, as its condition variable and the time know it.
struct Waiter {
    thread: checker::thread::Thread,
    woken: Flag<Woken>,
}

impl Waiter {
    /// True for the first to wake it.
    fn wake(&self, why: Woken) -> bool {
        let first = {
            let mut woken = flag(&self.woken);
            let first = *woken == Woken::NotYet;
            if first {
                *woken = why;
            }
            first
        };
        if first {
            self.thread.unpark();
        }
        first
    }
}

fn flag<T>(of: &Flag<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes in the order of waiting, and never without a reason, as `parking_lot`'s does.
#[derive(Default)]
pub struct Condvar(Flag<VecDeque<Arc<Waiter>>>);

pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub fn new() -> Condvar {
        Condvar::default()
    }

    fn enter(&self) -> Arc<Waiter> {
        let thread = checker::thread::current();
        let waiter = Arc::new(Waiter { thread, woken: Flag::new(Woken::NotYet) });
        flag(&self.0).push_back(waiter.clone());
        waiter
    }

    fn sleep<T>(&self, guard: &mut MutexGuard<T>, waiter: &Arc<Waiter>) -> Woken {
        drop(guard.held.take());
        let woken = loop {
            let woken = *flag(&waiter.woken);
            if woken != Woken::NotYet {
                break woken;
            }
            checker::thread::park();
        };
        flag(&self.0).retain(|other| !Arc::ptr_eq(other, waiter));
        guard.held = Some(guard.lock.hold());
        woken
    }

    pub fn wait<T>(&self, guard: &mut MutexGuard<T>) {
        let waiter = self.enter();
        self.sleep(guard, &waiter);
    }

    pub fn wait_until<T>(&self, guard: &mut MutexGuard<T>, at: Instant) -> WaitTimeoutResult {
        if Instant::now() >= at {
            return WaitTimeoutResult(true);
        }
        let waiter = self.enter();
        flag(&TIME).waiting.push((at, waiter.clone()));
        let woken = self.sleep(guard, &waiter);
        flag(&TIME).waiting.retain(|(_, other)| !Arc::ptr_eq(other, &waiter));
        WaitTimeoutResult(woken == Woken::TimedOut)
    }

    pub fn wait_for<T>(&self, guard: &mut MutexGuard<T>, time: Duration) -> WaitTimeoutResult {
        self.wait_until(guard, Instant::now() + time)
    }

    pub fn notify_one(&self) {
        loop {
            let Some(first) = flag(&self.0).pop_front() else { return };
            if first.wake(Woken::Notified) {
                return;
            }
        }
    }

    pub fn notify_all(&self) {
        let all = std::mem::take(&mut *flag(&self.0));
        for waiter in all {
            waiter.wake(Woken::Notified);
        }
    }
}

/// A moment of the simulated time, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    pub fn now() -> Instant {
        Instant(now_ns())
    }

    pub fn checked_duration_since(self, earlier: Instant) -> Option<Duration> {
        self.0.checked_sub(earlier.0).map(Duration::from_nanos)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, time: Duration) -> Instant {
        Instant(self.0.saturating_add(time.as_nanos() as u64))
    }
}

struct Time {
    now: u64,
    waiting: Vec<(Instant, Arc<Waiter>)>,
}

statics! {
    static TIME: Flag<Time> = Flag::new(Time { now: 1_000_000_000, waiting: Vec::new() });
}

pub fn now_ns() -> u64 {
    flag(&TIME).now
}

/// Lets time pass, which ends the waits that it makes due.
pub fn advance(ms: u64) {
    let due: Vec<Arc<Waiter>> = {
        let mut time = flag(&TIME);
        time.now += ms * 1_000_000;
        let now = Instant(time.now);
        let due = time.waiting.iter().filter(|(at, _)| *at <= now);
        due.map(|(_, waiter)| waiter.clone()).collect()
    };
    for waiter in due {
        waiter.wake(Woken::TimedOut);
    }
    // Others get to look at the clock.
    checker::thread::yield_now();
}

/// As `std`'s, waiting for another's initialization as the checker's locks do.
pub struct OnceLock<T> {
    making: Mutex<()>,
    made: atomic::AtomicBool,
    value: std::sync::OnceLock<T>,
}

impl<T> Default for OnceLock<T> {
    fn default() -> OnceLock<T> {
        OnceLock::new()
    }
}

impl<T> OnceLock<T> {
    pub fn new() -> OnceLock<T> {
        let made = atomic::AtomicBool::new(false);
        OnceLock { making: Mutex::default(), made, value: std::sync::OnceLock::new() }
    }

    pub fn get(&self) -> Option<&T> {
        if self.made.load(atomic::Ordering::Acquire) { self.value.get() } else { None }
    }

    pub fn set(&self, value: T) -> Result<(), T> {
        let _making = self.making.lock();
        self.value.set(value)?;
        self.made.store(true, atomic::Ordering::Release);
        Ok(())
    }

    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let _making = self.making.lock();
        let fresh = if self.value.get().is_none() { Some(make()) } else { None };
        let value = self.value.get_or_init(|| fresh.expect("made, as there was none"));
        self.made.store(true, atomic::Ordering::Release);
        value
    }
}

pub mod thread {
    use super::checker::thread as inner;
    pub use inner::{ThreadId as Id, yield_now};
    use std::io;
    use std::num::NonZero;

    pub struct Builder(inner::Builder);

    pub struct JoinHandle<T>(inner::JoinHandle<T>);

    impl Builder {
        #[allow(clippy::new_without_default)]
        pub fn new() -> Builder {
            Builder(inner::Builder::new())
        }

        pub fn name(self, name: String) -> Builder {
            Builder(self.0.name(name))
        }

        pub fn spawn<T: Send + 'static>(
            self,
            f: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            self.0.spawn(f).map(JoinHandle)
        }
    }

    impl<T> JoinHandle<T> {
        pub fn join(self) -> std::thread::Result<T> {
            self.0.join()
        }
    }

    /// As `sys::thread` has it.
    pub struct Thread(inner::JoinHandle<()>);

    pub fn spawn(_: &str, f: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
        inner::Builder::new().spawn(f).map(Thread)
    }

    pub fn own_id() -> Id {
        inner::current().id()
    }

    impl Thread {
        pub fn id(&self) -> Id {
            self.0.thread().id()
        }

        pub fn join(self) {
            let _ = self.0.join();
        }
    }

    /// One, where nobody spins.
    pub fn available_parallelism() -> io::Result<NonZero<usize>> {
        Ok(NonZero::<usize>::MIN)
    }
}

/// A thread's own value.
pub struct LocalKey<T: 'static>(pub &'static checker::thread::LocalKey<T>);

/// The thread is ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl<T> LocalKey<T> {
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.0.with(f)
    }

    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        self.0.try_with(f).map_err(|_| AccessError)
    }
}

impl<T> LocalKey<std::cell::Cell<T>> {
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(|cell| cell.get())
    }

    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T> LocalKey<std::cell::RefCell<T>> {
    pub fn set(&'static self, value: T) {
        let old = self.with(|cell| cell.replace(value));
        drop(old);
    }
}

macro_rules! statics {
    ($($(#[$attr:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        $($crate::sys::sync::checker::lazy_static! {
            $(#[$attr])* static ref $name: $type = $init;
        })*
    };
}
pub(crate) use statics;

macro_rules! own_statics {
    (@one [$($attr:tt)*] $name:ident $type:ty = $init:expr) => {
        $($attr)* static $name: $crate::sys::sync::LocalKey<$type> =
            $crate::sys::sync::LocalKey({
                $crate::sys::sync::checker::thread_local! { static INNER: $type = $init; }
                &INNER
            });
    };
    ($(#[$attr:meta])* static $name:ident: $type:ty = const $init:block; $($rest:tt)*) => {
        $crate::sys::sync::thread_local!(@one [$(#[$attr])*] $name $type = $init);
        $crate::sys::sync::thread_local!($($rest)*);
    };
    ($(#[$attr:meta])* static $name:ident: $type:ty = $init:expr; $($rest:tt)*) => {
        $crate::sys::sync::thread_local!(@one [$(#[$attr])*] $name $type = $init);
        $crate::sys::sync::thread_local!($($rest)*);
    };
    () => {};
}
pub(crate) use own_statics as thread_local;
