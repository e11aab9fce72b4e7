//! A link that is a socket's descriptor and nothing else.
#![forbid(unsafe_code)]

use super::link::Link;
use crate::base::options::{self, Type, Value};
use crate::base::sockaddr::SockAddr;
use crate::base::{Error, Result};
use crate::sys::{fd, socket};
use parking_lot::Mutex;
use socket2::Socket;
use std::collections::BTreeSet;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

/// What kind of socket it is: it decides the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Tcp,
    Ipc,
    /// A descriptor that the program brought.
    Given,
}

pub struct FdLink {
    socket: Socket,
    kind: Kind,
}

impl FdLink {
    /// Takes over a connected socket that does not block.
    pub fn new(socket: Socket, kind: Kind) -> FdLink {
        FdLink { socket, kind }
    }

    fn addr(&self, peer: bool) -> Result<SockAddr> {
        if self.kind == Kind::Given {
            return Ok(SockAddr::Unspec);
        }
        let of = |peer: bool| -> Result<SockAddr> {
            let addr = if peer { self.socket.peer_addr() } else { self.socket.local_addr() }?;
            SockAddr::from_socket2(&addr)
        };
        match of(peer)? {
            // The end that connected has no name: both have the other's.
            SockAddr::Ipc { path } if path.is_empty() => of(!peer),
            addr => Ok(addr),
        }
    }
}

/// Descriptors that the program brought and that are ours until their link goes.
static GIVEN: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());

impl FdLink {
    /// Takes over a descriptor that the program brought. One that is ours already is `EXIST`:
    /// closing it twice would close somebody else's.
    pub fn given(fd: RawFd) -> Result<FdLink> {
        if !GIVEN.lock().insert(fd) {
            return Err(Error::EXIST);
        }
        let link = socket::adopt(fd).and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(FdLink::new(socket, Kind::Given))
        });
        if link.is_err() {
            GIVEN.lock().remove(&fd);
        }
        Ok(link?)
    }
}

impl Drop for FdLink {
    fn drop(&mut self) {
        if self.kind == Kind::Given {
            GIVEN.lock().remove(&self.socket.as_raw_fd());
        }
    }
}

impl Link for FdLink {
    fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        fd::read(self.socket.as_fd(), buf)
    }

    fn read_spare(&self, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        fd::read_spare(self.socket.as_fd(), buf, want)
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        match bufs {
            [one] => fd::send(self.socket.as_fd(), one),
            many => fd::send_vectored(self.socket.as_fd(), many),
        }
    }

    fn end_writing(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    fn shut_down(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        match (name, self.kind) {
            (options::LOCADDR, _) => Ok(Value::Addr(self.addr(false)?)),
            (options::REMADDR, _) => Ok(Value::Addr(self.addr(true)?)),
            (options::TCP_NODELAY, Kind::Tcp) => Ok(Value::Bool(self.socket.tcp_nodelay()?)),
            (options::TCP_KEEPALIVE, Kind::Tcp) => Ok(Value::Bool(self.socket.keepalive()?)),
            (options::IPC_PEER_UID, Kind::Ipc) => {
                Ok(Value::U64(socket::peer_credentials(self.fd())?.uid.into()))
            }
            (options::IPC_PEER_GID, Kind::Ipc) => {
                Ok(Value::U64(socket::peer_credentials(self.fd())?.gid.into()))
            }
            (options::IPC_PEER_PID, Kind::Ipc) => {
                Ok(Value::U64(socket::peer_credentials(self.fd())?.pid.try_into().unwrap_or(0)))
            }
            (options::PEER_UID | options::PEER_GID | options::PEER_PID, Kind::Given) => {
                let who = socket::peer_credentials(self.fd())?;
                Ok(Value::U64(match name {
                    options::PEER_UID => who.uid.into(),
                    options::PEER_GID => who.gid.into(),
                    _ => who.pid.try_into().unwrap_or(0),
                }))
            }
            _ => Err(Error::NOTSUP),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match (name, self.kind, value) {
            (options::TCP_NODELAY, Kind::Tcp, value) => {
                Ok(self.socket.set_tcp_nodelay(options::bool(value)?)?)
            }
            (options::TCP_KEEPALIVE, Kind::Tcp, value) => {
                Ok(self.socket.set_keepalive(options::bool(value)?)?)
            }
            (options::LOCADDR | options::REMADDR, ..) => Err(Error::READONLY),
            _ => Err(Error::NOTSUP),
        }
    }
}
