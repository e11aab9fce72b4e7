//! A context: a conversation of its own on a shared socket.
#![forbid(unsafe_code)]

use super::proto::CtxId;
use super::registry;
use super::socket::{Socket, Wait};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::Aio;
use crate::rt::aio::Timeout;
use crate::sys::sync::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};

pub struct Ctx {
    id: u32,
    key: CtxId,
    socket: Arc<Socket>,
    /// Send, then receive.
    timeouts: Mutex<(Timeout, Timeout)>,
    closed: AtomicBool,
}

impl Ctx {
    pub fn open(socket: &Arc<Socket>) -> Result<Arc<Ctx>> {
        crate::base::memory::enough_memory()?;
        let key = socket.open_ctx()?;
        let timeouts = socket.timeouts();
        let id = registry::CONTEXTS.next_id();
        let ctx = Arc::new(Ctx {
            id,
            key,
            socket: socket.clone(),
            timeouts: Mutex::new(timeouts),
            closed: AtomicBool::new(false),
        });
        registry::CONTEXTS.insert(id, &ctx);
        socket.note_ctx(id, true);
        // Noted too late for the socket's closing to find it.
        if socket.is_closed() {
            registry::CONTEXTS.remove(id);
            return Err(Error::CLOSED);
        }
        Ok(ctx)
    }

    /// The open context with this id.
    pub fn find(id: u32) -> Result<Arc<Ctx>> {
        let ctx = registry::CONTEXTS.find(id).ok_or(Error::CLOSED)?;
        if ctx.socket.is_closed() { Err(Error::CLOSED) } else { Ok(ctx) }
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn key(&self) -> CtxId {
        self.key
    }

    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Ends its operations with `CLOSED`.
    pub fn close(&self) -> Result<()> {
        registry::CONTEXTS.remove(self.id);
        self.socket.note_ctx(self.id, false);
        if self.closed.swap(true, AcqRel) {
            return Err(Error::CLOSED);
        }
        self.socket.close_ctx(self.key);
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if self.closed.load(Acquire) { Err(Error::CLOSED) } else { Ok(()) }
    }

    pub fn send(&self, msg: Message, nonblock: bool) -> Result<(), (Error, Message)> {
        if let Err(why) = self.check() {
            return Err((why, msg));
        }
        let wait = if nonblock { Wait::No } else { Wait::for_timeout(self.timeouts.lock().0) };
        self.socket.send(self.key, msg, wait)
    }

    pub fn recv(&self, nonblock: bool) -> Result<Message> {
        self.check()?;
        let wait = if nonblock { Wait::No } else { Wait::for_timeout(self.timeouts.lock().1) };
        self.socket.recv(self.key, wait)
    }

    pub fn send_aio(&self, aio: &Arc<Aio>, msg: Option<Message>) {
        let timeout = self.timeouts.lock().0;
        self.socket.send_aio(self.key, aio, msg, timeout);
    }

    pub fn recv_aio(&self, aio: &Arc<Aio>) {
        let timeout = self.timeouts.lock().1;
        self.socket.recv_aio(self.key, aio, timeout);
    }

    pub fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        self.check()?;
        match name {
            options::SENDTIMEO => Ok(super::options::timeout_value(self.timeouts.lock().0)),
            options::RECVTIMEO => Ok(super::options::timeout_value(self.timeouts.lock().1)),
            _ => self.socket.with_proto(|proto| match proto.option_type(self.key, name) {
                Some(_) => proto.get_option(self.key, name),
                None => Err(Error::NOTSUP),
            }),
        }
    }

    /// Sets an option to a value of the option's own type, or to raw bytes.
    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.check()?;
        match name {
            options::SENDTIMEO => self.timeouts.lock().0 = super::options::timeout(value)?,
            options::RECVTIMEO => self.timeouts.lock().1 = super::options::timeout(value)?,
            _ => {
                let known = self.socket.with_proto(|proto| proto.option_type(self.key, name));
                let value = options::convert(value, known.ok_or(Error::NOTSUP)?)?;
                return self.socket.set_proto_option(self.key, name, value);
            }
        }
        Ok(())
    }
}
