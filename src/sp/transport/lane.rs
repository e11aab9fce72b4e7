//! The lanes between two pipes of one process, a queue each way; the message itself moves.
//!
//! A lane has room for one message until the receiver's protocol has taken it, and for as many
//! more as the sender's protocol allows (`allow`): those are still the sender's, which can take
//! them back. Both ends have a lock of their own, so that they meet once a batch; each asks to be
//! told of the other only when it cannot go on. Locks: leaves, taken under a socket's; the outlet
//! before the inlet.
#![forbid(unsafe_code)]

use crate::base::sockaddr::SockAddr;
use crate::msg::Message;
use crate::sys::sync::Mutex;
use crate::sys::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::collections::VecDeque;
use std::sync::Arc;

/// What happens at the other end of a lane, told with no lock held.
pub trait LanePeer: Send + Sync {
    /// Something lies in the lane, what lay there was taken, or the lane has ended. With
    /// `can_wait` it need not be looked at before somebody waits for it.
    fn stirred(&self, can_wait: bool);
}

/// Word for the other end.
pub struct Word {
    to: Arc<dyn LanePeer>,
    can_wait: bool,
}

impl Word {
    pub fn tell(self) {
        self.to.stirred(self.can_wait);
    }
}

/// Where a sender lays messages down.
#[derive(Default)]
struct Inlet {
    queue: VecDeque<Message>,
    /// How many were laid down, ever, and not taken back.
    sent: u64,
    /// The receiver found nothing, and is to be told.
    awaited: Option<Call>,
    closed: bool,
}

/// When a receiver wants to be told that messages lie there for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// With the next one.
    Soon,
    /// Not before the lane is full: it has others to go on with.
    Late,
}

/// On cache lines of their own, as two threads use them.
#[repr(align(128))]
#[derive(Default)]
struct Own<T>(T);

#[derive(Default)]
struct Lane {
    inlet: Own<Mutex<Inlet>>,
    /// What the receiver has fetched, a batch at a time, and not taken.
    outlet: Own<Mutex<VecDeque<Message>>>,
    /// How many were taken, ever.
    taken: Own<AtomicU64>,
    /// The sender waits for room.
    wants_room: AtomicBool,
    /// The sender's protocol waits for room rather than drop.
    patient: AtomicBool,
}

impl Lane {
    /// Whether there is room beside `allowed` messages; if not, the sender will be told.
    fn has_room(&self, sent: u64, allowed: usize) -> bool {
        let has_room = || sent - self.taken.0.load(SeqCst) <= allowed as u64;
        if has_room() {
            return true;
        }
        self.wants_room.store(true, SeqCst);
        has_room()
    }
}

#[derive(Default)]
struct Lanes {
    lanes: [Lane; 2],
    peers: [Mutex<Option<Arc<dyn LanePeer>>>; 2],
}

/// One end of a connection.
pub struct LaneEnd {
    lanes: Arc<Lanes>,
    side: usize,
    addr: SockAddr,
    /// How many messages the outgoing lane takes beside the one on its way.
    allowed: usize,
}

/// What a pull from a lane found.
pub enum Pulled {
    /// A message, and whether the other end is to be told that it was taken.
    Message(Message, bool),
    /// Nothing; when this end is told of the next.
    Empty(Call),
    Closed,
}

/// What became of a message that was laid down.
pub struct Pushed {
    /// Whether another one finds room.
    pub room: bool,
    /// Whether the other end is to be told.
    pub tell: bool,
}

impl LaneEnd {
    /// Two ends of one connection.
    pub fn pair(name: &str) -> (LaneEnd, LaneEnd) {
        let lanes = Arc::new(Lanes::default());
        let end = |side| LaneEnd {
            lanes: lanes.clone(),
            side,
            addr: SockAddr::Inproc { name: name.to_owned() },
            allowed: 0,
        };
        (end(0), end(1))
    }

    fn outgoing(&self) -> &Lane {
        &self.lanes.lanes[self.side]
    }

    fn incoming(&self) -> &Lane {
        &self.lanes.lanes[1 - self.side]
    }

    /// Names who is told what the other end does.
    pub fn attach(&self, peer: Arc<dyn LanePeer>) {
        *self.lanes.peers[self.side].lock() = Some(peer);
    }

