//! Options: their names, their values, and how raw bytes from C become values.
#![forbid(unsafe_code)]

use super::sockaddr::SockAddr;
use super::{Error, Result, raw_text};

pub const IPC_PEER_GID: &str = "ipc:peer-gid";
pub const IPC_PEER_PID: &str = "ipc:peer-pid";
pub const IPC_PEER_UID: &str = "ipc:peer-uid";
pub const IPC_PEER_ZONEID: &str = "ipc:peer-zoneid";
pub const IPC_PERMISSIONS: &str = "ipc:permissions";
pub const IPC_SECURITY_DESCRIPTOR: &str = "ipc:security-descriptor";
pub const LOCADDR: &str = "local-address";
pub const MAXTTL: &str = "ttl-max";
pub const PAIR1_POLY: &str = "pair1:polyamorous";
pub const PEER: &str = "peer";
pub const PEERNAME: &str = "peer-name";
pub const PEER_GID: &str = "ipc:peer-gid";
pub const PEER_PID: &str = "ipc:peer-pid";
pub const PEER_UID: &str = "ipc:peer-uid";
pub const PEER_ZONEID: &str = "ipc:peer-zoneid";
pub const PROTO: &str = "protocol";
pub const PROTONAME: &str = "protocol-name";
pub const RAW: &str = "raw";
pub const RECONNMAXT: &str = "reconnect-time-max";
pub const RECONNMINT: &str = "reconnect-time-min";
pub const RECVBUF: &str = "recv-buffer";
pub const RECVFD: &str = "recv-fd";
pub const RECVMAXSZ: &str = "recv-size-max";
pub const RECVTIMEO: &str = "recv-timeout";
pub const REMADDR: &str = "remote-address";
pub const REQ_RESENDTICK: &str = "req:resend-tick";
pub const REQ_RESENDTIME: &str = "req:resend-time";
pub const SENDBUF: &str = "send-buffer";
pub const SENDFD: &str = "send-fd";
pub const SENDTIMEO: &str = "send-timeout";
pub const SOCKET_FD: &str = "socket:fd";
pub const SOCKNAME: &str = "socket-name";
pub const SUB_PREFNEW: &str = "sub:prefnew";
pub const SUB_SUBSCRIBE: &str = "sub:subscribe";
pub const SUB_UNSUBSCRIBE: &str = "sub:unsubscribe";
pub const SURVEYOR_SURVEYTIME: &str = "surveyor:survey-time";
pub const TCP_BOUND_PORT: &str = "tcp-bound-port";
pub const TCP_KEEPALIVE: &str = "tcp-keepalive";
pub const TCP_NODELAY: &str = "tcp-nodelay";
pub const TLS_AUTH_MODE: &str = "tls-authmode";
pub const TLS_CA_FILE: &str = "tls-ca-file";
pub const TLS_CERT_KEY_FILE: &str = "tls-cert-key-file";
pub const TLS_CONFIG: &str = "tls-config";
pub const TLS_PEER_ALT_NAMES: &str = "tls-peer-alt-names";
pub const TLS_PEER_CN: &str = "tls-peer-cn";
pub const TLS_SERVER_NAME: &str = "tls-server-name";
pub const TLS_VERIFIED: &str = "tls-verified";
pub const URL: &str = "url";
pub const WSS_REQUEST_HEADERS: &str = "ws:request-headers";
pub const WSS_RESPONSE_HEADERS: &str = "ws:response-headers";
pub const WS_PROTOCOL: &str = "ws:protocol";
pub const WS_RECVMAXFRAME: &str = "ws:rxframe-max";
pub const WS_RECV_TEXT: &str = "ws:recv-text";
pub const WS_REQUEST_HEADER: &str = "ws:request-header:";
pub const WS_REQUEST_HEADERS: &str = "ws:request-headers";
pub const WS_REQUEST_URI: &str = "ws:request-uri";
pub const WS_RESPONSE_HEADER: &str = "ws:response-header:";
pub const WS_RESPONSE_HEADERS: &str = "ws:response-headers";
pub const WS_SENDMAXFRAME: &str = "ws:txframe-max";
pub const WS_SEND_TEXT: &str = "ws:send-text";

/// The type of an option; `Opaque` is raw bytes, as the old untyped functions pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Opaque,
    Bool,
    Int,
    Ms,
    Size,
    U64,
    Ptr,
    Str,
    Addr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bytes(Vec<u8>),
    Bool(bool),
    Int(i32),
    /// A duration in milliseconds: -1 infinite, -2 default.
    Ms(i32),
    Size(usize),
    U64(u64),
    /// A pointer that is only handed through.
    Ptr(usize),
    Str(String),
    /// Becomes a NULL-terminated array of strings, given away by pointer.
    Strings(Vec<String>),
    Addr(SockAddr),
}

impl Value {
    pub fn ty(&self) -> Type {
        match self {
            Value::Bytes(_) => Type::Opaque,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Ms(_) => Type::Ms,
            Value::Size(_) => Type::Size,
            Value::U64(_) => Type::U64,
            Value::Ptr(_) | Value::Strings(_) => Type::Ptr,
            Value::Str(_) => Type::Str,
            Value::Addr(_) => Type::Addr,
        }
    }
}

