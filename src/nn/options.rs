//! nanomsg's options, by level and number, and what they are here.
#![forbid(unsafe_code)]

use super::find;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::sp::Socket;

const SOCKET: i32 = 0;
const SUB: i32 = 33;
const REQ: i32 = 48;
const SURVEYOR: i32 = 98;
const TCP: i32 = -3;
const WS: i32 = -4;
const BINARY: i32 = 2;
const TEXT: i32 = 1;
/// What a message is reckoned to take of a buffer.
const MESSAGE: i32 = 1024;

/// How an option is kept here.
enum Kept {
    /// As a duration or number of the same meaning.
    Ms(&'static str),
    Int(&'static str),
    /// As a number of messages, where nanomsg counts bytes.
    Depth(&'static str),
    Descriptor(&'static str),
    Name,
    MostReceived,
    Domain,
    NoDelay,
    WsType,
    Topic(&'static str),
    /// Accepted, and without meaning here.
    Ignored(i32),
}

fn kept(level: i32, option: i32) -> Option<Kept> {
    Some(match (level, option) {
        (SOCKET, 1) => Kept::Ignored(0),
        (SOCKET, 2) => Kept::Depth(options::SENDBUF),
        (SOCKET, 3) => Kept::Depth(options::RECVBUF),
        (SOCKET, 4) => Kept::Ms(options::SENDTIMEO),
        (SOCKET, 5) => Kept::Ms(options::RECVTIMEO),
        (SOCKET, 6) => Kept::Ms(options::RECONNMINT),
        (SOCKET, 7) => Kept::Ms(options::RECONNMAXT),
        (SOCKET, 10) => Kept::Descriptor(options::SENDFD),
        (SOCKET, 11) => Kept::Descriptor(options::RECVFD),
        (SOCKET, 12) => Kept::Domain,
        (SOCKET, 13) => Kept::Int(options::PROTO),
        (SOCKET, 15) => Kept::Name,
        (SOCKET, 16) => Kept::MostReceived,
        (SOCKET, 17) => Kept::Int(options::MAXTTL),
        (SUB, 529) => Kept::Topic(options::SUB_SUBSCRIBE),
        (SUB, 530) => Kept::Topic(options::SUB_UNSUBSCRIBE),
        (REQ, 769) => Kept::Ms(options::REQ_RESENDTIME),
        (SURVEYOR, 1569) => Kept::Ms(options::SURVEYOR_SURVEYTIME),
        (TCP, 1) => Kept::NoDelay,
        (WS, 1) => Kept::WsType,
        _ => return None,
    })
}

pub fn set_nodelay(socket: &Socket, on: bool) -> Result<()> {
    socket.set_option(options::TCP_NODELAY, Value::Bool(on))
}

/// An option's bytes; `None` if there is no such option.
pub fn get(s: i32, level: i32, option: i32) -> Result<Option<Vec<u8>>> {
    let socket = find(s)?;
    let Some(kept) = kept(level, option) else { return Ok(None) };
    let number = match kept {
        Kept::Ms(name) => match socket.get_option(name, Type::Ms)? {
            Value::Ms(ms) => ms,
            _ => return Err(Error::BADTYPE),
        },
        Kept::Int(name) | Kept::Descriptor(name) => match socket.get_option(name, Type::Int)? {
            Value::Int(n) => n,
            _ => return Err(Error::BADTYPE),
        },
        Kept::Depth(name) => match socket.get_option(name, Type::Int)? {
            Value::Int(n) => n.saturating_mul(MESSAGE),
            _ => return Err(Error::BADTYPE),
        },
        Kept::Name => match socket.get_option(options::SOCKNAME, Type::Str)? {
            Value::Str(name) => return Ok(Some([name.as_bytes(), &[0]].concat())),
            _ => return Err(Error::BADTYPE),
        },
        Kept::MostReceived => match socket.get_option(options::RECVMAXSZ, Type::Size)? {
            Value::Size(0) => -1,
            Value::Size(n) => i32::try_from(n).unwrap_or(-1),
            _ => return Err(Error::BADTYPE),
        },
        Kept::Domain => {
            if socket.is_raw() {
                super::AF_SP_RAW
            } else {
                super::AF_SP
            }
        }
        Kept::NoDelay => match socket.get_option(options::TCP_NODELAY, Type::Bool)? {
            Value::Bool(on) => on.into(),
            _ => return Err(Error::BADTYPE),
        },
        Kept::WsType => match socket.get_option(options::WS_SEND_TEXT, Type::Bool) {
            Ok(Value::Bool(true)) => TEXT,
            _ => BINARY,
        },
        Kept::Topic(_) => return Err(Error::WRITEONLY),
        Kept::Ignored(n) => n,
    };
    Ok(Some(number.to_ne_bytes().to_vec()))
}

/// Sets an option from bytes; false if there is no such option.
pub fn set(s: i32, level: i32, option: i32, data: &[u8]) -> Result<bool> {
    let socket = find(s)?;
    let Some(kept) = kept(level, option) else { return Ok(false) };
    let number = || data.try_into().map(i32::from_ne_bytes).map_err(|_| Error::INVAL);
    match kept {
        Kept::Ms(name) => {
            socket.set_option(name, Value::Ms(number()?))?;
            if name == options::REQ_RESENDTIME {
                // A socket has one request here, so looking often costs little.
                socket.set_option(options::REQ_RESENDTICK, Value::Ms(10))?;
            }
        }
        Kept::Int(name) => socket.set_option(name, Value::Int(number()?))?,
        Kept::Depth(name) => {
            let depth = number()?.checked_add(MESSAGE - 1).ok_or(Error::INVAL)? / MESSAGE;
            socket.set_option(name, Value::Int(depth))?;
        }
        Kept::Name => {
            let end = data.iter().position(|b| *b == 0).unwrap_or(data.len());
            let name = String::from_utf8(data[..end].to_vec()).map_err(|_| Error::INVAL)?;
            socket.set_option(options::SOCKNAME, Value::Str(name))?;
        }
        Kept::MostReceived => {
            let most = match number()? {
                -1 => 0,
                n => usize::try_from(n).map_err(|_| Error::INVAL)?,
            };
            socket.set_option(options::RECVMAXSZ, Value::Size(most))?;
        }
        Kept::NoDelay => match number()? {
            0 => set_nodelay(&socket, false)?,
            1 => set_nodelay(&socket, true)?,
            _ => return Err(Error::INVAL),
        },
        Kept::WsType => {
            let text = match number()? {
                TEXT => true,
                BINARY => false,
                _ => return Err(Error::INVAL),
            };
            socket.set_option(options::WS_SEND_TEXT, Value::Bool(text))?;
        }
        Kept::Topic(name) => socket.set_option(name, Value::Bytes(data.to_vec()))?,
        Kept::Ignored(_) => {
            number()?;
        }
        Kept::Descriptor(_) => return Err(Error::READONLY),
        Kept::Domain => return Ok(false),
    }
    Ok(true)
}

/// The descriptor that is readable while the socket can receive, or send.
pub fn descriptor(s: i32, send: bool) -> Result<i32> {
    let name = if send { options::SENDFD } else { options::RECVFD };
    match find(s)?.get_option(name, Type::Int)? {
        Value::Int(fd) => Ok(fd),
        _ => Err(Error::BADTYPE),
    }
}
