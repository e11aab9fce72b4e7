//! Socket addresses of every kind that nng knows.
#![forbid(unsafe_code)]

use super::{Error, Result, raw_text};
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
        if path.is_empty() || raw_text::to_bytes(path).len() > MOST_PATH {
            return Err(Error::ADDRINVAL);
        }
        Ok(SockAddr::Ipc { path: path.to_owned() })
    }

    /// An abstract name, in which `%xx` stands for any byte.
    pub fn abstract_from_path(path: &str) -> Result<SockAddr> {
        let name = super::url::percent_decode(&raw_text::to_bytes(path)).ok_or(Error::ADDRINVAL)?;
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
            SockAddr::Ipc { path } => unix(raw_text::path(path).as_ref()),
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
            let path = raw_text::from_bytes(path.as_os_str().as_bytes()).into_owned();
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

/// In short form, in which a single zero group is left out too, unlike the standard library's.
fn write_v6(f: &mut fmt::Formatter<'_>, addr: &Ipv6Addr) -> fmt::Result {
    if addr.to_ipv4_mapped().is_some() {
        return write!(f, "{addr}");
    }
    let groups = addr.segments();
    let zeros = |at: usize| groups[at..].iter().take_while(|group| **group == 0).count();
    // The first of the longest runs.
    let gap = (0..8).rev().max_by_key(|at| zeros(*at)).unwrap_or(0);
    let (end, mut at) = (gap + zeros(gap), 0);
    while at < 8 {
        if at == gap && gap < end {
            f.write_str("::")?;
            at = end;
            continue;
        }
        let sep = if at == 0 || at == end { "" } else { ":" };
        write!(f, "{sep}{:x}", groups[at])?;
        at += 1;
    }
    Ok(())
}

impl fmt::Display for SockAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SockAddr::Unspec => f.write_str("unknown"),
            SockAddr::Inproc { name } => write!(f, "inproc[{name}]"),
            SockAddr::Ipc { path } => f.write_str(path),
            SockAddr::In { addr, port } => write!(f, "{addr}:{port}"),
            SockAddr::In6 { addr, port, scope } => {
                f.write_str("[")?;
                write_v6(f, addr)?;
                if *scope != 0 {
                    write!(f, "%{scope}")?;
                }
                write!(f, "]:{port}")
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown() {
        let v6 = |addr: &str, scope| {
            SockAddr::In6 { addr: addr.parse().unwrap(), port: 80, scope }.to_string()
        };
        assert_eq!(v6("::", 0), "[::]:80");
        assert_eq!(v6("::1", 0), "[::1]:80");
        assert_eq!(v6("fc00::", 0), "[fc00::]:80");
        assert_eq!(v6("fe80::4", 2), "[fe80::4%2]:80");
        assert_eq!(v6("::ffff:192.168.1.100", 0), "[::ffff:192.168.1.100]:80");
        assert_eq!(v6("1:0:0:2:0:0:0:3", 0), "[1:0:0:2::3]:80");
        assert_eq!(v6("1:0:0:2:3:0:0:4", 0), "[1::2:3:0:0:4]:80");
        assert_eq!(v6("1:0:2:3:4:5:6:7", 0), "[1::2:3:4:5:6:7]:80");
        assert_eq!(v6("1:2:3:4:5:6:7:8", 0), "[1:2:3:4:5:6:7:8]:80");
        assert_eq!(v6("0:2:3:4:5:6:7:0", 0), "[::2:3:4:5:6:7:0]:80");
        let addr = Ipv4Addr::LOCALHOST;
        assert_eq!(SockAddr::In { addr, port: 80 }.to_string(), "127.0.0.1:80");
        assert_eq!(SockAddr::Unspec.to_string(), "unknown");
        assert_eq!(SockAddr::Inproc { name: "a b".into() }.to_string(), "inproc[a b]");
        assert_eq!(SockAddr::Ipc { path: "/tmp/x".into() }.to_string(), "/tmp/x");
        assert_eq!(SockAddr::Abstract { name: b"a%\0".into() }.to_string(), "abstract[a%25%00]");
    }

    #[test]
    fn there_and_back() {
        let all = [
            SockAddr::In { addr: Ipv4Addr::new(1, 2, 3, 4), port: 5 },
            SockAddr::In6 { addr: Ipv6Addr::LOCALHOST, port: 5, scope: 7 },
            SockAddr::ipc_from_path("/tmp/some.where").unwrap(),
            SockAddr::abstract_from_path("some%00where").unwrap(),
        ];
        for addr in all {
            let system = addr.to_socket2().unwrap();
            assert_eq!(SockAddr::from_socket2(&system), Ok(addr));
        }
        assert!(SockAddr::Unspec.to_socket2().is_err());
        assert!(SockAddr::Inproc { name: "x".into() }.to_socket2().is_err());
    }

    #[test]
    fn lengths_are_bounded() {
        let long = |n| "x".repeat(n);
        assert!(SockAddr::ipc_from_path(&long(107)).unwrap().to_socket2().is_ok());
        assert_eq!(SockAddr::ipc_from_path(&long(108)), Err(Error::ADDRINVAL));
        assert_eq!(SockAddr::ipc_from_path(""), Err(Error::ADDRINVAL));
        assert!(SockAddr::abstract_from_path(&long(107)).unwrap().to_socket2().is_ok());
        assert_eq!(SockAddr::abstract_from_path(&long(108)), Err(Error::ADDRINVAL));
        assert_eq!(SockAddr::abstract_from_path("a%0"), Err(Error::ADDRINVAL));
        assert_eq!(
            SockAddr::abstract_from_path(&"%41".repeat(107)),
            Ok(SockAddr::Abstract { name: vec![b'A'; 107] })
        );
    }
}