/// A value as the type of an option: the same type, or raw bytes of the right size. An opaque
/// option takes any.
pub fn convert(value: Value, ty: Type) -> Result<Value> {
    let Value::Bytes(bytes) = value else {
        let fits = value.ty() == ty || ty == Type::Opaque;
        return if fits { Ok(value) } else { Err(Error::BADTYPE) };
    };
    fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
        bytes.try_into().map_err(|_| Error::INVAL)
    }
    Ok(match ty {
        Type::Opaque => Value::Bytes(bytes),
        Type::Bool => Value::Bool(exact::<1>(&bytes)?[0] != 0),
        Type::Int => Value::Int(i32::from_ne_bytes(exact(&bytes)?)),
        Type::Ms => Value::Ms(i32::from_ne_bytes(exact(&bytes)?)),
        Type::Size => Value::Size(usize::from_ne_bytes(exact(&bytes)?)),
        Type::U64 => Value::U64(u64::from_ne_bytes(exact(&bytes)?)),
        Type::Ptr => Value::Ptr(usize::from_ne_bytes(exact(&bytes)?)),
        Type::Str => {
            let end = bytes.iter().position(|b| *b == 0).ok_or(Error::INVAL)?;
            Value::Str(raw_text::from_bytes(&bytes[..end]).into_owned())
        }
        Type::Addr => return Err(Error::BADTYPE),
    })
}

/// What the first who was asked for an option said; what the next one says, if it has none such.
pub fn or_next<T>(first: Result<T>, next: impl FnOnce() -> Result<T>) -> Result<T> {
    match first {
        Err(Error::NOTSUP) => next(),
        known => known,
    }
}

/// A value that must be a boolean.
pub fn bool(value: Value) -> Result<bool> {
    match convert(value, Type::Bool)? {
        Value::Bool(on) => Ok(on),
        _ => Err(Error::BADTYPE),
    }
}

/// A value that must be an integer between `min` and `max`.
pub fn int(value: Value, min: i32, max: i32) -> Result<i32> {
    match convert(value, Type::Int)? {
        Value::Int(n) if (min..=max).contains(&n) => Ok(n),
        Value::Int(_) => Err(Error::INVAL),
        _ => Err(Error::BADTYPE),
    }
}

/// A value that must be a duration: -1 (infinite) or a number of milliseconds.
pub fn ms(value: Value) -> Result<i32> {
    match convert(value, Type::Ms)? {
        Value::Ms(ms) if ms >= -1 => Ok(ms),
        Value::Ms(_) => Err(Error::INVAL),
        _ => Err(Error::BADTYPE),
    }
}

/// A value that must be a size of at most `max`.
pub fn size(value: Value, max: usize) -> Result<usize> {
    match convert(value, Type::Size)? {
        Value::Size(n) if n <= max => Ok(n),
        Value::Size(_) => Err(Error::INVAL),
        _ => Err(Error::BADTYPE),
    }
}

/// A limit on the size of messages: what a length may be, or zero for none.
pub fn limit(value: Value) -> Result<usize> {
    size(value, u32::MAX as usize)
}

/// A value that must be text.
pub fn string(value: Value) -> Result<String> {
    match convert(value, Type::Str)? {
        Value::Str(text) => Ok(text),
        _ => Err(Error::BADTYPE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_values_of_the_right_size_only() {
        assert_eq!(convert(Value::Bytes(vec![1]), Type::Bool), Ok(Value::Bool(true)));
        assert_eq!(convert(Value::Bytes(vec![1, 0]), Type::Bool), Err(Error::INVAL));
        assert_eq!(ms(Value::Bytes((-1i32).to_ne_bytes().to_vec())), Ok(-1));
        assert_eq!(ms(Value::Ms(-3)), Err(Error::INVAL));
        assert_eq!(ms(Value::Int(3)), Err(Error::BADTYPE));
        assert_eq!(string(Value::Bytes(b"ab\0c".to_vec())), Ok("ab".into()));
        assert_eq!(string(Value::Bytes(b"ab".to_vec())), Err(Error::INVAL));
        assert_eq!(int(Value::Int(16), 1, 15), Err(Error::INVAL));
    }

    #[test]
    fn bounds() {
        let bytes = |n: usize| Value::Bytes(n.to_ne_bytes().to_vec());
        assert_eq!(ms(Value::Ms(i32::MAX)), Ok(i32::MAX));
        assert_eq!(ms(Value::Ms(-2)), Err(Error::INVAL));
        assert_eq!(size(bytes(8), 8), Ok(8));
        assert_eq!(size(bytes(9), 8), Err(Error::INVAL));
        assert_eq!(size(Value::U64(1), 8), Err(Error::BADTYPE));
        assert_eq!(limit(Value::Size(0)), Ok(0));
        assert_eq!(limit(Value::Size(u32::MAX as usize)), Ok(u32::MAX as usize));
        assert_eq!(limit(Value::Size(1 << 32)), Err(Error::INVAL));
        assert_eq!(int(Value::Int(1), 1, 15), Ok(1));
        assert_eq!(int(Value::Int(0), 1, 15), Err(Error::INVAL));
        assert_eq!(int(Value::Ms(3), 1, 15), Err(Error::BADTYPE));
        assert_eq!(bool(Value::Int(1)), Err(Error::BADTYPE));
        assert_eq!(string(Value::Bytes(vec![0])), Ok(String::new()));
        assert_eq!(convert(Value::Bytes(vec![0; 136]), Type::Addr), Err(Error::BADTYPE));
        assert_eq!(convert(Value::Str("x".into()), Type::Opaque), Ok(Value::Str("x".into())));
    }
}
