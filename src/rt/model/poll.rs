//! An edge-triggered poll in memory, for the model checkers: what mio and epoll promise, and no
//! more. Descriptors are numbers, whose readiness a test says; sets nest.
//!
//! An event lies with each registration until its set is polled, and is reported if it still
//! holds then. A set counts as readable while it has something to report, and tells the sets that
//! it is in at each event of its own.
#![forbid(unsafe_code)]

use crate::sys::sync::{Condvar, Instant, Mutex, statics};
use std::collections::BTreeMap;
use std::io;
use std::ops::BitOr;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    read: bool,
    write: bool,
}

impl Interest {
    pub const READABLE: Interest = Interest { read: true, write: false };
    pub const WRITABLE: Interest = Interest { read: false, write: true };
}

impl BitOr for Interest {
    type Output = Interest;

    fn bitor(self, other: Interest) -> Interest {
        Interest { read: self.read | other.read, write: self.write | other.write }
    }
}

pub struct SourceFd<'a>(pub &'a RawFd);

/// What a descriptor is ready for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    pub read: bool,
    pub write: bool,
    pub over: bool,
}

struct Item {
    token: Token,
    interest: Interest,
    pending: bool,
}

#[derive(Default)]
struct Set {
    items: BTreeMap<RawFd, Item>,
    woken: Option<Token>,
}

#[derive(Default)]
struct World {
    sets: BTreeMap<RawFd, Set>,
    levels: BTreeMap<RawFd, Level>,
    last: RawFd,
}

statics! {
    static WORLD: Mutex<World> = Mutex::default();
    static EVENT: Condvar = Condvar::new();
}

/// Far from the numbers of real descriptors.
const FIRST_SET: RawFd = 1 << 20;

impl World {
    fn level(&self, fd: RawFd) -> Level {
        match self.sets.get(&fd) {
            Some(set) => {
                let read = set.woken.is_some()
                    || set.items.iter().any(|(fd, item)| {
                        item.pending && holds(self.level(*fd), item.interest).is_some()
                    });
                Level { read, ..Level::default() }
            }
            None => self.levels.get(&fd).copied().unwrap_or_default(),
        }
    }

    /// Something happened to `fd`: whoever watches it has an event.
    fn happened(&mut self, fd: RawFd) {
        let mut also = Vec::new();
        let level = self.level(fd);
        for (id, set) in &mut self.sets {
            if let Some(item) = set.items.get_mut(&fd)
                && holds(level, item.interest).is_some()
            {
                item.pending = true;
                also.push(*id);
            }
        }
        for set in also {
            self.happened(set);
        }
    }

    fn collect(&mut self, id: RawFd, events: &mut Vec<Event>) {
        let Some(set) = self.sets.get_mut(&id) else { return };
        if let Some(token) = set.woken.take() {
            events.push(Event { token, level: Level { read: true, ..Level::default() } });
        }
        let pending: Vec<RawFd> =
            set.items.iter().filter(|(_, item)| item.pending).map(|(fd, _)| *fd).collect();
        for fd in pending {
            let level = self.level(fd);
            let Some(item) = self.sets.get_mut(&id).and_then(|set| set.items.get_mut(&fd)) else {
                continue;
            };
            item.pending = false;
            if let Some(level) = holds(level, item.interest) {
                events.push(Event { token: item.token, level });
            }
        }
    }
}

fn holds(level: Level, interest: Interest) -> Option<Level> {
    let read = level.read && interest.read;
    let write = level.write && interest.write;
    (read || write || level.over).then_some(Level { read, write, over: level.over })
}

/// Says what a descriptor is ready for from now on, which is an event.
pub fn set_level(fd: RawFd, level: Level) {
    let mut world = WORLD.lock();
    world.levels.insert(fd, level);
    world.happened(fd);
    EVENT.notify_all();
}

/// Says that a descriptor is not ready any more, which is no event.
pub fn clear_level(fd: RawFd, level: Level) {
    WORLD.lock().levels.insert(fd, level);
}

