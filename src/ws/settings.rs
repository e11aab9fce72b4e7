//! What a WebSocket endpoint is set to, and what a connection tells about its handshake.
#![forbid(unsafe_code)]

use super::frame::Limits;
use super::handshake::header_lines;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, raw_text};
use crate::http::{Headers, Request, Response};
use std::ffi::{CStr, CString};

/// Which side's extra headers an endpoint has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    Request,
    Response,
}

#[derive(Clone, Debug)]
pub struct Settings {
    extra: Extra,
    pub protocol: Option<CString>,
    pub headers: Vec<(CString, CString)>,
    pub recv_frame_max: usize,
    pub send_frame_max: usize,
    pub recv_max: usize,
    pub recv_text: bool,
    pub send_text: bool,
}

const RECV_MAX: usize = 1 << 20;
const SEND_FRAME_MAX: usize = 1 << 16;
const SIZE_MAX: usize = u32::MAX as usize;

fn text(value: Value) -> Result<CString> {
    CString::new(raw_text::to_bytes(&options::string(value)?)).map_err(|_| Error::INVAL)
}

fn shown(text: Option<&CStr>) -> Value {
    Value::Str(raw_text::from_bytes(text.unwrap_or_default().to_bytes()).into_owned())
}

impl Settings {
    pub fn new(extra: Extra) -> Settings {
        Settings {
            extra,
            protocol: None,
            headers: Vec::new(),
            recv_frame_max: RECV_MAX,
            send_frame_max: SEND_FRAME_MAX,
            recv_max: RECV_MAX,
            recv_text: false,
            send_text: false,
        }
    }

    /// For messages of their own, which `recv_max` bounds.
    pub fn message_limits(&self) -> Limits {
        Limits { frame: self.recv_frame_max, message: self.recv_max, text: self.recv_text }
    }

    /// For a stream of bytes, of which messages are no parts.
    pub fn stream_limits(&self) -> Limits {
        Limits { message: 0, ..self.message_limits() }
    }

    fn names(&self) -> (&'static str, &'static str) {
        match self.extra {
            Extra::Request => (options::WS_REQUEST_HEADERS, options::WS_REQUEST_HEADER),
            Extra::Response => (options::WS_RESPONSE_HEADERS, options::WS_RESPONSE_HEADER),
        }
    }

    /// `NOTSUP` for what is not an option of WebSocket.
    pub fn set_option(&mut self, name: &str, value: Value) -> Result<()> {
        let (all, one) = self.names();
        match name {
            options::WS_RECVMAXFRAME => self.recv_frame_max = options::size(value, SIZE_MAX)?,
            options::WS_SENDMAXFRAME => self.send_frame_max = options::size(value, SIZE_MAX)?,
            options::RECVMAXSZ => self.recv_max = options::size(value, SIZE_MAX)?,
            options::WS_RECV_TEXT => self.recv_text = options::bool(value)?,
            options::WS_SEND_TEXT => self.send_text = options::bool(value)?,
            options::WS_PROTOCOL => self.protocol = Some(text(value)?),
            _ if name == all => self.headers.extend(header_lines(&text(value)?)),
            _ => {
                let field = name.strip_prefix(one).ok_or(Error::NOTSUP)?;
                let field = CString::new(field).map_err(|_| Error::INVAL)?;
                let value = text(value)?;
                let known = self
                    .headers
                    .iter_mut()
                    .find(|(n, _)| n.to_bytes().eq_ignore_ascii_case(field.to_bytes()));
                match known {
                    Some((_, old)) => *old = value,
                    None => self.headers.push((field, value)),
                }
            }
        }
        Ok(())
    }

    pub fn get_option(&self, name: &str) -> Result<Value> {
        let (all, one) = self.names();
        Ok(match name {
            options::WS_RECVMAXFRAME => Value::Size(self.recv_frame_max),
            options::WS_SENDMAXFRAME => Value::Size(self.send_frame_max),
            options::RECVMAXSZ => Value::Size(self.recv_max),
            options::WS_RECV_TEXT => Value::Bool(self.recv_text),
            options::WS_SEND_TEXT => Value::Bool(self.send_text),
            options::WS_PROTOCOL => shown(self.protocol.as_deref()),
            _ if name == all || name.starts_with(one) => return Err(Error::WRITEONLY),
            _ => return Err(Error::NOTSUP),
        })
    }
}

/// The handshake that made a connection.
pub struct Talk {
    pub req: Request,
    pub res: Response,
    pub recv_text: bool,
    pub send_text: bool,
}

impl Talk {
    /// `NOTSUP` for what is not an option of WebSocket.
    pub fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        let one = |headers: &Headers, field: &str| {
            let field = CString::new(field).map_err(|_| Error::INVAL)?;
            headers.get(&field).map(|v| shown(Some(v))).ok_or(Error::NOENT)
        };
        let all = |headers: &Headers| {
            let mut out = Vec::new();
            headers.write(&mut out);
            Value::Str(String::from_utf8_lossy(&out).into_owned())
        };
        match name {
            options::WS_REQUEST_HEADERS => Ok(all(&self.req.headers)),
            options::WS_RESPONSE_HEADERS => Ok(all(&self.res.headers)),
            options::WS_REQUEST_URI => Ok(shown(Some(self.req.uri()))),
            options::WS_RECV_TEXT => Ok(Value::Bool(self.recv_text)),
            options::WS_SEND_TEXT => Ok(Value::Bool(self.send_text)),
            _ => {
                if let Some(field) = name.strip_prefix(options::WS_REQUEST_HEADER) {
                    return one(&self.req.headers, field);
                }
                let field = name.strip_prefix(options::WS_RESPONSE_HEADER).ok_or(Error::NOTSUP)?;
                one(&self.res.headers, field)
            }
        }
    }

    /// What is an option here can not be changed.
    pub fn set_option(&self, name: &str) -> Result<()> {
        match name {
            options::WS_REQUEST_HEADERS
            | options::WS_RESPONSE_HEADERS
            | options::WS_REQUEST_URI
            | options::WS_RECV_TEXT
            | options::WS_SEND_TEXT => Err(Error::READONLY),
            _ if name.starts_with(options::WS_REQUEST_HEADER) => Err(Error::READONLY),
            _ if name.starts_with(options::WS_RESPONSE_HEADER) => Err(Error::READONLY),
            _ => Err(Error::NOTSUP),
        }
    }
}