    fn word(&self, can_wait: bool) -> Option<Word> {
        let to = self.lanes.peers[1 - self.side].lock().clone()?;
        Some(Word { to, can_wait })
    }

    /// Word for who sits at the other end, once it is attached, that something was laid down.
    pub fn pushed(&self) -> Option<Word> {
        self.word(self.outgoing().patient.load(Relaxed))
    }

    /// Word that something was taken.
    pub fn pulled(&self) -> Option<Word> {
        self.word(self.incoming().patient.load(Relaxed))
    }

    /// Lays a message into the outgoing lane, whether or not there is room.
    pub fn push(&self, msg: Message) -> Pushed {
        let lane = self.outgoing();
        let mut inlet = lane.inlet.0.lock();
        if inlet.closed {
            return Pushed { room: false, tell: false };
        }
        inlet.queue.push_back(msg);
        inlet.sent += 1;
        let room = lane.has_room(inlet.sent, self.allowed);
        let tell = match inlet.awaited {
            Some(Call::Late) => !room,
            awaited => awaited.is_some(),
        };
        if tell {
            inlet.awaited = None;
        }
        Pushed { room, tell }
    }

    /// Whether the outgoing lane takes a message; if not, this end is told when it does.
    pub fn has_room(&self) -> bool {
        let lane = self.outgoing();
        let (sent, closed) = {
            let inlet = lane.inlet.0.lock();
            (inlet.sent, inlet.closed)
        };
        !closed && lane.has_room(sent, self.allowed)
    }

    /// Lets the outgoing lane take `more` messages beside the one on its way, for a protocol that
    /// waits for room rather than drop.
    pub fn allow(&mut self, more: usize) {
        self.allowed = more;
        self.outgoing().patient.store(true, Relaxed);
    }

    /// Takes back, in order, what lies in the outgoing lane behind the message on its way.
    pub fn take_back(&mut self) -> VecDeque<Message> {
        if std::mem::take(&mut self.allowed) == 0 {
            return VecDeque::new();
        }
        let lane = self.outgoing();
        let mut outlet = lane.outlet.0.lock();
        let mut inlet = lane.inlet.0.lock();
        let mut back = if outlet.is_empty() {
            let rest = inlet.queue.len().min(1);
            inlet.queue.split_off(rest)
        } else {
            outlet.split_off(1)
        };
        if !outlet.is_empty() {
            back.append(&mut inlet.queue);
        }
        inlet.sent -= back.len() as u64;
        back
    }

    /// Takes the next message; if there is none, this end is told of one as `call` says, or soon
    /// if the sender would drop what it cannot pass on.
    pub fn pull(&self, call: Call) -> Pulled {
        let lane = self.incoming();
        let call = if lane.patient.load(Relaxed) { call } else { Call::Soon };
        let mut outlet = lane.outlet.0.lock();
        let msg = match outlet.pop_front() {
            Some(msg) => msg,
            None => {
                let mut inlet = lane.inlet.0.lock();
                std::mem::swap(&mut *outlet, &mut inlet.queue);
                match outlet.pop_front() {
                    Some(msg) => msg,
                    None if inlet.closed => return Pulled::Closed,
                    None => {
                        inlet.awaited = Some(call);
                        return Pulled::Empty(call);
                    }
                }
            }
        };
        lane.taken.0.fetch_add(1, SeqCst);
        drop(outlet);
        let tell = lane.wants_room.load(SeqCst) && lane.wants_room.swap(false, SeqCst);
        Pulled::Message(msg, tell)
    }

    /// Ends the connection: the message on its way in the outgoing lane still arrives, the one in
    /// the incoming lane does not. Returns who is to be told.
    pub fn close(&self) -> Option<Word> {
        self.outgoing().inlet.0.lock().closed = true;
        self.incoming().inlet.0.lock().closed = true;
        *self.lanes.peers[self.side].lock() = None;
        self.word(false)
    }

