//! `mem://name`: byte streams in memory with a few bytes' room each way, so that writes are cut
//! and refused all the time; readiness goes through the models' poll.
#![forbid(unsafe_code)]

use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::rt::Promise;
use crate::rt::model::poll::{self, Level};
use crate::sp::transport::framing::SpFraming;
use crate::sp::transport::{self, Connected, Dial, Listen, Local, Sink, Transport, Wire};
use crate::stream::{Link, Ticket};
use crate::sys::sync::{Mutex, statics};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

/// Less than two of the tests' messages.
const ROOM: usize = 14;

/// What one write takes at most: less than a message, so that none goes in one piece.
const MOST_A_WRITE: usize = 7;

#[derive(Default)]
struct Way {
    bytes: VecDeque<u8>,
    closed: bool,
}

/// Both ways; a side writes to its own and reads from the other.
struct Stream {
    ways: Mutex<[Way; 2]>,
    ends: [File; 2],
}

struct End {
    stream: Arc<Stream>,
    side: usize,
}

fn pair() -> (End, End) {
    let ends = [0, 1].map(|_| File::open("/dev/null").expect("a descriptor"));
    let stream = Arc::new(Stream { ways: Mutex::default(), ends });
    (End { stream: stream.clone(), side: 0 }, End { stream, side: 1 })
}

impl End {
    /// Tells the poll about a side; `event` where it gained something.
    fn tell(&self, ways: &[Way; 2], side: usize, event: bool) {
        let (out, into) = (&ways[side], &ways[1 - side]);
        let level = Level {
            read: !into.bytes.is_empty() || into.closed,
            write: out.bytes.len() < ROOM || out.closed,
            over: into.closed,
        };
        let fd = self.stream.ends[side].as_raw_fd();
        if event {
            poll::set_level(fd, level);
        } else {
            poll::clear_level(fd, level);
        }
    }
}

impl Link for End {
    fn fd(&self) -> BorrowedFd<'_> {
        self.stream.ends[self.side].as_fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let mut ways = self.stream.ways.lock();
        let into = &mut ways[1 - self.side];
        let n = into.bytes.len().min(buf.len());
        if n == 0 {
            return if into.closed { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let was_full = into.bytes.len() >= ROOM;
        for (to, from) in buf.iter_mut().zip(into.bytes.drain(..n)) {
            *to = from;
        }
        self.tell(&ways, self.side, false);
        self.tell(&ways, 1 - self.side, was_full);
        Ok(n)
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        let mut ways = self.stream.ways.lock();
        let out = &mut ways[self.side];
        if out.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let before = out.bytes.len();
        for byte in bufs.iter().flat_map(|buf| buf.iter()) {
            if out.bytes.len() == ROOM || out.bytes.len() - before == MOST_A_WRITE {
                break;
            }
            out.bytes.push_back(*byte);
        }
        let n = out.bytes.len() - before;
        self.tell(&ways, self.side, false);
        if n == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.tell(&ways, 1 - self.side, true);
        Ok(n)
    }

    fn shut_down(&self) {
        let mut ways = self.stream.ways.lock();
        for way in ways.iter_mut() {
            way.closed = true;
        }
        // What lies there is still read by the peer, and dropped here.
        ways[1 - self.side].bytes.clear();
        self.tell(&ways, self.side, true);
        self.tell(&ways, 1 - self.side, true);
    }
}

statics! {
    static LISTENERS: Mutex<BTreeMap<String, (Local, Sink)>> = Mutex::default();
}

struct Endpoint {
    name: String,
    local: Local,
}

fn connected(end: End, peer: u16) -> Connected {
    let wire = Wire::Stream {
        link: Arc::new(end),
        framing: Box::new(SpFraming::new(false, 0)),
        early: Vec::new(),
    };
    Connected { peer, wire }
}

impl Dial for Endpoint {
    fn connect(&self, _: Ticket, promise: Promise<Connected>) {
        let found = LISTENERS.lock().get(&self.name).map(|(local, sink)| (*local, sink.clone()));
        let Some((local, sink)) = found else {
            return promise.keep(Err(Error::CONNREFUSED));
        };
        let (ours, theirs) = pair();
        sink(Ok(connected(theirs, self.local.id)));
        promise.keep(Ok(connected(ours, local.id)));
    }

    fn cancel(&self, _: Ticket, _: Error) {}

    fn close(&self) {}

    fn get_option(&self, _: &str, _: Type) -> Result<Value> {
        Err(Error::NOTSUP)
    }

    fn set_option(&self, _: &str, _: Value) -> Result<()> {
        Err(Error::NOTSUP)
    }
}

impl Listen for Endpoint {
    fn listen(&self, sink: Sink) -> Result<()> {
        LISTENERS.lock().insert(self.name.clone(), (self.local, sink));
        Ok(())
    }

    fn close(&self) {
        let gone = LISTENERS.lock().remove(&self.name);
        drop(gone);
    }

    fn get_option(&self, _: &str, _: Type) -> Result<Value> {
        Err(Error::NOTSUP)
    }

    fn set_option(&self, _: &str, _: Value) -> Result<()> {
        Err(Error::NOTSUP)
    }
}

/// Makes `inproc` and `mem` known.
pub fn register() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        transport::register(transport::inproc::INPROC);
        transport::register(Transport {
            schemes: &["mem"],
            dialer: |url, local| Ok(Arc::new(Endpoint { name: url.raw().to_owned(), local })),
            listener: |url, local| Ok(Arc::new(Endpoint { name: url.raw().to_owned(), local })),
        });
    });
}
