//! Socket addresses as C structures.
use crate::base::{Error, Result, SockAddr, raw_text};
use crate::capi::memory;
use std::ffi::{CStr, c_char};

pub const NNG_AF_UNSPEC: u16 = 0;
pub const NNG_AF_INPROC: u16 = 1;
pub const NNG_AF_IPC: u16 = 2;
pub const NNG_AF_INET: u16 = 3;
pub const NNG_AF_INET6: u16 = 4;
pub const NNG_AF_ZT: u16 = 5;
pub const NNG_AF_ABSTRACT: u16 = 6;

/// An in-process address: a name.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_inproc {
    sa_family: u16,
    sa_name: [c_char; 128],
}

/// A path in the file system.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_path {
    sa_family: u16,
    sa_path: [c_char; 128],
}

pub type nng_sockaddr_ipc = nng_sockaddr_path;

/// An IPv6 address; port and address in network byte order.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_in6 {
    sa_family: u16,
    sa_port: u16,
    sa_addr: [u8; 16],
    sa_scope: u32,
}

/// An IPv4 address; port and address in network byte order.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_in {
    sa_family: u16,
    sa_port: u16,
    sa_addr: u32,
}

/// A ZeroTier address, which this library shows but cannot use.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_zt {
    sa_family: u16,
    sa_nwid: u64,
    sa_nodeid: u64,
    sa_port: u32,
}

/// A name in Linux's abstract namespace, without its leading NUL, of `sa_len` bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_abstract {
    sa_family: u16,
    sa_len: u16,
    sa_name: [u8; 107],
}

/// As large as the largest address.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_sockaddr_storage {
    sa_family: u16,
    sa_pad: [u64; 16],
}

/// An address of any family; `s_family` says which member holds it.
#[derive(Clone, Copy)]
#[repr(C)]
pub union nng_sockaddr {
    s_family: u16,
    s_ipc: nng_sockaddr_ipc,
    s_inproc: nng_sockaddr_inproc,
    s_in6: nng_sockaddr_in6,
    s_in: nng_sockaddr_in,
    s_zt: nng_sockaddr_zt,
    s_abstract: nng_sockaddr_abstract,
    s_storage: nng_sockaddr_storage,
}

fn chars(text: &str) -> [c_char; 128] {
    let mut chars = [0; 128];
    for (to, from) in chars[..127].iter_mut().zip(raw_text::to_bytes(text).iter()) {
        *to = *from as c_char;
    }
    chars
}

fn string(chars: &[c_char; 128]) -> Result<String> {
    let data: Vec<u8> = chars.iter().map(|c| *c as u8).collect();
    let text = CStr::from_bytes_until_nul(&data).map_err(|_| Error::ADDRINVAL)?;
    Ok(raw_text::from_bytes(text.to_bytes()).into_owned())
}

impl nng_sockaddr {
    pub fn from_addr(addr: &SockAddr) -> nng_sockaddr {
        // SAFETY: zeros are valid for every member. Programs read what a family leaves out, and
        // padding between the fields of one member is another's port.
        let mut sa: nng_sockaddr = unsafe { std::mem::zeroed() };
        match addr {
            SockAddr::Unspec => {}
            SockAddr::Inproc { name } => {
                sa.s_inproc =
                    nng_sockaddr_inproc { sa_family: NNG_AF_INPROC, sa_name: chars(name) };
            }
            SockAddr::Ipc { path } => {
                sa.s_ipc = nng_sockaddr_path { sa_family: NNG_AF_IPC, sa_path: chars(path) };
            }
            SockAddr::In { addr, port } => {
                sa.s_in = nng_sockaddr_in {
                    sa_family: NNG_AF_INET,
                    sa_port: port.to_be(),
                    sa_addr: u32::from_ne_bytes(addr.octets()),
                };
            }
            SockAddr::In6 { addr, port, scope } => {
                sa.s_in6 = nng_sockaddr_in6 {
                    sa_family: NNG_AF_INET6,
                    sa_port: port.to_be(),
                    sa_addr: addr.octets(),
                    sa_scope: *scope,
                };
            }
            SockAddr::Abstract { name } => {
                let mut sa_name = [0; 107];
                let len = name.len().min(107);
                sa_name[..len].copy_from_slice(&name[..len]);
                sa.s_abstract = nng_sockaddr_abstract {
                    sa_family: NNG_AF_ABSTRACT,
                    sa_len: len as u16,
                    sa_name,
                };
            }
        }
        sa
    }

