//! UDP.
use crate::base::{Error, Result, SockAddr};
use crate::capi::handle::{give, look, share, shared, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::{put, ret};
use crate::init;
use crate::rt::aio::Slot;
use crate::stream::udp::{Addresses, Udp};
use std::ffi::c_int;

pub type nng_udp = Udp;

shared!(Udp);

fn read(place: Slot) -> Result<SockAddr> {
    // SAFETY: the program set it as the address to send to, or left it NULL.
    unsafe { (place as *const nng_sockaddr).as_ref() }.ok_or(Error::ADDRINVAL)?.to_addr()
}

fn write(place: Slot, addr: &SockAddr) {
    // SAFETY: the program set it as the place for an address, and it is not NULL.
    unsafe { (place as *mut nng_sockaddr).write(nng_sockaddr::from_addr(addr)) };
}

/// Opens a UDP socket bound to an address (port 0 for any), to be ended with `nng_udp_close`.
/// `NNG_EADDRINVAL`, `NNG_EADDRINUSE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_udp_open(udpp: *mut *mut nng_udp, addr: *mut nng_sockaddr) -> c_int {
    ret(addr.as_ref().ok_or(Error::ADDRINVAL).and_then(|addr| {
        init::start()?;
        give(udpp, Udp::open(&addr.to_addr()?, Addresses { read, write })?)
    }))
}

/// Closes a UDP socket and frees it. Its operations end with `NNG_ECLOSED`. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_udp_close(udp: *mut nng_udp) {
    if let Some(udp) = take(udp) {
        udp.close();
    }
}

/// The address that the socket is bound to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_udp_sockname(udp: *mut nng_udp, addr: *mut nng_sockaddr) -> c_int {
    ret(look(udp).and_then(|udp| put(addr, nng_sockaddr::from_addr(&udp.local_addr()?))))
}

/// Sends the buffers of `aio` (`nng_aio_set_iov`) as one datagram to the `nng_sockaddr` that its
/// input 0 (`nng_aio_set_input`) points to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_udp_send(udp: *mut nng_udp, aio: *mut nng_aio) {
    aio::start(aio, |aio| share(udp).map(|udp| udp.send(aio)));
}

/// Receives a datagram into the buffers of `aio`, cut off where it does not fit, and where it
/// came from into the `nng_sockaddr` that its input 0 points to, unless that is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_udp_recv(udp: *mut nng_udp, aio: *mut nng_aio) {
    aio::start(aio, |aio| share(udp).map(|udp| udp.recv(aio)));
}

/// Joins or leaves a multicast group, at the interface that the socket is bound to.
/// `NNG_EADDRINVAL` for a group of another family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_udp_multicast_membership(
    udp: *mut nng_udp,
    group: *mut nng_sockaddr,
    join: bool,
) -> c_int {
    ret(look(udp)
        .and_then(|udp| udp.multicast(&group.as_ref().ok_or(Error::INVAL)?.to_addr()?, join)))
}
