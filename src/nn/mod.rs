//! The nanomsg API's semantics over our sockets: numbers for everything, errno for errors.
#![forbid(unsafe_code)]

pub mod options;

use crate::base::{Error, Result};
use crate::sp::proto::{
    Protocol, bus0::Bus0, pair::Pair, pipeline0::Pull0, pipeline0::Push0, pub0::Pub0, raw::Raw,
    rep0::Rep0, req0::Req0, sub0::Sub0, surveyor0::Surveyor0,
};
use crate::sp::{Dialer, Listener, Socket, registry};
use crate::sys::errno as e;
use std::sync::Arc;

pub const AF_SP: i32 = 1;
pub const AF_SP_RAW: i32 = 2;

/// nanomsg's own error numbers begin here.
const BASE: i32 = 0x1000_0000;
const ETERM: i32 = BASE + 29;
const EFSM: i32 = BASE + 30;

/// The errno for an error.
pub fn errno(why: Error) -> i32 {
    match why {
        Error::INTR => e::EINTR,
        Error::NOMEM => e::ENOMEM,
        Error::INVAL | Error::ADDRINVAL | Error::BADTYPE | Error::AMBIGUOUS => e::EINVAL,
        Error::BUSY => e::EBUSY,
        Error::TIMEDOUT => e::ETIMEDOUT,
        Error::CONNREFUSED => e::ECONNREFUSED,
        Error::CLOSED | Error::CANCELED => e::EBADF,
        Error::AGAIN => e::EAGAIN,
        Error::NOTSUP => e::ENOTSUP,
        Error::ADDRINUSE => e::EADDRINUSE,
        Error::STATE => EFSM,
        Error::NOENT => e::ENOENT,
        Error::PROTO => e::EPROTO,
        Error::UNREACHABLE => e::EHOSTUNREACH,
        Error::PERM | Error::WRITEONLY | Error::READONLY | Error::CRYPTO | Error::PEERAUTH => {
            e::EACCES
        }
        Error::MSGSIZE => e::EMSGSIZE,
        Error::CONNABORTED => e::ECONNABORTED,
        Error::CONNRESET => e::ECONNRESET,
        Error::EXIST => e::EEXIST,
        Error::NOFILES => e::EMFILE,
        Error::NOSPC => e::ENOSPC,
        _ => e::EIO,
    }
}

/// The error that an errno stands for, where one does.
pub fn error(errno_: i32) -> Option<Error> {
    const ALL: &[Error] = &[
        Error::INTR,
        Error::NOMEM,
        Error::INVAL,
        Error::BUSY,
        Error::TIMEDOUT,
        Error::CONNREFUSED,
        Error::CLOSED,
        Error::AGAIN,
        Error::NOTSUP,
        Error::ADDRINUSE,
        Error::STATE,
        Error::NOENT,
        Error::PROTO,
        Error::UNREACHABLE,
        Error::PERM,
        Error::MSGSIZE,
        Error::CONNABORTED,
        Error::CONNRESET,
        Error::EXIST,
        Error::NOFILES,
        Error::NOSPC,
    ];
    if errno_ == ETERM {
        return Some(Error::CLOSED);
    }
    ALL.iter().copied().find(|why| errno(*why) == errno_)
}

fn protocol(raw: bool, number: i32) -> Option<Box<dyn Protocol>> {
    Some(match (number, raw) {
        (16, raw) => Pair::new(0, raw),
        (32, raw) => Pub0::new(raw),
        (33, false) => Sub0::new(),
        (33, true) => Raw::sub(),
        (48, false) => Req0::new(),
        (48, true) => Raw::req(),
        (49, false) => Rep0::new(),
        (49, true) => Raw::rep(),
        (80, raw) => Push0::new(raw),
        (81, raw) => Pull0::new(raw),
        (98, false) => Surveyor0::new(),
        (98, true) => Raw::surveyor(),
        (99, false) => Rep0::respondent(),
        (99, true) => Raw::respondent(),
        (112, raw) => Bus0::new(raw),
        _ => return None,
    })
}

/// Opens a socket; the error is an errno.
pub fn socket(domain: i32, number: i32) -> Result<u32, i32> {
    if domain != AF_SP && domain != AF_SP_RAW {
        return Err(e::EAFNOSUPPORT);
    }
    let protocol = protocol(domain == AF_SP_RAW, number).ok_or(e::ENOTSUP)?;
    let socket = Socket::open(protocol);
    // nanomsg leaves Nagle's algorithm on.
    options::set_nodelay(&socket, false).map_err(errno)?;
    Ok(socket.id())
}

pub fn find(s: i32) -> Result<Arc<Socket>> {
    registry::socket(u32::try_from(s).map_err(|_| Error::CLOSED)?)
}

/// Endpoints of both kinds share one range of numbers: listeners get the odd ones.
fn endpoint(id: u32, listener: bool) -> i32 {
    (id as i32) << 1 | i32::from(listener)
}

pub fn bind(s: i32, url: &str) -> Result<i32> {
    let listener = Listener::create(&find(s)?, url)?;
    if let Err(why) = listener.start() {
        listener.close();
        return Err(why);
    }
    Ok(endpoint(listener.id(), true))
}

pub fn connect(s: i32, url: &str) -> Result<i32> {
    let dialer = Dialer::create(&find(s)?, url)?;
    dialer.start(true)?;
    Ok(endpoint(dialer.id(), false))
}

/// Closes one endpoint of a socket.
pub fn shutdown(s: i32, endpoint: i32) -> Result<()> {
    let socket = find(s)?;
    let id = (endpoint >> 1) as u32;
    if endpoint & 1 == 1 {
        let listener = registry::LISTENERS.find(id).ok_or(Error::NOENT)?;
        if listener.socket().is_none_or(|own| own.id() != socket.id()) {
            return Err(Error::NOENT);
        }
        listener.close();
    } else {
        let dialer = registry::DIALERS.find(id).ok_or(Error::NOENT)?;
        if dialer.socket().is_none_or(|own| own.id() != socket.id()) {
            return Err(Error::NOENT);
        }
        dialer.close();
    }
    Ok(())
}

/// nanomsg's statistics, as far as they are known here.
pub fn statistic(s: i32, which: i32) -> Result<u64> {
    let socket = find(s)?;
    let traffic = socket.totals();
    Ok(match which {
        301 => traffic.tx_msgs,
        302 => traffic.tx_bytes,
        303 => traffic.rx_msgs,
        304 => traffic.rx_bytes,
        201 | 202 | 401 => socket.pipe_count() as u64,
        _ => return Err(Error::INVAL),
    })
}
