//! TCP: dialers and listeners for `tcp`, `tcp4` and `tcp6`.
#![forbid(unsafe_code)]

use super::accept::{Acceptor, Listening};
use super::connect::{Attempts, Target};
use super::fd_link::Kind;
use super::link::{Dial, Link, Listen, Ticket};
use crate::base::options::{self, Type, Value};
use crate::base::sockaddr::SockAddr;
use crate::base::{Error, Result, Url};
use crate::rt::Promise;
use crate::rt::resolver::{self, Family};
use parking_lot::Mutex;
use socket2::{Domain, Protocol, Socket, Type as SockType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

const BACKLOG: i32 = 1024;

/// The address family that a scheme asks for.
pub fn family(scheme: &str) -> Family {
    match scheme.chars().last() {
        Some('4') => Family::V4,
        Some('6') => Family::V6,
        _ => Family::Any,
    }
}

#[derive(Clone, Copy)]
struct Tuning {
    nodelay: bool,
    keepalive: bool,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning { nodelay: true, keepalive: false }
    }
}

impl Tuning {
    fn apply(self, socket: &Socket) {
        // A connection works without either.
        let _ = socket.set_tcp_nodelay(self.nodelay);
        if self.keepalive {
            let _ = socket.set_keepalive(true);
        }
    }

    fn get(self, name: &str) -> Result<Value> {
        match name {
            options::TCP_NODELAY => Ok(Value::Bool(self.nodelay)),
            options::TCP_KEEPALIVE => Ok(Value::Bool(self.keepalive)),
            _ => Err(Error::NOTSUP),
        }
    }

    fn set(&mut self, name: &str, value: Value) -> Result<()> {
        let which = match name {
            options::TCP_NODELAY => &mut self.nodelay,
            options::TCP_KEEPALIVE => &mut self.keepalive,
            _ => return Err(Error::NOTSUP),
        };
        *which = options::bool(value)?;
        Ok(())
    }
}

/// Connects to a host and port, given by name or number.
pub struct TcpDialer {
    host: String,
    port: u16,
    family: Family,
    attempts: Arc<Attempts>,
    settings: Arc<Mutex<(Tuning, Option<SocketAddr>)>>,
}

impl TcpDialer {
    pub fn new(url: &Url) -> Result<TcpDialer> {
        let port: u16 = url.port().parse().map_err(|_| Error::ADDRINVAL)?;
        // An address of ours may stand before the host: `tcp://192.0.2.1;host:5555`.
        let (local, host) = match url.hostname().split_once(';') {
            Some((local, host)) => {
                let ip: IpAddr = local.parse().map_err(|_| Error::ADDRINVAL)?;
                (Some(SocketAddr::new(ip, 0)), host)
            }
            None => (None, url.hostname()),
        };
        if host.is_empty() {
            return Err(Error::ADDRINVAL);
        }
        let dialer = TcpDialer::to(host, port, family(url.scheme()));
        dialer.settings.lock().1 = local;
        Ok(dialer)
    }

    pub fn to(host: &str, port: u16, family: Family) -> TcpDialer {
        TcpDialer {
            host: host.to_owned(),
            port,
            family,
            attempts: Arc::default(),
            settings: Arc::default(),
        }
    }
}

fn open(
    addr: &socket2::SockAddr,
    settings: &Mutex<(Tuning, Option<SocketAddr>)>,
) -> Result<Socket> {
    let (tuning, local) = *settings.lock();
    let kind = SockType::STREAM.nonblocking();
    let socket = Socket::new(addr.domain(), kind, Some(Protocol::TCP))?;
    tuning.apply(&socket);
    if let Some(local) = local {
        socket.set_reuse_address(true)?;
        socket.bind(&local.into())?;
    }
    Ok(socket)
}

impl Dial for TcpDialer {
    fn dial(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        self.attempts.begin(ticket, promise);
        let attempts = self.attempts.clone();
        let settings = self.settings.clone();
        let found = Promise::new(move |found: Result<Vec<SocketAddr>>| {
            let target = found.map(|addrs| Target {
                addrs: addrs.into_iter().map(Into::into).collect(),
                open: Box::new(move |addr| open(addr, &settings)),
                kind: Kind::Tcp,
            });
            attempts.connect(ticket, target);
        });
        resolver::resolve(&self.host, self.port, self.family, found);
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.attempts.end(ticket, Err(why));
    }