pub struct Event {
    token: Token,
    level: Level,
}

impl Event {
    pub fn token(&self) -> Token {
        self.token
    }

    pub fn is_over(&self) -> bool {
        self.level.over
    }

    pub fn is_readable(&self) -> bool {
        self.level.read
    }

    pub fn is_writable(&self) -> bool {
        self.level.write
    }

    pub fn is_error(&self) -> bool {
        false
    }

    pub fn is_read_closed(&self) -> bool {
        self.level.over
    }

    pub fn is_write_closed(&self) -> bool {
        false
    }
}

pub struct Events(Vec<Event>);

impl Events {
    pub fn with_capacity(capacity: usize) -> Events {
        Events(Vec::with_capacity(capacity))
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Event> {
        self.0.iter()
    }
}

pub struct Poll(Registry);

pub struct Registry(RawFd);

impl Poll {
    pub fn new() -> io::Result<Poll> {
        let mut world = WORLD.lock();
        world.last = world.last.max(FIRST_SET) + 1;
        let id = world.last;
        world.sets.insert(id, Set::default());
        Ok(Poll(Registry(id)))
    }

    pub fn registry(&self) -> &Registry {
        &self.0
    }

    pub fn poll(&mut self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        wait(self.0.0, &mut events.0, timeout);
        Ok(())
    }
}

fn wait(set: RawFd, events: &mut Vec<Event>, timeout: Option<Duration>) {
    let until = timeout.map(|timeout| Instant::now() + timeout);
    events.clear();
    let mut world = WORLD.lock();
    loop {
        world.collect(set, events);
        if !events.is_empty() {
            return;
        }
        match until {
            None => EVENT.wait(&mut world),
            Some(at) if Instant::now() >= at => return,
            Some(at) => {
                EVENT.wait_until(&mut world, at);
            }
        }
    }
}

/// One of several threads that wait for a set.
pub struct Waiter {
    set: RawFd,
    found: Vec<Event>,
}

impl Waiter {
    pub fn new(set: RawFd, _: usize) -> Waiter {
        Waiter { set, found: Vec::new() }
    }

    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        wait(self.set, &mut self.found, timeout);
        Ok(())
    }

    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.found.iter()
    }
}

impl AsRawFd for Poll {
    fn as_raw_fd(&self) -> RawFd {
        self.0.0
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        WORLD.lock().sets.remove(&self.0.0);
    }
}

impl Registry {
    pub fn try_clone(&self) -> io::Result<Registry> {
        Ok(Registry(self.0))
    }

    fn enter(&self, source: &SourceFd, token: Token, interest: Interest) {
        let fd = *source.0;
        let mut world = WORLD.lock();
        let pending = holds(world.level(fd), interest).is_some();
        if let Some(set) = world.sets.get_mut(&self.0) {
            set.items.insert(fd, Item { token, interest, pending });
        }
        if pending {
            world.happened(self.0);
            EVENT.notify_all();
        }
    }

    pub fn register(
        &self,
        source: &mut SourceFd,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.enter(source, token, interest);
        Ok(())
    }

    pub fn reregister(
        &self,
        source: &mut SourceFd,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.enter(source, token, interest);
        Ok(())
    }

    pub fn deregister(&self, source: &mut SourceFd) -> io::Result<()> {
        if let Some(set) = WORLD.lock().sets.get_mut(&self.0) {
            set.items.remove(source.0);
        }
        Ok(())
    }
}

pub struct Waker {
    set: RawFd,
    token: Token,
}

impl Waker {
    pub fn new(registry: &Registry, token: Token) -> io::Result<Waker> {
        Ok(Waker { set: registry.0, token })
    }

    pub fn wake(&self) -> io::Result<()> {
        let mut world = WORLD.lock();
        if let Some(set) = world.sets.get_mut(&self.set) {
            set.woken = Some(self.token);
            world.happened(self.set);
            EVENT.notify_all();
        }
        Ok(())
    }
}
