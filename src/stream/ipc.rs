//! Unix sockets: dialers and listeners for `ipc`, `unix` and `abstract`.
#![forbid(unsafe_code)]

use super::accept::{Acceptor, Listening};
use super::connect::{Attempts, Target};
use super::fd_link::Kind;
use super::link::{Dial, Link, Listen, Ticket};
use crate::base::options::{self, Type, Value};
use crate::base::sockaddr::SockAddr;
use crate::base::{Error, Result, Url, raw_text};
use crate::rt::Promise;
use crate::sys::{errno, random};
use parking_lot::Mutex;
use socket2::{Domain, Socket, Type as SockType};
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BACKLOG: i32 = 1024;

/// Where a unix socket lives.
fn address(url: &Url) -> Result<SockAddr> {
    match url.scheme() {
        "abstract" => SockAddr::abstract_from_path(url.path()),
        _ => SockAddr::ipc_from_path(url.path()),
    }
}

fn open() -> Result<Socket> {
    Ok(Socket::new(Domain::UNIX, SockType::STREAM.nonblocking(), None)?)
}

/// Connects to a path or an abstract name.
pub struct IpcDialer {
    addr: SockAddr,
    attempts: Arc<Attempts>,
}

impl IpcDialer {
    pub fn new(url: &Url) -> Result<IpcDialer> {
        Ok(IpcDialer { addr: address(url)?, attempts: Arc::default() })
    }
}

impl Dial for IpcDialer {
    fn dial(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        self.attempts.begin(ticket, promise);
        let target = self.addr.to_socket2().map(|addr| Target {
            addrs: vec![addr],
            open: Box::new(|_| open()),
            kind: Kind::Ipc,
        });
        self.attempts.connect(ticket, target);
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.attempts.end(ticket, Err(why));
    }

    fn close(&self) {
        self.attempts.close();
    }

    fn get_option(&self, _: &str, _: Type) -> Result<Value> {
        Err(Error::NOTSUP)
    }

    fn set_option(&self, _: &str, _: Value) -> Result<()> {
        Err(Error::NOTSUP)
    }
}

/// Listens on a path or an abstract name; an empty abstract name lets the system choose one.
pub struct IpcListener {
    addr: SockAddr,
    permissions: Mutex<Option<u32>>,
    listening: Listening,
}

impl IpcListener {
    pub fn new(url: &Url) -> Result<IpcListener> {
        Ok(IpcListener {
            addr: address(url)?,
            permissions: Mutex::default(),
            listening: Listening::default(),
        })
    }

    fn path(&self) -> Option<PathBuf> {
        match &self.addr {
            SockAddr::Ipc { path } => Some(raw_text::path(path)),
            _ => None,
        }
    }

    fn bind(&self) -> Result<Socket> {
        let socket = open()?;
        if matches!(&self.addr, SockAddr::Abstract { name } if name.is_empty()) {
            return self.bind_anywhere(socket);
        }
        let addr = self.addr.to_socket2()?;
        match socket.bind(&addr) {
            Err(e) if e.raw_os_error() == Some(errno::EADDRINUSE) => {
                let path = self.path().ok_or(Error::ADDRINUSE)?;
                remove_stale(&path, &addr)?;
                socket.bind(&addr)?;
            }
            other => other?,
        }
        Ok(socket)
    }

    fn open_to_others(&self, socket: &Socket) -> Result<()> {
        // Set before anybody can connect.
        if let (Some(path), Some(mode)) = (self.path(), *self.permissions.lock()) {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(socket.listen(BACKLOG)?)
    }

    fn bind_anywhere(&self, socket: Socket) -> Result<Socket> {
        const TRIES: usize = 16;
        for _ in 0..TRIES {
            let name = format!("{:05x}", random::random_u32() & 0xf_ffff);
            let addr = SockAddr::Abstract { name: name.into_bytes() }.to_socket2()?;
            match socket.bind(&addr) {
                Err(e) if e.raw_os_error() == Some(errno::EADDRINUSE) => {}
                other => {
                    other?;
                    return Ok(socket);
                }
            }
        }
        Err(Error::ADDRINUSE)
    }
}

/// Removes a socket file that nobody listens on any more.
fn remove_stale(path: &Path, addr: &socket2::SockAddr) -> Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket());
    if !is_socket {
        return Err(Error::ADDRINUSE);
    }
    let probe = open()?;
    match probe.connect(addr) {
        Err(e) if e.raw_os_error() == Some(errno::ECONNREFUSED) => {
            fs::remove_file(path)?;
            Ok(())
        }
        Err(e) if e.raw_os_error() == Some(errno::ENOENT) => Ok(()),
        _ => Err(Error::ADDRINUSE),
    }
}

impl Listen for IpcListener {
    fn listen(&self) -> Result<()> {
        self.listening.start(|| {
            let socket = self.bind()?;
            let path = self.path();
            let release = move || {
                if let Some(path) = path {
                    let _ = fs::remove_file(path);
                }
            };
            if let Err(why) = self.open_to_others(&socket) {
                release();
                return Err(why);
            }
            Acceptor::new(socket, Kind::Ipc, Box::new(|_| {}), Box::new(release))
        })
    }

    fn accept(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        self.listening.accept(ticket, promise);
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.listening.cancel(ticket, why);
    }

    fn close(&self) {
        self.listening.close();
    }

    fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        match name {
            options::LOCADDR => Ok(Value::Addr(match self.listening.local_addr() {
                Ok(addr) => SockAddr::from_socket2(&addr)?,
                Err(_) => self.addr.clone(),
            })),
            options::IPC_PERMISSIONS => Err(Error::WRITEONLY),
            _ => Err(Error::NOTSUP),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match (name, value) {
            (options::IPC_PERMISSIONS, value) => {
                // Abstract names have none: accepted, and without effect.
                let path = matches!(self.addr, SockAddr::Ipc { .. });
                let mode = options::int(value, 0, if path { 0o7777 } else { 0o170000 })?;
                if path && self.listening.has_started() {
                    return Err(Error::BUSY);
                }
                *self.permissions.lock() = Some(mode as u32);
                Ok(())
            }
            (options::LOCADDR, _) => Err(Error::READONLY),
            _ => Err(Error::NOTSUP),
        }
    }
}
