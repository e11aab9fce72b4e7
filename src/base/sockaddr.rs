//! Socket addresses of every kind that nng knows.
#![forbid(unsafe_code)]

use super::{Error, Result};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SockAddr {
    #[default]
    Unspec,
    Inproc {
        name: String,
    },
    Ipc {
        path: String,
    },
    In {
        addr: Ipv4Addr,
        port: u16,
    },
    In6 {
        addr: Ipv6Addr,
        port: u16,
        scope: u32,
    },
    Abstract {
        name: Vec<u8>,
    },
}

/// The longest path of a unix socket.
const MOST_PATH: usize = 107;
/// The longest abstract name.
const MOST_ABSTRACT: usize = 107;

impl SockAddr {
    pub fn ipc_from_path(path: &str) -> Result<SockAddr> {
        if path.is_empty() || path.len() > MOST_PATH {
            return Err(Error::ADDRINVAL);
        }
        Ok(SockAddr::Ipc { path: path.to_owned() })
    }

    /// An abstract name, in which `%xx` stands for any byte.
    pub fn abstract_from_path(path: &str) -> Result<SockAddr> {
        let name = super::url::percent_decode(path.as_bytes()).ok_or(Error::ADDRINVAL)?;
        if name.len() > MOST_ABSTRACT {
            return Err(Error::ADDRINVAL);
        }
        Ok(SockAddr::Abstract { name })
    }

    /// The system's form; names that only nng knows have none.
    pub fn to_socket2(&self) -> Result<socket2::SockAddr> {
        let unix =
            |path: &std::ffi::OsStr| socket2::SockAddr::unix(path).map_err(|_| Error::ADDRINVAL);
        match self {
            SockAddr::Ipc { path } => unix(path.as_ref()),
            SockAddr::Abstract { name } => {
                use std::os::unix::ffi::OsStrExt;
                let full = [&[0], name.as_slice()].concat();
                unix(std::ffi::OsStr::from_bytes(&full))
            }
            _ => self.to_std().map(Into::into).ok_or(Error::ADDRINVAL),
        }
    }

    pub fn from_socket2(addr: &socket2::SockAddr) -> Result<SockAddr> {
        use std::os::unix::ffi::OsStrExt;
        if let Some(addr) = addr.as_socket() {
            return Ok(addr.into());
        }
        if let Some(name) = addr.as_abstract_namespace() {
            return Ok(SockAddr::Abstract { name: name.to_vec() });
        }
        if let Some(path) = addr.as_pathname() {
            let path = String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned();
            return Ok(SockAddr::Ipc { path });
        }
        if addr.is_unix() {
            return Ok(SockAddr::Ipc { path: String::new() });
        }
        Ok(SockAddr::Unspec)
    }

    pub fn to_std(&self) -> Option<SocketAddr> {
        match *self {
            SockAddr::In { addr, port } => Some((addr, port).into()),
            SockAddr::In6 { addr, port, scope } => {
                Some(SocketAddrV6::new(addr, port, 0, scope).into())
            }
            _ => None,
        }
    }

    /// The port, where the kind of address has one.
    pub fn port(&self) -> Option<u16> {
        self.to_std().map(|addr| addr.port())
    }
}

impl From<SocketAddr> for SockAddr {
    fn from(addr: SocketAddr) -> SockAddr {
        match (addr.ip(), addr) {
            (IpAddr::V4(ip), _) => SockAddr::In { addr: ip, port: addr.port() },
            (IpAddr::V6(ip), SocketAddr::V6(v6)) => {
                SockAddr::In6 { addr: ip, port: addr.port(), scope: v6.scope_id() }
            }
            (IpAddr::V6(ip), _) => SockAddr::In6 { addr: ip, port: addr.port(), scope: 0 },
        }
    }
}

impl fmt::Display for SockAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SockAddr::Unspec => f.write_str("unknown"),
            SockAddr::Inproc { name } => write!(f, "inproc[{name}]"),
            SockAddr::Ipc { path } => f.write_str(path),
            SockAddr::In { addr, port } => write!(f, "{addr}:{port}"),
            SockAddr::In6 { addr, port, scope: 0 } => write!(f, "[{addr}]:{port}"),
            SockAddr::In6 { addr, port, scope } => write!(f, "[{addr}%{scope}]:{port}"),
            SockAddr::Abstract { name } => {
                f.write_str("abstract[")?;
                for &b in name {
                    if b.is_ascii_graphic() && b != b'%' {
                        write!(f, "{}", b as char)?;
                    } else {
                        write!(f, "%{b:02X}")?;
                    }
                }
                f.write_str("]")
            }
        }
    }
}
