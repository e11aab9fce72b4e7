//! A socket's options: its protocol's, its own, and those it hands to endpoints to come.
#![forbid(unsafe_code)]

use super::proto::CtxId;
use super::proto::parts::MOST_DEPTH;
use super::socket::{Settings, Socket};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::rt::aio::Timeout;

/// Options of endpoints that may be set on the socket before it has any. All others are taken
/// if an endpoint of the socket takes them.
const FOR_ENDPOINTS: &[(&str, Type)] = &[
    (options::TCP_NODELAY, Type::Bool),
    (options::TCP_KEEPALIVE, Type::Bool),
    (options::TLS_CONFIG, Type::Ptr),
    (options::TLS_AUTH_MODE, Type::Int),
    (options::IPC_PERMISSIONS, Type::Int),
];

const MOST_NAME: usize = 63;

pub(super) fn timeout_value(timeout: Timeout) -> Value {
    Value::Ms(match timeout {
        Timeout::Ms(ms) => i32::try_from(ms).unwrap_or(i32::MAX),
        Timeout::Default => -2,
        Timeout::Infinite => -1,
    })
}

pub(super) fn timeout(value: Value) -> Result<Timeout> {
    match options::convert(value, Type::Ms)? {
        Value::Ms(ms) if ms >= -1 => Ok(Timeout::from_ms(ms)),
        Value::Ms(_) => Err(Error::INVAL),
        _ => Err(Error::BADTYPE),
    }
}