    pub fn to_addr(&self) -> Result<SockAddr> {
        // SAFETY: every family has its number first, and every byte of the union was given by
        // C or by `from_addr`; any bytes are valid for each member.
        unsafe {
            Ok(match self.s_family {
                NNG_AF_UNSPEC => SockAddr::Unspec,
                NNG_AF_INPROC => SockAddr::Inproc { name: string(&self.s_inproc.sa_name)? },
                NNG_AF_IPC => SockAddr::Ipc { path: string(&self.s_ipc.sa_path)? },
                NNG_AF_INET => SockAddr::In {
                    addr: self.s_in.sa_addr.to_ne_bytes().into(),
                    port: u16::from_be(self.s_in.sa_port),
                },
                NNG_AF_INET6 => SockAddr::In6 {
                    addr: self.s_in6.sa_addr.into(),
                    port: u16::from_be(self.s_in6.sa_port),
                    scope: self.s_in6.sa_scope,
                },
                NNG_AF_ABSTRACT => {
                    let len = usize::from(self.s_abstract.sa_len);
                    let name = self.s_abstract.sa_name.get(..len).ok_or(Error::ADDRINVAL)?;
                    SockAddr::Abstract { name: name.to_vec() }
                }
                _ => return Err(Error::ADDRINVAL),
            })
        }
    }

    pub fn as_bytes(&self) -> [u8; 136] {
        // SAFETY: the sizes are the same, and `from_addr` began with every byte zero.
        unsafe { std::mem::transmute_copy(self) }
    }
}

/// Writes an address into `buf` of `size` bytes, cut off where it does not fit
/// (`NNG_MAXADDRSTRLEN` is enough for all), and returns `buf`; "unknown" for no address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_str_sockaddr(
    sa: *const nng_sockaddr,
    buf: *mut c_char,
    size: usize,
) -> *const c_char {
    let Some(sa) = sa.as_ref() else { return c"unknown".as_ptr() };
    let shown = match sa.to_addr() {
        Ok(SockAddr::Unspec) => return c"unknown".as_ptr(),
        // By its end, not its length, which programs may have left out.
        _ if sa.s_family == NNG_AF_ABSTRACT => {
            let name = sa.s_abstract.sa_name;
            let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
            let text = [b"abstract[", &name[..end], b"]"].concat();
            memory::fill(buf, size, &text);
            return buf;
        }
        Ok(addr) => addr.to_string(),
        Err(_) if sa.s_family == NNG_AF_ZT => {
            let zt = sa.s_zt;
            format!("ZT[{:x}:{:x}:{}]", zt.sa_nodeid, zt.sa_nwid, zt.sa_port)
        }
        Err(_) => return c"unknown".as_ptr(),
    };
    memory::fill(buf, size, &raw_text::to_bytes(&shown));
    buf
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    /// Under Miri, or by chance, bytes that were not set fail here.
    #[test]
    fn what_a_family_leaves_out_is_zero() {
        let bytes = nng_sockaddr::from_addr(&SockAddr::Unspec).as_bytes();
        assert_eq!(bytes, [0; 136]);
        let addr = SockAddr::In { addr: Ipv4Addr::LOCALHOST, port: 0x1234 };
        let bytes = nng_sockaddr::from_addr(&addr).as_bytes();
        assert_eq!(bytes[2..8], [0x12, 0x34, 127, 0, 0, 1]);
        assert_eq!(bytes[8..], [0; 128]);
        let addr = SockAddr::In6 { addr: Ipv6Addr::LOCALHOST, port: 0x1234, scope: 0 };
        assert_eq!(nng_sockaddr::from_addr(&addr).as_bytes()[24..], [0; 112]);
        let addr = SockAddr::Ipc { path: "/x".to_owned() };
        assert_eq!(nng_sockaddr::from_addr(&addr).as_bytes()[4..], [0; 132]);
    }
}
