//! Host names, as the system resolves them.
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

pub use libc::{
    EAI_AGAIN, EAI_BADFLAGS, EAI_MEMORY, EAI_NODATA, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE,
    EAI_SYSTEM,
};

/// The versions of IP that addresses are wanted of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Any,
    V4,
    V6,
}

/// The addresses of a host, for streams; blocks. What fails, fails with one of the `EAI_…` codes;
/// `EAI_SYSTEM` says that errno has the reason.
pub fn look_up(host: &str, port: u16, family: Family) -> Result<Vec<SocketAddr>, i32> {
    let host = CString::new(host).map_err(|_| EAI_NONAME)?;
    // SAFETY: a struct of integers and pointers, for which zero is a value.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_socktype = libc::SOCK_STREAM;
    hints.ai_family = match family {
        Family::Any => libc::AF_UNSPEC,
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
    };
    let mut list = std::ptr::null_mut();
    // SAFETY: a string and hints that live through the call, and a place for the answer.
    let failed =
        unsafe { libc::getaddrinfo(host.as_ptr(), std::ptr::null(), &hints, &raw mut list) };
    if failed != 0 {
        return Err(failed);
    }
    let mut found = Vec::new();
    let mut at = list;
    // SAFETY: the list is whole until it is freed, and ends with null.
    while let Some(info) = unsafe { at.as_ref() } {
        // SAFETY: the address is there, and of the type that its family says.
        found.extend(unsafe { address(info, port) });
        at = info.ai_next;
    }
    // SAFETY: it came from `getaddrinfo`, and nothing points into it any more.
    unsafe { libc::freeaddrinfo(list) };
    Ok(found)
}

/// # Safety
/// `info.ai_addr` points to an address of the family that `info` names.
unsafe fn address(info: &libc::addrinfo, port: u16) -> Option<SocketAddr> {
    match info.ai_family {
        libc::AF_INET => {
            // SAFETY: as the caller says.
            let addr = unsafe { &*info.ai_addr.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(addr.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, port).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as the caller says.
            let addr = unsafe { &*info.ai_addr.cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(addr.sin6_addr.s6_addr);
            Some(SocketAddrV6::new(ip, port, 0, addr.sin6_scope_id).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[cfg_attr(miri, ignore)]
    #[test]
    fn numbers_need_no_network() {
        let four = look_up("127.0.0.1", 80, Family::Any).unwrap();
        assert_eq!(four, [(IpAddr::V4(Ipv4Addr::LOCALHOST), 80).into()]);
        let six = look_up("::1", 81, Family::V6).unwrap();
        assert_eq!(six, [(IpAddr::V6(Ipv6Addr::LOCALHOST), 81).into()]);
        assert!(look_up("127.0.0.1", 0, Family::V6).is_err());
        assert_eq!(look_up("a\0b", 0, Family::Any), Err(EAI_NONAME));
    }
}
