//! UDP: datagrams from and to any address.
//!
//! One lock per socket, around the operations that wait; they end after it is released. System
//! calls made under it never block.
#![forbid(unsafe_code)]

use crate::base::{Error, Result, SockAddr};
use crate::rt::aio::{Slot, Timeout};
use crate::rt::op::Completion;
use crate::rt::pollers;
use crate::rt::reactor::{Ready, Registration, Source, Want};
use crate::rt::{Aio, Cancel, OpId, Parked};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Weak};

/// The longest datagram.
const MOST: usize = 64 << 10;

/// How a program's address, at input 0 of an aio, is read and written.
#[derive(Clone, Copy)]
pub struct Addresses {
    pub read: fn(Slot) -> Result<SockAddr>,
    pub write: fn(Slot, &SockAddr),
}

pub struct Udp {
    // Before the socket, so that it leaves the set first.
    registration: Mutex<Option<Registration>>,
    socket: UdpSocket,
    addresses: Addresses,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    receivers: VecDeque<Parked>,
    senders: VecDeque<Parked>,
    closed: bool,
}

type Ended = Vec<(Parked, Completion)>;

struct Readiness(Weak<Udp>);

impl Source for Readiness {
    fn ready(self: Arc<Self>, ready: Ready) {
        let Some(udp) = self.0.upgrade() else { return };
        if ready.readable {
            udp.pump(Line::Receivers);
        }
        if ready.writable {
            udp.pump(Line::Senders);
        }
    }
}

#[derive(Clone, Copy)]
enum Line {
    Receivers,
    Senders,
}

impl Lines {
    fn of(&mut self, line: Line) -> &mut VecDeque<Parked> {
        match line {
            Line::Receivers => &mut self.receivers,
            Line::Senders => &mut self.senders,
        }
    }
}

impl Udp {
    /// A socket bound to an address, which may have no port yet.
    pub fn open(addr: &SockAddr, addresses: Addresses) -> Result<Arc<Udp>> {
        let socket = UdpSocket::bind(internet(addr)?)?;
        socket.set_nonblocking(true)?;
        let fd = socket.as_raw_fd();
        let udp = Arc::new(Udp {
            registration: Mutex::new(None),
            socket,
            addresses,
            lines: Mutex::default(),
        });
        let source = Arc::new(Readiness(Arc::downgrade(&udp)));
        *udp.registration.lock() = Some(pollers::global()?.add(fd, Want::Both, source)?);
        Ok(udp)
    }

    pub fn local_addr(&self) -> Result<SockAddr> {
        Ok(self.socket.local_addr()?.into())
    }

    /// Sends the aio's buffers as one datagram to the address at its input 0.
    pub fn send(self: &Arc<Self>, aio: &Arc<Aio>) {
        self.start(Line::Senders, aio);
    }

    /// Receives a datagram into the aio's buffers, cut off where it does not fit, and where it
    /// came from into the address at its input 0, if there is one.
    pub fn recv(self: &Arc<Self>, aio: &Arc<Aio>) {
        self.start(Line::Receivers, aio);
    }

    fn start(self: &Arc<Self>, line: Line, aio: &Arc<Aio>) {
        let Ok(op) = aio.begin(Timeout::Infinite) else { return };
        let refused = {
            let mut lines = self.lines.lock();
            if lines.closed {
                Some((op, Error::CLOSED))
            } else {
                // Under the lock, so that a cancellation finds it.
                match op.park(self.clone()) {
                    Ok(parked) => {
                        lines.of(line).push_back(parked);
                        None
                    }
                    Err(refused) => Some(refused),
                }
            }
        };
        match refused {
            Some((op, why)) => op.fail(why),
            None => self.pump(line),
        }
    }

    fn pump(&self, line: Line) {
        let mut ended: Ended = Vec::new();
        {
            let mut lines = self.lines.lock();
            let waiting = lines.of(line);
            while let Some(first) = waiting.front() {
                let moved = match line {
                    Line::Receivers => self.receive(first),
                    Line::Senders => self.transmit(first),
                };
                let done = match moved {
                    Err(Error::AGAIN) => break,
                    Err(why) => Completion::error(why),
                    Ok(count) => Completion::count(count),
                };
                ended.extend(waiting.pop_front().map(|op| (op, done)));
            }
        }
        tell(ended);
    }

    fn receive(&self, op: &Parked) -> Result<usize> {
        let mut buf = vec![0; MOST.min(op.aio().iov().len())];
        let (n, from) = again(|| self.socket.recv_from(&mut buf))?;
        op.aio().iov().fill(&buf[..n]);
        let place = op.aio().input(0);
        if place != 0 {
            (self.addresses.write)(place, &from.into());
        }
        Ok(n)
    }

    fn transmit(&self, op: &Parked) -> Result<usize> {
        let to = (self.addresses.read)(op.aio().input(0))?;
        let to = internet(&to)?;
        let data = op.aio().iov().gather(MOST);
        again(|| self.socket.send_to(&data, to))
    }

    /// Joins or leaves a multicast group, at the interface that the socket is bound to.
    pub fn multicast(&self, group: &SockAddr, join: bool) -> Result<()> {
        let group = group.to_std().ok_or(Error::ADDRINVAL)?;
        match (group, self.socket.local_addr()?) {
            (SocketAddr::V4(group), SocketAddr::V4(own)) if join => {
                self.socket.join_multicast_v4(group.ip(), own.ip())?;
            }
            (SocketAddr::V4(group), SocketAddr::V4(own)) => {
                self.socket.leave_multicast_v4(group.ip(), own.ip())?;
            }
            (SocketAddr::V6(group), SocketAddr::V6(own)) if join => {
                self.socket.join_multicast_v6(group.ip(), own.scope_id())?;
            }
            (SocketAddr::V6(group), SocketAddr::V6(own)) => {
                self.socket.leave_multicast_v6(group.ip(), own.scope_id())?;
            }
            _ => return Err(Error::ADDRINVAL),
        }
        Ok(())
    }

    /// Ends all operations with `CLOSED`.
    pub fn close(&self) {
        drop(self.registration.lock().take());
        let ended: Ended = {
            let mut lines = self.lines.lock();
            lines.closed = true;
            let Lines { receivers, senders, .. } = &mut *lines;
            let all = receivers.drain(..).chain(senders.drain(..));
            all.map(|op| (op, Completion::error(Error::CLOSED))).collect()
        };
        tell(ended);
    }
}

/// What of nng's addresses a datagram can go to.
fn internet(addr: &SockAddr) -> Result<SocketAddr> {
    match addr {
        SockAddr::Ipc { .. } => Err(Error::NOTSUP),
        _ => addr.to_std().ok_or(Error::ADDRINVAL),
    }
}

fn tell(ended: Ended) {
    for (op, done) in ended {
        op.finish(done);
    }
}

fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}

impl Cancel for Udp {
    fn cancel(&self, id: OpId, why: Error) {
        let found = {
            let mut lines = self.lines.lock();
            [Line::Receivers, Line::Senders].into_iter().find_map(|line| {
                let waiting = lines.of(line);
                let at = waiting.iter().position(|op| op.id() == id)?;
                waiting.remove(at)
            })
        };
        if let Some(op) = found {
            op.fail(why);
        }
    }
}