/// Applies what was set on the socket; endpoints that lack an option do without it.
pub(super) fn inherit(settings: &Settings, set: impl Fn(&str, Value) -> Result<()>) -> Result<()> {
    let most = (options::RECVMAXSZ.to_owned(), Value::Size(settings.recv_max));
    for (name, value) in std::iter::once(&most).chain(&settings.endpoint) {
        match set(name, value.clone()) {
            Ok(()) | Err(Error::NOTSUP | Error::READONLY) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

impl Socket {
    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        if self.is_closed() {
            return Err(Error::CLOSED);
        }
        let of_protocol = self.with_proto(|proto| {
            proto.option_type(CtxId::SOCKET, name).map(|_| proto.get_option(CtxId::SOCKET, name))
        });
        if let Some(found) = of_protocol {
            return found;
        }
        let identity = self.identity();
        let settings = self.settings.lock();
        Ok(match name {
            options::SENDTIMEO => timeout_value(self.send_timeout.get()),
            options::RECVTIMEO => timeout_value(self.recv_timeout.get()),
            options::RECONNMINT => Value::Ms(settings.reconnect_min as i32),
            options::RECONNMAXT => Value::Ms(settings.reconnect_max as i32),
            options::RECVMAXSZ => Value::Size(settings.recv_max),
            options::SENDBUF => Value::Int(settings.send_depth),
            options::RECVBUF => Value::Int(settings.recv_depth),
            options::SOCKNAME => Value::Str(settings.name.clone()),
            options::RAW => Value::Bool(self.is_raw()),
            options::PROTO => Value::Int(identity.id.into()),
            options::PEER => Value::Int(identity.peer.into()),
            options::PROTONAME => Value::Str(identity.name.to_owned()),
            options::PEERNAME => Value::Str(identity.peer_name.to_owned()),
            options::RECVFD => Value::Int(self.recv_fd()?),
            options::SENDFD => Value::Int(self.send_fd()?),
            _ => {
                let kept = settings.endpoint.iter().rev().find(|(kept, _)| kept == name);
                match kept {
                    Some((_, value)) if ty == Type::Opaque || value.ty() == ty => value.clone(),
                    Some(_) => return Err(Error::BADTYPE),
                    // What endpoints begin with.
                    None if name == options::TCP_NODELAY => Value::Bool(true),
                    None if name == options::TCP_KEEPALIVE => Value::Bool(false),
                    None => return Err(Error::NOTSUP),
                }
            }
        })
    }

    /// Sets an option to a value of the option's own type, or to raw bytes.
    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        if self.is_closed() {
            return Err(Error::CLOSED);
        }
        if let Some(ty) = self.with_proto(|proto| proto.option_type(CtxId::SOCKET, name)) {
            let value = options::convert(value, ty)?;
            return self.set_proto_option(CtxId::SOCKET, name, value);
        }
        let mut settings = self.settings.lock();
        match name {
            options::SENDTIMEO => self.send_timeout.set(timeout(value)?),
            options::RECVTIMEO => self.recv_timeout.set(timeout(value)?),
            options::RECONNMINT | options::RECONNMAXT => {
                let ms = milliseconds(value)?;
                let min = name == options::RECONNMINT;
                *(if min { &mut settings.reconnect_min } else { &mut settings.reconnect_max }) = ms;
                drop(settings);
                self.pass_on(name, Value::Ms(ms as i32))?;
            }
            options::RECVMAXSZ => {
                let most = options::limit(value)?;
                settings.recv_max = most;
                drop(settings);
                self.pass_on(name, Value::Size(most))?;
            }
            // For protocols that have no such queue: kept, and without effect.
            options::SENDBUF => settings.send_depth = options::int(value, 0, MOST_DEPTH)?,
            options::RECVBUF => settings.recv_depth = options::int(value, 0, MOST_DEPTH)?,
            options::SOCKNAME => {
                // Refused as bytes and taken as text, as programs know it.
                let raw = matches!(value, Value::Bytes(_));
                let mut name = options::string(value)?;
                if raw && name.len() > MOST_NAME {
                    return Err(Error::INVAL);
                }
                let end =
                    (0..=MOST_NAME.min(name.len())).rev().find(|at| name.is_char_boundary(*at));
                name.truncate(end.unwrap_or(0));
                settings.name = name;
            }
            options::RAW
            | options::PROTO
            | options::PEER
            | options::PROTONAME
            | options::PEERNAME
            | options::RECVFD
            | options::SENDFD => return Err(Error::READONLY),
            _ => {
                drop(settings);
                let known = FOR_ENDPOINTS.iter().find(|(known, _)| *known == name);
                let value = match (known, name) {
                    (Some((_, ty)), _) => options::convert(value, *ty)?,
                    (
                        None,
                        options::TLS_SERVER_NAME
                        | options::TLS_CA_FILE
                        | options::TLS_CERT_KEY_FILE,
                    ) => Value::Str(options::string(value)?),
                    _ => value,
                };
                match (name, &value) {
                    (options::IPC_PERMISSIONS, Value::Int(mode)) if mode & !0o7777 != 0 => {
                        return Err(Error::INVAL);
                    }
                    (options::TLS_AUTH_MODE, Value::Int(mode)) if !(0..=2).contains(mode) => {
                        return Err(Error::INVAL);
                    }
                    _ => {}
                }
                if !self.pass_on(name, value.clone())? && known.is_none() {
                    return Err(Error::NOTSUP);
                }
                let mut settings = self.settings.lock();
                settings.endpoint.retain(|(kept, _)| kept != name);
                settings.endpoint.push((name.to_owned(), value));
            }
        }
        Ok(())
    }

    /// Endpoints that exist already take the option over, if they have it. Returns whether one did.
    fn pass_on(&self, name: &str, value: Value) -> Result<bool> {
        let (dialers, listeners) = self.endpoints();
        let set = dialers
            .iter()
            .map(|d| d.set_option(name, value.clone()))
            .chain(listeners.iter().map(|l| l.set_option(name, value.clone())));
        let mut taken = false;
        for result in set {
            match result {
                Ok(()) => taken = true,
                Err(Error::NOTSUP) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(taken)
    }

    fn recv_fd(&self) -> Result<i32> {
        if !self.with_proto(|proto| proto.receives()) {
            return Err(Error::NOTSUP);
        }
        let fd = self.recv_event.fd()?;
        self.needs_polling();
        self.with_proto(|proto| self.recv_event.want(proto.can_recv()));
        self.recv_event.sync();
        Ok(fd)
    }

    fn send_fd(&self) -> Result<i32> {
        if !self.with_proto(|proto| proto.sends()) {
            return Err(Error::NOTSUP);
        }
        let fd = self.send_event.fd()?;
        self.needs_polling();
        self.with_proto(|proto| self.send_event.want(proto.can_send()));
        self.send_event.sync();
        Ok(fd)
    }

    /// How long `nng_send` and `nng_recv` may wait.
    #[inline]
    pub fn timeouts(&self) -> (Timeout, Timeout) {
        (self.send_timeout.get(), self.recv_timeout.get())
    }

    /// Names whom to call with a pipe's id on an event.
    pub fn on_pipe(&self, event: super::notify::Event, callback: Option<super::notify::Callback>) {
        self.notify.set(event, callback);
        self.needs_polling();
    }
}

/// A time to wait before dialing again; -1, as the longest of all, is next to never.
pub(super) fn milliseconds(value: Value) -> Result<u32> {
    options::ms(value).map(|ms| ms as u32)
}