    fn close(&self) {
        self.attempts.close();
    }

    fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        let (tuning, local) = *self.settings.lock();
        match name {
            options::LOCADDR => Ok(Value::Addr(local.map_or(SockAddr::Unspec, SockAddr::from))),
            _ => tuning.get(name),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        let mut settings = self.settings.lock();
        match (name, value) {
            (options::LOCADDR, Value::Addr(SockAddr::Unspec)) => settings.1 = None,
            (options::LOCADDR, Value::Addr(addr)) => {
                let mut addr = addr.to_std().ok_or(Error::ADDRINVAL)?;
                // Only the interface can be chosen, as with the genuine library.
                addr.set_port(0);
                settings.1 = Some(addr);
            }
            (options::LOCADDR, Value::Bytes(_)) => return Err(Error::INVAL),
            (options::LOCADDR, _) => return Err(Error::BADTYPE),
            (name, value) => return settings.0.set(name, value),
        }
        Ok(())
    }
}

/// Listens on an address and port; an empty host or `*` is every address, port 0 any port.
pub struct TcpListener {
    host: String,
    port: u16,
    family: Family,
    tuning: Arc<Mutex<Tuning>>,
    listening: Listening,
}

impl TcpListener {
    pub fn new(url: &Url) -> Result<TcpListener> {
        if url.hostname().is_empty() && url.port().is_empty() {
            return Err(Error::ADDRINVAL);
        }
        let port = if url.port().is_empty() {
            0
        } else {
            url.port().parse().map_err(|_| Error::ADDRINVAL)?
        };
        Ok(TcpListener::on(url.hostname(), port, family(url.scheme())))
    }

    pub fn on(host: &str, port: u16, family: Family) -> TcpListener {
        TcpListener {
            host: host.to_owned(),
            port,
            family,
            tuning: Arc::default(),
            listening: Listening::default(),
        }
    }

    fn addrs(&self) -> Result<Vec<SocketAddr>> {
        if self.host.is_empty() || self.host == "*" {
            // As programs know it: the fourth version, unless the system lacks it.
            return Ok(match self.family {
                Family::V4 => vec![(Ipv4Addr::UNSPECIFIED, self.port).into()],
                Family::V6 => vec![(Ipv6Addr::UNSPECIFIED, self.port).into()],
                Family::Any => vec![
                    (Ipv4Addr::UNSPECIFIED, self.port).into(),
                    (Ipv6Addr::UNSPECIFIED, self.port).into(),
                ],
            });
        }
        let (promise, awaited) = Promise::awaited();
        resolver::resolve(&self.host, self.port, self.family, promise);
        awaited.wait()
    }

    fn bind(&self, addr: SocketAddr) -> Result<Socket> {
        let socket = Socket::new(Domain::for_address(addr), SockType::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        if addr.is_ipv6() {
            socket.set_only_v6(self.family == Family::V6 || !addr.ip().is_unspecified())?;
        }
        socket.bind(&addr.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket)
    }

    /// The port that was bound; zero before that.
    pub fn bound_port(&self) -> u16 {
        let addr = self.listening.local_addr();
        addr.ok().and_then(|a| a.as_socket()).map_or(0, |a| a.port())
    }
}

impl Listen for TcpListener {
    fn listen(&self) -> Result<()> {
        let addrs = self.addrs()?;
        self.listening.start(|| {
            let mut result = Err(Error::ADDRINVAL);
            for addr in addrs {
                result = self.bind(addr);
                // Only a family that the system lacks is passed over.
                if !matches!(result, Err(Error::ADDRINVAL)) {
                    break;
                }
            }
            let tuning = self.tuning.clone();
            let adopt = Box::new(move |socket: &Socket| tuning.lock().apply(socket));
            Acceptor::new(result?, Kind::Tcp, adopt, Box::new(|| {}))
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
                Err(Error::STATE | Error::CLOSED) => SockAddr::Unspec,
                Err(why) => return Err(why),
            })),
            options::TCP_BOUND_PORT => match self.bound_port() {
                0 => Err(Error::STATE),
                port => Ok(Value::Int(port.into())),
            },
            _ => self.tuning.lock().get(name),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match name {
            options::LOCADDR => Err(Error::READONLY),
            _ => self.tuning.lock().set(name, value),
        }
    }
}