    pub fn addr(&self) -> &SockAddr {
        &self.addr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(n: u32) -> Message {
        Message::from_slice(&n.to_be_bytes()).unwrap()
    }

    fn number(pulled: Pulled) -> Option<(u32, bool)> {
        match pulled {
            Pulled::Message(mut msg, tell) => msg.trim_u32().map(|n| (n, tell)),
            _ => None,
        }
    }

    #[test]
    fn one_is_on_its_way() {
        let (from, to) = LaneEnd::pair("x");
        assert!(from.has_room() && matches!(to.pull(Call::Soon), Pulled::Empty(_)));
        let pushed = from.push(numbered(1));
        assert!(pushed.tell && !pushed.room && !from.has_room());
        assert_eq!(number(to.pull(Call::Soon)), Some((1, true)));
        assert!(from.has_room());
        // Nobody waits for this one.
        assert!(!from.push(numbered(2)).tell);
        assert_eq!(number(to.pull(Call::Soon)), Some((2, true)));
    }

    #[test]
    fn what_goes_ahead_comes_back() {
        for pulled in 0..4 {
            let (mut from, to) = LaneEnd::pair("x");
            from.allow(4);
            for n in 0..5 {
                assert_eq!(from.push(numbered(n)).room, n < 4);
            }
            for n in 0..pulled {
                assert_eq!(number(to.pull(Call::Soon)), Some((n, n == 0)));
            }
            from.push(numbered(5));
            let back: Vec<_> =
                from.take_back().into_iter().map(|mut m| m.trim_u32().unwrap()).collect();
            assert_eq!(back, (pulled + 1..6).collect::<Vec<_>>());
            assert!(!from.has_room());
            assert_eq!(number(to.pull(Call::Soon)), Some((pulled, true)));
            assert!(from.has_room() && matches!(to.pull(Call::Soon), Pulled::Empty(_)));
        }
    }

    #[test]
    fn a_sender_is_told_of_room_once() {
        let (mut from, to) = LaneEnd::pair("x");
        from.allow(2);
        assert!(from.push(numbered(0)).room);
        assert!(from.push(numbered(1)).room);
        assert_eq!(number(to.pull(Call::Soon)), Some((0, false)));
        assert!(from.push(numbered(2)).room);
        assert!(!from.push(numbered(3)).room);
        assert_eq!(number(to.pull(Call::Soon)), Some((1, true)));
        assert_eq!(number(to.pull(Call::Soon)), Some((2, false)));
    }

    #[test]
    fn a_receiver_is_told_late_if_it_has_others() {
        let (mut from, to) = LaneEnd::pair("x");
        from.allow(2);
        assert!(matches!(to.pull(Call::Late), Pulled::Empty(_)));
        assert!(!from.push(numbered(0)).tell);
        assert!(!from.push(numbered(1)).tell);
        assert!(from.push(numbered(2)).tell);
        assert_eq!(number(to.pull(Call::Late)), Some((0, true)));
        assert!(!from.push(numbered(3)).tell);
        for n in 1..4 {
            assert!(number(to.pull(Call::Late)).is_some_and(|(found, _)| found == n));
        }
        assert!(matches!(to.pull(Call::Late), Pulled::Empty(_)));
        assert!(matches!(to.pull(Call::Soon), Pulled::Empty(_)));
        assert!(from.push(numbered(4)).tell);
    }

    #[test]
    fn the_end() {
        let (from, to) = LaneEnd::pair("x");
        from.push(numbered(1));
        from.close();
        assert_eq!(number(to.pull(Call::Soon)), Some((1, true)));
        assert!(matches!(to.pull(Call::Soon), Pulled::Closed));
        assert!(!to.push(numbered(2)).room);
    }

    #[test]
    fn two_threads_lose_nothing() {
        let (mut from, to) = LaneEnd::pair("x");
        from.allow(16);
        const COUNT: u32 = if cfg!(miri) { 100 } else { 50_000 };
        let taker = std::thread::spawn(move || {
            for n in 0..COUNT {
                loop {
                    match to.pull(Call::Soon) {
                        Pulled::Message(mut msg, _) => {
                            assert_eq!(msg.trim_u32(), Some(n));
                            break;
                        }
                        _ => std::thread::yield_now(),
                    }
                }
            }
        });
        for n in 0..COUNT {
            while !from.has_room() {
                std::thread::yield_now();
            }
            from.push(numbered(n));
        }
        taker.join().unwrap();
    }
}
